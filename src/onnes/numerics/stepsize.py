"""How an embedded error decides the length of the next step in time."""

SAFETY, SHRINK, GROW = 0.9, 0.2, 2.0


def factor(error: float, before: float) -> float:
    """Return the factor of the next step: proportional and integral control of an error that grows as dt^2."""
    ratio = max(error, 1e-8) ** (-0.35) * max(before, 1e-8) ** 0.2
    return float(min(max(SAFETY * ratio, SHRINK), GROW if error < 1 else SAFETY))


def clipped(wanted: float, left: float) -> tuple[float, bool]:
    """Return a step and whether it ends at the stop: two equal ones rather than a tiny last one."""
    if wanted >= left * (1 - 1e-10):
        return left, True
    return (0.5 * left, False) if 2 * wanted > left else (wanted, False)
