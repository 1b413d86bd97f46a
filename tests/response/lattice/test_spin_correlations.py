"""Spin correlations: sum rules, the choice of cell, detailed balance, signs."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput
from onnes.model.lattice.spins import Bond, SpinLattice, heisenberg, square_to_magnetic
from onnes.numerics.brillouin import mesh
from onnes.response.lattice.spin_correlations import detailed_balance
from onnes.units import K_B, MU_B

J = 100.0
NEEL = on.model.neel([0, 0, 1])


def parent() -> on.State:
    return on.solve.spinwave(on.model.square_antiferromagnet(J), NEEL)


def four_sites() -> on.State:
    """The same magnet in the 2 x 2 cell of four sites."""
    places = [(0, 0), (1, 0), (0, 1), (1, 1)]
    bonds = []
    for start, (x, y) in enumerate(places):
        for dx, dy in ((1, 0), (0, 1)):
            u, v = x + dx, y + dy
            bonds.append(Bond(start, places.index((u % 2, v % 2)), (u // 2, v // 2, 0), heisenberg(J)))
    positions = np.array([[x / 2, y / 2, 0] for x, y in places])
    model = SpinLattice(np.diag([2.0, 2.0, 1.0]), positions, np.full(4, 0.5), tuple(bonds))
    sign = np.array([(-1.0) ** (x + y) for x, y in places])
    return on.solve.spinwave(model, sign[:, None] * np.array([[0, 0, 1.0]]))


def test_intensity_does_not_depend_on_the_cell() -> None:
    q = np.random.default_rng(0).uniform(-1, 1, (6, 3)) * [1, 1, 0]
    energy = np.linspace(-300, 300, 41)
    two = on.response.spin_dissipation(parent(), square_to_magnetic(q), energy, width=10.0)
    four = on.response.spin_dissipation(four_sites(), q * [2, 2, 1], energy, width=10.0)
    assert np.allclose(two, four, rtol=1e-7, atol=1e-12)


def test_square_antiferromagnet_weights() -> None:
    """Sum of the transverse one-magnon weights per site: S^xx + S^yy = S sqrt((1 - gamma)/(1 + gamma))."""
    q = np.random.default_rng(1).uniform(0.05, 0.45, (9, 3)) * [1, 1, 0]
    gamma = np.cos(2 * np.pi * q[:, :2]).mean(axis=1)
    _, weights, _, _ = on.response.spin_waves(parent(), square_to_magnetic(q))
    total = weights.sum(axis=1)
    transverse = (total[:, 0, 0] + total[:, 1, 1]).real
    assert np.allclose(transverse, 0.5 * np.sqrt((1 - gamma) / (1 + gamma)), rtol=1e-8)
    assert np.allclose(total[:, 2, 2], 0)


@pytest.mark.parametrize("spin", [0.5, 2.5])
def test_sum_rules_of_the_moment(spin: float) -> None:
    """One magnon: S(1 + 2 d). With the ordered moment to the same order, S^2 - 2 S d, it is S(S + 1) exactly."""
    model = on.model.square_antiferromagnet(J, spin=spin)
    state = on.solve.spinwave(model, NEEL, grid=(24, 24, 1))
    k = mesh((24, 24, 1), 0.5)
    # All of the structural zone: the magnetic zone and the one shifted by (1/2, 1/2) = (1, 0) of the magnetic cell.
    q = np.concatenate([k, k + np.array([1.0, 0.0, 0.0])])
    _, weights, _, _ = on.response.spin_waves(state, q)
    one = np.mean(np.einsum("qmaa->q", weights)).real
    d = float(state["spin_reduction"][0])
    assert np.isclose(one, spin * (1 + 2 * d), rtol=1e-9)
    assert np.isclose(spin**2 - 2 * spin * d + one, spin * (spin + 1), rtol=1e-9)


def test_first_moment_is_the_double_commutator() -> None:
    """int w chi''^aa dw/pi over all w = <[S_q†, [H, S_q]]>: here -2 J <S.S> z-part (1 - gamma) in harmonic order."""
    state = parent()
    q = np.array([[0.2, 0.1, 0.0], [0.4, 0.3, 0.0]])
    energies, weights, _, _ = on.response.spin_waves(state, square_to_magnetic(q))
    moment = np.einsum("qm,qmaa->q", energies, weights).real
    gamma = np.cos(2 * np.pi * q[:, :2]).mean(axis=1)
    # Two transverse axes, each (1/2) sum over 4 neighbours of J S^2 (1 - gamma) = 2 J S^2 (1 - gamma).
    assert np.allclose(moment, 2 * 2 * J * 0.25 * (1 - gamma), rtol=1e-8)


def test_dissipation_is_odd_and_positive() -> None:
    energy = np.linspace(-400, 400, 81)
    q = square_to_magnetic(np.array([[0.3, 0.1, 0.0]]))
    for line in ({"width": 5.0}, {"damping": 150.0}, {"damping": 500.0}):
        chi = on.response.spin_dissipation(parent(), q, energy, **line)[0]
        assert np.allclose(chi, -np.swapaxes(chi[::-1], 1, 2), atol=1e-12)
        assert np.linalg.eigvalsh(chi[energy > 0]).min() > -1e-12


def test_lorentzian_and_oscillator_agree_when_sharp() -> None:
    """The pole of an oscillator lies at sqrt(w^2 - g^2) = w (1 - g^2/2w^2): 1e-6 of the width's own scale here."""
    q = square_to_magnetic(np.array([[0.3, 0.1, 0.0]]))
    e = on.response.magnons(parent(), q)[0][0, 0]
    energy = np.linspace(e - 3, e + 3, 25)
    a = on.response.spin_dissipation(parent(), q, energy, width=0.3)
    b = on.response.spin_dissipation(parent(), q, energy, damping=0.3)
    # The neighbouring pole at -w and the shift of the pole both enter as g/w = 0.2 %.
    assert np.allclose(a, b, rtol=2e-2, atol=1e-6 * np.abs(a).max())


def test_detailed_balance() -> None:
    energy, kelvin = np.array([-80.0, -20.0, 20.0, 80.0]), 300.0
    q = square_to_magnetic(np.array([[0.3, 0.1, 0.0]]))
    s = on.response.spin_correlations(parent(), q, energy, temperature=kelvin, width=5.0)[0]
    back = on.response.spin_correlations(parent(), -q, energy, temperature=kelvin, width=5.0)[0]
    boltzmann = np.exp(-energy[2:] / (K_B * kelvin))
    assert np.allclose(
        np.diagonal(back[[1, 0]], axis1=1, axis2=2), boltzmann[:, None] * np.diagonal(s[2:], axis1=1, axis2=2)
    )
    assert np.allclose(detailed_balance(energy, 0.0), [0, 0, 1 / np.pi, 1 / np.pi])


def test_precession_has_the_sign_of_the_moment() -> None:
    """A ferromagnet in a field B along z: spins point down, S^+ absorbs, so that S^xy = +i S^xx for w > 0."""
    model = SpinLattice(
        np.eye(3),
        np.zeros((1, 3)),
        np.array([0.5]),
        (Bond(0, 0, (1, 0, 0), heisenberg(-1.0)),),
        field=[0, 0, 5.0],
    )
    state = on.solve.spinwave(model, grid=(8, 1, 1))
    assert np.allclose(state["spin_direction"], [[0, 0, -1]], atol=1e-6)
    energies, weights, _, _ = on.response.spin_waves(state, np.zeros((1, 3)))
    assert np.isclose(energies[0, 0], 2 * MU_B * 5.0)
    # |down>: <0|S^x|1><1|S^y|0> with S^x = (S^+ + S^-)/2 and S^y = (S^+ - S^-)/2i gives -i/4.
    up = np.array([1.0, 0.0])
    down = np.array([0.0, 1.0])
    sx, sy = np.array([[0, 1], [1, 0]]) / 2, np.array([[0, -1j], [1j, 0]]) / 2
    assert np.isclose(weights[0, 0, 0, 1], (down @ sx @ up) * (up @ sy @ down), atol=1e-7)


def test_moment_reduction_of_a_mesh_is_that_of_the_solver() -> None:
    state = on.solve.spinwave(on.model.la2cuo4(), on.model.neel(), grid=(12, 12, 1))
    assert np.allclose(on.response.moment_reduction(state, mesh((12, 12, 1), 0.5)), state["spin_reduction"])


def test_bad_input() -> None:
    q, w = np.array([[0.1, 0.2, 0.0]]), np.array([1.0])
    with pytest.raises(InvalidInput, match="exactly one"):
        on.response.spin_dissipation(parent(), q, w)
    with pytest.raises(InvalidInput, match="exactly one"):
        on.response.spin_dissipation(parent(), q, w, width=1.0, damping=1.0)
    with pytest.raises(InvalidInput, match="half width"):
        on.response.spin_dissipation(parent(), q, w, width=-1.0)
    with pytest.raises(InvalidInput, match="temperature of -1"):
        on.response.spin_correlations(parent(), q, w, width=1.0, temperature=-1.0)
    with pytest.raises(InvalidInput, match="energy 0"):
        on.response.spin_correlations(parent(), q, np.array([0.0]), width=1.0, temperature=10.0)
    chiral = SpinLattice(
        np.eye(3),
        np.zeros((1, 3)),
        np.array([0.5]),
        (Bond(0, 0, (1, 0, 0), heisenberg(-1.0, [0, 0, 0.3])),),
        anisotropy=np.array([np.diag([0, 0, -1.0])]),
    )
    state = on.solve.spinwave(chiral, [[0, 0, 1.0]], grid=(8, 1, 1))
    with pytest.raises(InvalidInput, match="q and -q"):
        on.response.spin_dissipation(state, np.array([[0.2, 0, 0]]), w, damping=1.0)
