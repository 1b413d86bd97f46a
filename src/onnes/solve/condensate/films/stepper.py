r"""One step of the generalised time-dependent Ginzburg-Landau equation on a cut mesh.

.. math:: \frac{u}{\sqrt{1+\gamma^2|\psi|^2}}[\partial_t+i\mu+\frac{\gamma^2}{2}\partial_t|\psi|^2]\psi
          =(\epsilon-|\psi|^2)\psi+(\nabla-iA)^2\psi,\qquad
          \nabla\cdot[\mathrm{Im}\,\psi^*(\nabla-iA)\psi-\nabla\mu-\partial_tA]=0

L. Kramer and R. J. Watts-Tobin, Phys. Rev. Lett. 40, 1041 (1978), doi:10.1103/PhysRevLett.40.1041.

A step of length dt turns psi by half a step of the potential at its middle (extrapolated from the last two steps),
relaxes it by Runge-Kutta-Legendre of second order with the links of the middle, and turns it by the other half.
The error of a step is 0.4 times the defect of the trapezium rule in the frame that turns with that potential:
for a smooth solution the defect is -(5/36) dt^3 psi''' and the error of many stages -(1/18) dt^3 psi'''.

With the field of its own currents (`self_field`) a step is repeated from its beginning until links and potential of
its middle agree with those found at its end. With heat (`heating`) the temperature of the middle is extrapolated.
"""

from dataclasses import replace

import numpy as np

from onnes.errors import InvalidInput
from onnes.model.condensate.film import Setup
from onnes.numerics.poisson import Neumann
from onnes.numerics.stepsize import SHRINK, clipped, factor
from onnes.response.condensate.mesh import FilmMesh, film_mesh
from onnes.solve.condensate.films import kernels
from onnes.solve.condensate.films.banks import Banks
from onnes.solve.condensate.films.drive import Drive
from onnes.solve.condensate.films.heating import Heating
from onnes.solve.condensate.films.instant import NEAR, Moment, Stepping, frozen, padded
from onnes.solve.condensate.films.limits import refuse
from onnes.solve.condensate.films.noise import AFTER, BEFORE, Noise
from onnes.solve.condensate.films.relaxation import Relaxation
from onnes.solve.condensate.films.self_field import FIRST, Screening, SelfField

DEFECT_SHARE = 0.4
LEAST_STEP = 1e-12
MOST_PASSES = 10
"""Repetitions of a step until it agrees with the field of its own currents."""


class TDGL:
    """The equations of a setup on a mesh, ready to be stepped: ``init`` makes a `Moment`, ``step`` the next one.

    Parameters
    ----------
    setup : film, fields, currents or voltage, noise, screening, heat.
    mesh : the mesh of the film; made with its default spacing where not given.
    stepping : steps and their tolerance.
    seed : of the thermal noise.
    screening : tolerance of the field of the own currents; read where the setup has ``screening``.

    Raises
    ------
    InvalidInput : a material without resistivity; noise without a fixed step; what periodic films and superconducting
        contacts do not do.
    """

    def __init__(
        self,
        setup: Setup,
        mesh: FilmMesh | None = None,
        stepping: Stepping | None = None,
        seed: int = 0,
        screening: Screening | None = None,
    ) -> None:
        self.setup, self.stepping = setup, stepping or Stepping()
        refuse(setup, self.stepping.fixed)
        self.mesh = mesh = film_mesh(setup.film, repeats=True) if mesh is None else mesh
        self.poisson = Neumann(mesh.face_x, mesh.face_y, mesh.hx, mesh.hy, periodic=mesh.periodic[::-1])
        self.drive = Drive(setup, mesh, self.poisson)
        unit = self.drive.unit_time
        self.events = tuple(t / unit for t in setup.events)
        self.fixed = None if self.stepping.fixed is None else self.stepping.fixed / unit
        self.largest = 1.0 if self.stepping.largest is None else self.stepping.largest / unit
        self.first = 0.01 if self.stepping.first is None else self.stepping.first / unit
        self.noise = Noise(setup, mesh, seed) if setup.noise else None
        self.heating = Heating(setup, mesh, self.drive) if setup.thermal else None
        self.self_field = None
        if setup.screening:
            pearl = setup.film.pearl_length / setup.film.material.coherence_length
            exact = (screening or Screening()).beside(self.stepping.tolerance)
            self.self_field = SelfField(mesh, self.drive, self.poisson, pearl, exact)
            if self.stepping.first is None:
                self.first = FIRST
        self.relaxation = Relaxation(mesh, self.drive, varies=self.heating is not None)
        self.mass = self.relaxation.mass
        padding = (2, mesh.shape[0] + 2, mesh.shape[1] + 2)
        self._begin, self._turn, self._square = np.zeros(padding), np.zeros(padding), np.empty(mesh.shape)

    # --- the pair init, step -----------------------------------------------------------------

    def init(
        self,
        psi: np.ndarray | None = None,
        sheet: np.ndarray | None = None,
        temperature: np.ndarray | None = None,
        phases: np.ndarray | None = None,
    ) -> Moment:
        """Return the moment at time 0 with the order parameter ``psi``, complex (ny, nx); sqrt(eps) where not given.

        With screening ``sheet`` is the current (J_0 d) that flows, (2, ny, nx); that between the contacts where not
        given. With heat ``temperature`` is that of the film, K; that of its substrate where not given. ``phases`` are
        those of superconducting contacts; those of psi beside them where not given.
        """
        inside = self.mesh.inside
        warm = None if self.heating is None else self.heating.start(temperature)
        psi = np.sqrt(np.maximum(self._strength(warm), 0.0)) if psi is None else psi
        if np.shape(psi) != inside.shape or not np.isfinite(psi[inside]).all():
            raise InvalidInput(
                f"an order parameter of shape {np.shape(psi)} to start from",
                f"give finite numbers of shape {inside.shape}",
            )
        psi = np.where(inside, psi, 0.0)
        y = np.stack([padded(psi.real), padded(psi.imag)])
        flow = None if self.self_field is None else self.self_field.start(sheet)
        self._warm(None if warm is None else warm[0])
        outer = self.drive.outer
        phases = outer and (outer.start(psi) if phases is None else phases)
        self._source(phases, 0.0)
        velocity, fastest = self.relaxation.evaluate(
            y, 0.0, self._added(None if flow is None else flow[0], phases)
        )
        own = self._own_potential(y, None)
        own = own if flow is None else self.self_field.held(own)
        wanted = self.fixed or min(self.first, self.largest)
        outside = None if outer is None else self._outside(phases, y, None, 0.0)
        start = Moment(0.0, 0, y, velocity, own, own, 0.0, wanted, 1.0, fastest, 0, flow, warm, outside)
        if warm is not None:
            warm[2] = self.heat(start, 0.0)
        return frozen(start)

    # --- what a moment holds -----------------------------------------------------------------

    def links(self, moment: Moment) -> tuple[np.ndarray, np.ndarray]:
        """Return the link phases along x and y, applied, induced, and gained around the film."""
        links = self._with_induced(self.drive.links(self.drive.amplitudes(moment.time)), moment.sheet, 0)
        return links if moment.outside is None else self.drive.turned(links, moment.outside[0])

    def link_rates(self, moment: Moment) -> tuple[np.ndarray, np.ndarray]:
        """Return their rates at the time of the moment."""
        time = self.side(moment)
        rates = self._with_induced(self.drive.links(self.drive.rates(time)), moment.sheet, 2)
        return self.drive.turned(rates, self.drive.outer_rates(moment.potential, time, moment.outside))

    def side(self, moment: Moment) -> float:
        """Return the time at which the drive of a moment is read: at an event, just after it.

        With screening just before it: the electric field does not jump, its parts do.
        """
        return moment.time if moment.sheet is None else max(moment.time - NEAR, 0.0)

    def drops(self, moment: Moment, time: float) -> tuple[np.ndarray, np.ndarray]:
        """Return minus the electric field along the links times their length, V_0; ``time`` is a side of an event."""
        if moment.sheet is not None and not self.noise:
            return self.self_field.drops(moment.order_parameter, self.links(moment), moment.sheet[0])
        potential, _ = self.drive.potential(moment.potential, time, moment.outside)
        rates = self._with_induced(self.drive.links(self.drive.rates(time)), moment.sheet, 2)
        rates = self.drive.turned(rates, self.drive.outer_rates(moment.potential, time, moment.outside))
        return tuple(
            np.roll(potential, -1, axis) - potential + rate for rate, axis in zip(rates, (1, 0), strict=True)
        )

    def strength(self, moment: Moment) -> np.ndarray:
        """Return epsilon of each cell."""
        return self._strength(moment.temperature)

    def heat(self, moment: Moment, time: float) -> np.ndarray:
        """Return the heat of each cell at ``time``, on one side of an event, in (B_c^2/mu0) d/tau_0."""
        _, currents = self.drive.potential(moment.potential, time, moment.outside)
        drops = self.drops(moment, time)
        v = (moment.velocity[0] + 1j * moment.velocity[1])[1:-1, 1:-1]
        return self.heating.heat(moment.order_parameter, v, self.mass, drops, currents)

    def _strength(self, temperature: np.ndarray | None) -> np.ndarray:
        return self.mesh.strength if temperature is None else self.heating.strength(temperature[0])

    def _with_induced(
        self, links: tuple[np.ndarray, np.ndarray], sheet: np.ndarray | None, which: int
    ) -> tuple[np.ndarray, np.ndarray]:
        if sheet is None:
            return links
        induced = sheet[which, 1]
        return links[0] + induced[0], links[1] + induced[1]

    def _source(self, phases: np.ndarray | None, time: float) -> None:
        """Give the kernels the order parameter of superconducting contacts."""
        banks = self.drive.outer
        if isinstance(banks, Banks):
            self.relaxation.fed(banks.rows, banks.columns, banks.source(phases, time))

    def _outside(self, phases: np.ndarray, psi: np.ndarray, now: Moment | None, time: float) -> np.ndarray:
        """Return `Moment.outside` of an order parameter just evaluated."""
        sums = self.drive.outer.sums(psi, self.relaxation.links, phases, time)
        return np.stack([phases, sums, sums if now is None else now.outside[1]])

    # --- the step ----------------------------------------------------------------------------

    def step(self, moment: Moment, until: float = np.inf) -> Moment:
        """Return the moment one step later, at ``until`` (reduced time) or the next event at the latest.

        A step whose error exceeds the tolerance is repeated with a shorter one. A moment that is not ``finite`` is
        returned where none is short enough.
        """
        stop = min([until, *(t for t in self.events if moment.time + NEAR < t < until - NEAR)])
        rejected, wanted = moment.rejected, moment.wanted
        if self.self_field is not None and self.fixed is None and self._breaks(moment.time):
            wanted = min(wanted, self.first)
        while True:
            dt, ends = clipped(wanted, stop - moment.time)
            after = self._advance(moment, dt, stop if ends else moment.time + dt)
            if self.fixed is not None:
                return frozen(replace(after, wanted=self.fixed, rejected=rejected))
            good = after.finite and after.error <= 1
            if good or dt <= LEAST_STEP:
                break
            wanted, rejected = dt * (factor(after.error, 1.0) if after.finite else SHRINK), rejected + 1
        following = dt * factor(after.error, moment.error)
        if dt < wanted:
            following = max(following, wanted)  # cut short by an event: as large as before
        return frozen(replace(after, wanted=min(following, self.largest), rejected=rejected))

    # --- inside a step -----------------------------------------------------------------------

    def _advance(self, now: Moment, dt: float, end: float) -> Moment:
        if self.self_field is not None:
            return self._agitated(now, dt, end) if self.noise else self._screened(now, dt, end)
        ratio = 0.5 * dt / now.last if now.last else 0.0
        middle = now.time + 0.5 * dt
        own = now.potential + ratio * (now.potential - now.previous) if ratio else now.potential
        sums = None if now.outside is None else now.outside[1] + ratio * (now.outside[1] - now.outside[2])
        mu, _, rates = self.drive.answer(own, middle, sums)
        after = self._with_potential(now, mu, dt, end, None, rates)
        if not now.last and self.fixed is None:  # no history: once more with the mean potential
            sums = None if sums is None else 0.5 * (now.outside[1] + after.outside[1])
            mu, _, rates = self.drive.answer(0.5 * (now.potential + after.potential), middle, sums)
            after = self._with_potential(now, mu, dt, end, None, rates)
        return after

    def _breaks(self, time: float) -> bool:
        """Return whether a slope of the drive changes at a time."""
        return any(abs(time - t) <= NEAR for t in self.events)

    def _screened(self, now: Moment, dt: float, end: float) -> Moment:
        """Repeat the step until its middle agrees with its end."""
        if self._breaks(now.time):  # the history does not go on
            now = replace(now, last=0.0)
        field, ratio = self.self_field, 0.5 * dt / now.last if now.last else 0.0
        own = now.potential + ratio * (now.potential - now.previous)
        middle = field.predicted(now.sheet, 0.5 * dt, now.last)
        guess = field.predicted(now.sheet, dt, now.last)
        for count in range(MOST_PASSES):
            mu = self.drive.potential(own, now.time + 0.5 * dt)[0]
            after = self._with_potential(now, mu, dt, end, (middle, guess))
            if not after.finite:
                return after
            better = field.middle(now.sheet, after.sheet[0], dt, now.last)
            if (now.last or count) and field.distance(better, middle) <= field.allowed(dt):
                return after
            middle, guess = better, after.sheet[0]
            if not now.last:  # the potential of the start is that with which its currents can go on
                now = replace(now, potential=after.potential, previous=after.potential)
            own = 0.5 * (now.potential + after.potential)
        return replace(after, psi=np.full_like(after.psi, np.nan), error=np.inf)

    def _agitated(self, now: Moment, dt: float, end: float) -> Moment:
        """Repeat a step with noise until links and potential of its middle agree with those found from its ends."""
        field, time = self.self_field, now.time + 0.5 * dt
        random = self.noise.currents(now.count, dt)
        middle, mu = now.sheet[0], self.drive.potential(now.potential, time)[0]
        for _ in range(MOST_PASSES):
            after = self._with_potential(now, mu, dt, end, (middle, now.sheet[0]))
            if not after.finite:
                return after
            found = field.halfway(
                (now.order_parameter, after.order_parameter), now.sheet, middle, random, (dt, time)
            )
            if found is None:
                break
            flow, potential = found
            wrong = max(field.distance(flow, middle), dt * float(np.abs(potential - mu).max()))
            if wrong <= field.allowed(dt):
                return after
            middle, mu = flow, potential
        return replace(after, psi=np.full_like(after.psi, np.nan), error=np.inf)

    def _with_potential(
        self,
        now: Moment,
        mu: np.ndarray,
        dt: float,
        end: float,
        flows: tuple[np.ndarray, np.ndarray] | None = None,
        rates: np.ndarray | None = None,
    ) -> Moment:
        """Return the moment after a step with a potential and, of a screened film, a flow in its middle.

        ``flows``: that flow, and a guess of the one at the end. ``rates``: of the phases outside the film.
        """
        half, whole = self.drive.gained(now.potential, (now.time, dt), now.outside, rates)
        begin = self._begin
        relaxed = self._relaxed(now, mu, dt, (None if flows is None else flows[0], half))
        psi = np.zeros_like(relaxed)
        kernels.turned(relaxed, self._turn, psi)
        self._warm(self._expected(now, dt))
        flow, failed = None, replace(now, psi=np.full_like(psi, np.nan), error=np.inf)
        if flows is not None:
            cells = (psi[0] + 1j * psi[1])[1:-1, 1:-1]
            finite = bool(np.isfinite(psi).all())
            if self.noise:
                ahead = 2 * flows[0] - now.sheet[0]
                flow = np.stack([ahead, now.sheet[0], (ahead - now.sheet[0]) / dt]) if finite else None
            else:
                span = (dt, end, now.last)
                flow = self.self_field.advanced(cells, now.sheet, flows[1], span) if finite else None
            if flow is None:
                return failed
        added = self._added(None if flow is None else flow[0], whole)
        self._source(whole, end)
        velocity, fastest = self.relaxation.evaluate(psi, end, added)
        if not np.isfinite(self.relaxation.charge).all():
            return failed
        ahead = dt / now.last if now.last else 0.0
        own = self._own_potential(psi, now.potential + ahead * (now.potential - now.previous), flow)
        outside = None if whole is None else self._outside(whole, psi, now, end)
        error = 0.0
        if self.fixed is None:
            error = self._error(now, begin, relaxed, velocity, (own, outside), mu, (dt, end))
        after = Moment(
            end,
            now.count + 1,
            psi,
            velocity,
            own,
            now.potential,
            dt,
            dt,
            error,
            fastest,
            0,
            flow,
            now.temperature,
            outside,
        )
        return self._with_error(now, self._heated(now, after), dt)

    def _relaxed(
        self, now: Moment, mu: np.ndarray, dt: float, within: tuple[np.ndarray | None, np.ndarray | None]
    ) -> np.ndarray:
        """Return psi after a step in the frame that turns with its potential; what it was before is in ``_begin``.

        ``within``: flow and phases outside the film in the middle of the step.
        """
        flow, half = within
        begin, turn = self._begin, self._turn
        angle = 0.5 * dt * mu
        if self.noise and self.self_field is None:
            angle = angle + 0.5 * self.noise.angle(self.poisson, now.count, dt)
        kernels.half_turn(angle, turn)
        kernels.turned(now.psi, turn, begin)
        if self.noise:
            self.noise.kick(begin, self.mass, now.count, dt, BEFORE)
        self._warm(self._expected(now, 0.5 * dt))
        middle, induced = now.time + 0.5 * dt, self._added(flow, half)
        self._source(half, middle)
        relaxed = self.relaxation.relax(begin, dt, middle, now.fastest, induced)
        if self.noise:
            self.noise.kick(relaxed, self.mass, now.count, dt, AFTER)
        return relaxed

    def _added(
        self, flow: np.ndarray | None, phases: np.ndarray | None
    ) -> np.ndarray | tuple[float, float] | None:
        """Return what is added to the applied link phases: those of a flow, or those gained around the film."""
        if phases is not None:
            return self.drive.outer.links(phases)
        return None if flow is None else flow[1]

    def _expected(self, now: Moment, ahead: float) -> np.ndarray | None:
        return None if self.heating is None else self.heating.predicted(now.temperature, ahead, now.last)

    def _heated(self, now: Moment, after: Moment) -> Moment:
        if self.heating is None:
            return after
        inner = 1e-9 * after.last
        heat = self.heat(after, after.time - inner)
        middle = self._expected(now, 0.5 * after.last)
        gained = np.abs(after.order_parameter) ** 2 - np.abs(now.order_parameter) ** 2
        warm = self.heating.advanced(now.temperature, heat, after.last, middle, gained)
        return replace(after, temperature=warm)

    def _with_error(self, now: Moment, after: Moment, dt: float) -> Moment:
        """Return a moment whose error is the largest of psi, of the link phases and of epsilon in the middle."""
        if self.fixed is not None or (self.heating is None and self.self_field is None):
            return after
        error = after.error * self.stepping.tolerance
        if self.self_field is not None:
            error = max(error, self.self_field.error(now.sheet, after.sheet[0], dt, now.last))
        if self.heating is not None:
            mean = 0.5 * (now.temperature[0] + after.temperature[0])
            error = max(error, self.heating.change(mean, self._expected(now, 0.5 * dt)))
        return replace(after, error=error / self.stepping.tolerance)

    def _warm(self, temperature: np.ndarray | None) -> None:
        """Give the kernels the epsilon of a temperature."""
        if temperature is not None:
            self.relaxation.warm(self.heating.strength(temperature))

    def _own_potential(
        self, psi: np.ndarray, guess: np.ndarray | None, flow: np.ndarray | None = None
    ) -> np.ndarray:
        cancelled = float(np.abs(psi).max() ** 2 * self.relaxation.diagonal.max())
        if isinstance(self.drive.outer, Banks):
            return self.poisson.solve(self.drive.outer.centred(self.relaxation.charge), guess, cancelled)
        if flow is None:
            return self.poisson.solve(self.relaxation.charge, guess, cancelled)
        induced = self.self_field.outflow(flow[2, 1])
        return self.poisson.solve(self.relaxation.charge - induced, guess, cancelled)

    def _error(
        self,
        now: Moment,
        begin: np.ndarray,
        relaxed: np.ndarray,
        velocity: np.ndarray,
        found: tuple[np.ndarray, np.ndarray | None],
        mu: np.ndarray,
        span: tuple[float, float],
    ) -> float:
        """Return the largest error of the step in any cell over what the tolerance allows.

        ``found``: own potential at its end, and what is outside.
        """
        dt, end = span
        inner = 1e-9 * dt  # slopes of the drive inside the step, where it begins or ends at an event
        before = self.drive.potential(now.potential, now.time + inner, now.outside)[0] - mu
        after = self.drive.potential(found[0], end - inner, found[1])[0] - mu
        kernels.defect(begin, relaxed, now.velocity, velocity, self._turn, before, after, dt, self._square)
        return DEFECT_SHARE * float(np.sqrt(self._square.max())) / (dt * self.stepping.tolerance)
