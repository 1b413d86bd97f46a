"""Amplitudes, ratios, local energies and estimators against wave functions written out on all configurations."""

import numpy as np
import pytest

import onnes as on
from onnes.solve.correlated import basis
from onnes.solve.correlated.hamiltonian import sector
from onnes.solve.correlated.observables import correlations, densities
from onnes.solve.correlated.vmc import chain, factors, local_energy, measure, orbitals


def symmetric(rng, n):
    matrix = rng.normal(size=(n, n))
    matrix = matrix + matrix.T
    np.fill_diagonal(matrix, 0)
    return matrix / 2


def hermitian(rng, n, complex_):
    matrix = rng.normal(size=(n, n)) + (1j * rng.normal(size=(n, n)) if complex_ else 0)
    return (matrix + matrix.conj().T) / 2


def rough(complex_, *, tj, sites=6, seed=1):
    """Return a model and a trial state without any symmetry."""
    rng = np.random.default_rng(seed)
    cluster = on.model.Cluster(hermitian(rng, sites, complex_))
    pairing = rng.normal(size=(sites, sites))
    term = on.model.MeanFieldTerm(
        "all", hermitian(rng, sites, complex_), hermitian(rng, sites, complex_), pairing + pairing.T
    )
    factor = [on.model.Correlator(k, k, symmetric(rng, sites)) for k in ("density", "spin", "doublon-holon")]
    strengths = np.array([0.3, -0.2, 0.4])
    trial = on.model.ProjectedBCS(
        cluster, (term,), np.ones(1), tuple(factor), strengths, None if tj else -0.4
    )
    j, v = symmetric(rng, sites), symmetric(rng, sites)
    model = (
        on.model.TJ(cluster, j, 0.3, 0.2)
        if tj
        else on.model.Hubbard(cluster, rng.normal(size=sites), v, j, 0.3)
    )
    return model, trial


def written_out(trial, particles):
    """Return (up, down, psi[I, J]) from determinants of the pair function and the factors, none of it by updates."""
    n = trial.cluster.sites
    up, down = (basis.configurations(n, k) for k in particles)
    phi = orbitals.pair_function(trial)
    kinds = dict.fromkeys(("density", "spin", "doublon-holon"), np.zeros((n, n)))
    for correlator, strength in zip(trial.correlators, trial.strengths, strict=True):
        kinds[correlator.kind] = kinds[correlator.kind] + strength * correlator.pattern
    psi = np.zeros((len(up), len(down)), dtype=phi.dtype)
    for a, b in np.ndindex(psi.shape):
        u, d = (basis.occupations(s[k : k + 1], n)[0] for s, k in ((up, a), (down, b)))
        both = u * d
        if trial.log_gutzwiller is None and both.any():
            continue
        charge, spin, holon = u + d, u - d, (1 - u) * (1 - d)
        log = 0.5 * charge @ kinds["density"] @ charge + 0.5 * spin @ kinds["spin"] @ spin
        log += both @ kinds["doublon-holon"] @ holon + (trial.log_gutzwiller or 0.0) * both.sum()
        psi[a, b] = np.linalg.det(phi[np.ix_(u > 0, d > 0)]) * np.exp(log)
    return up, down, psi


def at(engine, sites):
    """Return the table of ratios, the slots and the fields of one configuration."""
    n = len(sites)
    columns, rows = chain.modes(sites)
    X = orbitals.tableau(engine.orbitals, columns, rows)
    slot = np.empty(2 * n, dtype=np.int64)
    slot[columns], slot[rows] = np.arange(len(columns)), np.arange(len(rows))
    local = np.zeros((4, n))
    factors.fill_local(local, sites, engine.factors)
    return X, slot, local


def configurations(up, down, sites):
    for a, b in np.ndindex(len(up), len(down)):
        u, d = (basis.occupations(s[k : k + 1], sites)[0].astype(np.int64) for s, k in ((up, a), (down, b)))
        yield a, b, u + 2 * d


@pytest.mark.parametrize("tj", [False, True])
@pytest.mark.parametrize("complex_", [False, True])
@pytest.mark.parametrize("particles", [(2, 2), (3, 3)])
def test_local_energy_is_h_psi_over_psi(tj, complex_, particles) -> None:
    model, trial = rough(complex_, tj=tj)
    up, down, psi = written_out(trial, particles)
    system = sector(model, particles)
    image = system.matrix(system.apply(system.flat(psi)))
    engine = chain.engine_of(on.model.VariationalProblem(model, trial, particles), 10)
    parts = np.zeros(local_energy.AXES + 1, dtype=engine.orbitals.filled.dtype)
    seen = 0
    for a, b, sites in configurations(up, down, 6):
        if abs(psi[a, b]) < 1e-6 * np.abs(psi).max():
            continue
        X, slot, local = at(engine, sites)
        local_energy.local_parts(X, sites, slot, local, engine.hamiltonian, engine.factors, parts)
        value = engine.hamiltonian.weights @ parts[: local_energy.AXES]
        # ratios up to 1e6 of doubles: nine digits
        assert np.isclose(value * psi[a, b], image[a, b], rtol=1e-9, atol=1e-9 * np.abs(image).max())
        seen += 1
    assert seen > (80 if tj else 200) or particles == (3, 3)
    assert seen >= 20


def estimators(trial, model, particles, psi, up, down):
    """Return the exact means of the accumulated observables, as a dictionary of slices."""
    engine = chain.engine_of(on.model.VariationalProblem(model, trial, particles), 10)
    n, layout, total = trial.cluster.sites, engine.layout, np.zeros(engine.layout.size)
    for a, b, sites in configurations(up, down, n):
        weight = abs(psi[a, b]) ** 2
        if weight < 1e-16 * np.abs(psi).max() ** 2:
            continue
        X, slot, local = at(engine, sites)
        out = np.zeros(layout.size)
        measure.add_sites(sites, layout.slices["occupation"].start, out)
        index = layout.classes.index
        measure.add_correlations(X, sites, slot, local, engine.factors, index, layout.slices["zz"].start, out)
        measure.add_pairs(
            X, sites, slot, local, engine.factors, layout.pairs, layout.slices["pair"].start, out
        )
        total += weight * out
    total /= np.sum(np.abs(psi) ** 2)
    return {name: total[place] for name, place in layout.slices.items()}, layout


@pytest.mark.parametrize("tj", [False, True])
def test_estimators_are_expectation_values(tj) -> None:
    n = 6 if tj else 5  # two sites must stay empty for a pair to move
    model, trial = rough(True, tj=tj, sites=n, seed=3)
    up, down, psi = written_out(trial, (2, 2))
    psi = psi / np.linalg.norm(psi)
    found, layout = estimators(trial, model, (2, 2), psi, up, down)
    zz, spin, charge = correlations(psi, up, down, n)
    occupied, double = densities(psi, up, down, n)
    # sums over some 100 configurations of doubles, ratios up to 1e6
    assert np.allclose(found["occupation"], occupied, atol=1e-9) and np.allclose(
        found["double"], double, atol=1e-9
    )
    for name, matrix in (("zz", zz), ("spin", spin), ("charge", charge)):
        assert np.allclose(found[name], layout.classes.mean(matrix) * layout.classes.size, atol=1e-8)
    pairs, expected = layout.pairs, np.zeros(len(layout.classes.size))

    def hop(states, i, j):
        return basis.bond_operator(states, i, j).toarray()

    for b, c in np.ndindex(pairs.index.shape):
        if pairs.index[b, c] < 0:
            continue
        (i, j), (k, l) = pairs.bond[b], pairs.bond[c]
        value = 0.0
        for p, q in ((i, j), (j, i)):
            for r, s in ((k, l), (l, k)):
                value += 0.5 * np.vdot(psi, hop(up, r, p) @ psi @ hop(down, s, q).T)
        expected[pairs.index[b, c]] += (value * pairs.form[c] * np.conj(pairs.form[b])).real
    assert np.abs(expected).max() > 1e-3
    assert np.allclose(found["pair"], expected, atol=1e-8)


@pytest.mark.parametrize("tj", [False, True])
def test_pivots_follow_direct_determinants(tj) -> None:
    model, trial = rough(True, tj=tj)
    engine = chain.engine_of(on.model.VariationalProblem(model, trial, (2, 3)), 60)
    walker = chain.start_chain(engine, 5, 0)
    for _ in range(20):
        walker = chain.advance(engine, walker, 1, measure=False)
    # 60 sweeps of 15 moves, each loses a few bits
    assert walker.counts[1] > 500 and walker.drift < 1e-7
    # one element of the table is the ratio of two determinants written out
    X, rows, columns = (
        orbitals.tableau(engine.orbitals, walker.columns, walker.rows),
        walker.rows,
        walker.columns,
    )
    for a, p in ((0, 0), (3, 2), (5, 4)):
        moved = columns.copy()
        moved[p] = rows[a]
        ratio = np.linalg.det(engine.orbitals.filled[moved]) / np.linalg.det(engine.orbitals.filled[columns])
        assert np.isclose(X[a, p], ratio, rtol=1e-9)


@pytest.mark.parametrize("particles", [(2, 2), (3, 1)])
def test_amplitudes_are_those_of_the_fock_space_ground_state(particles) -> None:
    """BCS state of four sites from a 256 x 256 Hamiltonian of Jordan-Wigner operators, particle number projected."""
    n, rng = 4, np.random.default_rng(7)
    polarised = 4.0 * (particles[0] != particles[1])
    up, down, pair = hermitian(rng, n, True), hermitian(rng, n, True), rng.normal(size=(n, n)) + 0.3j
    term = on.model.MeanFieldTerm("all", up - polarised * np.eye(n), down + polarised * np.eye(n), pair)
    trial = on.model.ProjectedBCS(on.model.Cluster(np.zeros((n, n))), (term,), np.ones(1), log_gutzwiller=0.0)
    z, lower = np.diag([1.0, -1.0]), np.array([[0.0, 1.0], [0.0, 0.0]])

    def string(mode):
        matrix = np.eye(1)
        for other in range(2 * n):
            matrix = np.kron(matrix, z if other < mode else lower if other == mode else np.eye(2))
        return matrix

    c = [string(m) for m in range(2 * n)]
    H = np.zeros((4**n, 4**n), dtype=complex)
    for i, j in np.ndindex(n, n):
        H += term.up[i, j] * c[i].T @ c[j] + term.down[i, j] * c[n + i].T @ c[n + j]
        H += term.pairing[i, j] * c[i].T @ c[n + j].T + np.conj(term.pairing[i, j]) * c[n + j] @ c[i]
    # the state with N_up - N_dn of the particles, where it is not the ground state of all
    counts = [sum(np.diag(c[m].T @ c[m]) for m in modes) for modes in (range(n), range(n, 2 * n))]
    keep = np.isclose(counts[0] - counts[1], particles[0] - particles[1])
    ground = np.zeros(4**n, dtype=complex)
    ground[keep] = np.linalg.eigh(H[np.ix_(keep, keep)])[1][:, 0]
    filled = orbitals.fill_levels(trial, particles).filled
    one, other = (basis.configurations(n, k) for k in particles)
    direct, fock = [], []
    for a in one:
        for b in other:
            r = [i for i in range(n) if a >> i & 1]
            d = [i for i in range(n) if b >> i & 1]
            vacuum = np.zeros(4**n)
            vacuum[0] = 1
            for mode in reversed([*r, *(n + i for i in d)]):
                vacuum = c[mode].T @ vacuum
            fock.append(vacuum @ ground)
            holes = [i for i in range(n) if i not in d]
            # holes in the order of their removal: the sign of sorting them out of the full down states
            sign = (-1) ** (sum(d) + len(d) * (len(d) - 1) // 2)
            direct.append(sign * np.linalg.det(filled[[*r, *(n + i for i in holes)]]))
    direct, fock = np.array(direct), np.array(fock)
    assert np.linalg.norm(fock) > 0.05
    overlap = abs(np.vdot(direct, fock)) / np.linalg.norm(direct) / np.linalg.norm(fock)
    assert np.isclose(overlap, 1.0, atol=1e-10)  # a 256 x 256 eigenvector in doubles
