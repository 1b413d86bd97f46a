"""The Fermi line of one band, and the ends of the contours of constant quasiparticle energy on it."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from onnes.errors import CannotProbe, InvalidInput
from onnes.model.lattice.pairing import Superconductor
from onnes.model.lattice.tightbinding import TightBinding
from onnes.state import State

STEPS = 400
"""Points along a ray on which a sign change is looked for."""
HOLE_CENTRE = (0.5, 0.5)


def fermi_wavevectors(
    model: TightBinding | Superconductor, angle: ArrayLike, *, centre: tuple[float, float] = HOLE_CENTRE
) -> np.ndarray:
    """Return the Fermi wavevectors k (n, 2), reciprocal lattice units, in given directions from a centre.

    The first crossing of H(k) = 0 on the ray, one orbital, k3 = 0.

    Parameters
    ----------
    angle : direction in the plane of reciprocal lattice units, rad (n,).
    centre : where the rays begin: the middle of a closed Fermi line.

    Raises
    ------
    CannotProbe : several orbitals.
    InvalidInput : no crossing within half a reciprocal vector along a ray.
    """
    bands = model.bands if isinstance(model, Superconductor) else model
    if bands.n_orbitals != 1:
        raise CannotProbe("fermi_wavevectors", "a single band", "give a model with one orbital")
    return np.array([_crossing(bands, float(a), centre) for a in np.atleast_1d(angle)])


def _crossing(bands: TightBinding, angle: float, centre: tuple[float, float]) -> np.ndarray:
    direction = np.array([np.cos(angle), np.sin(angle), 0.0])
    # To the border of a square of side one around the centre.
    reach = 0.5 / np.max(np.abs(direction))
    origin = np.array([*centre, 0.0])

    def energy(s: np.ndarray | float) -> np.ndarray:
        return bands.bloch(origin + np.multiply.outer(np.asarray(s), direction))[..., 0, 0].real

    s = np.linspace(0, reach, STEPS)
    signs = np.sign(energy(s))
    change = np.flatnonzero(signs[:-1] * signs[1:] <= 0)
    if len(change) == 0:
        raise InvalidInput(
            f"no Fermi line from {centre} along {np.degrees(angle):.4g} degrees", "choose another centre"
        )
    i = int(change[0])
    root = brentq(lambda x: float(energy(x)), s[i], s[i + 1], xtol=1e-13)
    return (origin + root * direction)[:2]


def gap_on_line(state: State, k: np.ndarray) -> np.ndarray:
    """Return |Delta(k)|, meV (n,), of one orbital at k (n, 2); raise `CannotProbe` without a gap."""
    if not isinstance(state.model, Superconductor):
        raise CannotProbe("gap_on_line", "a gap function", "give the state of a superconductor")
    return np.abs(state.model.pairing.at(np.column_stack([k, np.zeros(len(k))]))[:, 0, 0])


def contour_tip(state: State, energy: float, *, centre: tuple[float, float] = HOLE_CENTRE) -> np.ndarray:
    """Return the tip k (2,) of the contour E(k) = energy, where it crosses the Fermi line: |Delta(k)| = energy.

    It is the tip in the octant between the node, along the diagonal from the centre, and the antinode along
    the second axis: seen from the zone centre, near (1/2, 0). Other tips follow by the symmetry of the square.

    Parameters
    ----------
    energy : meV, between the gap at the node and at the antinode.

    Raises
    ------
    InvalidInput : an energy outside the gap function on the Fermi line.
    """
    node, antinode = -3 * np.pi / 4, -np.pi / 2

    def distance(angle: float) -> float:
        return float(gap_on_line(state, fermi_wavevectors(state.model, angle, centre=centre))[0]) - energy

    low, high = distance(node), distance(antinode)
    if not low < 0 < high:
        raise InvalidInput(
            f"no tip of a contour at {energy:.4g} meV",
            f"choose an energy between {max(low + energy, 0):.4g} and {high + energy:.4g} meV",
        )
    return fermi_wavevectors(state.model, brentq(distance, node, antinode, xtol=1e-12), centre=centre)[0]
