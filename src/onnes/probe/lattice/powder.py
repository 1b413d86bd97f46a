"""Powder average of magnetic neutron scattering: S(|Q|, omega), the mean over all directions of Q.

The form factor and the polarisation factor stand inside the average. Directions are a product rule: Gauss-Legendre in
the cosine of the angle from the normal of the planes (c*), evenly spaced around it. n x 2n directions integrate
spherical harmonics up to degree 2n - 1 exactly. In a model of uncoupled planes, S depends on the component of Q in
the planes only, and this sum is the integral over L along the rods, in which the distance of the planes drops out.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from onnes import schema
from onnes.errors import InvalidInput
from onnes.probe.lattice.axes import energy_kernel
from onnes.probe.lattice.resolution import FWHM, REACH, STEP, gaussian_average, relative_change
from onnes.probe.lattice.scattering import Measurement, scatterer
from onnes.response.lattice.rpa import Interaction
from onnes.state import State

ORDERS = (4, 6, 9, 13, 19, 27, 38, 54, 76, 108)
"""Numbers of polar angles that are tried in turn; the last has 23 000 directions."""
BLOCK = 1024
"""Momenta that are handed over at once."""


def neutron_powder(
    state: State,
    modulus: ArrayLike,
    energy: tuple[float, float, int] | np.ndarray,
    *,
    broadening: float,
    interaction: Interaction | Sequence[Interaction] | None = None,
    temperature: float | None = None,
    oscillator: bool = False,
    resolution: float = 0.0,
    q_resolution: float = 0.0,
    tolerance: float = 0.02,
    ion: str | None = None,
    g: float | None = None,
    mesh: Sequence[int] = (64, 64, 1),
    refine: int = 1,
    memory: float = 2.0,
) -> xr.Dataset:
    """Return the magnetic scattering of neutrons from a powder.

    Parameters
    ----------
    modulus : |Q| (n,), 1/angstrom, positive.
    q_resolution : full width at half maximum in |Q|, 1/angstrom.
    tolerance : of the average over directions. Their number grows at each |Q| until structure factor and intensity
        change by less, over the largest value at that |Q|.

    The other arguments are those of `onnes.probe.neutron`.

    Returns
    -------
    Dataset ``powder_structure_factor`` Tr S^ab/3, 1/meV a cell, and ``powder_intensity``, mbarn/(meV sr) a cell, both
    (modulus, energy_transfer); ``powder_directions`` and ``powder_change`` (modulus,): directions that were needed, and
    the last relative change.

    Raises
    ------
    InvalidInput : moduli or widths that make no sense; an average that does not converge. Others as `neutron`.
    """
    moduli = np.atleast_1d(np.asarray(modulus, float))
    if moduli.ndim != 1 or not np.all(np.isfinite(moduli) & (moduli > 0)):
        raise InvalidInput(f"modulus {modulus}", "give positive moduli of Q in 1/angstrom")
    for name, value in (("q_resolution", q_resolution), ("tolerance", tolerance)):
        if not (np.isfinite(value) and value >= 0) or (name == "tolerance" and value == 0):
            raise InvalidInput(f"{name} {value}", "give a positive number, or no q_resolution")
    omega = np.linspace(*energy) if isinstance(energy, tuple) else np.atleast_1d(np.asarray(energy, float))
    sample = scatterer(
        state,
        broadening=broadening,
        interaction=interaction,
        temperature=temperature,
        oscillator=oscillator,
        mesh=mesh,
        refine=refine,
        memory=memory,
    )
    seen = Measurement(sample, ion, g, None, *energy_kernel(omega, resolution, broadening))
    found = [_at(seen, float(q), q_resolution, tolerance) for q in moduli]
    values, directions, change = (np.array([f[i] for f in found]) for i in range(3))
    return schema.dataset(
        f"neutron scattering of {state.method}, powder",
        {
            "modulus": moduli,
            "energy_transfer": omega,
            "powder_structure_factor": values[:, 0],
            "powder_intensity": values[:, 1],
            "powder_directions": directions,
            "powder_change": change,
        },
        temperature_K=sample.temperature,
        broadening_meV=sample.broadening,
        resolution_meV=float(resolution),
        q_resolution_per_angstrom=float(q_resolution),
        tolerance=float(tolerance),
        ion=ion or "none",
        g=seen.g_factor,
        engine=sample.engine,
    )


def sphere(order: int, axis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return directions (2 order^2, 3) and weights that sum to one; the polar angle is measured from ``axis``."""
    cosine, weights = np.polynomial.legendre.leggauss(order)
    angle = (np.arange(2 * order) + 0.5) * np.pi / order
    pole = axis / np.linalg.norm(axis)
    # Any direction that is not the pole's begins the azimuth.
    first = np.cross(pole, np.eye(3)[np.argmin(np.abs(pole))])
    first /= np.linalg.norm(first)
    around = np.cos(angle)[:, None] * first + np.sin(angle)[:, None] * np.cross(pole, first)
    directions = np.sqrt(1 - cosine**2)[:, None, None] * around + cosine[:, None, None] * pole
    return directions.reshape(-1, 3), np.repeat(weights / 2, 2 * order) / (2 * order)


class _Shell:
    """Mean over directions at given |Q|, which remembers how many it needed and what was the last change."""

    def __init__(self, seen: Measurement, tolerance: float) -> None:
        self.seen, self.tolerance = seen, tolerance
        vectors = np.linalg.inv(seen.sample.reciprocal)
        # Columns of the inverse are the translations over 2 pi; the normal of the planes is a1 x a2.
        self.normal = np.cross(vectors[:, 0], vectors[:, 1])
        self.to_units = vectors
        self.order, self.change = 0, 0.0

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Return structure factor and intensity (n, 2, energy) at |Q| = points[:, 0], 1/angstrom."""
        return np.array([self._mean(modulus) for modulus in points[:, 0]])

    def _mean(self, modulus: float) -> np.ndarray:
        before = None
        for order in ORDERS:
            directions, weights = sphere(order, self.normal)
            q = modulus * directions @ self.to_units
            parts = (slice(i, i + BLOCK) for i in range(0, len(q), BLOCK))
            mean = sum(np.tensordot(weights[p], self.seen(q[p]), axes=1) for p in parts)
            if before is not None:
                change = relative_change(before[None], mean[None])
                if change <= self.tolerance:
                    self.order, self.change = max(self.order, order), max(self.change, change)
                    return mean
            before = mean
        raise InvalidInput(
            f"the powder average at {modulus:.4g} 1/angstrom still changes by {change:.2g} with "
            f"{2 * order**2} directions",
            "broaden the lines or the energy resolution, or loosen tolerance=",
        )


def _at(seen: Measurement, modulus: float, width: float, tolerance: float) -> tuple[np.ndarray, int, float]:
    """Return values (2, energy) at one |Q| with its resolution, number of directions and last change."""
    shell, sigma = _Shell(seen, tolerance), width / FWHM
    if modulus <= REACH * STEP * sigma:
        raise InvalidInput(
            f"a q_resolution of {width:.4g} 1/angstrom at |Q| = {modulus:.4g}",
            f"stay above {REACH * STEP * sigma:.4g} 1/angstrom",
        )
    centre, spread = np.array([[modulus, 0.0, 0.0]]), np.diag([sigma**2, 0.0, 0.0])[None]
    found = gaussian_average(shell, centre, spread, tolerance=tolerance)
    return found.values[0], 2 * shell.order**2, max(shell.change, found.error)
