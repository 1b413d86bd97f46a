"""Sinc discrete-variable representation: eigenstates of -c d^2/dx^2 + V(x) on a uniform grid.

The basis functions sinc((x - x_i)/h) are exact for band-limited functions, so that the error falls
faster than any power of the spacing once the grid resolves and holds the state. The potential is
diagonal, T_ij = c/h^2 * (pi^2/3 on the diagonal, 2 (-1)^(i-j)/(i-j)^2 off it).
D. T. Colbert and W. H. Miller, J. Chem. Phys. 96, 1982 (1992).
"""

import numpy as np
from scipy.linalg import eigh

from onnes.errors import InvalidInput

EDGE = 1e-5
"""Largest weight that the lowest state may have on the two outermost points of its grid."""


def grid(extent: float, points: int) -> np.ndarray:
    """Return ``points`` equidistant nodes on [-extent, extent]; an odd number has a node at 0."""
    if points < 5 or not (np.isfinite(extent) and extent > 0):
        raise InvalidInput(
            f"a grid of {points} points on ±{extent}", "give at least 5 points and a positive extent"
        )
    return np.linspace(-extent, extent, points)


def second_derivative(points: int, spacing: float) -> np.ndarray:
    """Return the matrix of -d^2/dx^2 between sinc functions of the given spacing (points, points)."""
    step = np.arange(points)[:, None] - np.arange(points)[None, :]
    away = np.where(step == 0, 1, step)
    return np.where(step == 0, np.pi**2 / 3, 2.0 * (-1.0) ** step / away**2) / spacing**2


def eigenstates(
    nodes: np.ndarray, potential: np.ndarray, scale: float, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest eigenvalues (count,) and eigenvectors (points, count) of -scale d^2/dx^2 + V.

    Parameters
    ----------
    nodes : float array (points,), uniform.
    potential : float array (points,), V at the nodes, in the unit of the eigenvalues.
    scale : coefficient of -d^2/dx^2, unit of V times unit of x squared, positive.
    count : how many states, at most ``points``.

    The vectors satisfy sum_i v_i^2 = 1; the wavefunction at node i is v_i/sqrt(h). Each vector is
    positive at the last node where it exceeds a thousandth of its maximum.

    Raises
    ------
    InvalidInput : a non-uniform grid, a scale that is not positive, or a grid too small for the lowest state.
    """
    spacing = np.diff(nodes)
    if not np.allclose(spacing, spacing[0], rtol=1e-9):
        raise InvalidInput("the nodes are not equidistant", "build them with numerics.dvr.grid")
    if not (scale > 0 and np.isfinite(scale)):
        raise InvalidInput(f"a kinetic scale of {scale}", "give a positive number")
    hamiltonian = scale * second_derivative(len(nodes), spacing[0])
    hamiltonian[np.diag_indices(len(nodes))] += potential
    values, vectors = eigh(hamiltonian, subset_by_index=(0, min(count, len(nodes)) - 1))
    edge = vectors[0, 0] ** 2 + vectors[-1, 0] ** 2
    if edge > EDGE:
        raise InvalidInput(
            f"the lowest state has weight {edge:.1e} at the edge of its grid", "give a larger extent"
        )
    return values, vectors * _sign(vectors)


def _sign(vectors: np.ndarray) -> np.ndarray:
    size = np.abs(vectors)
    last = len(vectors) - 1 - np.argmax(size[::-1] > 1e-3 * size.max(axis=0), axis=0)
    return np.sign(vectors[last, np.arange(vectors.shape[1])])
