"""Applied magnetic fields: profiles in space times schedules in time."""

from dataclasses import dataclass
from math import pi

import numpy as np

from onnes.errors import InvalidModel
from onnes.model.condensate.patterns import Pattern, evaluate
from onnes.model.condensate.schedule import Schedule, as_schedule
from onnes.model.condensate.shapes import Point
from onnes.units import MU_0, PHI_0


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
class Threading:
    """One flux quantum through the ring to which a film of period ``length`` (nm) along ``axis`` closes.

    A = Phi_0/length along it, and no field on the film. Its change is an electromotive force, Phi_0/ps = 2.07 mV.
    """

    length: float
    axis: str = "x"

    def __post_init__(self) -> None:
        if not 0 < self.length < float("inf"):
            raise InvalidModel("Threading.length", self.length, "positive and finite", "nm")
        if self.axis not in ("x", "y"):
            raise InvalidModel("Threading.axis", self.axis, "x or y")

    def vector_potential(self, x: np.ndarray, y: np.ndarray, z: np.ndarray | float = 0.0) -> np.ndarray:
        """Return A (..., 3) in T nm at the points (nm)."""
        shape = np.broadcast_shapes(np.shape(x), np.shape(y), np.shape(z))
        along = (1.0, 0.0, 0.0) if self.axis == "x" else (0.0, 1.0, 0.0)
        return np.broadcast_to(PHI_0 * 1e18 / self.length * np.array(along), (*shape, 3))

    def flux_density(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return B_z in T at the points of the plane z = 0: none."""
        return np.zeros(np.broadcast_shapes(np.shape(x), np.shape(y)))


@dataclass(frozen=True, slots=True)
class Lead:
    r"""A straight thin lead that ends between ``start`` and ``end`` (nm), seen from beyond the end; 1 uA to the end.

    It comes from infinity at right angles to its end, on the left of the way from ``start`` to ``end``, with the same
    sheet current K = I/W everywhere. With s ahead of the end and t across the middle, in the plane

    .. math:: A=\hat s\,\frac{\mu_0K}{4\pi}\int_{-W/2}^{W/2}dv\,[-\ln(\sqrt{s^2+(t-v)^2}+s)]

    up to a constant, which is infinite and the same in every gauge-invariant quantity.
    """

    start: Point
    end: Point

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise InvalidModel("Lead.end", self.end, f"another point than the start {self.start}", "nm")

    @property
    def _frame(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
        """Return the middle of the end, unit vectors ahead and across, and the width."""
        start, end = np.array(self.start, float), np.array(self.end, float)
        width = float(np.linalg.norm(end - start))
        across = (end - start) / width
        return (start + end) / 2, np.array([across[1], -across[0]]), across, width

    def _places(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        middle, ahead, across, _ = self._frame
        dx, dy = np.asarray(x) - middle[0], np.asarray(y) - middle[1]
        return dx * ahead[0] + dy * ahead[1], dx * across[0] + dy * across[1]

    def vector_potential(self, x: np.ndarray, y: np.ndarray, z: np.ndarray | float = 0.0) -> np.ndarray:
        """Return A (..., 3) in T nm at the points (nm)."""
        _, ahead, _, width = self._frame
        s, t = self._places(x, y)
        z = np.abs(np.asarray(z, float))
        whole = _line_integral(s, t + width / 2, z) - _line_integral(s, t - width / 2, z)
        # mu0 K/4 pi in T with K in uA/nm: 1e3 A/m
        size = -MU_0 * 1e3 / (4 * pi * width) * whole
        return size[..., None] * np.array([*ahead, 0.0])

    def flux_density(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return B_z in T at the points of the plane z = 0."""
        width = self._frame[-1]
        s, t = self._places(x, y)
        # ahead x across = +z: B_z = -dA_s/dt
        near, far = (_log_sum(s, t + sign * width / 2, 0.0) for sign in (1, -1))
        return MU_0 * 1e3 / (4 * pi * width) * (near - far)


def _log_sum(s: np.ndarray, v: np.ndarray, z: np.ndarray | float) -> np.ndarray:
    """Return ln(r + s) of r^2 = s^2 + v^2 + z^2, without cancellation where s < 0."""
    r = np.sqrt(s * s + v * v + z * z)
    tiny = np.finfo(float).tiny
    behind = np.log(np.maximum(v * v + z * z, tiny)) - np.log(np.maximum(r - s, tiny))
    return np.where(s >= 0, np.log(np.maximum(r + s, tiny)), behind)


def _line_integral(s: np.ndarray, v: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Return int_0^v ln(r + s) dv."""
    r, side = np.sqrt(s * s + v * v + z * z), np.sqrt(s * s + z * z)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(side > 0, s * np.arcsinh(v / side), 0.0)
        height = np.where(z > 0, z * (np.arctan(v / z) - np.arctan(v * s / (z * r))), 0.0)
    return np.where(v == 0, 0.0, v * _log_sum(s, v, z)) + slope - v + height


@dataclass(frozen=True, slots=True)
class FluxPattern:
    """Any B_z(x, y) in T as a `Pattern`; its vector potential is built on the mesh from the fluxes."""

    pattern: Pattern

    def flux_density(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return B_z in T at the points of the plane z = 0."""
        return evaluate(self.pattern, x, y)


Profile = Uniform | Magnet | Wire | Threading | Lead | FluxPattern
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
