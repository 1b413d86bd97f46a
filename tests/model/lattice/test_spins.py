"""The spin Hamiltonian: bonds, energies, fields, ring exchange, and what cannot be."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidModel
from onnes.model import codec
from onnes.model.lattice.spins import Bond, SpinLattice, heisenberg, ring_exchange, transverse
from onnes.units import MU_B

CHAIN = np.eye(3)


def chain(exchange: np.ndarray, **more: object) -> SpinLattice:
    return SpinLattice(CHAIN, np.zeros((1, 3)), np.array([0.5]), (Bond(0, 0, (1, 0, 0), exchange),), **more)


def test_bohr_magneton_is_half_of_hbar_e_over_m() -> None:
    assert np.isclose(MU_B, 5.7883818060e-2, rtol=1e-9)  # CODATA 2018, meV/T


def test_exchange_matrix_is_j_and_the_cross_product() -> None:
    rng = np.random.default_rng(0)
    a, b, d = rng.normal(size=(3, 3))
    assert np.isclose(a @ heisenberg(1.7, d) @ b, 1.7 * a @ b + d @ np.cross(a, b))


def test_local_frames_are_right_handed() -> None:
    rng = np.random.default_rng(1)
    n = rng.normal(size=(20, 3))
    n = np.concatenate([n / np.linalg.norm(n, axis=1)[:, None], [[0, 0, 1], [0, 0, -1], [1, 0, 0]]])
    u = transverse(n)
    assert np.allclose(np.cross(u.real, u.imag), n) and np.allclose(np.sum(u * u, axis=1), 0)


def test_molecular_field_is_the_gradient_of_the_energy() -> None:
    rng = np.random.default_rng(2)
    anisotropy = rng.normal(size=(2, 3, 3))
    model = SpinLattice(
        CHAIN,
        np.array([[0, 0, 0], [0.5, 0, 0]]),
        np.array([0.5, 1.5]),
        (Bond(0, 1, (0, 0, 0), rng.normal(size=(3, 3))), Bond(1, 0, (1, 0, 0), rng.normal(size=(3, 3)))),
        anisotropy=anisotropy + np.swapaxes(anisotropy, 1, 2),
        g=np.array([2.0, 1.3]),
        field=rng.normal(size=3),
    )
    n = rng.normal(size=(2, 3))
    found = model.molecular_field(n) * model.moments[:, None]
    for i in range(2):
        for a in range(3):
            step = np.zeros((2, 3))
            step[i, a] = 1e-3
            # The energy is at most quadratic in one component: the central difference is exact.
            slope = (model.energy(n + step) - model.energy(n - step)) / 2e-3
            assert np.isclose(slope, found[i, a], atol=1e-9)


def test_harmonic_matrix_is_hermitian_and_mirrors_k() -> None:
    rng = np.random.default_rng(3)
    model = SpinLattice(
        CHAIN,
        np.array([[0, 0, 0], [0.3, 0, 0]]),
        np.array([1.0, 0.5]),
        (
            Bond(0, 1, (0, 0, 0), rng.normal(size=(3, 3))),
            Bond(1, 0, (1, 0, 0), rng.normal(size=(3, 3))),
            Bond(0, 0, (1, 1, 0), rng.normal(size=(3, 3))),
        ),
        anisotropy=np.array([np.diag([0.1, 0.2, -0.3]), np.diag([0.5, 0.0, 0.1])]),
        field=np.array([1.0, 2.0, 3.0]),
    )
    n = rng.normal(size=(2, 3))
    n /= np.linalg.norm(n, axis=1)[:, None]
    k = rng.normal(size=(5, 3))
    plus, minus = model.quadratic(n, k), model.quadratic(n, -k)
    assert np.allclose(plus, np.swapaxes(plus, -1, -2).conj())
    swap = np.block([[np.zeros((2, 2)), np.eye(2)], [np.eye(2), np.zeros((2, 2))]])
    assert np.allclose(swap @ minus.conj() @ swap, plus)  # particle-hole redundancy of bosons


def test_square_lattice_bonds_are_those_of_the_square_lattice() -> None:
    """Energy of the Neel, ferromagnetic and stripe-free states per site from counting bonds."""
    J, Jp, Jpp, S = 1.0, 0.3, 0.2, 0.5
    model = on.model.square_antiferromagnet(J, Jp, Jpp, spin=S)
    assert len(model.bonds) == 2 * (2 + 2 + 2)
    up = np.array([[0, 0, 1.0], [0, 0, 1.0]])
    assert np.isclose(model.energy(up) / 2, S**2 * 2 * (J + Jp + Jpp))
    assert np.isclose(model.energy(on.model.neel()) / 2, S**2 * 2 * (-J + Jp + Jpp))
    for bond in model.bonds:
        place = model.positions @ model.vectors
        reach = np.array(bond.cell) @ model.vectors + place[bond.end] - place[bond.start]
        assert sorted(np.abs(reach[:2]).tolist()) in ([0, 1], [1, 1], [0, 2])


def test_wavevectors_of_both_cells_agree() -> None:
    model = on.model.square_antiferromagnet(1.0, a=3.8)
    q = np.array([0.2, 0.7, 0.0])
    cartesian = 2 * np.pi * q / 3.8
    assert np.allclose(on.model.square_to_magnetic(q)[:2] * 2 * np.pi, (model.vectors @ cartesian)[:2])


def test_ring_exchange_is_the_shift_of_two_bonds() -> None:
    assert ring_exchange(0.5, 61.0) == (-30.5, -15.25)
    plain = on.model.square_antiferromagnet(146.3 - 30.5, 2.0 - 15.25, 2.0)
    ring = on.model.la2cuo4(10)
    k = np.random.default_rng(4).normal(size=(4, 3))
    assert np.allclose(plain.quadratic(on.model.neel(), k), ring.quadratic(on.model.neel(), k))


def test_survives_json() -> None:
    model = on.model.la2cuo4(295).in_field([0, 0, 5.0])
    back = codec.decode(codec.encode(model))
    assert isinstance(back, SpinLattice) and back.bonds[3].cell == model.bonds[3].cell
    assert np.array_equal(back.bonds[3].exchange, model.bonds[3].exchange)
    assert np.array_equal(back.field, [0, 0, 5.0])


def test_what_cannot_be() -> None:
    J = heisenberg(1.0)
    with pytest.raises(InvalidModel, match="given twice"):
        SpinLattice(
            CHAIN, np.zeros((1, 3)), np.array([0.5]), (Bond(0, 0, (1, 0, 0), J), Bond(0, 0, (-1, 0, 0), J))
        )
    with pytest.raises(InvalidModel, match="sites 0 to 0"):
        SpinLattice(CHAIN, np.zeros((1, 3)), np.array([0.5]), (Bond(0, 1, (1, 0, 0), J),))
    with pytest.raises(InvalidModel, match="one half"):
        SpinLattice(CHAIN, np.zeros((1, 3)), np.array([0.4]), ())
    with pytest.raises(InvalidModel, match="itself"):
        Bond(0, 0, (0, 0, 0), J)
    with pytest.raises(InvalidModel, match="3 x 3"):
        Bond(0, 0, (1, 0, 0), np.eye(2))
    with pytest.raises(InvalidModel, match="three integers"):
        Bond(0, 0, (1, 0), J)
    with pytest.raises(InvalidModel, match="symmetric"):
        chain(J, anisotropy=np.array([np.triu(np.ones((3, 3)))]))
    with pytest.raises(InvalidModel, match="positions"):
        SpinLattice(CHAIN, np.zeros((2, 3)), np.array([0.5]), ())
    with pytest.raises(InvalidModel, match="independent"):
        SpinLattice(np.zeros((3, 3)), np.zeros((1, 3)), np.array([0.5]), ())
    with pytest.raises(InvalidModel, match="10, 295"):
        on.model.la2cuo4(77)
