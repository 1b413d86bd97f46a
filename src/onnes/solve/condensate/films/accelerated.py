"""The steps of `TDGL` on an accelerator, by JAX: for films of a million cells and sweeps of them.

The same numbers as the compiled loops to rounding, in double precision; the arrays stay on the device between the
steps, and only the error of a step and the fastest rate come back. An optional extra: ``pip install onnes[jax]``.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from onnes.errors import InvalidInput, NotConverged
from onnes.model.condensate.film import Setup
from onnes.numerics.accelerator import require_jax
from onnes.numerics.stepsize import SHRINK, clipped, factor
from onnes.response.condensate.mesh import FilmMesh
from onnes.solve.condensate.films import kernels
from onnes.solve.condensate.films.instant import Moment, Stepping, padded
from onnes.solve.condensate.films.observe import fields
from onnes.solve.condensate.films.stepper import DEFECT_SHARE, LEAST_STEP, TDGL
from onnes.state import Outcome, Report, State

MOST_STAGES = 200


@dataclass(frozen=True, slots=True)
class DeviceMoment:
    """A `Moment` whose arrays lie on the device: psi and its velocity complex, (ny, nx)."""

    time: float
    count: int
    psi: Any
    velocity: Any
    potential: Any
    previous: Any
    last: float
    wanted: float
    error: float
    fastest: float


class AcceleratedTDGL:
    """`TDGL` with its steps on whatever device JAX finds first; the pair ``init``, ``step`` works alike.

    Parameters
    ----------
    setup, mesh, stepping : as for `TDGL`.

    Raises
    ------
    InvalidInput : JAX is not installed; a voltage, noise, screening, heat, a periodic film or superconducting contacts,
        which only the compiled loops know; a film on which the potential cannot be solved directly.
    """

    def __init__(self, setup: Setup, mesh: FilmMesh | None = None, stepping: Stepping | None = None) -> None:
        jax = require_jax()
        if setup.voltage is not None or setup.noise:
            raise InvalidInput(
                "a voltage or thermal noise on an accelerator", "use TDGL, or drive by currents"
            )
        for name, given in (
            ("a periodic film", setup.film.repeats),
            ("superconducting contacts", any(t.kind == "superconducting" for t in setup.film.terminals)),
            ("screening", setup.screening),
            ("heat", setup.thermal is not None),
        ):
            if given:
                raise InvalidInput(f"{name} on an accelerator", "use TDGL")
        self.host = TDGL(setup, mesh, stepping)
        if self.host.poisson.method == "conjugate gradients":
            raise InvalidInput("a film that varies everywhere on an accelerator", "use TDGL")
        self.stepping, self.mesh = self.host.stepping, self.host.mesh
        self._program = _Program(self.host)
        self._advance = jax.jit(self._program.advance)
        self.device = str(jax.devices()[0])

    def init(self, psi: np.ndarray | None = None) -> DeviceMoment:
        """Return the moment at time 0; see `TDGL.init`."""
        return self.upload(self.host.init(psi))

    def upload(self, moment: Moment) -> DeviceMoment:
        """Return a moment of the compiled loops as one on the device."""
        import jax.numpy as jnp

        velocity = (moment.velocity[0] + 1j * moment.velocity[1])[1:-1, 1:-1]
        arrays = map(jnp.asarray, (moment.order_parameter, velocity, moment.potential, moment.previous))
        rest = moment.last, moment.wanted, moment.error, moment.fastest
        return DeviceMoment(moment.time, moment.count, *arrays, *rest)

    def download(self, moment: DeviceMoment) -> Moment:
        """Return a moment on the device as one of the compiled loops."""
        psi, velocity = (
            np.stack([padded(v.real), padded(v.imag)]) for v in map(np.asarray, (moment.psi, moment.velocity))
        )
        potentials = np.array(moment.potential), np.array(moment.previous)
        rest = moment.last, moment.wanted, moment.error, moment.fastest
        return Moment(moment.time, moment.count, psi, velocity, *potentials, *rest)

    def step(self, moment: DeviceMoment, until: float = np.inf) -> DeviceMoment:
        """Return the moment one step later, at ``until`` (reduced time) or the next event at the latest."""
        stop = min([until, *(t for t in self.host.events if t > moment.time * (1 + 1e-14))])
        wanted = moment.wanted
        while True:
            dt, ends = clipped(wanted, stop - moment.time)
            after = self._try(moment, dt, stop if ends else moment.time + dt)
            if self.host.fixed is not None:
                return replace(after, wanted=self.host.fixed)
            if after.error <= 1 or dt <= LEAST_STEP:
                break
            wanted = dt * (factor(after.error, 1.0) if np.isfinite(after.error) else SHRINK)
        following = dt * factor(after.error, moment.error)
        if dt < wanted:
            following = max(following, wanted)
        return replace(after, wanted=min(following, self.host.largest))

    def run(self, until: float, start: np.ndarray | None = None) -> State:
        """Return the state at ``until`` (ps), as `onnes.solve.tdgl` does, without a history.

        Raises `NotConverged` where the numbers cease to be finite.
        """
        end, moment = until / self.host.drive.unit_time, self.init(start)
        while moment.time < end and np.isfinite(moment.error):
            moment = self.step(moment, end)
        good = bool(np.isfinite(moment.error))
        report = Report(
            Outcome.CONVERGED if good else Outcome.UNSTABLE,
            engine=f"RKL2 by JAX on {self.device}",
            residuals=(moment.error * self.stepping.tolerance,),
            target=self.stepping.tolerance,
            iterations=moment.count,
        )
        if not good:
            raise NotConverged(report)
        return State(self.host.setup, "tdgl", fields(self.host, self.download(moment), {}), report)

    def _try(self, now: DeviceMoment, dt: float, end: float) -> DeviceMoment:
        middle, ahead = now.time + 0.5 * dt, dt / now.last if now.last else 0.0
        stages = max(3, int(np.ceil(0.5 * (np.sqrt(9 + 8 * dt * now.fastest) - 1))) + 1)
        if stages > MOST_STAGES:
            raise InvalidInput(
                f"a step of {stages} stages", f"at most {MOST_STAGES}: give a smaller largest step"
            )
        weight, rows = kernels.rkl2(stages)
        table = np.zeros((MOST_STAGES, 5))
        table[: len(rows)] = rows
        inner = 1e-9 * dt
        times = (now.time + inner, middle, end - inner)
        drives = np.stack([self._drive(t) for t in times])
        amplitudes = np.array([self.host.drive.amplitudes(t) for t in (middle, end)]).reshape(2, -1)
        arrays = now.psi, now.velocity, now.potential, now.previous
        again = not now.last and self.host.fixed is None
        psi, velocity, own, error, fastest = self._advance(
            arrays, (dt, ahead), (len(rows), weight, table), (amplitudes, drives), again
        )
        relative = float(error) / (dt * self.stepping.tolerance)
        size = relative if self.host.fixed is None or not np.isfinite(relative) else 0.0
        size = np.inf if np.isnan(size) else size
        return DeviceMoment(
            end, now.count + 1, psi, velocity, own, now.potential, dt, dt, size, 1.05 * float(fastest)
        )

    def _drive(self, time: float) -> np.ndarray:
        """Return the factors of the unit potentials: rates of the fields, then currents."""
        drive = self.host.drive
        rates = drive.rates(time) if drive.changing else ()
        currents = drive.currents(None, time)[:-1] if drive.contacts.count else ()
        return np.array([*rates, *currents], float)


class _Program:
    """What is compiled: one step as a function of arrays."""

    def __init__(self, host: TDGL) -> None:
        import jax.numpy as jnp

        mesh, drive = host.mesh, host.drive
        put = partial(jnp.asarray, dtype=float)
        self.weights = tuple(map(put, (mesh.face_x / mesh.hx**2, mesh.face_y / mesh.hy**2)))
        wx, wy = self.weights
        self.diagonal = wx + jnp.roll(wx, 1, 1) + wy + jnp.roll(wy, 1, 0) + put(mesh.loss)
        mass = np.where(mesh.inside, host.mass, 1.0)
        self.cell, self.strength = put(mesh.cell), put(np.where(mesh.inside, mesh.strength, 0.0))
        self.inverse = put(np.where(mesh.inside, 1 / (mesh.relaxation * mass), 0.0))
        self.gamma2 = put(mesh.inelastic**2)
        shape = (-1, *mesh.shape)
        self.profiles = put(np.array(drive.profiles).reshape(-1, 2, *mesh.shape))
        self.units = put(np.array([*drive.by_rate, *drive.by_current]).reshape(shape))
        self.potential = _Potential(host.poisson)

    def advance(self, arrays, span, scheme, driven, again):
        """Return psi, V, the potential, the defect and the fastest rate after one step."""
        import jax
        import jax.numpy as jnp

        psi, velocity, own, previous = arrays
        dt, ahead = span
        amplitudes, drives = driven
        extra = jnp.tensordot(drives, self.units, 1)
        links = [self._links(a) for a in amplitudes]

        def attempt(mu):
            turn = _half_turn(0.5 * dt * mu)
            begin = psi * turn
            relaxed = self._relax(begin, links[0], dt, scheme)
            after = relaxed * turn
            slope, charge, rate = self._velocity(after, links[1])
            return turn, begin, relaxed, after, slope, self.potential.solve(charge), rate.max()

        mu = own + 0.5 * ahead * (own - previous) + extra[1]
        first = attempt(mu)
        mu = jnp.where(again, 0.5 * (own + first[5]) + extra[1], mu)
        turn, begin, relaxed, after, slope, new, fastest = jax.lax.cond(
            again, lambda: attempt(mu), lambda: first
        )
        e0, e1 = own + extra[0] - mu, new + extra[2] - mu
        total = velocity * turn - 1j * e0 * begin + slope * jnp.conj(turn) - 1j * e1 * relaxed
        defect = jnp.abs(relaxed - begin - 0.5 * dt * total).max()
        return after, slope, new, DEFECT_SHARE * defect, fastest

    def _links(self, amplitudes):
        import jax.numpy as jnp

        angles = jnp.tensordot(amplitudes, self.profiles, 1)
        return tuple(w * jnp.exp(-1j * angle) for w, angle in zip(self.weights, angles, strict=True))

    def _velocity(self, psi, links):
        """Return V, div J_s and the bound of the rate, as the compiled loops do."""
        import jax.numpy as jnp

        ux, uy = links
        density = psi.real**2 + psi.imag**2
        ahead = ux * jnp.roll(psi, -1, 1) + uy * jnp.roll(psi, -1, 0)
        behind = jnp.roll(jnp.conj(ux) * psi, 1, 1) + jnp.roll(jnp.conj(uy) * psi, 1, 0)
        force = ahead + behind + (self.cell * (self.strength - density) - self.diagonal) * psi
        overlap = jnp.conj(psi) * force
        s2 = 1 + self.gamma2 * density
        mobility = jnp.sqrt(s2) * self.inverse
        velocity = mobility * (force - self.gamma2 * overlap.real / s2 * psi)
        rate = mobility * (2 * self.diagonal + self.cell * (jnp.abs(self.strength) + 3 * density))
        return velocity, overlap.imag, rate

    def _relax(self, begin, links, dt, scheme):
        import jax

        count, weight, table = scheme
        slope = self._velocity(begin, links)[0]

        def stage(k, pair):
            older, latest = pair
            c = table[k]
            new = c[0] * latest + c[1] * older + c[2] * begin
            return latest, new + dt * (c[3] * self._velocity(latest, links)[0] + c[4] * slope)

        return jax.lax.fori_loop(0, count, stage, (begin, begin + weight * dt * slope))[1]


class _Potential:
    """`Neumann` on the device: cosine transforms along both axes and the capacitance matrix."""

    def __init__(self, poisson: Any) -> None:
        import jax.numpy as jnp

        rectangle, (ny, nx) = poisson._rectangle, poisson.shape
        total = _eigenvalues(ny, rectangle.hy)[:, None] + _eigenvalues(nx, rectangle.hx)
        total[0, 0] = np.inf
        self.inverse, self.base, self.shape = jnp.asarray(1 / total), poisson._base, (ny, nx)
        self.cut = poisson.method == "capacitance"
        labels = poisson._labels
        self.labels = None if labels is None else jnp.asarray(labels)
        self.sizes = jnp.asarray(poisson._sizes)
        if self.cut:
            self.ends, self.steps = jnp.asarray(poisson._ends), jnp.asarray(poisson._steps)
            self.capacitance = jnp.asarray(poisson._inverse)

    def solve(self, rhs):
        """Return x with sum over faces of a (x_j - x_i)/h^2 = rhs and mean zero on each part."""
        source = self._centred(rhs) / -self.base
        x = self._rectangle(source)
        if self.cut:
            import jax.numpy as jnp

            flat = x.ravel()
            jump = (flat[self.ends[:, 1]] - flat[self.ends[:, 0]]) / self.steps
            flow = self.capacitance @ jump / self.steps
            extra = jnp.zeros(flat.size).at[self.ends[:, 1]].add(flow).at[self.ends[:, 0]].add(-flow)
            x = self._rectangle(source + extra.reshape(self.shape))
        return self._centred(x)

    def _rectangle(self, source):
        from jax.scipy.fft import dctn, idctn

        return idctn(dctn(source, norm="ortho") * self.inverse, norm="ortho")

    def _centred(self, values):
        import jax.numpy as jnp

        if self.labels is None:
            return values - values.mean()
        sums = jnp.zeros(len(self.sizes) + 1).at[self.labels].add(values.ravel())
        shift = jnp.concatenate([jnp.zeros(1), sums[1:] / self.sizes])[self.labels]
        return jnp.where(self.labels > 0, values.ravel() - shift, 0.0).reshape(self.shape)


def _half_turn(angle):
    """Return exp(-i angle) by the Pade form (2, 2) of the compiled loops."""
    numerator = (1 - angle**2 / 12) - 0.5j * angle
    return numerator / (numerator.real + 0.5j * angle)


def _eigenvalues(n: int, h: float) -> np.ndarray:
    return (2 * np.sin(np.pi * np.arange(n) / (2 * n)) / h) ** 2
