r"""Bodies of revolution that screen a magnet on their axis: surface currents by an integral equation.

The current :math:`K_\varphi` on the meridian (r, z) cancels the change of the vector potential since cooling,

.. math:: \int Q(r,z;r',z')\,K\,ds'+\mu_0\frac\Lambda2K=-\Delta A_\varphi,

with Q the potential of a ring and the second term the kinetic inductance of a film. Points lie at the middle of equal
steps of a parameter that removes the singular edge (a disk: :math:`r=R\sin\varphi`; corners: cubic), and the logarithm
of the kernel is integrated exactly by the self-inductance of a strip of width :math:`w/2\pi`: the trapezoidal sum of
:math:`\ln|2\sin(t/2)|` over N points without the singular one is ln N. Force on the magnet:
:math:`F=2\pi\int rKB_r\,ds`, B_r of the magnet alone.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from onnes.errors import InvalidInput
from onnes.model.condensate.levitation import (
    Body,
    HalfSpace,
    Levitation,
    SuperconductingCylinder,
    SuperconductingDisk,
    SuperconductingSphere,
)
from onnes.model.condensate.magnets import MM
from onnes.numerics import rings
from onnes.state import Check, Outcome, Report, State
from onnes.units import MU_0


@dataclass(frozen=True, slots=True)
class Surface:
    """A meridian: radius, height and width of each strip (m), kinetic inductance mu0 Lambda/2 (T m per A/m)."""

    r: np.ndarray
    z: np.ndarray
    w: np.ndarray
    kinetic: float = 0.0

    def respond(self, *potentials: np.ndarray) -> list[np.ndarray]:
        """Return the strip currents (A) that cancel each vector potential (T m)."""
        q = rings.mutual(self.r[:, None], self._apart(), self.r[None, :])
        own = MU_0 / (2 * np.pi) * (np.log(16 * np.pi * self.r / self.w) - 2)
        np.fill_diagonal(q, own + self.kinetic / self.w)
        symmetric = self.r[:, None] * q  # mutual inductances over 2 pi
        factor = cho_factor((symmetric + symmetric.T) / 2)
        return [-cho_solve(factor, self.r * a) for a in potentials]

    def _apart(self) -> np.ndarray:
        apart = self.z[:, None] - self.z[None, :]
        return apart + np.diag(self.w)  # any distance: the diagonal is replaced


def surface(body: Body, strips: int) -> Surface:
    """Return the meridian of a body, its top at z = 0."""
    t = (np.arange(strips) + 0.5) / strips
    if isinstance(body, SuperconductingDisk):
        radius, phi = body.radius * MM, np.pi / 2 * t
        kinetic = MU_0 * body.pearl_length * 1e-9 / 2
        return Surface(
            radius * np.sin(phi), np.zeros(strips), radius * np.cos(phi) * np.pi / (2 * strips), kinetic
        )
    if isinstance(body, SuperconductingSphere):
        radius, theta = body.radius * MM, np.pi * t
        return Surface(
            radius * np.sin(theta), radius * (np.cos(theta) - 1), np.full(strips, radius * np.pi / strips)
        )
    if isinstance(body, SuperconductingCylinder) and body.pinning is None:
        return _can(body.radius * MM, body.height * MM, strips)
    if isinstance(body, HalfSpace):
        raise InvalidInput("a HalfSpace has no edge", "use solve.image_force")
    raise InvalidInput(
        "this cylinder is pinned by a finite critical current", "use solve.pinned_force, or give pinning=None"
    )


def _can(radius: float, height: float, strips: int) -> Surface:
    """Return the meridian of a closed cylinder, strips crowded towards the corners as their distance cubed."""
    share = max(8, round(strips * radius / (2 * radius + height)))
    side = max(8, strips - 2 * share)
    t, u = (np.arange(share) + 0.5) / share, (np.arange(side) + 0.5) / side
    face, face_w = radius * (1 - (1 - t) ** 3), 3 * radius * (1 - t) ** 2 / share
    down, down_w = height * u**3 * (10 - 15 * u + 6 * u**2), 30 * height * (u * (1 - u)) ** 2 / side
    return Surface(
        np.concatenate([face, np.full(side, radius), face]),
        np.concatenate([np.zeros(share), -down, np.full(share, -height)]),
        np.concatenate([face_w, down_w, face_w]),
    )


def screened_moment(body: Body, field: float = 1.0, *, strips: int = 200) -> float:
    """Return the moment (A m^2) of a perfectly screening body, or a Pearl film, in a uniform field (T) along its axis.

    Sphere -2 pi R^3 B/mu0, disk -(8/3) R^3 B/mu0. Raises `InvalidInput` for a HalfSpace and for pinned cylinders.
    """
    meridian = surface(body, strips)
    (current,) = meridian.respond(field * meridian.r / 2)
    return float(np.pi * np.sum(current * meridian.r**2))


def screened_force(levitation: Levitation, heights: Sequence[float], *, strips: int = 200) -> State:
    """Solve for an upright magnet on the axis of a sphere, a disk or an unpinned cylinder of finite size.

    After field cooling (``cooled_at``) the change of the field is screened: ideal pinning, the frozen image of a
    finite body.

    Parameters
    ----------
    heights : of the magnet's point of reference above the top of the body, mm.
    strips : rings of current on the meridian.

    Returns
    -------
    State of method "screening" on ``travel``: magnet_height, levitation_force, vertical_stiffness, induced_moment and
    interaction_energy. Lateral motion breaks the symmetry and is not known.

    Raises
    ------
    InvalidInput : HalfSpace, pinned cylinder, a magnet without the symmetry of the axis or touching the body.
    """
    begin = time.perf_counter()
    heights = np.atleast_1d(np.asarray(heights, float))
    if not np.all(heights + levitation.magnet.lowest > 0):
        raise InvalidInput(f"heights {heights} mm", "keep the whole magnet above the surface")
    fine = _solve(levitation, heights, strips)
    coarse = _solve(levitation, heights, max(24, strips * 2 // 3))
    force = fine["levitation_force"]
    change = np.max(np.abs(force - coarse["levitation_force"])) / np.max(np.abs(force))
    report = Report(
        Outcome.CONVERGED,
        engine=f"{strips} rings",
        seconds=time.perf_counter() - begin,
        checks=(Check("force with two thirds of the rings, relative", float(change), 1e-3),),
    )
    return State(
        levitation, "screening", {"travel": np.arange(len(heights)), "magnet_height": heights, **fine}, report
    )


def _solve(levitation: Levitation, heights: np.ndarray, strips: int) -> dict[str, np.ndarray]:
    meridian, magnet = surface(levitation.body, strips), levitation.magnet
    r, z = meridian.r / MM, meridian.z / MM

    def potential_and_field(height: float) -> tuple[np.ndarray, np.ndarray]:
        return magnet.ring_field(r, z - height)[:2]

    step = 0.01 * (np.min(heights) + magnet.lowest)
    frozen = (
        potential_and_field(levitation.cooled_at)[0]
        if np.isfinite(levitation.cooled_at)
        else np.zeros_like(r)
    )
    here = [potential_and_field(h) for h in heights]
    # B_r is the derivative of A with the height of the magnet
    currents = meridian.respond(*(a - frozen for a, _ in here), *(b for _, b in here), frozen)
    count = len(heights)
    ring = 2 * np.pi * meridian.r
    found = {
        name: np.zeros(count)
        for name in ("levitation_force", "vertical_stiffness", "induced_moment", "interaction_energy")
    }
    for n, (a, b) in enumerate(here):
        change, rate = currents[n], currents[count + n]
        bend = sum(
            c * potential_and_field(heights[n] + s * step)[1]
            for s, c in ((-2, 1 / 12), (-1, -2 / 3), (1, 2 / 3), (2, -1 / 12))
        ) / (step * MM)
        found["levitation_force"][n] = np.sum(ring * change * b)
        found["vertical_stiffness"][n] = -np.sum(ring * (change * bend + rate * b))
        found["induced_moment"][n] = np.pi * np.sum(change * meridian.r**2)
        # 1/2 C(h, h) - C(h, h0), C(a, b) = -A_a I_b
        found["interaction_energy"][n] = -np.sum(ring * a * (change - currents[-1])) / 2
    return found
