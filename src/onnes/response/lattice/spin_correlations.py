"""Spin waves of an ordered state, and the spin correlations that instruments see."""

import numpy as np
from numpy.typing import ArrayLike

from onnes.errors import CannotProbe, InvalidInput
from onnes.model.lattice.spins import SpinLattice, transverse
from onnes.numerics.brillouin import emission
from onnes.state import State
from onnes.units import K_B

ZERO_MODE = 1e-6
"""Modes below this share of the highest on-site energy count as zero modes: their amplitude, which diverges as
1/sqrt(energy), is that of a mode of this energy."""
INDEFINITE = 1e-9
"""Negative eigenvalues up to this share of the largest are rounding errors of zero modes."""


def colpa(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return energies (..., 2 n) and para-unitary T (..., 2 n, 2 n) that diagonalise bosons, T† g T = g.

    (1/2) Psi† M Psi with Psi = (b, b†) becomes (1/2) sum |E| (..): M = K†K, K g K† U = U E, T = g K† U sign(E)
    |E|^(-1/2), with g = diag(1, -1) (J. H. P. Colpa, Physica A 93, 327 (1978)). This T needs no inverse of K, so
    that zero modes do no harm to the others. The first n columns are quanta of (b_k), with energies in
    ascending order, the last n those of (b†_-k), whose energies are returned as positive numbers.

    Parameters
    ----------
    matrix : complex array (..., 2 n, 2 n), Hermitian, positive semi-definite.

    Raises
    ------
    InvalidInput : an eigenvalue below zero: the state is not stable.
    """
    values, vectors = np.linalg.eigh(matrix)
    top = np.max(np.abs(values), axis=-1, keepdims=True)
    lowest = np.min(values, axis=-1, keepdims=True)
    if np.any(lowest < -INDEFINITE * top):
        raise InvalidInput(
            f"the harmonic spin Hamiltonian has the eigenvalue {float(lowest.min()):.6g} meV",
            "expand about a stable ordered state (onnes.solve.spinwave says where it is unstable)",
        )
    root = np.sqrt(np.maximum(values, 0.0))
    factor = root[..., :, None] * np.swapaxes(vectors, -1, -2).conj()
    n = matrix.shape[-1] // 2
    metric = np.concatenate([np.ones(n), -np.ones(n)])
    energies, turned = np.linalg.eigh(
        factor @ (metric[:, None] * np.swapaxes(factor, -1, -2).conj()), UPLO="L"
    )
    # eigh sorts from -E_n(-k) to E_n(k): quanta of b_k are the upper half, those of b_-k the lower, reversed.
    order = np.concatenate([np.arange(n, 2 * n), np.arange(n)[::-1]])
    energies, turned = energies[..., order], turned[..., order]
    floor = np.maximum(np.abs(energies), ZERO_MODE * top)
    adjoint = np.swapaxes(factor, -1, -2).conj()
    transform = metric[:, None] * (adjoint @ turned) * (metric / np.sqrt(floor))[..., None, :]
    return np.maximum(energies * metric, 0.0), transform


def magnons(state: State, q: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return energies (..., 2 site), meV, and the transform (..., 2 site, 2 site) of an ordered magnet at q.

    Column m < site is the magnon of wavevector q, column site + m the one of -q. Energies carry the quantum
    renormalisation of the state. Raises `CannotProbe` for a state that is not of `onnes.solve.spinwave`.

    Parameters
    ----------
    q : float array (..., 3), reciprocal lattice units of the magnetic cell.
    """
    if not isinstance(state.model, SpinLattice) or "spin_direction" not in state:
        raise CannotProbe("magnons", "an ordered spin state", "give a state of onnes.solve.spinwave")
    energies, transform = colpa(state.model.quadratic(state["spin_direction"], q))
    return float(state["spin_renormalisation"]) * energies, transform


def spin_waves(state: State, q: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return what single magnons scatter: energies and weights per site for gain and for loss of the sample.

    S^ab(q, w) = sum_m W^ab_m(q) delta(w - w_m(q)) at T = 0, W^ab_m = <0|S^a_q|m><m|S^b_q†|0> per site, with
    S_q = N^(-1/2) sum_r exp(-iq.r) S_r over all sites at their positions: it does not depend on the cell.

    Parameters
    ----------
    q : float array (..., 3), reciprocal lattice units of the magnetic cell.

    Returns
    -------
    energies : (..., site), w_m(q), meV.
    weights : complex (..., site, 3, 3), W_m(q).
    opposite : (..., site), w_m(-q), meV.
    opposite_weights : complex (..., site, 3, 3), <m|S^a_q|0><0|S^b_q†|m> of the magnons of -q.
    """
    q = np.asarray(q, float)
    energies, transform = magnons(state, q)
    model, n = state.model, state.model.n_sites
    phase = np.exp(-2j * np.pi * (q @ model.positions.T))
    u = transverse(state["spin_direction"])
    scale = np.sqrt(model.moments / (2 * n))
    lower = (phase * scale)[..., :, None] * u.conj()
    raised = (phase * scale)[..., :, None] * u
    amplitude = np.einsum("...ia,...im->...ma", lower, transform[..., :n, :])
    amplitude = amplitude + np.einsum("...ia,...im->...ma", raised, transform[..., n:, :])
    weights = amplitude[..., :, None] * amplitude[..., None, :].conj()
    return energies[..., :n], weights[..., :n, :, :], energies[..., n:], weights[..., n:, :, :]


def spin_dissipation(
    state: State,
    q: ArrayLike,
    energy: ArrayLike,
    *,
    width: float | None = None,
    damping: float | None = None,
) -> np.ndarray:
    """Return chi''^ab(q, w) per site of one-magnon processes, complex (..., energy, 3, 3), 1/meV.

    chi'' = pi sum_m [W_m(q) delta(w - w_m(q)) - W'_m(-q) delta(w + w_m(-q))], with W and W' of `spin_waves`.
    With ``width`` each delta function is a Lorentzian of that half width at half maximum. With ``damping``
    each pair is the oscillator 4 W w_m g w/[(w^2 - w_m^2)^2 + 4 g^2 w^2], which has the same first moment for
    every g and may be overdamped.

    Parameters
    ----------
    q : float array (..., 3), reciprocal lattice units of the magnetic cell.
    energy : float array (energy,), meV.
    width, damping : meV; exactly one of them.

    Raises
    ------
    InvalidInput : neither or both of width and damping, one that is not positive, or damping in a magnet whose
        magnons of q and -q differ (an oscillator has one energy).
    """
    energies, weights, opposite, opposite_weights = spin_waves(state, q)
    gain, loss = magnon_lines(energies, opposite, energy, width=width, damping=damping)
    return np.einsum("...wm,...mab->...wab", gain, weights) - np.einsum(
        "...wm,...mab->...wab", loss, opposite_weights
    )


def magnon_lines(
    energies: np.ndarray,
    opposite: np.ndarray,
    energy: ArrayLike,
    *,
    width: float | None = None,
    damping: float | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the lines of magnons: chi'' = sum_m (gain W_m - loss W'_m), (..., energy, site) each, 1/meV.

    Parameters
    ----------
    energies, opposite : (..., site), of q and -q, as `spin_waves` returns them.
    energy, width, damping : and errors, as for `spin_dissipation`.
    """
    if (width is None) == (damping is None):
        raise InvalidInput("a line needs exactly one of width and damping", "give one of them, in meV")
    half = width if width is not None else damping
    if not (half is not None and half > 0 and np.isfinite(half)):
        raise InvalidInput(f"a line of half width {half} meV", "give a positive number")
    w = np.asarray(energy, float)[:, None]
    e, o = energies[..., None, :], opposite[..., None, :]
    if width is not None:
        return half / ((w - e) ** 2 + half**2), half / ((w + o) ** 2 + half**2)
    if np.max(np.abs(energies - opposite)) > 1e-6 * max(float(np.max(energies)), 1e-12):
        raise InvalidInput(
            "magnons of q and -q have different energies here", "give width= instead of damping="
        )
    line = 2 * half * e * w / ((w**2 - e**2) ** 2 + 4 * half**2 * w**2)
    return line, -line


def spin_correlations(
    state: State,
    q: ArrayLike,
    energy: ArrayLike,
    *,
    temperature: float = 0.0,
    width: float | None = None,
    damping: float | None = None,
) -> np.ndarray:
    """Return S^ab(q, w) = [1 + n(w)] chi''^ab/pi per site, complex (..., energy, 3, 3), 1/meV; see `spin_dissipation`.

    Positive w is energy given to the sample. At w = 0 and T > 0 the limit does not exist point by point and the
    energy must be left out: `InvalidInput`.
    """
    w = np.asarray(energy, float)
    return detailed_balance(w, temperature)[:, None, None] * spin_dissipation(
        state, q, w, width=width, damping=damping
    )


def detailed_balance(energy: ArrayLike, temperature: float) -> np.ndarray:
    """Return [1 + n(w)]/pi = 1/(pi (1 - exp(-w/kT))), a step at T = 0; w in meV, T in K."""
    w = np.asarray(energy, float)
    if temperature < 0:
        raise InvalidInput(f"a temperature of {temperature} K", "give zero or more")
    if temperature > 0 and np.any(w == 0):
        raise InvalidInput("the energy 0 at a finite temperature", "leave it out of the axis")
    return emission(w, K_B * temperature) / np.pi


def moment_reduction(state: State, k: ArrayLike, share: ArrayLike | None = None) -> np.ndarray:
    """Return <b†_i b_i> at T = 0, float (site,): zero-point motion takes this from S on each site.

    Parameters
    ----------
    k : float array (n, 3), a mesh that avoids zero modes (shifted by half a step).
    share : weights of the mesh points (n,), equal where absent.
    """
    _, transform = magnons(state, k)
    n = state.model.n_sites
    quanta = np.sum(np.abs(transform[..., :n, n:]) ** 2, axis=-1)
    return np.average(quanta, axis=0, weights=share)
