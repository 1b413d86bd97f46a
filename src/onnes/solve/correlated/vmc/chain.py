"""One chain: its configuration, its series of energies and its bins, advanced block by block.

The random numbers of a block are those of Philox with key (seed, chain) and counter block, and the table of ratios is
computed afresh at the start of every block: a chain that stops and goes on equals one that never stopped, to the bit.
"""

from dataclasses import dataclass, replace

import numpy as np
from numba import njit

from onnes.errors import InvalidInput
from onnes.model.correlated.gutzwiller import GUTZWILLER, VariationalProblem
from onnes.solve.correlated.vmc.factors import Factors, factors_of, fill_local
from onnes.solve.correlated.vmc.local_energy import Hamiltonian, distances, hamiltonian_of, local_parts
from onnes.solve.correlated.vmc.measure import (
    Layout,
    add_correlations,
    add_pairs,
    add_sites,
    layout_of,
    pair_pattern,
)
from onnes.solve.correlated.vmc.orbitals import Orbitals, fill_levels, rotation, tableau
from onnes.solve.correlated.vmc.walk import sweep

BINS = 64
"""Bins of a chain; when they are full, neighbours merge."""
ATTEMPTS = 200
"""Random configurations tried for one that the trial state holds."""


@dataclass(frozen=True, slots=True, eq=False)
class Engine:
    """Tables of one problem. ``block``: sweeps between two fresh tables of ratios."""

    problem: VariationalProblem
    orbitals: Orbitals
    hamiltonian: Hamiltonian
    factors: Factors
    layout: Layout
    block: int


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """State of a chain.

    ``columns`` and ``rows`` are the filled and empty modes in the order of the table; ``bins`` sums of observables over
    ``width`` blocks each, ``filled`` blocks so far; ``counts`` proposed and accepted moves; ``drift`` worst error of
    the pivoted table over its largest element.
    """

    number: int
    seed: int
    columns: np.ndarray
    rows: np.ndarray
    blocks: int
    series: np.ndarray
    bins: np.ndarray
    width: int
    filled: int
    counts: np.ndarray
    drift: float


def engine_of(problem: VariationalProblem, block: int) -> Engine:
    """Return the tables of a problem; raise `InvalidInput` where the mean field has an open shell."""
    orbitals = fill_levels(problem.trial, problem.particles)
    tables = (orbitals.filled, problem.hamiltonian.cluster.hopping, pair_pattern(problem.trial))
    dtype = np.dtype(complex if any(np.iscomplexobj(t) for t in tables) else float)
    orbitals = Orbitals(orbitals.filled.astype(dtype), orbitals.empty.astype(dtype), orbitals.levels)
    reach = distances(problem.trial.cluster)
    return Engine(
        problem,
        orbitals,
        hamiltonian_of(problem.hamiltonian, reach, dtype),
        factors_of(problem.trial),
        layout_of(problem.trial, dtype),
        block,
    )


def generator(seed: int, chain: int, block: int, purpose: int = 0) -> np.random.Generator:
    """Return the random numbers of one block of one chain."""
    key = np.array([seed, chain], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=np.array([0, 0, purpose, block], np.uint64)))


def start_chain(engine: Engine, seed: int, number: int) -> Chain:
    """Return a chain at a random configuration that the trial state holds.

    Raises
    ------
    InvalidInput : none found.
    """
    rng = generator(seed, number, 0, purpose=1)
    n, (up, down) = engine.problem.hamiltonian.cluster.sites, engine.problem.particles
    best, least = None, np.inf
    for attempt in range(ATTEMPTS):
        order = rng.permutation(n)
        second = order if engine.factors.full else rng.permutation(n)
        sites = np.zeros(n, dtype=np.int64)
        sites[order[:up]] |= 1
        sites[second[n - down :]] |= 2
        columns, rows = modes(sites)
        X = tableau(engine.orbitals, columns, rows)
        if X is not None and (size := float(np.abs(X).max(initial=0.0))) < least:
            best, least = (columns, rows), size
        if best is not None and attempt >= 4 and least < 1e8:
            break
    if best is None or least > 1e10:
        raise InvalidInput(
            f"no configuration of {up} + {down} electrons has weight in the trial state",
            "change the chemical potential so that the mean field fills that many levels, or add pairing",
        )
    empty = np.zeros((BINS, engine.layout.size))
    return Chain(number, seed, *best, 0, np.zeros(0), empty, 1, 0, np.zeros(2, np.int64), 0.0)


def modes(sites: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return filled and empty modes of the states of all sites: up electrons, then holes of down electrons."""
    filled = np.concatenate([sites & 1, 1 - (sites >> 1)]).astype(bool)
    return np.flatnonzero(filled), np.flatnonzero(~filled)


def advance(engine: Engine, chain: Chain, blocks: int, *, measure: bool = True) -> Chain:
    """Return the chain after some more blocks of sweeps; unmeasured ones equilibrate."""
    series = [chain.series]
    for _ in range(blocks):
        chain, energies, total, _ = one_block(engine, chain, measure=measure)
        if measure:
            chain = _record(chain, total)
            series.append(energies.real)
    return replace(chain, series=np.concatenate(series))


def one_block(
    engine: Engine, chain: Chain, *, measure: bool = True, kernels: np.ndarray | None = None
) -> tuple[Chain, np.ndarray, np.ndarray, np.ndarray]:
    """Return (chain, local energies (sweep,), summed observables, logarithmic derivatives (sweep, kernel)).

    ``kernels`` are the matrices of `rotation`, one for each mean-field parameter; where they are given, the observables
    are left out and the derivatives continue with those of `factor_slopes`.
    """
    n, size = engine.problem.hamiltonian.cluster.sites, engine.layout.size
    X = tableau(engine.orbitals, chain.columns, chain.rows)
    if X is None:
        raise InvalidInput(
            "a chain reached a configuration without weight", "use more sweeps a step, or another seed"
        )
    columns, rows = chain.columns.copy(), chain.rows.copy()
    slot = np.empty(2 * n, dtype=np.int64)
    slot[columns], slot[rows] = np.arange(len(columns)), np.arange(len(rows))
    sites = states_of(columns, n)
    local = np.zeros((4, n))
    fill_local(local, sites, engine.factors)
    moves = max(len(engine.hamiltonian.moves), 1)
    draws = generator(chain.seed, chain.number, chain.blocks).random((engine.block, moves, 3))
    energies = np.zeros(engine.block, dtype=X.dtype)
    configurations = np.zeros((engine.block, n), dtype=np.int64)
    total = np.zeros(size)
    optimise = kernels is not None
    kernels = np.zeros((0, 2 * n, 2 * n), dtype=X.dtype) if kernels is None else kernels
    slopes = np.zeros((engine.block, len(kernels)), dtype=X.dtype)
    accepted = _block(
        X, rows, columns, slot, sites, local, engine.hamiltonian, engine.factors, engine.layout.pairs,
        engine.layout.classes.index, draws, int(measure), int(not optimise), kernels, energies, slopes,
        configurations, total,
    )  # fmt: skip
    fresh = tableau(engine.orbitals, columns, rows)
    scale = np.inf if fresh is None else max(float(np.abs(fresh).max(initial=0.0)), 1.0)
    drift = np.inf if fresh is None else float(np.abs(fresh - X).max(initial=0.0)) / scale
    counts = chain.counts + np.array([engine.block * moves, accepted])
    after = replace(
        chain,
        columns=columns,
        rows=rows,
        blocks=chain.blocks + 1,
        counts=counts,
        drift=max(chain.drift, drift),
    )
    if optimise:
        slopes = np.concatenate([slopes, factor_slopes(engine, configurations)], axis=1)
    return after, energies, total, slopes


def states_of(columns: np.ndarray, n: int) -> np.ndarray:
    """Return the state of each site (0 empty, 1 up, 2 down, 3 both) of a set of filled modes."""
    filled = np.zeros(2 * n, dtype=np.int64)
    filled[columns] = 1
    return filled[:n] + 2 * (1 - filled[n:])


def kernels_of(engine: Engine, names: tuple[str, ...]) -> np.ndarray:
    """Return the matrices of `rotation` of the named mean-field terms, (name, 2 site, 2 site)."""
    terms = {t.name: t for t in engine.problem.trial.terms}
    chosen = [rotation(engine.orbitals, terms[name]) for name in names]
    n = 2 * engine.problem.hamiltonian.cluster.sites
    return np.array(chosen, dtype=engine.orbitals.filled.dtype).reshape(-1, n, n)


def factor_slopes(engine: Engine, configurations: np.ndarray) -> np.ndarray:
    """Return d ln psi/d(strength) of every correlator, then of ln g where it is a parameter: (sweep, parameter)."""
    trial = engine.problem.trial
    up, down = configurations & 1, configurations >> 1
    n, m, d, h = up + down, up - down, up * down, (1 - up) * (1 - down)
    found = []
    for correlator in trial.correlators:
        left, right = {"density": (n, n), "spin": (m, m), "doublon-holon": (d, h)}[correlator.kind]
        half = 1.0 if correlator.kind == "doublon-holon" else 0.5
        found.append(half * np.einsum("si,ij,sj->s", left, correlator.pattern, right))
    if GUTZWILLER in trial.parameters:
        found.append(d.sum(axis=1).astype(float))
    return np.array(found).T.reshape(len(configurations), -1)


def _record(chain: Chain, total: np.ndarray) -> Chain:
    """Return the chain with one more block in its bins."""
    bins, width, filled = chain.bins, chain.width, chain.filled
    if filled == BINS * width:
        bins = np.concatenate([bins[0::2] + bins[1::2], np.zeros((BINS // 2, bins.shape[1]))])
        width *= 2
    else:
        bins = bins.copy()
    bins[filled // width] += total
    return replace(chain, bins=bins, width=width, filled=filled + 1)


@njit(cache=True, error_model="numpy", nogil=True)
def _block(  # type: ignore[no-untyped-def]
    X, rows, columns, slot, sites, local, ham, fac, pairs, index, draws, measure, correlate, kernels, energies, slopes,
    configurations, total,
):  # fmt: skip
    """Run the sweeps of a block in place; return accepted moves."""
    n, axes = sites.shape[0], ham.stretch.shape[1]
    parts = np.zeros(6 + axes, X.dtype)
    line = np.empty(X.shape[1], X.dtype)
    n_class = index.max() + 1
    accepted = 0
    for s in range(draws.shape[0]):
        accepted += sweep(X, rows, columns, slot, sites, local, ham, fac, draws[s], line)
        if measure == 0:
            continue
        local_parts(X, sites, slot, local, ham, fac, parts)
        for a in range(6):
            energies[s] += ham.weights[a] * parts[a]
        configurations[s] = sites
        for a in range(kernels.shape[0]):
            slopes[s, a] = _slope(X, rows, columns, kernels[a])
        if correlate == 0:  # an optimisation needs no correlations
            continue
        place = 6 + axes
        for a in range(place):
            total[a] += parts[a].real
        total[place] += abs(energies[s]) ** 2
        add_sites(sites, place + 1, total)
        add_correlations(X, sites, slot, local, fac, index, place + 1 + 3 * n, total)
        add_pairs(X, sites, slot, local, fac, pairs, place + 1 + 3 * n + 3 * n_class, total)
    return accepted


@njit(cache=True, error_model="numpy", nogil=True)
def _slope(X, rows, columns, kernel):  # type: ignore[no-untyped-def]
    """d ln det/dp = sum_p K[p, p] + sum_pa K[p, a] X[a, p] over filled modes p and empty modes a."""
    value = kernel[0, 0] * 0.0
    for p in range(columns.shape[0]):
        c = columns[p]
        value += kernel[c, c]
        for a in range(rows.shape[0]):
            value += kernel[c, rows[a]] * X[a, p]
    return value
