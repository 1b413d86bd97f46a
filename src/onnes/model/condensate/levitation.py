"""A magnet and a superconductor of laboratory size: bodies, pinning, cooling, and how the magnet is moved.

Lengths are in mm, forces in N, fields in T, current densities in A/m^2, times in s. The top surface of every body
lies at height zero and the magnet above it; a magnet that hangs below is the same problem upside down.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite

import numpy as np

from onnes.errors import InvalidModel
from onnes.model.condensate.magnets import RigidMagnet


def _positive(name: str, value: float, unit: str, *, finite: bool = True) -> None:
    if not (value > 0 and (isfinite(value) or not finite)):
        raise InvalidModel(name, value, "a positive number", unit)


@dataclass(frozen=True, slots=True)
class HalfSpace:
    """A wide flat superconductor that screens by the London equation.

    Parameters
    ----------
    penetration_depth : London depth, nm; 0 screens perfectly.
    thickness : mm; infinite for a half space.
    """

    penetration_depth: float = 0.0
    thickness: float = inf

    def __post_init__(self) -> None:
        if not (isfinite(self.penetration_depth) and self.penetration_depth >= 0):
            raise InvalidModel(
                "HalfSpace.penetration_depth", self.penetration_depth, "zero or a positive number", "nm"
            )
        _positive("HalfSpace.thickness", self.thickness, "mm", finite=False)


@dataclass(frozen=True, slots=True)
class SuperconductingSphere:
    """A sphere that screens perfectly; ``radius`` in mm."""

    radius: float

    def __post_init__(self) -> None:
        _positive("SuperconductingSphere.radius", self.radius, "mm")


@dataclass(frozen=True, slots=True)
class SuperconductingDisk:
    """A flat film of negligible thickness.

    Parameters
    ----------
    radius : mm.
    pearl_length : 2 lambda^2/d, nm; 0 screens perfectly.
    """

    radius: float
    pearl_length: float = 0.0

    def __post_init__(self) -> None:
        _positive("SuperconductingDisk.radius", self.radius, "mm")
        if not (isfinite(self.pearl_length) and self.pearl_length >= 0):
            raise InvalidModel(
                "SuperconductingDisk.pearl_length", self.pearl_length, "zero or positive", "nm"
            )


@dataclass(frozen=True, slots=True)
class Pinning:
    r"""Pinned flux that creeps, :math:`E=E_c\,(J/J_c)^n`, with :math:`J_c=J_{c0}/(1+B/B_0)` (Kim).

    Parameters
    ----------
    critical_current : J_c0, A/m^2.
    exponent : n; large is Bean's critical state.
    criterion : E_c, V/m.
    kim_field : B_0, T; infinite for a J_c that does not know the field (Bean).
    """

    critical_current: float
    exponent: float = 25.0
    criterion: float = 1e-4
    kim_field: float = inf

    def __post_init__(self) -> None:
        _positive("Pinning.critical_current", self.critical_current, "A/m^2")
        _positive("Pinning.criterion", self.criterion, "V/m")
        _positive("Pinning.kim_field", self.kim_field, "T", finite=False)
        if not 1 <= self.exponent <= 1000:
            raise InvalidModel("Pinning.exponent", self.exponent, "between 1 (ohmic) and 1000")

    def critical_at(self, flux_density: np.ndarray | float) -> np.ndarray:
        """Return J_c (A/m^2) at |B| (T)."""
        return self.critical_current / (1 + np.abs(flux_density) / self.kim_field)


@dataclass(frozen=True, slots=True)
class SuperconductingCylinder:
    """An upright cylinder, bulk or thin.

    Parameters
    ----------
    radius, height : mm.
    pinning : its critical current; None screens perfectly (Meissner).
    """

    radius: float
    height: float
    pinning: Pinning | None = None

    def __post_init__(self) -> None:
        _positive("SuperconductingCylinder.radius", self.radius, "mm")
        _positive("SuperconductingCylinder.height", self.height, "mm")


Body = HalfSpace | SuperconductingSphere | SuperconductingDisk | SuperconductingCylinder


@dataclass(frozen=True, slots=True)
class Levitation:
    """A rigid magnet above a superconductor.

    Parameters
    ----------
    magnet : see `onnes.model.condensate.magnets`.
    body : the superconductor, top surface at height zero.
    cooled_at : height of the magnet (mm) at which the superconductor was cooled; infinite is zero-field cooling.
        A body without pinning that was cooled in a field is taken to hold every flux line (frozen flux).
    """

    magnet: RigidMagnet
    body: Body
    cooled_at: float = inf

    def __post_init__(self) -> None:
        if not self.cooled_at + self.magnet.lowest > 0:
            raise InvalidModel(
                "Levitation.cooled_at", self.cooled_at, "so that the magnet is above the body", "mm"
            )


@dataclass(frozen=True, slots=True)
class Travel:
    """How a magnet is moved: straight up and down between heights.

    Parameters
    ----------
    heights : turning points, mm, two or more; the first is where the travel begins.
    speed : mm/s.
    """

    heights: tuple[float, ...]
    speed: float = 1.0

    def __post_init__(self) -> None:
        heights = tuple(float(h) for h in self.heights)
        object.__setattr__(self, "heights", heights)
        if len(heights) < 2 or not all(isfinite(h) for h in heights) or np.any(np.diff(heights) == 0):
            raise InvalidModel(
                "Travel.heights", self.heights, "two or more different finite turning points", "mm"
            )
        _positive("Travel.speed", self.speed, "mm/s")

    def samples(self, spacing: float) -> tuple[np.ndarray, np.ndarray]:
        """Return heights (mm) no further apart than ``spacing`` that meet every turning point, and times (s)."""
        _positive("spacing", spacing, "mm")
        points = [np.array(self.heights[:1])]
        for start, end in pairwise(self.heights):
            count = int(np.ceil(abs(end - start) / spacing - 1e-9))
            points.append(start + (end - start) * np.arange(1, count + 1) / count)
        heights = np.concatenate(points)
        return heights, np.concatenate([[0.0], np.cumsum(np.abs(np.diff(heights)))]) / self.speed
