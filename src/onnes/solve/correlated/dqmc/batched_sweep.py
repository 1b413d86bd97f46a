"""Sweeps of many chains at once as one program of JAX; conventions and order of the steps are those of `sweep`.

All chains stand at the same slice, so that only array arithmetic is done per chain, and every branch is taken by all.
One stack serves both directions: with the sweep between clusters k - 1 and k, slot j holds the product of the first j
clusters for j <= k and the adjoint of the product of clusters j - 1 to the last for j > k.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from onnes.solve.correlated.dqmc.batched_estimators import BatchedEqualTime
from onnes.solve.correlated.dqmc.batched_products import Product, extend, green_function, identity
from onnes.solve.correlated.dqmc.batched_updates import update_slice
from onnes.solve.correlated.dqmc.chain import WATCHED, Chain
from onnes.solve.correlated.dqmc.trotter import ALONE, CONJUGATE, EQUAL

Array = Any


class Bench(NamedTuple):
    """``field`` int8 (slice, chain, site); ``green`` (chain, spin, site, site); ``stack`` of ``slots``; ``phase`` of
    the weight and ``weight``, log of its determinants, (chain,).
    """

    field: Array
    green: Array
    stack: Product
    phase: Array
    weight: Array


class Tally(NamedTuple):
    """Counters by chain: see `sweep.Tally`. ``refreshed``, ``over``: numbers of Green functions computed afresh, and of
    those that had drifted too far, of all chains. ``good``: whether every number was finite.
    """

    drift: Array
    jump: Array
    flips: Array
    columns: Array
    refreshed: Array
    over: Array
    good: Array


class Measured(NamedTuple):
    """``total`` (chain, size): sums of the estimators. ``sign`` (chain,), ``taken``: of this sweep."""

    total: Array
    sign: Array
    taken: Array


class BatchedSweep:
    """The program of one model at one temperature, with ``interval`` slices between factorisations.

    Parameters
    ----------
    chain : the tables, estimators and sampling. sweeps : most sweeps of a run.
    """

    def __init__(self, chain: Chain, interval: int, sweeps: int) -> None:
        tables = chain.tables
        self.count, self.interval, self.longest = chain.count, interval, sweeps
        self.clusters = -(-chain.count // interval)
        self.n, self.spins = chain.model.cluster.sites, 2 if tables.mirror == ALONE else 1
        self.dtype, self.columns = chain.dtype, chain.columns
        self.mirror, self.tolerance = tables.mirror, chain.sampling.tolerance
        self.forward, self.backward, self.half, self.half_back = map(jnp.asarray, tables[:4])
        self.factor, self.change, self.boson = map(jnp.asarray, tables[4:7])
        self.sublattice = jnp.asarray(np.outer(tables.sublattice, tables.sublattice))
        share = np.log(tables.factor[1, 0]) if self.mirror == CONJUGATE else 0.5 * np.log(tables.boson[1])
        self.classical = jnp.asarray(share)
        self.estimators = BatchedEqualTime(chain.equal)
        self.places = np.array([chain.equal.layout.offset(name) for name in WATCHED])
        self.run = jax.jit(self._run)

    def _run(self, field: Array, keys: Array, first: int, sweeps: int, every: int) -> tuple[Any, ...]:
        """Sweep; return field, sums (chain, size), series (longest, chain, 2 + watched) and a `Tally`.

        Parameters
        ----------
        field : int8 (chain, slice, site). keys : of the chains. first : number of the first sweep, for the random
            numbers. sweeps : at most ``longest``. every : slices between samples, 0 for none.
        """
        chains = len(field)
        bench, good = self.build(jnp.swapaxes(field, 0, 1))
        zero, none = jnp.zeros(chains), jnp.zeros(chains, int)
        tally = Tally(zero, zero, none, none, jnp.zeros((), int), jnp.zeros((), int), good)
        total = jnp.zeros((chains, self.estimators.size), self.dtype)
        series = jnp.zeros((self.longest, chains, 2 + len(self.places)), self.dtype)

        def one(k: Array, carry: tuple[Any, ...]) -> tuple[Any, ...]:
            bench, tally, total, series = carry
            flip, move = self._random(keys, first + k)
            if self.columns:
                due = k % (2 * self.columns) == 0
                bench, tally = lax.cond(due, self._flip_columns, lambda b, t, _: (b, t), bench, tally, move)
            found = Measured(total, jnp.zeros(chains, self.dtype), jnp.zeros((), int))
            bench, tally, found = self.sweep(bench, tally, found, k % 2 == 0, every, flip)
            taken = jnp.full(chains, found.taken, self.dtype)
            watched = (found.total - total)[:, self.places]
            line = jnp.concatenate([found.sign[:, None], taken[:, None], watched], axis=1)
            return bench, tally, found.total, series.at[k].set(line)

        bench, tally, total, series = lax.fori_loop(0, sweeps, one, (bench, tally, total, series))
        return jnp.swapaxes(bench.field, 0, 1), total, series, tally

    def _random(self, keys: Array, number: Array) -> tuple[Array, tuple[Array, Array]]:
        """Return random numbers for the flips of a sweep (slice, chain, site), and for the move of a column."""

        draws = self.count * self.n

        def draw(key: Array) -> Array:
            return jax.random.uniform(jax.random.fold_in(key, number), (draws + 2,), float)

        found = jax.vmap(draw)(keys)
        flips = found[:, :draws].reshape(-1, self.count, self.n).swapaxes(0, 1)
        return flips, ((found[:, draws] * self.n).astype(int), found[:, draws + 1])

    def sweep(
        self, bench: Bench, tally: Tally, found: Measured, forwards: Array, every: Array, uniform: Array
    ) -> tuple[Bench, Tally, Measured]:
        """Visit every site of every slice once, from slice 0 to the end or back.

        G is measured where a slice is entered, at slices that are multiples of ``every``.
        """

        def cluster(visit: Array, carry: tuple[Bench, Tally, Measured]) -> tuple[Bench, Tally, Measured]:
            k = jnp.where(forwards, visit, self.clusters - 1 - visit)
            begin, end = self._bounds(k)

            def step(m: Array, inner: tuple[Any, ...]) -> tuple[Any, ...]:
                return self._slice(
                    jnp.where(forwards, begin + m, end - 1 - m), inner, forwards, every, uniform
                )

            bench, tally, found = carry
            inner = bench.field, bench.green, bench.phase, tally.flips, found
            field, green, phase, flips, found = lax.fori_loop(0, end - begin, step, inner)
            product = self.cluster_product(field, k)
            factor = jnp.where(forwards, product, jnp.swapaxes(product, -1, -2).conj())
            new = extend(factor, _at(bench.stack, jnp.where(forwards, k, k + 2)))
            stack = _put(bench.stack, k + 1, new)
            bench = Bench(field, green, stack, phase, bench.weight)
            bench, tally = self._refresh(bench, tally._replace(flips=flips), jnp.where(forwards, k + 1, k))
            return bench, tally, found

        return lax.fori_loop(0, self.clusters, cluster, (bench, tally, found))

    def _slice(
        self, l: Array, inner: tuple[Any, ...], forwards: Array, every: Array, uniform: Array
    ) -> tuple[Any, ...]:
        field, green, phase, flips, found = inner
        place = jnp.where(forwards, l, l + 1)
        due = (every > 0) & (place % jnp.maximum(every, 1) == 0)
        found = lax.cond(due, self._measure, lambda f, *_: f, found, green, phase)
        x = field[l]
        green = lax.cond(forwards, lambda g, _: g, self.wrap_back, green, x)
        green, new = update_slice(green, x, uniform[l], self.change, self.boson, self.mirror)
        green = lax.cond(forwards, self.wrap, lambda g, _: g, green, new.field)
        return field.at[l].set(new.field), green, phase * new.phase, flips + new.count, found

    def _measure(self, found: Measured, green: Array, phase: Array) -> Measured:
        sums = self.estimators.sums(self.symmetric(green), phase)
        return Measured(found.total + sums, found.sign + phase, found.taken + 1)

    def symmetric(self, green: Array) -> Array:
        """Return G of both spins, symmetric in the step: exp(dt K/2) G exp(-dt K/2), (chain, spin 2, site, site)."""
        half = self.half_back @ green @ self.half
        if self.mirror == ALONE:
            return half
        other = half
        if self.mirror == CONJUGATE:
            other = jnp.eye(self.n) - self.sublattice * jnp.swapaxes(half, -1, -2)
        return jnp.concatenate([half, other], axis=1)

    def wrap(self, green: Array, x: Array) -> Array:
        """Return B G B^-1 with the slice of field ``x`` (chain, site)."""
        return self.forward @ (green * self._ratios(x)) @ self.backward

    def wrap_back(self, green: Array, x: Array) -> Array:
        """Return B^-1 G B."""
        return (self.backward @ green @ self.forward) * self._ratios(1 - x)

    def _factors(self, x: Array) -> Array:
        """Return exp(lambda x c), (chain, spin, site)."""
        return jnp.where(x[:, None].astype(bool), self.factor[1, : self.spins], self.factor[0, : self.spins])

    def _ratios(self, x: Array) -> Array:
        return self._factors(x)[..., :, None] * self._factors(1 - x)[..., None, :]

    def _bounds(self, k: Array) -> tuple[Array, Array]:
        return k * self.interval, jnp.minimum((k + 1) * self.interval, self.count)

    def cluster_product(self, field: Array, k: Array) -> Array:
        """Return the product of the slices of cluster k, the earliest at the right, (chain, spin, N, N)."""
        begin, end = self._bounds(k)

        def times(l: Array, product: Array) -> Array:
            return self.forward @ (self._factors(field[l])[..., None] * product)

        start = self.forward * self._factors(field[begin])[..., None, :]
        return lax.fori_loop(begin + 1, end, times, start)

    def build(self, field: Array) -> tuple[Bench, Array]:
        """Return all products and G at slice 0 from the field (slice, chain, site); whether all was finite."""
        chains = field.shape[1]
        stack = identity((self.clusters + 2, chains, self.spins), self.n, self.dtype)

        def add(visit: Array, stack: Product) -> Product:
            k = self.clusters - 1 - visit
            factor = jnp.swapaxes(self.cluster_product(field, k), -1, -2).conj()
            return _put(stack, k + 1, extend(factor, _at(stack, k + 2)))

        stack = lax.fori_loop(0, self.clusters, add, stack)
        green, phase, weight = self._fresh(stack, 0)
        return Bench(field, green, stack, phase, weight), jnp.isfinite(green).all()

    def _fresh(self, stack: Product, k: Array) -> tuple[Array, Array, Array]:
        """Return G, phase and weight at the start of cluster k."""
        green, phase, log = green_function(_at(stack, k), _at(stack, k + 1))
        phase, log = phase.prod(axis=1), log.sum(axis=1)
        if self.mirror == EQUAL:
            phase, log = phase * phase, 2 * log
        elif self.mirror == CONJUGATE:  # the weights of the spins differ by a positive factor
            phase = phase * phase.conj()
        return green, phase, log

    def _refresh(self, bench: Bench, tally: Tally, k: Array) -> tuple[Bench, Tally]:
        """Compute G, phase and weight afresh at the start of cluster k; record how far they had drifted."""
        green, phase, weight = self._fresh(bench.stack, k)
        drift = jnp.abs(green - bench.green).max(axis=(1, 2, 3))
        over = jnp.sum(~(drift <= self.tolerance))
        tally = tally._replace(
            drift=jnp.maximum(tally.drift, drift),
            jump=jnp.maximum(tally.jump, jnp.abs(phase - bench.phase)),
            refreshed=tally.refreshed + len(drift),
            over=tally.over + over,
            good=tally.good & jnp.isfinite(green).all(),
        )
        return bench._replace(green=green, phase=phase, weight=weight), tally

    def _flip_columns(self, bench: Bench, tally: Tally, move: tuple[Array, Array]) -> tuple[Bench, Tally]:
        """Try to flip a random site of every chain at all times at once; see `loop.flip_column`."""
        site, uniform = move
        here = (jnp.arange(self.n) == site[:, None]).astype(bench.field.dtype)
        trial, _ = self.build(bench.field ^ here)
        accept = jnp.log(uniform) < self.log_weight(trial) - self.log_weight(bench)  # never where that is NaN

        def chosen(new: Array, old: Array, axis: int) -> Array:
            shape = [1] * new.ndim
            shape[axis] = len(accept)
            return jnp.where(accept.reshape(shape), new, old)

        stack = Product(*(chosen(a, b, 1) for a, b in zip(trial.stack, bench.stack, strict=True)))
        rest = [
            chosen(getattr(trial, name), getattr(bench, name), 0) for name in ("green", "phase", "weight")
        ]
        bench = Bench(chosen(trial.field, bench.field, 1), rest[0], stack, *rest[1:])
        return bench, tally._replace(columns=tally.columns + accept)

    def log_weight(self, bench: Bench) -> Array:
        """Return the log of |weight| of the fields (chain,), up to a constant."""
        boson = -((2 * bench.field.sum(axis=0) - self.count) @ self.classical)
        return boson + (2 * bench.weight if self.mirror == CONJUGATE else bench.weight)


def _at(stack: Product, slot: Array) -> Product:
    return Product(*(lax.dynamic_index_in_dim(a, slot, keepdims=False) for a in stack))


def _put(stack: Product, slot: Array, new: Product) -> Product:
    return Product(*(lax.dynamic_update_index_in_dim(a, b, slot, 0) for a, b in zip(stack, new, strict=True)))
