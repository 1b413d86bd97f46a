"""Voltmeters on a running film: potentials on its contacts and at points of it, at once and averaged over time."""

from collections.abc import Iterable

import numpy as np

from onnes.errors import InvalidInput
from onnes.solve.condensate.films.instant import Moment
from onnes.solve.condensate.films.stepper import TDGL

INNER = 1e-9
"""Share of a step by which its ends are moved inwards, to the side of an event that belongs to it."""


class Voltmeter:
    """Reads potentials from the few cells that they depend on.

    Parameters
    ----------
    engine : the equations of the run.
    taps : points (nm); between the centres of cells the potential is linear along x and along y (bilinear), without
        the centres that lie outside the film.

    Raises
    ------
    InvalidInput : a tap outside the film.
    """

    def __init__(self, engine: TDGL, taps: Iterable[tuple[float, float]] = ()) -> None:
        self._engine, drive = engine, engine.drive
        self._drive = drive
        self.terminals, self.taps = drive.contacts.count, np.array(list(taps), float).reshape(-1, 2)
        rows = [share.ravel() for share in drive.contacts.share] + [_weights(engine, *p) for p in self.taps]
        matrix = np.array(rows).reshape(len(rows), engine.mesh.cell.size)
        self._cells = np.nonzero(matrix.any(0))[0]
        self._matrix = np.ascontiguousarray(matrix[:, self._cells])
        self._by_rate = self._seen(drive.by_rate)
        self._by_current = self._seen(drive.by_current)
        self._half = np.zeros((len(rows), self.terminals))
        self._half[: self.terminals] = np.diag(drive.contacts.half)

    @property
    def count(self) -> int:
        """Number of potentials: those of the contacts, then those of the taps."""
        return len(self._matrix)

    def read(self, moment: Moment, time: float) -> np.ndarray:
        """Return the potentials of a moment in units of V_0; ``time`` is a side of an event."""
        own = moment.potential
        if moment.outside is not None:
            total, currents, rates = self._drive.answer(own, time, moment.outside[1])
            seen = self._matrix @ total.ravel()[self._cells]
            seen[: self.terminals] = self._drive.wall_potentials(total, currents, rates)
            return seen
        seen = self._matrix @ own.ravel()[self._cells]
        if self._drive.changing:
            seen = seen + self._by_rate @ np.array(self._drive.rates(time))
        currents = self._drive.currents(seen[:2], time)
        if not self.terminals:
            return seen
        return seen + self._by_current @ currents[:-1] + self._half @ currents

    def integral(self, before: Moment, after: Moment) -> np.ndarray:
        """Return the time integral over the step between two moments by the trapezium rule, V_0 tau_0."""
        inner = INNER * after.last
        begin = before.time + inner if before.sheet is None else self._engine.side(before)
        ends = self.read(before, begin) + self.read(after, after.time - inner)
        return 0.5 * (after.time - before.time) * ends

    def fields(self) -> dict[str, np.ndarray]:
        """Return where the taps are."""
        if not len(self.taps):
            return {}
        return {"tap": np.arange(len(self.taps)), "tap_x": self.taps[:, 0], "tap_y": self.taps[:, 1]}

    def sample(self, moment: Moment, mean: np.ndarray | None) -> dict[str, np.ndarray]:
        """Return the entries of the series, mV; ``mean`` (V_0) since the sample before, None where it is not kept."""
        unit, found = self._drive.unit_voltage, {}
        if mean is not None and self.terminals:
            found["mean_terminal_voltage"] = mean[: self.terminals] * unit
        if len(self.taps):
            found["tap_voltage"] = self.read(moment, self._engine.side(moment))[self.terminals :] * unit
            if mean is not None:
                found["mean_tap_voltage"] = mean[self.terminals :] * unit
        return found

    def _seen(self, units: list[np.ndarray]) -> np.ndarray:
        cells = [unit.ravel()[self._cells] for unit in units]
        return self._matrix @ np.array(cells).reshape(len(cells), len(self._cells)).T


def _weights(engine: TDGL, x: float, y: float) -> np.ndarray:
    from shapely import Point

    mesh = engine.mesh
    if not engine.setup.film.shape.polygon.covers(Point(x, y)):
        raise InvalidInput(f"a voltage tap at ({x:g}, {y:g}) nm, outside the film", "move it into the film")
    weights = np.outer(_between(mesh.y, y), _between(mesh.x, x)) * mesh.inside
    if not weights.any():  # deeper in a cut corner than the centres of its cells
        far = np.where(mesh.inside, np.hypot(*np.meshgrid(mesh.x - x, mesh.y - y)), np.inf)
        weights.flat[np.argmin(far)] = 1.0
    return (weights / weights.sum()).ravel()


def _between(centres: np.ndarray, at: float) -> np.ndarray:
    """Return the share of each centre in the value at a point; beyond the last ones, theirs."""
    place = float(np.interp(at, centres, np.arange(len(centres))))
    return np.maximum(0.0, 1.0 - np.abs(np.arange(len(centres)) - place))
