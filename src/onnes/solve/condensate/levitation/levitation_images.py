r"""A rigid magnet and its image: forces, stiffness and stability in closed form or by one integral over wavevectors.

A flat superconductor answers the field of the magnet by a reflected field. In the transform of the magnetic charge of
the magnet, :math:`\tilde\sigma(k)`, two positions or orientations a and b of it interact by

.. math:: C(a,b)=\mu_0\int\frac{d^2k}{(2\pi)^2}\frac{R(k)}{2k}\,\mathrm{Re}\,\tilde\sigma_a\tilde\sigma_b^*,\qquad
          R=\frac{\kappa^2-k^2}{\kappa^2+k^2+2\kappa k\coth\kappa d},\quad \kappa^2=k^2+\lambda^{-2}

(R = 1 for a perfect screen, (kappa - k)/(kappa + k) for a half space). The energy is :math:`\tfrac12C(q,q)` after
zero-field cooling. With ideal pinning only the *change* of the field is screened, so that the reflection of the first
field stays as a frozen image, :math:`E=\tfrac12C(q,q)-C(q,q_0)` (A. A. Kordyuk, J. Appl. Phys. 83, 610 (1998),
doi:10.1063/1.366648, for dipoles and R = 1). Where the magnet was cooled the Hessian is the Gram matrix
:math:`C(\partial_iq,\partial_jq)`: no displacement and no tilt lowers the energy, whatever the magnet. Since
:math:`k_x^2+k_y^2=k^2`, the two lateral stiffnesses there add up to the vertical one.
"""

import time
from collections.abc import Callable, Sequence

import numpy as np

from onnes.errors import InvalidInput
from onnes.model.condensate.levitation import HalfSpace, Levitation, SuperconductingSphere
from onnes.model.condensate.magnets import MM, Dipoles, RigidMagnet
from onnes.state import Check, Outcome, Report, State
from onnes.units import MU_0

CUTOFF = 44.0
"""Largest 2 k h: of the fourth moment, exp(-44) 44^4/4! = 1e-14 is left out."""
PANEL_NODES = 12
NEUTRAL = 1e-8
"""Eigenvalues of the Hessian below this share of the largest are called neutral: the accuracy of the differences."""


def reflection(body: HalfSpace, k: np.ndarray) -> np.ndarray:
    """Return R(k) of a flat superconductor, k in 1/m."""
    if body.penetration_depth == 0:
        return np.ones_like(k)
    inverse = 1 / (body.penetration_depth * 1e-9)
    kappa = np.hypot(k, inverse)
    coth = 1 / np.tanh(np.minimum(kappa * body.thickness * MM, 400.0))
    return inverse**2 / (kappa**2 + k**2 + 2 * kappa * k * coth)


def image_force(levitation: Levitation, heights: Sequence[float]) -> State:
    """Solve for a rigid magnet above a flat superconductor, or one dipole above a perfectly screening sphere.

    Parameters
    ----------
    levitation : magnet of any shape and direction over a HalfSpace, field cooled (frozen image) or not; or a single
        dipole above the top of a SuperconductingSphere, zero-field cooled.
    heights : of the magnet's point of reference above the surface, mm.

    Returns
    -------
    State of method "image" on ``travel``: magnet_height (mm), levitation_force (N, upward on the magnet),
    vertical_stiffness, lateral_stiffness (N/m; the softer direction), tilt_stiffness (N m, at fixed centre; the softer
    axis), unstable_modes and neutral_modes (of three displacements and two tilts together), interaction_energy (J).

    Raises
    ------
    InvalidInput : a magnet that touches the body, or a body for which there is no image.
    """
    begin = time.perf_counter()
    heights = np.atleast_1d(np.asarray(heights, float))
    if heights.ndim != 1 or not np.all(heights + levitation.magnet.lowest > 0):
        raise InvalidInput(f"heights {heights} mm", "keep the whole magnet above the surface")
    if isinstance(levitation.body, HalfSpace):
        found = _over_plane(levitation, heights)
    elif isinstance(levitation.body, SuperconductingSphere):
        found = _over_sphere(levitation, heights)
    else:
        raise InvalidInput(
            f"a {type(levitation.body).__name__} has no image of a magnet",
            "use solve.screened_force for finite bodies",
        )
    energy, gradient, hessian = found
    fields = {"magnet_height": heights, "travel": np.arange(len(heights)), "interaction_energy": energy}
    fields |= {"levitation_force": -gradient[:, 2], **_stability(hessian, heights + levitation.magnet.lowest)}
    report = Report(
        Outcome.CONVERGED,
        engine="image",
        seconds=time.perf_counter() - begin,
        checks=_quadrature(levitation, heights, gradient) if isinstance(levitation.body, HalfSpace) else (),
    )
    return State(levitation, "image", fields, report)


def _quadrature(levitation: Levitation, heights: np.ndarray, gradient: np.ndarray) -> tuple[Check, ...]:
    """Compare the force at the lowest point, where it is hardest, with that of two thirds of the points each way."""
    lowest = np.argmin(heights)
    coarse = _over_plane(levitation, heights[[lowest]], 2 / 3)[1][0, 2]
    change = (coarse - gradient[lowest, 2]) / max(np.max(np.abs(gradient[:, 2])), 1e-300)
    return (Check("force with two thirds of the wavevectors each way, relative", float(change), 1e-6),)


def _stability(hessian: np.ndarray, gaps: np.ndarray) -> dict[str, np.ndarray]:
    """Return stiffnesses and the number of falling and of flat directions; tilts are weighed with the gap."""
    scale = np.ones((len(gaps), 5))
    scale[:, 3:] = 1 / (gaps * MM)[:, None]
    modes = np.linalg.eigvalsh(hessian * scale[:, :, None] * scale[:, None, :])
    small = NEUTRAL * np.max(np.abs(modes), axis=1, keepdims=True)
    return {
        "vertical_stiffness": hessian[:, 2, 2],
        "lateral_stiffness": np.linalg.eigvalsh(hessian[:, :2, :2])[:, 0],
        "tilt_stiffness": np.linalg.eigvalsh(hessian[:, 3:, 3:])[:, 0],
        "unstable_modes": np.sum(modes < -small, axis=1),
        "neutral_modes": np.sum(np.abs(modes) <= small, axis=1),
    }


# --- flat superconductor -------------------------------------------------------------------------


def _wavevectors(
    magnet: RigidMagnet, nearest: float, farthest: float, share: float
) -> tuple[np.ndarray, ...]:
    """Return kx, ky (1/m) and weights of d^2k/(2 pi)^2: Gauss panels in k, even points around, or a share of them.

    Panels grow by a third as long as they are narrower than half an oscillation of the form factor.
    """
    top = CUTOFF / (2 * nearest)
    widest = np.pi / (magnet.reach * MM) if magnet.reach else np.inf
    edges = [0.0, 0.02 / (farthest + magnet.reach * MM)]
    while edges[-1] < top:
        edges.append(edges[-1] + min(edges[-1] / 3, widest))
    x, w = np.polynomial.legendre.leggauss(round(PANEL_NODES * share))
    lower, upper = np.array(edges[:-1])[:, None], np.array(edges[1:])[:, None]
    k = ((upper + lower) / 2 + (upper - lower) / 2 * x).ravel()
    weight = ((upper - lower) / 2 * w).ravel()
    # a uniform angle is exact for an upright magnet, whose second derivatives hold four harmonics
    around = (
        12 if magnet.axial else 24 + 2 * int(np.ceil(2.5 * magnet.reach * MM / nearest * np.sqrt(CUTOFF)))
    )
    around = round(around * share)
    phi = 2 * np.pi * np.arange(around) / around
    kx, ky = np.outer(k, np.cos(phi)), np.outer(k, np.sin(phi))
    return kx, ky, np.outer(weight * k, np.full(around, 2 * np.pi / around)) / (2 * np.pi) ** 2


def _tilted(
    magnet: RigidMagnet, kx: np.ndarray, ky: np.ndarray, angle: float
) -> tuple[list[np.ndarray], list]:
    """Return first and second derivatives of the form factor with the tilt about x and y (rad).

    Differences of fourth order along x, y and the diagonal; the mixed one is from the diagonal.
    """
    middle = magnet.form_factor(kx, ky)
    first, second = [], []
    for axis in ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, 1.0, 0.0)):
        length = np.hypot(*axis[:2])
        f = {n: magnet.turned(axis, n * angle * length).form_factor(kx, ky) for n in (-2, -1, 1, 2)}
        first.append((f[-2] - 8 * f[-1] + 8 * f[1] - f[2]) / (12 * angle))
        second.append((16 * (f[1] + f[-1]) - f[2] - f[-2] - 30 * middle) / (12 * angle**2))
    mixed = (second[2] - second[0] - second[1]) / 2
    return first[:2], [[second[0], mixed], [mixed, second[1]]]


def _over_plane(
    levitation: Levitation, heights: np.ndarray, share: float = 1.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return energy, gradient (height, 5) and Hessian (height, 5, 5) for x, y, z (m) and two tilts."""
    magnet, body = levitation.magnet, levitation.body
    gap = (np.min(heights) + magnet.lowest) * MM
    kx, ky, weight = _wavevectors(magnet, gap, np.max(heights) * MM, share)
    k = np.hypot(kx, ky)
    weight = weight * MU_0 * reflection(body, k) / (2 * k)
    g = (-1j * kx, -1j * ky, -k)
    angle = 0.02 * gap / (gap + magnet.reach * MM)
    base = magnet.form_factor(kx, ky)
    tilt, tilts = _tilted(magnet, kx, ky, angle)
    first = [*(gi * base for gi in g), *tilt]
    second = [[gi * gj * base for gj in g] + [gi * t for t in tilt] for gi in g]
    second += [[gj * tilt[a] for gj in g] + tilts[a] for a in range(2)]
    energy, gradient, hessian = (
        np.zeros(len(heights)),
        np.zeros((len(heights), 5)),
        np.zeros((len(heights), 5, 5)),
    )
    for n, height in enumerate(heights):
        frozen = np.exp(-k * (height + levitation.cooled_at) * MM)  # zero for zero-field cooling
        double = weight * np.exp(-2 * k * height * MM)
        change = np.conj(base) * (double - weight * frozen)  # of the image, as seen from here
        energy[n] = np.sum(np.abs(base) ** 2 * (double / 2 - weight * frozen))
        gradient[n] = [np.sum((f * change).real) for f in first]
        for i in range(5):
            for j in range(i, 5):
                own = np.sum((second[i][j] * change).real)
                hessian[n, i, j] = hessian[n, j, i] = own + np.sum(
                    (first[i] * np.conj(first[j])).real * double
                )
    return energy, gradient, hessian


# --- sphere ----------------------------------------------------------------------------------------


def sphere_energy(radius: float, place: np.ndarray, moment: np.ndarray) -> float:
    r"""Return the energy (J) of a dipole (A m^2) at ``place`` (m, from the centre) and a perfectly screening sphere.

    .. math:: U=\frac{\mu_0m^2a^3}{4\pi(r^2-a^2)^3}\ (\text{radial}),\qquad
              \frac{\mu_0m^2a^3(r^2+a^2)}{16\pi r^2(r^2-a^2)^3}\ (\text{transverse})

    Both are sums over multipoles, :math:`\sum l(l+1)q^l` and :math:`\sum l^2q^l` with q = (a/r)^2; close to the
    surface they become the energies above a plane, mu0 m^2/32 pi h^3 and half of it.
    """
    distance2 = float(place @ place)
    common = MU_0 * radius**3 / (4 * np.pi * (distance2 - radius**2) ** 3)
    radial2 = float(moment @ place) ** 2 / distance2
    transverse = (distance2 + radius**2) / (4 * distance2)
    return common * (radial2 + transverse * (float(moment @ moment) - radial2))


def _over_sphere(levitation: Levitation, heights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    magnet, radius = levitation.magnet, levitation.body.radius * MM
    if not (isinstance(magnet, Dipoles) and len(magnet.moments) == 1 and magnet.reach == 0):
        raise InvalidInput(
            "the image in a sphere is that of one dipole above its top", "use solve.screened_force"
        )
    if np.isfinite(levitation.cooled_at):
        raise InvalidInput("a field-cooled sphere has no image here", "use solve.screened_force")
    moment, offset = magnet.moment, magnet.places[0][2]
    energy, gradient, hessian = [], [], []
    for height in (heights + offset) * MM:
        lengths = np.array([height, height, height, 1.0, 1.0])

        def at(q: np.ndarray, height: float = height, lengths: np.ndarray = lengths) -> float:
            q = q * lengths
            tilt = float(np.hypot(*q[3:]))
            turned = Dipoles((tuple(moment),)).turned((q[3], q[4], 0.0), tilt).moment if tilt else moment
            return sphere_energy(radius, q[:3] + np.array([0.0, 0.0, radius + height]), turned)

        slope, curve = _differences(at)
        energy.append(at(np.zeros(5)))
        gradient.append(slope / lengths)
        hessian.append(curve / np.outer(lengths, lengths))
    return np.array(energy), np.array(gradient), np.array(hessian)


def _differences(
    function: Callable[[np.ndarray], float], step: float = 4e-3
) -> tuple[np.ndarray, np.ndarray]:
    """Return gradient and Hessian at zero by differences of fourth order."""
    unit, middle = np.eye(5) * step, function(np.zeros(5))

    def line(direction: np.ndarray) -> tuple[float, float]:
        f = {n: function(n * direction) for n in (-2, -1, 1, 2)}
        return (f[-2] - 8 * f[-1] + 8 * f[1] - f[2]) / (12 * step), (
            16 * (f[1] + f[-1]) - f[2] - f[-2] - 30 * middle
        ) / (12 * step**2)

    along = [line(u) for u in unit]
    gradient, hessian = np.array([a[0] for a in along]), np.diag([a[1] for a in along])
    for i in range(5):
        for j in range(i):
            mixed = (line(unit[i] + unit[j])[1] - hessian[i, i] - hessian[j, j]) / 2
            hessian[i, j] = hessian[j, i] = mixed
    return gradient, hessian
