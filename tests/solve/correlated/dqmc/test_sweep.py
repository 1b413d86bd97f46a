"""One sweep against dense algebra: Green functions, weights, both directions, real, complex and mirrored spins."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput
from onnes.solve.correlated.dqmc import trotter
from onnes.solve.correlated.dqmc.chain import Chain, Sampling, next_interval
from onnes.solve.correlated.dqmc.loop import flip_column, log_weight
from onnes.solve.correlated.dqmc.sweep import build, sweep

STEP, SLICES = 0.1, 12


def models() -> dict[str, on.model.Hubbard]:
    square, doped = on.model.square_cluster(4, 2, 1.0), on.model.square_cluster(3, 2, 1.0, -0.25)
    turned = on.model.square_cluster(3, 2, 1.0, -0.25, twist=(0.3, 0.5))
    return {
        "repulsive": on.model.Hubbard(doped, 4.0, chemical_potential=-0.3),
        "complex": on.model.Hubbard(turned, 4.0, chemical_potential=-0.3),
        "attractive": on.model.Hubbard(doped, -4.0, chemical_potential=-0.3),
        "half filled": on.model.Hubbard(square, 4.0),
        "mixed": on.model.Hubbard(doped, [4.0, -2.0, 4.0, 4.0, -2.0, 4.0], chemical_potential=0.2),
    }


def dense(chain: Chain, field: np.ndarray, first: int, spin: int) -> np.ndarray:
    """1 + B_(first-1)...B_0 B_(L-1)...B_first."""
    product = np.eye(chain.model.cluster.sites, dtype=chain.dtype)
    for l in range(len(field)):
        now = field[(first + l) % len(field)]
        product = chain.tables.forward * chain.tables.factor[now, spin, np.arange(len(product))] @ product
    return np.eye(len(product)) + product


def classical(chain: Chain, field: np.ndarray) -> float:
    """Log of what the field weighs without electrons: -lambda x on attracting sites."""
    strength = np.arccosh(np.exp(np.abs(chain.model.U) * STEP / 2)) * (chain.model.U < 0)
    return float(-(strength * (2.0 * field - 1)).sum())


def prepared(name: str, interval: int = 5):  # type: ignore[no-untyped-def]
    chain = Chain(models()[name], STEP, SLICES, Sampling(interval=interval))
    walker = chain.init(3, 0)
    field, bench, tally = walker.field.copy(), chain._place(interval), chain._tally()
    assert build(field, chain.tables, bench, tally)
    tally.drift[0] = tally.jump[0] = 0.0
    rng = np.random.Generator(np.random.Philox(7))
    return chain, field, bench, tally, rng


@pytest.mark.parametrize("name", list(models()))
def test_sweeps_keep_to_dense_algebra(name: str) -> None:
    """G at every slice and spin, and the sign of the weight, after sweeps in both directions.

    1 + B of twelve slices has condition below 1e6, of which double precision leaves 1e-9.
    """
    chain, field, bench, tally, rng = prepared(name)
    n = chain.model.cluster.sites
    samples, phases = np.zeros((SLICES, 2, n, n), chain.dtype), np.zeros(SLICES, chain.dtype)
    for forwards in (True, False, True, False):
        before = field.copy()
        taken, good = sweep(field, chain.tables, bench, tally, forwards, 1, samples, phases, rng)
        assert good and taken == SLICES and tally.flips[0] > 0 and (field != before).any()
        last = SLICES if forwards else 0
        for spin in (0, 1):
            matrix = dense(chain, field, last % SLICES, spin)
            exact = chain.tables.half_back @ np.linalg.inv(matrix) @ chain.tables.half
            assert np.abs(samples[taken - 1, spin] - exact).max() < 1e-9
        sign = np.prod([np.linalg.slogdet(dense(chain, field, 0, s))[0] for s in (0, 1)])
        assert abs(phases[taken - 1] - sign) < 1e-9
    assert tally.drift[0] < 1e-9 and tally.jump[0] < 1e-9


@pytest.mark.parametrize("name", list(models()))
def test_weights_of_columns(name: str) -> None:
    """The log of the ratio of weights of two fields equals that of dense determinants; a flip that is refused leaves
    everything as it was."""
    chain, field, bench, tally, rng = prepared(name)
    tables = chain.tables

    def exact(x: np.ndarray) -> float:
        return sum(np.linalg.slogdet(dense(chain, x, 0, s))[1] for s in (0, 1)) + classical(chain, x)

    old, there = exact(field), log_weight(field, tables, tally.weight[0])
    moved = 0
    for _ in range(12):
        before, green = field.copy(), bench.green.copy()
        accepted = flip_column(field, tables, bench, tally, rng)
        moved += accepted
        if not accepted:
            assert (field == before).all() and np.abs(bench.green - green).max() < 1e-12
        now = log_weight(field, tables, tally.weight[0])
        assert abs((now - there) - (exact(field) - old)) < 1e-8
    assert moved > 0


def test_flips_are_balanced() -> None:
    """On two sites and two slices every field appears as often as its weight says (4 x 4 = 16 fields).

    20,000 sweeps, correlated over a few: chi^2 of 15 degrees of freedom, inflated by 2 tau with tau < 3, stays below
    6 x 37.7 (99.9 %).
    """
    model = on.model.Hubbard(on.model.chain_cluster(2, 1.0), 3.0, chemical_potential=0.4)
    chain = Chain(model, 0.5, 2, Sampling(interval=1))
    field, bench, tally = chain.init(1, 0).field.copy(), chain._place(1), chain._tally()
    build(field, chain.tables, bench, tally)
    rng, counts = np.random.Generator(np.random.Philox(2)), np.zeros(16)
    samples, phases = np.zeros((3, 2, 2, 2)), np.zeros(3)
    sweeps = 20_000
    for k in range(sweeps):
        sweep(field, chain.tables, bench, tally, k % 2 == 0, 0, samples, phases, rng)
        counts[int("".join(map(str, field.ravel())), 2)] += 1
    every = [np.array([int(b) for b in f"{k:04b}"], np.int8).reshape(2, 2) for k in range(16)]
    weight = np.array([abs(np.prod([np.linalg.det(dense(chain, f, 0, s)) for s in (0, 1)])) for f in every])
    expected = sweeps * weight / weight.sum()
    assert ((counts - expected) ** 2 / expected).sum() < 6 * 37.7


def test_long_products_stay_stable() -> None:
    """At beta = 16 the scales of a product span 10^50; G carried along ten slices agrees with the fresh one to 1e-6,
    and both directions give the same G."""
    model = on.model.Hubbard(on.model.square_cluster(4, 4, 1.0), 4.0, chemical_potential=-0.5)
    chain = Chain(model, 0.1, 160, Sampling(interval=8))
    field, bench, tally = chain.init(1, 0).field.copy(), chain._place(8), chain._tally()
    assert build(field, chain.tables, bench, tally)
    assert bench.after.d[0].max() / bench.after.d[0].min() > 1e50
    tally.drift[0] = 0.0
    samples, phases, rng = np.zeros((1, 2, 16, 16)), np.zeros(1), np.random.Generator(np.random.Philox(1))
    for forwards in (True, False):
        assert sweep(field, chain.tables, bench, tally, forwards, 0, samples, phases, rng)[1]
    assert 0 < tally.drift[0] < 1e-6
    green = bench.green.copy()
    build(field, chain.tables, bench, tally)
    assert np.abs(bench.green - green).max() < 1e-10


def test_what_no_field_decouples_is_refused() -> None:
    cluster = on.model.chain_cluster(2, 1.0)
    with pytest.raises(InvalidInput, match="V or J"):
        trotter.slices(on.model.Hubbard(cluster, 1.0, V=on.model.nearest_bonds(cluster, 0.5)), 0.1)
    with pytest.raises(InvalidInput, match="more slices"):
        trotter.slices(on.model.Hubbard(cluster, 1000.0), 0.1)


def test_intervals_follow_the_drift() -> None:
    """Kept where drifts are small or rare, one shorter where they are common, halved where one is gross, never
    below one; a given interval stays."""
    free, fixed = Sampling(), Sampling(interval=5)
    assert next_interval(free, 6, 1e-9, 0.0) == 6 and next_interval(free, 6, 1e-4, 0.001) == 6
    assert next_interval(free, 6, 1e-5, 0.5) == 5
    assert next_interval(free, 6, 1.0, 0.5) == 3 and next_interval(free, 1, 1.0, 0.5) == 1
    assert next_interval(fixed, 5, 1.0, 0.5) == 5
