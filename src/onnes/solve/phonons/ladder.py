"""Eliashberg states on a ladder of temperatures, each started from the one above it."""

from collections.abc import Sequence

import numpy as np

from onnes.errors import InvalidInput
from onnes.model.phonons.glue import Glue
from onnes.numerics.fixedpoint import Anderson
from onnes.solve.phonons.imaginary_axis import DEFAULT, eliashberg
from onnes.solve.phonons.kernel import Engine
from onnes.state import State


def temperature_ladder(
    glue: Glue,
    temperatures: Sequence[float],
    *,
    cutoff: float | None = None,
    engine: Engine = "fft",
    method: Anderson = DEFAULT,
    start: State | None = None,
    throw: bool = True,
) -> tuple[State, ...]:
    """Solve the Eliashberg equations down a ladder of temperatures, warm-started from the top.

    Main arguments
    --------------
    glue : spectra and mu*, one band or several.
    temperatures : K, in any order, no two equal.

    Other arguments
    ---------------
    cutoff, engine, method, throw : as of `onnes.solve.eliashberg`.
    start : a state to start the highest temperature from.

    Returns
    -------
    States in the order of falling temperature. Above Tc they are normal (zero gap).

    Raises
    ------
    InvalidInput : no temperatures, or two equal ones; and what `eliashberg` raises.
    """
    falling = np.sort(np.asarray(temperatures, dtype=float).ravel())[::-1]
    if falling.size == 0 or np.any(np.diff(falling) == 0):
        raise InvalidInput(
            f"a ladder of {falling.size} temperatures, equal ones included", "give different temperatures, K"
        )
    states: list[State] = []
    for temperature in falling:
        # A normal state is no start: zero is always a solution.
        warm = states[-1] if states and np.any(states[-1]["gap_matsubara"]) else start
        solved = eliashberg(
            glue, float(temperature), cutoff=cutoff, engine=engine, method=method, start=warm, throw=throw
        )
        states.append(solved)
    return tuple(states)
