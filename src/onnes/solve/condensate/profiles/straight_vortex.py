"""A straight vortex in the bulk, at any kappa."""

from dataclasses import replace

import numpy as np

from onnes.errors import InvalidInput
from onnes.model.condensate.ginzburg_landau import GinzburgLandau
from onnes.solve.condensate.profiles.boundary_value import TOLERANCE, collocate, integral
from onnes.state import Check, State

NEAREST = 1e-3
"""Radius (xi) where the series at the axis takes over."""


def vortex_line(material: GinzburgLandau, winding: int = 1, *, tolerance: float = TOLERANCE) -> State:
    r"""Solve for one straight vortex of ``winding`` flux quanta in an infinite superconductor.

    .. math:: f''+\frac{f'}r-\frac{(n-\alpha)^2}{r^2}f+f-f^3=0,\qquad
              \alpha'=rb,\qquad \kappa^2b'=-\frac{f^2(n-\alpha)}r

    in units of xi and Bc2, with r a = alpha.

    Returns
    -------
    State of method "vortex_line" with ``radius`` (nm), ``pair_amplitude``, ``vortex_field`` (T), ``line_energy``
    (J/m) and ``core_slope``, f'(0) xi for one quantum.

    Raises
    ------
    InvalidInput : winding not positive. NotConverged : the collocation failed.
    """
    if int(winding) != winding or winding < 1:
        raise InvalidInput(f"a winding of {winding}", "give a positive whole number")
    n, kappa = int(winding), material.kappa

    def rhs(r: np.ndarray, y: np.ndarray) -> np.ndarray:
        f, df, alpha, b = y
        left = n - alpha
        return np.array([df, -df / r + left**2 / r**2 * f - f + f**3, r * b, -(f**2) * left / (kappa**2 * r)])

    def ends(axis: np.ndarray, far: np.ndarray) -> np.ndarray:
        # regular at the axis: f ~ r^n, alpha = b r^2/2; far away f = 1 and n quanta are enclosed
        return np.array(
            [NEAREST * axis[1] - n * axis[0], axis[2] - axis[3] * NEAREST**2 / 2, far[0] - 1, far[2] - n]
        )

    r = _radii(kappa, n)
    nodes, (f, df, alpha, b), report = collocate(
        rhs, ends, r, _guess(r, n, kappa), "a vortex line", tolerance
    )
    energy = _energy(nodes, f, df, n - alpha, b, kappa)
    unit = material.condensation_density * (material.coherence_length * 1e-9) ** 2
    virial = _virial(nodes, f, b, kappa, energy)
    fields = {
        "radius": nodes * material.coherence_length,
        "pair_amplitude": f,
        "vortex_field": b * material.upper_critical_field,
        "line_energy": np.array(energy * unit),
        "core_slope": np.array(f[0] / nodes[0] ** n),
    }
    checks = (Check("virial theorem", virial, 1e-5),)
    return State(material, "vortex_line", fields, replace(report, checks=checks))


def _radii(kappa: float, n: int) -> np.ndarray:
    """Return a first mesh, fine at the axis, that ends where the field has fallen to 1e-8."""
    far = 18 * max(kappa, 1.0) + 8 * np.sqrt(n)
    return np.concatenate([np.linspace(NEAREST, 4, 60), np.geomspace(4.1, far, 140)])


def _guess(r: np.ndarray, n: int, kappa: float) -> np.ndarray:
    core, length = np.tanh(0.6 * r / np.sqrt(n)) ** n, max(kappa, 1.0) * np.sqrt(n)
    alpha = n * (1 - np.exp(-((r / length) ** 2) / 2))
    b = n / length**2 * np.exp(-((r / length) ** 2) / 2)
    return np.array([core, np.gradient(core, r), alpha, b])


def _energy(
    r: np.ndarray, f: np.ndarray, df: np.ndarray, left: np.ndarray, b: np.ndarray, kappa: float
) -> float:
    """Return the energy over that of the uniform state, (Bc^2/mu0) xi^2 per length; the core inside adds pi r0^2/2."""
    density = (1 - f**2) ** 2 / 2 + df**2 + (left * f / r) ** 2 + kappa**2 * b**2
    core = np.pi * r[0] ** 2 * density[0]
    return integral(2 * np.pi * r * density, r) + core


def _virial(r: np.ndarray, f: np.ndarray, b: np.ndarray, kappa: float, energy: float) -> float:
    """Return how far Derrick's scaling fails: the potential energy equals that of the field.

    Under r -> s r at fixed flux the gradient term is invariant, (1 - f^2)^2/2 scales as s^2 and the field as 1/s^2.
    """
    potential, field = ((1 - f**2) ** 2 / 2, kappa**2 * b**2)
    difference = integral(2 * np.pi * r * (potential - field), r) + np.pi * r[0] ** 2 * (potential - field)[0]
    return difference / energy
