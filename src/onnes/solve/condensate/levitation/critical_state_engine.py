r"""Current density around the axis of a pinned cylinder, step by step: Brandt's integral equation, solved implicitly.

.. math:: \int Q(r,z;r',z')\,\dot J\,dr'dz'=-E(J)-\dot A_\varphi,\qquad E=E_c\,(|J|/J_c)^n\,\mathrm{sgn}J

(E. H. Brandt, Phys. Rev. B 58, 6506 (1998), doi:10.1103/PhysRevB.58.6506). Backward Euler makes each step the
minimum of a convex functional, so that it is stable at any size and its limit of large n is Bean's critical state. A
power law with n = 100 defeats Newton's method in J (from above it gains a share 1/n each time) and in E (from
below); the unknown here is a parameter tau along the curve E(J): J itself where the resistance is small against
induction, linear in E beyond. Both are then nearly straight in tau and a step takes a few iterations.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from onnes.errors import InvalidInput, NotConverged
from onnes.model.condensate.levitation import Pinning, SuperconductingCylinder
from onnes.model.condensate.magnets import MM
from onnes.numerics import rings
from onnes.state import Outcome, Report
from onnes.units import MU_0

LARGEST = 2500
"""Cells: the dense matrix then holds 50 MB and its factor as much."""
TOLERANCE = 1e-9
"""Residual of a step over the change of the vector potential it answers."""
ITERATIONS = 80


@dataclass(frozen=True, slots=True)
class Cells:
    """Equal cells of the meridian: flat arrays r, z (m), sides, and the potential (T m) of 1 A/m^2 in each cell."""

    shape: tuple[int, int]
    r: np.ndarray
    z: np.ndarray
    dr: float
    dz: float
    potential: np.ndarray

    @property
    def area(self) -> float:
        return self.dr * self.dz

    @property
    def ring(self) -> np.ndarray:
        """Volume of each cell, m^3."""
        return 2 * np.pi * self.r * self.area

    def moment(self, current: np.ndarray) -> float:
        """Return the moment (A m^2) of a current density."""
        return float(np.pi * self.area * np.sum((self.r**2 + self.dr**2 / 12) * current))

    def energy(self, current: np.ndarray) -> float:
        """Return half of J A, J."""
        return float(self.ring * current @ (self.potential @ current) / 2)

    def flux_density(self, potential: np.ndarray) -> np.ndarray:
        """Return |B| (T) in the cells from the vector potential there, by differences."""
        a, r = potential.reshape(self.shape), self.r.reshape(self.shape)
        radial = np.gradient(a, self.dz, axis=0, edge_order=2) if self.shape[0] > 2 else np.zeros_like(a)
        mirrored = np.hstack([(r * a)[:, :1], r * a])  # r A is even across the axis
        axial = np.gradient(mirrored, self.dr, axis=1, edge_order=2)[:, 1:] / r
        return np.hypot(radial, axial).ravel()


def cells_of(body: SuperconductingCylinder, count: tuple[int, int]) -> Cells:
    """Return the cells of a cylinder, ``count`` = (along r, along z), top at z = 0.

    Raises
    ------
    InvalidInput : not a pinned cylinder, fewer than 4 cells along r, or more than `LARGEST`.
    """
    if not isinstance(body, SuperconductingCylinder) or body.pinning is None:
        raise InvalidInput(
            f"{type(body).__name__} without a critical current", "give a SuperconductingCylinder with Pinning"
        )
    n_r, n_z = (int(c) for c in count)
    if n_r < 4 or n_z < 1 or n_r * n_z > LARGEST:
        raise InvalidInput(
            f"cells = {tuple(count)}", f"4 or more along r, 1 or more along z, {LARGEST} in all"
        )
    if np.isfinite(body.pinning.kim_field) and n_z < 3:
        raise InvalidInput(f"{n_z} layers of cells for a J_c that depends on the field", "give three or more")
    dr, dz = body.radius * MM / n_r, body.height * MM / n_z
    r, z = (np.arange(n_r) + 0.5) * dr, -(np.arange(n_z) + 0.5) * dz
    blocks = _blocks(r, np.arange(n_z) * dz, dr, dz)
    index = np.abs(np.arange(n_z)[:, None] - np.arange(n_z)[None, :])
    matrix = blocks[index].transpose(0, 2, 1, 3).reshape(n_r * n_z, n_r * n_z)
    zz, rr = np.meshgrid(z, r, indexing="ij")
    return Cells((n_z, n_r), rr.ravel(), zz.ravel(), dr, dz, np.ascontiguousarray(matrix))


def _blocks(r: np.ndarray, apart: np.ndarray, dr: float, dz: float) -> np.ndarray:
    """Return A at the centre of one cell for 1 A/m^2 in another, [layers apart, there, here].

    The logarithm of the ring kernel is averaged over the rectangle exactly; what remains of it is smooth.
    """
    there, here, height = r[None, :, None], r[None, None, :], apart[:, None, None]
    same = (there == here) & (height == 0)
    distance = np.hypot(there - here, height) + np.where(same, dr, 0.0)
    kernel = rings.mutual(there, np.where(same, dr, height), here)
    regular = MU_0 / (2 * np.pi) * (np.log(8 * here / distance) - 2)  # the same, on the cell itself
    kernel = np.where(same, regular, kernel)
    excess = _mean_logarithm(there - here, height, dr, dz) - np.log(distance)
    return (kernel - MU_0 / (2 * np.pi) * np.sqrt(here / there) * excess) * dr * dz


def _mean_logarithm(x: np.ndarray, y: np.ndarray, dx: float, dy: float) -> np.ndarray:
    """Return the mean of ln(distance) over a rectangle whose centre is (x, y) away."""

    def corner(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        square = u**2 + v**2
        safe = np.where(square > 0, square, 1.0)
        across = u**2 * np.arctan2(v, np.abs(u)) * np.sign(u) ** 2 * np.where(u < 0, -1, 1)
        along = v**2 * np.arctan2(u, np.abs(v)) * np.where(v < 0, -1, 1)
        return (u * v * np.log(safe) - 3 * u * v + across + along) / 2

    total = 0.0
    for su in (1, -1):
        for sv in (1, -1):
            total = total + su * sv * corner(x + su * dx / 2, y + sv * dy / 2)
    return total / (dx * dy)


@dataclass(frozen=True, slots=True)
class Law:
    """E(J) on the cells, and its parameter tau: J up to ``bend``, then linear in E with slope ``stiff``."""

    critical: np.ndarray
    exponent: float
    criterion: float
    stiff: np.ndarray
    bend: np.ndarray
    knee: np.ndarray

    @classmethod
    def of(cls, pinning: Pinning, flux_density: np.ndarray, stiff: np.ndarray) -> "Law":
        """Return the law at a flux density (T); the bend is where dE/dJ = ``stiff`` (ohm m)."""
        critical, n, ec = pinning.critical_at(flux_density), pinning.exponent, pinning.criterion
        # for n = 1 the slope is constant: linear in J or in E everywhere
        ohmic = np.where(stiff > ec / critical, np.inf, 0.0)
        reach = (stiff * critical / (n * ec)) ** (1 / (n - 1)) if n > 1 else ohmic
        bend = critical * reach
        knee = np.where(np.isfinite(reach), ec * np.minimum(reach, 1e300) ** n, 0.0)
        return cls(critical, n, ec, stiff, bend, knee)

    def electric_field(self, current: np.ndarray) -> np.ndarray:
        """Return E (V/m) at J (A/m^2)."""
        return self.criterion * np.sign(current) * np.abs(current / self.critical) ** self.exponent

    def parameter(self, current: np.ndarray) -> np.ndarray:
        """Return tau at J."""
        size = np.abs(current)
        beyond = self.bend + (np.abs(self.electric_field(current)) - self.knee) / self.stiff
        return np.sign(current) * np.where(size <= self.bend, size, beyond)

    def at(self, tau: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return J, E and their derivatives with tau."""
        size, sign = np.abs(tau), np.sign(tau)
        low = size <= self.bend
        inner = np.minimum(size, self.bend)
        ratio = inner / self.critical
        e_low = self.criterion * ratio**self.exponent
        slope = self.exponent * self.criterion / self.critical * ratio ** (self.exponent - 1)
        e_high = np.where(low, 1.0, self.knee + self.stiff * (size - np.where(low, size, self.bend)))
        j_high = self.critical * (e_high / self.criterion) ** (1 / self.exponent)
        current = np.where(low, inner, j_high)
        dj = np.where(low, 1.0, self.stiff * j_high / (self.exponent * e_high))
        return sign * current, sign * np.where(low, e_low, e_high), dj, np.where(low, slope, self.stiff)


def step(
    cells: Cells,
    pinning: Pinning,
    current: np.ndarray,
    flux_density: np.ndarray,
    change: np.ndarray,
    dt: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return J and E a time ``dt`` (s) later, the applied vector potential having changed by ``change`` (T m).

    J_c is taken at ``flux_density`` (T), that of the beginning of the step.

    Raises
    ------
    NotConverged : Newton's method did not reach the tolerance.
    """
    matrix = cells.potential
    law = Law.of(pinning, flux_density, np.diag(matrix) / dt)
    scale = max(np.max(np.abs(change)), dt * np.max(np.abs(law.electric_field(current))), 1e-300)
    tau = law.parameter(current)
    symmetric = cells.r[:, None] * matrix
    history = []

    def balance(tau: np.ndarray) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
        found = law.at(tau)
        return matrix @ (found[0] - current) + change + dt * found[1], found

    residual, found = balance(tau)
    for _ in range(ITERATIONS):
        history.append(float(np.max(np.abs(residual)) / scale))
        if history[-1] < TOLERANCE:
            return found[0], found[1]
        _, _, dj, de = found
        system = symmetric.copy()
        system[np.diag_indices_from(system)] += cells.r * dt * de / dj
        move = -cho_solve(cho_factor(system, overwrite_a=True), cells.r * residual) / dj
        size, norm = 1.0, np.linalg.norm(residual)
        for _ in range(12):
            residual, found = balance(tau + size * move)
            if np.linalg.norm(residual) < norm:
                break
            size /= 2
        tau = tau + size * move
    report = Report(Outcome.MAX_ITERATIONS, "critical state", tuple(history), TOLERANCE, ITERATIONS)
    raise NotConverged(replace(report))
