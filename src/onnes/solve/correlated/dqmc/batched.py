"""Determinant Monte Carlo of many chains at once on an accelerator, by JAX; an optional extra, `onnes[jax]`.

The same model, slices, sampling and estimators as `dqmc`, in double precision; on a CPU the compiled loops of `dqmc`
are faster. Every chain warms up, so batches pay where each chain measures much longer than it warms up.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from onnes.errors import InvalidInput, NotConverged
from onnes.model.correlated.hubbard import Hubbard
from onnes.numerics.accelerator import require_jax
from onnes.solve.correlated.dqmc.chain import PIECE, Block, Chain, Sampling, Walker, next_interval
from onnes.solve.correlated.dqmc.monte_carlo import dqmc_result, time_slices, warn_of_step
from onnes.solve.correlated.dqmc.record import Record, digest, read_record, record_of, write_record
from onnes.state import Outcome, Report, State
from onnes.units import K_B

if TYPE_CHECKING:
    from onnes.solve.correlated.dqmc.batched_sweep import BatchedSweep


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Chains between two blocks: field int8 (chain, slice, site) of 0 and 1, interval, sweeps done."""

    field: np.ndarray
    interval: int
    sweeps: int


class BatchedChains:
    """Chains of one model at one temperature, cut into ``count`` slices of ``step``/meV, on one device.

    Chain k starts from the field that chain k of `dqmc` starts from, and draws from key k of the seed, so it does not
    depend on how many others there are but for rounding. A block depends on the fields at its start alone.

    Parameters
    ----------
    chains, seed : how many, and of which stream. device : a `jax.Device`, a platform such as ``"gpu"``, or None for
        the first that JAX finds.

    Raises
    ------
    InvalidInput : JAX or the device is not there; estimators at unequal times or of correlated bonds.
    """

    def __init__(
        self,
        model: Hubbard,
        step: float,
        count: int,
        sampling: Sampling,
        *,
        chains: int,
        seed: int = 0,
        device: Any = None,
    ) -> None:
        jax = self._jax = require_jax()
        if sampling.unequal or sampling.bonds:
            raise InvalidInput(
                "estimators at unequal times or of correlated bonds in batched chains", "use dqmc for them"
            )
        self.chain = Chain(model, step, count, sampling)
        self.sampling, self.chains, self.seed = sampling, chains, seed
        self.device = _device(jax, device)
        self._program: BatchedSweep | None = None
        key = jax.random.key(seed, impl="threefry2x32")
        self._keys = jax.device_put(
            jax.vmap(lambda k: jax.random.fold_in(key, k))(np.arange(chains)), self.device
        )

    def init(self) -> Batch:
        """Return random fields."""
        walkers = [self.chain.init(self.seed, number) for number in range(self.chains)]
        return Batch(np.stack([w.field for w in walkers]), walkers[0].interval, 0)

    def warm(self, batch: Batch) -> Batch:
        """Return the batch after the sweeps of warming up; the interval shrinks where the drift asks for it."""
        left = self.sampling.warm
        while left > 0:
            batch, _ = self._advance(batch, min(left, PIECE), 0)
            left -= PIECE
        return batch

    def step(self, batch: Batch) -> tuple[Batch, list[Block]]:
        """Return the batch after one measured block, and the block of each chain."""
        return self._advance(batch, self.sampling.sweeps, self.chain.every)

    def program(self, interval: int) -> "BatchedSweep":
        """Return the program for an interval; that of another interval is compiled anew."""
        from onnes.solve.correlated.dqmc.batched_sweep import BatchedSweep

        if self._program is None or self._program.interval != interval:
            self._program = BatchedSweep(self.chain, interval, max(self.sampling.sweeps, PIECE))
        return self._program

    def run(self, batch: Batch, sweeps: int, every: int) -> tuple[Any, ...]:
        """Return what the program does, see `batched_sweep.BatchedSweep`, as arrays of NumPy."""
        field = self._jax.device_put(batch.field, self.device)
        found = self.program(batch.interval).run(field, self._keys, batch.sweeps, sweeps, every)
        return self._jax.tree.map(np.asarray, found)

    def _advance(self, batch: Batch, sweeps: int, every: int) -> tuple[Batch, list[Block]]:
        field, total, series, tally = self.run(batch, sweeps, every)
        if not (tally.good and np.isfinite(total).all()):
            report = Report(Outcome.UNSTABLE, engine=self.engine, iterations=batch.sweeps + sweeps)
            raise NotConverged(report)
        share = tally.flips / (sweeps * field[0].size)
        blocks = [
            Block(
                total[k],
                np.zeros(0, total.dtype),
                series[:sweeps, k],
                float(tally.drift[k]),
                float(tally.jump[k]),
                float(share[k]),
                int(tally.columns[k]),
            )
            for k in range(self.chains)
        ]
        interval = next_interval(
            self.sampling, batch.interval, tally.drift.max(), tally.over / tally.refreshed
        )
        return Batch(field, interval, batch.sweeps + sweeps), blocks

    @property
    def engine(self) -> str:
        """What computed, for the report."""
        return f"dqmc, {self.chains} chains at once by JAX on {self.device}"


def dqmc_batched(
    model: Hubbard,
    temperature: float,
    *,
    slices: int | None = None,
    step: float | None = None,
    sampling: Sampling | None = None,
    chains: int = 64,
    seed: int = 0,
    device: Any = None,
    checkpoint: Path | str | None = None,
    throw: bool = True,
) -> State:
    """Return the thermal means of a Hubbard model on a cluster, by `dqmc` with all chains at once on an accelerator.

    Main arguments
    --------------
    temperature : K. slices : number of time slices, or step : their length, 1/meV, which must divide 1/kT.
    sampling : sweeps, blocks and what is measured, without unequal times and correlated bonds.
    chains : independent chains, hundreds to fill an accelerator. seed : chain k draws from key k of it.

    Other arguments
    ---------------
    device : a `jax.Device`, a platform such as ``"gpu"``, or None for the first that JAX finds.
    checkpoint : folder, one file for all chains, written after each block; a run that is started again goes on, on the
        same device to the bit.
    throw : raise `TooShort` instead of returning a state without ratios.

    Returns
    -------
    State of method ``"dqmc"`` with the fields of `dqmc`.

    Raises
    ------
    InvalidInput : JAX or the device is not there; slices, steps, temperatures, a model with V or J, estimators at
        unequal times or of correlated bonds, a checkpoint of another run.
    TooShort : see `dqmc_result`. NotConverged : numbers that ceased to be finite.
    """
    begun = time.perf_counter()
    sampling = sampling or Sampling()
    if chains < 1:
        raise InvalidInput(f"{chains} chains", "give at least one")
    count = time_slices(model, temperature, slices, step)
    warn_of_step(model, temperature, count)
    length = 1 / (K_B * temperature * count)
    batched = BatchedChains(model, length, count, sampling, chains=chains, seed=seed, device=device)
    path = None if checkpoint is None else Path(checkpoint) / f"chains-{chains}.npz"
    record = _measured(batched, path)
    spent = time.perf_counter() - begun
    state = dqmc_result(
        model,
        temperature,
        [record.arrays()],
        slices=count,
        sampling=sampling,
        seed=seed,
        seconds=spent,
        throw=throw,
    )
    return replace(state, report=replace(state.report, engine=batched.engine))


def _measured(batched: BatchedChains, path: Path | None) -> Record:
    """Return the record of all chains; it goes on from the file, where there is one, and is kept there."""
    mark = f"{digest(batched.chain, batched.seed, batched.chains)} batched"
    stored = None if path is None else read_record(path, mark)
    if stored is None:
        batch, record, done = batched.warm(batched.init()), None, 0
    else:
        walker, record = stored
        batch, done = Batch(walker.field, walker.interval, walker.sweeps), len(record) // batched.chains
    for _ in range(done, batched.sampling.blocks):
        batch, blocks = batched.step(batch)
        new = [record_of(number, [block], [batch.interval]) for number, block in enumerate(blocks)]
        record = _by_chain([*([] if record is None else [record]), *new])
        if path is not None:
            write_record(path, mark, Walker(batch.field, {}, batch.interval, batch.sweeps), record)
    return record


def _by_chain(records: Sequence[Record]) -> Record:
    """Return all blocks in the order of their chains, and of time in each."""
    joined = {f.name: np.concatenate([getattr(r, f.name) for r in records]) for f in fields(Record)}
    order = np.argsort(joined["chain"], kind="stable")
    return Record(**{name: value[order] for name, value in joined.items()})


def _device(jax: Any, wanted: Any) -> Any:
    if wanted is not None and not isinstance(wanted, str):
        return wanted
    try:
        return jax.devices(wanted)[0]
    except RuntimeError:
        raise InvalidInput(
            f"no device of platform {wanted!r}", "give device=None for what JAX finds"
        ) from None
