"""The branch of stationary states of a wire that carries a current, up to its end: the depairing current."""

import numpy as np
from scipy.linalg import solve_banded
from scipy.optimize import minimize_scalar

from onnes.errors import InvalidInput, NotConverged
from onnes.model.condensate.wire import ThinWire
from onnes.state import Outcome, Report, State

TOLERANCE = 1e-10
POINTS = 60
"""Points of the branch that are handed out."""


def depairing_branch(wire: ThinWire, *, spacing: float | None = None) -> State:
    r"""Follow the stationary states of a wire between wide banks up to the largest current and beyond.

    .. math:: \xi^2f''+\epsilon f-f^3=\frac{(I/I_0)^2}{f^3},\qquad f^2=\epsilon\text{ at the banks}

    The branch is followed in the amplitude of the weakest place, in which it is single-valued: the current rises to the
    depairing current, where stable states end, and falls on saddles towards zero. In a long uniform wire the largest
    current is 2/(3 sqrt3) I_0 at f^2 = 2/3.

    Returns
    -------
    State of method "depairing_branch": ``branch_current`` (uA) against ``branch_amplitude``, ``depairing_current``, and
    ``thread_x``, ``thread_strength`` and ``thread_amplitude`` there.

    Raises
    ------
    InvalidInput : ends that are not superconducting, or a strength that is negative somewhere.
    NotConverged : Newton's method lost the branch.
    """
    x, h, strength = wire.sites(spacing)
    if wire.ends != "superconducting" or not (strength > 0).all():
        raise InvalidInput(
            f"ends {wire.ends}, least strength {strength.min():.3g}",
            "give superconducting ends and a positive strength: a supercurrent must pass everywhere",
        )
    still, _ = _settled(np.sqrt(strength), 0.0, h, strength, None)
    weakest = int(np.argmin(still[1:-1])) + 1
    if np.ptp(still) < 1e-9:
        weakest = len(x) // 2
    ladder = still[weakest] * np.linspace(1.0, 0.3, POINTS)[1:]
    profiles, squares, f, square = [still], [0.0], still, 0.0
    for least in ladder:
        # the secant through the last two points leads on
        ahead, quicker = (
            (2 * f - profiles[-2], 2 * square - squares[-2]) if len(profiles) > 2 else (f, square)
        )
        f, square = _settled(np.maximum(ahead, 0.1 * f), quicker, h, strength, (weakest, least))
        profiles.append(f)
        squares.append(square)
    top = int(np.argmax(squares))
    low, high = ladder[min(top, POINTS - 2)], ladder[max(top - 2, 0)]

    def lost(least: float) -> float:
        return -_settled(profiles[top], squares[top], h, strength, (weakest, least))[1]

    best = minimize_scalar(lost, bounds=(low, high), method="bounded", options={"xatol": 1e-7})
    f, square = _settled(profiles[top], squares[top], h, strength, (weakest, float(best.x)))
    unit = wire.thread.current
    fields = {
        "thread_x": x,
        "thread_strength": strength,
        "thread_amplitude": f,
        "depairing_current": np.array(np.sqrt(square) * unit),
        "branch": np.arange(POINTS),
        "branch_current": np.sqrt(np.maximum(squares, 0.0)) * unit,
        "branch_amplitude": np.array([p[weakest] for p in profiles]),
    }
    report = Report(Outcome.CONVERGED, engine=f"Newton on {len(x)} sites", target=TOLERANCE)
    return State(wire, "depairing_branch", fields, report)


def _settled(
    f: np.ndarray, square: float, h: float, strength: np.ndarray, held: tuple[int, float] | None
) -> tuple[np.ndarray, float]:
    """Solve for f and the squared current, f being given at one site; without one, for f without a current."""
    f = f.copy()
    if held is not None:
        f[held[0]] = held[1]
    residual = np.inf
    for _ in range(80):
        inner = f[1:-1]
        pull = (f[2:] - 2 * inner + f[:-2]) / h**2 + strength[1:-1] * inner - inner**3 - square / inner**3
        residual = float(np.abs(pull).max())
        if residual < TOLERANCE / h**2:
            return f, square
        bands = np.zeros((3, len(inner)))
        bands[0, 1:] = bands[2, :-1] = 1 / h**2
        bands[1] = -2 / h**2 + strength[1:-1] - 3 * inner**2 + 3 * square / inner**4
        sides = np.stack([-pull, 1 / inner**3], axis=1)
        step, by_square = solve_banded((1, 1), bands, sides).T
        gain = 0.0 if held is None else -step[held[0] - 1] / by_square[held[0] - 1]
        move = step + gain * by_square
        share = min(1.0, 0.3 * float(inner.min()) / max(float(np.abs(move).max()), 1e-300))
        f[1:-1] = inner + share * move
        square += share * gain
    report = Report(Outcome.STALLED, "Newton on a branch", (residual,), TOLERANCE / h**2, 80)
    raise NotConverged(report)
