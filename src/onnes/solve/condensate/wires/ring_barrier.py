"""The saddle between two fluxoid states of a thin ring, and the rate at which heat carries the ring across."""

from math import atan2, pi, sqrt

import numpy as np
from scipy.optimize import brentq

from onnes.errors import InvalidInput, NotConverged
from onnes.model.condensate.wire import ThinRing
from onnes.response.condensate.rings import MEV
from onnes.solve.condensate.wires.ring_energy import RingSites
from onnes.solve.condensate.wires.ring_states import TOLERANCE, ring_state, stationary_fields
from onnes.state import Outcome, Report, State


def slip_barrier(
    ring: ThinRing,
    flux: float = 0.0,
    winding: int = 1,
    *,
    gains: int = -1,
    spacing: float | None = None,
    tolerance: float = TOLERANCE,
) -> State:
    r"""Find the saddle of the free energy through which the winding changes by one, and the rate of passing it.

    Newton's method from the saddle of a long wire (Langer and Ambegaokar),

    .. math:: \psi=e^{iks}(\sqrt B\tanh(s\sqrt{B/2})-i\sqrt2\,k),\qquad B=1-3k^2

    The rate is that of Kramers and Langer in the ring's own dynamics: with kappa the rate at which the saddle falls
    apart, lambda the second derivatives (a common phase and a shift along the ring left out, their volumes kept),

    .. math:: \Gamma=\frac\kappa{2\pi}\frac{C\,|\partial_s\psi|}{\sqrt{2\pi kT}}\frac{|\psi_s|}{|\psi_0|}
              \sqrt{\frac{\prod\lambda_0}{\prod|\lambda_s|}}\;e^{-\Delta F/kT}

    This is harmonic: runs with noise gave 0.65 to 0.8 of it where the barrier is 5 to 8 kT.

    Parameters
    ----------
    ring : of strength one everywhere, with a resistivity.
    flux : applied, quanta. winding : before the slip. gains : turns that the phase gains, -1 or 1.

    Returns
    -------
    State of method "slip_barrier": the saddle as in `ring_state`, with ``barrier_energy`` (meV), ``saddle_rate`` kappa
    (1/ps) and ``slip_attempt`` (sqrt(meV)/ps), for `onnes.response.slip_rate`.

    Raises
    ------
    InvalidInput : another change than one turn, a ring that is not uniform.
    NotConverged : no such state, or no saddle: where the barrier is gone.

    References
    ----------
    J. S. Langer, Ann. Phys. 54, 258 (1969), doi:10.1016/0003-4916(69)90153-5; D. E. McCumber and B. I. Halperin, Phys.
    Rev. B 1, 1054 (1970), doi:10.1103/PhysRevB.1.1054, for a wire whose charge and phase relax otherwise.
    """
    if gains not in (-1, 1) or ring.strength != 1.0:
        raise InvalidInput(
            f"a gain of {gains} turns, strength {ring.strength}", "give -1 or 1, and a ring of strength 1"
        )
    metastable = ring_state(ring, flux, winding, spacing=spacing, tolerance=tolerance)
    sites = RingSites.of(ring, flux, spacing)
    psi, total = _long_wire_saddle(sites, winding, gains)
    psi, total, residuals = sites.stationary(psi, total, True, tolerance)
    values = np.linalg.eigvalsh(sites.curvature(psi, total))
    free = np.sort(np.abs(values))[1]
    falling = int(np.sum(values < -free))
    unit = ring.thread.energy * MEV
    barrier = sites.energy(psi, total) * unit - float(metastable["stationary_energy"])
    done = residuals[-1] < tolerance and falling == 1 and barrier > 0
    report = Report(
        Outcome.CONVERGED if done else Outcome.STALLED,
        engine=f"Newton on {sites.count} sites",
        residuals=residuals,
        target=tolerance,
        iterations=len(residuals),
    )
    if not done:
        raise NotConverged(report)
    rate = _fall(sites, psi, total, ring)
    attempt = rate / (2 * pi) * _entropy(sites, psi, total, values, metastable)
    fields = stationary_fields(ring, sites, psi, total, spacing, float(values.min() / sites.h))
    time = ring.material.time
    fields |= {
        "barrier_energy": np.array(barrier),
        "saddle_rate": np.array(rate / time),
        "slip_attempt": np.array(attempt / time * sqrt(unit)),
    }
    return State(ring, "slip_barrier", fields, report)


def _long_wire_saddle(sites: RingSites, winding: int, gains: int) -> tuple[np.ndarray, float]:
    """Return psi and the sum of links of the saddle of a long wire with the ring's phase and flux."""
    length, sign = sites.count * sites.h, -gains
    turns = sign * (2 * pi * winding - sites.applied)

    def excess(k: float) -> float:
        b = max(1 - 3 * k * k, 0.0)
        return k * length + 2 * atan2(sqrt(b / 2), k) + sites.screening * k * (1 - k * k) - turns

    end = 1 / sqrt(3) - 1e-9
    if excess(-end) > 0 or excess(end) < 0:
        report = Report(Outcome.STALLED, engine="no saddle of a long wire has this phase")
        raise NotConverged(report)
    k = float(brentq(excess, -end, end, xtol=1e-14))
    s = (np.arange(sites.count) + 0.5) * sites.h - length / 2
    b = 1 - 3 * k * k
    psi = np.exp(1j * k * s) * (sqrt(b) * np.tanh(s * sqrt(b / 2)) - 1j * sqrt(2) * k)
    total = sign * sites.applied + sites.screening * k * (1 - k * k)
    # psi has the gauge A = 0 but for its phase around; spread the links evenly
    spread = psi * np.exp(1j * (total / sites.count) * np.arange(sites.count))
    return (spread, total) if sign > 0 else (np.conj(spread), -total)


def _fall(sites: RingSites, psi: np.ndarray, total: float, ring: ThinRing) -> float:
    """Return the rate (1/tau_0) at which the saddle falls apart in the dynamics of psi and the links.

    dq/dt = -M dF/dq with the mobilities 1/(2 h u s) along psi, s/(2 h u) across it, and h/2 of a link; a flux that is
    given holds the sum of the links.
    """
    n, h, material = sites.count, sites.h, ring.material
    density = np.abs(psi) ** 2
    s = np.sqrt(1 + material.inelastic**2 * density)
    along, across = 1 / np.sqrt(2 * h * material.relaxation * s), np.sqrt(s / (2 * h * material.relaxation))
    size = np.maximum(np.abs(psi), 1e-300)
    ex, ey = psi.real / size, psi.imag / size
    root = np.zeros((3, n, 3, n))
    here = np.arange(n)
    root[0, here, 0, here] = along * ex**2 + across * ey**2
    root[1, here, 1, here] = along * ey**2 + across * ex**2
    root[0, here, 1, here] = root[1, here, 0, here] = (along - across) * ex * ey
    links = np.eye(n) - (0.0 if sites.screening else 1 / n)
    root[2, :, 2, :] = sqrt(h / 2) * links
    root = root.reshape(3 * n, 3 * n)
    matrix = root @ sites.second(psi, np.full(n, total / n)) @ root
    return -float(np.linalg.eigvalsh(matrix)[0])


def _entropy(sites: RingSites, psi: np.ndarray, total: float, values: np.ndarray, metastable: State) -> float:
    """Return the ratio of the volumes that heat explores, times sqrt(kT/E_0)."""
    before = np.array(metastable["thread_order_parameter"])
    flux = float(metastable["thread_link"].sum())
    flat = np.sort(np.abs(np.linalg.eigvalsh(sites.curvature(before, flux))))[1:]
    steep = np.sort(np.abs(values))[2:]
    # one mode more is flat at the saddle: the products differ by one factor, in which the shift has its volume
    ratio = 0.5 * (np.log(flat).sum() - np.log(steep).sum())
    shift = sites.count * sites.h * np.linalg.norm(sites.shift_of(psi)) / sqrt(2 * pi)
    return float(np.exp(ratio) * shift * np.linalg.norm(psi) / np.linalg.norm(before))
