"""Exact diagonalisation of one sector: lowest state by Lanczos, all levels where the sector is small."""

import time
from collections.abc import Sequence

import numpy as np

from onnes.errors import InvalidInput, NotConverged
from onnes.model.correlated.hubbard import TJ, Hubbard
from onnes.solve.correlated import lanczos
from onnes.solve.correlated.hamiltonian import ProjectedSector, Sector, dimension, sector
from onnes.solve.correlated.momentum import characters
from onnes.solve.correlated.momentum_sector import OrbitSector, RowSector, momentum_sector, row_bytes
from onnes.solve.correlated.observables import correlations, densities, spin_squared
from onnes.state import Check, Outcome, Report, State

VECTORS = 3
"""Vectors of the size of the sector that a Lanczos run holds at its peak."""

FLIP_VECTORS = 4
"""Further vectors, while a term J flips two spins."""

WHOLE_VECTORS = 2
"""Wave functions psi[I, J] held at once after a run with momentum."""


def exact_memory(model: Hubbard | TJ, particles: tuple[int, int], momentum: int | None = None) -> int:
    """Return the bytes that `exact_diagonalisation` needs at its peak for the sector (N_up, N_dn), by Lanczos.

    With a momentum: the vectors of its sector, and two whole ones for the expectation values. Without:
    three vectors, seven where J flips spins; a t-J model adds its stored matrix and, while it is built, the
    product of the two bases. The interpreter and its libraries, some 0.2 GB, come on top.
    """
    n = model.cluster.sites
    size = dimension(model, particles)
    word = 16 if np.iscomplexobj(model.cluster.hopping) else 8
    if momentum is not None:
        word = np.result_type(model.cluster.hopping, characters(model.cluster, momentum)).itemsize
        whole = dimension(Hubbard(model.cluster, 0.0), particles)  # psi[I, J] of a t-J model holds its zeros
        return row_bytes(model, particles, word) + WHOLE_VECTORS * whole * word
    held = VECTORS * size * word
    if isinstance(model, Hubbard) and model.J is not None:
        held += FLIP_VECTORS * size * word
    if isinstance(model, TJ):
        entries = np.count_nonzero(np.abs(model.cluster.hopping) + np.abs(model.J)) + n
        full = dimension(Hubbard(model.cluster, 0.0), particles)
        held += size * entries * (word + 16) + full * (9 + word)
    return int(held)


def exact_diagonalisation(
    model: Hubbard | TJ,
    particles: tuple[int, int],
    *,
    momentum: int | None = None,
    all_correlations: bool = True,
    keep_wavefunction: bool = True,
    dense_limit: int = 1000,
    tolerance: float = 1e-9,
    seed: int = 0,
    memory_limit: float = 6e9,
    throw: bool = True,
) -> State:
    """Return the ground state of ``model`` with (N_up, N_dn) electrons.

    Sectors up to ``dense_limit`` are diagonalised in full and carry every level; larger ones by Lanczos. Where
    the lowest level is degenerate, the expectation values are those of one of its vectors.

    Parameters
    ----------
    momentum : number of one of ``cluster.wavevectors``: the lowest state of that total momentum, None of all.
    all_correlations : spin and charge correlations of all pairs. keep_wavefunction : spectra need it.
    tolerance : |H psi - E psi| over the largest of |hopping| and |U|.
    memory_limit : bytes; a run that needs more is refused before it starts.

    Returns
    -------
    State of method ``"exact"``. Energies contain U (n_up - 1/2)(n_dn - 1/2) and -mu N.

    Raises
    ------
    InvalidInput : electrons that do not fit the cluster, memory above the limit, translations that change U, V or J.
    NotConverged : a residual above the tolerance, unless ``throw`` is False.
    """
    begun = time.perf_counter()
    system, size = _system(model, particles, momentum, dense_limit, memory_limit)
    target = tolerance * energy_scale(model)
    levels, vector, energy, residuals, used = _lowest(system, size <= dense_limit, target, seed)
    psi = system.matrix(vector)
    fields = _fields(model, particles, system, psi, energy, all_correlations)
    if momentum is not None:
        fields["momentum_sector"] = np.array(momentum)
    if levels is not None:
        fields |= {"many_body_level": np.arange(size), "many_body_levels": levels}
    if keep_wavefunction:
        fields["many_body_amplitudes"] = psi
    done = residuals[-1] <= target
    report = Report(
        outcome=Outcome.CONVERGED if done else Outcome.MAX_ITERATIONS,
        engine="dense" if levels is not None else "lanczos",
        residuals=residuals,
        target=target,
        iterations=used,
        seed=seed,
        seconds=time.perf_counter() - begun,
        checks=_checks(model, particles, fields, residuals[-1], target),
    )
    if throw and not done:
        raise NotConverged(report)
    return State(model, "exact", fields, report)


def momentum_energies(
    model: Hubbard | TJ,
    particles: tuple[int, int],
    momenta: Sequence[int] | None = None,
    *,
    dense_limit: int = 1000,
    tolerance: float = 1e-9,
    seed: int = 0,
    memory_limit: float = 6e9,
) -> State:
    """Return the lowest energy E_0(q) of each total momentum q with (N_up, N_dn) electrons, and the sectors' sizes.

    No wave function of the whole sector is formed: a run holds 1/cells of the memory. A momentum without
    states has energy nan. The state, of method ``"exact_momenta"``, has energies as `exact_diagonalisation`.

    Parameters
    ----------
    momenta : numbers of wavevectors, rising; all where absent. Others as `exact_diagonalisation`.

    Raises
    ------
    InvalidInput, NotConverged : as `exact_diagonalisation`; wavevectors that are none.
    """
    begun = time.perf_counter()
    waves, size = model.cluster.wavevectors, dimension(model, particles)
    chosen = _rising(momenta, len(waves))
    target, found, worst, used = tolerance * energy_scale(model), [], 0.0, 0
    for q in chosen:
        word = np.result_type(model.cluster.hopping, characters(model.cluster, q)).itemsize
        if size > dense_limit:
            _refuse_large(size, row_bytes(model, particles, word), memory_limit)
        system = momentum_sector(model, particles, int(q))
        if not system.dimension:
            found.append((np.nan, 0))
            continue
        _, _, energy, residuals, count = _lowest(system, system.dimension <= dense_limit, target, seed)
        found.append((energy, system.dimension))
        worst, used = max(worst, residuals[-1]), used + count
    report = Report(
        outcome=Outcome.CONVERGED if worst <= target else Outcome.MAX_ITERATIONS,
        engine="lanczos" if used else "dense",
        residuals=(worst,),
        target=target,
        iterations=used,
        seed=seed,
        seconds=time.perf_counter() - begun,
        checks=(Check("largest residual norm, meV", worst, target),),
    )
    if worst > target:
        raise NotConverged(report)
    fields = {
        "momentum": chosen,
        "wavevector": waves[chosen],
        "momentum_energy": np.array([e for e, _ in found]),
        "momentum_dimension": np.array([d for _, d in found]),
        "electrons_up": np.array(particles[0]),
        "electrons_down": np.array(particles[1]),
    }
    return State(model, "exact_momenta", fields, report)


def _rising(momenta: Sequence[int] | None, cells: int) -> np.ndarray:
    chosen = np.arange(cells) if momenta is None else np.array(momenta, dtype=int)
    if chosen.ndim != 1 or not chosen.size or np.any(np.diff(chosen) <= 0):
        raise InvalidInput("momenta that do not rise", "give rising numbers of wavevectors")
    return chosen


def _system(
    model: Hubbard | TJ,
    particles: tuple[int, int],
    momentum: int | None,
    dense_limit: int,
    memory_limit: float,
) -> tuple[Sector | ProjectedSector | RowSector | OrbitSector, int]:
    """Return the Hamiltonian and its dimension; refuse what does not fit before anything is built."""
    if (size := dimension(model, particles)) > dense_limit:
        _refuse_large(size, exact_memory(model, particles, momentum), memory_limit)
    if momentum is None:
        return sector(model, particles), size
    system = momentum_sector(model, particles, momentum)
    if not system.dimension:
        raise InvalidInput(
            f"momentum {momentum} of {particles[0]} up and {particles[1]} down electrons holds no state",
            "take another wavevector",
        )
    return system, system.dimension


def _refuse_large(size: int, need: int, limit: float) -> None:
    if need > limit:
        raise InvalidInput(
            f"a sector of {size} amplitudes needs {need / 1e9:.2f} GB, above the limit of {limit / 1e9:.2f} GB",
            "raise memory_limit, or take fewer sites or electrons",
        )


def _lowest(
    system: Sector | ProjectedSector | RowSector | OrbitSector, full: bool, target: float, seed: int
) -> tuple[np.ndarray | None, np.ndarray, float, tuple[float, ...], int]:
    """Return all levels or None, the lowest vector and energy, residuals, and applications of H."""
    if full:
        levels, vectors = np.linalg.eigh(dense(system))
        vector, energy = vectors[:, 0], float(levels[0])
        return levels, vector, energy, (float(np.linalg.norm(system.apply(vector) - energy * vector)),), 0
    start = lanczos.random_vector(system.dimension, system.dtype, np.random.default_rng(seed))
    ground = lanczos.ground_state(system.apply, start, target)
    return None, ground.vector, ground.energy, ground.residuals, ground.applications


def energy_scale(model: Hubbard | TJ) -> float:
    """Return the largest matrix element of a model, meV, at least tiny: what tolerances are measured by."""
    local = model.U if isinstance(model, Hubbard) else model.J
    return float(max(np.abs(model.cluster.hopping).max(), np.abs(local).max(), 1e-12))


def dense(system: Sector | ProjectedSector | RowSector | OrbitSector) -> np.ndarray:
    """Return the Hamiltonian of a small sector as a matrix."""
    size = system.dimension
    return np.column_stack([system.apply(column) for column in np.eye(size, dtype=system.dtype)])


def _fields(
    model: Hubbard | TJ,
    particles: tuple[int, int],
    system: Sector | ProjectedSector | RowSector | OrbitSector,
    psi: np.ndarray,
    energy: float,
    pairs: bool,
) -> dict[str, np.ndarray]:
    n = model.cluster.sites
    occupation, double = densities(psi, system.up, system.down, n)
    fields = {
        "many_body_energy": np.array(energy),
        "electrons_up": np.array(particles[0]),
        "electrons_down": np.array(particles[1]),
        "cluster_site": np.arange(n),
        "configuration_up": system.up,
        "configuration_down": system.down,
        "site_occupation": occupation,
        "double_occupancy": double,
        "total_spin_squared": np.array(spin_squared(psi, system.up, system.down, n)),
    }
    if pairs:
        zz, spin, charge = correlations(psi, system.up, system.down, n)
        fields |= {"cluster_site_to": np.arange(n), "spin_correlation_zz": zz, "spin_correlation": spin}
        fields["charge_correlation"] = charge
    return fields


def _checks(
    model: Hubbard | TJ,
    particles: tuple[int, int],
    fields: dict[str, np.ndarray],
    residual: float,
    target: float,
) -> tuple[Check, ...]:
    n = model.cluster.sites
    squared = float(fields["total_spin_squared"])
    spin = max(round(np.sqrt(4 * squared + 1) - 1), abs(particles[0] - particles[1])) / 2
    found = [
        Check("residual norm, meV", residual, target),
        Check("electrons", float(fields["site_occupation"].sum()) - sum(particles), 1e-9 * n),
        Check("S(S+1), unless levels of other spin are degenerate", squared - spin * (spin + 1), 1e-5),
    ]
    half = isinstance(model, Hubbard) and particles[0] == particles[1] and 2 * particles[0] == n
    if half and not np.iscomplexobj(model.cluster.hopping) and model.cluster.bipartite is not None:
        worst = float(np.abs(fields["site_occupation"] - 1).max())
        found.append(Check("particle-hole symmetry, one electron a site, unless degenerate", worst, 1e-5))
    return tuple(found)
