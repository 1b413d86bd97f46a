"""One Markov chain: a walker goes in, a later walker and what was measured come out.

A block depends on nothing but the walker it starts from: products and Green functions are built from the field at its
start. So a chain that is resumed from a stored walker goes on to the bit.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from onnes.errors import InvalidModel, NotConverged
from onnes.model.correlated.hubbard import Hubbard
from onnes.model.correlated.translations import pair_classes
from onnes.numerics.blas import one_thread
from onnes.solve.correlated.dqmc.equal_time import EqualTime
from onnes.solve.correlated.dqmc.loop import GROSS, run
from onnes.solve.correlated.dqmc.stack import empty_stack, scratch
from onnes.solve.correlated.dqmc.sweep import Bench, Tally
from onnes.solve.correlated.dqmc.trotter import ALONE, Slices, slices
from onnes.solve.correlated.dqmc.unequal_green import (
    UnequalGreen,
    compute_unequal_green,
    slice_factors,
    unequal_green_space,
)
from onnes.solve.correlated.dqmc.unequal_time import UnequalTime, add_unequal_time
from onnes.state import Outcome, Report

DELAY = 8
"""Flips that wait before they are applied; the fastest of 4, 8, 16 at 64 sites, flat around it."""
FIRST_GROWTH = 12.0
"""Logarithm of the growth of scales that the first guess of the interval lets build up between two factorisations."""
STRONG = 10.0
"""beta U from which local moments are turned over by flips of whole columns: single flips then leave them as they are
for so long that short runs quote errors which are too small."""
SELDOM = 0.01
"""Share of fresh Green functions that may differ from the wrapped ones by more than the tolerance."""
PIECE = 20
"""Sweeps after which the interval may grow while warming up."""
WATCHED = ("orbital_double_occupancy", "density_up", "hubbard_energy", "spin_xx_by_class")
"""Sums whose first entry is followed from sweep to sweep, for autocorrelation times."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a chain is sampled.

    Parameters
    ----------
    warm : sweeps before the first measurement. blocks : measured blocks, each one bin. sweeps : of a block.
    every : slices between two measurements; about ten in a sweep where not given.
    pairs, bonds : measure singlet pairs of neighbours, correlations of bonds, at equal times.
    unequal : sweeps between two measurements at unequal times, 0 for none. unequal_pairs, unequal_bonds : as
    above, there. columns : pairs of sweeps between two attempts to flip a site at all times, 0 for none; where not
        given, one for every 32 sites if beta U exceeds `STRONG`.
    interval : slices between two factorisations; where not given, chosen while warming up so that ``tolerance`` holds.
    tolerance : |G wrapped - G fresh| that one in a hundred may exceed; close to a weight of zero G has no bound.
    """

    warm: int = 200
    blocks: int = 20
    sweeps: int = 100
    every: int | None = None
    pairs: bool = False
    bonds: bool = False
    unequal: int = 0
    unequal_pairs: bool = False
    unequal_bonds: bool = False
    columns: int | None = None
    interval: int | None = None
    tolerance: float = 1e-6

    def __post_init__(self) -> None:
        for name, least in (("warm", 0), ("blocks", 1), ("sweeps", 1), ("unequal", 0)):
            if getattr(self, name) < least:
                raise InvalidModel(
                    f"Sampling.{name}", getattr(self, name), f"a whole number of at least {least}"
                )
        for name in ("every", "columns", "interval"):
            value = getattr(self, name)
            if value is not None and value < (0 if name == "columns" else 1):
                raise InvalidModel(f"Sampling.{name}", value, "a positive whole number, or None")
        if not 0 < self.tolerance < 1:
            raise InvalidModel("Sampling.tolerance", self.tolerance, "between 0 and 1")


@dataclass(frozen=True, slots=True, eq=False)
class Walker:
    """A chain between two blocks: field (slice, site) of 0 and 1, state of the generator, interval, sweeps done."""

    field: np.ndarray
    generator: dict[str, Any]
    interval: int
    sweeps: int


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """What one block measured.

    ``total``, ``unequal``: flat sums of the estimators at equal and at unequal times. ``series`` (sweep, ...): see
    `loop.run`. ``drift``, ``jump``: largest errors of wrapping. ``flips``: share of accepted flips. ``columns``:
    accepted column flips.
    """

    total: np.ndarray
    unequal: np.ndarray
    series: np.ndarray
    drift: float
    jump: float
    flips: float
    columns: int


class Chain:
    """A chain of one model at one temperature, cut into ``count`` slices of ``step``/meV."""

    def __init__(self, model: Hubbard, step: float, count: int, sampling: Sampling) -> None:
        self.model, self.count, self.sampling = model, count, sampling
        self.tables: Slices = slices(model, step)
        self.dtype = self.tables.forward.dtype
        self.classes = pair_classes(model.cluster)
        self.equal = EqualTime(model, self.classes, pairs=sampling.pairs, bonds=sampling.bonds)
        self.every = sampling.every or max(1, round(count / 10))
        self.columns = self._column_period(step) if sampling.columns is None else sampling.columns
        self._places = np.array([self.equal.layout.offset(name) for name in WATCHED])
        self.unequal: UnequalTime | None = None
        if sampling.unequal:
            also = {"pairs": sampling.unequal_pairs, "bonds": sampling.unequal_bonds}
            self.unequal = UnequalTime(model, self.classes, count, **also)
        self._green: UnequalGreen | None = None
        self._green_interval = 0
        self._factors = np.zeros((count, 2 if self.tables.mirror == ALONE else 1, model.cluster.sites))
        self._bench: Bench | None = None
        n = model.cluster.sites
        self._samples = np.zeros((count // self.every + 1, 2, n, n), self.dtype)
        self._phases = np.zeros(len(self._samples), self.dtype)

    def init(self, seed: int, number: int) -> Walker:
        """Return the walker of chain ``number``: a random field and a stream of its own."""
        generator = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(number,))))
        shape = self.count, self.model.cluster.sites
        field = generator.integers(0, 2, shape).astype(np.int8)
        return Walker(field, generator.bit_generator.state, self.sampling.interval or self._guess(), 0)

    def warm(self, walker: Walker) -> Walker:
        """Return the walker after the sweeps of warming up; the interval is adapted to the drift on the way."""
        left = self.sampling.warm
        while left > 0:
            walker, block = self._advance(walker, min(left, PIECE), 0)
            left -= len(block.series)
            if self.sampling.interval is None and block.drift < self.sampling.tolerance / 10:
                walker = replace(walker, interval=min(walker.interval + 1, self.count))
        return walker

    def step(self, walker: Walker) -> tuple[Walker, Block]:
        """Return the walker after one measured block, and the block."""
        blocks, left = [], self.sampling.sweeps
        while left > 0:
            walker, block = self._advance(walker, left, self.every)
            blocks.append(block)
            left -= len(block.series)
        return walker, _joined(blocks)

    def _advance(self, walker: Walker, sweeps: int, every: int) -> tuple[Walker, Block]:
        """Run up to ``sweeps`` sweeps, fewer where the drift is gross; the interval follows the drift."""
        bench, tally = self._place(walker.interval), self._tally()
        field = walker.field.copy()
        rng = np.random.Generator(np.random.Philox(0))
        rng.bit_generator.state = walker.generator
        total = np.zeros(self.equal.layout.size, self.dtype)
        unequal = np.zeros(self.unequal.layout.size if self.unequal else 0, self.dtype)
        series = np.zeros((sweeps, 2 + len(WATCHED)), self.dtype)
        at_once = self.sampling.unequal if every and self.unequal else sweeps
        done, columns = 0, 0
        with one_thread():
            while done < sweeps and tally.drift[0] <= GROSS:
                plan = np.array([done, min(at_once, sweeps - done), every, self.columns])
                some, moved, good = run(
                    field, self.tables, bench, tally, plan, self._samples, self._phases, rng,
                    self.equal.tables, total, self._places, series[done:],
                )  # fmt: skip
                done, columns = done + some, columns + moved
                if self.unequal and every:
                    good = good and self._add_unequal(field, tally.phase[0], walker.interval, unequal)
                if not good:
                    raise NotConverged(
                        Report(Outcome.UNSTABLE, engine="dqmc", iterations=walker.sweeps + done)
                    )
        drift, over = float(tally.drift[0]), tally.refreshed[1] / tally.refreshed[0]
        interval = next_interval(self.sampling, walker.interval, drift, over)
        share = float(tally.flips[0] / (done * field.size))
        after = Walker(field, rng.bit_generator.state, interval, walker.sweeps + done)
        return after, Block(total, unequal, series[:done], drift, float(tally.jump[0]), share, columns)

    def _add_unequal(self, field: np.ndarray, phase: complex, interval: int, total: np.ndarray) -> bool:
        """Measure at unequal times; the sums are those of the field as it is.

        Nothing is carried along here for longer than half a cluster, so that clusters are twice as long as in a sweep.
        """
        interval = min(2 * interval, self.count)
        if self._green is None or self._green_interval != interval:
            self._green = unequal_green_space(self.tables, self.count, interval)
            self._green_interval = interval
        slice_factors(field, self.tables, self._factors)
        good = compute_unequal_green(self._factors, self.tables, self._green)
        green = self._green
        add_unequal_time(green.t0, green.ot, green.tt, phase, self.unequal.tables, total)
        return bool(good)

    def _column_period(self, step: float) -> int:
        """Return how many pairs of sweeps lie between two column flips."""
        strong = step * self.count * np.abs(self.model.U).max() > STRONG
        return max(1, round(self.model.cluster.sites / 32)) if strong else 0

    def _guess(self) -> int:
        """Return an interval from how fast a slice spreads the scales: its band width and its field."""
        levels = np.linalg.eigvalsh(self.tables.forward)
        growth = np.log(levels[-1] / levels[0]) + 2 * np.log(self.tables.factor[1, 0].max())
        return int(np.clip(FIRST_GROWTH / max(growth, 1e-12), 1, self.count))

    def _place(self, interval: int) -> Bench:
        """Return space for a run with this interval between factorisations, made once."""
        bounds = np.append(np.arange(0, self.count, interval), self.count).astype(np.int64)
        if self._bench is not None and np.array_equal(self._bench.bounds, bounds):
            return self._bench
        n, k = self.model.cluster.sites, len(bounds) - 1
        spins = 2 if self.tables.mirror == ALONE else 1

        def zeros(*shape: int) -> np.ndarray:
            return np.zeros(shape, self.dtype)

        self._bench = Bench(
            zeros(n, spins, n),
            zeros(n, spins, n),
            zeros(k, n, spins, n),
            empty_stack(k, spins, n, self.dtype),
            empty_stack(k, spins, n, self.dtype),
            bounds,
            zeros(spins, DELAY, n),
            zeros(spins, DELAY, n),
            scratch(n, self.dtype),
            zeros(n, spins, n),
            zeros(k, n, spins, n),
            empty_stack(k, spins, n, self.dtype),
        )
        return self._bench

    def _tally(self) -> Tally:
        number = np.zeros
        tolerance = np.array([self.sampling.tolerance])
        phase = np.ones(1, self.dtype)
        return Tally(number(1), number(2, int), tolerance, number(1), number(1, int), phase, number(1))


def next_interval(sampling: Sampling, interval: int, drift: float, over: float) -> int:
    """Return the interval after a run: shorter where its drift was gross, or more than seldom above the tolerance.

    ``over``: share of fresh Green functions that the wrapped ones had missed by more than the tolerance.
    """
    if sampling.interval is not None:
        return interval
    if drift > GROSS:
        return max(1, interval // 2)
    return max(1, interval - 1) if over > SELDOM else interval


def _joined(blocks: list[Block]) -> Block:
    if len(blocks) == 1:
        return blocks[0]
    sweeps = np.array([len(b.series) for b in blocks], float)
    return Block(
        sum(b.total for b in blocks),
        sum(b.unequal for b in blocks),
        np.concatenate([b.series for b in blocks]),
        max(b.drift for b in blocks),
        max(b.jump for b in blocks),
        float(np.average([b.flips for b in blocks], weights=sweeps)),
        sum(b.columns for b in blocks),
    )
