"""Determinant quantum Monte Carlo of the Hubbard model at finite temperature.

R. Blankenbecler, D. J. Scalapino, R. L. Sugar, Phys. Rev. D 24, 2278 (1981); S. R. White et al., Phys. Rev. B 40,
506 (1989).
"""

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from onnes.errors import InvalidInput, OnnesWarning, TooShort
from onnes.model.correlated.hubbard import Hubbard
from onnes.solve.correlated.dqmc import evaluation
from onnes.solve.correlated.dqmc.chain import Block, Chain, Sampling
from onnes.solve.correlated.dqmc.record import Record, digest, merged, read_record, record_of, write_record
from onnes.solve.correlated.dqmc.results import axes, checks, equal_means, sampling_fields, unequal_means
from onnes.state import Outcome, Report, State
from onnes.units import K_B

MOST_STEP = 0.05
"""U t dt^2 above which the error of the time step is told."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a chain is: blocks measured of all, sweeps done, mean sign so far, bytes held."""

    chain: int
    blocks: int
    of: int
    sweeps: int
    sign: float


Monitor = Callable[[Progress], "bool | None"]


def time_slices(
    model: Hubbard, temperature: float, slices: int | None = None, step: float | None = None
) -> int:
    """Return the number of slices of beta = 1/kT: as given, or beta over ``step`` (1/meV).

    Raises
    ------
    InvalidInput : a temperature that is not positive, both or neither of ``slices`` and ``step``, a beta that is
        no whole number of steps.
    """
    if not (np.isfinite(temperature) and temperature > 0):
        raise InvalidInput(f"a temperature of {temperature} K", "give a positive one")
    if (slices is None) == (step is None):
        raise InvalidInput("slices and step both given, or neither", "give one of them")
    beta = 1 / (K_B * temperature)
    if slices is None:
        count = round(beta / step) if step > 0 else 0
        if count < 1 or abs(count * step - beta) > 1e-6 * beta:
            near = beta / max(count, 1)
            raise InvalidInput(
                f"beta = {beta:.9g}/meV is {beta / step if step > 0 else float('nan'):.6g} steps of {step:g}/meV",
                f"give a step that divides it, such as {near:.9g}, or the number of slices",
            )
        return count
    if int(slices) != slices or slices < 1:
        raise InvalidInput(f"{slices} slices", "give a positive whole number")
    return int(slices)


def step_error(model: Hubbard, temperature: float, slices: int) -> float:
    """Return U t dt^2, which measures the error of a time step; t is the largest hopping amplitude."""
    hopping = np.abs(model.cluster.hopping - np.diag(np.diag(model.cluster.hopping))).max()
    return float(np.abs(model.U).max() * hopping * (1 / (K_B * temperature * slices)) ** 2)


def warn_of_step(model: Hubbard, temperature: float, slices: int) -> None:
    """Warn where the error of the time step may be larger than standard errors; called by the public functions."""
    if (size := step_error(model, temperature, slices)) > MOST_STEP:
        warnings.warn(
            f"U t dt^2 = {size:.3g} is above {MOST_STEP}: errors of the time step may exceed the standard errors; "
            f"{int(np.ceil(slices * np.sqrt(size / MOST_STEP)))} slices would do",
            OnnesWarning,
            stacklevel=3,
        )


def dqmc_chain(
    model: Hubbard,
    temperature: float,
    *,
    slices: int | None = None,
    step: float | None = None,
    sampling: Sampling | None = None,
    seed: int = 0,
    number: int = 0,
    checkpoint: Path | str | None = None,
    monitor: Monitor | None = None,
) -> dict[str, np.ndarray]:
    """Run chain ``number`` and return its record as named arrays, for `dqmc_result`; chains are independent.

    Parameters are those of `dqmc`. ``checkpoint``: a file, from which the chain goes on to the bit.
    """
    sampling = sampling or Sampling()
    count = time_slices(model, temperature, slices, step)
    chain = Chain(model, 1 / (K_B * temperature * count), count, sampling)
    path = None if checkpoint is None else Path(checkpoint)
    mark = digest(chain, seed, number)
    stored = None if path is None else read_record(path, mark)
    blocks: list[Block] = []
    intervals: list[int] = []
    old: list[Record] = []
    if stored is None:
        walker = chain.warm(chain.init(seed, number))
    else:
        walker, record = stored
        old = [record]
    done = len(old[0]) if old else 0
    while done + len(blocks) < sampling.blocks:
        walker, block = chain.step(walker)
        blocks.append(block)
        intervals.append(walker.interval)
        now = _joined(old, number, blocks, intervals)
        if path is not None:
            write_record(path, mark, walker, now)
        if monitor is not None:
            sign = float(np.abs(now.total[:, 0].sum()) / now.series[:, :, 1].real.sum())
            if monitor(Progress(number, len(now), sampling.blocks, walker.sweeps, sign)):
                break
    return _joined(old, number, blocks, intervals).arrays()


def _joined(old: list[Record], number: int, blocks: Sequence[Block], intervals: Sequence[int]) -> Record:
    if not blocks:
        return old[0]
    new = record_of(number, blocks, intervals)
    if not old:
        return new
    pairs = ((old[0].arrays()[name], value) for name, value in new.arrays().items())
    return Record(*(np.concatenate(pair) for pair in pairs))


def dqmc_result(
    model: Hubbard,
    temperature: float,
    records: Sequence[Mapping[str, np.ndarray]],
    *,
    slices: int | None = None,
    step: float | None = None,
    sampling: Sampling | None = None,
    seed: int = 0,
    seconds: float = 0.0,
    throw: bool = True,
) -> State:
    """Return the state of all chains together; parameters as in `dqmc`.

    Raises
    ------
    TooShort : chains too short for their autocorrelation times, or a mean sign within three standard errors of zero,
        unless ``throw`` is False: then the state holds the sign and no ratio.
    """
    sampling = sampling or Sampling()
    count = time_slices(model, temperature, slices, step)
    chain = Chain(model, 1 / (K_B * temperature * count), count, sampling)
    record = merged(records)
    fields: dict[str, np.ndarray] = {"temperature": np.array([float(temperature)])}
    notes: list[str] = []
    try:
        times = evaluation.correlation_times(record)
        sums = evaluation.bins(record, record.total, times.max())
        samples = evaluation.bins(record, record.series[:, :, 1].real.sum(axis=1), times.max())
        fields |= sampling_fields(record, times, count, len(sums))
        sign, error = evaluation.mean_sign(sums[:, 0], samples)
        fields |= {"average_sign": np.array(sign.real), "average_sign_error": np.array(error)}
        if not evaluation.sure(sign, error):
            raise TooShort(
                f"a mean sign of {abs(sign):.2g} +- {error:.1g}: a ratio to it means nothing",
                "measure longer, at a higher temperature, or on a smaller cluster",
            )
        fields |= axes(chain) | equal_means(chain, sums)
        if chain.unequal is not None:
            unequal = evaluation.bins(record, record.unequal, times.max())
            fields |= unequal_means(chain.unequal, unequal, 1 / (K_B * temperature * count))
    except TooShort as short:
        if throw:
            raise
        notes.append(str(short))
    report = Report(
        Outcome.MAX_ITERATIONS if notes else Outcome.CONVERGED,
        engine="dqmc",
        iterations=int(record.series.shape[0] * record.series.shape[1]),
        seed=seed,
        seconds=seconds,
        checks=checks(record, sampling),
        warnings=tuple(notes),
    )
    return State(model, "dqmc", fields, report)


def dqmc(
    model: Hubbard,
    temperature: float,
    *,
    slices: int | None = None,
    step: float | None = None,
    sampling: Sampling | None = None,
    chains: int = 1,
    seed: int = 0,
    executor: Any = None,
    checkpoint: Path | str | None = None,
    monitor: Monitor | None = None,
    throw: bool = True,
) -> State:
    """Return the thermal means of a Hubbard model on a cluster, by determinant quantum Monte Carlo.

    Z = Tr exp(-beta H) as a sum over fields x(l, i) = +-1 of det(1 + B_up) det(1 + B_dn), beta cut into slices;
    the error of that is of order dt^2 and not part of the standard errors (run two steps, and extrapolate). The
    ensemble is grand canonical at the chemical potential of the model, U (n_up - 1/2)(n_dn - 1/2).

    Main arguments
    --------------
    temperature : K. slices : number of time slices, or step : their length, 1/meV, which must divide 1/kT.
    sampling : sweeps, blocks and what is measured.
    chains : independent chains, each warmed up by itself. seed : chain k draws from stream k of it.

    Other arguments
    ---------------
    executor : anything with ``submit`` that runs chains at the same time; one after the other here where not given.
    checkpoint : folder, one file a chain, written after each block; a run that is started again goes on to the bit.
    monitor : called with a `Progress` after each block (without an executor); returning True ends the chain.
    throw : raise `TooShort` instead of returning a state without ratios.

    Returns
    -------
    State of method ``"dqmc"``: every mean ``name`` with ``name_error``; mean sign, autocorrelation times, errors of
    wrapping.

    Raises
    ------
    InvalidInput : slices, steps, temperatures, a model with V or J, a checkpoint of another run.
    TooShort : see `dqmc_result`. NotConverged : numbers that ceased to be finite.
    """
    begun = time.perf_counter()
    if chains < 1:
        raise InvalidInput(f"{chains} chains", "give at least one")
    count = time_slices(model, temperature, slices, step)
    warn_of_step(model, temperature, count)
    folder = None if checkpoint is None else Path(checkpoint)
    jobs = [
        {
            "slices": count,
            "sampling": sampling,
            "seed": seed,
            "number": number,
            "checkpoint": None if folder is None else folder / f"chain-{number}.npz",
        }
        for number in range(chains)
    ]
    if executor is None:
        records = [dqmc_chain(model, temperature, monitor=monitor, **job) for job in jobs]
    else:
        futures = [executor.submit(dqmc_chain, model, temperature, **job) for job in jobs]
        records = [future.result() for future in futures]
    spent = time.perf_counter() - begun
    return dqmc_result(
        model, temperature, records, slices=count, sampling=sampling, seed=seed, seconds=spent, throw=throw
    )
