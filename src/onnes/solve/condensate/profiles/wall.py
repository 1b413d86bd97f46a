"""The wall between normal metal and superconductor at the thermodynamic field."""

from dataclasses import replace
from itertools import pairwise

import numpy as np

from onnes.model.condensate.ginzburg_landau import GinzburgLandau
from onnes.solve.condensate.profiles.boundary_value import TOLERANCE, collocate, integral
from onnes.state import Check, Report, State


def domain_wall(material: GinzburgLandau, *, tolerance: float = TOLERANCE) -> State:
    r"""Solve for the plane wall between the normal metal at Hc and the superconductor.

    .. math:: f''=a^2f-f+f^3,\qquad\kappa^2a''=f^2a

    in units of xi and Phi_0/(2 pi xi); the wall lies where f = 1/2. Its energy is positive in type I, negative
    in type II and zero at kappa = 1/sqrt 2, from where the solution is continued to the kappa of the material.

    Returns
    -------
    State of method "domain_wall" with ``depth`` (nm, from the normal side), ``wall_amplitude``, ``wall_field`` (T) and
    ``wall_energy`` (J/m^2).

    Raises
    ------
    NotConverged : the collocation failed.
    """
    first, *others = _towards(material.kappa)
    nodes, y, report = _solve(first, *_first_guess(first), tolerance)
    for before, kappa in pairwise([first, *others]):
        kept = _thinned(len(nodes))
        nodes, y, report = _solve(kappa, nodes[kept], _continued(y[:, kept], before, kappa), tolerance)
    kappa, field = material.kappa, 1 / (np.sqrt(2) * material.kappa)
    reach_normal, reach_super = _reach(kappa)
    halves = [integral(_density(part, kappa, field), nodes) for part in (y[:4], y[4:])]
    energy = reach_normal * halves[0] + reach_super * halves[1]
    balance = y[1] ** 2 - y[2] ** 2 * y[0] ** 2 + y[0] ** 2 - y[0] ** 4 / 2 + kappa**2 * y[3] ** 2
    checks = (Check("first integral", float(abs(balance - 0.5).max()), 1e-5),)
    xi, unit = material.coherence_length, material.condensation_density * material.coherence_length * 1e-9
    joined = np.concatenate([y[:4, :0:-1], y[4:]], axis=1)
    fields = {
        "depth": np.concatenate([-reach_normal * nodes[:0:-1], reach_super * nodes]) * xi,
        "wall_amplitude": joined[0],
        "wall_field": joined[3] * material.upper_critical_field,
        "wall_energy": np.array(energy * unit),
    }
    return State(material, "domain_wall", fields, replace(report, checks=checks))


def _solve(
    kappa: float, t: np.ndarray, guess: np.ndarray, tolerance: float
) -> tuple[np.ndarray, np.ndarray, Report]:
    """Both halves run over one variable t from the wall (0) to the far end (1): eight equations."""
    reach_normal, reach_super = _reach(kappa)

    def rhs(t: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.concatenate([-reach_normal * _slope(y[:4], kappa), reach_super * _slope(y[4:], kappa)])

    def ends(at_wall: np.ndarray, far: np.ndarray) -> np.ndarray:
        joined = at_wall[:4] - at_wall[4:]
        # Deep in the normal metal f dies as exp(-b x^2/2), with the slope |a| f. That b = Hc there follows from
        # the first integral, which takes the place of the freedom to move the wall.
        return np.array([*joined, at_wall[0] - 0.5, far[1] - abs(far[2]) * far[0], far[4] - 1, far[6]])

    return collocate(rhs, ends, t, guess, "a wall", tolerance)


def _towards(kappa: float) -> list[float]:
    """Return the values of kappa of a continuation: from 1/sqrt 2 in factors of two at most."""
    steps = max(1, int(np.ceil(abs(np.log2(kappa * np.sqrt(2))))))
    return [2**-0.5 * (kappa * np.sqrt(2)) ** (i / steps) for i in range(steps)] + [kappa]


def _thinned(count: int) -> np.ndarray:
    """Return some 600 of ``count`` nodes, both ends among them: the next solution refines where it needs to."""
    return np.unique(np.linspace(0, count - 1, min(600, count)).astype(int))


def _continued(y: np.ndarray, before: float, now: float) -> np.ndarray:
    """Carry a solution on: lengths follow the reach, the field follows Hc."""
    new, field = y.copy(), before / now
    for half, (old, fresh) in enumerate(zip(_reach(before), _reach(now), strict=True)):
        new[4 * half + 1] *= old / fresh
        new[4 * half + 2] *= field * fresh / old
        new[4 * half + 3] *= field
    return new


def _slope(y: np.ndarray, kappa: float) -> np.ndarray:
    f, df, a, b = y
    return np.array([df, a**2 * f - f + f**3, b, f**2 * a / kappa**2])


def _density(y: np.ndarray, kappa: float, field: float) -> np.ndarray:
    """Gibbs energy over (Bc^2/mu0), zero on both sides of the wall."""
    f, df, a, b = y
    return df**2 + a**2 * f**2 - f**2 + f**4 / 2 + kappa**2 * (b - field) ** 2


def _reach(kappa: float) -> tuple[float, float]:
    """Return how far (xi) each half extends.

    On the normal side f falls like a Gaussian of the magnetic length sqrt(sqrt2 kappa), once the field has its full
    strength; on the other side xi and lambda decay.
    """
    return 1.5 + 8 * np.sqrt(np.sqrt(2) * kappa) + 2 * kappa, 14 + 18 * kappa


def _first_guess(kappa: float) -> tuple[np.ndarray, np.ndarray]:
    t = np.linspace(0, 1, 200) ** 2
    parts = []
    for sign, reach in zip((-1, 1), _reach(kappa), strict=True):
        x = sign * reach * t
        f, b = 1 / (1 + np.exp(-np.sqrt(2) * x)), 1 / (1 + np.exp(x / kappa))
        a = -kappa * np.logaddexp(0, -x / kappa)
        parts.append(np.array([f, np.sqrt(2) * f * (1 - f), a, b]))
    return t, np.concatenate(parts)
