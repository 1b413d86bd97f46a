"""Monte Carlo chains on many workers, merged by their blocks; a killed worker or run loses at most a block of each
chain.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from onnes.errors import InvalidInput
from onnes.model.correlated.hubbard import Hubbard
from onnes.solve.correlated.dqmc.chain import Sampling
from onnes.solve.correlated.dqmc.monte_carlo import dqmc_chain, dqmc_result, time_slices, warn_of_step
from onnes.state import State
from onnes.study.executors import Progress, run_tasks


def sample_chains(
    model: Hubbard,
    temperature: float,
    *,
    slices: int | None = None,
    step: float | None = None,
    sampling: Sampling | None = None,
    chains: int = 2,
    seed: int = 0,
    executor: Any = None,
    checkpoint: Path | str | None = None,
    attempts: int = 3,
    monitor: Callable[[Progress], None] | None = None,
    throw: bool = True,
) -> State:
    """Return what `onnes.solve.dqmc` returns, with the chains on any workers: the same to the bit, whoever ran which.

    Parameters
    ----------
    executor : `onnes.study.workers`, a ``dask.distributed.Client``, anything with ``submit``; this process if not
    given. checkpoint : folder that all workers see; each chain writes its file after every block, and goes on from
        there when its worker was killed or the run is started again.
    attempts : how often a chain whose worker dies is begun. monitor : called after every chain.
    The others are those of `onnes.solve.dqmc`.

    Raises
    ------
    InvalidInput : fewer than one chain; see `onnes.solve.dqmc`. OnnesError : a chain lost its worker ``attempts``
    times.
    """
    if chains < 1:
        raise InvalidInput(f"{chains} chains", "give at least one")
    begun, sampling = time.perf_counter(), sampling or Sampling()
    count = time_slices(model, temperature, slices, step)
    warn_of_step(model, temperature, count)
    shared = {
        "model": model,
        "temperature": float(temperature),
        "slices": count,
        "sampling": asdict(sampling),
        "seed": seed,
    }
    tasks = {
        f"chain-{number}": shared | {"number": number, "checkpoint": _file(checkpoint, number)}
        for number in range(chains)
    }
    records = run_tasks(_chain, tasks, executor=executor, attempts=attempts, monitor=monitor)
    spent = time.perf_counter() - begun
    return dqmc_result(
        model,
        temperature,
        list(records.values()),
        slices=count,
        sampling=sampling,
        seed=seed,
        seconds=spent,
        throw=throw,
    )


def _file(folder: Path | str | None, number: int) -> str:
    return "" if folder is None else str(Path(folder).absolute() / f"chain-{number}.npz")


def _chain(task: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Run one chain where the task has arrived."""
    return dqmc_chain(
        task["model"],
        task["temperature"],
        slices=task["slices"],
        sampling=Sampling(**task["sampling"]),
        seed=task["seed"],
        number=task["number"],
        checkpoint=task["checkpoint"] or None,
    )
