"""Shapes of vortex lattices in their crystal."""

import numpy as np
import pytest
from scipy.optimize import minimize

from onnes import model, response, solve
from onnes.errors import InvalidInput, NoSuperconductivity, NotConverged
from onnes.response.condensate.landau_levels import density_matrices, kinetic_matrix, level_energy
from onnes.solve.condensate.lattices.magnetic_cell import MagneticCell
from onnes.solve.condensate.lattices.shape_search import rhombic_shape, shaped_vectors

MAIN = [(0, 0, 1), (1, 1, 0), (1, 1, 1)]
NONLOCAL = model.NonlocalLondon(100.0, 4.0, nonlocality=model.cubic_nonlocality(27.0, 2.0))
GINZBURG = model.GinzburgLandau(10.0, 1000.0)


def found(material, induction, direction=(0, 0, 1), **extra):
    return solve.preferred_lattice(model.DirectedLattice(material, induction, direction), **extra)


def gradients(*terms, b, direction=(0, 0, 1), **extra):
    material = model.CubicGinzburgLandau(GINZBURG, model.GradientTerms(*terms))
    return found(material, b * GINZBURG.upper_critical_field, direction, levels=11, **extra)


def ripple(material, induction, tau, turn, direction=(0, 0, 1)):
    kernel = response.LondonKernel(model.DirectedLattice(material, induction, direction))
    return kernel.ripple(response.cell_vectors(kernel.lattice.area, tau, turn))


@pytest.mark.parametrize("direction", MAIN)
def test_isotropic_london_lattices_are_triangular_at_any_orientation(direction):
    plain = model.NonlocalLondon(100.0, 4.0)
    state = found(plain, 0.5, direction)
    # the shape is soft: a slope of 1e-4 of a hundredth of the modulation is 1e-3 degrees
    assert np.isclose(state["lattice_apex"], 60.0, atol=2e-3)
    energies = [ripple(plain, 0.5, np.exp(1j * np.pi / 3), turn, direction) for turn in np.linspace(0, 1, 5)]
    assert np.ptp(energies) < 1e-13
    assert ripple(plain, 0.5, 1j, 0.0) > energies[0]


def test_three_directions_have_three_shapes():
    four, two, three = (found(NONLOCAL, 1.0, d) for d in MAIN)
    assert np.isclose(three["lattice_apex"], 60.0, atol=2e-3)
    assert 62 < two["lattice_apex"] < 88 and two["lattice_inequality"] < 1e-5
    assert two["lattice_apex"] < four["lattice_apex"]
    # velocities along the axes: the diagonals of the rhombus lie in the (100) mirror planes
    for state in (four, two):
        assert np.isclose((state["lattice_base"] + 45) % 90, 45, atol=1e-2)
    assert all(state.report.converged for state in (four, two, three))


def test_a_rotated_crystal_carries_its_lattice_with_it():
    one, other = found(NONLOCAL, 1.0, (0, 0, 1)), found(NONLOCAL, 1.0, (1, 0, 0))
    assert np.isclose(one["lattice_energy"], other["lattice_energy"], rtol=1e-10)
    assert np.isclose(one["lattice_apex"], other["lattice_apex"], atol=1e-3)


def test_the_rhombus_becomes_square_continuously():
    strong = model.NonlocalLondon(100.0, 4.0, nonlocality=model.cubic_nonlocality(38.0, 4.0))
    field = solve.square_field(strong)
    below = [found(strong, share * field)["lattice_apex"] for share in (0.96, 0.99)]
    above = found(strong, 1.04 * field)
    assert np.isclose(above["lattice_apex"], 90.0, atol=1e-2)
    # of second order: 90 - apex goes as the root of the distance, (0.04/0.01)^(1/2) = 2 to its first correction
    assert np.isclose((90 - below[0]) / (90 - below[1]), 2.0, atol=0.15)
    # nearest neighbours of the square along [110]
    assert np.isclose(above["lattice_orientation"] % 90, 45.0, atol=0.05)
    # the weaker anisotropy of a twofold axis needs more field
    assert solve.square_field(strong, (1, 1, 0)) > field


def test_the_sign_of_the_anisotropy_turns_the_square():
    fewer = model.NonlocalLondon(100.0, 4.0, nonlocality=model.cubic_nonlocality(25.0, 25.0))
    field = solve.square_field(fewer)
    square = found(fewer, 1.1 * field)
    assert np.isclose(square["lattice_apex"], 90.0, atol=0.01)
    assert np.isclose((square["lattice_orientation"] + 45) % 90, 45.0, atol=0.1)


def test_the_orientation_changes_by_a_jump():
    field = solve.reorientation_field(NONLOCAL, between=(0.1, 2.0))
    low, high = (found(NONLOCAL, share * field) for share in (0.9, 1.1))
    assert np.isclose(low["lattice_base"] % 90, 45.0, atol=0.1)
    assert np.isclose((high["lattice_base"] + 45) % 90, 45.0, atol=0.1)
    assert low["lattice_apex"] < 60 < high["lattice_apex"]


@pytest.mark.parametrize("tilt", [0.0, 40.0, 90.0])
def test_unequal_masses_stretch_the_triangle(tilt):
    """L. J. Campbell, M. M. Doria and V. G. Kogan, Phys. Rev. B 38, 2439 (1988): k m^-1 k measures the plane."""
    ratio, angle = 25.0, np.radians(tilt)
    layered = model.NonlocalLondon(1000.0, 2.0, mass=model.uniaxial_masses(ratio))
    state = found(layered, 2.0, (np.sin(angle), 0.0, np.cos(angle)))
    vectors = state["lattice_vectors"]
    # e1 lies in the plane of c and the field: distances along it shrink by the root of cos^2 + (m_a/m_c) sin^2, squared
    share = np.sqrt(np.cos(angle) ** 2 + np.sin(angle) ** 2 / ratio)
    undone = vectors @ np.diag([share**-0.5, share**0.5])
    # lambda G is above 100: the London limit is reached to 1e-4, a few hundredths of a degree in a soft shape
    assert np.isclose(response.lattice_triangle(undone).apex, 60.0, atol=0.1)
    if tilt == 90.0:
        assert np.isclose(share**-1, np.sqrt(ratio))


def test_without_higher_gradients_the_lattice_is_triangular():
    state = gradients(b=0.95, turns=(10.0,))
    assert np.isclose(state["lattice_apex"], 60.0, atol=2e-3)
    # sixth and higher levels enter as (1 - b)^2
    assert np.isclose(state["abrikosov_ratio"], 1.159595, atol=2e-3)
    assert state["level_weights"][1:6].max() < 1e-10


def test_cubic_gradients_select_the_shape_by_direction():
    four, two, three = (gradients(0.0, 0.3, b=0.6, direction=d) for d in MAIN)
    assert np.isclose(three["lattice_apex"], 60.0, atol=2e-3)
    assert four["lattice_apex"] > 65 and np.isclose(four["lattice_base"] % 90, 45.0, atol=0.05)
    assert abs(two["lattice_apex"] - 60) > 2
    # the rhombus itself mixes a little of level 2, in proportion to its distance from triangle and square
    assert four["level_weights"][4] > 1e-4 > 1e-5 > four["level_weights"][2]
    assert two["level_weights"][2] > 1e-4


@pytest.mark.parametrize(("terms", "turn"), [((0.0, 2.0), 0.0), ((0.5, -0.5), 45.0)])
def test_strong_cubic_gradients_make_a_square(terms, turn):
    state = gradients(*terms, b=0.35)
    assert np.isclose(state["lattice_apex"], 90.0, atol=1e-2)
    assert np.isclose((state["lattice_orientation"] - turn + 45) % 90, 45.0, atol=0.1)


def test_sixth_order_gradients_orient_the_triangle_of_a_threefold_axis():
    material = model.CubicGinzburgLandau(GINZBURG, model.GradientTerms(sextic=0.1))
    lattice = model.DirectedLattice(material, 0.6 * GINZBURG.upper_critical_field, (1, 1, 1))
    state = solve.preferred_lattice(lattice, levels=11)
    assert np.isclose(state["lattice_apex"], 60.0, atol=2e-3)
    # a mirror plane holds nearest neighbours, or lies between them: multiples of 30 degrees
    assert np.isclose((state["lattice_orientation"] + 15) % 30, 15.0, atol=0.2)


def levels_at(shape, b, terms, levels):
    kinetic = kinetic_matrix(terms, np.eye(3), b, levels)[::2, ::2]
    densities = density_matrices(shaped_vectors(2 * np.pi / b, shape), b, levels)[:, ::2, ::2]
    n = len(kinetic)

    def value(z):
        energy, slope = level_energy(z[:n] + 1j * z[n:], kinetic, densities)
        return energy, 2 * np.concatenate([slope.real, slope.imag])

    start = np.zeros(2 * n)
    start[0] = np.sqrt((1 - b) / 1.2)
    return minimize(value, start, jac=True, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-10}).fun


def points_at(shape, b, terms, points):
    """Minimise on points of a periodic cell, fourth derivatives as gradients of gradients along the crystal axes."""
    cell = MagneticCell(complex(shape[0], np.exp(shape[1])), b, 1, points)
    cosine, sine = np.cos(shape[2]), np.sin(shape[2])

    def along(axis, psi):
        x, y = cell.gradient(psi)
        return cosine * x - sine * y if axis == 0 else sine * x + cosine * y

    def value(z):
        psi = (z[: points**2] + 1j * z[points**2 :]).reshape(points, points)
        first = cell.gradient(psi)
        second = [along(a, along(a, psi)) for a in (0, 1)]
        whole, density = second[0] + second[1], np.abs(psi) ** 2
        energy = np.mean(density**2 / 2 - density) + 2 * np.mean(np.abs(first) ** 2)
        energy += terms.cubic * 2 * np.mean(np.abs(second) ** 2) + terms.isotropic * np.mean(
            np.abs(whole) ** 2
        )
        slope = (density - 1) * psi - cell.divergence(first)
        for a in (0, 1):
            slope = slope + along(a, along(a, terms.cubic * second[a] + terms.isotropic * whole))
        slope = 2 * slope.ravel() / points**2
        return energy, np.concatenate([slope.real, slope.imag])

    psi = cell.lowest_level(np.ones(1)).ravel() * np.sqrt((1 - b) / 1.2)
    start = np.concatenate([psi.real, psi.imag])
    options = {"ftol": 1e-14, "gtol": 1e-8, "maxiter": 4000, "maxfun": 8000}
    return minimize(value, start, jac=True, method="L-BFGS-B", options=options).fun


def test_landau_levels_against_points_of_a_cell():
    terms = model.GradientTerms(0.02, -0.02)
    shape = rhombic_shape(np.pi / 2, 0.3)
    expected = points_at(shape, 0.8, terms, 11)
    # 19 levels leave 1e-9 at b = 0.8, from above; the descent on the points 1e-9
    assert np.isclose(levels_at(shape, 0.8, terms, 19), expected, atol=5e-9)


@pytest.mark.slow
@pytest.mark.parametrize("terms", [(0.0, 0.1), (0.05, -0.05)])
@pytest.mark.parametrize("b", [0.5, 0.8])
def test_landau_levels_against_points_of_any_cell(terms, b):
    shape = np.array([0.2, np.log(1.1), 0.2])
    expected = points_at(shape, b, model.GradientTerms(*terms), 13)
    # the levels above the 19th hold (1 - b)^2 times 1e-7 at b = 0.5
    assert np.isclose(levels_at(shape, b, model.GradientTerms(*terms), 19), expected, atol=5e-8)


def test_errors():
    with pytest.raises(InvalidInput, match="square"):
        solve.square_field(model.NonlocalLondon(100.0, 4.0), between=(0.5, 2.0))
    with pytest.raises(InvalidInput, match="diagonal"):
        solve.reorientation_field(NONLOCAL, between=(1.5, 2.0))
    with pytest.raises(InvalidInput, match="ascending"):
        solve.reorientation_field(NONLOCAL, between=(2.0, 1.0))
    with pytest.raises(InvalidInput, match="levels"):
        found(NONLOCAL, 1.0, levels=1)
    with pytest.raises(NoSuperconductivity):
        gradients(0.0, 0.5, b=0.9)
    with pytest.raises(NotConverged) as error:
        found(NONLOCAL, 1.0, tolerance=1e-14)
    assert error.value.state.method == "preferred_lattice"
    assert not found(NONLOCAL, 1.0, tolerance=1e-14, throw=False).report.converged
