"""Bands with spin: angular momenta, spin-orbit and Zeeman terms, and their symmetries."""

import numpy as np
import pytest

from onnes import model, units
from onnes.errors import InvalidInput, InvalidModel
from onnes.model import codec
from onnes.model.lattice.angular import D_SHELL, PAULI, T2G
from onnes.numerics import brillouin

SQUARE = model.square({(0, 0): 60.0, (1, 0): -100.0, (1, 1): 20.0})
K = brillouin.mesh((7, 5, 3), 0.3)  # not its own mirror image
# eigenvalues of matrices of 1e3 meV: a hundred times the rounding
TIGHT = 1e-10


def commutator(a, b):
    return a @ b - b @ a


def d_bands(splitting=100.0):
    """Five d orbitals on one atom, with real hoppings that couple them."""
    hop = -50.0 * np.eye(5) + 10.0 * np.diag(np.ones(4), 1) + 10.0 * np.diag(np.ones(4), -1)
    cells = [(0, 0, 0), (1, 0, 0), (-1, 0, 0)]
    return model.TightBinding(
        np.eye(3), cells, np.array([splitting * np.diag(range(5)), hop, hop.T]), D_SHELL
    )


@pytest.mark.parametrize("l", [0, 1, 2, 3])
def test_angular_momentum_obeys_its_algebra(l):
    x, y, z = model.angular_momentum(l)
    assert np.allclose(commutator(x, y), 1j * z, atol=1e-14)
    assert np.allclose(x @ x + y @ y + z @ z, l * (l + 1) * np.eye(2 * l + 1), atol=1e-14)


@pytest.mark.parametrize(("orbitals", "l"), [(("x", "y", "z"), 1), (D_SHELL, 2)])
def test_momenta_of_real_orbitals_are_a_whole_shell(orbitals, l):
    x, y, z = momentum = model.orbital_momentum(orbitals)
    for a, b, c in ((x, y, z), (y, z, x), (z, x, y)):
        assert np.allclose(commutator(a, b), 1j * c, atol=1e-14)
    assert np.allclose(x @ x + y @ y + z @ z, l * (l + 1) * np.eye(2 * l + 1), atol=1e-14)
    assert np.max(np.abs(momentum.real)) == 0.0 and np.allclose(momentum, np.swapaxes(momentum, 1, 2).conj())
    # the same spectrum of n.L as between the states |l, m>
    n = np.array([0.3, -0.5, 0.8])
    expected = np.linalg.eigvalsh(np.tensordot(n, model.angular_momentum(l), axes=1))
    assert np.allclose(np.linalg.eigvalsh(np.tensordot(n, momentum, axes=1)), expected)


def test_t2g_orbitals_carry_an_angular_momentum_of_minus_one():
    x, y, z = model.orbital_momentum(T2G)
    assert np.allclose(commutator(x, y), -1j * z, atol=1e-14)
    assert np.allclose(x @ x + y @ y + z @ z, 2 * np.eye(3), atol=1e-14)
    assert z[1, 0] == pytest.approx(1j)  # Lz |xz> = i |yz>, a turn of xz towards yz
    # L.S: four levels at -1/2 (j = 3/2) and two at +1 (j = 1/2), of a momentum that points backwards
    atom = model.TightBinding(np.eye(3), [[0, 0, 0]], np.zeros((1, 3, 3)), T2G)
    levels = np.linalg.eigvalsh(
        model.with_atomic_spin_orbit(atom, 40.0, model.orbital_momentum(T2G)).hamiltonian([0, 0, 0])
    )
    assert np.allclose(levels, 40.0 * np.array([-0.5] * 4 + [1.0] * 2))


def test_d_shell_splits_by_lande():
    """lambda [j(j+1) - l(l+1) - s(s+1)]/2: -3/2 lambda four times, +lambda six times."""
    atom = model.TightBinding(np.eye(3), [[0, 0, 0]], np.zeros((1, 5, 5)), D_SHELL)
    spinful = model.with_atomic_spin_orbit(atom, 30.0, model.orbital_momentum(D_SHELL))
    levels = np.linalg.eigvalsh(spinful.hamiltonian([0.1, 0.2, 0.3]))
    assert np.allclose(levels, 30.0 * np.array([-1.5] * 4 + [1.0] * 6))


def test_rashba_is_the_formula():
    h = model.with_rashba(SQUARE, 15.0).hamiltonian(K)
    kx, ky = 2 * np.pi * K[:, 0], 2 * np.pi * K[:, 1]
    soc = 15.0 * (np.sin(ky)[:, None, None] * PAULI[0] - np.sin(kx)[:, None, None] * PAULI[1])
    assert np.allclose(h, SQUARE.bloch(K) * np.eye(2) + soc, atol=TIGHT)


def test_rashba_of_the_triangular_lattice_is_isotropic_at_small_k():
    vectors = np.array([[1, 0, 0], [0.5, np.sqrt(0.75), 0], [0, 0, 1]])
    bands = model.TightBinding(vectors, [[0, 0, 0]], np.zeros((1, 1, 1)))
    spinful = model.with_rashba(bands, 10.0, cells=((1, 0), (0, 1), (-1, 1)))
    angle, small = np.linspace(0, 2 * np.pi, 7), 1e-3
    cartesian = small * np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    split = np.linalg.eigvalsh(spinful.hamiltonian(cartesian @ vectors.T / (2 * np.pi)))[:, 1]
    # lambda (3/2) k, the next order is k^2
    assert np.allclose(split, 15.0 * small, rtol=small**2)


def test_a_field_splits_the_spins_by_two_bohr_magnetons():
    field = np.array([1.0, -2.0, 2.0])
    levels = np.linalg.eigvalsh(model.with_spin(SQUARE, field=field).hamiltonian(K))
    assert np.allclose(levels[:, 1] - levels[:, 0], 2 * units.MU_B * 3.0, atol=TIGHT)
    # spin down is preferred: the moment is -g mu_B S
    h = model.with_spin(SQUARE, field=(0, 0, 5.0), g_factor=4.0).hamiltonian([0, 0, 0])
    assert (h[0, 0] - h[1, 1]).real == pytest.approx(4.0 * units.MU_B * 5.0)


def test_time_reversal_holds_without_a_field_alone():
    momentum = model.orbital_momentum(D_SHELL)
    flip = np.kron(PAULI[1], np.eye(5))
    bands = model.with_rashba(model.with_atomic_spin_orbit(d_bands(), 30.0, momentum), 15.0)

    def breach(spinful):
        reverse = flip @ spinful.hamiltonian(-K).conj() @ flip
        return float(np.max(np.abs(reverse - spinful.hamiltonian(K))))

    assert breach(bands) < TIGHT
    # 2 |mu_B B . sigma|: the field turns around
    assert breach(bands.in_field((0, 0, 7.0))) == pytest.approx(2 * units.MU_B * 7.0)
    ends = np.array([[0, 0, 0], [0.5, 0, 0]])  # k and -k are the same: Kramers
    levels = np.linalg.eigvalsh(bands.hamiltonian(ends))
    assert np.allclose(levels[:, ::2], levels[:, 1::2], atol=TIGHT)


def test_checks_tell_which_symmetry_is_broken():
    atomic = model.with_atomic_spin_orbit(
        model.TightBinding(np.eye(3), [[0, 0, 0]], np.diag(range(5))[None], D_SHELL),
        30.0,
        model.orbital_momentum(D_SHELL),
    )
    assert all(c.passed for c in model.check_spinful(atomic))
    rashba = {c.name: c for c in model.check_spinful(model.with_rashba(SQUARE, 15.0))}
    assert rashba["time reversal"].passed and rashba["Hermiticity"].passed
    assert not rashba["inversion"].passed and rashba["inversion"].value == pytest.approx(15.0)
    zeeman = {c.name: c for c in model.check_spinful(model.with_spin(SQUARE, field=(0, 0, 7.0)))}
    assert zeeman["inversion"].passed and not zeeman["time reversal"].passed
    assert zeeman["time reversal"].value == pytest.approx(2 * units.MU_B * 7.0)
    # graphene with Kane-Mele hoppings keeps inversion, which exchanges its two atoms
    graphene = model.bands("graphene")
    vz = np.zeros((3, 2, 2))
    vz[2] = np.diag([1.0, -1.0])
    kane = model.with_spin_orbit(graphene, {(1, 0): vz, (0, -1): vz, (-1, 1): vz})
    swap = np.eye(2)[::-1]
    assert all(c.passed for c in model.check_spinful(kane, inversion=swap))
    levels = np.linalg.eigvalsh(kane.hamiltonian(K))
    assert np.allclose(levels[:, ::2], levels[:, 1::2], atol=TIGHT)  # inversion and time reversal: two by two


def test_what_is_refused():
    with pytest.raises(InvalidModel, match="1 meV away from the conjugate"):
        model.SpinfulBands(SQUARE, [[1, 0, 0]], 1j * np.ones((1, 3, 1, 1)))
    with pytest.raises(InvalidModel, match="off time reversal by 2 meV"):
        model.SpinfulBands(SQUARE, [[0, 0, 0]], 2.0 * np.ones((1, 3, 1, 1)))
    phase = np.exp(0.3j)
    loop = model.TightBinding(
        np.eye(3), [[1, 0, 0], [-1, 0, 0]], np.array([phase, phase.conj()])[:, None, None]
    )
    with pytest.raises(InvalidModel, match="only the Zeeman field"):
        model.with_spin(loop)
    with pytest.raises(InvalidModel, match="three finite numbers"):
        model.with_spin(SQUARE, field=(0, 1))
    with pytest.raises(InvalidModel, match="each lattice vector once"):
        model.SpinfulBands(SQUARE, [[0, 0, 0], [0, 0, 0]], np.zeros((2, 3, 1, 1)))
    with pytest.raises(InvalidModel, match="for each of the 1 cells"):
        model.SpinfulBands(SQUARE, [[0, 0, 0]], np.zeros((2, 3, 1, 1)))
    with pytest.raises(InvalidModel, match="NaN"):
        model.SpinfulBands(SQUARE, [[0, 0, 0]], np.full((1, 3, 1, 1), np.nan))
    with pytest.raises(InvalidModel, match="away from the conjugate"):  # v(-R) = -v(R), not v(R)
        model.with_spin_orbit(SQUARE, {(1, 0): (0, 0, 1.0), (-1, 0): (0, 0, 1.0)})
    with pytest.raises(InvalidModel, match="two or three whole numbers"):
        model.with_spin_orbit(SQUARE, {(1,): (0, 0, 1.0)})
    with pytest.raises(InvalidModel, match="real"):
        model.with_spin_orbit(SQUARE, {(1, 0): (0, 0, 1j)})
    with pytest.raises(InvalidModel, match="not imaginary"):
        model.with_atomic_spin_orbit(d_bands(), 1.0, model.angular_momentum(2))
    for names in (("xz", "xz"), ("xz", "x"), ("f",), ()):
        with pytest.raises(InvalidInput, match="orbitals"):
            model.orbital_momentum(names)
    with pytest.raises(InvalidInput, match="whole number"):
        model.angular_momentum(0.5)


def test_bands_with_spin_never_pass_for_bands_without():
    spinful = model.with_rashba(SQUARE, 15.0)
    assert not isinstance(spinful, model.TightBinding)
    for name in ("bloch", "hoppings", "cells", "n_orbitals", "orbitals", "velocity"):
        with pytest.raises(InvalidInput, match=f"two equal spins asked a SpinfulBands for {name}"):
            getattr(spinful, name)
    with pytest.raises(InvalidInput, match="two equal spins"):
        model.count_electrons(spinful)


def test_models_survive_their_file():
    bands = model.with_rashba(model.with_spin(SQUARE, field=(1.0, 2.0, 3.0), g_factor=1.9), 15.0).shifted(3.0)
    back = codec.decode(codec.encode(bands))
    assert np.array_equal(back.hamiltonian(K), bands.hamiltonian(K))
