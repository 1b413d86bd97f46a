r"""The field of a film's own currents in time, implicit within each step.

The sheet current K (J_0 d) through the faces makes the potential A = M K (`Induction`), and drives itself through

.. math:: \frac{K}{a}=\mathrm{Im}\,\psi^*(\nabla-iA)\psi-\nabla\mu-\partial_tA,\qquad
          A=A_{\mathrm{applied}}+MK,\qquad\nabla\cdot K=\text{what the contacts bring in}.

Without pairs an eddy current of wavevector k decays at the rate Lambda k (xi, tau_0): the thinner the film the
stiffer. K at the end of a step follows from psi there by the backward formula of second order for the rate of A
(Euler's at the start, at events, and where steps grow by more than 2.4), which is stable for all Lambda and all steps.
Newton's method in K; the linear systems 1 + a P (dE/dA) M, with P the removal of sources by the potential, by GMRES
with a periodic film as preconditioner. psi is always advanced from the beginning of the step: with links and potential
of its middle that agree with those found at its end, or again. The field of the leads is left out.
"""

from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft2, rfft2
from scipy.sparse.linalg import LinearOperator, gmres

from onnes.errors import InvalidInput
from onnes.numerics.poisson import Neumann
from onnes.numerics.sheet import EvenConvolution, rectangle_average
from onnes.response.condensate.flow import supercurrent
from onnes.response.condensate.mesh import FilmMesh
from onnes.solve.condensate.films.drive import Drive

MOST_NEWTON = 12
MOST_RATIO = 2.4
"""Growth of the step, 1 + sqrt 2, below which the backward formula of second order is stable."""
ROUNDING = 4e-15
"""Of the sums in the equation of the current, relative to their terms."""
FIRST = 1e-4
"""First step (tau_0) at the start and after an event, where Euler's formula serves."""
ERROR_SHARE = 2 / 7
"""Error of the backward formula over the distance between its result and the parabola through three times before."""


@dataclass(frozen=True, slots=True)
class Screening:
    """How exactly a film agrees with the field of its own currents.

    Parameters
    ----------
    tolerance : largest disagreement of a link phase (rad) at the middle and the end of a step, per tau_0 of it, and at
        the end relative to the largest induced phase where this is small; a tenth of the tolerance of the steps
        where not given, and not more than half of it.

    Raises
    ------
    InvalidInput : a tolerance that is not positive.
    """

    tolerance: float | None = None

    def __post_init__(self) -> None:
        if self.tolerance is not None and not 0 < self.tolerance < float("inf"):
            raise InvalidInput(f"Screening.tolerance = {self.tolerance}", "give a positive number")

    def beside(self, steps: float) -> float:
        """Return the tolerance beside that of the steps; raises `InvalidInput` where it would stop them."""
        if self.tolerance is None:
            return 0.1 * steps
        if self.tolerance > 0.5 * steps:
            raise InvalidInput(
                f"Screening.tolerance = {self.tolerance:g} with steps that are right to {steps:g}",
                "give at most half of that: what the field is wrong by counts as an error of the step",
            )
        return self.tolerance


@dataclass(frozen=True, slots=True)
class _Fixed:
    """What does not change while the current at the end of a step is sought.

    ``bonds``: conj(psi) exp(-i theta_applied) psi_next. ``gain``: weight of the new A in its rate. ``past``: minus the
    link phases of the earlier ones. ``applied``: rates of the applied link phases. ``terms``: size of what adds up to
    the current; ``cancelled``: of what adds up to its sources. ``random``: Johnson currents, where there are any.
    """

    bonds: np.ndarray
    gain: float
    past: np.ndarray
    applied: np.ndarray
    time: float
    terms: float
    cancelled: float
    random: np.ndarray | None = None


class SelfField:
    """The sheet currents of a film on its mesh.

    A current and its link phases together are a flow, (2, 2, ny, nx): which of the two, along x or y, cells. A history
    (3, ...) is a flow now, one step before, and its rate.

    Parameters
    ----------
    pearl_length : in coherence lengths.
    tolerance : see `Screening`.
    """

    def __init__(
        self, mesh: FilmMesh, drive: Drive, poisson: Neumann, pearl_length: float, tolerance: float
    ) -> None:
        self.tolerance, self._drive, self._poisson = tolerance, drive, poisson
        (ny, nx), hx, hy = mesh.shape, mesh.hx, mesh.hy
        average = rectangle_average(nx, ny, hx, hy)
        self._potential = EvenConvolution(hx * hy / (2 * np.pi * pearl_length) * average)
        self._symbol = np.maximum(self._potential.symbol, 0.0)
        self._largest = float(self._symbol.max())
        self._faces = np.stack([mesh.face_x, mesh.face_y])
        self._open = self._faces > 0
        self._steps = np.array([hx, hy])[:, None, None]
        self._across = np.array([hy, hx])[:, None, None]
        self._widest = float((self._faces / self._steps**2).max())

    # --- currents and phases -----------------------------------------------------------------

    def links(self, sheet: np.ndarray) -> np.ndarray:
        """Return the link phases of a sheet current."""
        found = self._steps * self._potential(sheet)
        found[0, :, -1] = 0.0
        found[1, -1] = 0.0
        return found

    def energy(self, flow: np.ndarray) -> float:
        """Return the energy of the field, int K.A/2, over (B_c^2/mu0) d xi^2."""
        return float((self._across * flow[0] * flow[1]).sum())

    def drops(
        self, psi: np.ndarray, links: tuple[np.ndarray, np.ndarray], flow: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return minus the electric field along the links times their length, by Ohm's law: what no pairs carry."""
        ohmic = np.divide(flow[0], self._faces, out=np.zeros_like(flow[0]), where=self._open) * self._steps
        found = [
            np.where(o, supercurrent(psi, link, axis) - k, 0.0)
            for link, axis, k, o in zip(links, (-1, -2), ohmic, self._open, strict=True)
        ]
        return found[0], found[1]

    def outflow(self, rates: np.ndarray) -> np.ndarray:
        """Return div(a d theta/dt) of each cell."""
        return self._divergence(self._faces * rates / self._steps)

    def start(self, sheet: np.ndarray | None) -> np.ndarray:
        """Return the history of a film that starts with a current.

        Where none is given, that between the contacts flows as in a normal film.
        """
        history = np.zeros((3, 2, *self._faces.shape))
        if sheet is None:
            drive = self._drive
            currents = np.zeros(drive.contacts.count)
            if drive.setup.currents:
                currents = drive.currents(None, 0.0)
            total = sum(
                (i * unit for i, unit in zip(currents[:-1], drive.by_current, strict=False)), start=0.0
            ) + np.zeros(self._faces.shape[1:])
            sheet = -self._faces * self._gradient(total)
        sheet = np.where(self._open, sheet, 0.0)
        history[:2] = np.stack([sheet, self.links(sheet)])
        return history

    def held(self, own: np.ndarray) -> np.ndarray:
        """Return the potential at the start such that under a given voltage no current flows yet."""
        drive = self._drive
        if drive.setup.voltage is None:
            return own
        current = drive.currents(drive.contacts.mean(own), 0.0)[0]
        return (
            own
            + current
            * drive.resistance
            / (drive.resistance - drive.contacts.half.sum())
            * drive.by_current[0]
        )

    def predicted(self, history: np.ndarray, ahead: float, last: float) -> np.ndarray:
        """Return the flow a time ``ahead``, by the parabola through now and before with the slope of now."""
        if not last:
            return history[0]
        curve = (history[1] - history[0] + last * history[2]) / last**2
        return history[0] + ahead * history[2] + ahead**2 * curve

    def middle(self, history: np.ndarray, after: np.ndarray, dt: float, last: float) -> np.ndarray:
        """Return the flow in the middle of a step, by the parabola through before, now and after."""
        mean = 0.5 * (history[0] + after)
        if not last or dt > MOST_RATIO * last:
            return mean
        bend = ((after - history[0]) / dt - (history[0] - history[1]) / last) / (dt + last)
        return mean - 0.25 * dt * dt * bend

    def allowed(self, dt: float) -> float:
        """Return the error of a link phase that is allowed in a step."""
        return self.tolerance * dt

    def error(self, history: np.ndarray, after: np.ndarray, dt: float, last: float) -> float:
        """Return the largest error that the step made in a link phase, per tau_0; 0 where there is no history."""
        if not last:
            return 0.0
        return ERROR_SHARE * self.distance(after, self.predicted(history, dt, last)) / dt

    def distance(self, one: np.ndarray, other: np.ndarray) -> float:
        """Return the largest difference of the link phases of two flows."""
        return float(np.abs((one[1] - other[1])[self._open]).max())

    # --- the end of a step -------------------------------------------------------------------

    def advanced(
        self, psi: np.ndarray, history: np.ndarray, guess: np.ndarray, span: tuple[float, float, float]
    ) -> np.ndarray | None:
        """Return the history at the end of a step, psi (ny, nx) there being given; None where it was not found.

        Parameters
        ----------
        guess : flow to begin with. span : length of the step, its end, and the length of the step before.
        """
        dt, end, last = span
        r = dt / last if last else 0.0
        r = r if r <= MOST_RATIO else 0.0
        gain = (1 + 2 * r) / (1 + r) / dt
        past = ((1 + r) * history[0] - r * r / (1 + r) * history[1]) / dt
        time = end - 1e-9 * dt
        applied = self._drive.links(self._drive.amplitudes(end))
        rates = np.stack(self._drive.links(self._drive.rates(time)))
        density = float((np.abs(psi) ** 2).max())
        fixed = _Fixed(
            bonds=np.stack(
                [np.conj(psi) * np.exp(-1j * applied[k]) * np.roll(psi, -1, 1 - k) for k in (0, 1)]
            ),
            gain=gain,
            past=past[1],
            applied=rates,
            time=time,
            terms=density + float(np.abs(rates).max()),
            cancelled=4 * self._widest * density,
        )
        flow = self._solve(fixed, guess, self.allowed(dt))
        return None if flow is None else np.stack([flow, history[0], gain * flow - past])

    def halfway(
        self,
        ends: tuple[np.ndarray, np.ndarray],
        history: np.ndarray,
        guess: np.ndarray,
        random: np.ndarray,
        span: tuple[float, float],
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """Return the flow in the middle of a step with noise, and the potential there; None where it was not found.

        By the midpoint rule, A - A_before = dt times the rate in the middle: without pairs the distribution of A in
        equilibrium is then exact.

        Parameters
        ----------
        ends : psi (ny, nx) before and after. random : Johnson currents. span : length of the step, and its middle.
        """
        (dt, middle), gain = span, 2 / span[0]
        applied = self._drive.links(self._drive.amplitudes(middle))
        rates = np.stack(self._drive.links(self._drive.rates(middle)))
        bonds = np.stack(
            [
                0.5 * sum(np.conj(p) * np.exp(-1j * applied[k]) * np.roll(p, -1, 1 - k) for p in ends)
                for k in (0, 1)
            ]
        )
        size = float(np.abs(bonds).max()) + float(np.abs(random).max())
        fixed = _Fixed(
            bonds=bonds,
            gain=gain,
            past=gain * history[0, 1],
            applied=rates,
            time=middle,
            terms=size + float(np.abs(rates).max()),
            cancelled=4 * self._widest * size,
            random=random,
        )
        flow = self._solve(fixed, guess, self.allowed(dt))
        return None if flow is None else (flow, self._given_off(fixed, flow[1])[1])

    def _solve(self, fixed: _Fixed, guess: np.ndarray, allowed: float) -> np.ndarray | None:
        sheet, phases = guess
        for _ in range(MOST_NEWTON):
            better = self._driven(fixed, phases)
            led_to = self.links(better)
            size = float(np.abs((led_to - phases)[self._open]).max())
            if not np.isfinite(size):
                return None
            largest = float(np.abs(phases).max())
            # the rate of A is a difference of terms as large as A over the step
            rounding = ROUNDING * (largest + self._largest * (fixed.gain * largest + fixed.terms))
            if size <= max(allowed * min(largest, 1.0), rounding):
                return np.stack([better, led_to])  # its sources are those of the contacts to rounding
            accuracy = max(1e-8, min(0.05, 0.2 * allowed / size))
            sheet = sheet + self._newton(fixed, phases, better - sheet, accuracy)
            phases = self.links(sheet)
        return None

    def _driven(self, fixed: _Fixed, phases: np.ndarray) -> np.ndarray:
        """Return the current that flows in links of the phases ``phases`` beside the applied ones."""
        return self._given_off(fixed, phases)[0]

    def _given_off(self, fixed: _Fixed, phases: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return that current, and the potential."""
        flow = (
            self._faces
            / self._steps
            * (np.imag(fixed.bonds * np.exp(-1j * phases)) - fixed.gain * phases + fixed.past)
        )
        if fixed.random is not None:
            flow = flow + fixed.random
        own = self._poisson.solve(self._divergence(flow), None, fixed.cancelled)
        total, _ = self._drive.potential(own, fixed.time)
        return flow - self._faces * (self._gradient(total) + fixed.applied / self._steps), total

    def _newton(self, fixed: _Fixed, phases: np.ndarray, miss: np.ndarray, accuracy: float) -> np.ndarray:
        """Return the change of the current by which it would be the one that it drives."""
        stiff = self._faces / self._steps * (np.real(fixed.bonds * np.exp(-1j * phases)) + fixed.gain)
        mean = float((stiff * self._steps)[self._open].mean())
        inverse = 1 / (1 + mean * self._symbol)
        size, (ny, nx) = self._potential.padded, miss.shape[1:]

        def matrix(flat: np.ndarray) -> np.ndarray:
            change = flat.reshape(miss.shape)
            flow = stiff * self.links(change)
            return (change + flow - self._faces * self._gradient(self._answer(flow))).ravel()

        def preconditioner(flat: np.ndarray) -> np.ndarray:
            wide = irfft2(rfft2(flat.reshape(miss.shape), s=size) * inverse, s=size)
            return np.where(self._open, wide[..., :ny, :nx], 0.0).ravel()

        square = (miss.size, miss.size)
        step, _ = gmres(
            LinearOperator(square, matvec=matrix, dtype=float),
            miss.ravel(),
            rtol=accuracy,
            restart=60,
            maxiter=2,
            M=LinearOperator(square, matvec=preconditioner, dtype=float),
        )
        return step.reshape(miss.shape)

    def _answer(self, flow: np.ndarray) -> np.ndarray:
        """Return the potential that keeps ``flow`` (with its sign changed) free of sources."""
        own = self._poisson.solve(self._divergence(flow), None, self._widest * float(np.abs(flow).max()))
        drive = self._drive
        if drive.setup.voltage is None:
            return own
        have = drive.contacts.mean(own)
        return own + (have[1] - have[0]) / drive.resistance * drive.by_current[0]

    def _gradient(self, potential: np.ndarray) -> np.ndarray:
        return np.stack([np.roll(potential, -1, 1 - k) - potential for k in (0, 1)]) / self._steps

    def _divergence(self, flow: np.ndarray) -> np.ndarray:
        part = flow / self._steps
        return part[0] - np.roll(part[0], 1, 1) + part[1] - np.roll(part[1], 1, 0)
