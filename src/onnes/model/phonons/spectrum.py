"""The electron-phonon spectral function alpha2F and its moments.

A `Spectrum` is a measure on boson energies: nodes, heights and quadrature weights. A file's grid
carries trapezoidal weights; an Einstein mode is a single node of weight one. Every moment and every
kernel downstream is the same weighted sum, so that lambda(i nu = 0) equals lambda to rounding.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from onnes.errors import InvalidModel

if TYPE_CHECKING:
    import os

SAME_NODE = 1e-10
"""Nodes closer than this, relatively, are one node with rounding errors."""
HIGHEST_FRACTION = 1e-3
"""The highest phonon frequency is where alpha2F last exceeds this fraction of its maximum."""


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """alpha2F(Omega) of one pair of bands.

    Parameters
    ----------
    frequency : float array (n,), meV, positive and strictly increasing.
    alpha2F : float array (n,), dimensionless heights. Small negative values are kept as given.
    weights : float array (n,), meV: ``integral f alpha2F = sum(weights * alpha2F * f)``;
        trapezoidal between the first and the last node where not given.
    source : where it came from, for provenance.
    parametrised : True when the shape was chosen to reproduce published moments.

    Raises
    ------
    InvalidModel : wrong shape, NaN, non-positive or non-increasing frequencies.
    """

    frequency: np.ndarray
    alpha2F: np.ndarray
    weights: np.ndarray | None = None
    source: str = ""
    parametrised: bool = False

    def __post_init__(self) -> None:
        frequency = _vector("frequency", self.frequency)
        heights = _vector("alpha2F", self.alpha2F)
        if len(heights) != len(frequency):
            raise InvalidModel(
                "alpha2F", f"{len(heights)} values", f"one value for each of the {len(frequency)} frequencies"
            )
        if frequency[0] <= 0 or np.any(np.diff(frequency) <= 0):
            raise InvalidModel(
                "frequency", f"[{frequency[0]:.4g} ...]", "positive and strictly increasing", "meV"
            )
        given = _trapezoid(frequency) if self.weights is None else _vector("weights", self.weights)
        if given.shape != frequency.shape:
            raise InvalidModel(
                "weights", f"{len(given)} values", f"one value for each of the {len(frequency)} frequencies"
            )
        for name, array in (("frequency", frequency), ("alpha2F", heights), ("weights", given)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if not np.any(self.measure > 0):
            raise InvalidModel("alpha2F", "zero everywhere", "positive somewhere")

    @classmethod
    def read(
        cls,
        path: "str | os.PathLike[str]",
        *,
        column: int = 1,
        unit: str | None = None,
        format: str | None = None,
    ) -> "Spectrum":
        """Read alpha2F from a file; see `onnes.model.phonons.formats.read`."""
        from onnes.model.phonons import formats

        return formats.read(path, column=column, unit=unit, format=format)

    def write(self, path: "str | os.PathLike[str]", *, format: str = "csv") -> None:
        """Write alpha2F to a file; see `onnes.model.phonons.formats.write`."""
        from onnes.model.phonons import formats

        formats.write(self, path, format=format)

    @property
    def measure(self) -> np.ndarray:
        """Integration measure alpha2F dOmega at each node, meV."""
        return self.alpha2F * self.weights

    def moment(self, power: float) -> float:
        """Return 2 * integral dOmega Omega^(power-1) alpha2F(Omega), meV^power; power 0 is lambda."""
        return float(2 * np.sum(self.measure * self.frequency ** (power - 1)))

    @property
    def lambda_(self) -> float:
        """Coupling constant lambda = 2 * integral dOmega alpha2F/Omega."""
        return self.moment(0)

    @property
    def omega_log(self) -> float:
        """Logarithmic average exp[(2/lambda) * integral dOmega ln(Omega) alpha2F/Omega], meV."""
        mean = 2 / self.lambda_ * np.sum(self.measure * np.log(self.frequency) / self.frequency)
        return float(np.exp(mean))

    @property
    def omega_2(self) -> float:
        """Second-moment average [(2/lambda) * integral dOmega Omega alpha2F]^(1/2), meV."""
        return float(np.sqrt(self.moment(2) / self.lambda_))

    @property
    def omega_max(self) -> float:
        """Highest phonon frequency, meV: where alpha2F last exceeds 1e-3 of its maximum."""
        return float(self.frequency[np.flatnonzero(self.alpha2F > HIGHEST_FRACTION * self.alpha2F.max())[-1]])

    def with_lambda(self, value: float) -> "Spectrum":
        """Return the same shape scaled to the coupling ``value``."""
        if not value > 0:
            raise InvalidModel("lambda", value, "positive")
        return self.scaled(coupling=value / self.lambda_)

    def scaled(self, *, coupling: float = 1.0, frequency: float = 1.0) -> "Spectrum":
        """Return alpha2F with every height and every frequency multiplied, lambda scaling as the heights.

        ``frequency=(M/M')**0.5`` is the harmonic isotope substitution: lambda is untouched.
        """
        return Spectrum(
            self.frequency * frequency,
            self.alpha2F * coupling,
            self.weights * frequency,
            source=self.source,
            parametrised=self.parametrised,
        )

    def __add__(self, other: "Spectrum") -> "Spectrum":
        """Return the sum of two spectra as a measure on the union of their nodes.

        The measure, and with it every moment, is exact; the heights are the measure over the union's
        cells and may be jagged where two grids interleave. Nodes closer than rounding are merged.
        """
        nodes = np.concatenate([self.frequency, other.frequency])
        order = np.argsort(nodes, kind="stable")
        ordered = nodes[order]
        place = np.concatenate([[0], np.cumsum(np.diff(ordered) > SAME_NODE * ordered[1:])])
        total = np.bincount(place, np.concatenate([self.measure, other.measure])[order])
        unique = ordered[np.unique(place, return_index=True)[1]]
        weights = _trapezoid(unique)
        source = f"{self.source} + {other.source}"
        return Spectrum(unique, total / weights, weights, source, self.parametrised or other.parametrised)


def _vector(name: str, values: object) -> np.ndarray:
    try:
        array = np.array(values, dtype=float)
    except (TypeError, ValueError):
        raise InvalidModel(name, values, "an array of numbers") from None
    if array.ndim != 1 or array.size == 0:
        raise InvalidModel(name, f"shape {array.shape}", "one non-empty vector")
    if not np.all(np.isfinite(array)):
        raise InvalidModel(name, "NaN or infinite", "finite everywhere")
    return array


def _trapezoid(nodes: np.ndarray) -> np.ndarray:
    """Trapezoidal weights between the first and the last node; a lone node is a mode of unit area."""
    if len(nodes) == 1:
        return np.ones(1)
    steps = np.diff(nodes)
    return 0.5 * (np.concatenate([[0.0], steps]) + np.concatenate([steps, [0.0]]))
