"""Nonlocal and anisotropic screening of vortices."""

import numpy as np
import pytest

from onnes import model, response
from onnes.errors import InvalidInput
from onnes.units import HBAR

DIRECTIONS = [(0, 0, 1), (1, 1, 0), (1, 1, 1), (1, 2, 3)]
WAVES = np.random.default_rng(0).normal(size=(20, 2)) * 0.1


def kernel(direction, induction=1.0, **extra):
    london = model.NonlocalLondon(100.0, 4.0, **extra)
    return response.LondonKernel(model.DirectedLattice(london, induction, direction))


def test_kogan_form_along_a_cubic_axis():
    xxxx, xxyy = 40.0, 8.0
    found = kernel((0, 0, 1), nonlocality=model.cubic_nonlocality(xxxx, xxyy)).screening(WAVES)
    x2, y2 = WAVES.T**2
    k2 = x2 + y2
    expected = 1 + 100.0**2 * (k2 + xxyy * k2**2 + (2 * xxxx - 6 * xxyy) * x2 * y2)
    assert np.allclose(found, expected, rtol=1e-12)


def test_along_a_twofold_axis_the_fourfold_term_is_three_quarters():
    part = model.cubic_nonlocality(40.0, 0.0)
    four = kernel((0, 0, 1), nonlocality=part).screening(WAVES)
    two = kernel((1, 1, 0), nonlocality=part).screening(WAVES)
    local = kernel((0, 0, 1)).screening(WAVES)
    assert np.allclose(two - local, 0.75 * (four - local), rtol=1e-10)


def test_along_a_threefold_axis_the_first_order_is_isotropic():
    turn = np.linspace(0, np.pi, 13)
    ring = 0.1 * np.stack([np.cos(turn), np.sin(turn)], -1)
    spread = [
        np.ptp(kernel((1, 1, 1), nonlocality=model.cubic_nonlocality(n, 0.0)).screening(ring))
        for n in (0.1, 0.2)
    ]
    # what is left is M_tu^2, of second order in n: four times, up to a third order of n k^2 = 2e-3
    assert np.isclose(spread[1] / spread[0], 4.0, rtol=5e-3)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_against_the_vector_equation(direction):
    """Solve h + curl(lambda^2 M curl h) = u in three dimensions, with h across k by itself."""
    tensor = model.Nonlocality(40.0, 30.0, 50.0, 8.0, 9.0, 7.0)
    mass = model.uniaxial_masses(3.0)
    got = kernel(direction, mass=mass, nonlocality=tensor)
    axes = got.lattice.axes
    for wave in WAVES[:5]:
        k = wave @ axes[:2]
        cross = np.array([[0, -k[2], k[1]], [k[2], 0, -k[0]], [-k[1], k[0], 0]])
        middle = np.diag(mass) + np.einsum("ijlm,l,m->ij", tensor.tensor, k, k)
        # curl is i k x
        field = np.linalg.solve(np.eye(3) - 100.0**2 * cross @ middle @ cross, axes[2])
        assert np.isclose(1 / (field @ axes[2]), got.screening(wave), rtol=1e-10)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_an_isotropic_tensor_knows_no_direction(direction):
    isotropic = model.cubic_nonlocality(24.0, 8.0)
    expected = kernel((0, 0, 1), nonlocality=isotropic).screening(WAVES)
    assert np.allclose(kernel(direction, nonlocality=isotropic).screening(WAVES), expected, rtol=1e-12)


def test_unequal_masses_rescale_an_isotropic_lattice():
    """Field along x: k' = diag((m_z/m_y)^(1/4), ...) k turns the energy into that of an isotropic material."""
    ratio = 7.0
    mass = model.uniaxial_masses(ratio)
    lattice = kernel((1, 0, 0), mass=mass)
    mean = np.sqrt(mass[0] * mass[2])
    plain = model.NonlocalLondon(100.0 * np.sqrt(mean), 4.0 / np.sqrt(mean))
    isotropic = response.LondonKernel(model.DirectedLattice(plain, 1.0))
    stretch = np.diag([ratio**-0.25, ratio**0.25])  # e1 = z carries the heavy mass
    for tau in (1j, 0.4 + 0.9j):
        vectors = response.cell_vectors(lattice.lattice.area, tau, 0.3)
        assert np.isclose(lattice.ripple(vectors @ stretch), isotropic.ripple(vectors), rtol=1e-11)


def test_the_energy_does_not_depend_on_the_basis():
    got = kernel((0, 0, 1), nonlocality=model.cubic_nonlocality(34.0, 8.0))
    vectors = response.cell_vectors(got.lattice.area, 0.2 + 1.1j, 0.3)
    assert np.isclose(got.ripple(np.array([[2, 1], [1, 1]]) @ vectors), got.ripple(vectors), rtol=1e-14)
    plain = sum(
        got.induction(np.array([m, n]) @ response.reciprocal_vectors(vectors))
        for m in range(-25, 26)
        for n in range(-25, 26)
    )
    # 25 spots out is beyond exp(-30) of the cut-off
    assert np.isclose(plain / got.lattice.induction, got.ripple(vectors), rtol=1e-12)


def test_range_of_the_nonlocality():
    gap = 2.5
    assert np.isclose(response.nonlocal_range(gap), 2 / (3 * gap**2), rtol=1e-9)
    # dirty: beta' is Gamma/2, to beta/Gamma
    assert np.isclose(response.nonlocal_range(gap, 0.0, 1e5 * gap), 4 / (1e5 * gap) ** 2, rtol=1e-3)
    # near Tc: (31 zeta(5)/32)/(7 zeta(3)/8)/(pi kT)^2, to (gap/pi kT)^2 = 1e-4
    temperature = 1.0
    thermal = np.pi * 8.617333262e-2 * temperature
    expected = (31 / 32 * 1.0369277551) / (7 / 8 * 1.2020569032) / thermal**2
    assert np.isclose(response.nonlocal_range(0.01 * thermal, temperature), expected, rtol=3e-4)
    # the sum goes over into the integral: midpoints of step 2 pi kT << gap are exponentially good
    assert np.isclose(response.nonlocal_range(gap, 1.0), response.nonlocal_range(gap), rtol=1e-6)
    assert response.nonlocal_range(gap, 0.0, 1.0) < response.nonlocal_range(gap)


def test_the_tensor_is_the_second_derivative_of_the_quasiclassical_kernel():
    """<v_x^2 Delta^2/(beta (beta^2 + (hbar v k/2)^2))> of a sphere, k along y, at T = 0 without expansion."""
    gap, speed, k = 2.0, 1e5, 2e-3
    cosine, weight = np.polynomial.legendre.leggauss(40)
    turn = (np.arange(64) + 0.5) * np.pi / 32
    across = np.sqrt(1 - cosine**2)[:, None] * np.sin(turn)
    along = np.sqrt(1 - cosine**2)[:, None] * np.cos(turn)

    def screening(wave):
        ratio = np.abs(HBAR * 1e-3 * speed * across * wave / 2 / gap) + 1e-12
        # the integral over frequencies in closed form
        inner = np.arcsinh(ratio) / (ratio * np.sqrt(1 + ratio**2))
        return np.sum(weight[:, None] * along**2 * inner)

    found = (1 - screening(k) / screening(0.0)) / k**2
    tensor = response.fermi_nonlocality(3 / 5 * speed**2, speed**2 / 5, response.nonlocal_range(gap))
    # the next order is (hbar v k/2 gap)^2 = 1e-3 of it
    assert np.isclose(found, tensor.xxyy, rtol=3e-3)
    assert np.isclose(tensor.xxxx, 3 * tensor.xxyy)


def test_bad_input():
    with pytest.raises(InvalidInput):
        response.nonlocal_range(0.0)
    with pytest.raises(InvalidInput):
        response.fermi_nonlocality(1e10, -1.0, 0.1)
