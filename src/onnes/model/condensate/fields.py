"""Applied magnetic fields: profiles in space times schedules in time."""

from dataclasses import dataclass
from math import pi

import numpy as np

from onnes.errors import InvalidModel
from onnes.model.condensate.patterns import Pattern, evaluate
from onnes.model.condensate.schedule import Schedule, as_schedule
from onnes.units import MU_0


@dataclass(frozen=True, slots=True)
class Uniform:
    """A uniform field of 1 T along ``direction``; A = B x r/2 about ``centre`` (nm)."""

    direction: tuple[float, float, float] = (0.0, 0.0, 1.0)
    centre: tuple[float, float] = (0.0, 0.0)

    def vector_potential(self, x: np.ndarray, y: np.ndarray, z: np.ndarray | float = 0.0) -> np.ndarray:
        """Return A (..., 3) in T nm at the points (nm)."""
        b = np.array(self.direction) / np.linalg.norm(self.direction)
        r = np.stack(np.broadcast_arrays(x - self.centre[0], y - self.centre[1], z), -1)
        return np.cross(b, r) / 2

    def flux_density(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return B_z in T at the points of the plane z = 0."""
        shape = np.broadcast_shapes(np.shape(x), np.shape(y))
        return np.full(shape, self.direction[2] / np.linalg.norm(self.direction))


@dataclass(frozen=True, slots=True)
class Magnet:
    """A small magnet: a dipole of ``moment`` (A m^2, vector) at ``position`` (nm); A = mu0 m x r/(4 pi r^3)."""

    moment: tuple[float, float, float]
    position: tuple[float, float, float]

    def __post_init__(self) -> None:
        if self.position[2] == 0:
            raise InvalidModel("Magnet.position", self.position, "above or below the plane z = 0", "nm")

    def _apart(self, x: np.ndarray, y: np.ndarray, z: np.ndarray | float) -> np.ndarray:
        x0, y0, z0 = self.position
        return np.stack(np.broadcast_arrays(x - x0, y - y0, z - z0), -1)

    def vector_potential(self, x: np.ndarray, y: np.ndarray, z: np.ndarray | float = 0.0) -> np.ndarray:
        """Return A (..., 3) in T nm at the points (nm)."""
        r = self._apart(x, y, z)
        # mu0 m/(4 pi r^2) in T m with r in nm: 1e18 from 1/r^2, and 1e9 nm a metre
        return MU_0 / (4 * pi) * 1e27 * np.cross(self.moment, r) / np.linalg.norm(r, axis=-1)[..., None] ** 3

    def flux_density(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return B_z in T at the points of the plane z = 0."""
        r = self._apart(x, y, 0.0)
        distance = np.linalg.norm(r, axis=-1)
        along = r @ np.array(self.moment)
        return MU_0 / (4 * pi) * 1e27 * (3 * along * r[..., 2] / distance**5 - self.moment[2] / distance**3)


@dataclass(frozen=True, slots=True)
class Wire:
    """A long straight wire parallel to the plane, through ``position`` (nm) along ``angle``, carrying ``current`` uA.

    A = -(mu0 I/2 pi) ln(r) along the wire.
    """

    current: float
    position: tuple[float, float, float]
    angle: float = 0.0

    def __post_init__(self) -> None:
        if self.position[2] == 0:
            raise InvalidModel("Wire.position", self.position, "above or below the plane z = 0", "nm")

    def _across(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return -np.sin(self.angle) * (x - self.position[0]) + np.cos(self.angle) * (y - self.position[1])

    def vector_potential(self, x: np.ndarray, y: np.ndarray, z: np.ndarray | float = 0.0) -> np.ndarray:
        """Return A (..., 3) in T nm at the points (nm)."""
        distance = np.hypot(self._across(x, y), z - self.position[2])
        # mu0 I/2 pi in T m with I in uA, then in T nm
        size = -MU_0 * self.current * 1e-6 / (2 * pi) * 1e9 * np.log(distance)
        return size[..., None] * np.array([np.cos(self.angle), np.sin(self.angle), 0.0])

    def flux_density(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return B_z in T at the points of the plane z = 0: mu0 I s/2 pi r^2, s to the left of the wire."""
        across = self._across(x, y)
        return MU_0 * self.current * 1e-6 / (2 * pi) * 1e9 * across / (across**2 + self.position[2] ** 2)


@dataclass(frozen=True, slots=True)
class FluxPattern:
    """Any B_z(x, y) in T as a `Pattern`; its vector potential is built on the mesh from the fluxes."""

    pattern: Pattern

    def flux_density(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return B_z in T at the points of the plane z = 0."""
        return evaluate(self.pattern, x, y)


Profile = Uniform | Magnet | Wire | FluxPattern
ALWAYS = Schedule((1.0,))


@dataclass(frozen=True, slots=True)
class Field:
    """A profile in space times a schedule in time: B(r, t) = profile(r) * schedule(t)."""

    profile: Profile
    schedule: Schedule = ALWAYS


def as_fields(given: "float | Schedule | Field | tuple[Field, ...]") -> tuple[Field, ...]:
    """Return fields: a number (T) or a schedule is a uniform field along z."""
    if isinstance(given, Field):
        return (given,)
    if isinstance(given, tuple):
        return tuple(f for item in given for f in as_fields(item))
    return (Field(Uniform(), as_schedule(given)),)
