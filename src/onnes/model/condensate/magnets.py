r"""Permanent magnets of laboratory size: lengths in mm, moments in A m^2, remanence in T.

A magnet is rigid: its magnetisation does not answer to the field (mu_r = 1). What an image or a screening current
sees of it are two things.

- ``form_factor``: the transform of its magnetic charge :math:`\rho=-\nabla\cdot M` below it,
  :math:`\tilde\sigma(k)=\int\rho\,e^{g\cdot r}d^3r` with :math:`g=(-ik_x,-ik_y,-k)`, :math:`g\cdot g=0`;
  a dipole has :math:`m\cdot g\,e^{g\cdot r}`, a cylinder a closed form that depends on the component of g along
  its axis alone, whatever way it is turned.
- ``ring_field``: (A_phi, B_r, B_z), if it has the symmetry of the axis.

Coordinates are relative to a point of reference that `solve` places at the height of the magnet. For a cylinder it is
half its height below the centre: where the axis is vertical the height of the magnet is the gap.
"""

from dataclasses import dataclass, replace
from math import pi

import numpy as np
from scipy.special import jve

from onnes.errors import InvalidInput, InvalidModel
from onnes.numerics import rings
from onnes.units import MU_0

Vector = tuple[float, float, float]
AXIS_TOLERANCE = 1e-12
MM = 1e-3
"""Metres in a millimetre."""


def _rotation(axis: Vector, angle: float) -> np.ndarray:
    """Return the matrix of a rotation by ``angle`` (rad) about ``axis`` (Rodrigues)."""
    x, y, z = np.asarray(axis, float) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def _vectors(name: str, given: tuple[Vector, ...], unit: str) -> tuple[Vector, ...]:
    array = np.asarray(given, float)
    if array.ndim != 2 or array.shape[1] != 3 or not len(array) or not np.isfinite(array).all():
        raise InvalidModel(name, given, "a tuple of vectors of three finite numbers", unit)
    return tuple(tuple(float(c) for c in row) for row in array)


@dataclass(frozen=True, slots=True)
class Dipoles:
    """Any magnetisation as rigid point dipoles.

    Parameters
    ----------
    moments : vectors, A m^2.
    places : vectors from the point of reference, mm.
    """

    moments: tuple[Vector, ...]
    places: tuple[Vector, ...] = ((0.0, 0.0, 0.0),)

    def __post_init__(self) -> None:
        object.__setattr__(self, "moments", _vectors("Dipoles.moments", self.moments, "A m^2"))
        object.__setattr__(self, "places", _vectors("Dipoles.places", self.places, "mm"))
        if len(self.moments) != len(self.places):
            raise InvalidModel(
                "Dipoles.places", len(self.places), f"one for each of {len(self.moments)} moments"
            )

    @property
    def moment(self) -> np.ndarray:
        """Total moment (3,), A m^2."""
        return np.sum(self.moments, axis=0)

    @property
    def lowest(self) -> float:
        """Lowest point relative to the reference, mm."""
        return float(np.min(np.array(self.places)[:, 2]))

    @property
    def reach(self) -> float:
        """Largest distance from the vertical through the reference, mm."""
        return float(np.max(np.linalg.norm(np.array(self.places)[:, :2], axis=1)))

    @property
    def axial(self) -> bool:
        """Whether the field has the symmetry of the vertical axis."""
        sideways = np.linalg.norm(np.array(self.moments)[:, :2]) / np.linalg.norm(self.moments)
        return bool(self.reach == 0 and sideways < AXIS_TOLERANCE)

    def turned(self, axis: Vector, angle: float) -> "Dipoles":
        """Return the magnet turned by ``angle`` (rad) about ``axis`` through the mean of its places."""
        matrix, places = _rotation(axis, angle), np.array(self.places)
        centre = places.mean(axis=0)
        return Dipoles(
            tuple(map(tuple, np.array(self.moments) @ matrix.T)),
            tuple(map(tuple, (places - centre) @ matrix.T + centre)),
        )

    def form_factor(self, kx: np.ndarray, ky: np.ndarray) -> np.ndarray:
        """Return the transform of the magnetic charge (A m) at wavevectors in 1/m."""
        g = _complex_wavevector(kx, ky)
        total = np.zeros(np.broadcast_shapes(np.shape(kx), np.shape(ky)), complex)
        for moment, place in zip(self.moments, self.places, strict=True):
            total += np.tensordot(moment, g, 1) * np.exp(MM * np.tensordot(place, g, 1))
        return total

    def ring_field(self, r: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return (A_phi in T m, B_r, B_z in T) at (r, z) in mm from the reference; axial magnets only."""
        _demand_axis(self.axial)
        r, z = np.broadcast_arrays(np.asarray(r, float), np.asarray(z, float))
        potential, radial, axial = np.zeros(r.shape), np.zeros(r.shape), np.zeros(r.shape)
        for (_, _, moment), (_, _, place) in zip(self.moments, self.places, strict=True):
            s, u = MM * r, MM * (z - place)
            distance, size = np.hypot(s, u), MU_0 * moment / (4 * pi)
            potential += size * s / distance**3
            radial += size * 3 * u * s / distance**5
            axial += size * (3 * u**2 / distance**5 - 1 / distance**3)
        return potential, radial, axial


def point_magnet(moment: float | Vector) -> Dipoles:
    """Return one dipole: a number (A m^2) points along z."""
    return Dipoles(((0.0, 0.0, float(moment)) if np.ndim(moment) == 0 else tuple(moment),))


@dataclass(frozen=True, slots=True)
class CylinderMagnet:
    """A uniformly magnetised cylinder, magnetised along its own axis.

    Parameters
    ----------
    radius, height : mm.
    remanence : mu_0 M, T; negative turns the poles round.
    axis : direction of the axis.
    """

    radius: float
    height: float
    remanence: float
    axis: Vector = (0.0, 0.0, 1.0)

    def __post_init__(self) -> None:
        for name in ("radius", "height"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value > 0):
                raise InvalidModel(f"CylinderMagnet.{name}", value, "a positive number", "mm")
        if not np.isfinite(self.remanence):
            raise InvalidModel("CylinderMagnet.remanence", self.remanence, "a finite number", "T")
        (axis,) = _vectors("CylinderMagnet.axis", (self.axis,), "")
        length = float(np.linalg.norm(axis))
        if length == 0:
            raise InvalidModel("CylinderMagnet.axis", self.axis, "a direction")
        if abs(length - 1) > 4 * np.finfo(float).eps:  # else it is one already, to the bit
            axis = tuple(c / length for c in axis)
        object.__setattr__(self, "axis", axis)

    @property
    def moment(self) -> np.ndarray:
        """Total moment (3,), A m^2."""
        volume = pi * (self.radius * MM) ** 2 * self.height * MM
        return self.remanence / MU_0 * volume * np.array(self.axis)

    @property
    def lowest(self) -> float:
        """Lowest point relative to the reference, mm."""
        along = abs(self.axis[2])
        across = np.sqrt(max(0.0, 1 - along**2))
        return self.height / 2 * (1 - along) - self.radius * across

    @property
    def reach(self) -> float:
        """Largest distance from the vertical through the reference, mm, or more."""
        return self.radius if self.axial else float(np.hypot(self.radius, self.height / 2))

    @property
    def axial(self) -> bool:
        """Whether the field has the symmetry of the vertical axis."""
        return bool(np.hypot(*self.axis[:2]) < AXIS_TOLERANCE)

    def turned(self, axis: Vector, angle: float) -> "CylinderMagnet":
        """Return the magnet turned by ``angle`` (rad) about ``axis`` through its centre."""
        return replace(self, axis=tuple(float(c) for c in _rotation(axis, angle) @ self.axis))

    def form_factor(self, kx: np.ndarray, ky: np.ndarray) -> np.ndarray:
        """Return the transform of the magnetic charge (A m) at wavevectors in 1/m.

        2 pi R M J_1(g_u R)/g_u times the difference of exp(g r) between the two faces, g_u along the axis.
        """
        g = _complex_wavevector(kx, ky)
        radius, half = self.radius * MM, self.height * MM / 2
        along = np.tensordot(self.axis, g, 1)
        argument = along * radius
        safe = np.where(argument == 0, 1.0, argument)
        disk = np.where(argument == 0, 0.5, jve(1, safe) / safe)  # J_1 exp(-|Im|): no overflow
        face = 2 * self.remanence / MU_0 * pi * radius**2
        faces = [np.exp(g[2] * half + sign * along * half + abs(argument.imag)) for sign in (1, -1)]
        return face * disk * (faces[0] - faces[1])

    def ring_field(self, r: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return (A_phi in T m, B_r, B_z in T) at (r, z) in mm from the lower face; axial magnets only."""
        _demand_axis(self.axial)
        sheet = rings.sheet(np.asarray(r) * MM, np.asarray(z) * MM, self.radius * MM, 0.0, self.height * MM)
        size = self.remanence / MU_0 * np.sign(self.axis[2])
        return tuple(size * part for part in sheet)

    def dipoles(self, rings_: int = 4, slices: int = 4) -> Dipoles:
        """Return the cylinder as dipoles: Gauss points in depth and radius^2, even points around.

        Right where the distance exceeds the spacing of the dipoles.
        """
        z, dz = np.polynomial.legendre.leggauss(slices)
        s, ds = np.polynomial.legendre.leggauss(rings_)
        around = 4 * rings_
        phi = 2 * pi * (np.arange(around) + 0.5) / around
        radial = self.radius * np.sqrt((s + 1) / 2)
        grid = np.meshgrid(z, radial, phi, indexing="ij")
        local = np.stack(
            [grid[1] * np.cos(grid[2]), grid[1] * np.sin(grid[2]), grid[0] * self.height / 2], -1
        )
        share = dz[:, None, None] / 2 * ds[None, :, None] / 2 * np.full(around, 1 / around)
        places = local.reshape(-1, 3) @ _frame(self.axis).T + np.array([0.0, 0.0, self.height / 2])
        moments = share.reshape(-1, 1) * self.moment
        return Dipoles(tuple(map(tuple, moments)), tuple(map(tuple, places)))


RigidMagnet = Dipoles | CylinderMagnet


def _complex_wavevector(kx: np.ndarray, ky: np.ndarray) -> np.ndarray:
    """Return g = (-i kx, -i ky, -k), first index the component."""
    kx, ky = np.broadcast_arrays(np.asarray(kx, float), np.asarray(ky, float))
    return np.stack([-1j * kx, -1j * ky, -np.hypot(kx, ky) + 0j])


def _frame(axis: Vector) -> np.ndarray:
    """Return a rotation that takes z to ``axis``."""
    x, y, z = axis
    if np.hypot(x, y) < AXIS_TOLERANCE:
        return np.diag([1.0, np.sign(z), np.sign(z)])
    return _rotation((-y, x, 0.0), float(np.arccos(np.clip(z, -1, 1))))


def _demand_axis(axial: bool) -> None:
    if not axial:
        raise InvalidInput(
            "this magnet has no symmetry about the vertical axis",
            "turn it upright for bodies of finite size, or float it over a HalfSpace",
        )
