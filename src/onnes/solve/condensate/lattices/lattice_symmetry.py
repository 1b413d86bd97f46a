"""The shape and orientation that a vortex lattice takes in its crystal, and the fields where they change."""

import time
from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq

from onnes.errors import InvalidInput, NoSuperconductivity, NotConverged
from onnes.model.condensate.nonlocal_london import CubicGinzburgLandau, DirectedLattice, NonlocalLondon
from onnes.response.condensate.landau_levels import (
    density_matrices,
    kinetic_matrix,
    level_energy,
    level_ratio,
)
from onnes.response.condensate.lattice_geometry import lattice_bragg_spots, lattice_triangle
from onnes.response.condensate.london_kernel import LondonKernel
from onnes.solve.condensate.lattices.shape_search import (
    ShapeMinimum,
    best_rhombus,
    rhombic_shape,
    search,
    shaped_vectors,
    softest,
    starts,
)
from onnes.state import Check, Outcome, Report, State
from onnes.units import MU_0

TURNS = (0.0, 15.0, 30.0, 45.0)
"""Orientations (degrees) of the triangular lattices that a search begins with."""
SCAN = 1.15
"""Ratio of the inductions at which the stability of the square is looked at."""
TOLERANCE = 1e-5
"""Largest slope at a minimum, over a hundredth of the energy that the modulation of a lattice has."""


def preferred_lattice(
    lattice: DirectedLattice,
    *,
    levels: int = 13,
    turns: tuple[float, ...] = TURNS,
    tolerance: float = TOLERANCE,
    throw: bool = True,
) -> State:
    r"""Minimise the energy of a lattice of one vortex to a cell over shape and orientation at fixed induction.

    With `NonlocalLondon` the energy is London's,

    .. math:: \frac FV=\frac{\bar B^2}{2\mu_0}\sum_G\frac{e^{-\frac12\xi^2G\cdot m^{-1}G}}
              {1+\lambda^2G^2M_{tt}-(\lambda^2G^2M_{tu})^2/(1+\lambda^2G^2M_{uu})},

    which is that of V. G. Kogan et al., Phys. Rev. B 55, R8693 (1997), doi:10.1103/PhysRevB.55.R8693, where the field
    lies on an axis of even order, so that M_tu = 0. With `CubicGinzburgLandau` it is the Ginzburg-Landau energy with
    higher gradients in uniform induction (large kappa), over all functions of ``levels`` Landau levels.

    Parameters
    ----------
    lattice : material, induction and direction of the field.
    levels : number of Landau levels; Ginzburg-Landau only.
    turns : orientations of the triangular lattices that the search begins with, degrees; two squares come on top.
    tolerance : largest slope at the end, over a hundredth of the energy of the modulation.

    Returns
    -------
    State ``"preferred_lattice"``: ``lattice_vectors`` (nm, along e1 and e2 of ``lattice.axes``), ``lattice_apex`` and
    ``lattice_inequality`` (`response.lattice_triangle`), ``lattice_orientation`` of the nearest neighbours and
    ``lattice_base`` of the rhombus' other diagonal, degrees from e1; ``spot_vectors`` and, of London lattices,
    ``spot_induction`` of the Bragg spots; of Ginzburg-Landau ones ``abrikosov_ratio`` and ``level_weights``;
    ``lattice_energy`` (J/m^3, of London lattices without the condensation energy).

    Raises
    ------
    NoSuperconductivity : no condensate at this induction with these gradient terms.
    NotConverged : the best minimum has a slope above the tolerance; ``.state`` carries it.
    """
    if not (tolerance > 0 and levels >= 2 and len(turns)):
        raise InvalidInput(
            f"tolerance {tolerance}, {levels} levels, {len(turns)} turns",
            "give a positive tolerance, two levels or more, and at least one orientation",
        )
    begin = time.perf_counter()
    if isinstance(lattice.material, CubicGinzburgLandau):
        minima, fields, checks = _ginzburg_landau(lattice, levels, turns, tolerance)
    else:
        minima, fields, checks = _london(lattice, turns, tolerance)
    best = minima[0]
    report = _report(minima, tolerance, begin, checks)
    state = State(
        lattice, "preferred_lattice", {**_shape_fields(best.vectors(lattice.area)), **fields}, report
    )
    if throw and not report.converged:
        error = NotConverged(report)
        error.state = state
        raise error
    return state


def square_field(
    material: NonlocalLondon,
    direction: tuple[float, float, float] = (0, 0, 1),
    *,
    between: tuple[float, float] | None = None,
) -> float:
    """Return the induction (T) above which the square lattice is stable against every change of shape and rotation.

    The transition from a rhombus is of second order in London theory, so that this is where the square begins.

    Parameters
    ----------
    material : with nonlocality.
    direction : of the field; an axis where a square is a stationary shape: [001] and, in London theory, [110].
    between : inductions (T) to search; from 0.003 to 0.3 of the field of the cut-off where not given.

    Raises
    ------
    InvalidInput : the square is nowhere stable between the ends, or already at the lower one.
    """
    low, high = between or (3e-3 * material.upper_critical_field, 0.3 * material.upper_critical_field)

    def curvature(induction: float) -> float:
        kernel = LondonKernel(DirectedLattice(material, float(induction), direction))
        energy = _of_shape(kernel)
        squares = [rhombic_shape(np.pi / 2, turn) for turn in (0.0, np.pi / 4)]
        best = min(squares, key=energy)
        return softest(energy, best) / (energy(best) - 1)

    # at higher inductions the square may turn away from the mirror planes: the first field is meant
    if not 0 < low < high:
        raise InvalidInput(
            f"inductions from {low:g} to {high:g} T", "give them positive and in ascending order"
        )
    count = int(np.ceil(np.log(high / low) / np.log(SCAN)))
    last = low
    for induction in np.geomspace(low, high, count + 1)[1:]:
        if curvature(induction) > 0:
            return _crossing(curvature, last, induction, "the square lattice is stable")
        last = induction
    raise InvalidInput(
        f"no stable square lattice between {low:.4g} and {high:.4g} T", "search between other inductions"
    )


def reorientation_field(
    material: NonlocalLondon,
    direction: tuple[float, float, float] = (0, 0, 1),
    *,
    bases: tuple[float, float] = (0.0, 45.0),
    between: tuple[float, float],
) -> float:
    """Return the induction (T) where rhombic lattices with diagonals at two orientations have equal energy.

    Each is the best of its orientation; the transition is of first order.

    Parameters
    ----------
    bases : orientations of a diagonal, degrees from e1. between : inductions to search, T.

    Raises
    ------
    InvalidInput : the same orientation has the lower energy at both ends.
    """

    def difference(induction: float) -> float:
        energy = _of_shape(LondonKernel(DirectedLattice(material, float(induction), direction)))
        one, other = (best_rhombus(energy, np.radians(base))[0] for base in bases)
        return (one - other) / (one - 1)

    return _crossing(difference, *between, f"the diagonal at {bases[0]:g} degrees is preferred")


def _crossing(function: Callable[[float], float], low: float, high: float, what: str) -> float:
    if not 0 < low < high:
        raise InvalidInput(
            f"inductions from {low:g} to {high:g} T", "give them positive and in ascending order"
        )
    ends = function(low), function(high)
    if np.sign(ends[0]) == np.sign(ends[1]):
        raise InvalidInput(
            f"{what} either at both {low:.4g} and {high:.4g} T or at neither",
            "search between other inductions",
        )
    return float(np.exp(brentq(lambda x: function(np.exp(x)), np.log(low), np.log(high), xtol=1e-6)))


def _report(minima: list[ShapeMinimum], tolerance: float, begin: float, checks: tuple[Check, ...]) -> Report:
    residual = minima[0].residual
    return Report(
        outcome=Outcome.CONVERGED if residual <= 10 * tolerance else Outcome.STALLED,
        engine=f"BFGS, {len(minima)} starts",
        residuals=(residual,),
        target=10 * tolerance,
        iterations=sum(m.steps for m in minima),
        seconds=time.perf_counter() - begin,
        checks=checks,
    )


def _of_shape(kernel: LondonKernel) -> Callable[[np.ndarray], float]:
    return lambda shape: kernel.ripple(shaped_vectors(kernel.lattice.area, shape))


def _london(lattice: DirectedLattice, turns: tuple[float, ...], tolerance: float) -> tuple:
    kernel = LondonKernel(lattice)
    energy = _of_shape(kernel)

    def value(shape: np.ndarray, others: np.ndarray) -> tuple[float, np.ndarray]:
        return energy(shape), others

    begins = starts(turns)
    scale = 0.01 * (energy(begins[0]) - 1)
    minima = search(value, begins, np.zeros(0), scale, tolerance)
    vectors = minima[0].vectors(lattice.area)
    spots = lattice_bragg_spots(vectors)
    fields = {
        "lattice_energy": np.array(lattice.induction**2 / (2 * MU_0) * minima[0].energy),
        "spot_vectors": spots,
        "spot_induction": kernel.induction(spots),
    }
    screened = float(kernel.nonlocal_share(spots[0]))
    return minima, fields, (Check("nonlocal part of the screening at the first spot, n G^2", screened, 0.5),)


def _ginzburg_landau(
    lattice: DirectedLattice, levels: int, turns: tuple[float, ...], tolerance: float
) -> tuple:
    material, b = lattice.material, lattice.reduced_induction
    # a lattice of one vortex to a cell is its own mirror image in a point: odd levels take no part
    kinetic = kinetic_matrix(material.terms, lattice.axes, b, levels)[::2, ::2]
    count = len(kinetic)
    energies, states = np.linalg.eigh(kinetic)
    if energies[0] >= 1:
        raise NoSuperconductivity(
            f"the lowest level of the gradients costs {energies[0]:.4g} of the condensation energy at b = {b:.4g}",
            "lower the induction or the gradient terms",
        )
    area = 2 * np.pi / b
    first = states[:, 0] * np.exp(-1j * np.angle(states[0, 0])) * np.sqrt((1 - energies[0]) / 1.17)

    def value(shape: np.ndarray, others: np.ndarray) -> tuple[float, np.ndarray]:
        c = others[:count] + 1j * others[count:]
        densities = density_matrices(shaped_vectors(area, shape), b, levels)[:, ::2, ::2]
        energy, slope = level_energy(c, kinetic, densities)
        return energy, 2 * np.concatenate([slope.real, slope.imag])

    scale = 0.01 * (1 - energies[0]) ** 2 / 2
    minima = search(value, starts(turns), np.concatenate([first.real, first.imag]), scale, tolerance)
    best = minima[0]
    c = best.others[:count] + 1j * best.others[count:]
    densities = density_matrices(shaped_vectors(area, best.shape), b, levels)[:, ::2, ::2]
    weights = np.zeros(levels)
    weights[::2] = np.abs(c) ** 2 / np.vdot(c, c).real
    unit = material.material.condensation_density
    fields = {
        "lattice_energy": np.array(best.energy * unit + lattice.induction**2 / (2 * MU_0)),
        "abrikosov_ratio": np.array(level_ratio(c, densities)),
        "level_weights": weights,
        "spot_vectors": lattice_bragg_spots(best.vectors(lattice.area)),
    }
    return minima, fields, (Check("share of the two highest Landau levels", float(weights[-2:].sum()), 1e-4),)


def _shape_fields(vectors: np.ndarray) -> dict[str, np.ndarray]:
    triangle = lattice_triangle(vectors)
    return {
        "lattice_vectors": vectors,
        "lattice_apex": np.array(triangle.apex),
        "lattice_inequality": np.array(triangle.inequality),
        "lattice_orientation": np.array(triangle.orientation),
        "lattice_base": np.array(triangle.base_orientation),
    }
