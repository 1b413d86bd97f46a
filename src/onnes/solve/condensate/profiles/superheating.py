"""The Meissner state of a half space beyond Hc1, and the field at which the surface gives way."""

from dataclasses import replace

import numpy as np
from scipy.linalg import LinAlgError, cholesky_banded
from scipy.optimize import minimize_scalar

from onnes.errors import InvalidInput
from onnes.model.condensate.ginzburg_landau import GinzburgLandau
from onnes.solve.condensate.profiles.boundary_value import TOLERANCE, collocate
from onnes.state import Check, State

ELEMENTS = 1500
"""Linear finite elements of the stability problem."""


def meissner_state(
    material: GinzburgLandau, surface_amplitude: float, *, tolerance: float = TOLERANCE
) -> State:
    r"""Solve the Meissner state of a half space whose order parameter is ``surface_amplitude`` at the surface.

    .. math:: f''=a^2f-f+f^3,\qquad\kappa^2a''=f^2a,\qquad f'(0)=0

    The field follows: at first it rises as the amplitude falls, and the branch ends at its maximum.

    Returns
    -------
    State of method "meissner" with ``depth`` (nm), ``wall_amplitude``, ``wall_field`` (T) and
    ``wall_potential`` a (units of Phi_0/2 pi xi).
    """
    if not 0 < surface_amplitude < 1:
        raise InvalidInput(f"a surface amplitude of {surface_amplitude}", "give a number between 0 and 1")
    kappa = material.kappa

    def rhs(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        f, df, a, b = y
        return np.array([df, a**2 * f - f + f**3, b, f**2 * a / kappa**2])

    def ends(wall: np.ndarray, far: np.ndarray) -> np.ndarray:
        return np.array([wall[0] - surface_amplitude, wall[1], far[0] - 1, far[2]])

    reach = 14 + 18 * kappa
    x = reach * np.linspace(0, 1, 300) ** 2
    dip = (1 - surface_amplitude) * np.exp(-x * max(min(np.sqrt(2), 2 / kappa), 0.05))
    size = np.sqrt(max(1 - surface_amplitude**2, 1e-6)) * max(1.0, kappa**-0.5)
    a = -size * np.exp(-x / kappa)
    guess = np.array([1 - dip, np.gradient(1 - dip, x), a, -a / kappa])
    nodes, y, report = collocate(rhs, ends, x, guess, "a Meissner state", tolerance)
    f, df, a, b = y
    first = df**2 - a**2 * f**2 + f**2 - f**4 / 2 + kappa**2 * b**2
    fields = {
        "depth": nodes * material.coherence_length,
        "wall_amplitude": f,
        "wall_field": b * material.upper_critical_field,
        "wall_potential": a,
    }
    checks = (Check("first integral", float(abs(first - 0.5).max()), 1e-5),)
    return State(material, "meissner", fields, replace(report, checks=checks))


def superheating(material: GinzburgLandau) -> State:
    r"""Find the last stable Meissner state of a half space, where vortices (or the normal metal) enter.

    A state is stable while the second variation of the Gibbs energy is positive for every wavenumber k along
    the surface; with the normal component of A eliminated it is

    .. math:: \int dx[\delta f'^2+(k^2+3f^2-1+a^2)\delta f^2+4fa\,\delta f\,\delta a+f^2\delta a^2
              +\frac{\kappa^2f^2}{f^2+\kappa^2k^2}\delta a'^2]

    Returns
    -------
    State of method "meissner" at the limit, with ``superheating_field`` (T) and ``critical_wavenumber`` (1/nm), the k
    that goes unstable first.

    References
    ----------
    M. Transtrum, G. Catelani, J. Sethna, Phys. Rev. B 83, 094505 (2011), arXiv:1008.4553.
    """
    peak = minimize_scalar(
        lambda f: -meissner_state(material, f)["wall_field"][0],
        bounds=(0.05, 0.98),
        method="bounded",
        options={"xatol": 1e-5},
    )
    low, high = float(peak.x), 0.995
    state, soft = meissner_state(material, low + 1e-4), 0.0
    if (found := soft_wavenumber(state)) is not None:
        soft = found
        while high - low > 1e-5:
            middle = (low + high) / 2
            trial = meissner_state(material, middle)
            if (found := soft_wavenumber(trial)) is None:
                high, state = middle, trial
            else:
                low, soft = middle, found
    return state.with_fields(
        superheating_field=np.array(state["wall_field"][0]),
        critical_wavenumber=np.array(soft / material.coherence_length),
    )


def soft_wavenumber(state: State) -> float | None:
    """Return a wavenumber k > 0 (1/xi) to which a Meissner state is unstable, the middle of their range, or None."""
    kappa = state.model.kappa
    grid = np.geomspace(0.02, 20.0, 120) / np.sqrt(max(kappa, 0.2))
    unstable = [k for k in grid if not _positive(state, float(k))]
    return float(np.sqrt(unstable[0] * unstable[-1])) if unstable else None


def _positive(state: State, k: float) -> bool:
    """Cholesky's verdict on the second variation in linear finite elements, unknowns (f_0, a_0, f_1, a_1, ...)."""
    kappa, xi = state.model.kappa, state.model.coherence_length
    depth = state["depth"] / xi
    reach = min(depth[-1], 12 + 8 * kappa)
    x = reach * np.linspace(0, 1, ELEMENTS + 1) ** 1.5
    middle, width = (x[1:] + x[:-1]) / 2, np.diff(x)
    f, a = (np.interp(middle, depth, state[name]) for name in ("wall_amplitude", "wall_potential"))
    stiff = (np.ones_like(f), kappa**2 * f**2 / (f**2 + kappa**2 * k**2))
    mass = (k**2 + 3 * f**2 - 1 + a**2, f**2)
    bands = np.zeros((4, 2 * (ELEMENTS + 1)))  # lower form: row d holds the d-th subdiagonal
    for part in (0, 1):
        own = stiff[part] / width + mass[part] * width / 3
        bands[0, part:-2:2] += own
        bands[0, part + 2 :: 2] += own
        bands[2, part:-2:2] += -stiff[part] / width + mass[part] * width / 6
    cross = 2 * f * a * width
    bands[1, 0:-2:2] += cross / 3
    bands[1, 2::2] += cross / 3
    bands[1, 1:-2:2] += cross / 6  # a_i with f_(i+1)
    bands[3, 0:-2:2] += cross / 6  # f_i with a_(i+1)
    try:
        cholesky_banded(bands, lower=True, check_finite=False)
    except LinAlgError:
        return False
    return True
