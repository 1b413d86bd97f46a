"""The transition temperature from the linearised Eliashberg equation, never from a vanishing gap."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq

from onnes.errors import NoSuperconductivity
from onnes.model.phonons.glue import Glue
from onnes.solve.phonons import empirical
from onnes.solve.phonons.kernel import Engine, imaginary_axis_kernel, lowest_temperature
from onnes.solve.phonons.linearised import pairing_eigenvalue
from onnes.solve.phonons.variable_dos import eigenvalue_with_dos

LOWEST = 0.02
"""Lowest temperature searched, K."""
FREQUENCIES = 50_000
"""Longest Matsubara sum of the search; with the default cutoff of a 40 meV spectrum it reaches 0.03 K."""
TOLERANCE = 1e-7
"""Relative tolerance of Tc."""


def critical_temperature(glue: Glue, *, cutoff: float | None = None, engine: Engine = "dlr") -> float:
    """Return the Migdal-Eliashberg transition temperature, K: the largest eigenvalue equals 1.

    Parameters
    ----------
    glue : spectra and mu*, one band or several; a variable density of states is taken into account.
    cutoff : Matsubara cutoff, meV; twenty times the highest phonon frequency where not given. Tc does
        not depend on it beyond 0.1 %, because mu* is rescaled.
    engine : ``"dlr"`` (compact basis) or ``"fft"`` (every frequency, Lanczos); equal to 1e-5.

    Raises
    ------
    NoSuperconductivity : no transition above 0.02 K (higher where an eV cutoff would need too many frequencies).
    InvalidInput : the cutoff is too low.
    """
    lowest = max(LOWEST, lowest_temperature(glue, cutoff, FREQUENCIES))
    guess = max(empirical.allen_dynes_or_zero(glue), 4 * lowest)
    if glue.dos is not None:
        return _root(lambda t: eigenvalue_with_dos(glue, t, cutoff=cutoff), guess, lowest)
    return _root(
        lambda t: pairing_eigenvalue(imaginary_axis_kernel(glue, t, cutoff=cutoff, engine=engine))[0],
        guess,
        lowest,
    )


def _root(eigenvalue: Callable[[float], float], guess: float, lowest: float) -> float:
    """Bracket rho(T) = 1 around ``guess`` by factors of 1.5, not below ``lowest`` (K), and solve in ln T."""

    def excess(log_t: float) -> float:
        return eigenvalue(np.exp(log_t)) - 1

    step = np.log(1.5)
    log_t = np.log(guess)
    value = excess(log_t)
    direction = 1 if value > 0 else -1
    while True:
        following = max(log_t + direction * step, np.log(lowest))
        next_value = excess(following)
        if next_value * value <= 0:
            break
        if following <= np.log(lowest):
            raise NoSuperconductivity(
                f"no transition above {lowest:.3g} K (largest pairing eigenvalue {1 + next_value:.4f})",
                "give a stronger spectrum or a smaller mu*",
            )
        log_t, value, step = following, next_value, 1.3 * step
    low, high = sorted((log_t, following))
    return float(np.exp(brentq(excess, low, high, xtol=TOLERANCE, rtol=8.9e-16)))
