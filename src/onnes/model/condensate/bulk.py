"""Bulk superconductors: long bodies of any cross-section with the field along them, and boxes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from onnes.errors import InvalidInput, InvalidModel
from onnes.model.condensate.fields import Field, Uniform
from onnes.model.condensate.ginzburg_landau import GinzburgLandau
from onnes.model.condensate.patterns import Pattern, evaluate
from onnes.model.condensate.shapes import Shape

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Bulk:
    r"""A body that is infinitely long along z, in a field along z.

    The field outside is the applied one everywhere, and that in a hole is uniform. The Gibbs energy of a length is

    .. math:: \frac{B_c^2}{\mu_0}\int[-\epsilon|\psi|^2+\tfrac12|\psi|^4
              +\xi^2|(\nabla-\tfrac{2\pi i}{\Phi_0}A)\psi|^2]dS+\int\frac{(B-B_a)^2}{2\mu_0}dS

    the second integral over the holes too.

    Parameters
    ----------
    shape : cross-section, nm.
    material : lengths and times where nothing varies.
    strength : epsilon(r), 1 where the material is itself and negative where it is normal.
    extrapolation : de Gennes length b (nm) of the surface: infinite at an insulator, finite at a normal metal,
        n.(grad - 2 pi i A/Phi_0) psi = -psi/b. No current flows through the surface.

    Raises
    ------
    InvalidModel : a negative extrapolation length.
    """

    shape: Shape
    material: GinzburgLandau
    strength: Pattern | float = 1.0
    extrapolation: float = float("inf")

    def __post_init__(self) -> None:
        if not self.extrapolation >= 0:
            raise InvalidModel("Bulk.extrapolation", self.extrapolation, "zero or positive", "nm")


@dataclass(frozen=True, slots=True)
class Spheres:
    """A pattern in space: ``background``, and ``value`` within ``radius`` of each of ``centres`` (x, y, z), nm.

    ``edge`` is the width of the step between: (1 - tanh((r - R)/edge))/2.
    """

    centres: tuple[Vector, ...]
    radius: float
    value: float
    background: float = 1.0
    edge: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "centres", tuple(tuple(map(float, c)) for c in self.centres))
        for name in ("radius", "edge"):
            if not getattr(self, name) > 0:
                raise InvalidModel(f"Spheres.{name}", getattr(self, name), "positive", "nm")

    def within(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return the pattern at the points (nm)."""
        inside = np.zeros(np.broadcast_shapes(np.shape(x), np.shape(y), np.shape(z)))
        for cx, cy, cz in self.centres:
            distance = np.sqrt((x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2)
            np.maximum(inside, 0.5 * (1 - np.tanh((distance - self.radius) / self.edge)), out=inside)
        return self.background + (self.value - self.background) * inside


@dataclass(frozen=True, slots=True)
class SpaceFunction:
    """A Python function of (x, y, z) in nm; a state that holds one can be computed but not written to a file."""

    function: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]

    def within(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return the pattern at the points (nm); raises `InvalidInput` where it is not finite."""
        shape = np.broadcast_shapes(np.shape(x), np.shape(y), np.shape(z))
        values = np.broadcast_to(np.asarray(self.function(x, y, z), float), shape)
        if not np.isfinite(values).all():
            raise InvalidInput(
                "a function of space returned NaN or infinity", "make it finite in the whole box"
            )
        return np.array(values)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangular block about the origin, each axis open or periodic.

    At an open surface the *tangential* induction is the applied one, and the normal one is whatever comes out of the
    block: the stray field outside, and with it demagnetisation, is left out. That is right for a field along a
    surface, and for a block that is one period of a larger one.

    Parameters
    ----------
    lengths : (Lx, Ly, Lz), nm.
    material : lengths and times where nothing varies.
    strength : epsilon: a number, a pattern of (x, y) for columns along z, or `Spheres` or `SpaceFunction`.
    periodic : axes along which the block repeats.
    quanta : flux quanta through the faces across x, y and z; only where the two other axes are periodic, since a flux
        through them can never change.
    extrapolation : de Gennes length b (nm) of the open surfaces.

    Raises
    ------
    InvalidModel : lengths not positive, quanta that are not whole or pass through an open plane, a negative b.
    """

    lengths: Vector
    material: GinzburgLandau
    strength: "Pattern | Spheres | SpaceFunction | float" = 1.0
    periodic: tuple[bool, bool, bool] = (False, False, False)
    quanta: tuple[int, int, int] = (0, 0, 0)
    extrapolation: float = float("inf")

    def __post_init__(self) -> None:
        if len(self.lengths) != 3 or not all(0 < side < float("inf") for side in self.lengths):
            raise InvalidModel("Box.lengths", self.lengths, "three positive lengths", "nm")
        object.__setattr__(self, "lengths", tuple(map(float, self.lengths)))
        object.__setattr__(self, "periodic", tuple(map(bool, self.periodic)))
        for axis, count in enumerate(self.quanta):
            if count != int(count) or (count and not self.enclosed(axis)):
                allowed = "whole numbers, zero unless both other axes are periodic"
                raise InvalidModel("Box.quanta", self.quanta, allowed)
        if not self.extrapolation >= 0:
            raise InvalidModel("Box.extrapolation", self.extrapolation, "zero or positive", "nm")

    def enclosed(self, axis: int) -> bool:
        """Return whether the two axes other than ``axis`` are periodic, so that the flux along it is given."""
        return self.periodic[axis - 1] and self.periodic[axis - 2]

    @property
    def volume(self) -> float:
        """nm^3."""
        return float(np.prod(self.lengths))


@dataclass(frozen=True, slots=True)
class BulkSetup:
    """A bulk body in applied uniform fields.

    Raises
    ------
    InvalidModel : a field that is not uniform; one across z on a `Bulk`; one along an axis of a `Box` both of whose
        other axes are periodic.
    """

    body: Bulk | Box
    fields: tuple[Field, ...] = ()

    def __post_init__(self) -> None:
        for given in self.fields:
            if not isinstance(given.profile, Uniform):
                raise InvalidModel("BulkSetup.fields", type(given.profile).__name__, "uniform fields")
            direction = given.profile.direction
            if isinstance(self.body, Bulk) and (direction[0] or direction[1]):
                raise InvalidModel("BulkSetup.fields", direction, "along z for a Bulk; take a Box")
            for axis in range(3) if isinstance(self.body, Box) else ():
                if direction[axis] and self.body.enclosed(axis):
                    allowed = "zero along an axis whose flux is given by Box.quanta"
                    raise InvalidModel("BulkSetup.fields", direction, allowed)

    @property
    def events(self) -> tuple[float, ...]:
        """Times (ps) at which a slope of the field changes."""
        return tuple(sorted({t for f in self.fields for t in f.schedule.events}))

    def applied(self, time: float) -> np.ndarray:
        """Return the applied field (Bx, By, Bz) in T at ``time`` (ps)."""
        total = np.zeros(3)
        for given in self.fields:
            direction = np.array(given.profile.direction)
            total += given.schedule.at(time) * direction / np.linalg.norm(direction)
        return total


def space_pattern(
    pattern: "Pattern | Spheres | SpaceFunction | float", x: np.ndarray, y: np.ndarray, z: np.ndarray
) -> np.ndarray:
    """Return any pattern at points in space; a plane pattern is the same at every z."""
    if isinstance(pattern, Spheres | SpaceFunction):
        return pattern.within(x, y, z)
    shape = np.broadcast_shapes(np.shape(x), np.shape(y), np.shape(z))
    return np.array(np.broadcast_to(evaluate(pattern, x, y), shape))
