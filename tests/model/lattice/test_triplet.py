"""Gap functions with spin: Pauli's principle, lattice harmonics, the Bogoliubov matrix against the Fock space."""

import numpy as np
import pytest

from onnes import model
from onnes.errors import InvalidInput, InvalidModel
from onnes.model import codec
from onnes.model.lattice.angular import PAULI
from onnes.numerics import brillouin

SQUARE = model.square({(0, 0): 60.0, (1, 0): -100.0, (1, 1): 20.0})
TRIANGLE = model.TightBinding(
    np.array([[2.0, 0, 0], [1.0, np.sqrt(3.0), 0], [0, 0, 5.0]]), [[0, 0, 0]], np.zeros((1, 1, 1))
)
K = brillouin.mesh((7, 5, 3), 0.3)
KX, KY = 2 * np.pi * K[:, 0], 2 * np.pi * K[:, 1]

FORMS = (
    model.p_wave(3.0),
    model.p_wave(3.0, along=(1, 1), d=(1, 1j, 0)),
    model.chiral_p_wave(3.0),
    model.chiral_p_wave(3.0, sense=-1, d=(0, 1, 0)),
    model.helical(3.0),
    model.helical(3.0, angle=-np.pi / 2),
    model.f_wave(3.0),
    model.f_wave(3.0, "xy"),
    model.hexagonal_p_wave(3.0, TRIANGLE),
    model.hexagonal_f_wave(3.0, TRIANGLE),
    model.singlet(model.d_wave(3.0)),
    model.mixed(model.s_wave(2.0), model.helical(3.0, angle=-np.pi / 2)),
)


@pytest.mark.parametrize("form", FORMS, ids=lambda p: p.irrep)
def test_every_form_obeys_pauli(form):
    assert np.allclose(form.at(K), -np.swapaxes(form.at(-K), -1, -2), atol=1e-14)


def test_singlets_and_triplets_have_their_spin_matrices():
    d = model.singlet(model.d_wave(3.0)).at(K)
    assert np.allclose(d[:, 0, 1], model.d_wave(3.0).at(K)[:, 0, 0]) and np.allclose(d[:, 0, 1], -d[:, 1, 0])
    assert np.max(np.abs(d[:, [0, 1], [0, 1]])) == 0.0
    p = model.triplet(1.0, {(1, 0): (0.2, 0.3j, 0.5)})
    along = np.einsum("ki,iab->kab", p.d_vector(K)[:, :, 0, 0], PAULI) @ (1j * PAULI[1])
    assert np.allclose(p.at(K), along)
    # unitary where d x d* = 0: Delta Delta† = |d|^2
    gap = model.helical(2.0).at(K)
    size = np.sum(np.abs(model.helical(2.0).d_vector(K)) ** 2, axis=(1, 2, 3))
    assert np.allclose(gap @ np.swapaxes(gap, 1, 2).conj(), size[:, None, None] * np.eye(2))


def test_forms_are_their_formulas():
    sx, sy = np.sin(KX), np.sin(KY)

    def d(form):
        return form.d_vector(K)[:, :, 0, 0].T

    assert np.allclose(d(model.p_wave(3.0, along=(0, 1), d=(2, 0, 0))), [3 * sy, 0 * sx, 0 * sx])
    assert np.allclose(d(model.chiral_p_wave(3.0))[2], 3 * (sx + 1j * sy))
    assert np.allclose(d(model.helical(3.0)), [3 * sx, 3 * sy, 0 * sx])
    assert np.allclose(d(model.helical(3.0, -np.pi / 2)), [3 * sy, -3 * sx, 0 * sx])
    assert np.allclose(d(model.f_wave(3.0))[2], 1.5 * (np.cos(KX) - np.cos(KY)) * (sx + 1j * sy))
    assert np.allclose(d(model.f_wave(3.0, "xy"))[2], 3 * sx * sy * (sx + 1j * sy))
    mix = model.mixed(model.s_wave(2.0), model.helical(3.0))
    assert np.allclose(mix.at(K), model.singlet(model.s_wave(2.0)).at(K) + model.helical(3.0).at(K))
    scaled = mix.with_amplitude(2 * mix.amplitude)
    assert np.allclose(scaled.at(K), 2 * mix.at(K)) and mix.irrep.startswith("A1g (s) + Eu")
    from_zero = model.mixed(model.s_wave(0.0), model.helical(3.0))
    assert np.allclose(from_zero.at(K), model.helical(3.0).at(K))


def test_hexagonal_forms_turn_as_they_should():
    """60 degrees turn (x, y) in lattice units a1, a2 at 60 degrees; k.R is kept."""
    cartesian = K @ TRIANGLE.reciprocal()
    c, s = 0.5, np.sqrt(0.75)
    turned = cartesian @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]]) @ TRIANGLE.vectors.T / (2 * np.pi)
    f, p = model.hexagonal_f_wave(3.0, TRIANGLE), model.hexagonal_p_wave(3.0, TRIANGLE)
    assert np.allclose(f.at(turned), -f.at(K))
    assert np.allclose(p.at(turned), np.exp(1j * np.pi / 3) * p.at(K))
    fine = brillouin.mesh((60, 60))  # contains K
    assert np.max(np.abs(f.at(fine))) == pytest.approx(3.0, rel=1e-12)
    small = 1e-4 * np.array([0.3, 0.4, 0])
    near = p.at(small @ TRIANGLE.vectors.T / (2 * np.pi))[0, 1]
    # Delta_0 (kx + i ky) a, a = 2; the next order is (ka)^2
    assert near == pytest.approx(3.0 * 2.0 * 1e-4 * (0.3 + 0.4j), rel=1e-7)


def fock(levels, h, delta):
    """Many-body matrix of sum h c†c + 1/2 sum (Delta c†c† + h.c.) by Jordan and Wigner."""
    lower, sign = np.array([[0, 1], [0, 0]]), np.diag([1, -1])
    c = []
    for i in range(levels):
        op = np.eye(1)
        for j in range(levels):
            op = np.kron(op, sign if j < i else lower if j == i else np.eye(2))
        c.append(op)
    many = np.zeros((2**levels, 2**levels), complex)
    for i in range(levels):
        for j in range(levels):
            many += h[i, j] * c[i].conj().T @ c[j]
            pair = 0.5 * delta[i, j] * c[i].conj().T @ c[j].conj().T
            many += pair + pair.conj().T
    return many


def test_the_bogoliubov_matrix_is_the_one_of_the_fock_space():
    """Two wavevectors k and -k with two spins: every many-body level from the levels of H_BdG(k) and H_BdG(-k)."""
    bands = model.with_rashba(model.with_spin(SQUARE, field=(50.0, 20.0, -90.0)), 15.0)
    pairing = model.mixed(model.s_wave(20.0), model.mixed(model.chiral_p_wave(30.0), model.helical(12.0)))
    metal = model.SpinfulSuperconductor(bands, pairing)
    k = np.array([0.13, 0.21, 0.0])
    zero = np.zeros((2, 2))
    h = np.block([[bands.hamiltonian(k), zero], [zero, bands.hamiltonian(-k)]])
    delta = np.block([[zero, pairing.at(k)], [pairing.at(-k), zero]])
    many = np.linalg.eigvalsh(fock(4, h, delta))
    excitations = np.linalg.eigvalsh(metal.bogoliubov(k))
    # H = sum_n E_n(k) (g†g - 1/2) over the four levels at k, which are those at -k with the other sign
    assert np.allclose(excitations, -np.linalg.eigvalsh(metal.bogoliubov(-k))[::-1], atol=1e-10)
    filled = np.array([[i >> j & 1 for j in range(4)] for i in range(16)])
    expected = np.sort((filled - 0.5) @ excitations) + np.trace(h).real / 2
    assert np.allclose(many, expected, atol=1e-10)


def test_what_is_refused():
    with pytest.raises(InvalidModel, match=r"2 of the amplitude away from -Delta\(-R\)\^T"):
        model.SpinPairing(
            1.0, [[0, 0, 0]], np.zeros((1, 1, 1)), np.ones((1, 3, 1, 1)) * [[[[0]], [[0]], [[1]]]]
        )
    with pytest.raises(InvalidModel, match="away from"):  # an odd singlet
        model.SpinPairing(1.0, [[1, 0, 0], [-1, 0, 0]], np.array([[[1.0]], [[-1.0]]]), np.zeros((2, 3, 1, 1)))
    with pytest.raises(InvalidModel, match="away from"):
        model.triplet(1.0, {(1, 0): (0, 0, 1), (-1, 0): (0, 0, 1)})
    with pytest.raises(InvalidModel, match="shapes"):
        model.SpinPairing(1.0, [[0, 0, 0]], np.zeros((1, 1, 1)), np.zeros((1, 2, 1, 1)))
    with pytest.raises(InvalidModel, match="NaN"):
        model.p_wave(np.nan)
    with pytest.raises(InvalidModel, match="once"):
        model.SpinPairing(1.0, [[0, 0, 0]] * 2, np.ones((2, 1, 1)), np.zeros((2, 3, 1, 1)))
    with pytest.raises(InvalidModel, match="three"):
        model.triplet(1.0, {(1, 0): (0, 1)})
    with pytest.raises(InvalidModel, match="not all zero"):
        model.p_wave(1.0, d=(0, 0, 0))
    with pytest.raises(InvalidModel, match="six"):
        model.hexagonal_f_wave(1.0, SQUARE)
    with pytest.raises(InvalidInput, match="x2-y2"):
        model.f_wave(1.0, "x")
    with pytest.raises(InvalidInput, match="sense"):
        model.chiral_p_wave(1.0, sense=2)
    with pytest.raises(InvalidModel, match="orbitals"):
        model.mixed(model.s_wave(1.0), model.p_wave(1.0, n_orbitals=2))
    with pytest.raises(InvalidModel, match="orbitals"):
        model.SpinfulSuperconductor(model.with_spin(SQUARE), model.p_wave(1.0, n_orbitals=2))


def test_an_orbital_triplet_may_be_even_in_k():
    """Two orbitals, antisymmetric in them, a triplet in spin, local: Pauli allows it."""
    vector = np.zeros((1, 3, 2, 2))
    vector[0, 2] = [[0, 1], [-1, 0]]
    local = model.SpinPairing(2.0, [[0, 0, 0]], np.zeros((1, 2, 2)), vector)
    assert np.allclose(local.at(K), local.at(-K))
    assert np.allclose(local.at(K), -np.swapaxes(local.at(-K), 1, 2))


def test_models_survive_their_file():
    metal = model.SpinfulSuperconductor(
        model.with_rashba(SQUARE, 5.0), model.mixed(model.s_wave(2.0), FORMS[4])
    )
    back = codec.decode(codec.encode(metal))
    assert (
        np.array_equal(back.bogoliubov(K), metal.bogoliubov(K)) and back.pairing.irrep == metal.pairing.irrep
    )
