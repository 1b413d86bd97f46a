"""How a levitation fades: force at a fixed height, or height under a fixed weight, while the flux creeps."""

import time
from collections.abc import Sequence

import numpy as np

from onnes.errors import InvalidInput, NotConverged
from onnes.model.condensate.levitation import Levitation, Travel
from onnes.solve.condensate.levitation.critical_state import Run, approach, finished, start
from onnes.state import Outcome, Report, State

BALANCE = 1e-7
"""Force over weight at which a height is accepted."""
TRIALS = 40


def levitation_creep(
    levitation: Levitation,
    travel: Travel,
    times: Sequence[float],
    *,
    free: bool = False,
    cells: tuple[int, int] = (20, 12),
    spacing: float | None = None,
) -> State:
    """Solve for the relaxation after a travel: the magnet is held at its last height, or left to its weight.

    Under a power law E ~ J^n a current that fills the body decays in the end as t^(-1/(n - 1)), one that only lines
    its surface more slowly: the force at a fixed height fades with the logarithm of time, and a free magnet sinks
    until the force equals its weight again at every moment; its inertia is neglected, as in any damped levitation.

    Parameters
    ----------
    times : after the end of the travel, s, rising; steps are taken from one to the next (a geometric series is right).
    free : the weight of the magnet is the force at the end of the travel, and its height follows.

    Returns
    -------
    State of method "critical_state", as of `pinned_force`, on travel_time 0 and ``times``.

    Raises
    ------
    InvalidInput : times that do not rise. NotConverged : a step failed, or no height in reach balances the weight (a
        magnet that cannot hold itself falls).
    """
    begin = time.perf_counter()
    times = np.atleast_1d(np.asarray(times, float))
    if not (times[0] > 0 and np.all(np.diff(times) > 0)):
        raise InvalidInput(f"times {times} s", "give rising times after the end of the travel")
    spacing = max(np.abs(np.diff(travel.heights))) / 40 if spacing is None else spacing
    run = start(levitation, cells)
    approach(run, levitation, travel, spacing)
    heights, moments = travel.samples(spacing)
    for height, dt in zip(heights[1:], np.diff(moments), strict=True):
        run.advance(height, dt)
    run.time, run.heat = 0.0, 0.0
    run.record()
    weight = run.force()
    for dt in np.diff(times, prepend=0.0):
        if free:
            _settle(run, weight, dt, levitation)
        else:
            run.advance(run.position, dt)
        run.record()
    return finished(run, levitation, time.perf_counter() - begin)


def _settle(run: Run, weight: float, dt: float, levitation: Levitation) -> None:
    """Advance by ``dt`` with the magnet where its force is the weight: secant steps, then between brackets."""
    lowest = -levitation.magnet.lowest
    tried: list[tuple[float, float]] = []
    height = run.position
    for _ in range(TRIALS):
        current, electric = run.after(height, dt)
        excess = run.force(current, height) - weight
        if abs(excess) <= BALANCE * abs(weight):
            run.accept(height, dt, current, electric)
            return
        tried.append((height, excess))
        height = _next(tried, lowest)
    report = Report(
        Outcome.MAX_ITERATIONS,
        "levitation under a weight",
        tuple(abs(e / weight) for _, e in tried),
        BALANCE,
        TRIALS,
    )
    raise NotConverged(report)


def _next(tried: list[tuple[float, float]], lowest: float) -> float:
    """Return the next height to try; a first step sideways, then secants that stay above the surface."""
    height, excess = tried[-1]
    gap = height - lowest
    if len(tried) == 1:
        return height + 1e-3 * gap * np.sign(excess)
    (before, other) = tried[-2]
    if excess == other:
        return height + 1e-2 * gap * np.sign(excess)
    step = -excess * (height - before) / (excess - other)
    return height + float(np.clip(step, -0.3 * gap, 0.3 * gap))
