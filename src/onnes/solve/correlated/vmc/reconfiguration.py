"""Best parameters of a trial state: stochastic reconfiguration.

``dp = -tau S^-1 f``: f_a = Re <O_a* (E_L - E)> is half the slope of the energy,
S_ab = Re(<O_a* O_b> - <O_a*><O_b>) the metric of the states, O_a = d ln psi/dp_a. It is a step tau of imaginary
time within the family of trial states.
S. Sorella, Phys. Rev. B 64, 024512 (2001).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from onnes.errors import InvalidInput, NotConverged, TooShort
from onnes.model.correlated.gutzwiller import GUTZWILLER, ProjectedBCS, VariationalProblem
from onnes.model.correlated.hubbard import TJ, Hubbard
from onnes.numerics.statistics import jackknife
from onnes.solve.correlated.vmc.chain import Chain, Engine, engine_of, kernels_of, one_block, start_chain
from onnes.state import Check, Outcome, Report, State

BATCHES = 8
"""Means of consecutive steps whose scatter is the error of the optimised parameters."""

WARM = 8
"""Blocks that equilibrate a chain at new parameters."""


def optimise_variational(
    model: Hubbard | TJ,
    trial: ProjectedBCS,
    particles: tuple[int, int],
    *,
    parameters: Sequence[str] | None = None,
    steps: int = 120,
    average: int = 64,
    sweeps: int = 400,
    chains: int = 2,
    rate: float | None = None,
    largest_step: float = 0.1,
    shift: float = 1e-3,
    final_sweeps: int = 8000,
    block: int = 50,
    seed: int = 0,
    tolerance: float | None = None,
    throw: bool = True,
) -> State:
    """Return the trial state of lowest energy of its family: stochastic reconfiguration.

    Parameters
    ----------
    parameters : names to optimise, of ``trial.parameters``; all but "hopping", which sets the scale, where absent.
    steps, sweeps : steps, and measured sweeps of each chain in a step, a multiple of ``block``.
    average : last steps whose mean is the result, a multiple of 8; their scatter, in 8 batches, is its error.
    rate : tau, 1/meV; 0.2 over the largest of |hopping|, |J|, |U|/4 where absent. largest_step : of any parameter.
    shift : added to the metric, relative to its diagonal. final_sweeps : of each chain at the result, for its slope.
    tolerance : slope dE/dp that passes even where it is significant, meV; 0.05 of the same scale where absent.

    Returns
    -------
    State of method ``"vmc-optimisation"`` whose ``model.trial`` is the optimised trial state.

    Raises
    ------
    InvalidInput : unknown names, steps or sweeps that do not fit, an open shell, no configuration with weight.
    NotConverged : a final slope that differs from zero by four standard errors and by the tolerance, unless ``throw``
        is False.
    """
    begun = time.perf_counter()
    problem = VariationalProblem(model, trial, particles)
    names = _chosen(trial, parameters)
    _check(steps, average, sweeps, final_sweeps, block, chains)
    scale = _scale(model)
    engine = engine_of(problem, block)
    held = [start_chain(engine, seed, c) for c in range(chains)]
    control = _Control(
        names, steps, sweeps // block, 0.2 / scale if rate is None else rate, largest_step, shift
    )
    engine, held, path, energies = _descend(engine, held, control)
    mean, spread = jackknife(path[-average:].reshape(BATCHES, -1, len(names)).mean(axis=1), lambda x: x)
    engine = _moved(engine, names, mean)
    held, *_ = _sample(engine, held, names, WARM, measure=False)
    held, local, slopes = _sample(engine, held, names, final_sweeps // block)
    slope, slope_error = _slope(local, slopes)
    energy, error = _mean_and_error(local, block)
    fields = {
        "variational_energy": np.array(energy),
        "variational_energy_error": np.array(error),
        "trial_parameter": np.arange(len(names)),
        "trial_step": np.arange(steps),
        "trial_values": mean,
        "trial_values_error": spread,
        "trial_history": path,
        "trial_energy_history": np.array([e for e, _ in energies]),
        "trial_energy_history_error": np.array([e for _, e in energies]),
        "trial_gradient": slope,
        "trial_gradient_error": slope_error,
    }
    allowed = np.maximum(4 * slope_error, 0.05 * scale if tolerance is None else tolerance)
    worst = float(np.max(np.abs(slope) / allowed))
    report = Report(
        outcome=Outcome.CONVERGED if worst <= 1 else Outcome.MAX_ITERATIONS,
        engine=f"stochastic reconfiguration of {', '.join(names)}",
        residuals=(worst,),
        target=1.0,
        iterations=steps,
        seed=seed,
        seconds=time.perf_counter() - begun,
        checks=_checks(worst, energies[-average:], held),
    )
    if throw and worst > 1:
        raise NotConverged(report)
    return State(engine.problem, "vmc-optimisation", fields, report)


def _checks(worst: float, energies: list[tuple[float, float]], held: list[Chain]) -> tuple[Check, ...]:
    return (
        Check("largest slope over what is allowed", worst, 1.0),
        Check("fall of the energy over the averaged steps, errors", _trend(energies), 4.0),
        Check("drift of the ratios between inversions", max(c.drift for c in held), 1e-6),
    )


@dataclass(frozen=True, slots=True)
class _Control:
    """Names of the parameters, steps, blocks of a step, tau, largest step, shift of the metric."""

    names: tuple[str, ...]
    steps: int
    blocks: int
    tau: float
    largest: float
    shift: float


def _descend(
    engine: Engine, held: list[Chain], control: _Control
) -> tuple[Engine, list[Chain], np.ndarray, list[tuple[float, float]]]:
    """Return (tables, chains, parameters (step, name), energies with errors) of all steps."""
    names = control.names
    values = np.array([engine.problem.trial.parameters[name] for name in names])
    held, *_ = _sample(engine, held, names, WARM, measure=False)
    history, energies = [], []
    for _ in range(control.steps):
        held, local, slopes = _sample(engine, held, names, control.blocks)
        history.append(values)
        energies.append(_mean_and_error(local, engine.block))
        move = -control.tau * np.linalg.solve(_metric(slopes, control.shift), _force(local, slopes))
        values = values + move * min(1.0, control.largest / max(float(np.abs(move).max()), 1e-300))
        engine = _moved(engine, names, values)
    return engine, held, np.array(history), energies


def _scale(model: Hubbard | TJ) -> float:
    h = np.abs(model.cluster.hopping - np.diag(np.diag(model.cluster.hopping))).max()
    j = 0.0 if model.J is None else np.abs(model.J).max()
    u = 0.0 if isinstance(model, TJ) else np.abs(model.U).max() / 4
    return float(max(h, j, u, 1e-12))


def _chosen(trial: ProjectedBCS, parameters: Sequence[str] | None) -> tuple[str, ...]:
    known = trial.parameters
    names = tuple(n for n in known if n != "hopping") if parameters is None else tuple(parameters)
    if not names or len(set(names)) < len(names) or set(names) - set(known):
        raise InvalidInput(f"parameters {names}", f"name some of {', '.join(known)}")
    return names


def _check(steps: int, average: int, sweeps: int, final_sweeps: int, block: int, chains: int) -> None:
    whole = min(steps, average, sweeps, final_sweeps, block, chains) >= 1
    if not whole or average % BATCHES or average > steps or sweeps % block or final_sweeps % block:
        raise InvalidInput(
            f"{steps} steps, average {average}, sweeps {sweeps} and {final_sweeps} in blocks of {block}",
            f"give an average of at most all steps, a multiple of {BATCHES}, and sweeps in multiples of the block",
        )


def _moved(engine: Engine, names: tuple[str, ...], values: np.ndarray) -> Engine:
    """Return the tables at other parameters."""
    old = engine.problem
    trial = old.trial.with_parameters({n: float(v) for n, v in zip(names, values, strict=True)})
    return engine_of(VariationalProblem(old.hamiltonian, trial, old.particles), engine.block)


def _sample(
    engine: Engine, held: list[Chain], names: tuple[str, ...], blocks: int, *, measure: bool = True
) -> tuple[list[Chain], np.ndarray, np.ndarray]:
    """Return (chains, local energies (chain, sweep), logarithmic derivatives (chain, sweep, name))."""
    trial = engine.problem.trial
    fields = tuple(t.name for t in trial.terms if t.name in names)
    order = [*fields, *(c.name for c in trial.correlators)]
    order += [GUTZWILLER] if GUTZWILLER in trial.parameters else []
    columns = [order.index(n) for n in names]
    kernels = kernels_of(engine, fields) if measure else None
    after, energies, slopes = [], [], []
    for chain in held:
        local, derivative = [], []
        for _ in range(blocks):
            chain, e, _, o = one_block(engine, chain, measure=measure, kernels=kernels)
            if measure:
                local.append(e)
                derivative.append(o[:, columns])
        after.append(chain)
        if measure:
            energies.append(np.concatenate(local))
            slopes.append(np.concatenate(derivative))
    return after, np.array(energies), np.array(slopes)


def _metric(slopes: np.ndarray, shift: float) -> np.ndarray:
    o = slopes.reshape(-1, slopes.shape[-1])
    o = o - o.mean(axis=0)
    s = (o.conj().T @ o).real / len(o)
    return s + np.diag(shift * np.diag(s) + 1e-12)


def _force(local: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    o, e = slopes.reshape(-1, slopes.shape[-1]), local.reshape(-1)
    return ((o - o.mean(axis=0)).conj().T @ (e - e.mean())).real / len(e)


def _slope(local: np.ndarray, slopes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return dE/dp = 2 f and its error from sixteen bins of each chain."""
    chains, sweeps, k = slopes.shape
    width = max(sweeps // 16, 1)
    e = local[:, : sweeps // width * width].reshape(chains, -1, width)
    o = slopes[:, : sweeps // width * width].reshape(chains, -1, width, k)
    bins = np.concatenate(
        [(o.conj() * e[..., None]).mean(axis=2).real, o.mean(axis=2).real, o.mean(axis=2).imag,
         e.mean(axis=2)[..., None].real, e.mean(axis=2)[..., None].imag], axis=2,
    ).reshape(-1, 3 * k + 2)  # fmt: skip

    def slope(mean: np.ndarray) -> np.ndarray:
        mixed, real, imag, energy, rest = mean[:k], mean[k : 2 * k], mean[2 * k : 3 * k], mean[-2], mean[-1]
        return 2 * (mixed - real * energy - imag * rest)

    return jackknife(bins, slope)


def _mean_and_error(local: np.ndarray, block: int) -> tuple[float, float]:
    """Return the mean local energy and its error from blocks."""
    bins = local.real.reshape(-1, block).mean(axis=1)
    if len(bins) < 4:
        raise TooShort(f"{len(bins)} blocks in a step", "use more sweeps a step, or more chains")
    value, error = jackknife(bins, lambda x: x)
    return float(value), float(error)


def _trend(history: list[tuple[float, float]]) -> float:
    """Return how far the energy fell from the first to the second half of the steps, in standard errors."""
    energies = np.array(history)
    half = len(energies) // 2
    first, second = energies[:half], energies[-half:]
    error = np.sqrt(np.sum(first[:, 1] ** 2) + np.sum(second[:, 1] ** 2)) / half
    return float((first[:, 0].mean() - second[:, 0].mean()) / max(error, 1e-300))
