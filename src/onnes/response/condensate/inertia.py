"""The mass of the cells of a cut mesh in the time derivative: the one that every solver and probe of films uses."""

import numpy as np

STIFFER = 1.25
"""How much faster than whole cells inside the film a cut cell may relax; it costs the root of it in stages."""


def lumped_mass(
    cell: np.ndarray, faces: tuple[np.ndarray, np.ndarray], loss: np.ndarray, steps: tuple[float, float]
) -> np.ndarray:
    """Return the mass of each cell: its weight, or more in a small cut cell with wide open faces; float (y, x).

    A cell of weight w whose faces over h^2 sum to D relaxes at up to (2 D + loss)/w. Where this exceeds `STIFFER` times
    the largest rate of a cell all of whose neighbours are inside, the time derivative is multiplied by so much more
    than w that it does not. Whole cells keep their weight, and no steady state changes.

    Parameters
    ----------
    cell, faces, loss : weights of a `FilmMesh`. steps : (hx, hy) in xi.
    """
    from scipy.ndimage import binary_erosion

    (hx, hy), inside = steps, cell > 0
    along_x, along_y = faces[0] / hx**2, faces[1] / hy**2
    rate = 2 * (along_x + np.roll(along_x, 1, 1) + along_y + np.roll(along_y, 1, 0)) + loss
    deep = binary_erosion(inside, np.ones((3, 3), bool))
    whole = deep if deep.any() else inside & (cell == cell.max())
    most = max((rate[whole] / cell[whole]).max(), 4 / hx**2 + 4 / hy**2)
    return np.where(inside, np.maximum(cell, rate / (STIFFER * most)), 0.0)
