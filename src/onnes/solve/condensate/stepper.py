r"""One step of the generalised time-dependent Ginzburg-Landau equation on a cut mesh.

.. math:: \frac{u}{\sqrt{1+\gamma^2|\psi|^2}}\Big[\partial_t+i\mu+\frac{\gamma^2}{2}\partial_t|\psi|^2\Big]\psi
          =(\epsilon-|\psi|^2)\psi+(\nabla-iA)^2\psi,\qquad
          \nabla\cdot[\mathrm{Im}\,\psi^*(\nabla-iA)\psi-\nabla\mu-\partial_tA]=0

L. Kramer and R. J. Watts-Tobin, Phys. Rev. Lett. 40, 1041 (1978), doi:10.1103/PhysRevLett.40.1041.

A step of length dt turns psi by half a step of the potential at its middle (extrapolated from the last two steps),
relaxes it by Runge-Kutta-Legendre of second order with the links of the middle, and turns it by the other half.
The error of a step is 0.4 times the defect of the trapezium rule in the frame that turns with that potential:
for a smooth solution the defect is -(5/36) dt^3 psi''' and the error of many stages -(1/18) dt^3 psi'''.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from onnes.errors import InvalidInput
from onnes.model.condensate.film import Setup
from onnes.numerics.poisson import Neumann
from onnes.response.condensate.inertia import lumped_mass
from onnes.response.condensate.mesh import FilmMesh, film_mesh
from onnes.solve.condensate import kernels
from onnes.solve.condensate.drive import Amplitudes, Drive
from onnes.solve.condensate.noise import AFTER, BEFORE, Noise

DEFECT_SHARE = 0.4
SAFETY, SHRINK, GROW = 0.9, 0.2, 2.0
MANY_CELLS = 150_000
"""Number of cells from which rows are shared among two threads."""
LEAST_STEP = 1e-12
NEAR = 1e-9
"""Times (tau_0) that differ by less are one: no step of the length of a rounding error comes between them."""


@dataclass(frozen=True, slots=True)
class Stepping:
    """How time is cut into steps.

    Parameters
    ----------
    tolerance : largest error of psi in any cell per tau_0, for each step.
    first : first step, ps; tau_0/100 where not given.
    largest : largest step, ps; tau_0 where not given.
    fixed : one step for the whole run, ps, without control of its error; thermal noise needs it.

    Raises
    ------
    InvalidInput : a tolerance or a step that is not positive.
    """

    tolerance: float = 1e-3
    first: float | None = None
    largest: float | None = None
    fixed: float | None = None

    def __post_init__(self) -> None:
        for name in ("tolerance", "first", "largest", "fixed"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                raise InvalidInput(f"Stepping.{name} = {value}", "give a positive number")


@dataclass(frozen=True, slots=True)
class Moment:
    """All that a run is at one time, in reduced units; nothing else decides how it goes on.

    ``psi``: (2, ny + 2, nx + 2), real and imaginary part with a rim of zeros. ``velocity``: V, alike.
    ``potential``: the part of mu from the supercurrent, and ``previous``: that one step earlier. ``last``: length
    of the step that led here (0 at the start), ``wanted``: of the next one. ``error``: of the last step over its
    tolerance. ``fastest``: bound of the relaxation rate.
    """

    time: float
    count: int
    psi: np.ndarray
    velocity: np.ndarray
    potential: np.ndarray
    previous: np.ndarray
    last: float
    wanted: float
    error: float
    fastest: float
    rejected: int = 0

    @property
    def order_parameter(self) -> np.ndarray:
        """psi as complex (ny, nx)."""
        return (self.psi[0] + 1j * self.psi[1])[1:-1, 1:-1]

    @property
    def finite(self) -> bool:
        return bool(np.isfinite(self.psi).all() and np.isfinite(self.potential).all())


class TDGL:
    """The equations of a setup on a mesh, ready to be stepped: ``init`` makes a `Moment`, ``step`` the next one.

    Parameters
    ----------
    setup : film, fields, currents or voltage, noise.
    mesh : the mesh of the film; made with its default spacing where not given.
    stepping : steps and their tolerance.
    seed : of the thermal noise.

    Raises
    ------
    InvalidInput : a material without resistivity; noise without a fixed step.
    """

    def __init__(
        self, setup: Setup, mesh: FilmMesh | None = None, stepping: Stepping | None = None, seed: int = 0
    ) -> None:
        self.setup, self.stepping = setup, stepping or Stepping()
        self.mesh = mesh = film_mesh(setup.film) if mesh is None else mesh
        self.poisson = Neumann(mesh.face_x, mesh.face_y, mesh.hx, mesh.hy)
        self.drive = Drive(setup, mesh, self.poisson)
        unit = self.drive.unit_time
        self.events = tuple(t / unit for t in setup.events)
        self.fixed = None if self.stepping.fixed is None else self.stepping.fixed / unit
        self.largest = 1.0 if self.stepping.largest is None else self.stepping.largest / unit
        self.first = 0.01 if self.stepping.first is None else self.stepping.first / unit
        if setup.noise and self.fixed is None:
            raise InvalidInput("thermal noise with steps of variable length", "give Stepping(fixed=) in ps")
        self.noise = Noise(setup, mesh, seed) if setup.noise else None
        self._prepare(mesh)

    def _prepare(self, mesh: FilmMesh) -> None:
        (ny, nx), (hx, hy) = mesh.shape, (mesh.hx, mesh.hy)
        self._weights = mesh.face_x / hx**2, mesh.face_y / hy**2
        wx, wy = self._weights
        diagonal = wx + np.roll(wx, 1, 1) + wy + np.roll(wy, 1, 0) + mesh.loss
        self.mass = lumped_mass(mesh.cell, (mesh.face_x, mesh.face_y), mesh.loss, (hx, hy))
        self._diagonal = padded(diagonal)
        inverse = np.divide(1.0, mesh.relaxation * self.mass, out=np.zeros(mesh.shape), where=self.mass > 0)
        strength = np.where(mesh.inside, mesh.strength, 0.0)
        maps = np.stack([mesh.cell, strength, inverse, mesh.inelastic**2])
        same = (maps == maps[:, :1, :1]).all() and maps[0, 0, 0] == 1 and self.mass[0, 0] == 1
        if same:
            self._maps = np.array([strength[0, 0], inverse[0, 0], mesh.inelastic[0, 0] ** 2])
            self._stage, self._velocity = kernels.stage_uniform, kernels.velocity_uniform
        else:
            self._maps = np.stack([padded(m) for m in maps])
            self._stage, self._velocity = kernels.stage_mapped, kernels.velocity_mapped
        self._work = [np.zeros((2, ny + 2, nx + 2)) for _ in range(4)]
        self._turn = np.zeros((2, ny + 2, nx + 2))
        self._square = np.empty((ny, nx))
        self._slope = np.zeros((2, ny + 2, nx + 2))
        self._charge, self._rate = np.empty((ny, nx)), np.empty((ny, nx))
        self._links: dict[Amplitudes, np.ndarray] = {}
        self._pool = ThreadPoolExecutor(2) if ny * nx >= MANY_CELLS else None

    # --- the pair init, step -----------------------------------------------------------------

    def init(self, psi: np.ndarray | None = None) -> Moment:
        """Return the moment at time 0 with the order parameter ``psi``, complex (ny, nx); sqrt(eps) where not given."""
        inside = self.mesh.inside
        psi = np.sqrt(np.maximum(self.mesh.strength, 0.0)) if psi is None else psi
        if np.shape(psi) != inside.shape or not np.isfinite(psi[inside]).all():
            raise InvalidInput(
                f"an order parameter of shape {np.shape(psi)} to start from",
                f"give finite numbers of shape {inside.shape}",
            )
        psi = np.where(inside, psi, 0.0)
        y = np.stack([padded(psi.real), padded(psi.imag)])
        velocity, fastest = self._evaluate(y, 0.0)
        own = self._own_potential(y, None)
        wanted = self.fixed or min(self.first, self.largest)
        return _frozen(Moment(0.0, 0, y, velocity, own, own, 0.0, wanted, 1.0, fastest))

    def step(self, moment: Moment, until: float = np.inf) -> Moment:
        """Return the moment one step later, at ``until`` (reduced time) or the next event at the latest.

        A step whose error exceeds the tolerance is repeated with a shorter one. A moment that is not ``finite`` is
        returned where none is short enough.
        """
        stop = min([until, *(t for t in self.events if moment.time + NEAR < t < until - NEAR)])
        rejected, wanted = moment.rejected, moment.wanted
        while True:
            dt, ends = _clipped(wanted, stop - moment.time)
            after = self._advance(moment, dt, stop if ends else moment.time + dt)
            if self.fixed is not None:
                return _frozen(replace(after, wanted=self.fixed, rejected=rejected))
            good = after.finite and after.error <= 1
            if good or dt <= LEAST_STEP:
                break
            wanted, rejected = dt * (self._factor(after.error, 1.0) if after.finite else SHRINK), rejected + 1
        following = dt * self._factor(after.error, moment.error)
        if dt < wanted:
            following = max(following, wanted)  # cut short by an event: as large as before
        return _frozen(replace(after, wanted=min(following, self.largest), rejected=rejected))

    @staticmethod
    def _factor(error: float, before: float) -> float:
        """Return the factor of the next step: proportional and integral control of an error that grows as dt^2."""
        ratio = max(error, 1e-8) ** (-0.35) * max(before, 1e-8) ** 0.2
        return float(min(max(SAFETY * ratio, SHRINK), GROW if error < 1 else SAFETY))

    # --- inside a step -----------------------------------------------------------------------

    def _advance(self, now: Moment, dt: float, end: float) -> Moment:
        ratio = 0.5 * dt / now.last if now.last else 0.0
        middle = now.time + 0.5 * dt
        own = now.potential + ratio * (now.potential - now.previous) if ratio else now.potential
        mu = self.drive.potential(own, middle)[0]
        after = self._with_potential(now, mu, dt, end)
        if not now.last and self.fixed is None:  # no history: once more with the mean potential
            mu = self.drive.potential(0.5 * (now.potential + after.potential), middle)[0]
            after = self._with_potential(now, mu, dt, end)
        return after

    def _with_potential(self, now: Moment, mu: np.ndarray, dt: float, end: float) -> Moment:
        begin, turn = self._work[0], self._turn
        angle = 0.5 * dt * mu
        if self.noise:
            angle = angle + 0.5 * self.noise.angle(self.poisson, now.count, dt)
        kernels.half_turn(angle, turn)
        kernels.turned(now.psi, turn, begin)
        if self.noise:
            self.noise.kick(begin, self.mass, now.count, dt, BEFORE)
        relaxed = self._relax(begin, dt, now.time + 0.5 * dt, now.fastest)
        if self.noise:
            self.noise.kick(relaxed, self.mass, now.count, dt, AFTER)
        psi = np.zeros_like(relaxed)
        kernels.turned(relaxed, turn, psi)
        velocity, fastest = self._evaluate(psi, end)
        if not np.isfinite(self._charge).all():
            return replace(now, psi=np.full_like(psi, np.nan), error=np.inf)
        ahead = dt / now.last if now.last else 0.0
        own = self._own_potential(psi, now.potential + ahead * (now.potential - now.previous))
        error = 0.0
        if self.fixed is None:
            error = self._error(now, begin, relaxed, velocity, own, mu, (dt, end))
        return Moment(end, now.count + 1, psi, velocity, own, now.potential, dt, dt, error, fastest)

    def _relax(self, begin: np.ndarray, dt: float, middle: float, fastest: float) -> np.ndarray:
        """Return exp(dt V) psi by RKL2 with one stage more than its stability needs."""
        links = self._weighted_links(middle)
        stages = max(3, int(np.ceil(0.5 * (np.sqrt(9 + 8 * dt * fastest) - 1))) + 1)
        weight, table = kernels.rkl2(stages)
        self._rows(
            self._velocity, begin, links, self._diagonal, self._maps, self._slope, self._charge, self._rate
        )
        older, latest = begin, self._work[1]
        kernels.first_stage(begin, self._slope, weight * dt, latest)
        spare = self._work[2:]
        table[:, 3:] *= dt
        for row in table:
            out = spare.pop()
            self._rows(
                self._stage, latest, older, begin, self._slope, links, self._diagonal, self._maps, row, out
            )
            if older is not begin:
                spare.append(older)
            older, latest = latest, out
        return latest

    def _evaluate(self, psi: np.ndarray, time: float) -> tuple[np.ndarray, float]:
        """Return V and the bound of its rate; div J_s is left in ``self._charge``."""
        links, velocity = self._weighted_links(time), np.zeros_like(psi)
        self._rows(self._velocity, psi, links, self._diagonal, self._maps, velocity, self._charge, self._rate)
        return velocity, 1.05 * float(self._rate.max())

    def _own_potential(self, psi: np.ndarray, guess: np.ndarray | None) -> np.ndarray:
        cancelled = float(np.abs(psi).max() ** 2 * self._diagonal.max())
        return self.poisson.solve(self._charge, guess, cancelled)

    def _error(
        self,
        now: Moment,
        begin: np.ndarray,
        relaxed: np.ndarray,
        velocity: np.ndarray,
        own: np.ndarray,
        mu: np.ndarray,
        span: tuple[float, float],
    ) -> float:
        """Return the largest error of the step in any cell over what the tolerance allows."""
        dt, end = span
        inner = 1e-9 * dt  # slopes of the drive inside the step, where it begins or ends at an event
        before = self.drive.potential(now.potential, now.time + inner)[0] - mu
        after = self.drive.potential(own, end - inner)[0] - mu
        kernels.defect(begin, relaxed, now.velocity, velocity, self._turn, before, after, dt, self._square)
        return DEFECT_SHARE * float(np.sqrt(self._square.max())) / (dt * self.stepping.tolerance)

    def _weighted_links(self, time: float) -> np.ndarray:
        factors = self.drive.amplitudes(time)
        if factors not in self._links:
            if len(self._links) > 2:
                self._links.pop(next(iter(self._links)))
            ny, nx = self.mesh.shape
            found = np.zeros((4, ny + 2, nx + 2))
            kernels.weighted_links(*self.drive.links(factors), *self._weights, found)
            self._links[factors] = found
        return self._links[factors]

    def _rows(self, kernel: object, *arguments: object) -> None:
        ny = self.mesh.shape[0]
        if self._pool is None:
            kernel(1, ny + 1, *arguments)
            return
        half = 1 + ny // 2
        jobs = [self._pool.submit(kernel, a, b, *arguments) for a, b in ((1, half), (half, ny + 1))]
        for job in jobs:
            job.result()


def padded(values: np.ndarray) -> np.ndarray:
    """Return values (ny, nx) with a rim of zeros."""
    return np.pad(np.asarray(values, float), 1)


def _clipped(wanted: float, left: float) -> tuple[float, bool]:
    """Return a step and whether it ends at the stop: two equal ones rather than a tiny last one."""
    if wanted >= left * (1 - 1e-10):
        return left, True
    return (0.5 * left, False) if 2 * wanted > left else (wanted, False)


def _frozen(moment: Moment) -> Moment:
    for array in (moment.psi, moment.velocity, moment.potential, moment.previous):
        array.setflags(write=False)
    return moment
