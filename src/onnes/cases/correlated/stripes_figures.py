"""What the case on fluctuating stripes shows: correlations along the cluster, S(q), maps, temperatures, the oxide."""

from collections.abc import Sequence

import numpy as np

from onnes.cases.correlated import stripes_oxide as oxide
from onnes.cases.correlated.stripes_analysis import DISTANCES, FAR, SHIFTS, Analysis
from onnes.cases.correlated.stripes_runs import COPPER_OXIDE, LENGTH, WIDTH, Run
from onnes.state import State
from onnes.study.figure import Curve, Figure, Map
from onnes.units import K_B

STAGGERED = "(-1)^(x+y) ⟨S₀·S_r⟩/3"
FROM = 2
"""Distance from which correlations are drawn: nearer ones are tens of times larger."""
CLIP = 6.0
"""Standard errors at which a map is cut off."""

Found = Sequence[Analysis]


def kelvin(beta: float) -> float:
    """Return the temperature of beta t in copper oxides, K."""
    return COPPER_OXIDE / (K_B * beta)


def line_figure(found: Found, missing: Sequence[Run], beta: float) -> Figure:
    """Return the staggered correlation along the cluster for each filling at one temperature."""
    offsets = np.linspace(-0.12, 0.12, max(len(found), 2))
    curves = [
        Curve(
            DISTANCES[FROM:] + offset,
            a.value["line"][FROM:],
            f"{a.run.label}, n = {a.pair('density')[0]:.3f}",
            "points",
            error=a.error["line"][FROM:],
        )
        for a, offset in zip(found, offsets, strict=False)
    ]
    zero = Curve(np.array([FROM - 0.5, LENGTH / 2 + 0.5]), np.zeros(2), "", "dotted", "reference")
    return Figure(
        f"Staggered spin correlation along the cluster, T = t/{beta:g}",
        "distance x (sites)",
        f"{STAGGERED}, mean over y",
        (*curves, zero),
        caption=f"{LENGTH} x {WIDTH} sites, U = 6t, t' = -0.25t; {kelvin(beta):.0f} K if t = 350 meV. "
        f"Below zero: the far side of a domain wall.{_not_run(missing)}",
    )


def peak_figure(found: Found, missing: Sequence[Run], beta: float) -> Figure:
    """Return S(q, pi) through (pi, pi) for each filling, each over its value there."""
    x = np.concatenate([-SHIFTS[:0:-1], SHIFTS])
    curves = []
    for a in found:
        value = a.value["peak"] / a.value["peak"][0]
        error = a.error["peak"] / abs(a.value["peak"][0])
        both = (np.concatenate([part[:0:-1], part]) for part in (value, error))
        y, e = both
        curves.append(Curve(x, y, f"{a.run.label}, S(π, π) = {a.value['peak'][0]:.3f}", "points", error=e))
    return Figure(
        f"Spin structure factor along (q, π), T = t/{beta:g}",
        "q - π (2π)",
        "S(q, π)/S(π, π)",
        tuple(curves),
        caption="At the wavevectors of the cluster; q and -q are one number. Errors are those of S(q, π) alone."
        f"{_not_run(missing)}",
    )


def map_figures(found: Found) -> tuple[Figure, ...]:
    """Return the staggered correlation of every distance in standard errors, one map for each filling."""
    x = np.arange(-LENGTH // 2, LENGTH // 2 + 1)
    y = np.arange(-WIDTH // 2, WIDTH // 2 + 1)
    figures = []
    for a in found:
        error = np.maximum(a.error["map"], 1e-300)
        sure = np.clip(a.value["map"] / error, -CLIP, CLIP)
        figures.append(
            Figure(
                f"{a.run.label.capitalize()}, n = {a.pair('density')[0]:.3f}: sign of the staggered correlation",
                "x (sites)",
                "y (sites)",
                maps=(
                    Map(x, y, sure[np.ix_(np.abs(x), np.abs(y))].T, f"{STAGGERED} in σ, cut at ±{CLIP:.0f}"),
                ),
                caption=f"T = t/{a.run.beta:g}. Colour says how sure the sign is, not how large the value; a standard "
                f"error far away is {np.median(a.error['map'][FAR:]):.1e}. Mirror images are averaged.",
            )
        )
    return tuple(figures)


def temperature_figure(found: Found, missing: Sequence[Run]) -> Figure:
    """Return the correlation along the cluster with holes at several temperatures."""
    curves = [
        Curve(
            DISTANCES[FROM:],
            a.value["line"][FROM:],
            f"T = t/{a.run.beta:g}, sign {a.sums.sign[0]:.2f}",
            error=a.error["line"][FROM:],
        )
        for a in found
    ]
    zero = Curve(np.array([FROM, LENGTH / 2]), np.zeros(2), "", "dotted", "reference")
    return Figure(
        "With holes, at higher temperatures",
        "distance x (sites)",
        f"{STAGGERED}, mean over y",
        (*curves, zero),
        caption="Bands: standard errors, which grow as the mean sign falls. μ = -1.6t throughout; densities: see table."
        f"{_not_run(missing)}",
    )


def oxide_figure(states: dict[oxide.Plane, State]) -> Figure:
    """Return the spin correlation of coppers against their distance."""
    curves = []
    for plane, state in states.items():
        if "spin_by_class" not in state:
            continue
        r, value, error = oxide.on_copper(state)
        holes = 3 * float(state["electrons_per_site"])
        curves.append(Curve(r[1:], value[1:], f"{plane.label}: {holes:.3f} holes", "points", error=error[1:]))
    side = max(plane.side for plane in states)
    zero = Curve(np.array([0.9, side / 2 * np.sqrt(2) + 0.1]), np.zeros(2), "", "dotted", "reference")
    return Figure(
        "Three bands: spins on copper are antiferromagnetic, less so with more holes",
        "distance of two coppers (cells)",
        "⟨S₀·S_r⟩/3",
        (*curves, zero),
        caption=f"{side} x {side} cells, tpd = 1.13, tpp = 0.49, Ud = 8.5, Up = 4.1, Δ = 3.24 eV, "
        f"T = {oxide.TEMPERATURE:.0f} K.",
    )


def run_table(
    found: Found, missing: Sequence[Run]
) -> tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return what each long run gave, and which were not run."""
    rows = [
        (
            f"{a.run.label}, T = t/{a.run.beta:g}",
            f"{a.sums.sweeps}",
            _with_error(*a.sums.sign),
            _with_error(*a.pair("density")),
            _with_error(float(a.value["peak"][0]), float(a.error["peak"][0])),
            _with_error(*a.pair("split")),
            _with_error(*a.pair("far")),
            ("not resolved", "same domain", "other domain")[a.far_sign],
        )
        for a in found
    ]
    rows += [(f"{run.label}, T = t/{run.beta:g}", "not run", *[""] * 6) for run in missing]
    header = (
        "run",
        "sweeps",
        "mean sign",
        "electrons per site",
        "S(π, π)",
        "S(π ± π/8, π) - S(π, π)",
        f"correlation, x = {FAR} to {LENGTH // 2}",
        "its sign",
    )
    return "Long runs, one band", header, tuple(rows)


def oxide_table(states: dict[oxide.Plane, State]) -> tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return sign, densities and moments of the copper-oxygen planes."""
    rows = []
    for plane, state in states.items():
        if "density_up" not in state:
            rows.append((plane.label, f"{plane.mu:.0f}", "sign or chain too short", *[""] * 4))
            continue
        holes = state["density_up"] + state["density_down"]
        error = np.hypot(state["density_up_error"], state["density_down_error"])
        _, spin, spread = oxide.on_copper(state)
        rows.append(
            (
                plane.label,
                f"{plane.mu:.0f}",
                _with_error(float(state["average_sign"]), float(state["average_sign_error"])),
                _with_error(float(holes[0]), float(error[0])),
                _with_error(float(holes[1:].mean()), float(error[1:].mean())),
                _with_error(float(state["local_moment"][0]), float(state["local_moment_error"][0])),
                _with_error(float(spin[1]), float(spread[1])),
            )
        )
    header = (
        "plane",
        "μ (meV)",
        "mean sign",
        "holes on Cu",
        "holes on O",
        "⟨m²⟩ on Cu",
        "⟨S·S⟩/3, nearest Cu",
    )
    return "Three bands", header, tuple(rows)


def _not_run(missing: Sequence[Run]) -> str:
    return f" Not run: {', '.join(f'{run.label} at t/{run.beta:g}' for run in missing)}." if missing else ""


def _with_error(value: float, error: float) -> str:
    digits = int(np.clip(1 - np.floor(np.log10(error)), 0, 6)) if error > 0 else 4
    return f"{value:.{digits}f} ± {error:.{digits}f}"
