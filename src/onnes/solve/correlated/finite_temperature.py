"""Thermodynamics of a cluster: every level where a sector is small, Lanczos with random vectors where it is not.

Finite-temperature Lanczos (Jaklic and Prelovsek 1994): Tr A e^(-bH) = (dim/R) sum_r sum_j e^(-b e_j) <r|j><j|A|r>,
with the Ritz pairs j of a Krylov space that starts from the random vector r. Errors are a jackknife over r.
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from onnes.errors import InvalidInput
from onnes.model.correlated.hubbard import TJ, Hubbard
from onnes.solve.correlated import basis, lanczos
from onnes.solve.correlated.exact import dense, energy_scale
from onnes.solve.correlated.hamiltonian import ProjectedSector, Sector, dimension, sector
from onnes.state import Outcome, Report, State
from onnes.units import K_B


@dataclass(frozen=True, slots=True, eq=False)
class _Levels:
    """Levels of one sector with weights: (sample, level); one sample and weights 1 where all levels are known."""

    energy: np.ndarray
    weight: np.ndarray
    double: np.ndarray
    electrons: int
    copies: int


def exact_thermodynamics(
    model: Hubbard | TJ,
    temperature: ArrayLike,
    particles: tuple[int, int] | None = None,
    *,
    samples: int = 20,
    steps: int = 80,
    dense_limit: int = 800,
    seed: int = 0,
    memory_limit: float = 6e9,
) -> State:
    """Return energy, heat capacity, entropy, electrons and double occupancy of a cluster in thermal equilibrium.

    Without ``particles`` the ensemble is grand canonical at the chemical potential of the model: all
    sectors, weights e^(-H/kT) with -mu N inside H, and ``cluster_heat`` is (<H^2> - <H>^2)/(kT)^2 at fixed
    mu. With them it is canonical.

    Parameters
    ----------
    temperature : float (n,), K, positive, rising.
    samples : random vectors in each sector above ``dense_limit``, at least 2. steps : Lanczos steps for each.

    Returns
    -------
    State of method ``"exact_thermodynamics"``; errors are zero where all levels of all sectors are known.

    Raises
    ------
    InvalidInput : temperatures, numbers of electrons or samples that make no sense; more memory than the limit.
    """
    begun = time.perf_counter()
    t = _rising(temperature)
    if samples < 2 or steps < 2:
        raise InvalidInput(f"{samples} samples of {steps} steps", "give at least two of each")
    chosen = _sectors(model, particles)
    _refuse_large(model, max(dimension(model, pair) for pair, _ in chosen), steps, dense_limit, memory_limit)
    rng = np.random.default_rng(seed)
    parts = []
    for pair, copies in chosen:
        system = sector(model, pair)
        if system.dimension <= dense_limit:
            parts.append(_all_levels(system, model.cluster.sites, sum(pair), copies))
        else:
            floor = 1e-10 * energy_scale(model)
            parts.append(_sampled(system, model.cluster.sites, sum(pair), copies, samples, steps, rng, floor))
    fields = {"temperature": t, **_thermal(parts, K_B * t, model.cluster.sites)}
    known = all(len(p.energy) == 1 for p in parts)
    report = Report(
        outcome=Outcome.CONVERGED,
        engine="dense" if known else "finite-temperature lanczos",
        iterations=0 if known else steps,
        seed=seed,
        seconds=time.perf_counter() - begun,
    )
    return State(model, "exact_thermodynamics", fields, report)


def _refuse_large(model: Hubbard | TJ, largest: int, steps: int, dense_limit: int, limit: float) -> None:
    word = 16 if np.iscomplexobj(model.cluster.hopping) else 8
    need = largest * word * (2 * steps + 4) if largest > dense_limit else 3 * word * largest**2
    if need > limit:
        raise InvalidInput(
            f"the largest sector of {largest} amplitudes needs {need / 1e9:.2f} GB",
            "raise memory_limit, or take fewer sites or fewer steps",
        )


def _rising(temperature: ArrayLike) -> np.ndarray:
    t = np.atleast_1d(np.asarray(temperature, dtype=float))
    if t.ndim != 1 or not t.size or not np.all(np.isfinite(t)) or t[0] <= 0 or np.any(np.diff(t) <= 0):
        raise InvalidInput(
            "temperatures that are not positive and rising", "give a rising vector of positive K"
        )
    return t


def _sectors(model: Hubbard | TJ, particles: tuple[int, int] | None) -> list[tuple[tuple[int, int], int]]:
    """Return sectors with the number of sectors that have the same levels: N_up and N_dn may be exchanged."""
    if particles is not None:
        dimension(model, particles)
        return [(particles, 1)]
    n = model.cluster.sites
    pairs = [(u, d) for u in range(n + 1) for d in range(u + 1) if isinstance(model, Hubbard) or u + d <= n]
    return [((u, d), 1 if u == d else 2) for u, d in pairs]


def _double(system: Sector | ProjectedSector, sites: int) -> np.ndarray:
    """Return the number of doubly occupied sites of every configuration of a sector, flat."""
    return system.flat(basis.occupations(system.up, sites) @ basis.occupations(system.down, sites).T)


def _all_levels(system: Sector | ProjectedSector, sites: int, electrons: int, copies: int) -> _Levels:
    energy, vectors = np.linalg.eigh(dense(system))
    double = _double(system, sites) @ np.abs(vectors) ** 2
    return _Levels(energy[None], np.ones((1, len(energy))), double[None], electrons, copies)


def _sampled(
    system: Sector | ProjectedSector,
    sites: int,
    electrons: int,
    copies: int,
    samples: int,
    steps: int,
    rng: np.random.Generator,
    floor: float,
) -> _Levels:
    pairs = _double(system, sites)
    rows = np.zeros((3, samples, steps))
    for r in range(samples):
        start = lanczos.random_vector(system.dimension, system.dtype, rng)
        alpha, beta, vectors = lanczos.krylov(system.apply, start, steps, floor)
        energy, ritz = np.linalg.eigh(np.diag(alpha) + np.diag(beta, 1) + np.diag(beta, -1))
        m = len(energy)
        touched = ritz.T @ (vectors.conj() @ (pairs * vectors[0]))  # <j|D|r>
        rows[0, r, :m], rows[0, r, m:] = energy, energy[0]
        rows[1, r, :m] = system.dimension * ritz[0] ** 2
        rows[2, r, :m] = system.dimension * (ritz[0] * touched).real
    weight = np.where(rows[1] > 0, rows[1], 1.0)
    return _Levels(rows[0], rows[1], np.where(rows[1] > 0, rows[2] / weight, 0.0), electrons, copies)


def _thermal(parts: list[_Levels], kt: np.ndarray, sites: int) -> dict[str, np.ndarray]:
    lowest = min(float(p.energy.min()) for p in parts)
    samples = max(len(p.energy) for p in parts)
    sums = np.zeros((samples, 5, len(kt)))  # Z, E, E^2, N, D; energies from the lowest level
    for p in parts:
        above = p.energy - lowest
        boltzmann = p.copies * p.weight[..., None] * np.exp(-above[..., None] / kt)
        observed = (np.ones_like(above), above, above**2, np.full_like(above, p.electrons), p.double)
        sums += np.stack([np.einsum("rj,rjt->rt", o, boltzmann) for o in observed], axis=1)
    mean = _means(sums.mean(axis=0), kt, lowest, sites)
    names = (
        "cluster_energy",
        "cluster_heat",
        "cluster_entropy",
        "cluster_electrons",
        "mean_double_occupancy",
    )
    if samples == 1:
        errors = np.zeros_like(mean)
    else:
        left_out = (sums.sum(axis=0) - sums) / (samples - 1)
        spread = np.array([_means(s, kt, lowest, sites) for s in left_out])
        errors = np.sqrt((samples - 1) * spread.var(axis=0))
    found = dict(zip(names, mean, strict=True))
    return found | {f"{name}_error": error for name, error in zip(names, errors, strict=True)}


def _means(sums: np.ndarray, kt: np.ndarray, lowest: float, sites: int) -> np.ndarray:
    partition, energy, square, electrons, double = sums
    above = energy / partition
    heat = (square / partition - above**2) / kt**2
    entropy = above / kt + np.log(partition)
    return np.array([above + lowest, heat, entropy, electrons / partition, double / partition / sites])
