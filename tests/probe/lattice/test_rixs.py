"""RIXS from spin flips: the polarisation factor from the atom, the geometry, the spectrum."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import CannotProbe, InvalidInput, InvalidModel
from onnes.model.lattice.spins import square_to_magnetic
from onnes.probe.lattice.rixs import CU_L3, HBAR_C, RixsGeometry, in_plane
from onnes.state import Outcome, Report, State


def atomic_amplitudes(incoming: np.ndarray, outgoing: np.ndarray) -> np.ndarray:
    """Scattering matrix (2, 2) of the spin of an x2-y2 hole through 2p3/2, from angular momenta alone.

    Core states are |m, s> of l = 1; the 2p3/2 projector is built from the eigenvectors of L.S. The
    dipole elements <p_x|x|x2-y2> and <p_y|y|x2-y2> are integrals of x y-polynomials over the sphere.
    """
    m = np.array([1, 0, -1])
    lz = np.diag(m).astype(complex)
    plus = np.sqrt(2) * np.eye(3, k=1)
    lx, ly = (plus + plus.T) / 2, (plus - plus.T) / 2j
    pauli = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]]) / 2
    coupling = sum(np.kron(a, b) for a, b in zip((lx, ly, lz), pauli, strict=True))
    values, vectors = np.linalg.eigh(coupling)
    kept = vectors[:, np.abs(values - 0.5) < 1e-9]
    assert kept.shape[1] == 4  # j = 3/2
    projector = kept @ kept.conj().T
    # p_x, p_y, p_z in the basis m = 1, 0, -1
    p = np.array([[-1, 0, 1], [1j, 0, 1j], [0, np.sqrt(2), 0]]) / np.sqrt(2)
    theta = np.arccos(np.polynomial.legendre.leggauss(8)[0])
    weight = np.polynomial.legendre.leggauss(8)[1]
    phi = 2 * np.pi * np.arange(16) / 16
    x = np.sin(theta)[:, None] * np.cos(phi)
    y = np.sin(theta)[:, None] * np.sin(phi)
    z = np.cos(theta)[:, None] + 0 * phi
    r = np.array([x, y, z])
    element = np.einsum("atf,btf,tf,t->ab", r, r, x**2 - y**2, weight)  # <p_a| r_b |x2-y2>
    element /= element[0, 0]
    absorb = np.einsum("b,ab,am->m", incoming, element, p)
    emit = np.einsum("b,ab,am->m", outgoing, element, p)
    two = np.eye(2)
    return np.kron(emit.conj()[None, :], two) @ projector @ np.kron(absorb[:, None], two)


@pytest.mark.parametrize("incidence", [0.2, 0.9, 2.0])
@pytest.mark.parametrize("incoming", ["sigma", "pi"])
@pytest.mark.parametrize("outgoing", ["sigma", "pi"])
def test_polarisation_factor_from_the_atom(incidence: float, incoming: str, outgoing: str) -> None:
    geometry = RixsGeometry(130.0, incoming, outgoing)
    alpha, beta = incidence, np.radians(130.0) - incidence
    e_in = {"sigma": [0, 1, 0], "pi": [np.sin(alpha), 0, np.cos(alpha)]}[incoming]
    e_out = {"sigma": [0, 1, 0], "pi": [-np.sin(beta), 0, np.cos(beta)]}[outgoing]
    matrix = atomic_amplitudes(np.array(e_in, complex), np.array(e_out, complex))
    spin = [np.trace(matrix @ s) for s in ([[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]])]
    assert np.allclose(spin[:2], 0)  # only the c component
    momentum = CU_L3 / HBAR_C * (np.cos(alpha) - np.cos(beta))
    # matrix = (2/3) i f S_z, trace with sigma_z: (2/3) f
    assert np.isclose(abs(spin[2]) ** 2, (2 / 3) ** 2 * geometry.spin_flip(momentum))


def test_geometry_closes() -> None:
    geometry = RixsGeometry(130.0)
    p = np.linspace(-0.7, 0.7, 9)
    alpha = geometry.incidence(p)
    k = CU_L3 / HBAR_C
    assert np.allclose(k * (np.cos(alpha) - np.cos(np.radians(130.0) - alpha)), p)
    assert np.all(np.diff(alpha) < 0)  # positive momentum: grazing incidence
    assert np.isclose(geometry.incidence(0.0), np.radians(65.0))


def test_pi_light_at_grazing_exit_sees_spin_flips() -> None:
    p = np.array([-0.7, 0.7])
    exit_pi, incidence_pi = RixsGeometry(130.0, "pi").spin_flip(p)
    exit_sigma, incidence_sigma = RixsGeometry(130.0, "sigma").spin_flip(p)
    assert exit_pi > incidence_pi and incidence_sigma > exit_sigma
    assert np.isclose(exit_pi, incidence_sigma)  # time reversal exchanges the beams
    assert np.allclose(RixsGeometry(130.0, "pi", "pi").spin_flip(p), 0)
    assert np.allclose(RixsGeometry(130.0, "sigma", "sigma").spin_flip(p), 0)


def parent() -> State:
    return on.solve.spinwave(on.model.la2cuo4(), on.model.neel([1, 0, 0]), renormalisation=1.18)


def test_spectrum_peaks_at_the_magnon_and_keeps_its_weight() -> None:
    q = square_to_magnetic(np.array([[-0.3, 0.0, 0.0], [-0.4, 0.0, 0.0]]))
    energy = np.linspace(-200, 800, 2001)
    geometry = RixsGeometry(130.0)
    data = on.probe.rixs(parent(), q, energy, geometry, resolution=25.0)
    energies, weights, _, _ = on.response.spin_waves(parent(), q)
    assert np.allclose(energy[np.argmax(data["rixs_intensity"].values, axis=1)], energies[:, 0], atol=1.5)
    total = np.trapezoid(data["rixs_intensity"].values, energy, axis=1) / data["spin_flip_factor"].values
    # The Lorentzian of 2.5 meV leaves 2.5/(pi 300) = 0.3 % of its tail below zero energy, and as much above 800.
    assert np.allclose(total, weights[:, :, 2, 2].sum(axis=1).real, rtol=1e-2)
    assert np.all(data["in_plane_momentum"].values < 0)


def test_only_the_c_component_scatters() -> None:
    """Moments along c fluctuate in the plane: nothing is seen; turned into the plane, all magnons are."""
    q, energy = square_to_magnetic(np.array([[-0.3, 0.0, 0.0]])), np.linspace(100, 400, 31)
    along_c = on.solve.spinwave(on.model.la2cuo4(), on.model.neel([0, 0, 1]))
    blind = on.probe.rixs(along_c, q, energy, RixsGeometry(130.0), resolution=25.0)
    seen = on.probe.rixs(parent(), q, energy, RixsGeometry(130.0), resolution=25.0)
    assert np.abs(blind["rixs_intensity"]).max() < 1e-12 * seen["rixs_intensity"].max()


def test_divided_by_its_factor_the_intensity_is_the_susceptibility() -> None:
    """At equal |q| along both directions, damping included (Robarts et al.: RIXS measures chi'')."""
    q = square_to_magnetic(np.array([[-0.3, 0.0, 0.0], [0.3, 0.0, 0.0], [0.0, -0.3, 0.0]]))
    energy = np.linspace(5, 600, 60)
    data = on.probe.rixs(parent(), q, energy, RixsGeometry(130.0), damping=100.0, temperature=20.0)
    divided = data["rixs_intensity"].values / data["spin_flip_factor"].values[:, None]
    assert np.allclose(divided, divided[0], rtol=1e-9)
    assert not np.isclose(*data["spin_flip_factor"].values[:2])
    assert data["in_plane_momentum"].values[0] == pytest.approx(-0.3 * 2 * np.pi / 3.8)


def test_signed_momentum() -> None:
    model = on.model.la2cuo4()
    q = square_to_magnetic(np.array([[-0.2, 0.2, 0.0], [0.0, -0.1, 0.5], [0.0, 0.0, 1.0]]))
    expected = 2 * np.pi / 3.8 * np.array([-0.2 * np.sqrt(2), -0.1, 0.0])
    assert np.allclose(in_plane(model, q), expected)


def test_bad_input() -> None:
    q, w = square_to_magnetic(np.array([[-0.3, 0.0, 0.0]])), np.array([100.0])
    with pytest.raises(InvalidInput, match="in-plane momentum"):
        on.probe.rixs(parent(), 3 * q, w, RixsGeometry(130.0), damping=1.0)
    with pytest.raises(InvalidInput, match="without resolution"):
        on.probe.rixs(parent(), q, w, RixsGeometry(130.0))
    with pytest.raises(InvalidInput, match="leave the damping out"):
        on.probe.rixs(parent(), q, w, RixsGeometry(130.0), damping=0.1, resolution=20.0)
    with pytest.raises(InvalidInput, match="positive standard deviation"):
        on.probe.rixs(parent(), q, w, RixsGeometry(130.0), resolution=-1.0)
    for bad in ({"scattering": 190.0}, {"polarisation": "left"}, {"outgoing": "x"}, {"photon": -1.0}):
        with pytest.raises(InvalidModel):
            RixsGeometry(**({"scattering": 130.0} | bad))
    metal = State(
        on.model.square({(1, 0): -1.0}), "bands", {"temperature": np.array([1.0])}, Report(Outcome.CONVERGED)
    )
    with pytest.raises(CannotProbe, match="spin state"):
        on.probe.rixs(metal, q, w, RixsGeometry(130.0), damping=1.0)
