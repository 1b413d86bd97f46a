"""Pair density matrices against dense Fock-space operators, exact eta pairing, and attraction mapped on repulsion."""

from functools import reduce

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput
from onnes.solve.correlated import basis
from onnes.solve.correlated.pairing import _gram, nearest_pairs, one_particle_density


def fermions(sites):
    """Return annihilators of 2*sites modes as dense matrices, up modes first: strings of sigma_z."""
    z, lower, one = np.diag([1.0, -1.0]), np.array([[0.0, 1.0], [0.0, 0.0]]), np.eye(2)
    modes = range(2 * sites)
    found = [reduce(np.kron, [z if m < k else lower if m == k else one for m in modes]) for k in modes]
    return found[:sites], found[sites:]


def fock_vector(state, up, down):
    """Return sum psi[I, J] c+_up(I) c+_dn(J) |0> by the dense operators."""
    vacuum = np.zeros(len(up[0]))
    vacuum[0] = 1
    total = np.zeros(len(vacuum), dtype=complex)
    for a, left in enumerate(state["configuration_up"]):
        for b, right in enumerate(state["configuration_down"]):
            made = [c.T for i, c in enumerate(up) if left >> i & 1] + [
                c.T for i, c in enumerate(down) if right >> i & 1
            ]
            total += state["many_body_amplitudes"][a, b] * reduce(lambda v, c: c @ v, reversed(made), vacuum)
    return total


def rough_model(*, tj):
    rng = np.random.default_rng(4)
    h, j = rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4)), np.triu(rng.normal(size=(4, 4)), 1)
    cluster = on.model.Cluster(h + h.conj().T)
    return on.model.TJ(cluster, j + j.T) if tj else on.model.Hubbard(cluster, rng.normal(size=4), J=j + j.T)


ALL = [(i, j) for i in range(4) for j in range(i, 4)]


@pytest.mark.parametrize("tj", [False, True])
@pytest.mark.parametrize("particles", [(2, 2), (1, 2), (2, 1), (1, 0)])
def test_all_pairs_against_dense_operators(particles, tj) -> None:
    state = on.solve.exact_diagonalisation(rough_model(tj=tj), particles)
    found = on.solve.pair_density(state, ALL)
    up, down = fermions(4)
    vector = fock_vector(state, up, down)
    assert np.isclose(np.linalg.norm(vector), 1)
    made = [
        up[i].T @ down[i].T if i == j else (up[i].T @ down[j].T + up[j].T @ down[i].T) / np.sqrt(2)
        for i, j in ALL
    ]
    taken = np.array([m.T @ vector for m in made])
    assert np.allclose(found["singlet_density"], taken.conj() @ taken.T, atol=1e-12)
    # the density without correlation, term by term
    g_up, g_dn = (
        np.array([[np.vdot(a @ vector, b @ vector) for b in species] for a in species])
        for species in (up, down)
    )
    psi = state["many_body_amplitudes"]
    assert np.allclose(one_particle_density(psi, state["configuration_up"], 4), g_up, atol=1e-12)

    def free(a, b):
        terms = [(a, b), (a, b[::-1]), (a[::-1], b), (a[::-1], b[::-1])]
        weight = [0.5 if p[0] == p[1] else np.sqrt(0.5) for p in (a, b)]
        return weight[0] * weight[1] * sum(g_up[p[0], q[0]] * g_dn[p[1], q[1]] for p, q in terms)

    expected = [[free(a, b) for b in ALL] for a in ALL]
    assert np.allclose(found["singlet_density_uncorrelated"], expected, atol=1e-12)
    # singlets and triplets of S^z = 0 are all pairs of opposite spins: the trace counts the former
    assert found["singlet_density"].trace().real <= particles[0] * particles[1] + 1e-12
    assert np.all(np.diff(found["singlet_occupation"]) < 1e-12)


@pytest.mark.parametrize("tj", [False, True])
@pytest.mark.parametrize("form", ["s", "extended_s", "d"])
def test_pair_fields_against_dense_operators(form, tj) -> None:
    """On 2 x 2 cells a site has two bonds, one along each axis."""
    cluster = on.model.square_cluster(2, 2, 1.0, twist=(0.4, 0.0))
    exchange = on.model.nearest_bonds(cluster, 0.4)
    model = on.model.TJ(cluster, exchange) if tj else on.model.Hubbard(cluster, -3.0)
    state = on.solve.exact_diagonalisation(model, (1, 1))
    found = on.solve.pair_field(state, form)
    up, down = fermions(4)
    vector = fock_vector(state, up, down)
    fields = []
    for i in range(4):
        x, y = divmod(i, 2)
        along, across = (1 - x) * 2 + y, x * 2 + 1 - y
        if form == "s":
            fields.append(up[i] @ down[i])
            continue
        bonds = [(along, 1.0), (across, -1.0 if form == "d" else 1.0)]
        fields.append(sum(f * (up[i] @ down[j] - down[i] @ up[j]) / 2 for j, f in bonds))
    taken = np.array([f @ vector for f in fields])
    assert np.allclose(found["pair_field_correlation"], taken.conj() @ taken.T, atol=1e-12)
    added = np.array([f.T @ vector for f in fields])
    if tj:
        double = sum(u.T @ u @ d.T @ d for u, d in zip(up, down, strict=True))
        added = added * (np.diag(double) < 0.5)
    assert np.allclose(found["pair_field_addition"], added.conj() @ added.T, atol=1e-12)
    if form == "s" and tj:
        assert np.all(found["pair_field_correlation"] == 0)


@pytest.mark.parametrize("pairs", [1, 2, 3])
def test_eta_pairing_is_yangs_bound(pairs) -> None:
    """(sum_i (-1)^i c+_i,up c+_i,dn)^m |0>: off-diagonal m (L - m)/(L (L - 1)), largest eigenvalue m (L - m + 1)/L."""
    sites = 6
    states = basis.configurations(sites, pairs)
    # pairs commute, so that every set of sites I has one amplitude; signs of sites, and of c+_up c+_dn put in order
    stagger = (-1.0) ** np.bitwise_count(states & 0b101010) * (-1.0) ** (pairs * (pairs - 1) // 2)
    psi = np.diag(stagger) / np.sqrt(len(states))
    local = np.repeat(np.arange(sites), 2).reshape(-1, 2)
    rho = _gram(psi, states, states, sites, local)
    sign = (-1.0) ** np.arange(sites)
    value = pairs * (sites - pairs) / (sites * (sites - 1))
    expected = np.outer(sign, sign) * value + np.eye(sites) * (pairs / sites - value)
    assert np.allclose(rho, expected, atol=1e-14)
    assert np.isclose(np.linalg.eigvalsh(rho)[-1], pairs * (sites - pairs + 1) / sites)
    # it is an eigenstate of the Hubbard model on a bipartite cluster, of energy m U with U n_up n_dn
    from onnes.solve.correlated.hamiltonian import sector

    model = on.model.Hubbard(on.model.ring_cluster(sites, 1.0), -2.0)
    flat = psi.ravel()
    energy = -2.0 * pairs - model.plain_shift(2 * pairs)
    assert np.allclose(sector(model, (pairs, pairs)).apply(flat), energy * flat, atol=1e-12)


def test_pairs_of_the_attractive_model_are_spins_of_the_repulsive() -> None:
    """c_dn -> (-1)^i c+_dn: <Delta+_i Delta_j> of -U is (-1)^(i+j) <S+_i S-_j> of U, 2/3 of <S.S> of a singlet."""
    cluster, U = on.model.ring_cluster(6, 1.0), 3.0
    repelled = on.solve.exact_diagonalisation(on.model.Hubbard(cluster, U), (3, 3))
    attracted = on.solve.exact_diagonalisation(on.model.Hubbard(cluster, -U), (3, 3))
    found = on.solve.pair_field(attracted, "s")["pair_field_correlation"]
    sign = np.array(cluster.bipartite, dtype=float)
    spins = np.outer(sign, sign) * repelled["spin_correlation"] * 2 / 3
    assert np.allclose(found, spins, atol=1e-9)


def test_attraction_makes_the_largest_eigenvalue_and_repulsion_does_not() -> None:
    """Largest eigenvalues with attraction, without interaction, and of a single pair."""
    cluster = on.model.ring_cluster(6, 1.0)
    largest = {}
    for U in (-8.0, 0.0, 8.0):
        state = on.solve.pair_density(on.solve.exact_diagonalisation(on.model.Hubbard(cluster, U), (3, 3)))
        largest[U] = state["singlet_occupation"][0]
        if U == 0:  # a Slater determinant has no correlation
            assert np.allclose(state["singlet_density"], state["singlet_density_uncorrelated"], atol=1e-10)
    assert largest[-8.0] > largest[0.0] > 0
    assert largest[-8.0] < 3 * 4 / 6 + 1e-12  # Yang's bound of pairs on single sites, m (L - m + 1)/L
    # one pair on the ring: the pair density matrix is a projector on its wave function
    one = on.solve.exact_diagonalisation(on.model.Hubbard(cluster, -4.0), (1, 1))
    whole = on.solve.pair_density(one, [(i, j) for i in range(6) for j in range(i, 6)])
    assert np.allclose(whole["singlet_occupation"], np.eye(21)[0], atol=1e-10)


def test_bonds_and_their_directions() -> None:
    pairs, apart = nearest_pairs(on.model.square_cluster(4, 3, 1.0, 0.3))
    assert len(pairs) == 24 and np.allclose(np.abs(apart).sum(axis=1), 1)
    pairs, apart = nearest_pairs(on.model.ladder_cluster(4, 1.0, 0.5))
    assert len(pairs) == 12 and np.count_nonzero(np.abs(apart[:, 1]) == 1) == 4  # legs and rungs alike
    state = on.solve.exact_diagonalisation(on.model.Hubbard(on.model.ring_cluster(4, 1.0), 1.0), (1, 1))
    assert on.solve.pair_density(state)["singlet_sites"].shape == (8, 2)


def test_what_pairs_refuse() -> None:
    model = on.model.Hubbard(on.model.ring_cluster(4, 1.0), 1.0)
    bare = on.solve.exact_diagonalisation(model, (1, 1), keep_wavefunction=False)
    with pytest.raises(InvalidInput, match="wave function"):
        on.solve.pair_density(bare)
    state = on.solve.exact_diagonalisation(model, (1, 1))
    with pytest.raises(InvalidInput, match="two axes"):
        on.solve.pair_field(state, "d")
    with pytest.raises(InvalidInput, match="form"):
        on.solve.pair_field(state, "p")
    with pytest.raises(InvalidInput, match="twice"):
        on.solve.pair_density(state, [(0, 1), (1, 0)])
    with pytest.raises(InvalidInput, match="0 to 3"):
        on.solve.pair_density(state, [(0, 4)])
    atoms = on.solve.exact_diagonalisation(on.model.Hubbard(on.model.Cluster(np.zeros((2, 2))), 1.0), (1, 1))
    with pytest.raises(InvalidInput, match="without bonds"):
        on.solve.pair_density(atoms)
