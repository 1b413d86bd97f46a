"""Exact diagonalisation against closed forms and an independent dense matrix of Jordan-Wigner operators."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput, NotConverged
from onnes.solve.correlated import lanczos
from onnes.solve.correlated.hamiltonian import sector
from onnes.units import K_B


def fermions(sites):
    """Return annihilators of 2*sites modes as dense matrices, up modes first: strings of sigma_z."""
    z, lower, one = np.diag([1.0, -1.0]), np.array([[0.0, 1.0], [0.0, 0.0]]), np.eye(2)
    found = []
    for mode in range(2 * sites):
        matrix = np.eye(1)
        for other in range(2 * sites):
            matrix = np.kron(matrix, z if other < mode else lower if other == mode else one)
        found.append(matrix)
    return found[:sites], found[sites:]


def dense_model(model):
    """Return H, the number operators of both spins, and the annihilators, in the whole Fock space."""
    n, h = model.cluster.sites, model.cluster.hopping
    up, down = fermions(n)
    nu, nd = ([c.T @ c for c in species] for species in (up, down))
    eye = np.eye(4**n)
    total = sum(nu) + sum(nd)
    H = -model.chemical_potential * total + 0j
    plus = [up[i].T @ down[i] for i in range(n)]
    sz = [(nu[i] - nd[i]) / 2 for i in range(n)]
    for i in range(n):
        for j in range(n):
            H += h[i, j] * (up[i].T @ up[j] + down[i].T @ down[j])
    for i in range(n):
        for j in range(i):
            exchange = sz[i] @ sz[j] + (plus[i] @ plus[j].T + plus[i].T @ plus[j]) / 2
            ni, nj = nu[i] + nd[i], nu[j] + nd[j]
            if isinstance(model, on.model.TJ):
                H += model.J[i, j] * (exchange - model.density * ni @ nj)
                continue
            H += 0 if model.J is None else model.J[i, j] * exchange
            H += 0 if model.V is None else model.V[i, j] * (ni - eye) @ (nj - eye)
    if isinstance(model, on.model.Hubbard):
        H += sum(model.U[i] * (nu[i] - eye / 2) @ (nd[i] - eye / 2) for i in range(n))
    return H, sum(nu), sum(nd), sum(a @ b for a, b in zip(nu, nd, strict=True))


def dense_levels(model, particles):
    """Return the levels of one sector; a t-J model loses doubly occupied states."""
    H, n_up, n_dn, double = dense_model(model)
    keep = (np.diag(n_up).round() == particles[0]) & (np.diag(n_dn).round() == particles[1])
    if isinstance(model, on.model.TJ):
        keep &= np.diag(double) < 0.5
    return np.linalg.eigvalsh(H[np.ix_(keep, keep)])


def rough(n, seed, *, complex_hops=True):
    """Return a cluster without any symmetry, bonds V and J."""
    rng = np.random.default_rng(seed)
    h = rng.normal(size=(n, n)) + 1j * complex_hops * rng.normal(size=(n, n))
    v, j = (np.triu(rng.normal(size=(n, n)), 1) for _ in range(2))
    return on.model.Cluster(h + h.conj().T), rng.normal(size=n), v + v.T, j + j.T


@pytest.mark.parametrize("complex_hops", [False, True])
@pytest.mark.parametrize("particles", [(0, 0), (1, 0), (1, 2), (2, 2), (3, 1), (4, 4)])
def test_all_levels_of_a_model_without_symmetry(particles, complex_hops) -> None:
    cluster, U, V, J = rough(4, 3, complex_hops=complex_hops)
    model = on.model.Hubbard(cluster, U, V=V, J=J, chemical_potential=0.3)
    state = on.solve.exact_diagonalisation(model, particles)
    # both are double precision diagonalisations of matrices with norms of about ten
    assert np.allclose(state["many_body_levels"], dense_levels(model, particles), atol=1e-11)


@pytest.mark.parametrize("particles", [(0, 0), (1, 1), (2, 1), (2, 2), (3, 0)])
def test_all_levels_of_a_tj_model_without_symmetry(particles) -> None:
    cluster, _, _, J = rough(4, 5)
    model = on.model.TJ(cluster, J, density=0.17, chemical_potential=-0.2)
    state = on.solve.exact_diagonalisation(model, particles)
    assert np.allclose(state["many_body_levels"], dense_levels(model, particles), atol=1e-11)
    assert np.allclose(state["double_occupancy"], 0)


@pytest.mark.parametrize("U", [-3.0, 0.5, 4.0, 12.0])
def test_dimer(U) -> None:
    """E = -sqrt(U^2/4 + 4 t^2) about half filling, (U - sqrt(U^2 + 16 t^2))/2 with U n_up n_dn."""
    model = on.model.Hubbard(on.model.chain_cluster(2, 1.0), U)
    state = on.solve.exact_diagonalisation(model, (1, 1))
    energy = float(state["many_body_energy"])
    assert np.isclose(energy, -np.sqrt(U**2 / 4 + 4), rtol=1e-13)
    assert np.isclose(energy + model.plain_shift(2), (U - np.sqrt(U**2 + 16)) / 2)
    # dE/dU of the plain form is the double occupancy of the two sites
    assert np.isclose(state["double_occupancy"].sum(), (1 - U / np.sqrt(U**2 + 16)) / 2)
    assert all(c.passed for c in state.report.checks)


@pytest.mark.parametrize("twist", [(), (0.3, 0.8)])
def test_a_large_sector_is_the_sum_of_its_parts(twist) -> None:
    """H psi = T_up psi + psi T_dn^T + diagonal, on more amplitudes than one thread takes, and H psi + scale out."""
    model = on.model.Hubbard(on.model.square_cluster(4, 3, 1.0, -0.2, twist=twist), 5.0)
    system = sector(model, (4, 5))
    rng = np.random.default_rng(0)
    psi, other = (lanczos.random_vector(system.dimension, system.dtype, rng) for _ in range(2))
    table, level = psi.reshape(495, 792), system.left @ system.right.T
    expected = system.hop_up @ table + (system.hop_down @ table.T).T + level * table
    image = system.apply(psi)
    assert np.allclose(image, expected.ravel(), atol=1e-14)
    kept = other.copy()
    assert np.allclose(system.apply(psi, other, -0.7), image - 0.7 * kept, atol=1e-14)
    other[:] = np.nan
    assert np.array_equal(system.apply(psi, other, 0.0), image)  # what out held does not matter
    assert np.isclose(np.vdot(kept, image), np.vdot(system.apply(kept), psi), atol=1e-13)


def test_free_electrons() -> None:
    """U = 0: the energy of a Slater determinant."""
    cluster, _, _, _ = rough(6, 1)
    levels = np.linalg.eigvalsh(cluster.hopping)
    state = on.solve.exact_diagonalisation(on.model.Hubbard(cluster, 0.0), (3, 2), dense_limit=10)
    assert state.report.engine == "lanczos"
    assert np.isclose(float(state["many_body_energy"]), levels[:3].sum() + levels[:2].sum(), rtol=1e-12)


def test_atomic_limit() -> None:
    """Without hopping, three independent sites of four states each."""
    U, mu, kt = 4.0, 0.7, 0.9
    model = on.model.Hubbard(on.model.Cluster(np.zeros((3, 3))), U, chemical_potential=mu)
    found = on.solve.exact_thermodynamics(model, [kt / K_B])
    electrons = np.array([0.0, 1.0, 1.0, 2.0])
    energy = np.array([U, -U, -U, U]) / 4 - mu * electrons
    weight = np.exp(-energy / kt)
    weight /= weight.sum()
    assert np.isclose(found["cluster_electrons"][0], 3 * weight @ electrons)
    assert np.isclose(found["cluster_energy"][0], 3 * weight @ energy)
    assert np.isclose(found["mean_double_occupancy"][0], weight[3])
    assert np.isclose(found["cluster_entropy"][0], -3 * weight @ np.log(weight))
    assert np.isclose(found["cluster_heat"][0], 3 * (weight @ energy**2 - (weight @ energy) ** 2) / kt**2)
    assert np.all(found["cluster_energy_error"] == 0)


def test_lanczos_agrees_with_all_levels() -> None:
    model = on.model.Hubbard(on.model.ring_cluster(6, 1.0, flux=0.4), 5.0)
    full = on.solve.exact_diagonalisation(model, (3, 3))
    krylov = on.solve.exact_diagonalisation(model, (3, 3), dense_limit=10)
    assert (full.report.engine, krylov.report.engine) == ("dense", "lanczos")
    # the error of a Rayleigh quotient is the square of the residual
    assert np.isclose(float(full["many_body_energy"]), float(krylov["many_body_energy"]), atol=1e-12)
    assert np.allclose(full["spin_correlation"], krylov["spin_correlation"], atol=1e-7)
    assert all(c.passed for c in krylov.report.checks)


def test_attraction_is_repulsion_with_holes() -> None:
    """c_dn -> (-1)^i c+_dn maps U to -U, N_dn to N - N_dn, on a bipartite cluster about half filling."""
    cluster = on.model.ring_cluster(6, 1.0)
    repelled = on.solve.exact_diagonalisation(on.model.Hubbard(cluster, 3.0), (2, 2))
    attracted = on.solve.exact_diagonalisation(on.model.Hubbard(cluster, -3.0), (2, 4))
    assert np.allclose(repelled["many_body_levels"], attracted["many_body_levels"], atol=1e-11)


def test_rotations_of_the_spin() -> None:
    model = on.model.Hubbard(on.model.square_cluster(2, 3, 1.0, 0.2), 6.0)
    singlet = on.solve.exact_diagonalisation(model, (3, 3))
    assert abs(float(singlet["total_spin_squared"])) < 1e-10
    assert np.allclose(singlet["spin_correlation"], 3 * singlet["spin_correlation_zz"], atol=1e-10)
    local = singlet["site_occupation"] - 2 * singlet["double_occupancy"]
    assert np.allclose(np.diag(singlet["spin_correlation_zz"]), local / 4)
    # every state of unequal numbers also has S^2 = sum of all pair correlations
    odd = on.solve.exact_diagonalisation(model, (4, 1))
    assert np.isclose(float(odd["total_spin_squared"]), odd["spin_correlation"].sum(), atol=1e-10)
    assert np.isclose(odd["charge_correlation"].sum(), 25)


def test_heisenberg_ring() -> None:
    """A filled t-J ring of four is Heisenberg: E = -2J, less J/4 for each of four bonds."""
    cluster = on.model.ring_cluster(4, 1.0)
    model = on.model.TJ(cluster, on.model.nearest_bonds(cluster, 0.8))
    state = on.solve.exact_diagonalisation(model, (2, 2))
    assert np.isclose(float(state["many_body_energy"]), 0.8 * (-2 - 4 / 4))
    bare = on.model.TJ(cluster, on.model.nearest_bonds(cluster, 0.8), density=0.0)
    assert np.isclose(float(on.solve.exact_diagonalisation(bare, (2, 2))["many_body_energy"]), -1.6)


def test_strong_repulsion_is_tj() -> None:
    """E_Hubbard + U N/4 -> E_tJ of J = 4 t^2/U with (S.S - 1/4) at half filling; the next order is t^4/U^3."""
    cluster = on.model.ring_cluster(6, 1.0)
    gaps = []
    for U in (40.0, 80.0):
        large = on.solve.exact_diagonalisation(on.model.Hubbard(cluster, U), (3, 3))
        spins = on.model.TJ(cluster, on.model.nearest_bonds(cluster, 4 / U))
        small = on.solve.exact_diagonalisation(spins, (3, 3))
        gaps.append(float(large["many_body_energy"]) + 6 * U / 4 - float(small["many_body_energy"]))
    assert np.isclose(gaps[0] / gaps[1], 8, rtol=0.05)  # corrections to it are (t/U)^2, of about a percent


def test_persistent_current() -> None:
    """dE/dflux = <dH/dflux>: the mean current of a ring, the same on each bond; it is odd in the flux."""
    size, flux, step = 5, 0.9, 1e-4

    def solved(phase):
        return on.solve.exact_diagonalisation(
            on.model.Hubbard(on.model.ring_cluster(size, 1.0, flux=phase), 3.0), (2, 2)
        )

    def energy(phase):
        return float(solved(phase)["many_body_energy"])

    slope = (energy(flux + step) - energy(flux - step)) / (2 * step)
    state, h = solved(flux), on.model.ring_cluster(size, 1.0, flux=flux).hopping
    from onnes.solve.correlated import basis

    psi, up, down = state["many_body_amplitudes"], state["configuration_up"], state["configuration_down"]
    forward = np.array([[j == (i - 1) % size for j in range(size)] for i in range(size)])
    turn = 1j / size * np.where(forward, h, 0)
    turn = turn + turn.conj().T  # dh/dflux
    moved = basis.one_particle(up, turn) @ psi + (basis.one_particle(down, turn) @ psi.T).T
    assert np.isclose(np.vdot(psi, moved).real, slope, atol=1e-7) and abs(slope) > 0.01
    assert np.isclose(energy(-flux), energy(flux), rtol=1e-12)
    assert np.isclose(energy(flux + 2 * np.pi), energy(flux), rtol=1e-12)  # a flux quantum is no flux


def test_two_electrons_on_the_square() -> None:
    """4x4, U = 4, 2+2: -11.5302924 with U n_up n_dn, an independent sparse diagonalisation (to its last digit)."""
    model = on.model.Hubbard(on.model.square_cluster(4, 4, 1.0), 4.0)
    state = on.solve.exact_diagonalisation(model, (2, 2), all_correlations=False)
    assert np.isclose(float(state["many_body_energy"]) + model.plain_shift(4), -11.5302924, atol=1e-7)


@pytest.mark.slow
def test_ten_electrons_on_the_square() -> None:
    """4x4, U = 4, 5+5: 19 million amplitudes, 0.5 GB. A filled shell: all sites equal, a singlet, variational bound.

    The energy of the sector of zero momentum, found with other code on other vectors, is the same.
    """
    model = on.model.Hubbard(on.model.square_cluster(4, 4, 1.0), 4.0)
    assert on.solve.exact_memory(model, (5, 5)) < 6e9
    state = on.solve.exact_diagonalisation(model, (5, 5), tolerance=1e-6, keep_wavefunction=False)
    assert state.report.seconds < 300 and all(c.passed for c in state.report.checks)
    assert np.allclose(state["site_occupation"], 10 / 16, atol=1e-5)
    free = 2 * np.sort(np.linalg.eigvalsh(model.cluster.hopping))[:5].sum()
    energy = float(state["many_body_energy"])
    plain = energy + model.plain_shift(10)
    assert free < plain < free + 4.0 * 16 * (5 / 16) ** 2  # between no interaction and Hartree-Fock
    # the error of a Rayleigh quotient is the squared residual, 1e-12, over a gap of order one
    found = on.solve.momentum_energies(model, (5, 5), [0], tolerance=1e-6)
    assert np.isclose(found["momentum_energy"][0], energy, atol=1e-10)


@pytest.mark.slow
def test_half_filling_without_symmetry() -> None:
    """4x4, U = 4, 8+8: 166 million amplitudes in three vectors, 4 GB; the number as in the sector of zero momentum."""
    model = on.model.Hubbard(on.model.square_cluster(4, 4, 1.0), 4.0)
    assert on.solve.exact_memory(model, (8, 8)) < 4e9
    state = on.solve.exact_diagonalisation(
        model, (8, 8), tolerance=1e-6, all_correlations=False, keep_wavefunction=False
    )
    assert np.isclose(float(state["many_body_energy"]) + model.plain_shift(16), -13.621854821163, atol=2e-10)
    assert all(c.passed for c in state.report.checks)  # a singlet, one electron a site


@pytest.mark.parametrize("particles", [(-1, 0), (5, 0), (0, 5)])
def test_electrons_that_do_not_fit(particles) -> None:
    ring = on.model.ring_cluster(4, 1.0)
    with pytest.raises(InvalidInput, match="sites"):
        on.solve.exact_diagonalisation(on.model.Hubbard(ring, 1.0), particles)
    with pytest.raises(InvalidInput, match="sites"):
        on.solve.exact_diagonalisation(on.model.TJ(ring, np.zeros((4, 4))), (3, 2))


def test_memory_is_refused_before_starting() -> None:
    model = on.model.Hubbard(on.model.square_cluster(4, 4, 1.0), 4.0)
    assert on.solve.exact_memory(model, (8, 8)) == 3 * 12870**2 * 8
    with pytest.raises(InvalidInput, match=r"GB"):
        on.solve.exact_diagonalisation(model, (8, 8), memory_limit=3.9e9)


def test_a_tolerance_out_of_reach_is_named() -> None:
    model = on.model.Hubbard(on.model.ring_cluster(6, 1.0), 4.0)
    with pytest.raises(NotConverged):
        on.solve.exact_diagonalisation(model, (3, 3), dense_limit=10, tolerance=1e-30)
    state = on.solve.exact_diagonalisation(model, (3, 3), dense_limit=10, tolerance=1e-30, throw=False)
    assert not state.report.converged and state.report.residuals[-1] < 1e-6
