"""From runs at several time steps and temperatures: the limit dt -> 0, entropy, heat, and where a curve is lowest."""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline

from onnes.model.correlated.hubbard import Hubbard


@dataclass(frozen=True, slots=True, eq=False)
class Limit:
    """A quantity at dt -> 0, from a straight line in dt^2.

    ``value``, ``error``; ``slope`` of the line; ``chi2`` of it on ``freedom`` degrees; ``step`` (1/meV), ``values`` and
    ``errors`` that it went through.
    """

    value: float
    error: float
    slope: float
    chi2: float
    freedom: int
    step: np.ndarray
    values: np.ndarray
    errors: np.ndarray


def limit(step: np.ndarray, values: np.ndarray, errors: np.ndarray) -> Limit:
    """Return ``value + slope dt^2`` fitted by least squares with weights 1/error^2.

    Parameters
    ----------
    step : float (run,), 1/meV, at least two. values, errors : float (run,); an error may be zero where a value is
        exact.
    """
    scale = max(float(errors.max()), 1e-15)
    weight = scale / np.maximum(errors, 1e-6 * scale)
    square = (step / step.max()) ** 2
    design = np.column_stack([np.ones_like(step), square]) * weight[:, None]
    covariance = np.linalg.inv(design.T @ design)
    value, slope = covariance @ (design.T @ (values * weight))
    rest = (values - value - slope * square) * weight / scale
    return Limit(
        float(value),
        float(scale * np.sqrt(covariance[0, 0])),
        float(slope / step.max() ** 2),
        float(rest @ rest),
        len(step) - 2,
        step,
        values,
        errors,
    )


def first_moments(model: Hubbard) -> tuple[float, float]:
    """Return <H - mu N> per site and its derivative by beta at infinite temperature, meV and meV^2.

    All configurations weigh the same: ``-mu`` and ``-(U^2/16 + sum_ij |h_ij|^2/2N + mu^2/2)``, for one U and no levels.
    """
    mu, hops = model.chemical_potential, model.cluster.hopping
    spread = float(np.mean(model.U) ** 2 / 16 + (np.abs(hops) ** 2).sum() / (2 * len(hops)) + mu**2 / 2)
    return -mu, -spread


def entropy(
    beta: np.ndarray, energy: np.ndarray, error: np.ndarray, start: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the entropy per site in units of k and its standard error, by integration from infinite temperature.

    ``S = ln 4 + beta E - int_0^beta E dbeta'`` with E = <H - mu N> per site. Between the temperatures E is the cubic
    spline with the exact value and slope at beta = 0. S is linear in E: its errors follow from independent ones of E.

    Parameters
    ----------
    beta : float (temperature,), 1/meV, rising. energy, error : float (temperature,), meV. start : `first_moments`.
    """
    nodes, count = np.concatenate([[0.0], beta]), len(beta)

    def areas(values: np.ndarray, first: float, slope: float) -> np.ndarray:
        spline = CubicSpline(nodes, np.concatenate([[first], values]), bc_type=((1, slope), "not-a-knot"))
        return np.array([float(spline.integrate(0.0, b)) for b in beta])

    rows = np.array([areas(unit, 0.0, 0.0) for unit in np.eye(count)])  # (changed, upper limit)
    gain = np.diag(beta) - rows.T
    value = np.log(4.0) + beta * energy - areas(energy, *start)
    return value, np.sqrt(gain**2 @ error**2)


def heat(
    temperature: np.ndarray, energy: np.ndarray, error: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean temperatures and dE/dT between neighbours with errors; all rising in temperature, in units of k."""
    width = np.diff(temperature)
    centre = np.sqrt(temperature[1:] * temperature[:-1])
    return centre, np.diff(energy) / width, np.hypot(error[1:], error[:-1]) / width


def lowest(x: np.ndarray, y: np.ndarray, error: np.ndarray) -> tuple[float, float]:
    """Return the place of the minimum of y over ln x and its standard error.

    The parabola through the five points around the lowest one, fitted by weighted least squares; nan where it has no
    minimum among them.
    """
    k = int(np.clip(np.argmin(y), 2, len(y) - 3))
    part = slice(k - 2, k + 3)
    u = np.log(x[part] / x[k])
    design = np.vander(u, 3) / error[part, None]
    covariance = np.linalg.inv(design.T @ design)
    a, b, _ = covariance @ (design.T @ (y[part] / error[part]))
    place = -b / (2 * a)
    if a <= 0 or not u.min() <= place <= u.max():
        return float("nan"), float("nan")
    slope = np.array([b / (2 * a * a), -1 / (2 * a), 0.0])
    return float(x[k] * np.exp(place)), float(x[k] * np.exp(place) * np.sqrt(slope @ covariance @ slope))
