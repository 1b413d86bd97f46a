"""The case on fluctuating stripes: its sums against the solver, what it calls resolved, its store, its claims."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

import onnes as on
from onnes.cases.correlated import stripes_oxide as oxide
from onnes.cases.correlated import stripes_runs as runs
from onnes.cases.correlated.fluctuating_stripes import CASE, PUBLISHED, filling_claims
from onnes.cases.correlated.stripes_analysis import SHIFTS, Analysis, pulls
from onnes.errors import InvalidInput
from onnes.study.case import run_case

HOT = runs.Run("hot", "holes", -1.6, 1.0)
TINY = on.solve.Sampling(warm=5, blocks=4, sweeps=10)


def made(line: np.ndarray, noise: float, label: str = "holes", seed: int = 0, sign: float = 0.5) -> runs.Sums:
    """Return sums of 60 bins whose staggered correlation has a given course along the cluster, alike across it."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(60):
        bin_sign = 1000 * sign * (1 + 0.02 * rng.standard_normal())
        values = line[:, None] + noise * np.sqrt(60) * rng.standard_normal((9, 3))
        values[0, 0] = (0.875 - 2 * 0.06) / 4
        rows.append(
            np.concatenate([[bin_sign, 1000.0, bin_sign * 0.875, bin_sign * 0.06], bin_sign * values.ravel()])
        )
    return runs.Sums(replace(runs.RUNS["hole"], label=label), np.array(rows), {"sampled_sweeps": 24000.0})


def damped(shift: float, length: float = 3.0) -> np.ndarray:
    x = np.arange(9)
    images = [np.abs(x + n * 16) for n in (-1, 0, 1)]
    return 0.1 * sum(np.exp(-r / length) * np.cos(2 * np.pi * shift * r) for r in images)


# --- sums --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hot():
    """A short chain at T = t, where every sign is positive, as sums and as a state of the solver."""
    sampling = on.solve.Sampling(warm=20, blocks=12, sweeps=80)
    record = on.solve.dqmc_chain(HOT.model, HOT.temperature, slices=HOT.slices, sampling=sampling, seed=7)
    state = on.solve.dqmc_result(HOT.model, HOT.temperature, [record], slices=HOT.slices, sampling=sampling)
    return Analysis(runs.sums_of(HOT, [record])), state


def test_sums_say_what_the_solver_says(hot):
    """The same blocks, the same arithmetic: equal but for rounding, values and errors alike."""
    found, state = hot
    assert found.sums.sign[0] == pytest.approx(1.0, abs=1e-12)
    value, error = found.pair("density")
    assert value == pytest.approx(float(state["electrons_per_site"]), rel=1e-10)
    assert error == pytest.approx(float(state["electrons_per_site_error"]), rel=1e-6)
    waves = state["wavevector"]
    for k, shift in enumerate(SHIFTS):
        here = np.flatnonzero(np.all(np.isclose(waves, [0.5 - shift, 0.5]), axis=1))
        there = np.flatnonzero(np.all(np.isclose(waves % 1, [(0.5 + shift) % 1, 0.5]), axis=1))
        both = (state["spin_structure_factor"][here[0]] + state["spin_structure_factor"][there[0]]) / 2
        assert found.value["peak"][k] == pytest.approx(float(both), rel=1e-9)


def test_the_moment_follows_from_density_and_double_occupancy(hot):
    """<S.S>/3 of a site is (n - 2 n_up n_dn)/4 in every configuration: exact but for rounding."""
    assert abs(hot[0].pair("moment_rule")[0]) < 1e-12


def test_distances_are_folded_over_mirrors():
    """A correlation that is its own distance: each entry of the folded one is |x| + 10 |y|."""
    from onnes.model.correlated.translations import pair_classes

    classes = pair_classes(HOT.model.cluster)
    r = np.abs(classes.displacement)
    folded = runs.folded(r[:, 0] + 10 * r[:, 1], classes)
    assert np.allclose(folded, np.arange(9)[:, None] + 10 * np.arange(3))
    assert runs.ALONG.sum() == runs.LENGTH and runs.ACROSS.sum() == runs.WIDTH


# --- what is resolved --------------------------------------------------------------------------


def test_a_sign_change_is_seen_where_errors_allow():
    """Shift 1/8: cos is negative from 3 to 5 and positive again at 7; 1/16: negative from 5 on."""
    sharp = Analysis(made(damped(1 / 16), 1e-4))
    assert sharp.far_sign == -1
    assert Analysis(made(damped(1 / 16), 0.1)).far_sign == 0
    assert Analysis(made(damped(0.0), 1e-4)).far_sign == 1


def test_the_fit_gives_the_shift_back():
    """Within four standard errors, and with an error small enough to tell 1/16 from zero and from 1/8."""
    for shift in (0.06, 0.1):
        value, error = Analysis(made(damped(shift), 2e-4)).incommensurability()
        assert abs(value - shift) < 4 * error
        assert error < 0.015


def test_the_peak_moves_only_beyond_doubt():
    split = Analysis(made(damped(1 / 8, 12.0), 1e-4))
    assert split.shift == pytest.approx(1 / 8)
    assert Analysis(made(damped(1 / 8, 12.0), 0.3)).shift == 0.0
    assert Analysis(made(damped(0.0), 1e-4)).shift == 0.0


def test_claims_follow_what_is_resolved():
    unclear = {"hole": Analysis(made(damped(1 / 16), 0.1))}
    (claim,) = filling_claims(unclear)
    assert claim.computed == 0.0 and not claim.holds and "not resolved" in claim.note
    clear = filling_claims({"hole": Analysis(made(damped(1 / 16), 1e-4))})
    assert [c.computed < 0 for c in clear] == [True, False] and clear[0].holds
    assert filling_claims({}) == ()


def test_runs_of_one_model_agree_and_others_do_not():
    """Pulls are differences over combined standard errors: below 5 for equal means, far above for a density 5 % off."""
    first, second = made(damped(0.06), 1e-3, seed=1), made(damped(0.06), 1e-3, seed=2)
    assert max(map(abs, pulls(first, second).values())) < 5
    changed = second.bins.copy()
    changed[:, 2] *= 1.05
    assert pulls(first, replace(second, bins=changed))["sign n"] < -8


# --- store -------------------------------------------------------------------------------------


def test_stored_chains_come_back_and_grow(tmp_path, monkeypatch):
    """Two chains are stored, a third is added: bins are those of all, and none is counted twice."""
    monkeypatch.setattr(runs, "LONG", TINY)
    monkeypatch.setitem(runs.RUNS, "hot", HOT)
    path = tmp_path / "hot.nc"
    whole = runs.long_chains(HOT, tmp_path, blocks=4)
    runs.store(tmp_path, "hot", path)
    back, numbers = runs._opened(HOT, path)
    assert np.array_equal(back.bins, whole.bins) and numbers == [0, 1] and back.sweeps == 80
    with pytest.raises(InvalidInput, match="already"):
        runs.store(tmp_path, "hot", path, extend=True)
    for number in (0, 1):
        (tmp_path / "hot" / f"chain-{number}.npz").unlink()
    on.solve.dqmc_chain(
        HOT.model,
        HOT.temperature,
        slices=HOT.slices,
        sampling=TINY,
        seed=runs.SEED,
        number=2,
        checkpoint=tmp_path / "hot" / "chain-2.npz",
    )
    runs.store(tmp_path, "hot", path, extend=True)
    grown, numbers = runs._opened(HOT, path)
    assert numbers == [0, 1, 2] and grown.sweeps == 120
    assert np.array_equal(grown.bins[: len(whole.bins)], whole.bins)


def test_store_refuses(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "LONG", TINY)
    monkeypatch.setitem(runs.RUNS, "hot", HOT)
    other = replace(HOT, mu=-1.0)
    runs.long_chains(other, tmp_path, blocks=4, chains=1)
    with pytest.raises(InvalidInput, match="another model"):
        runs.store(tmp_path, "hot", tmp_path / "hot.nc")
    with pytest.raises(InvalidInput, match="no run"):
        runs.store(tmp_path, "nothing")
    with pytest.raises(InvalidInput, match="no chains"):
        runs.store(tmp_path / "empty", "hot")


@pytest.mark.parametrize("name", list(runs.RUNS))
def test_stored_files_are_small_and_of_their_run(name):
    run = runs.RUNS[name]
    sums = runs.stored(run)
    if sums is None:
        pytest.skip("not run")
    assert run.file.stat().st_size < 200_000
    assert len(sums.bins) >= 8 and np.all(np.isfinite(sums.bins))


# --- three bands -------------------------------------------------------------------------------


def test_levels_of_the_oxide_are_those_of_one_hole():
    """Copper alone: Z = 1 + 2 exp(beta mu) + exp(beta (2 mu - Ud)) with the level of d at zero, U n_up n_dn."""
    model = oxide.SMALL[0].model
    level = float(model.cluster.hopping[0, 0].real)
    beta, mu = 1e-3, 700.0
    alone = on.model.Hubbard(on.model.Cluster(np.diag([level, level])), model.U[0], chemical_potential=mu)
    weights = np.array([1.0, 2 * np.exp(beta * mu), np.exp(beta * (2 * mu - oxide.UD))])
    density = (weights[1] + 2 * weights[2]) / weights.sum()
    found = on.solve.exact_thermodynamics(alone, [1 / (on.units.K_B * beta)])
    assert float(found["cluster_electrons"][0]) / 2 == pytest.approx(density, rel=1e-10)
    assert model.cluster.hopping[1, 1].real - level == pytest.approx(oxide.DELTA + (oxide.UP - oxide.UD) / 2)


def test_coppers_are_sorted_by_distance():
    sampling = on.solve.Sampling(warm=50, blocks=16, sweeps=100, columns=1)
    plane = replace(oxide.SMALL[0], mu=1500.0)
    record = on.solve.dqmc_chain(plane.model, oxide.TEMPERATURE, slices=oxide.SLICES, sampling=sampling)
    state = on.solve.dqmc_result(
        plane.model, oxide.TEMPERATURE, [record], slices=oxide.SLICES, sampling=sampling
    )
    r, value, _ = oxide.on_copper(state)
    assert np.allclose(r, [0.0, 1.0, np.sqrt(2)])
    assert value[0] == pytest.approx(float(state["local_moment"][0]) / 4, rel=1e-9)


# --- the whole ---------------------------------------------------------------------------------


def test_published_numbers_say_what_was_read():
    assert PUBLISHED["commensurate_sign"].status == "verified"
    assert PUBLISHED["antiphase_sign"].status == "recalled"
    assert all(a.beta < b.beta for a, b in pairwise(runs.WARM_HOLES))


@pytest.mark.slow
def test_the_quick_run():
    outcome = run_case(CASE)
    assert outcome.checks_passed, [c for c in outcome.result.checks if not c.passed]
    assert outcome.result.claims and outcome.result.figures
    for figure in outcome.result.figures:
        assert all(np.all(np.isfinite(curve.y)) for curve in figure.curves)
