"""Samples in real space: the clean limit, gauge invariance, flux quanta, self-consistency, Chebyshev moments."""

import numpy as np
import pytest
from scipy.optimize import brentq

import onnes as on
from onnes.errors import InvalidInput, InvalidModel, NotConverged
from onnes.numerics.brillouin import mesh
from onnes.numerics.fixedpoint import Anderson
from onnes.units import K_B

SQUARE = {(0, 0): 60.0, (1, 0): -100.0, (1, 1): 30.0}
BANDS = on.model.square(SQUARE)
D_WAVE = on.model.Superconductor(BANDS, on.model.d_wave(40.0))
TIGHT = Anderson(history=8, damping=0.8, max_iterations=300, tolerance=1e-9)


def spectrum(sample: on.model.Sample, gauge: str = "landau") -> np.ndarray:
    return np.linalg.eigvalsh(on.solve.bdg_matrix(sample, gauge=gauge).toarray())


def local(state) -> np.ndarray:
    return on.probe.ldos(state, np.linspace(-200, 200, 31), broadening=8.0)["ldos"].values


def test_clean_sample_has_the_quasiparticles_of_momentum_space() -> None:
    shape = (6, 5)
    energies, _ = on.response.quasiparticles(on.solve.given_gap(D_WAVE, 0.0), mesh(shape))
    assert np.allclose(spectrum(on.model.Sample(D_WAVE, shape)), np.sort(energies.ravel()), atol=1e-11)


def test_matrix_is_hermitian_with_every_defect() -> None:
    rng = np.random.default_rng(1)
    sample = on.model.Sample(
        D_WAVE,
        (6, 5),
        (
            on.model.Impurity(50.0, (1, 1)),
            on.model.Impurity(9.0, (5, 4), "gap"),
            on.model.Impurity(7.0, (5, 2), "bond"),
        ),
        potential=rng.normal(size=(6, 5)),
        gap_factor=1 + 0.1 * rng.normal(size=(6, 5)),
        hopping_factor=1 + 0.1 * rng.normal(size=(6, 5)),
        flux=2 / 30,
        twist=(0.2, 0.3),
    )
    h = on.solve.bdg_matrix(sample).toarray()
    assert np.max(np.abs(h - h.conj().T)) < 1e-13
    # Particle-hole symmetry of a singlet: Delta is symmetric and the holes are -H*.
    n = len(h) // 2
    assert np.allclose(h[:n, n:], h[:n, n:].T) and np.allclose(h[n:, n:], -h[:n, :n].conj())


@pytest.mark.parametrize("host", [BANDS, D_WAVE])
def test_uniform_factors_are_a_change_of_the_host(host) -> None:
    ones = np.ones((6, 5))
    rich = on.model.Sample(
        host, (6, 5), potential=7.0 * ones, hopping_factor=1.1 * ones, gap_factor=0.8 * ones
    )
    hoppings = {r: 1.1 * t if any(r) else t + 7.0 for r, t in SQUARE.items()}
    bands = on.model.square(hoppings)
    same = bands if host is BANDS else on.model.Superconductor(bands, on.model.d_wave(32.0))
    assert np.allclose(spectrum(rich), spectrum(on.model.Sample(same, (6, 5))), atol=1e-11)


@pytest.mark.parametrize("gauge", ["landau_y", "symmetric"])
def test_density_of_states_is_gauge_invariant(gauge: str) -> None:
    """An open metallic sample in a field with a defect: the three gauges give one local density of states."""
    sample = on.model.Sample(BANDS, (7, 6), (on.model.Impurity(80.0, (2, 3)),), flux=0.137, periodic=False)
    reference = local(on.solve.realspace(sample))
    other = local(on.solve.realspace(sample, gauge=gauge))
    # Rounding of two diagonalisations, over eta: 1e-14 is found.
    assert np.max(np.abs(other - reference)) < 1e-12 * reference.max()
    without = on.model.Sample(BANDS, (7, 6), (on.model.Impurity(80.0, (2, 3)),), periodic=False)
    assert np.max(np.abs(local(on.solve.realspace(without)) - reference)) > 1e-2 * reference.max()


def test_gap_equation_is_gauge_covariant() -> None:
    """A self-consistent gap in a field, carried to another gauge, solves the gap equation there."""
    flux, shape = 1 / 18, (5, 5)
    sample = on.model.Sample(D_WAVE, shape, flux=flux, periodic=False)
    first = on.solve.realspace(sample, attraction=250.0, temperature=20.0, method=TIGHT)
    # A_symmetric = A_landau + grad chi, chi = -phi x y/2 (in h/e); pairs carry two electrons.
    x, y, _ = sample.cell_numbers().T
    chi = -flux * x * y / 2
    carried = first["bond_gap"] * np.exp(-2j * np.pi * (chi[first["bond_start"]] + chi[first["bond_end"]]))
    given = on.solve.realspace(sample, gauge="symmetric", start=carried)
    assert np.max(np.abs(local(given) - local(first))) < 1e-10 * local(first).max()
    second = on.solve.realspace(
        sample, attraction=250.0, temperature=20.0, gauge="symmetric", start=carried, method=TIGHT
    )
    assert second.report.iterations <= 8
    assert np.max(np.abs(second["bond_gap"] - carried)) < 1e-7 * np.max(np.abs(carried))
    assert np.max(np.abs(first["bond_gap"].imag)) > 1e-2 * np.max(np.abs(first["bond_gap"]))


def test_hofstadter_bands() -> None:
    """A periodic sample with 1/q flux quanta in a cell has the bands of Harper's equation, and equal sites."""
    q, t = 8, 100.0
    bands = on.model.square({(0, 0): 0.0, (1, 0): -t})
    sample = on.model.Sample(bands, (q, q), flux=1 / q)
    found = spectrum(sample)
    exact = []
    for k in range(q):
        # A = phi (0, x): plane waves along y, a chain of q cells along x that closes without a phase.
        h = np.diag(-2 * t * np.cos(2 * np.pi * (k / q + np.arange(q) / q)))
        h -= t * (np.eye(q, k=1) + np.eye(q, k=-1) + np.eye(q, k=q - 1) + np.eye(q, k=1 - q))
        exact.append(np.linalg.eigvalsh(h))
    assert np.allclose(found, np.sort(np.concatenate(exact)), atol=1e-10)
    rho = local(on.solve.realspace(sample))
    assert np.max(np.ptp(rho, axis=(1, 2))) < 1e-12


def test_magnetic_translations_move_the_pattern() -> None:
    """Moving a defect by a whole period of the magnetic translations moves the density of states with it."""
    # One quantum in 6 x 6 cells: holonomies repeat after 6 cells only, unless the twist takes up the rest.
    here = on.model.Sample(BANDS, (6, 6), (on.model.Impurity(90.0, (1, 2)),), flux=1 / 36)
    there = on.model.Sample(
        BANDS, (6, 6), (on.model.Impurity(90.0, (2, 2)),), flux=1 / 36, twist=(0.0, -1 / 6)
    )
    moved = np.roll(local(on.solve.realspace(here)), 1, axis=1)
    assert np.allclose(local(on.solve.realspace(there)), moved, atol=1e-12)


def test_flux_quantum() -> None:
    """One quantum h/e through a hole, or two through a cell with diagonal hops, changes nothing."""
    base = on.model.Sample(BANDS, (5, 4), twist=(0.13, 0.2))
    assert np.allclose(
        spectrum(base), spectrum(on.model.Sample(BANDS, (5, 4), twist=(1.13, -0.8))), atol=1e-11
    )
    assert not np.allclose(
        spectrum(base), spectrum(on.model.Sample(BANDS, (5, 4), twist=(0.63, 0.2))), atol=1.0
    )
    few, many = (spectrum(on.model.Sample(BANDS, (5, 4), flux=f / 20)) for f in (3, 43))
    assert np.allclose(few, many, atol=1e-10)
    nearest = on.model.square({(0, 0): 0.0, (1, 0): -100.0})
    few, many = (spectrum(on.model.Sample(nearest, (5, 4), flux=f / 20)) for f in (3, 23))
    assert np.allclose(few, many, atol=1e-10)


def test_superconducting_flux_quantum() -> None:
    """h/e through a ring is undone by a gap whose phase winds twice around it: pairs carry 2e."""
    ring = on.model.square({(0, 0): 20.0, (1, 0): -100.0})
    chain = on.model.Superconductor(ring, on.model.s_wave(30.0))
    base = on.model.Sample(chain, (12, 1))
    wound = on.model.Sample(chain, (12, 1), twist=(1.0, 0.0))
    phase = np.exp(-2j * np.pi * 2 * np.arange(12) / 12)
    found = on.solve.realspace(wound, start=30.0 * phase)["quasiparticle_energy"]
    assert np.allclose(found, spectrum(base), atol=1e-11)
    still = on.solve.realspace(wound, start=30.0 * np.ones(12))["quasiparticle_energy"]
    assert np.max(np.abs(still - found)) > 1.0


@pytest.mark.parametrize(("kelvin", "wave"), [(0.0, "d"), (60.0, "d"), (60.0, "s")])
def test_self_consistent_gap_of_a_clean_sample(kelvin: float, wave: str) -> None:
    """The gap equation of momentum space on the same mesh, solved as one equation for one number."""
    shape, g, kt = (8, 8), 260.0, K_B * kelvin
    pairing = on.model.d_wave(30.0) if wave == "d" else on.model.s_wave(30.0)
    host = on.model.Superconductor(BANDS, pairing)
    k = mesh(shape)
    xi = BANDS.bloch(k)[:, 0, 0].real
    form = (np.cos(2 * np.pi * k[:, 0]) - np.cos(2 * np.pi * k[:, 1])) / 2 if wave == "d" else np.ones(len(k))
    # Delta_b = Delta/4 on four bonds: Delta/4 = (g/N) sum Delta form cos kx F; on one site Delta = (g/N) sum Delta F.
    bond = 4 * np.cos(2 * np.pi * k[:, 0]) if wave == "d" else np.ones(len(k))

    def balance(delta: float) -> float:
        e = np.hypot(xi, delta * form)
        thermal = np.tanh(e / (2 * kt)) if kt else np.ones_like(e)
        return g * np.mean(bond * form * thermal / (2 * e)) - 1

    exact = brentq(balance, 1e-3, 1e3, xtol=1e-12)
    state = on.solve.realspace(on.model.Sample(host, shape), temperature=kelvin, attraction=g, method=TIGHT)
    found = np.abs(state["bond_gap"]) * (4 if wave == "d" else 1)
    assert state.report.converged and np.allclose(found, exact, rtol=1e-8)


def test_state_survives_its_file(tmp_path) -> None:
    state = on.solve.realspace(on.model.Sample(D_WAVE, (4, 3), flux=1 / 12))
    back = on.load(on.save(state, tmp_path / "s.nc"))
    assert np.array_equal(local(back), local(state))


def test_gap_heals_away_from_a_defect() -> None:
    """A repulsive site suppresses the gap around it; far away it is that of the clean sample."""
    host = on.model.Superconductor(BANDS, on.model.s_wave(60.0))
    clean = on.solve.realspace(on.model.Sample(host, (10, 10)), attraction=300.0)
    dirty = on.solve.realspace(
        on.model.Sample(host, (10, 10), (on.model.Impurity(1000.0, (5, 5)),)), attraction=300.0
    )
    gap, bulk = np.abs(dirty["bond_gap"]).reshape(10, 10), np.abs(clean["bond_gap"][0])
    assert gap[5, 5] < 0.2 * bulk and abs(gap[0, 0] / bulk - 1) < 0.1
    assert all(check.passed for check in dirty.report.checks)


@pytest.mark.parametrize("host", [BANDS, D_WAVE])
def test_chebyshev_moments(host) -> None:
    sample = on.model.Sample(host, (9, 8), (on.model.Impurity(300.0, (4, 4)),), flux=1 / 72)
    entries, energy, eta = [0, 36, 44], np.linspace(-300, 300, 41), 10.0
    state = on.solve.local_moments(sample, entries, broadening=eta, accuracy=1e-10)
    found = on.probe.ldos(state, energy, broadening=eta)["ldos_entry"].values
    exact = on.probe.ldos(on.solve.realspace(sample), energy, broadening=eta)["ldos"].values.reshape(41, -1)[
        :, entries
    ]
    # The series leaves out 1e-10 of its largest term, summed geometrically over half_width/eta = 50 terms.
    assert np.max(np.abs(found - exact)) < 1e-8 * exact.max()
    assert all(check.passed for check in state.report.checks)


def test_moments_agree_with_the_t_matrix_on_a_large_lattice() -> None:
    shape, energy = (120, 120), np.array([-25.0, 0.0, 12.0])
    defect = (on.model.Impurity(400.0, (60, 60)),)
    t = on.probe.ldos(on.solve.impurity(D_WAVE, defect, mesh=shape, energy=energy, broadening=20.0))[
        "ldos"
    ].values
    state = on.solve.local_moments(on.model.Sample(D_WAVE, shape, defect), [61 * 120 + 60], broadening=20.0)
    found = on.probe.ldos(state, energy, broadening=20.0)["ldos_entry"].values
    assert np.allclose(found[:, 0], t[:, 61, 60], rtol=1e-4)


def test_what_is_refused() -> None:
    with pytest.raises(InvalidInput, match="dense matrix"):
        on.solve.realspace(on.model.Sample(D_WAVE, (80, 80)))
    with pytest.raises(InvalidInput, match="normal metal"):
        on.solve.realspace(on.model.Sample(BANDS, (4, 4)), attraction=10.0)
    with pytest.raises(InvalidInput, match="gauge"):
        on.solve.bdg_matrix(on.model.Sample(BANDS, (4, 4)), gauge="symmetric")
    with pytest.raises(InvalidInput, match="bond"):
        on.solve.bdg_matrix(
            on.model.Sample(BANDS, (8, 8), (on.model.Impurity(1.0, (0, 0), "bond", bond=(3, 0)),))
        )
    with pytest.raises(InvalidInput, match="numbers below"):
        on.solve.local_moments(on.model.Sample(BANDS, (4, 4)), [16], broadening=1.0)
    with pytest.raises(InvalidInput, match="eta > 0"):
        on.solve.local_moments(on.model.Sample(BANDS, (4, 4)), [0], broadening=0.0)
    with pytest.raises(InvalidInput, match="pair_bonds"):
        on.solve.realspace(on.model.Sample(D_WAVE, (4, 4)), start=np.ones(3))
    no_home = on.model.square({(1, 0): -1.0})
    with pytest.raises(InvalidInput, match="on-site"):
        on.solve.bdg_matrix(on.model.Sample(no_home, (4, 4), potential=np.zeros((4, 4))))
    with pytest.raises(NotConverged):
        on.solve.realspace(
            on.model.Sample(D_WAVE, (4, 4)), attraction=250.0, method=Anderson(max_iterations=2)
        )
    with pytest.raises(InvalidModel, match="flux"):
        on.model.Sample(BANDS, (4, 4), flux=0.3)
