"""Many chains at once by JAX against the compiled loops: Green functions, weights, sums, flips, statistics, files."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput, NotConverged, OnnesWarning
from onnes.solve.correlated.dqmc import batched as host
from onnes.solve.correlated.dqmc.batched import BatchedChains
from onnes.solve.correlated.dqmc.equal_time import add_equal_time
from onnes.solve.correlated.dqmc.loop import log_weight
from onnes.solve.correlated.dqmc.sweep import build, sample
from onnes.solve.correlated.dqmc.trotter import ALONE, CONJUGATE, EQUAL
from onnes.units import K_B

STEP, SLICES, CHAINS = 0.1, 12, 3


def models() -> dict[str, on.model.Hubbard]:
    turned = on.model.square_cluster(3, 2, 1.0, -0.25, twist=(0.3, 0.5))
    return {
        "complex": on.model.Hubbard(turned, 4.0, chemical_potential=-0.3),
        "half filled": on.model.Hubbard(on.model.square_cluster(4, 2, 1.0), 4.0),
    }


@lru_cache
def batched(name: str) -> BatchedChains:
    """Three chains, an interval that does not divide the slices, measured once a sweep; compiled once."""
    pytest.importorskip("jax")
    sampling = on.solve.Sampling(
        warm=4, blocks=4, sweeps=6, every=SLICES, interval=5, columns=1, pairs=name == "complex"
    )
    return BatchedChains(models()[name], STEP, SLICES, sampling, chains=CHAINS, seed=3)


def compiled(chains: BatchedChains, field: np.ndarray):  # type: ignore[no-untyped-def]
    """G (spin, site, site), sign, log of the weight and sums of one field, by the compiled loops."""
    chain = chains.chain
    bench, tally, n = chain._place(5), chain._tally(), chain.model.cluster.sites
    assert build(field, chain.tables, bench, tally)
    symmetric, total = np.zeros((2, n, n), chain.dtype), np.zeros(chain.equal.layout.size, chain.dtype)
    sample(bench, chain.tables, symmetric)
    add_equal_time(symmetric, tally.phase[0], chain.equal.tables, total)
    weight = log_weight(field, chain.tables, tally.weight[0])
    return bench.green.transpose(1, 0, 2).copy(), tally.phase[0], weight, total


@pytest.mark.parametrize("name", list(models()))
def test_fields_have_the_green_functions_of_the_compiled_loops(name: str) -> None:
    """G, sign and weight of each chain; 1 + B of twelve slices has condition below 1e6, which leaves 1e-9."""
    jax = pytest.importorskip("jax")
    chains = batched(name)
    program, field = chains.program(5), chains.init().field
    bench, good = jax.jit(program.build)(field.swapaxes(0, 1))
    assert good and not np.array_equal(field[0], field[1])
    weights = np.asarray(program.log_weight(bench))
    for k in range(CHAINS):
        green, sign, weight, _ = compiled(chains, field[k])
        assert np.abs(bench.green[k] - green).max() < 1e-9
        assert abs(bench.phase[k] - sign) < 1e-9
        assert abs(weights[k] - weight) < 1e-9


def test_sweeps_measure_what_the_compiled_loops_would() -> None:
    """Sums of sweep 0 belong to the first field, those of sweep 1, backwards, to the field after sweep 0.

    In between, G was carried along the slices and computed afresh from the products: both agree to 1e-9.
    """
    pytest.importorskip("jax")
    chains = batched("complex")
    begin = chains.init()
    moved, one, series, tally = chains.run(begin, 1, SLICES)
    _, two, _, _ = chains.run(begin, 2, SLICES)
    assert max(tally.drift.max(), tally.jump.max()) < 1e-9 and tally.good
    assert (tally.flips > 0).all() and tally.over == 0 and tally.refreshed == 3 * CHAINS
    assert not np.array_equal(moved[0] ^ begin.field[0], moved[1] ^ begin.field[1])
    for k in range(CHAINS):
        _, sign, _, total = compiled(chains, moved[k])
        assert np.abs(two[k] - one[k] - total).max() < 1e-8
        assert abs(two[k, 0] - one[k, 0] - sign) < 1e-9
        if not tally.columns[k]:  # no column was flipped before the first measurement
            _, sign, _, total = compiled(chains, begin.field[k])
            assert np.abs(one[k] - total).max() < 1e-8
            assert abs(series[0, k, 0] - sign) < 1e-9 and series[0, k, 1] == 1


@pytest.mark.parametrize("mirror", [ALONE, EQUAL, CONJUGATE])
def test_flips_are_those_of_dense_algebra(mirror: int, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """Five sites in blocks of 2, 2 and 1: a flip at i turns 1 + P into 1 + P (1 + Delta e_i e_i^T), and is accepted
    where a random number is below the ratio of determinants. Condition numbers below 1e4 leave 1e-11.
    """
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    from onnes.solve.correlated.dqmc import batched_updates

    monkeypatch.setattr(batched_updates, "BLOCK", 2)
    rng, n, spins = np.random.default_rng(1), 5, 2 if mirror == ALONE else 1
    product = rng.normal(size=(CHAINS, spins, n, n)) + 2 * np.eye(n)
    field, uniform = rng.integers(0, 2, (CHAINS, n)).astype(np.int8), rng.random((CHAINS, n))
    change, boson = rng.uniform(-0.6, 1.2, (2, 2, n)), rng.uniform(0.2, 0.9, (2, n))
    green = np.linalg.inv(np.eye(n) + product)
    after, flips = jax.jit(batched_updates.update_slice, static_argnums=5)(
        green, field, uniform, change, boson, mirror
    )
    for k in range(CHAINS):
        now, x, phase = [p.copy() for p in product[k]], field[k].copy(), 1.0
        for i in range(n):
            trial = [p * np.where(np.arange(n) == i, 1 + change[x[i], s, i], 1) for s, p in enumerate(now)]
            ratios = [
                np.linalg.det(np.eye(n) + b) / np.linalg.det(np.eye(n) + a)
                for a, b in zip(now, trial, strict=True)
            ]
            if mirror == EQUAL:
                ratios.append(ratios[0])
            if mirror == CONJUGATE:
                ratios.append(1 + change[x[i], 1, i] * np.linalg.inv(np.eye(n) + now[0])[i, i])
            ratio = ratios[0] * ratios[1] * boson[x[i], i]
            if uniform[k, i] < abs(ratio):
                now, x[i], phase = trial, 1 - x[i], phase * np.sign(ratio)
        assert np.array_equal(flips.field[k], x) and flips.count[k] == (x != field[k]).sum()
        assert flips.phase[k] == pytest.approx(phase)
        assert np.abs(after[k] - np.linalg.inv(np.eye(n) + np.array(now))).max() < 1e-11
    assert 0 < np.asarray(flips.count).sum() < field.size


def test_the_same_physics_as_chain_by_chain(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """A half-filled ring: four standard errors from `dqmc`, and from diagonalisation with the error of the step.

    That is of the order U t dt^2/24 = 1.7e-3 for occupancies at U = 4, dt = 0.1, and is the same in both engines.
    """
    pytest.importorskip("jax")
    model, kelvin = on.model.Hubbard(on.model.ring_cluster(4, 1.0), 4.0), 1 / (2 * K_B)
    sampling = on.solve.Sampling(warm=20, blocks=4, sweeps=100)
    run = {
        "slices": 20,
        "sampling": sampling,
        "chains": 32,
        "seed": 1,
        "device": "cpu",
        "checkpoint": tmp_path,
    }
    ours = on.solve.dqmc_batched(model, kelvin, **run)
    assert (tmp_path / "chains-32.npz").is_file()
    long = on.solve.Sampling(blocks=40, sweeps=100)
    theirs = on.solve.dqmc(model, kelvin, slices=20, sampling=long, seed=2)
    assert ours.method == theirs.method == "dqmc" and ours.fields.keys() == theirs.fields.keys()
    assert ours.report.converged and "JAX" in ours.report.engine and ours["sampled_chains"] == 32
    assert abs(ours["electrons_per_site"] - 1) < 1e-9 and abs(ours["average_sign"] - 1) < 1e-9
    for name in ("double_occupancy_per_site", "energy_per_site", "kinetic_energy"):
        sigma = np.hypot(ours[name + "_error"], theirs[name + "_error"])
        assert abs(ours[name] - theirs[name]) < 4 * sigma < 0.05, name
    gap = np.abs(ours["spin_by_class"] - theirs["spin_by_class"])
    assert (gap < 4 * np.hypot(ours["spin_by_class_error"], theirs["spin_by_class_error"])).all()
    exact = on.solve.exact_thermodynamics(model, [kelvin])
    off = ours["double_occupancy_per_site"] - exact["mean_double_occupancy"][0]
    assert abs(off) < 4 * ours["double_occupancy_per_site_error"] + 2e-3


def test_a_batch_goes_on_to_the_bit(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    pytest.importorskip("jax")
    chains, path = batched("complex"), tmp_path / "chains.npz"
    whole = host._measured(chains, None)
    assert len(whole) == 4 * CHAINS and (np.diff(whole.chain) >= 0).all()
    monkeypatch.setattr(chains, "sampling", replace(chains.sampling, blocks=2))
    assert len(host._measured(chains, path)) == 2 * CHAINS
    monkeypatch.undo()
    again = host._measured(chains, path)
    for name, value in whole.arrays().items():
        assert np.array_equal(value, again.arrays()[name]), name
    first, second = whole.total[whole.chain == 0], whole.total[whole.chain == 1]
    assert not np.array_equal(first, second)
    monkeypatch.setattr(chains, "seed", 4)
    with pytest.raises(InvalidInput, match="another model"):
        host._measured(chains, path)


def test_chains_draw_their_own_numbers() -> None:
    """Chain k begins with the same field and draws from the same key whatever the number of chains."""
    jax = pytest.importorskip("jax")
    chains = batched("complex")
    few = BatchedChains(chains.chain.model, STEP, SLICES, chains.sampling, chains=1, seed=3)
    assert np.array_equal(few.init().field, chains.init().field[:1])
    keys, alone = (np.asarray(jax.random.key_data(c._keys)) for c in (chains, few))
    assert np.array_equal(alone, keys[:1]) and len(np.unique(keys, axis=0)) == CHAINS


def test_the_program_can_be_lowered_for_accelerators() -> None:
    """Everything in it has a lowering for CUDA, factorisations by its own library; compiling takes the device."""
    jax = pytest.importorskip("jax")
    chains = batched("complex")
    traced = jax.jit(chains.program(5)._run).trace(chains.init().field, chains._keys, 0, 4, 3)
    text = traced.lower(lowering_platforms=("cuda",)).as_text()
    assert "cusolver_geqrf" in text and "cusolver_getrf" in text and "lapack" not in text


def test_refusals(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    pytest.importorskip("jax")
    model, kelvin = on.model.Hubbard(on.model.ring_cluster(4, 1.0), 4.0), 1 / (2 * K_B)
    for wrong in ({"unequal": 1}, {"bonds": True}):
        with pytest.raises(InvalidInput, match="unequal times or of correlated bonds"):
            on.solve.dqmc_batched(model, kelvin, slices=20, sampling=on.solve.Sampling(**wrong))
    with pytest.raises(InvalidInput, match="at least one"):
        on.solve.dqmc_batched(model, kelvin, slices=20, chains=0)
    with pytest.raises(InvalidInput, match="no device of platform 'abacus'"):
        on.solve.dqmc_batched(model, kelvin, slices=20, device="abacus")
    with pytest.warns(OnnesWarning, match="U t dt"), pytest.raises(InvalidInput, match="no device"):
        on.solve.dqmc_batched(model, kelvin, slices=4, device="abacus")
    chains = batched("complex")
    begin, run = chains.init(), chains.run

    def broken(*given):  # type: ignore[no-untyped-def]
        field, total, series, tally = run(*given)
        return field, total * np.nan, series, tally

    monkeypatch.setattr(chains, "run", broken)
    with pytest.raises(NotConverged):
        chains.step(begin)


def test_without_jax(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    import sys

    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(InvalidInput, match="JAX is not installed"):
        on.solve.dqmc_batched(models()["half filled"], 1 / (2 * K_B), slices=40)
