"""Fluxoid states of a thin ring: currents, energies and where each of them ends."""

from math import pi

import numpy as np
from scipy.optimize import brentq, minimize

from onnes.errors import InvalidInput, NoSuperconductivity, NotConverged
from onnes.model.condensate.wire import ThinRing
from onnes.response.condensate.rings import MEV, largest_wavenumber
from onnes.solve.condensate.wires.ring_energy import RingSites
from onnes.state import Check, Outcome, Report, State

TOLERANCE = 1e-11


def fluxoid_states(ring: ThinRing, flux: np.ndarray, windings: tuple[int, ...]) -> State:
    r"""Return current and free energy of a uniform ring against the applied flux, for each winding number.

    With psi = f exp(i n s/R), k = (n - Phi/Phi_0) xi/R and f^2 = 1 - k^2,

    .. math:: I=I_0k(1-k^2),\qquad\Phi=\Phi_a+LI,\qquad F=-\tfrac12E_0\frac{2\pi R}{\xi}(1-k^2)^2
              +\frac{(\Phi-\Phi_a)^2}{2L}

    A state is kept up to its stability limit; the entries beyond are NaN.

    Parameters
    ----------
    ring : of strength one everywhere.
    flux : applied flux in quanta (n,).
    windings : numbers n of turns of the phase.

    Returns
    -------
    State of method "fluxoid_states": ``flux``, ``winding``, ``fluxoid_current`` (winding, flux), ``fluxoid_energy`` and
    ``fluxoid_flux``, the total flux.

    Raises
    ------
    InvalidInput : a ring that is not uniform (see `ring_state`), or no flux or winding.
    """
    if ring.strength != 1.0:
        raise InvalidInput("a ring whose strength is not 1", "solve it with onnes.solve.ring_state")
    flux, windings = np.atleast_1d(np.asarray(flux, float)), tuple(int(n) for n in windings)
    if flux.ndim != 1 or not (flux.size and windings and np.isfinite(flux).all()):
        raise InvalidInput(f"flux {flux.shape}, windings {windings}", "give a vector of fluxes and windings")
    around = ring.circumference / ring.material.coherence_length
    limit = largest_wavenumber(ring)
    k = np.array([[_wavenumber(ring, around, limit, n - x) for x in flux] for n in windings])
    current = k * (1 - k**2)
    field = ring.screening * current**2
    energy = -0.5 * around * (1 - k**2) ** 2 + field
    quantum = np.array(windings)[:, None] - k * around / (2 * pi)
    missing = quantum - flux - ring.screening * current / (2 * pi)
    fields = {
        "flux": flux,
        "winding": np.array(windings),
        "fluxoid_current": current * ring.thread.current,
        "fluxoid_energy": energy * ring.thread.energy * MEV,
        "fluxoid_flux": quantum,
    }
    worst = float(np.abs(np.nan_to_num(missing)).max())
    checks = (Check("applied flux and that of the current against the total", worst, 1e-9),)
    return State(ring, "fluxoid_states", fields, Report(Outcome.CONVERGED, "closed form", checks=checks))


def _wavenumber(ring: ThinRing, around: float, limit: float, turns: float) -> float:
    """Solve around k + screening k (1 - k^2) = 2 pi turns on the branch through zero; NaN beyond its end."""
    if not ring.screening:
        k = 2 * pi * turns / around
        return k if abs(k) <= limit else float("nan")

    def excess(k: float) -> float:
        return around * k + ring.screening * k * (1 - k * k) - 2 * pi * turns

    if excess(-limit) > 0 or excess(limit) < 0:
        return float("nan")
    return float(brentq(excess, -limit, limit, xtol=1e-15))


def ring_state(
    ring: ThinRing,
    flux: float = 0.0,
    winding: int = 0,
    *,
    spacing: float | None = None,
    tolerance: float = TOLERANCE,
) -> State:
    """Solve for the state of a ring, uniform or not, in which the phase turns ``winding`` times.

    The free energy on the sites is minimised from a phase that turns evenly, and Newton's method finishes.

    Parameters
    ----------
    flux : applied, in quanta.
    spacing : nm between sites.
    tolerance : largest slope of the free energy, E_0/xi.

    Returns
    -------
    State of method "ring_state": ``thread_x``, ``thread_order_parameter``, ``thread_link``, ``thread_strength``,
    ``stationary_energy`` (meV) and ``softest_mode``, the least second derivative.

    Raises
    ------
    NoSuperconductivity : the order parameter vanished. NotConverged : no such state, or it is unstable.
    """
    sites = RingSites.of(ring, flux, spacing)
    n = sites.count
    psi, total = start_of(sites, winding), sites.applied
    if sites.screening:
        k = (2 * pi * winding - sites.applied) / (n * sites.h + sites.screening)
        total += sites.screening * k
    psi, total = _minimised(sites, psi, total)
    if np.abs(psi).max() < 1e-4:
        raise NoSuperconductivity(
            f"winding {winding} is normal in a flux of {flux:g} quanta", "give a winding nearer to the flux"
        )
    psi, total, residuals = sites.stationary(psi, total, False, tolerance)
    softest = least_curvature(sites, psi, total, 1)
    same = winding_of(sites, psi, total) == winding
    done = residuals[-1] < tolerance and softest > -1e-9 and same
    report = Report(
        Outcome.CONVERGED if done else Outcome.STALLED,
        engine=f"Newton on {n} sites",
        residuals=residuals,
        target=tolerance,
        iterations=len(residuals),
    )
    if not done:
        raise NotConverged(report)
    return State(ring, "ring_state", stationary_fields(ring, sites, psi, total, spacing, softest), report)


def start_of(sites: RingSites, winding: int) -> np.ndarray:
    """Return an order parameter that turns evenly."""
    turn = np.exp(2j * pi * winding * np.arange(sites.count) / sites.count)
    return np.sqrt(np.maximum(sites.strength, 0.01)) * turn


def _minimised(sites: RingSites, psi: np.ndarray, total: float) -> tuple[np.ndarray, float]:
    n, scale = sites.count, np.sqrt(sites.h)

    def unpacked(q: np.ndarray) -> tuple[np.ndarray, float]:
        return (q[:n] + 1j * q[n : 2 * n]) / scale, float(q[-1]) if sites.screening else total

    def value(q: np.ndarray) -> tuple[float, np.ndarray]:
        wave, flux = unpacked(q)
        slope = sites.gradient(wave, flux)
        slope[: 2 * n] /= scale
        return sites.energy(wave, flux), slope

    first = np.concatenate([psi.real * scale, psi.imag * scale, [total] * bool(sites.screening)])
    found = minimize(value, first, jac=True, method="L-BFGS-B", options={"maxiter": 3000, "gtol": 1e-7})
    return unpacked(found.x)


def least_curvature(sites: RingSites, psi: np.ndarray, total: float, free: int) -> float:
    """Return the least second derivative over h once ``free`` directions that cost nothing are left out."""
    values = np.linalg.eigvalsh(sites.curvature(psi, total))
    kept = np.sort(np.abs(values))[free - 1] if free else 0.0
    rest = values[np.abs(values) > kept]
    return float(rest.min() / sites.h)


def winding_of(sites: RingSites, psi: np.ndarray, total: float) -> int:
    """Return the number of turns of the phase: gauge-invariant differences and the flux."""
    steps = np.angle(sites.bonds(psi, np.full(sites.count, total / sites.count)))
    return int(np.rint((steps.sum() + total) / (2 * pi)))


def stationary_fields(
    ring: ThinRing, sites: RingSites, psi: np.ndarray, total: float, spacing: float | None, softest: float
) -> dict[str, np.ndarray]:
    """Return the fields of a stationary point of the free energy."""
    return {
        "thread_x": ring.sites(spacing)[0],
        "thread_order_parameter": psi,
        "thread_link": np.full(sites.count, total / sites.count),
        "thread_strength": sites.strength,
        "stationary_energy": np.array(sites.energy(psi, total) * ring.thread.energy * MEV),
        "softest_mode": np.array(softest),
    }
