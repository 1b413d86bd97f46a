"""Linear spin-wave theory: the ordered state, its stability, and its zero-point motion."""

import time

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize

from onnes.errors import InvalidInput
from onnes.model.lattice.spins import SpinLattice
from onnes.numerics.brillouin import mesh
from onnes.response.lattice.spin_correlations import INDEFINITE, magnons, moment_reduction
from onnes.state import Check, Outcome, Report, State

TORQUE = 1e-6
"""Largest transverse molecular field over the largest one for an order to count as stationary."""


def classical_order(model: SpinLattice, *, seeds: int = 8, seed: int = 0) -> np.ndarray:
    """Return the directions (site, 3) of the lowest classical energy found within one cell.

    Minimises `SpinLattice.energy` over unit vectors from ``seeds`` random starts. Order that does not fit into
    the cell is out of its reach: `spinwave` then finds the state unstable and says at which wavevector.
    """
    rng = np.random.default_rng(seed)

    def energy(flat: np.ndarray) -> tuple[float, np.ndarray]:
        vectors = flat.reshape(-1, 3)
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        n = vectors / length
        slope = model.moments[:, None] * model.molecular_field(n)
        slope = (slope - n * np.sum(slope * n, axis=1, keepdims=True)) / length
        return model.energy(n), slope.ravel()

    options = {"gtol": 1e-12, "ftol": 1e-16, "maxiter": 2000}
    found = [
        minimize(energy, rng.normal(size=3 * model.n_sites), jac=True, method="L-BFGS-B", options=options)
        for _ in range(seeds)
    ]
    best = min(found, key=lambda r: r.fun).x.reshape(-1, 3)
    return best / np.linalg.norm(best, axis=1, keepdims=True)


def spinwave(
    model: SpinLattice,
    order: ArrayLike | None = None,
    *,
    renormalisation: float = 1.0,
    grid: tuple[int, ...] = (16, 16, 1),
) -> State:
    """Return the ordered state about which spins oscillate harmonically.

    The Hamiltonian is expanded in Holstein-Primakoff bosons about ``order`` (`SpinLattice.quadratic`). The order
    must be stationary (no torque) and a local minimum: all eigenvalues of the harmonic matrix are >= 0 on the grid.

    Parameters
    ----------
    model : moments and exchange.
    order : float array (site, 3), directions of <S>, normalised here; found by `classical_order` where absent.
    renormalisation : Z_c, the factor that quantum fluctuations beyond linear order put on every energy (1.18 for
        the S = 1/2 square lattice). It is an input: linear theory does not give it.
    grid : mesh over the zone of the cell, on which stability is checked and zero-point motion summed.

    Returns
    -------
    State of method "spinwave" with fields spin_direction (site, 3), spin_renormalisation, spin_reduction (site,)
    and spin_energy, the classical energy plus the zero-point energy per site (meV). The last two carry no Z_c.

    Raises
    ------
    InvalidInput : an order of another shape; one that feels a torque; an unstable one (the message names the
        wavevector and the eigenvalue); a renormalisation that is not positive.
    """
    begin = time.perf_counter()
    if not (renormalisation > 0 and np.isfinite(renormalisation)):
        raise InvalidInput(f"a renormalisation of {renormalisation}", "give a positive factor, 1 for none")
    directions = classical_order(model) if order is None else _normalised(model, order)
    torque = _require_stationary(model, directions)
    lowest = _require_stable(model, directions, mesh(grid))
    known = {"spin_direction": directions, "spin_renormalisation": np.array(1.0)}
    bare = State(model, "spinwave", known, Report(Outcome.CONVERGED))
    k = mesh(grid, 0.5)
    fields = {
        "spin_direction": directions,
        "spin_renormalisation": np.array(float(renormalisation)),
        "spin_reduction": moment_reduction(bare, k),
        "spin_energy": np.array(model.energy(directions) / model.n_sites + _zero_point(bare, k)),
    }
    checks = (
        Check("transverse molecular field over the largest", torque, TORQUE),
        Check("most negative harmonic eigenvalue over the largest", min(lowest, 0.0), INDEFINITE),
    )
    report = Report(
        Outcome.CONVERGED,
        engine=f"Colpa, {' x '.join(map(str, grid))} mesh",
        seconds=time.perf_counter() - begin,
        checks=checks,
    )
    return State(model, "spinwave", fields, report)


def _zero_point(state: State, k: np.ndarray) -> float:
    """Return (1/2) <sum_m w_m - tr A> per site, meV: the energy of harmonic zero-point motion."""
    n = state.model.n_sites
    energies, _ = magnons(state, k)
    matrix = state.model.quadratic(state["spin_direction"], k)
    trace = np.trace(matrix[..., :n, :n], axis1=-2, axis2=-1).real
    return float(np.mean(energies[..., :n].sum(-1) - trace)) / (2 * n)


def _normalised(model: SpinLattice, order: ArrayLike) -> np.ndarray:
    directions = np.array(order, float)
    if directions.shape != (model.n_sites, 3) or not np.all(np.linalg.norm(directions, axis=-1) > 0):
        raise InvalidInput(
            f"an order of shape {directions.shape}", f"give one direction for each of {model.n_sites} sites"
        )
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)


def _require_stationary(model: SpinLattice, directions: np.ndarray) -> float:
    """Return the largest transverse molecular field over the largest one; raise where a spin feels a torque."""
    field = model.molecular_field(directions)
    across = field - directions * np.sum(field * directions, axis=1, keepdims=True)
    sizes = np.linalg.norm(across, axis=1)
    scale = max(float(np.max(np.linalg.norm(field, axis=1))), np.finfo(float).tiny)
    site = int(np.argmax(sizes))
    if sizes[site] > TORQUE * scale:
        raise InvalidInput(
            f"site {site} feels a transverse molecular field of {sizes[site]:.4g} meV in this order",
            "give a stationary order, or none (classical_order finds one)",
        )
    return float(sizes[site] / scale)


def _require_stable(model: SpinLattice, directions: np.ndarray, k: np.ndarray) -> float:
    """Return the lowest eigenvalue over the largest; raise where the order is not a minimum."""
    values = np.linalg.eigvalsh(model.quadratic(directions, k))
    top = max(float(np.max(np.abs(values))), np.finfo(float).tiny)
    where = int(np.argmin(values[:, 0]))
    lowest = float(values[where, 0])
    if lowest < -INDEFINITE * top:
        raise InvalidInput(
            f"this order is not a minimum: the harmonic matrix has the eigenvalue {lowest:.4g} meV at k = "
            f"({', '.join(f'{x:.4g}' for x in k[where])})",
            "give the order of lowest energy, in a cell that holds its period",
        )
    return lowest / top
