"""Green functions of the clean lattice: the equation they solve, the sum rule, the Fermi line."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import CannotProbe, InvalidInput
from onnes.numerics.brillouin import mesh
from onnes.response.lattice.green import MeshGreen

BI2212 = {(0, 0): 130.5, (1, 0): -148.775, (1, 1): 40.9, (2, 0): -12.975, (2, 1): -13.9625, (2, 2): 12.75}


def one_band() -> on.model.Superconductor:
    return on.model.Superconductor(on.model.square(BI2212), on.model.d_wave(40.0))


def two_orbitals() -> on.model.Superconductor:
    """Complex hoppings without inversion symmetry, and an s+- gap."""
    cells = np.array([(0, 0, 0), (1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0)])
    right = np.array([[-90.0, 20.0 + 15.0j], [5.0, 60.0]])
    up = np.array([[-70.0, 10.0j], [30.0, 40.0]])
    home = np.array([[20.0, 12.0 - 7.0j], [12.0 + 7.0j, -35.0]])
    hoppings = np.array([home, right, right.conj().T, up, up.conj().T])
    bands = on.model.TightBinding(np.eye(3), cells, hoppings, ("a", "b"))
    return on.model.Superconductor(bands, on.model.s_plus_minus(25.0, 2))


@pytest.mark.parametrize("host", [one_band, two_orbitals])
def test_it_inverts_z_minus_h(host) -> None:
    """sum_R' (z - H)(R - R') g(R') = delta(R), with H(R) summed directly from the hoppings."""
    model, shape = host(), (6, 5, 1)
    state = on.solve.given_gap(model, 0.0)
    g = on.response.lattice_green(state, shape, np.array([17.0]), 4.0)[0]
    k = mesh(shape)
    n = g.shape[-1]
    # g(k) = sum_R exp(-2 pi i k.R) g(R), by a direct sum.
    cells = np.stack(np.indices(shape), axis=-1).reshape(-1, 3)
    gk = np.einsum("kr,rab->kab", np.exp(-2j * np.pi * k @ cells.T), g.reshape(-1, n, n))
    product = ((17.0 + 4.0j) * np.eye(n) - model.bogoliubov(k)) @ gk
    # Rounding: ||z - H|| ||G|| of order 1e2 to 1e3 times 1e-16.
    assert np.max(np.abs(product - np.eye(n))) < 1e-12


def test_time_reversal_shortcut_is_recognised() -> None:
    mesh = MeshGreen(on.solve.given_gap(one_band(), 0.0), (6, 5))
    assert mesh.reciprocal and mesh.mirror and len(mesh.k) == 4 * 3
    assert not MeshGreen(on.solve.given_gap(two_orbitals(), 0.0), (6, 6)).reciprocal


def test_normal_metal() -> None:
    """A metal's g(0) is the mean of 1/(z - e_k)."""
    state = on.state.State(on.model.square(BI2212), "bands", {}, on.solve.given_gap(one_band(), 0.0).report)
    g = on.response.lattice_green(state, (8, 8), np.array([3.0]), 2.0)
    e = state.model.bloch(mesh((8, 8)))[:, 0, 0].real
    assert g.shape == (1, 8, 8, 1, 1, 1)
    assert abs(g[0, 0, 0, 0, 0, 0] - np.mean(1 / (3.0 + 2.0j - e))) < 1e-15


@pytest.mark.parametrize(
    ("energy", "broadening"), [(np.array([np.nan]), 1.0), (np.zeros(2), 0.0), (np.zeros((2, 2)), 1.0)]
)
def test_what_is_refused(energy: np.ndarray, broadening: float) -> None:
    with pytest.raises(InvalidInput):
        on.response.lattice_green(on.solve.given_gap(one_band(), 0.0), (4, 4), energy, broadening)


def test_fermi_line() -> None:
    """H = 0 on the line; a nearest-neighbour band at half filling has the straight line kx + ky = 1/2."""
    angle = np.linspace(-np.pi, np.pi, 9)
    k = on.response.fermi_wavevectors(one_band(), angle)
    energies = one_band().bands.bloch(np.column_stack([k, np.zeros(len(k))]))[:, 0, 0].real
    assert np.max(np.abs(energies)) < 1e-9
    straight = on.response.fermi_wavevectors(
        on.model.square({(0, 0): 0.0, (1, 0): -1.0}), -np.pi * np.array([0.6, 0.75, 0.9])
    )
    assert np.allclose(straight.sum(axis=1), 0.5, atol=1e-12)


def test_tip_of_a_contour() -> None:
    """At the tip the energy of the quasiparticle is stationary across the Fermi line, and equals |Delta|."""
    state = on.solve.given_gap(one_band(), 0.0)
    tip = on.response.contour_tip(state, 15.0)
    energies, _ = on.response.quasiparticles(state, np.array([*tip, 0.0]))
    assert np.allclose(np.abs(energies), 15.0, atol=1e-9)
    assert 0 < tip[1] < tip[0] < 0.5


def test_errors_of_the_geometry() -> None:
    state = on.solve.given_gap(one_band(), 0.0)
    with pytest.raises(InvalidInput, match="choose an energy between"):
        on.response.contour_tip(state, 60.0)
    with pytest.raises(InvalidInput, match="no Fermi line"):
        on.response.fermi_wavevectors(on.model.square({(0, 0): 500.0, (1, 0): -1.0}), [0.3])
    with pytest.raises(CannotProbe, match="single band"):
        on.response.fermi_wavevectors(two_orbitals(), [0.3])
    metal = on.state.State(one_band().bands, "bands", {}, state.report)
    with pytest.raises(CannotProbe, match="gap function"):
        on.response.contour_tip(metal, 5.0)
