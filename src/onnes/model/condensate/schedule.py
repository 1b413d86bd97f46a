"""Quantities that an experimenter turns in time: constant, ramped, stepped, oscillating."""

from dataclasses import dataclass
from math import cos, inf, pi, sin

import numpy as np

from onnes.errors import InvalidModel


@dataclass(frozen=True, slots=True)
class Schedule:
    """A quantity against time: straight lines between ``values`` at ``times`` (ps), constant outside.

    An oscillation ``amplitude * sin(2 pi t/period + phase)`` is added to it.

    Raises
    ------
    InvalidModel : times that do not increase, another number of values, a period that is not positive.
    """

    values: tuple[float, ...]
    times: tuple[float, ...] = (0.0,)
    amplitude: float = 0.0
    period: float = inf
    phase: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(float(v) for v in self.values))
        object.__setattr__(self, "times", tuple(float(t) for t in self.times))
        if len(self.values) != len(self.times) or not np.isfinite(self.values + self.times).all():
            raise InvalidModel(
                "Schedule.values", self.values, f"{len(self.times)} finite numbers, one each time"
            )
        if any(b <= a for a, b in zip(self.times, self.times[1:], strict=False)):
            raise InvalidModel("Schedule.times", self.times, "strictly increasing", "ps")
        if not self.period > 0:
            raise InvalidModel("Schedule.period", self.period, "positive", "ps")

    def at(self, time: float) -> float:
        """Return the value at ``time`` (ps)."""
        return float(np.interp(time, self.times, self.values)) + self.amplitude * sin(self._angle(time))

    def rate(self, time: float) -> float:
        """Return the time derivative just after ``time``, per ps."""
        slope = 0.0
        after = int(np.searchsorted(self.times, time, side="right"))
        if 0 < after < len(self.times):
            (t0, t1), (v0, v1) = self.times[after - 1 : after + 1], self.values[after - 1 : after + 1]
            slope = (v1 - v0) / (t1 - t0)
        return slope + self.amplitude * 2 * pi / self.period * cos(self._angle(time))

    @property
    def constant(self) -> bool:
        """True where nothing ever changes."""
        return self.amplitude == 0 and len(set(self.values)) == 1

    @property
    def events(self) -> tuple[float, ...]:
        """Times at which the slope changes: a solver hits them exactly."""
        return self.times if len(self.times) > 1 else ()

    def _angle(self, time: float) -> float:
        return 2 * pi * time / self.period + self.phase


def steady(value: float) -> Schedule:
    """Return a quantity that never changes."""
    return Schedule((value,))


def ramp(start: float, end: float, duration: float, begin: float = 0.0) -> Schedule:
    """Return a straight ramp from ``start`` to ``end`` in ``duration`` ps from ``begin`` on."""
    if not duration > 0:
        raise InvalidModel("ramp.duration", duration, "positive", "ps")
    return Schedule((start, end), (begin, begin + duration))


def oscillation(amplitude: float, period: float, mean: float = 0.0, phase: float = 0.0) -> Schedule:
    """Return ``mean + amplitude sin(2 pi t/period + phase)``; period in ps."""
    return Schedule((mean,), amplitude=amplitude, period=period, phase=phase)


def staircase(values: tuple[float, ...], hold: float, ramp_time: float) -> Schedule:
    """Return steps: each value held for ``hold`` ps, the next one reached in ``ramp_time`` ps."""
    if not (hold > 0 and ramp_time > 0):
        raise InvalidModel("staircase.hold", (hold, ramp_time), "positive, as the ramp time must be", "ps")
    times, heights, now = [], [], 0.0
    for value in values:
        times += [now, now + hold]
        heights += [value, value]
        now += hold + ramp_time
    return Schedule(tuple(heights), tuple(times))


def as_schedule(value: "float | Schedule") -> Schedule:
    """Return a schedule: a number is one that never changes."""
    return value if isinstance(value, Schedule) else steady(float(value))
