"""The Abrikosov lattice at any induction and kappa, and the magnetisation curve of a type-II superconductor."""

import time
from dataclasses import dataclass

import numpy as np

from onnes.errors import InvalidInput, NotConverged
from onnes.model.condensate.ginzburg_landau import GinzburgLandau
from onnes.model.condensate.vortex_lattice import VortexLattice
from onnes.numerics import philox
from onnes.solve.condensate.equilibrium.descent import lowest_on_line
from onnes.solve.condensate.lattices.magnetic_cell import MagneticCell, odd_length
from onnes.state import Check, Outcome, Report, State

SPACING = 0.3
"""Default spacing of the points of a cell, in coherence lengths."""
LEAST_POINTS = 21
ANGLES = {"triangular": 60.0, "square": 90.0}
SHIFT = 1.0
"""Of the preconditioner, in 1/xi^2: the curvature of the condensation energy."""


def vortex_lattice(
    material: GinzburgLandau,
    induction: float,
    shape: str | float = "triangular",
    *,
    ratio: float = 1.0,
    quanta: int = 1,
    screening: bool = True,
    spacing: float | None = None,
    seed: int = 0,
    tolerance: float = 1e-8,
    most: int = 5000,
    throw: bool = True,
) -> State:
    r"""Minimise the energy of a vortex lattice over its order parameter and its induction B(r).

    .. math:: \frac FV=\frac{B_c^2}{\mu_0}\langle-|\psi|^2+\tfrac12|\psi|^4
              +\xi^2|(\nabla-\tfrac{2\pi i}{\Phi_0}A)\psi|^2\rangle+\frac{\langle B^2\rangle}{2\mu_0}

    in one cell with quasi-periodic boundaries, to spectral accuracy. The field H in equilibrium with the mean induction
    is d(F/V)/dB. A change of scale of the whole cell gives it without a difference, H B = F_kin/V + 2 F_field/V, the
    virial theorem of M. M. Doria, J. E. Gubernatis and D. Rainer, Phys. Rev. B 39, 9573 (1989),
    doi:10.1103/PhysRevB.39.9573.

    Main arguments
    --------------
    material, induction : T, below the upper critical field.
    shape : ``"triangular"``, ``"square"``, or the angle in degrees between the vectors of the cell.
    ratio : |a2|/|a1|. quanta : vortices in the cell, which find their places from a start given by ``seed``.
    screening : False keeps the induction uniform, the limit of large kappa.

    Other arguments
    ---------------
    spacing : of the points, nm; 0.3 coherence lengths where not given, and never fewer than 21 points along a side.
    tolerance : largest |delta F/delta psi*| and, in units of Bc^2/mu0, |delta F/delta B| at the end.

    Returns
    -------
    State ``"vortex_lattice"`` of a `VortexLattice`: ``cell_u``, ``cell_v``, ``cell_order_parameter``,
    ``cell_induction`` (T), ``lattice_energy`` (J/m^3, with the field), ``equilibrium_field`` (T),
    ``lattice_magnetisation`` (T), ``abrikosov_ratio`` <|psi|^4>/<|psi|^2>^2.

    Raises
    ------
    InvalidInput : an unknown shape; an induction not below the upper critical field.
    NotConverged : ``most`` iterations were not enough; ``.state`` carries the last ones.
    """
    begin = time.perf_counter()
    lattice = VortexLattice(material, induction, _angle(shape), ratio, quanta)
    b = lattice.reduced_induction
    if b >= 1:
        raise InvalidInput(
            f"an induction of {induction:.4g} T at or above the upper critical field",
            f"give one below {material.upper_critical_field:.4g} T",
        )
    if not 0 < tolerance < 1:
        raise InvalidInput(f"a tolerance of {tolerance}", "give one between 0 and 1")
    cell = _cell(lattice, spacing)
    problem = Problem(cell, b, material.kappa, screening)
    found = minimise(problem, _first(cell, b, seed), tolerance, most)
    report = _report(problem, found, lattice, tolerance, begin, seed)
    state = State(lattice, "vortex_lattice", _fields(problem, found, lattice), report)
    if throw and not report.converged:
        error = NotConverged(report)
        error.state = state
        raise error
    return state


@dataclass(frozen=True, slots=True)
class Problem:
    """What is minimised: a cell with mean induction ``b``, ``kappa``, and whether the induction may vary."""

    cell: MagneticCell
    b: float
    kappa: float
    screening: bool


@dataclass(frozen=True, slots=True)
class Minimum:
    """psi, the periodic part of the induction, (D - ia) psi (2, v, u), residuals and energies of the descent."""

    psi: np.ndarray
    ripple: np.ndarray
    covariant: np.ndarray
    residuals: tuple[float, ...]
    energies: tuple[float, ...]
    converged: bool

    @property
    def kinetic(self) -> float:
        """f_kin = <|(D - ia) psi|^2>."""
        return float(np.mean(np.abs(self.covariant) ** 2) * 2)

    @property
    def condensate(self) -> float:
        """<-|psi|^2 + |psi|^4/2>."""
        density = np.abs(self.psi) ** 2
        return float(np.mean(-density + density**2 / 2))

    def field_energy(self, problem: Problem) -> float:
        """f_field = kappa^2 <B^2>."""
        return float(problem.kappa**2 * (problem.b**2 + np.mean(self.ripple**2)))

    def magnetisation(self, problem: Problem) -> float:
        """b - h in units of Bc2, from the virial theorem: -(f_kin + 2 kappa^2 <(B - b)^2>)/2 kappa^2 b."""
        return -float(self.kinetic / (2 * problem.kappa**2) + np.mean(self.ripple**2)) / problem.b


def minimise(problem: Problem, psi: np.ndarray, tolerance: float, most: int) -> Minimum:
    """Descend by preconditioned conjugate gradients in psi and in the ripple of B together; exact line search."""
    cell, size = problem.cell, psi.size
    ripple = np.zeros(psi.shape)
    a = cell.vector_potential(ripple)
    covariant = cell.gradient(psi)
    energies, residuals = [_energy(problem, psi, ripple, covariant)], []
    p, q, square, old = 0 * psi, 0 * ripple, np.inf, (psi, ripple)
    while True:
        slopes = _slopes(problem, psi, ripple, a, covariant)
        residuals.append(float(max(np.abs(s).max() for s in slopes)))
        if residuals[-1] <= tolerance or len(residuals) > most:
            break
        z = _preconditioned(problem, psi, slopes)
        dot = _dot(slopes, z)
        beta = max(0.0, (dot - _dot(slopes, old)) / square)
        square, old = dot, z
        p, q = beta * p - z[0], beta * q - z[1]
        if _dot(slopes, (p, q)) >= 0:
            p, q = -z[0], -z[1]
        turn = cell.vector_potential(q) if problem.screening else np.zeros_like(a)
        first = cell.gradient(p) - 1j * a * p - 1j * turn * psi
        second = -1j * turn * p
        line = _polynomial(problem, (psi, ripple, covariant), (p, q, first), second)
        alpha = lowest_on_line(*(line / size))
        psi, ripple, a = psi + alpha * p, ripple + alpha * q, a + alpha * turn
        covariant = covariant + alpha * first + alpha**2 * second
        energies.append(energies[-1] + sum(c * alpha ** (k + 1) for k, c in enumerate(line / size)))
    return Minimum(psi, ripple, covariant, tuple(residuals), tuple(energies), residuals[-1] <= tolerance)


def _slopes(
    problem: Problem, psi: np.ndarray, ripple: np.ndarray, a: np.ndarray, covariant: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return delta F/delta psi* and half of delta F/delta B."""
    density = np.abs(psi) ** 2
    of_psi = -problem.cell.divergence(covariant) + 1j * (a * covariant).sum(0) + (density - 1) * psi
    if not problem.screening:
        return of_psi, np.zeros_like(ripple)
    current = np.imag(psi.conj() * covariant)
    return of_psi, problem.kappa**2 * ripple - problem.cell.induction(current)


def _preconditioned(
    problem: Problem, psi: np.ndarray, slopes: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    smooth = problem.cell.smooth(slopes[0], SHIFT)
    if not problem.screening:
        return smooth, slopes[1]
    return smooth, problem.cell.soften(slopes[1], problem.kappa**2, float(np.mean(np.abs(psi) ** 2)))


def _dot(left: tuple[np.ndarray, np.ndarray], right: tuple[np.ndarray, np.ndarray]) -> float:
    return float(np.vdot(left[0], right[0]).real + np.vdot(left[1], right[1]))


def _polynomial(problem: Problem, at: tuple, along: tuple, second: np.ndarray) -> np.ndarray:
    """Return the sums over the points of F along a line, from alpha to alpha^4."""
    (psi, ripple, covariant), (p, q, first) = at, along
    d0, d1, d2 = np.abs(psi) ** 2, np.real(psi.conj() * p), np.abs(p) ** 2
    stiff = problem.kappa**2

    def re(x: np.ndarray, y: np.ndarray) -> float:
        return float(np.vdot(x, y).real)

    return np.array(
        [
            2 * re(covariant, first) + 2 * stiff * re(ripple, q) + 2 * re(d0 - 1, d1),
            re(first, first) + 2 * re(covariant, second) + stiff * re(q, q) + 2 * re(d1, d1) + re(d0 - 1, d2),
            2 * re(first, second) + 2 * re(d1, d2),
            re(second, second) + re(d2, d2) / 2,
        ]
    )


def _energy(problem: Problem, psi: np.ndarray, ripple: np.ndarray, covariant: np.ndarray) -> float:
    """Return F/V over Bc^2/mu0."""
    found = Minimum(psi, ripple, covariant, (), (), False)
    return found.kinetic + found.condensate + found.field_energy(problem)


def _angle(shape: str | float) -> float:
    if isinstance(shape, str):
        if shape not in ANGLES:
            raise InvalidInput(f"a lattice {shape!r}", f"give {' or '.join(ANGLES)}, or an angle in degrees")
        return ANGLES[shape]
    return float(shape)


def _cell(lattice: VortexLattice, spacing: float | None) -> MagneticCell:
    xi = lattice.material.coherence_length
    step = SPACING * xi if spacing is None else spacing
    if not 0 < step < float("inf"):
        raise InvalidInput(f"a spacing of {spacing} nm", "give a positive length")
    sides = np.linalg.norm(lattice.vectors, axis=1)
    points = odd_length(max(sides.max() / step, LEAST_POINTS * np.sqrt(lattice.quanta)))
    return MagneticCell(lattice.modulus, lattice.reduced_induction, lattice.quanta, points)


def _first(cell: MagneticCell, b: float, seed: int) -> np.ndarray:
    """Return a function of the lowest Landau level, bent so that it does not exceed sqrt(1 - b).

    Cores that are small beside the cell grow to the size of xi, where the bare function has the slope of the cell.
    """
    weights = np.ones(1)
    if cell.quanta > 1:
        counters = np.zeros((2, cell.quanta, 4), int)
        counters[..., 0], counters[1, :, 1] = np.arange(cell.quanta), 1
        weights = np.array([1, 1j]) @ philox.normal(counters, seed)
    psi = cell.lowest_level(weights)
    return np.sqrt(1 - b) * psi / np.sqrt(b + np.abs(psi) ** 2)


def _report(
    problem: Problem, found: Minimum, lattice: VortexLattice, tolerance: float, begin: float, seed: int
) -> Report:
    density = np.abs(found.psi) ** 2
    checks = (
        Check(
            "kinetic energy of a stationary state",
            found.kinetic - float(np.mean(density - density**2)),
            tolerance,
        ),
        Check("share of the shortest waves", problem.cell.tail(found.psi), 1e-3),
    )
    points = problem.cell.points
    return Report(
        outcome=Outcome.CONVERGED if found.converged else Outcome.MAX_ITERATIONS,
        engine=f"conjugate gradients, {points} x {points} points",
        residuals=found.residuals,
        target=tolerance,
        iterations=len(found.energies) - 1,
        seed=seed if lattice.quanta > 1 else None,
        seconds=time.perf_counter() - begin,
        checks=checks,
    )


def _fields(problem: Problem, found: Minimum, lattice: VortexLattice) -> dict[str, np.ndarray]:
    unit, density = lattice.material.upper_critical_field, np.abs(found.psi) ** 2
    energy = found.kinetic + found.condensate + found.field_energy(problem)
    magnetisation = found.magnetisation(problem)
    return {
        "cell_u": problem.cell.steps,
        "cell_v": problem.cell.steps,
        "cell_order_parameter": found.psi,
        "cell_induction": unit * (problem.b + found.ripple),
        "lattice_energy": np.array(energy * lattice.material.condensation_density),
        "equilibrium_field": np.array(unit * (problem.b - magnetisation)),
        "lattice_magnetisation": np.array(unit * magnetisation),
        "abrikosov_ratio": np.array(np.mean(density**2) / np.mean(density) ** 2),
    }
