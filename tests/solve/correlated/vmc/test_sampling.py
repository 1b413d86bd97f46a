"""Variational Monte Carlo against exact sums, exact ground states, gauge symmetry, and itself resumed."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput, InvalidModel, TooShort
from onnes.solve.correlated import basis
from onnes.solve.correlated.hamiltonian import sector
from onnes.solve.correlated.vmc import chain, orbitals

SIGMA = 4.0
"""Standard errors that a fixed seed may lie away; one in 16 000."""


def exact_energy(model, trial, particles):
    """Return <H> of a trial state without correlators, by its pair function on every configuration."""
    n = trial.cluster.sites
    up, down = (basis.configurations(n, k) for k in particles)
    phi = orbitals.pair_function(trial)
    rows, columns = (basis.occupations(s, n) for s in (up, down))
    double = rows @ columns.T
    psi = np.array([[np.linalg.det(phi[np.ix_(u > 0, d > 0)]) for d in columns] for u in rows])
    psi = psi * (double == 0) if trial.log_gutzwiller is None else psi * np.exp(trial.log_gutzwiller * double)
    system = sector(model, particles)
    vector = system.flat(psi)
    return float((np.vdot(vector, system.apply(vector)) / np.vdot(vector, vector)).real)


def small(tj):
    """Return a 4 x 2 cluster with two holes, or with repulsion, and a d-wave state for it."""
    cluster = on.model.square_cluster(4, 2, 1.0)
    trial = on.model.projected_bcs(
        cluster, d_wave=0.4, chemical_potential=-0.3, staggered_field=0.1, log_gutzwiller=None if tj else -0.7
    )
    exchange = on.model.nearest_bonds(cluster, 0.4)
    return (on.model.TJ(cluster, exchange) if tj else on.model.Hubbard(cluster, 6.0)), trial


@pytest.mark.parametrize("tj", [True, False])
def test_energy_equals_the_sum_over_all_configurations(tj) -> None:
    model, trial = small(tj)
    exact = exact_energy(model, trial, (3, 3))
    ground = float(on.solve.exact_diagonalisation(model, (3, 3))["many_body_energy"])
    state = on.solve.variational(model, trial, (3, 3), sweeps=20000, chains=2, seed=2)
    energy, error = float(state["variational_energy"]), float(state["variational_energy_error"])
    assert ground < exact and error < 0.02
    assert abs(energy - exact) < SIGMA * error
    assert all(check.passed for check in state.report.checks)


def test_error_bars_cover() -> None:
    """Forty independent runs: the scatter of their means is what each claims."""
    model, trial = small(True)
    exact = exact_energy(model, trial, (3, 3))
    runs = [on.solve.variational(model, trial, (3, 3), sweeps=1000, chains=1, seed=s) for s in range(40)]
    pull = [float((s["variational_energy"] - exact) / s["variational_energy_error"]) for s in runs]
    # chi^2 of 40 is 40 +- 9, and errors of 1000 sweeps are known to some 10 % each
    assert 15 < np.sum(np.square(pull)) < 80
    assert abs(np.mean(pull)) < SIGMA / np.sqrt(40)


def test_a_fermi_sea_is_exact_without_interaction() -> None:
    """Closed shell of 5 + 5 electrons on 4 x 4: zero variance at U = 0, energy of the filled levels."""
    cluster = on.model.square_cluster(4, 4, 1.0)
    trial = on.model.projected_bcs(cluster, chemical_potential=-1.0, log_gutzwiller=0.0)
    state = on.solve.variational(on.model.Hubbard(cluster, 0.0), trial, (5, 5), sweeps=200, chains=2)
    # -4 once and -2 four times, both spins
    assert np.isclose(state["variational_energy"], 2 * (-4 - 4 * 2), atol=1e-9)
    assert abs(state["energy_variance"]) < 1e-8
    # the diamagnetic energy is half of the kinetic energy along each axis
    assert np.allclose(
        state["diamagnetic_energy"], 24 / 16 / 2, atol=SIGMA * state["diamagnetic_energy_error"]
    )


def test_two_electrons_are_exact() -> None:
    cluster = on.model.ring_cluster(6, 1.0)
    model = on.model.Hubbard(cluster, 4.0)
    ground = on.solve.exact_diagonalisation(model, (1, 1))
    pairs = np.array(ground["many_body_amplitudes"])  # sites in rising order of bits
    trial = on.model.paired_state(cluster, pairs, log_gutzwiller=0.0)
    state = on.solve.variational(model, trial, (1, 1), sweeps=400, chains=2)
    assert np.isclose(state["variational_energy"], ground["many_body_energy"], atol=1e-8)
    assert abs(state["energy_variance"]) < 1e-8


def test_the_projected_fermi_sea_solves_haldane_and_shastry() -> None:
    """J_ij = J/d^2 with chord distances d: E = -J pi^2/24 (N + 5/N), derived by both; zero variance."""
    n = 10
    cluster = on.model.ring_cluster(n, 1.0)
    chord = np.sin(np.pi * np.arange(n) / n) * n / np.pi
    exchange = np.array(
        [[0.0 if i == j else 1 / chord[(i - j) % n] ** 2 for j in range(n)] for i in range(n)]
    )
    model = on.model.TJ(cluster, (exchange + exchange.T) / 2, density=0.0)
    trial = on.model.ProjectedBCS(cluster, (on.model.hopping_term(cluster, (1,)),), np.ones(1))
    state = on.solve.variational(model, trial, (5, 5), sweeps=200, chains=2)
    assert np.isclose(state["variational_energy"], -(np.pi**2) / 24 * (n + 5 / n), rtol=1e-9)
    assert abs(state["energy_variance"]) < 1e-8
    # it is a singlet: structure factor zero at q = 0, and sum rule 3/4 a site for S.S
    total = state["spin_structure_factor"]
    assert (
        np.isclose(total.mean(), 0.25, atol=1e-9)
        and abs(total[0]) < SIGMA * state["spin_structure_factor_error"][0] + 1e-9
    )


def heisenberg(side):
    cluster = on.model.square_cluster(side, side, 1.0)
    return cluster, on.model.TJ(cluster, on.model.nearest_bonds(cluster, 1.0), density=0.0)


def test_half_filling_equals_all_spin_configurations_of_4x4() -> None:
    """12 870 determinants of the pair function against the walk, and the ground state below."""
    cluster, model = heisenberg(4)
    trial = on.model.projected_bcs(cluster, d_wave=0.4, antiperiodic=(True, False))
    up = basis.configurations(16, 8)
    phi = orbitals.pair_function(trial)
    occupied = basis.occupations(up, 16) > 0
    psi = np.linalg.det(np.array([phi[np.ix_(o, ~o)] for o in occupied]))
    # sign of c+_up(R) c+_dn(D): sites in rising order; S+_i S-_j exchanges them, relative to alternating order
    sites = [np.concatenate([np.flatnonzero(o), np.flatnonzero(~o)]) for o in occupied]
    psi = psi * np.array([np.linalg.det(np.eye(16)[s]) for s in sites])
    image = np.zeros_like(psi)
    for i, j in np.argwhere(np.triu(model.J)):
        differ = occupied[:, i] != occupied[:, j]
        image += model.J[i, j] * np.where(differ, -0.25, 0.25) * psi
        swapped = np.searchsorted(up, up[differ] ^ ((1 << int(i)) | (1 << int(j))))
        image[differ] += model.J[i, j] / 2 * psi[swapped]
    exact = psi @ image / (psi @ psi)
    state = on.solve.variational(model, trial, (8, 8), sweeps=10000, chains=2)
    error = float(state["variational_energy_error"])
    assert abs(float(state["variational_energy"]) - exact) < SIGMA * error and error < 0.02
    assert np.isclose(state["bond_spin_correlation"], exact / 32, atol=SIGMA * error / 32)
    assert np.isclose(state["bond_exchange"], state["bond_spin_correlation"] - 0.25)
    # Marshall: the state is a singlet with the sign of an antiferromagnet, above the ground state and below Neel's -1/4
    assert exact / 32 < -0.25 and np.isclose(state["charge_structure_factor"], 0, atol=1e-12).all()
    assert np.allclose(state["energy_spin_form"] - state["energy_density_form"], 32 / 4)


def test_su2_gauge_symmetry_at_half_filling() -> None:
    """The d-wave state with gap = hopping and the Fermi sea of half a flux quantum a plaquette are one state.

    (tau_3 + tau_1)(tau_3 - tau_1) around a plaquette is -1: I. Affleck, Z. Zou, T. Hsu, P. W. Anderson, Phys. Rev. B
    38, 745 (1988).
    """
    cluster, model = heisenberg(8)
    side = (True, False)
    d_wave = on.model.projected_bcs(cluster, d_wave=1.0, antiperiodic=side)
    x = cluster.positions[:, 0]
    phases = on.model.boundary_phases(cluster, antiperiodic=side)
    along = on.model.links(cluster, (1, 0)) + on.model.links(cluster, (0, 1)) * (-1.0) ** x[:, None]
    flux = on.model.ProjectedBCS(
        cluster, (on.model.MeanFieldTerm("flux", up=-along * phases, down=-along * phases),), np.ones(1)
    )
    logs = []
    rng = np.random.default_rng(0)
    spins = [rng.permutation(64)[:32] for _ in range(12)]
    for trial in (d_wave, flux):
        filled = orbitals.fill_levels(trial, (32, 32)).filled
        logs.append([np.linalg.slogdet(filled[np.concatenate([s, 64 + s])])[1] for s in spins])
    kept = (
        np.array(logs[0]) > -100
    )  # beyond, a node: determinants 64 x 64 of unit vectors, rounded at e^-36 of e^-50
    ratio = (np.array(logs[0]) - np.array(logs[1]))[kept]
    assert kept.sum() > 8 and np.ptp(np.array(logs[0])[kept]) > 3 and np.ptp(ratio) < 1e-8
    other = on.model.projected_bcs(cluster, d_wave=0.5, antiperiodic=side)
    filled = orbitals.fill_levels(other, (32, 32)).filled
    third = [np.linalg.slogdet(filled[np.concatenate([s, 64 + s])])[1] for s in spins]
    assert np.ptp((np.array(third) - logs[0])[kept]) > 0.1
    states = [
        on.solve.variational(model, t, (32, 32), sweeps=2000, chains=2, seed=k)
        for k, t in enumerate((d_wave, flux))
    ]
    energy = [float(s["variational_energy"]) for s in states]
    error = np.hypot(*[float(s["variational_energy_error"]) for s in states])
    assert abs(energy[0] - energy[1]) < SIGMA * error


def test_pairs_move_only_with_holes() -> None:
    """Valence bonds become mobile: pair correlation at distance appears with doping, and needs the gap."""
    cluster = on.model.square_cluster(6, 6, 1.0)
    signed = on.model.antiperiodic_cluster(cluster, (True, False))
    model = on.model.TJ(signed, on.model.nearest_bonds(signed, 0.3))

    def far(electrons, gap):
        trial = on.model.projected_bcs(
            cluster, d_wave=gap, chemical_potential=-0.4, antiperiodic=(True, False)
        )
        state = on.solve.variational(model, trial, (electrons, electrons), sweeps=3000, chains=2)
        place = int(np.argmax(np.linalg.norm(state["pair_displacement"], axis=1)))
        assert np.allclose(np.abs(state["pair_displacement"][place]), 3)
        return float(state["bond_singlet_by_class"][place]), float(
            state["bond_singlet_by_class_error"][place]
        )

    insulator, metal, superconductor = far(18, 0.5), far(14, 0.02), far(14, 0.5)
    assert insulator == (0.0, 0.0)
    assert superconductor[0] > 10 * superconductor[1] and superconductor[0] > 4 * abs(metal[0])


def test_antiferromagnetism_lowers_the_energy_and_breaks_the_symmetry() -> None:
    cluster, model = heisenberg(6)
    plain, ordered = (
        on.solve.variational(
            model, on.model.projected_bcs(cluster, d_wave=0.5, staggered_field=m, antiperiodic=(True, False)),
            (18, 18), sweeps=3000, chains=2,
        )
        for m in (0.0, 0.1)
    )  # fmt: skip
    error = np.hypot(plain["variational_energy_error"], ordered["variational_energy_error"])
    assert ordered["variational_energy"] < plain["variational_energy"] - SIGMA * error
    signs = np.cos(np.pi * cluster.positions.sum(axis=1))
    assert np.mean(signs * ordered["site_moment"]) > 0.2
    assert abs(np.mean(signs * plain["site_moment"])) < 0.2


def test_stripes_show_in_site_averages() -> None:
    cluster = on.model.square_cluster(8, 4, 1.0)
    terms, values = on.model.stripe_terms(cluster, 4.0, charge=0.4, spin=0.3, pairing=0.2)
    trial = on.model.projected_bcs(
        cluster, chemical_potential=-0.5, further=zip(terms, values, strict=True), antiperiodic=(True, False)
    )
    model = on.model.TJ(cluster, on.model.nearest_bonds(cluster, 0.4))
    state = on.solve.variational(model, trial, (14, 14), sweeps=3000, chains=2)
    x, n = cluster.positions[:, 0], state["site_occupation"]
    holes = np.array([1 - n[x == k].mean() for k in range(8)])
    assert np.argmax(holes) % 4 == 0 and holes[0] > 2 * holes[2]
    signs = np.cos(np.pi * cluster.positions.sum(axis=1)) * state["site_moment"]
    profile = np.array([signs[x == k].mean() for k in range(8)])
    assert profile[2] > 0.2 and profile[6] < -0.2  # antiphase domains


def test_a_twist_is_a_complex_state() -> None:
    """Energy of a twisted Hubbard cluster: exact sum, and E(-twist) = E(twist)."""
    plain = on.model.square_cluster(4, 2, 1.0)
    twist = (0.7, 0.0)
    model = on.model.Hubbard(on.model.square_cluster(4, 2, 1.0, twist=twist), 4.0)
    trial = on.model.projected_bcs(
        plain, d_wave=0.4, chemical_potential=-0.3, log_gutzwiller=-0.5, twist=twist
    )
    exact = exact_energy(model, trial, (3, 3))
    state = on.solve.variational(model, trial, (3, 3), sweeps=10000, chains=2)
    assert abs(float(state["variational_energy"]) - exact) < SIGMA * float(state["variational_energy_error"])


def test_a_chain_goes_on_to_the_bit(tmp_path) -> None:
    model, trial = small(False)
    whole = on.solve.variational(model, trial, (3, 3), sweeps=4000, chains=2, seed=9)
    first = on.solve.variational(model, trial, (3, 3), sweeps=3000, chains=2, seed=9)
    read = on.state.load(on.state.save(first, tmp_path / "walk.nc"))
    second = on.solve.variational(model, trial, (3, 3), sweeps=1000, start=read)
    assert second.report.start == "warm"
    for name in whole.fields:
        assert np.array_equal(whole[name], second[name], equal_nan=True), name
    with ThreadPoolExecutor(2) as pool:
        threaded = on.solve.variational(model, trial, (3, 3), sweeps=4000, chains=2, seed=9, executor=pool)
    assert np.array_equal(threaded["walk_energy"], whole["walk_energy"])
    other = on.solve.variational(model, trial, (3, 3), sweeps=4000, chains=2, seed=10)
    assert not np.array_equal(other["walk_energy"], whole["walk_energy"])
    with pytest.raises(InvalidInput, match="another problem"):
        on.solve.variational(model, trial, (2, 2), sweeps=1000, start=first)


def test_mistakes_are_named() -> None:
    model, trial = small(True)
    with pytest.raises(TooShort):
        on.solve.variational(model, trial, (3, 3), sweeps=50, chains=1)
    with pytest.raises(InvalidInput, match="multiples of the block"):
        on.solve.variational(model, trial, (3, 3), sweeps=75)
    with pytest.raises(InvalidModel, match="numbers that 8 sites hold"):
        on.solve.variational(model, trial, (5, 5))
    cluster, spins = heisenberg(4)
    with pytest.raises(InvalidInput, match="zero energy"):  # node of the gap at (pi/2, pi/2)
        on.solve.variational(spins, on.model.projected_bcs(cluster, d_wave=0.3), (8, 8))
    sea = on.model.projected_bcs(cluster, chemical_potential=-1.0, log_gutzwiller=0.0)
    with pytest.raises(InvalidInput, match=r"no configuration of 4 \+ 4 electrons"):  # it holds 5 + 5
        on.solve.variational(on.model.Hubbard(cluster, 0.0), sea, (4, 4))
    with pytest.raises(InvalidInput, match="pair function is infinite"):
        orbitals.pair_function(sea)
    with pytest.raises(InvalidModel, match="None in a t-J model"):
        on.solve.variational(spins, on.model.projected_bcs(cluster, log_gutzwiller=0.0), (8, 8))
    assert chain.generator(0, 0, 3).random() == chain.generator(0, 0, 3).random()
