"""Exact diagonalisation of one sector: lowest state by Lanczos, all levels where the sector is small."""

import time

import numpy as np

from onnes.errors import InvalidInput, NotConverged
from onnes.model.correlated.hubbard import TJ, Hubbard
from onnes.solve.correlated import lanczos
from onnes.solve.correlated.hamiltonian import ProjectedSector, Sector, dimension, sector
from onnes.solve.correlated.observables import correlations, densities, spin_squared
from onnes.state import Check, Outcome, Report, State

VECTORS = 6
"""Vectors of the size of the sector that a Lanczos run holds at its peak."""


def exact_memory(model: Hubbard | TJ, particles: tuple[int, int]) -> int:
    """Return the bytes that `exact_diagonalisation` needs at its peak for the sector (N_up, N_dn), by Lanczos.

    Six vectors; a t-J model adds its stored matrix and, while it is built, the product of the two bases.
    """
    n = model.cluster.sites
    size = dimension(model, particles)
    word = 16 if np.iscomplexobj(model.cluster.hopping) else 8
    held = VECTORS * size * word
    if isinstance(model, TJ):
        entries = np.count_nonzero(np.abs(model.cluster.hopping) + np.abs(model.J)) + n
        full = dimension(Hubbard(model.cluster, 0.0), particles)
        held += size * entries * (word + 16) + full * (9 + word)
    return int(held)


def exact_diagonalisation(
    model: Hubbard | TJ,
    particles: tuple[int, int],
    *,
    all_correlations: bool = True,
    keep_wavefunction: bool = True,
    dense_limit: int = 1000,
    tolerance: float = 1e-9,
    seed: int = 0,
    memory_limit: float = 6e9,
    throw: bool = True,
) -> State:
    """Return the ground state of ``model`` with (N_up, N_dn) electrons.

    H psi = E psi. Sectors up to ``dense_limit`` are diagonalised in full and carry every level; larger
    ones by Lanczos. Where the lowest level is degenerate, the expectation values are those of one of its vectors.

    Parameters
    ----------
    all_correlations : spin and charge correlations of all pairs. keep_wavefunction : spectra need it.
    tolerance : |H psi - E psi| over the largest of |hopping| and |U|.
    memory_limit : bytes; a run that needs more is refused before it starts.

    Returns
    -------
    State of method ``"exact"``. Energies contain U (n_up - 1/2)(n_dn - 1/2) and -mu N.

    Raises
    ------
    InvalidInput : numbers of electrons that the cluster cannot hold, or more memory than the limit.
    NotConverged : a residual above the tolerance, unless ``throw`` is False.
    """
    begun = time.perf_counter()
    if (size := dimension(model, particles)) > dense_limit:
        _refuse_large(size, exact_memory(model, particles), memory_limit)
    system = sector(model, particles)
    target = tolerance * energy_scale(model)
    levels, vector, energy, residuals, used = _lowest(system, size <= dense_limit, target, seed)
    psi = system.matrix(vector)
    fields = _fields(model, particles, system, psi, energy, all_correlations)
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


def _refuse_large(size: int, need: int, limit: float) -> None:
    if need > limit:
        raise InvalidInput(
            f"a sector of {size} amplitudes needs {need / 1e9:.2f} GB, above the limit of {limit / 1e9:.2f} GB",
            "raise memory_limit, or take fewer sites or electrons",
        )


def _lowest(
    system: Sector | ProjectedSector, full: bool, target: float, seed: int
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


def dense(system: Sector | ProjectedSector) -> np.ndarray:
    """Return the Hamiltonian of a small sector as a matrix."""
    size = system.dimension
    return np.column_stack([system.apply(column) for column in np.eye(size, dtype=system.dtype)])


def _fields(
    model: Hubbard | TJ,
    particles: tuple[int, int],
    system: Sector | ProjectedSector,
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
