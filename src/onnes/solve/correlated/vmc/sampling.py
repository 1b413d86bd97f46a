"""Energies and correlations of a trial state by Monte Carlo, with errors from the chains themselves."""

import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import numpy as np

from onnes.errors import InvalidInput, TooShort
from onnes.model.correlated.gutzwiller import ProjectedBCS, VariationalProblem
from onnes.model.correlated.hubbard import TJ, Hubbard
from onnes.numerics.statistics import Estimate, estimate, jackknife
from onnes.solve.correlated.vmc.chain import Chain, Engine, advance, engine_of, start_chain
from onnes.solve.correlated.vmc.local_energy import AXES, DENSITY, EXCHANGE, KINETIC
from onnes.state import Check, Outcome, Report, State

DRIFT = 1e-6
"""Relative error of the pivoted table of ratios that is still trusted."""


class Executor(Protocol):
    """Anything with ``map``: a pool of threads or processes, an MPI or dask wrapper."""

    def map(self, function: Callable[..., Any], *arguments: Iterable[Any]) -> Iterable[Any]: ...


def variational(
    model: Hubbard | TJ,
    trial: ProjectedBCS,
    particles: tuple[int, int],
    *,
    sweeps: int = 4000,
    warmup: int = 400,
    chains: int = 4,
    block: int = 50,
    seed: int = 0,
    start: State | None = None,
    executor: Executor | None = None,
) -> State:
    """Return the energy and correlations of a projected trial state: variational Monte Carlo.

    E = sum_x p(x) E_L(x), p = |<x|psi>|^2/<psi|psi>, E_L = <x|H|psi>/<x|psi>; configurations x are drawn by Metropolis
    moves (hops and spin exchanges along the bonds of the model), one proposal for each bond a sweep.

    Parameters
    ----------
    trial : its ``log_gutzwiller`` is None in a t-J model. particles : (N_up, N_dn).
    sweeps : measured sweeps of each chain, a multiple of ``block``. warmup : sweeps before.
    block : sweeps between fresh inversions, which also measure the drift of the updates.
    seed : of the random numbers of all chains; the same seed gives the same bits.
    start : a state of this function for the same problem: its chains go on, and the result is that of one run of
        both lengths, to the bit (``warmup``, ``chains``, ``block`` and ``seed`` are those of ``start``).
    executor : runs the chains, in order where absent.

    Returns
    -------
    State of method ``"vmc"``. Errors of the energy come from autocorrelation times, all others from bins of at
    least five of them.

    Raises
    ------
    InvalidInput : sweeps that are no multiple of the block, an open shell, no configuration with weight, a start of
        another problem.
    TooShort : chains shorter than fifty autocorrelation times.
    """
    begun = time.perf_counter()
    problem = VariationalProblem(model, trial, particles)
    if start is not None:
        seed, block, held = _resume(start, problem)
    if sweeps < block or sweeps % block or warmup % block or chains < 1 or block < 1:
        raise InvalidInput(
            f"sweeps {sweeps} and warmup {warmup} in blocks of {block}, {chains} chains",
            "give positive numbers, sweeps and warmup multiples of the block",
        )
    engine = engine_of(problem, block)
    if start is None:
        run = _mapper(executor)
        fresh = [start_chain(engine, seed, c) for c in range(chains)]
        held = list(run(_warm, [engine] * chains, fresh, [warmup // block] * chains))
    held = list(_mapper(executor)(advance, [engine] * len(held), held, [sweeps // block] * len(held)))
    return _state(engine, held, seed, time.perf_counter() - begun, "cold" if start is None else "warm")


def _warm(engine: Engine, chain: Chain, blocks: int) -> Chain:
    return advance(engine, chain, blocks, measure=False)


def _mapper(executor: Executor | None) -> Callable[..., Iterable[Any]]:
    return map if executor is None else executor.map


def _state(engine: Engine, held: list[Chain], seed: int, seconds: float, how: str) -> State:
    problem, layout = engine.problem, engine.layout
    parts = [_estimate(c.series) for c in held]
    energy = float(np.mean([p.value for p in parts]))
    error = float(np.sqrt(np.sum([p.error**2 for p in parts])) / len(parts))
    tau = float(np.max([p.tau for p in parts]))
    bins = _pooled(held, engine.block, tau)
    value, spread = jackknife(bins, lambda mean: _derived(engine, mean))
    fields = {
        "variational_energy": np.array(energy),
        "variational_energy_error": np.array(error),
        "energy_autocorrelation": np.array(tau),
        "electrons_up": np.array(problem.particles[0]),
        "electrons_down": np.array(problem.particles[1]),
        "cluster_site": np.arange(problem.hamiltonian.cluster.sites),
        "pair_class": np.arange(len(layout.classes.size)),
        "pair_displacement": layout.classes.displacement,
        "pair_class_size": layout.classes.size,
        "pair_bonds": layout.pair_count,
        "momentum": np.arange(len(problem.trial.cluster.wavevectors)),
        "wavevector": problem.trial.cluster.wavevectors,
    }
    for name, place, shape in _names(engine):
        fields[name] = value[place].reshape(shape)
        fields[f"{name}_error"] = spread[place].reshape(shape)
    fields |= _chain_fields(engine, held)
    report = Report(
        outcome=Outcome.CONVERGED,
        engine="pivoted determinant",
        residuals=(error,),
        target=error,
        iterations=int(sum(len(c.series) for c in held)),
        seed=seed,
        start=how,
        seconds=seconds,
        checks=_checks(engine, held, parts, error, fields),
    )
    return State(problem, "vmc", fields, report)


def _estimate(series: np.ndarray) -> Estimate:
    """Statistics of one chain; a series without scatter beyond rounding is an exact eigenvalue."""
    mean = float(series.mean())
    if np.ptp(series) <= 1e-9 * max(abs(mean), 1.0):
        return Estimate(mean, float(np.ptp(series)), 0.5, float(len(series)))
    return estimate(series)


def _pooled(held: list[Chain], block: int, tau: float) -> np.ndarray:
    """Means of bins (bin, entry) of all chains, each bin at least five autocorrelation times long."""
    found = []
    for chain in held:
        full = chain.filled // chain.width
        bins, width = chain.bins[:full], chain.width
        while width * block < 5 * tau:
            bins = bins[: len(bins) // 2 * 2]
            bins, width = bins[0::2] + bins[1::2], 2 * width
        found.append(bins / (width * block))
    pooled = np.concatenate(found)
    if len(pooled) < 4:
        raise TooShort(f"{len(pooled)} bins of five autocorrelation times", "run more sweeps, or more chains")
    return pooled


def _names(engine: Engine) -> list[tuple[str, slice, tuple[int, ...]]]:
    """Names of the derived quantities, their places in the vector of `_derived`, their shapes."""
    n, m = engine.problem.hamiltonian.cluster.sites, len(engine.layout.classes.size)
    q, axes = len(engine.problem.trial.cluster.wavevectors), engine.problem.trial.cluster.positions.shape[1]
    shapes: list[tuple[str, tuple[int, ...]]] = [
        ("energy_spin_form", ()),
        ("energy_density_form", ()),
        ("kinetic_energy", ()),
        ("energy_variance", ()),
        ("bond_spin_correlation", ()),
        ("bond_exchange", ()),
        ("diamagnetic_energy", (axes,)),
        ("site_occupation", (n,)),
        ("double_occupancy", (n,)),
        ("site_moment", (n,)),
        ("spin_zz_by_class", (m,)),
        ("spin_by_class", (m,)),
        ("charge_by_class", (m,)),
        ("bond_singlet_by_class", (m,)),
        ("spin_structure_factor", (q,)),
        ("charge_structure_factor", (q,)),
    ]
    found, place = [], 0
    for name, shape in shapes:
        length = int(np.prod(shape, dtype=int))
        found.append((name, slice(place, place + length), shape))
        place += length
    return found


def _derived(engine: Engine, mean: np.ndarray) -> np.ndarray:
    """Return all derived quantities of a vector of means, in the order of `_names`."""
    layout, trial = engine.layout, engine.problem.trial
    part = {name: mean[place] for name, place in layout.slices.items()}
    parts, classes = part["parts"], layout.classes
    cells = len(trial.cluster.translations)
    energy = engine.hamiltonian.weights @ parts[:AXES]
    total_j = engine.hamiltonian.J.sum()
    bare = energy - engine.hamiltonian.weights[DENSITY] * parts[DENSITY]
    forms = _forms(engine, energy, bare, parts)
    per_bond = np.array([parts[EXCHANGE], parts[EXCHANGE] - parts[DENSITY] / 4]) / (total_j or np.nan)
    by_class = [part[name] / classes.size for name in ("zz", "spin", "charge")]
    pairs = np.where(layout.pair_count > 0, part["pair"] / np.maximum(layout.pair_count, 1), 0.0)
    phase = np.cos(2 * np.pi * trial.cluster.wavevectors @ classes.displacement.T) * classes.size / cells
    occupied = part["occupation"]
    connected = by_class[2] - classes.mean(np.outer(occupied, occupied))
    return np.concatenate(
        [
            forms,
            [parts[KINETIC] / trial.cluster.sites, part["square"][0] - energy**2],
            per_bond,
            parts[AXES:] / cells,
            occupied,
            part["double"],
            part["moment"],
            *by_class,
            pairs,
            phase @ by_class[1] / 3,
            phase @ connected,
        ]
    )


def _forms(engine: Engine, energy: float, bare: float, parts: np.ndarray) -> np.ndarray:
    """Energy with J S.S and with J (S.S - n n/4); of a Hubbard model about half filling and with U n_up n_dn."""
    model = engine.problem.hamiltonian
    if isinstance(model, TJ):
        return np.array([bare, bare - parts[DENSITY] / 4])
    v = np.zeros((1, 1)) if model.V is None else model.V
    uniform = np.ptp(model.U) == 0 and np.ptp(v.sum(axis=1)) <= 1e-12 * (1 + np.abs(v).max())
    return np.array(
        [energy, energy + model.plain_shift(sum(engine.problem.particles)) if uniform else np.nan]
    )


def _checks(
    engine: Engine, held: list[Chain], parts: list[Estimate], error: float, fields: dict[str, np.ndarray]
) -> tuple[Check, ...]:
    found = [
        Check("drift of the ratios between inversions", max(c.drift for c in held), DRIFT),
        Check(
            "electrons",
            float(fields["site_occupation"].sum()) - sum(engine.problem.particles),
            1e-9 * sum(engine.problem.particles),
        ),
    ]
    if len(parts) > 1 and error > 0:
        spread = [(p.value - float(fields["variational_energy"])) / max(p.error, 1e-300) for p in parts]
        dof = len(parts) - 1
        chi2 = float(np.sum(np.square(spread)))
        found.append(
            Check("chains disagree, standard deviations of chi^2", (chi2 - dof) / np.sqrt(2 * dof), 6.0)
        )
    return tuple(found)


def _chain_fields(engine: Engine, held: list[Chain]) -> dict[str, np.ndarray]:
    counts = [(c.blocks, c.width, c.filled, *c.counts, c.seed, engine.block) for c in held]
    return {
        "walk": np.array([c.number for c in held]),
        "walk_energy": np.array([c.series for c in held]),
        "walk_filled": np.array([c.columns for c in held]),
        "walk_empty": np.array([c.rows for c in held]),
        "walk_bins": np.array([c.bins for c in held]),
        "walk_counts": np.array(counts, dtype=np.int64),
        "walk_drift": np.array([c.drift for c in held]),
    }


def _resume(start: State, problem: VariationalProblem) -> tuple[int, int, list[Chain]]:
    """Return seed, block and chains that a state carries; raise `InvalidInput` where it is of another problem."""
    same = start.method == "vmc" and "walk_bins" in start and _same(start.model, problem)
    if not same:
        raise InvalidInput(
            f"a {start.method} state of another problem",
            "go on with the same model, trial state and electrons",
        )
    held = []
    for k, number in enumerate(start["walk"]):
        blocks, width, filled, proposed, accepted, seed, block = (int(v) for v in start["walk_counts"][k])
        held.append(
            Chain(
                int(number),
                seed,
                np.array(start["walk_filled"][k]),
                np.array(start["walk_empty"][k]),
                blocks,
                np.array(start["walk_energy"][k]),
                np.array(start["walk_bins"][k]),
                width,
                filled,
                np.array([proposed, accepted]),
                float(start["walk_drift"][k]),
            )
        )
    return seed, block, held


def _same(one: Any, other: Any) -> bool:
    from onnes.model import codec

    return bool(codec.encode(one) == codec.encode(other))
