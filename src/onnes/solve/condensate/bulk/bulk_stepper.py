r"""One step of the time-dependent Ginzburg-Landau equations of a bulk body, the vector potential being dynamical.

.. math:: \frac{u}{\sqrt{1+\gamma^2|\psi|^2}}[\partial_t+\frac{\gamma^2}{2}\partial_t|\psi|^2]\psi
          =(\epsilon-|\psi|^2)\psi+(\nabla-iA)^2\psi,\qquad
          \partial_tA=\mathrm{Im}\,\psi^*(\nabla-iA)\psi-\kappa^2\nabla\times\nabla\times A

in units of xi, tau_0 = mu0 sigma lambda^2 and Phi_0/2 pi xi, in the gauge without electric potential. The first
equation is that of Kramer and Watts-Tobin, the second is Ampere's law with the normal current -dA/dt: kappa^2 is its
only new number, since Bc2/(mu0 xi) = kappa^2 J_0. Both unknowns descend the Gibbs energy G of the mesh,

.. math:: \frac{dG}{dt}=-2\int\frac us[|\dot\psi|^2+\tfrac{\gamma^2}4(\partial_t|\psi|^2)^2]dV
          -2\int\dot A^2dV

at a constant applied field, and are stepped together by Runge-Kutta-Legendre of second order, the applied field rising
linearly within a step. Its error is 0.4 times the defect of the trapezium rule, as in a film. The number of stages
grows as kappa sqrt(dt)/h.
"""

from dataclasses import dataclass, replace

import numpy as np

from onnes.errors import InvalidInput
from onnes.model.condensate.bulk import BulkSetup
from onnes.numerics.rows import Rows
from onnes.numerics.stepsize import SHRINK, clipped, factor
from onnes.response.condensate.bulk_mesh import BulkMesh, bulk_mesh
from onnes.solve.condensate.bulk import bulk_kernels as kernels
from onnes.solve.condensate.films.kernels import rkl2

DEFECT_SHARE = 0.4
FIRST, LARGEST, LEAST = 1e-3, 10.0, 1e-12
"""First, largest and smallest step in tau_0."""
MOST_STAGES = 1000
"""Stages of a step; it is shortened rather than given more."""


@dataclass(frozen=True, slots=True)
class BulkMoment:
    """All that a run is at one time, in reduced units; nothing else decides how it goes on.

    ``y``: psi (real, imaginary) and link phases with their rims; ``slope``: its rates. ``last``: length of the step
    that led here, ``wanted``: of the next one. ``error``: of the last step over its tolerance. ``fastest``: bound of
    the rates.
    """

    time: float
    count: int
    y: np.ndarray
    slope: np.ndarray
    last: float
    wanted: float
    error: float
    fastest: float
    rejected: int = 0

    @property
    def finite(self) -> bool:
        return bool(np.isfinite(self.fastest) and np.isfinite(self.error))


class TDGLBulk:
    """The equations of a body in its field, ready to be stepped: ``init`` makes a `BulkMoment`, ``step`` the next one.

    Parameters
    ----------
    setup : body and applied fields.
    mesh : its mesh; made with the default spacing where not given.
    tolerance : largest error per tau_0 of psi in any cell, and of A (Phi_0/2 pi xi) on any link, for each step.

    Raises
    ------
    InvalidInput : a material without resistivity; a tolerance that is not positive.
    """

    def __init__(self, setup: BulkSetup, mesh: BulkMesh | None = None, tolerance: float = 1e-3) -> None:
        if not 0 < tolerance < float("inf"):
            raise InvalidInput(f"a tolerance of {tolerance}", "give a positive number")
        self.setup, self.tolerance = setup, tolerance
        self.mesh = mesh = bulk_mesh(setup.body) if mesh is None else mesh
        material = setup.body.material
        self.material, self.unit_time, self.unit_field = (
            material,
            material.time,
            material.upper_critical_field,
        )
        self.events = tuple(t / self.unit_time for t in setup.events)
        self.unknowns = 5 if mesh.deep else 4
        self._prepare(mesh)

    def _prepare(self, mesh: BulkMesh) -> None:
        material, steps = self.material, np.array(mesh.steps)
        weights = mesh.faces / steps[:, None, None, None] ** 2
        diagonal = mesh.loss + sum(w + np.roll(w, 1, -1 - axis) for axis, w in enumerate(weights))
        used = steps if mesh.deep else steps[:2]
        stiffest = 2 * float(np.sum(used**-2.0))
        self.cell_mass = np.where(mesh.inside, np.maximum(mesh.cell, diagonal / stiffest), 0.0)
        self.face_mass = self._face_masses(mesh)
        inverse = np.divide(1.0, self.cell_mass, out=np.zeros(mesh.shape), where=mesh.inside)
        self._cells = self.padded(np.stack([diagonal, mesh.cell * mesh.strength, mesh.cell, inverse]))
        masses = np.divide(
            steps[:, None, None, None] ** 2,
            self.face_mass,
            out=np.zeros(mesh.faces.shape),
            where=self.face_mass > 0,
        )
        self._masses, self._weights = self.padded(masses), self.padded(weights)
        self._own = self.padded(mesh.loops)
        kappa2 = material.kappa**2
        self._numbers = tuple(
            map(float, (*mesh.steps, kappa2, 1 / material.relaxation, material.inelastic**2))
        )
        self._screening_rate = kappa2 * 2 * stiffest
        self._scales = steps**-2.0
        shape = self._own.shape[1:]
        self._work = [np.zeros((self.unknowns, *shape)) for _ in range(3)]
        self._links = np.zeros((6 if mesh.deep else 4, *shape))
        self._fields = np.zeros((3 if mesh.deep else 1, *shape))
        self._bounds = np.zeros(mesh.shape[0] * mesh.shape[1])
        self._offsets = tuple(self._quantum_corners())
        self._holes = tuple(self._in_rim(hole) for hole in mesh.holes)
        self._rows = Rows(mesh.cell.size)

    @staticmethod
    def _face_masses(mesh: BulkMesh) -> np.ndarray:
        """Return the conductance of each face: its open share, or half a loop's where a loop has its own B.

        No small face is then stiffer than a whole one, and no steady state changes.
        """
        masses = np.zeros(mesh.faces.shape)
        for axis, faces in enumerate(mesh.faces):
            beside = np.zeros(mesh.shape)
            around = 0
            for across, along in ((1, 2), (2, 1)):
                loops = mesh.loops[(axis + across) % 3].astype(float)
                if mesh.deep or (axis + across) % 3 == 2:
                    beside += loops + np.roll(loops, 1, -1 - (axis + along) % 3)
                    around += 2
            masses[axis] = np.where(faces > 0, np.maximum(faces, beside / max(around, 1)), 0.0)
        return masses

    def padded(self, values: np.ndarray) -> np.ndarray:
        """Return arrays (..., z, y, x) with a rim: a copy of the far side along periodic axes, zero along open ones."""
        deep = int(self.mesh.deep)
        width = [(0, 0)] * (values.ndim - 3) + [(deep, deep), (1, 1), (1, 1)]
        found = np.pad(values, width)
        self._wrap(found)
        return found

    def inner(self, values: np.ndarray) -> np.ndarray:
        """Return arrays without their rim."""
        return values[..., 1:-1, 1:-1, 1:-1] if self.mesh.deep else values[..., 1:-1, 1:-1]

    def _wrap(self, values: np.ndarray) -> None:
        for axis, periodic in enumerate(self.mesh.periodic):
            if periodic:
                moved = np.moveaxis(values, -1 - axis, 0)
                moved[0], moved[-1] = moved[-2], moved[1]

    def _in_rim(self, numbers: np.ndarray) -> tuple:
        _, ny, nx = self.mesh.shape
        return 0, 0, numbers // nx % ny + 1, numbers % nx + 1

    def _quantum_corners(self) -> list[tuple[int, tuple, float]]:
        """Return where (field, corner loops) 2 pi n is missing from the circulation, over the area of a loop."""
        found = []
        for axis, count in enumerate(self.mesh.quanta):
            if count:
                pair = {(axis + 1) % 3, (axis + 2) % 3}
                ends = [np.array([0, n]) if a in pair else np.arange(n + 2) for a, n in self._counts()]
                area = np.prod([self.mesh.steps[a] for a in pair])
                found.append(((axis + 1) % 3, np.ix_(*ends), 2 * np.pi * count / area))
        return found

    def _counts(self) -> list[tuple[int, int]]:
        return list(zip((2, 1, 0), self.mesh.shape, strict=True))

    # --- the pair init, step -----------------------------------------------------------------

    def applied(self, time: float) -> np.ndarray:
        """Return the applied field (Bx, By, Bz) in Bc2 at a reduced time."""
        return self.setup.applied(time * self.unit_time) / self.unit_field

    def init(self, psi: np.ndarray, links: np.ndarray) -> BulkMoment:
        """Return the moment at time 0 with psi, complex (z, y, x), and link phases (3, z, y, x)."""
        shape = self.mesh.shape
        if np.shape(psi) != shape or np.shape(links) != (3, *shape):
            given = f"an order parameter of shape {np.shape(psi)} and links of shape {np.shape(links)}"
            raise InvalidInput(given, f"give shapes {shape} and {(3, *shape)}")
        psi = np.where(self.mesh.inside, psi, 0.0)
        links = np.where(self.mesh.faces > 0, links, 0.0)[: self.unknowns - 2]
        if not (np.isfinite(psi).all() and np.isfinite(links).all()):
            raise InvalidInput("a start that is not finite", "give finite numbers")
        y = self.padded(np.concatenate([psi.real[None], psi.imag[None], links]))
        slope, fastest = self.rates(y, 0.0)
        return BulkMoment(0.0, 0, y, slope, 0.0, FIRST, 1.0, fastest)

    def step(self, moment: BulkMoment, until: float = np.inf) -> BulkMoment:
        """Return the moment one step later, at ``until`` (reduced time) or the next event at the latest.

        A step whose error exceeds the tolerance is repeated with a shorter one. A moment that is not ``finite`` is
        returned where none is short enough.
        """
        stop = min([until, *(t for t in self.events if t > moment.time * (1 + 1e-14))])
        if stop - moment.time < 1e-13 * stop:  # the same time but for rounding
            return replace(moment, time=stop)
        longest = 0.4 * MOST_STAGES**2 / moment.fastest
        if not longest > LEAST:
            return replace(moment, error=np.inf)
        wanted, rejected = min(moment.wanted, longest), moment.rejected
        while True:
            dt, ends = clipped(wanted, stop - moment.time)
            after = self._advance(moment, dt, stop if ends else moment.time + dt)
            if (after.finite and after.error <= 1) or dt <= LEAST:
                break
            wanted, rejected = dt * (factor(after.error, 1.0) if after.finite else SHRINK), rejected + 1
        following = dt * factor(after.error, moment.error)
        if dt < wanted:
            following = max(following, wanted)  # cut short by an event: as large as before
        return replace(after, wanted=min(following, LARGEST), rejected=rejected)

    def order_parameter(self, moment: BulkMoment) -> np.ndarray:
        """Return psi, complex (z, y, x)."""
        return self.inner(moment.y[0] + 1j * moment.y[1])

    def link_phases(self, moment: BulkMoment) -> np.ndarray:
        """Return the link phases (3, z, y, x)."""
        return self._three(self.inner(moment.y[2:]))

    def link_rates(self, moment: BulkMoment) -> np.ndarray:
        """Return the rates of the link phases (3, z, y, x)."""
        return self._three(self.inner(moment.slope[2:]))

    def _three(self, links: np.ndarray) -> np.ndarray:
        return np.concatenate([links, np.zeros((3 - len(links), *links.shape[1:]))])

    def dissipation(self, moment: BulkMoment) -> float:
        """Return the power turned to heat, over (B_c^2/mu0) xi^3/tau_0 (xi^2 for each length of a long body)."""
        psi, rate = self.order_parameter(moment), self.inner(moment.slope[0] + 1j * moment.slope[1])
        gamma2 = self.material.inelastic**2
        s = np.sqrt(1 + gamma2 * np.abs(psi) ** 2)
        beat = np.real(np.conj(psi) * rate)
        heat = np.sum(self.cell_mass * self.material.relaxation / s * (np.abs(rate) ** 2 + gamma2 * beat**2))
        for mass, links, h in zip(self.face_mass, self.link_rates(moment), self.mesh.steps, strict=True):
            heat += np.sum(mass * links**2) / h**2
        return 2 * float(heat) * self.mesh.volume

    # --- inside a step -----------------------------------------------------------------------

    def rates(self, y: np.ndarray, time: float) -> tuple[np.ndarray, float]:
        """Return the rates of ``y`` and a bound of how fast it can relax."""
        out = np.zeros_like(y)
        self._refresh(y, self.applied(time))
        arguments = (y, self._links, self._fields, self._cells, self._masses, self._numbers, self.mesh.deep)
        self._rows(kernels.velocity, (0, len(self._bounds)), *arguments, out, self._bounds)
        condensate = float(self._bounds.max())
        # positive matrices of both unknowns, joined by a block of norm below sqrt(rate |psi|^2)
        fastest = max(condensate, self._screening_rate + 1) + np.sqrt(condensate)
        return out, 1.05 * fastest

    def _refresh(self, y: np.ndarray, applied: np.ndarray) -> None:
        """Bring the rim of ``y``, the links and the fields up to date."""
        self._wrap(y)
        mesh = self.mesh
        arguments = (y, self._weights, self._own, tuple(applied), mesh.steps, mesh.deep)
        layers, ny = (mesh.shape[0] + 1 if mesh.deep else 1), mesh.shape[1] + 1
        self._rows(kernels.links_and_fields, (0, layers * ny), *arguments, self._links, self._fields)
        for component, corners, amount in self._offsets:
            self._fields[component][corners] += amount
        for hole in self._holes:
            self._fields[hole] = self._fields[hole].mean()

    def _advance(self, now: BulkMoment, dt: float, end: float) -> BulkMoment:
        y = self._relaxed(now, dt, end)
        slope, fastest = self.rates(y, end)
        if not np.isfinite(fastest):
            return replace(now, y=y, error=np.inf)
        arguments = (now.y, y, now.slope, slope, self._scales, dt, self.mesh.deep, self._bounds)
        self._rows(kernels.defect, (0, len(self._bounds)), *arguments)
        error = DEFECT_SHARE * float(np.sqrt(self._bounds.max())) / (dt * self.tolerance)
        return BulkMoment(end, now.count + 1, y, slope, dt, dt, error, fastest)

    def _relaxed(self, now: BulkMoment, dt: float, end: float) -> np.ndarray:
        """Return y one step later, by RKL2 with one stage more than its stability needs."""
        stages = max(3, int(np.ceil(0.5 * (np.sqrt(9 + 8 * dt * now.fastest) - 1))) + 1)
        weight, table = rkl2(stages)
        first = self.applied(now.time)
        rise = self.applied(end) - first
        older, latest, spare = now.y, self._work[0], self._work[1:]
        np.multiply(now.slope, weight * dt, out=latest)
        latest += now.y
        field_older, field = first, first + weight * rise
        for number, c in enumerate(table):
            out = np.zeros_like(latest) if number == len(table) - 1 else spare.pop()
            self._refresh(latest, field)
            field_older, field = (
                field,
                c[0] * field + c[1] * field_older + c[2] * first + (c[3] + c[4]) * rise,
            )
            c = c * np.array([1.0, 1.0, 1.0, dt, dt])
            arguments = (latest, older, now.y, now.slope, self._links, self._fields)
            arguments += (self._cells, self._masses, self._numbers, self.mesh.deep, c, out)
            self._rows(kernels.stage, (0, len(self._bounds)), *arguments)
            if older is not now.y:
                spare.append(older)
            older, latest = latest, out
        return latest
