"""Which solution an iteration found: zero always solves the gap equation, also below Tc.

An extrapolating iteration (Anderson) finds any fixed point, the trivial one included, most easily
from a start that is smaller than the gap. The linearised equation decides: where its eigenvalue
exceeds 1 the trivial solution is refused and the iteration is started again from above.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from onnes.numerics.fixedpoint import Anderson, FixedPoint

AT_TC = 1e-7
"""rho - 1 below which the state is at Tc, to the accuracy that Tc has."""
PLAIN = 2000
"""Plain iterations of the last attempt: from above they fall to the largest solution, slowly near Tc."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A start (``"warm"`` or ``"cold"``) and the vector it begins with."""

    name: str
    vector: np.ndarray


@dataclass(frozen=True, slots=True)
class Branch:
    """What was found, from which start; ``normal`` where zero is the answer, then ``rho`` says why."""

    found: FixedPoint
    start: str
    normal: bool = False
    rho: float = float("nan")


def superconducting_branch(
    solve: Callable[[np.ndarray, Anderson], FixedPoint],
    attempts: tuple[Attempt, ...],
    vanished: Callable[[np.ndarray], bool],
    eigenvalue: Callable[[], float],
    method: Anderson,
) -> Branch:
    """Return the superconducting solution where there is one.

    Parameters
    ----------
    solve : runs the iteration from a vector with a method.
    attempts : starts in order; the last one lies above the solution and is tried twice, the second
        time by plain iteration.
    vanished : says whether a solution is the trivial one.
    eigenvalue : the largest eigenvalue of the linearised equation; called at most once.
    """
    rho = None
    for attempt in (*attempts, None):
        if attempt is None:
            attempt, method = (
                attempts[-1],
                replace(method, history=0, max_iterations=max(PLAIN, method.max_iterations)),
            )
        found = solve(attempt.vector, method)
        if not found.converged or not vanished(found.x):
            return Branch(found, attempt.name)
        rho = eigenvalue() if rho is None else rho
        if rho <= 1 + AT_TC:
            return Branch(found, attempt.name, normal=True, rho=rho)
    return Branch(replace(found, converged=False), attempts[-1].name, rho=rho)


def normal_state(temperature: float, rho: float) -> str:
    """Return the line that a report carries where the answer is the normal state."""
    return f"normal state: the pairing eigenvalue at {temperature:g} K is {rho:.6f}, not above 1"
