"""The upper critical field of isotropic bands from the linearised Eliashberg equation, clean to dirty.

Orbital pair breaking only, lowest Landau level, s-wave impurity scattering in the Born approximation::

    Delta~_n = pi T sum_m [lambda(n-m) - mu*] X_m Delta~_m,   X = chi/(1 - chi hbar/(2 tau))
    chi_m = (2/sqrt(alpha)) int_0^inf dq exp(-q^2) arctan(q sqrt(alpha)/w~_m)
    w~_m = w_m Z_N,m + hbar/(2 tau),   alpha = e hbar B v_F^2/2

Hc2(T) is the field at which the largest eigenvalue is 1. At B = 0, X = 1/(w Z_N), whatever tau is
(Anderson's theorem); dirty, X = 1/(w Z_N + e D B) with D = v_F^2 tau/3. M. Schossmann and
E. Schachinger, Phys. Rev. B 33, 6123 (1986); E. Helfand and N. R. Werthamer, Phys. Rev. 147, 288
(1966). v_F and tau are those of the bare band; Z_N does the renormalisation.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import brentq

from onnes.errors import InvalidInput, NoSuperconductivity
from onnes.model.phonons.glue import Glue
from onnes.solve.phonons.kernel import Engine, Kernel, imaginary_axis_kernel
from onnes.solve.phonons.transition import pairing_eigenvalue
from onnes.units import E_CHARGE, HBAR_SI

_Y = np.arange(-4.0, 1.9, 0.04)
# q = exp(y - exp(-y)): the trapezoidal rule converges double-exponentially at both ends.
NODES = np.exp(_Y - np.exp(-_Y))
WEIGHTS = 0.04 * NODES * (1 + np.exp(-_Y)) * np.exp(-(NODES**2))
TOLERANCE = 1e-9
"""Relative tolerance of the field."""


def upper_critical_field(
    glue: Glue,
    temperature: float,
    *,
    fermi_velocity: float | Sequence[float],
    mean_free_path: float | Sequence[float] | None = None,
    cutoff: float | None = None,
    engine: Engine = "dlr",
) -> float:
    """Return the orbital upper critical field mu0 Hc2 at one temperature, T.

    Paramagnetic limiting is left out: compare with 1.84 T/K times Tc.

    Main arguments
    --------------
    glue : one band or several, constant density of states. Several bands share the lowest Landau
        level; impurities scatter within each band.
    temperature : K, below Tc.
    fermi_velocity : of the bare band, m/s; one number, or one for each band.
    mean_free_path : nm, hbar/tau = hbar v_F/l; the clean limit where not given.

    Other arguments
    ---------------
    cutoff, engine : as of `onnes.solve.critical_temperature`.

    Raises
    ------
    InvalidInput : a velocity or mean free path that is not positive; an energy-dependent density of states.
    NoSuperconductivity : the temperature lies above Tc.
    """
    if glue.dos is not None:
        raise InvalidInput(
            "Hc2 with an energy-dependent density of states", "use the same glue with dos=None"
        )
    velocity = _positive("fermi_velocity", "m/s", fermi_velocity, glue.n_bands)
    rate = np.zeros(glue.n_bands)
    if mean_free_path is not None:
        path = _positive("mean_free_path", "nm", mean_free_path, glue.n_bands)
        rate = HBAR_SI * velocity / (path * 1e-9) / E_CHARGE * 1e3
    kernel = imaginary_axis_kernel(glue, temperature, cutoff=cutoff, engine=engine)

    def excess(field: float) -> float:
        return pairing_eigenvalue(in_field(kernel, field, velocity, rate))[0] - 1

    zero = excess(0.0)
    if zero <= 0:
        raise NoSuperconductivity(
            f"{temperature:g} K lies above Tc (pairing eigenvalue {1 + zero:.4f} in zero field)",
            "go below Tc",
        )
    # sqrt(alpha) = pi kT sets the scale of the clean limit; the dirty one is reached by doubling.
    low, high = 0.0, kernel.pi_t**2 / pair_breaking(1.0, float(velocity.max()))
    while excess(high) > 0:
        low, high = high, 2 * high
    return float(brentq(excess, low, high, xtol=TOLERANCE * high, rtol=TOLERANCE))


def in_field(kernel: Kernel, field: float, velocity: np.ndarray, rate: np.ndarray) -> Kernel:
    """Return the kernel with w Z_N replaced by 1/X in a field (T), for Fermi velocities and hbar/tau (band,)."""
    dressed = kernel.omega * kernel.normal_z + rate[:, None] / 2
    alpha = pair_breaking(field, velocity)[:, None]
    chi = pair_propagator(np.sqrt(alpha) / dressed) / dressed
    inverse = 1 / chi - rate[:, None] / 2
    return replace(kernel, normal_z=inverse / kernel.omega)


def pair_breaking(field: float, velocity: np.ndarray | float) -> np.ndarray:
    """Return alpha = e hbar B v_F^2/2, meV^2, for B in T and v_F in m/s."""
    return np.asarray(0.5 * HBAR_SI * np.square(velocity) * field / E_CHARGE * 1e6)


def pair_propagator(x: np.ndarray) -> np.ndarray:
    """Return w~ chi = (2/x) int_0^inf dq exp(-q^2) arctan(q x), x = sqrt(alpha)/w~ >= 0; 1 at x = 0."""
    small = x < 1e-4
    safe = np.where(small, 1.0, x)
    values = 2 * (np.arctan(safe[..., None] * NODES) @ WEIGHTS) / safe
    return np.where(small, 1 - x**2 / 3, values)


def _positive(name: str, unit: str, values: float | Sequence[float], n_bands: int) -> np.ndarray:
    array = np.atleast_1d(np.asarray(values, dtype=float))
    if array.shape not in ((1,), (n_bands,)) or not np.all(np.isfinite(array) & (array > 0)):
        raise InvalidInput(
            f"{name} {values} {unit} for {n_bands} band(s)", "give a positive number, or one for each band"
        )
    return np.broadcast_to(array, (n_bands,)).copy()
