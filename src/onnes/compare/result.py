"""What a fit found: parameters with errors, chi2, criteria, flags."""

from dataclasses import dataclass
from math import isfinite, log
from typing import Any

import numpy as np
from scipy.stats import chi2 as chi2_distribution

from onnes.compare.data import Data
from onnes.compare.datamap import DataMap
from onnes.compare.joint import Joint
from onnes.errors import InvalidInput
from onnes.state import Report


@dataclass(frozen=True, slots=True)
class Parameter:
    """A fitted parameter: ``error`` is one standard error, ``interval`` holds it at the level of the fit."""

    name: str
    value: float
    error: float
    interval: tuple[float, float]
    low: float
    high: float
    unit: str = ""
    at_bound: str = ""
    """``"lower"``, ``"upper"`` or empty."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """What a fit found.

    Parameters
    ----------
    parameters : with values, errors and intervals.
    chi2 : at the minimum.
    covariance : float array (p, p); infinite variances where the data do not determine a parameter.
    fitted : float array (n,), the prediction at the minimum.
    data : what was fitted.
    level : of the intervals.
    evaluations, rejected : calls of the prediction, and those that had no solution.
    minima : chi2 reached from each start, ascending.
    report : outcome, checks and, in ``report.warnings``, all that a reader must know.
    """

    parameters: tuple[Parameter, ...]
    chi2: float
    covariance: np.ndarray
    fitted: np.ndarray
    data: Data | DataMap | Joint
    level: float
    evaluations: int
    rejected: int
    minima: tuple[float, ...]
    report: Report

    def __getitem__(self, name: str) -> Parameter:
        for one in self.parameters:
            if one.name == name:
                return one
        names = ", ".join(one.name for one in self.parameters)
        raise InvalidInput(f"{name!r} was not varied", f"this fit has {names}")

    @property
    def values(self) -> dict[str, float]:
        """Values by name, as the prediction takes them."""
        return {one.name: one.value for one in self.parameters}

    @property
    def dof(self) -> int:
        """Degrees of freedom: data minus parameters."""
        return len(self.data) - len(self.parameters)

    @property
    def parts(self) -> dict[str, tuple[int, float]]:
        """Number of data and chi2 of every measurement, by name; one measurement has the name of its file."""
        squares = ((self.fitted - self.data.y) / self.data.error) ** 2
        split = (
            self.data.split(squares)
            if isinstance(self.data, Joint)
            else {self.data.source or "data": squares}
        )
        return {name: (len(part), float(np.sum(part))) for name, part in split.items()}

    @property
    def probability(self) -> float:
        """Chance of a chi2 this large or larger if the model is true; NaN without degrees of freedom."""
        return float(chi2_distribution.sf(self.chi2, self.dof)) if self.dof > 0 else float("nan")

    @property
    def aic(self) -> float:
        """Akaike's criterion chi2 + 2p. The errors are known, so that it needs no correction for small n."""
        return self.chi2 + 2 * len(self.parameters)

    @property
    def bic(self) -> float:
        """Schwarz's criterion chi2 + p ln n."""
        return self.chi2 + len(self.parameters) * log(len(self.data))

    @property
    def flags(self) -> tuple[str, ...]:
        """What a reader must know, each one line; empty for a clean fit."""
        return self.report.warnings

    def summary(self) -> str:
        """Return the result as lines: parameters, chi2, flags."""
        lines = [_line(one, self.level) for one in self.parameters]
        lines.append(
            f"chi2 = {self.chi2:.2f} for {self.dof} degrees of freedom (probability {self.probability:.2g})"
        )
        if isinstance(self.data, Joint):
            lines += [
                f"{name}: chi2 = {chi2:.2f} for {count} points" for name, (count, chi2) in self.parts.items()
            ]
        return "\n".join([*lines, *(f"note: {flag}" for flag in self.flags)])

    def to_json(self) -> dict[str, Any]:
        """Return the documented record printed by ``onnes fit --json``; what is infinite is NaN there."""
        return {
            "parameters": [
                {
                    "name": one.name,
                    "value": one.value,
                    "error": one.error,
                    "interval": {"low": one.interval[0], "high": one.interval[1], "level": self.level},
                    "bounds": {"low": one.low, "high": one.high},
                    "unit": one.unit,
                    "at_bound": one.at_bound,
                }
                for one in self.parameters
            ],
            "covariance": self.covariance.tolist(),
            "chi2": self.chi2,
            "dof": self.dof,
            "n_data": len(self.data),
            "parts": [{"name": name, "n_data": n, "chi2": chi2} for name, (n, chi2) in self.parts.items()],
            "probability": self.probability,
            "aic": self.aic,
            "bic": self.bic,
            "evaluations": self.evaluations,
            "rejected": self.rejected,
            "minima": list(self.minima),
            "flags": list(self.flags),
            "converged": self.report.converged,
        }


def _line(one: Parameter, level: float) -> str:
    unit = f" {one.unit}" if one.unit and one.unit != "1" else ""
    low, high = one.interval
    error = f"{one.error:.2g}" if isfinite(one.error) else "undetermined"
    return f"{one.name} = {one.value:.6g} ± {error}{unit} ({100 * level:g} %: {low:.6g} to {high:.6g})"
