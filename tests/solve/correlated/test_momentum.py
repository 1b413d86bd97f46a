"""Sectors of total momentum: they add up to the whole spectrum, with the right momentum and the right signs."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput
from onnes.solve.correlated import basis
from onnes.solve.correlated.momentum import characters, moves


def twisted_square():
    cluster = on.model.square_cluster(3, 2, 1.0, 0.3, twist=(0.3, 0.7))
    return on.model.Hubbard(cluster, 4.0, V=on.model.nearest_bonds(cluster, 0.3), chemical_potential=0.2)


def exchange_square():
    cluster = on.model.square_cluster(2, 2, 1.0)
    return on.model.Hubbard(cluster, 4.0, J=on.model.nearest_bonds(cluster, 0.3))


def tj_square():
    cluster = on.model.square_cluster(3, 2, 1.0, 0.3, twist=(0.0, 0.4))
    return on.model.TJ(cluster, on.model.nearest_bonds(cluster, 0.4))


CASES = [
    (on.model.Hubbard(on.model.ring_cluster(6, 1.0, flux=0.4), 4.0), (3, 2)),
    (on.model.Hubbard(on.model.ring_cluster(4, 1.0), 4.0), (2, 2)),
    (on.model.Hubbard(on.model.honeycomb_cluster(2, 2, 1.0), 3.0), (2, 1)),
    (twisted_square(), (2, 2)),
    (twisted_square(), (3, 3)),
    (exchange_square(), (2, 2)),
    (tj_square(), (2, 2)),
    (tj_square(), (3, 2)),
]


@pytest.mark.parametrize(("model", "particles"), CASES)
def test_all_momenta_make_the_whole_spectrum(model, particles) -> None:
    whole = on.solve.exact_diagonalisation(model, particles)["many_body_levels"]
    found = []
    for q in range(len(model.cluster.wavevectors)):
        part = on.solve.exact_diagonalisation(model, particles, momentum=q)
        found.append(part["many_body_levels"])
        assert int(part["momentum_sector"]) == q
    # both are double precision diagonalisations of matrices with norms of about ten
    assert np.allclose(np.sort(np.concatenate(found)), whole, atol=1e-10)


@pytest.mark.parametrize(("model", "particles"), CASES)
@pytest.mark.parametrize("q", [0, 1])
def test_wave_functions_are_eigenstates_and_turn_by_their_phase(model, particles, q) -> None:
    """H psi = E psi in the whole sector, and T_R psi = exp(-2 pi i q.R) psi."""
    state = on.solve.exact_diagonalisation(model, particles, momentum=q)
    from onnes.solve.correlated.hamiltonian import sector

    whole, psi = sector(model, particles), state["many_body_amplitudes"]
    flat = whole.flat(psi)
    assert np.isclose(np.linalg.norm(flat), 1, rtol=1e-12)
    image = whole.apply(flat.astype(np.result_type(flat, whole.dtype)))
    assert np.linalg.norm(image - float(state["many_body_energy"]) * flat) < 1e-11
    cluster = model.cluster
    up, down = moves(whole.up, cluster.translations), moves(whole.down, cluster.translations)
    for g, chi in enumerate(characters(cluster, q)):
        turned = np.zeros_like(psi)
        turned[np.ix_(up.target[g], down.target[g])] = np.outer(up.sign[g], down.sign[g]) * psi
        assert np.allclose(turned, chi * psi, atol=1e-12)


def test_signs_of_translations_are_those_of_permuted_operators() -> None:
    """g |I> by creating the carried electrons one by one on the vacuum, in the order of the original sites."""
    cluster = on.model.square_cluster(3, 2, 1.0)
    states = basis.configurations(6, 3)
    found = moves(states, cluster.translations)
    for g, move in enumerate(cluster.translations):
        for i, bits in enumerate(states):
            made, sign = 0, 1.0
            for site in reversed([s for s in range(6) if bits >> s & 1]):  # the last operator acts first
                sign *= (-1) ** bin(made & ((1 << int(move[site])) - 1)).count("1")
                made |= 1 << int(move[site])
            assert states[found.target[g, i]] == made and found.sign[g, i] == sign


def test_one_electron_has_the_energy_of_its_wavevector() -> None:
    cluster = on.model.ring_cluster(6, 1.0, flux=0.5)
    found = on.solve.momentum_energies(on.model.Hubbard(cluster, 0.0), (1, 0))
    assert np.allclose(found["momentum_energy"], -2 * np.cos(2 * np.pi * cluster.wavevectors[:, 0] - 0.5 / 6))
    assert np.all(found["momentum_dimension"] == 1) and found.report.engine == "dense"


def test_lanczos_by_momentum() -> None:
    """The lowest of all momenta is the ground state, and correlations of both are the same."""
    model = on.model.Hubbard(on.model.square_cluster(4, 2, 1.0, -0.2, twist=(0.2, 0.0)), 5.0)
    whole = on.solve.exact_diagonalisation(model, (3, 3))
    found = on.solve.momentum_energies(model, (3, 3), dense_limit=10)
    assert found.report.engine == "lanczos" and all(c.passed for c in found.report.checks)
    assert found["momentum_dimension"].sum() == 56 * 56
    q = int(np.argmin(found["momentum_energy"]))
    # the error of a Rayleigh quotient is the square of the residual
    assert np.isclose(found["momentum_energy"][q], float(whole["many_body_energy"]), atol=1e-11)
    part = on.solve.exact_diagonalisation(model, (3, 3), momentum=q, dense_limit=10)
    assert np.allclose(part["spin_correlation"], whole["spin_correlation"], atol=1e-7)
    assert all(c.passed for c in part.report.checks)


def test_four_electrons_on_the_square() -> None:
    """4x4, U = 4, 2+2, zero momentum: 912 states, -11.5302924 of two independent codes (to the last digit)."""
    model = on.model.Hubbard(on.model.square_cluster(4, 4, 1.0), 4.0)
    found = on.solve.momentum_energies(model, (2, 2), dense_limit=10)
    assert found["momentum_dimension"][0] == 912 and found["momentum_dimension"].sum() == 120**2
    assert np.isclose(found["momentum_energy"][0] + model.plain_shift(4), -11.5302924, atol=1e-7)
    assert np.isclose(found["momentum_energy"].min(), found["momentum_energy"][0], atol=1e-9)


def test_a_momentum_without_states() -> None:
    ring = on.model.Hubbard(on.model.ring_cluster(4, 1.0), 1.0)
    found = on.solve.momentum_energies(ring, (4, 4))  # one state, and it is even
    assert np.array_equal(found["momentum_dimension"], [1, 0, 0, 0])
    assert np.isnan(found["momentum_energy"][1:]).all()
    with pytest.raises(InvalidInput, match="no state"):
        on.solve.exact_diagonalisation(ring, (4, 4), momentum=1)


def test_what_momentum_refuses() -> None:
    ring = on.model.ring_cluster(4, 1.0)
    with pytest.raises(InvalidInput, match="0 to 3"):
        on.solve.exact_diagonalisation(on.model.Hubbard(ring, 1.0), (2, 2), momentum=4)
    with pytest.raises(InvalidInput, match="translations"):
        on.solve.exact_diagonalisation(on.model.Hubbard(ring, [1.0, 2.0, 1.0, 2.0]), (2, 2), momentum=0)
    with pytest.raises(InvalidInput, match="rise"):
        on.solve.momentum_energies(on.model.Hubbard(ring, 1.0), (2, 2), [1, 1])
    part = on.model.Cluster(
        ring.hopping, translations=ring.translations[:2], wavevectors=ring.wavevectors[:2]
    )
    with pytest.raises(InvalidInput, match="group"):
        on.solve.momentum_energies(on.model.Hubbard(part, 1.0), (2, 2))
    with pytest.raises(InvalidInput, match="GB"):
        on.solve.momentum_energies(on.model.Hubbard(ring, 1.0), (2, 2), dense_limit=1, memory_limit=1.0)


def test_memory_of_a_momentum() -> None:
    model = on.model.Hubbard(on.model.square_cluster(4, 4, 1.0), 4.0)
    whole, part = (on.solve.exact_memory(model, (8, 8), q) for q in (None, 0))
    assert part < 0.9 * whole  # 8/16 + 2 vectors for 3


@pytest.mark.slow
def test_half_filled_square() -> None:
    """4x4, U = 4, 8+8, zero momentum: -13.621854821163 of an independent code (H. Shi, S. Zhang, PRB 88, 125132).

    10 million amplitudes of 166; the error of the energy is the squared residual over the gap, below 1e-12.
    """
    model = on.model.Hubbard(on.model.square_cluster(4, 4, 1.0), 4.0)
    found = on.solve.momentum_energies(model, (8, 8), [0], tolerance=1e-7, memory_limit=1e9)
    assert np.isclose(found["momentum_energy"][0] + model.plain_shift(16), -13.621854821163, atol=2e-10)
