"""Lattices in the basis of Landau levels."""

import numpy as np
from scipy.linalg import expm

from onnes import model, response
from onnes.response.condensate.landau_levels import (
    density_matrices,
    displacements,
    kinetic_matrix,
    level_energy,
    level_ratio,
    momenta,
)

AXES = {
    d: model.DirectedLattice(model.NonlocalLondon(100.0, 4.0), 1.0, d).axes
    for d in ((0, 0, 1), (1, 1, 0), (1, 1, 1))
}


def test_momenta_obey_the_commutator():
    one, two = momenta(12)
    assert np.allclose((one @ two - two @ one)[:11, :11], 1j * np.eye(11), atol=1e-13)


def test_landau_levels_without_higher_gradients():
    assert np.allclose(
        kinetic_matrix(model.GradientTerms(), AXES[0, 0, 1], 0.7, 9), np.diag(0.7 * (2 * np.arange(9) + 1))
    )


def test_which_levels_a_cubic_crystal_mixes():
    cubic = model.GradientTerms(cubic=0.1)
    coupling = {d: kinetic_matrix(cubic, axes, 0.7, 9)[0] for d, axes in AXES.items()}
    assert abs(coupling[0, 0, 1][4]) > 1e-3 and abs(coupling[0, 0, 1][2]) < 1e-15
    assert abs(coupling[1, 1, 0][4]) > 1e-3 and abs(coupling[1, 1, 0][2]) > 1e-3
    assert np.abs(coupling[1, 1, 1][1:]).max() < 1e-15
    # the sixth order is the first that a threefold axis sees
    sixth = kinetic_matrix(model.GradientTerms(sextic=0.1), AXES[1, 1, 1], 0.7, 9)[0]
    assert abs(sixth[6]) > 1e-3 and np.abs(sixth[1:6]).max() < 1e-15


def test_the_fourfold_matrix_element():
    """Pi_1^4 + Pi_2^4 = (3/4)(...) + (b^2/4)(a^4 + a^+4) + ...: <4|.|0> = (b^2/2) sqrt(4!)."""
    b, size = 0.7, 0.1
    found = kinetic_matrix(model.GradientTerms(cubic=size), AXES[0, 0, 1], b, 9)[4, 0]
    assert np.isclose(found, size * b**2 / 2 * np.sqrt(24))


def test_displacements_are_exponentials_of_the_cyclotron_coordinate():
    b, wave = 0.6, np.array([0.4, -0.7])
    one, two = momenta(60)
    eta = (-two / np.sqrt(b), one / np.sqrt(b))
    expected = expm(-1j * (wave[0] * eta[0] + wave[1] * eta[1]))
    # the edge at level 60 is not felt below 12
    assert np.allclose(displacements(wave[None], b, 12)[0], expected[:12, :12], atol=1e-12)


def test_the_lowest_level_has_abrikosovs_ratio():
    b = 0.9
    for angle, value in ((60.0, 1.159595), (90.0, 1.180341)):
        lattice = model.VortexLattice(model.GinzburgLandau(10.0, 100.0), 1.0, angle)
        cell = response.cell_vectors(2 * np.pi / b, lattice.modulus, 0.2)
        found = level_ratio(np.array([0.3 + 0.1j]), density_matrices(cell, b, 1))
        assert np.isclose(found, response.abrikosov_ratio(lattice), rtol=1e-12)
        assert np.isclose(found, value, atol=1e-6)


def test_the_slope_is_the_derivative():
    rng = np.random.default_rng(2)
    b, levels = 0.7, 7
    kinetic = kinetic_matrix(model.GradientTerms(0.1, 0.2), AXES[1, 1, 0], b, levels)
    assert np.allclose(kinetic, kinetic.conj().T)
    densities = density_matrices(response.cell_vectors(2 * np.pi / b, 0.3 + 1.1j), b, levels)
    c, along = (rng.normal(size=(2, levels)) + 1j * rng.normal(size=(2, levels))) * 0.5
    slope = level_energy(c, kinetic, densities)[1]
    ends = [level_energy(c + s * 1e-5 * along, kinetic, densities)[0] for s in (1, -1)]
    # central difference of a quartic: 1e-10 and rounding 1e-16/1e-5
    assert np.isclose((ends[0] - ends[1]) / 2e-5, 2 * np.vdot(along, slope).real, rtol=1e-8)
