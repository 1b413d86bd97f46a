"""A magnet moved over a pinned superconductor, or a field swept over it: currents, force, moment and heat."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from onnes.errors import InvalidInput
from onnes.model.condensate.levitation import Levitation, SuperconductingCylinder, Travel
from onnes.model.condensate.magnets import MM
from onnes.solve.condensate.levitation.critical_state_engine import Cells, cells_of, step
from onnes.state import Check, Outcome, Report, State

APPROACH = 24
"""Steps in which the magnet comes from far away after zero-field cooling, ever closer."""
FAR = 30.0
"""Where it comes from: so many times its height, its own size or that of the body, whichever is largest."""


@dataclass(slots=True)
class Run:
    """Cells, current density and what has been recorded of it."""

    cells: Cells
    body: SuperconductingCylinder
    source: Callable[[float], tuple[np.ndarray, np.ndarray]]
    position: float
    """Height of the magnet (mm) or applied field (T)."""
    current: np.ndarray
    heat: float = 0.0
    steps: int = 0
    time: float = 0.0
    rows: list[tuple[float, ...]] = field(default_factory=list)

    def after(self, position: float, dt: float) -> tuple[np.ndarray, np.ndarray]:
        """Return J and E a time ``dt`` (s) later with the source at ``position``; nothing is changed."""
        before, there = self.source(self.position)[0], self.source(position)[0]
        flux = np.zeros_like(before)
        if np.isfinite(self.body.pinning.kim_field):
            flux = self.cells.flux_density(before + self.cells.potential @ self.current)
        return step(self.cells, self.body.pinning, self.current, flux, there - before, dt)

    def advance(self, position: float, dt: float) -> None:
        """Move the source to ``position`` within ``dt`` seconds."""
        current, electric = self.after(position, dt)
        self.accept(position, dt, current, electric)

    def accept(self, position: float, dt: float, current: np.ndarray, electric: np.ndarray) -> None:
        """Take over a step that `after` found."""
        self.current, self.position = current, position
        self.heat += dt * float(np.sum(self.cells.ring * current * electric))
        self.steps += 1
        self.time += dt

    def force(self, current: np.ndarray | None = None, position: float | None = None) -> float:
        """Return the force (N) on the magnet."""
        current = self.current if current is None else current
        radial = self.source(self.position if position is None else position)[1]
        return float(np.sum(self.cells.ring * current * radial))

    def record(self) -> None:
        """Keep time, position, force, moment, energy of the currents and heat."""
        self.rows.append(
            (
                self.time,
                self.position,
                self.force(),
                self.cells.moment(self.current),
                self.cells.energy(self.current),
                self.heat,
            )
        )

    def profile(self) -> dict[str, np.ndarray]:
        """Return the current density now, on its grid in mm."""
        n_z, n_r = self.cells.shape
        return {
            "azimuthal_current": self.current.reshape(n_z, n_r),
            "body_radius": self.cells.r[:n_r] / MM,
            "body_height": self.cells.z[::n_r] / MM,
        }


def start(levitation: Levitation, cells: tuple[int, int]) -> Run:
    """Return a run without currents, the magnet where the superconductor was cooled (or infinitely far away).

    Raises
    ------
    InvalidInput : a magnet without the symmetry of the axis, or not a pinned cylinder.
    """
    grid = cells_of(levitation.body, cells)
    r, z, magnet = grid.r / MM, grid.z / MM, levitation.magnet
    nothing = (np.zeros_like(r), np.zeros_like(r))
    last: dict[float, tuple[np.ndarray, np.ndarray]] = {}

    def source(height: float) -> tuple[np.ndarray, np.ndarray]:
        if not np.isfinite(height):
            return nothing
        if height not in last:
            if len(last) > 2:
                last.clear()
            last[height] = magnet.ring_field(r, z - height)[:2]
        return last[height]

    return Run(grid, levitation.body, source, levitation.cooled_at, np.zeros(len(r)))


def approach(run: Run, levitation: Levitation, travel: Travel, spacing: float) -> None:
    """Bring the magnet from where the superconductor was cooled to the beginning of the travel, at its speed."""
    first, body = travel.heights[0], levitation.body
    if run.position == first:
        return
    if np.isfinite(run.position):
        heights, _ = Travel((run.position, first)).samples(spacing)
    else:
        far = FAR * max(first, body.radius, body.height, levitation.magnet.reach)
        heights = np.geomspace(far, first, APPROACH)
        run.advance(heights[0], far / travel.speed)
    for previous, height in pairwise(heights):
        run.advance(height, abs(height - previous) / travel.speed)


def pinned_force(
    levitation: Levitation, travel: Travel, *, cells: tuple[int, int] = (20, 12), spacing: float | None = None
) -> State:
    """Solve for the force on an upright magnet that is moved over a pinned cylinder along its axis.

    The way from where the superconductor was cooled to the first turning point is travelled too, and not recorded.

    Parameters
    ----------
    cells : of the meridian, (along r, along z); 2500 at most.
    spacing : largest step of the magnet, mm; by default a fortieth of the longest way between turning points.

    Returns
    -------
    State of method "critical_state" on ``travel``: magnet_height, travel_time, levitation_force, induced_moment,
    current_energy, dissipated_energy, external_work; and the final azimuthal_current (body_height, body_radius). The
    check of the report is the balance of the last three, the work coming from the force.

    Raises
    ------
    InvalidInput : a magnet without axial symmetry or that touches the body; not a pinned cylinder; cells.
    NotConverged : a step failed.
    """
    begin = time.perf_counter()
    if min(travel.heights) + levitation.magnet.lowest <= 0:
        raise InvalidInput(f"turning points {travel.heights} mm", "keep the whole magnet above the surface")
    spacing = max(np.abs(np.diff(travel.heights))) / 40 if spacing is None else spacing
    heights, times = travel.samples(spacing)
    run = start(levitation, cells)
    approach(run, levitation, travel, spacing)
    run.time, run.heat = 0.0, 0.0
    run.record()
    for height, dt in zip(heights[1:], np.diff(times), strict=True):
        run.advance(height, dt)
        run.record()
    return finished(run, levitation, time.perf_counter() - begin)


def finished(run: Run, levitation: Levitation, seconds: float) -> State:
    """Return the state of a run, with the balance of its energies."""
    times, heights, force, moment, energy, heat = np.array(run.rows).T
    work = np.concatenate(
        [[0.0], np.cumsum(-(force[1:] + force[:-1]) / 2 * np.diff(heights) * MM)]
    )  # against the force
    turnover = np.sum(np.abs(np.diff(work))) or 1.0
    balance = (work[-1] - (energy[-1] - energy[0]) - heat[-1]) / turnover
    fields = {
        "travel": np.arange(len(times)),
        "travel_time": times,
        "magnet_height": heights,
        "levitation_force": force,
        "induced_moment": moment,
        "current_energy": energy,
        "dissipated_energy": heat,
        "external_work": work,
        **run.profile(),
    }
    report = Report(
        Outcome.CONVERGED,
        engine=f"{run.cells.shape[1]} x {run.cells.shape[0]} cells",
        iterations=run.steps,
        seconds=seconds,
        checks=(Check("work less energy and heat, over the work turned over", float(balance), 0.02),),
    )
    return State(levitation, "critical_state", fields, report)


def pinned_magnetisation(
    body: SuperconductingCylinder,
    fields: Sequence[float],
    *,
    rate: float = 1e-3,
    cells: tuple[int, int] = (20, 12),
    steps: int = 60,
) -> State:
    """Solve for a pinned cylinder in a uniform field along its axis, swept between turning points.

    Parameters
    ----------
    fields : turning points, T; the superconductor is cooled at the first and holds no current there.
    rate : T/s.
    steps : on each way.

    Returns
    -------
    State of method "magnetisation" on ``travel``: swept_field, travel_time, induced_moment, current_energy,
    dissipated_energy and the final azimuthal_current.

    Raises
    ------
    InvalidInput : turning points, rate or body. NotConverged : a step failed.
    """
    begin = time.perf_counter()
    points = np.asarray(fields, float)
    if points.ndim != 1 or len(points) < 2 or np.any(np.diff(points) == 0) or not np.isfinite(points).all():
        raise InvalidInput(f"turning points {fields} T", "give two or more different finite fields")
    if not (rate > 0 and steps >= 1):
        raise InvalidInput(f"rate = {rate} T/s, steps = {steps}", "give positive numbers")
    grid = cells_of(body, cells)
    nothing = np.zeros_like(grid.r)
    run = Run(grid, body, lambda b: (b * grid.r / 2, nothing), float(points[0]), nothing.copy())
    run.record()
    for first, last in pairwise(points):
        for share in np.arange(1, steps + 1) / steps:
            run.advance(first + (last - first) * share, abs(last - first) / steps / rate)
            run.record()
    return _swept(run, time.perf_counter() - begin)


def _swept(run: Run, seconds: float) -> State:
    """Return the state of a sweep, with the balance of its energies."""
    times, swept, _, moment, energy, heat = np.array(run.rows).T
    found = {
        "travel": np.arange(len(times)),
        "travel_time": times,
        "swept_field": swept,
        "induced_moment": moment,
        "current_energy": energy,
        "dissipated_energy": heat,
        **run.profile(),
    }
    # work of the applied field on the currents is -m dB
    work = -np.sum((moment[1:] + moment[:-1]) / 2 * np.diff(swept))
    balance = (work - energy[-1] - heat[-1]) / (np.sum(np.abs(moment[1:] * np.diff(swept))) or 1.0)
    report = Report(
        Outcome.CONVERGED,
        engine=f"{run.cells.shape[1]} x {run.cells.shape[0]} cells",
        iterations=run.steps,
        seconds=seconds,
        checks=(Check("work less energy and heat, over the work turned over", float(balance), 0.02),),
    )
    return State(run.body, "magnetisation", found, report)
