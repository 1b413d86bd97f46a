"""What is known of thin rings and wires in closed form: where states end, and what a phase slip costs."""

from math import atan2, log, log10, pi, sqrt

from onnes.errors import CannotProbe, InvalidInput
from onnes.model.condensate.wire import ThinRing, Thread
from onnes.state import State
from onnes.units import E_CHARGE, K_B

MEV = 1e3 / E_CHARGE
"""meV in a joule."""


def largest_wavenumber(ring: ThinRing) -> float:
    r"""Return the largest |k| xi of a stable state psi = f exp(i k s) of a uniform ring.

    Disturbances of wavenumber q lower the energy where 2 (1 - k^2) + q^2 < 4 k^2; the softest has q = 1/R. The flux
    of a ring with an inductance can give way too. With the screening 2 pi L I_0/Phi_0,

    .. math:: k_c^2=\min[\tfrac13(1+\frac{\xi^2}{2R^2}),\ \tfrac13(1+\frac{2\pi R}{\xi}
              \frac{\Phi_0}{2\pi LI_0}),\ 1]
    """
    radius = ring.radius / ring.material.coherence_length
    limits = [(1 + 0.5 / radius**2) / 3, 1.0]
    if ring.screening:
        limits.append((1 + 2 * pi * radius / ring.screening) / 3)
    return sqrt(min(limits))


def critical_flux(ring: ThinRing) -> float:
    """Return how many quanta the fluxoid and the applied flux of a uniform ring can differ before its phase slips."""
    k, radius = largest_wavenumber(ring), ring.radius / ring.material.coherence_length
    return radius * k + ring.screening * k * (1 - k * k) / (2 * pi)


def slip_barrier_energy(thread: Thread, current: float) -> float:
    r"""Return the barrier (meV) of a phase slip that weakens ``current`` (uA) in a long uniform wire.

    With I = I_0 k (1 - k^2) and B = 1 - 3 k^2,

    .. math:: \Delta F=E_0[\frac{4\sqrt2}3\sqrt B-4k(1-k^2)\arctan\frac{\sqrt{B/2}}k],\qquad
              E_0=\frac{B_c^2}{\mu_0}\xi S

    A negative current gives the barrier of the slips that strengthen it; the two differ by I Phi_0.

    Raises
    ------
    InvalidInput : a current beyond depairing.

    References
    ----------
    J. S. Langer and V. Ambegaokar, Phys. Rev. 164, 498 (1967), doi:10.1103/PhysRev.164.498; the form was derived anew.
    """
    k = wavenumber_of(current / thread.current)
    b = 1 - 3 * k * k
    work = 4 * k * (1 - k * k) * atan2(sqrt(b / 2), k)
    return (4 * sqrt(2) / 3 * sqrt(b) - work) * thread.energy * MEV


def wavenumber_of(current: float) -> float:
    """Return k of the branch through zero with k (1 - k^2) = current; raise `InvalidInput` beyond 2/(3 sqrt3)."""
    from scipy.optimize import brentq

    largest = 2 / (3 * sqrt(3))
    if not abs(current) <= largest * (1 + 1e-12):
        raise InvalidInput(f"a current of {current:.6g} I_0", f"give one up to depairing, {largest:.6g} I_0")
    end = 1 / sqrt(3)
    if abs(current) >= largest:
        return end if current > 0 else -end
    return float(brentq(lambda k: k * (1 - k * k) - current, -end, end, xtol=1e-15))


def slip_rate(state: State, temperature: float) -> float:
    """Return log10 of the rate (1/s) at which a ring passes the barrier of ``state`` at ``temperature`` (K).

    The rate of Kramers and Langer, attempt (kT)^(-1/2) exp(-barrier/kT), for barriers of several kT; a logarithm,
    as the lifetimes of macroscopic rings are beyond the range of numbers.

    Raises
    ------
    CannotProbe : a state that is not of onnes.solve.slip_barrier. InvalidInput : a temperature that is not positive.
    """
    if "slip_attempt" not in state:
        raise CannotProbe("slip_rate", "slip_attempt", "solve one with onnes.solve.slip_barrier")
    if not 0 < temperature < float("inf"):
        raise InvalidInput(f"a temperature of {temperature} K", "give a positive one")
    kt = K_B * temperature
    attempt, barrier = float(state["slip_attempt"]), float(state["barrier_energy"])
    return log10(attempt) + 12 - 0.5 * log10(kt) - barrier / kt / log(10)
