"""Ready triplet gap functions: odd lattice harmonics on square and hexagonal lattices.

k stands for 2 pi times reciprocal lattice units along the first two translations. A d that is not given points out
of the plane, where spins parallel in the plane pair.
"""

import numpy as np
from numpy.typing import ArrayLike

from onnes.errors import InvalidInput, InvalidModel
from onnes.model.lattice.spinful import SpinfulBands, with_spin
from onnes.model.lattice.tightbinding import TightBinding
from onnes.model.lattice.triplet import OUT_OF_PLANE, SpinPairing, triplet, unit_vector

SINE = 1 / 2j
"""sin k = (e^{ik} - e^{-ik})/2i."""

Waves = dict[tuple[int, int], complex]


def p_wave(
    amplitude: float,
    along: tuple[int, int] = (1, 0),
    d: ArrayLike = OUT_OF_PLANE,
    n_orbitals: int = 1,
) -> SpinPairing:
    """Return the polar state d(k) = Delta_0 sin(k.R) d, R = ``along``; Delta_0 is the largest |d|."""
    return triplet(amplitude, _times({tuple(along): SINE}, d), n_orbitals, "Eu (p polar)")


def chiral_p_wave(
    amplitude: float, d: ArrayLike = OUT_OF_PLANE, *, sense: int = 1, n_orbitals: int = 1
) -> SpinPairing:
    """Return d(k) = Delta_0 (sin kx + i sin ky) d, or minus i for ``sense`` -1; largest |d| sqrt(2) Delta_0."""
    waves = {(1, 0): SINE, (0, 1): 1j * _sense(sense) * SINE}
    return triplet(amplitude, _times(waves, d), n_orbitals, f"Eu (px {'+' if sense > 0 else '-'} ipy)")


def helical(amplitude: float, angle: float = 0.0, n_orbitals: int = 1) -> SpinPairing:
    """Return d(k) = Delta_0 R(angle) (sin kx, sin ky, 0), d turned in the plane by ``angle`` (rad).

    Angle 0 is A1u, of d along k; -pi/2 is A2u, d = (sin ky, -sin kx, 0), along the field of a Rashba coupling.
    The largest |d| is sqrt(2) Delta_0; the state keeps time reversal.
    """
    c, s = np.cos(angle), np.sin(angle)
    table = {(1, 0): SINE * np.array([c, s, 0]), (0, 1): SINE * np.array([-s, c, 0])}
    return triplet(amplitude, table, n_orbitals, f"Eu (helical, d turned by {np.degrees(angle):g} degrees)")


def f_wave(
    amplitude: float,
    nodes: str = "x2-y2",
    d: ArrayLike = OUT_OF_PLANE,
    *,
    sense: int = 1,
    n_orbitals: int = 1,
) -> SpinPairing:
    """Return a chiral gap with line nodes on the square lattice, a d wave times sin kx + i sin ky.

    ``"x2-y2"``: (Delta_0/2)(cos kx - cos ky)(sin kx + i sin ky), nodes on the diagonals; ``"xy"``:
    Delta_0 sin kx sin ky (sin kx + i sin ky), nodes on the axes. Both transform as Eu.
    """
    even: dict[str, Waves] = {
        "x2-y2": {(1, 0): 0.25, (-1, 0): 0.25, (0, 1): -0.25, (0, -1): -0.25},
        "xy": {(1, 1): -0.25, (-1, -1): -0.25, (1, -1): 0.25, (-1, 1): 0.25},
    }
    if nodes not in even:
        raise InvalidInput(f"nodes {nodes!r} are not known", "use 'x2-y2' or 'xy'")
    odd = {(1, 0): SINE, (-1, 0): -SINE}
    odd |= {(0, 1): 1j * _sense(sense) * SINE, (0, -1): -1j * _sense(sense) * SINE}
    return triplet(amplitude, _times(_product(even[nodes], odd), d), n_orbitals, f"Eu (f, d {nodes} times p)")


def hexagonal_p_wave(
    amplitude: float, bands: TightBinding | SpinfulBands, d: ArrayLike = OUT_OF_PLANE, *, sense: int = 1
) -> SpinPairing:
    """Return d(k) = (2/3) Delta_0 d sum_j e^{i theta_j} sin(k.R_j), R_j at theta_j, one of each two
    opposite bonds.

    At small k it is Delta_0 (kx + i ky) a in Cartesian k; with ``sense`` -1 its conjugate.
    """
    half = _bonds(bands)[::2]
    waves = {cell: 2 / 3 * SINE * np.exp(1j * _sense(sense) * angle) for cell, angle in half}
    name = f"E1u (px {'+' if sense > 0 else '-'} ipy)"
    return triplet(amplitude, _times(waves, d), with_spin(bands).spinless.n_orbitals, name)


def hexagonal_f_wave(
    amplitude: float, bands: TightBinding | SpinfulBands, d: ArrayLike = OUT_OF_PLANE
) -> SpinPairing:
    """Return the f wave d(k) = (2/3 sqrt(3)) Delta_0 d sum_j sin(k.R_j), R_j three bonds 120 degrees apart.

    It changes sign under a turn by 60 degrees, and has nodes across the bonds; Delta_0 is the largest |d|, at K.
    """
    third = _bonds(bands)[::2]
    waves = {cell: 2 / (3 * np.sqrt(3)) * SINE for cell, _ in third}
    n = with_spin(bands).spinless.n_orbitals
    return triplet(amplitude, _times(waves, d), n, "B1u (f)")


def _bonds(bands: TightBinding | SpinfulBands) -> list[tuple[tuple[int, int], float]]:
    """Return the six shortest lattice vectors of the plane and their angles (rad), in order of the angle."""
    vectors = with_spin(bands).spinless.vectors
    cells = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if (x, y) != (0, 0)]
    reach = np.array([x * vectors[0] + y * vectors[1] for x, y in cells])
    length = np.linalg.norm(reach, axis=1)
    near = np.flatnonzero(length < 1.001 * length.min())
    if len(near) != 6 or np.max(np.abs(reach[near, 2])) > 1e-9 * length.min():
        raise InvalidModel(
            "bands", f"{len(near)} nearest lattice vectors", "six, of a hexagonal lattice in the xy plane"
        )
    angles = np.arctan2(reach[near, 1], reach[near, 0])
    return [(cells[near[i]], float(angles[i])) for i in np.argsort(angles)]


def _times(waves: Waves, d: ArrayLike) -> dict[tuple[int, int], np.ndarray]:
    direction = unit_vector(d)
    return {cell: weight * direction for cell, weight in waves.items()}


def _product(first: Waves, second: Waves) -> Waves:
    total: Waves = {}
    for (x, y), a in first.items():
        for (u, v), b in second.items():
            total[(x + u, y + v)] = total.get((x + u, y + v), 0) + a * b
    return {cell: weight for cell, weight in total.items() if weight != 0}


def _sense(sense: int) -> int:
    if sense not in (1, -1):
        raise InvalidInput(f"sense = {sense}", "use 1 or -1")
    return sense
