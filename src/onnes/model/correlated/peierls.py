"""A square lattice on a torus in a perpendicular magnetic field: Peierls phases of whole flux quanta.

A hop from r to r' carries exp(2 pi i phi int x dy) along the straight line, phi being the flux through a plaquette
in quanta; around any closed path the phases add up to 2 pi times the enclosed flux, counterclockwise positive.
Where the path leaves the torus along x, the gauge is carried back by exp(-2 pi i phi lx y).
"""

from collections.abc import Sequence
from itertools import product

import numpy as np

from onnes.errors import InvalidModel
from onnes.model.correlated.hubbard import Cluster

Steps = Sequence[tuple[tuple[int, int], float]]


def flux_torus(lx: int, ly: int, steps: Steps, quanta: int, twist: Sequence[float] = ()) -> Cluster:
    """Return lx x ly cells with ``quanta`` flux quanta through the torus, phi = quanta/(lx ly) through a plaquette.

    Only translations that commute with the hopping matrix in this gauge are kept, and the wavevectors that belong to
    them; translations that need a change of gauge besides are left out.

    Parameters
    ----------
    steps : (hop in cells, amplitude meV), each bond once. twist : phase around each axis, rad.

    Raises
    ------
    InvalidModel : flux that is not a whole number of quanta; a side too short for its bonds to be told apart.
    """
    if int(quanta) != quanta:
        raise InvalidModel("flux", quanta, "a whole number of flux quanta through the torus")
    reach = [max(abs(step[axis]) for step, _ in steps) for axis in (0, 1)]
    if lx <= 2 * reach[0] or ly <= 2 * reach[1]:
        raise InvalidModel("shape", (lx, ly), "more than twice the longest hop along each side, with flux")
    phi, turn = quanta / (lx * ly), (np.asarray(twist, dtype=float) if len(twist) else np.zeros(2))
    matrix = np.zeros((lx * ly,) * 2, dtype=complex)
    for x, y in product(range(lx), range(ly)):
        for (dx, dy), amplitude in steps:
            around, column = divmod(x + dx, lx)
            phase = 2 * np.pi * phi * ((x + dx / 2) * dy - around * lx * (y + dy))
            phase += turn[0] * dx / lx + turn[1] * dy / ly
            i, j = column * ly + (y + dy) % ly, x * ly + y
            matrix[i, j] += amplitude * np.exp(1j * phase)
            matrix[j, i] += amplitude * np.exp(-1j * phase)
    cells = np.array(list(product(range(lx), range(ly))))
    moves, waves = _commuting(matrix, cells, (lx, ly))
    return Cluster(matrix, cells.astype(float), moves, waves, "square-flux")


def _commuting(
    matrix: np.ndarray, cells: np.ndarray, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return translations (cell, site) that leave ``matrix`` as it is, and as many wavevectors."""
    lx, ly = shape
    kept = []
    for dx, dy in cells:
        move = (cells[:, 0] + dx) % lx * ly + (cells[:, 1] + dy) % ly
        if np.abs(matrix[np.ix_(move, move)] - matrix).max() < 1e-10 * np.abs(matrix).max():
            kept.append((dx, dy, move))
    along_x = sum(1 for _, dy, _ in kept if dy == 0)
    along_y = sum(1 for dx, _, _ in kept if dx == 0)
    if along_x * along_y != len(
        kept
    ):  # not a product of translations along the two sides: keep those along y
        kept = [k for k in kept if k[0] == 0]
        along_x = 1
    waves = [(i / lx, j / ly) for i in range(along_x) for j in range(along_y)]
    return np.array([move for _, _, move in kept]), np.array(waves)
