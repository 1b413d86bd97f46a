"""Where an instrument measures: evenly spaced points, points by value, and wavevectors along a path."""

import json
from difflib import get_close_matches
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Discriminator, Field, Tag, model_validator

from onnes.errors import InvalidInput
from onnes.numerics import brillouin
from onnes.study.strict import Energy, Strict, Temperature, told

if TYPE_CHECKING:
    import xarray as xr


class _Range(Strict):
    points: int = Field(ge=2)

    def array(self) -> np.ndarray:
        """Return the points, in the unit of their kind."""
        return np.linspace(*self.ends)

    @property
    def ends(self) -> tuple[float, float, int]:
        """First, last, number of points."""
        return self.from_, self.to, self.points  # type: ignore[attr-defined]


class _Values(Strict):
    def array(self) -> np.ndarray:
        """Return the points, in the unit of their kind."""
        return np.array(self.values)  # type: ignore[attr-defined]


class EnergyRange(_Range):
    """``{from = "-5 meV", to = "5 meV", points = 501}``."""

    from_: Energy = Field(alias="from")
    to: Energy


class EnergyValues(_Values):
    """``{values = [1, "2 meV", 3]}``."""

    values: tuple[Energy, ...] = Field(min_length=1)


class TemperatureRange(_Range):
    """``{from = "1 K", to = "9 K", points = 17}``."""

    from_: Temperature = Field(alias="from")
    to: Temperature


class TemperatureValues(_Values):
    """``{values = ["500 mK", 1, 2]}``."""

    values: tuple[Temperature, ...] = Field(min_length=1)


class NumberRange(_Range):
    """``{from = -0.5, to = 0.5, points = 41}``; reciprocal lattice units for wavevectors."""

    from_: float = Field(alias="from")
    to: float


def _shape(given: Any) -> str:
    values = "values" in given if isinstance(given, dict) else hasattr(given, "values")
    return "<values" if values else "<from"


EnergyAxis = Annotated[
    Annotated[EnergyRange, Tag("<from")] | Annotated[EnergyValues, Tag("<values")], Discriminator(_shape)
]
TemperatureAxis = Annotated[
    Annotated[TemperatureRange, Tag("<from")] | Annotated[TemperatureValues, Tag("<values")],
    Discriminator(_shape),
]

Vector = Annotated[tuple[float, ...], Field(min_length=2, max_length=3)]


class Momenta(Strict):
    """Wavevectors: a path through named points, or each by its components; reciprocal lattice units.

    ``path = "G-X-M-G"`` with ``points = 41`` along it; ``labels = {Q = [0.5, 0.25]}`` names further points.
    """

    path: str | None = None
    points: int = Field(default=41, ge=2)
    labels: dict[str, Vector] = Field(default_factory=dict)
    momenta: tuple[Vector, ...] | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _one_of_both(self) -> "Momenta":
        if (self.path is None) == (self.momenta is None):
            raise told("needs either path or momenta", 'write path = "G-X-M", or momenta = [[0.5, 0.5]]')
        if self.path is None:
            return self
        known = self.known()
        for label in self.path.split("-"):
            if label not in known:
                near = get_close_matches(label, known, 1)
                hint = f"did you mean {near[0]}? " if near else ""
                remedy = (
                    f"{hint}known labels: {', '.join(known)}; name others in labels = {{Q = [0.5, 0.25]}}"
                )
                raise told(f"has the path {self.path!r} with the unknown label {label!r}", remedy)
        try:
            self.along()
        except InvalidInput as error:
            raise told(f"has {error.cause}", error.remedy) from None
        return self

    def known(self) -> dict[str, tuple[float, ...]]:
        """Return the named points, reciprocal lattice units."""
        # Here, since the instrument loads a compiler that other runs have no use for.
        from onnes.probe.lattice.neutron import POINTS

        return POINTS | self.labels

    def along(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the wavevectors (n, 3) and the length of the path up to each (n,)."""
        if self.path is not None:
            return brillouin.path(self.path, self.known(), self.points)
        k = np.array([[*k, 0.0][:3] for k in self.momenta or ()])
        return k, np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(k, axis=0), axis=1))])

    def labelled(self, measured: "xr.Dataset") -> "xr.Dataset":
        """Return a measurement that knows where the named points lie along its path."""
        if self.path is None:
            return measured
        ends = [np.array([*self.known()[label], 0.0][:3]) for label in self.path.split("-")]
        steps = [float(np.linalg.norm(b - a)) for a, b in pairwise(ends)]
        marks = np.concatenate([[0.0], np.cumsum(steps)]).tolist()
        names = json.dumps(self.path.split("-"))
        return measured.assign_attrs(path_labels=names, path_marks=json.dumps(marks))
