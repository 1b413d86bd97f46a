"""Shapes of plane lattices: their reduced cell, its triangle, their reciprocal vectors and Bragg spots.

A lattice is the rows a1, a2 of a (2, 2) matrix, nm, in the plane (e1, e2).
"""

from dataclasses import dataclass

import numpy as np

from onnes.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class LatticeTriangle:
    """The acute triangle of a lattice.

    Attributes
    ----------
    sides : its three sides in ascending order, nm: distances to the nearest neighbours.
    angles : opposite to them, degrees.
    apex : angle between the two most nearly equal sides, degrees: 60 triangular, 90 square.
    inequality : of these two sides, relative; zero in triangular, square and all rhombic lattices.
    orientation : of the shortest side, degrees from e1, from 0 to 180.
    base_orientation : of the side opposite to the apex, a diagonal of the rhombus; degrees from e1, 0 to 180.
    """

    sides: tuple[float, float, float]
    angles: tuple[float, float, float]
    apex: float
    inequality: float
    orientation: float
    base_orientation: float


def cell_vectors(area: float, tau: complex, orientation: float = 0.0) -> np.ndarray:
    """Return a1 at ``orientation`` (radians from e1) and a2 = tau a1 of a cell of given area (nm^2), shape (2, 2)."""
    if not (area > 0 and tau.imag > 0):
        raise InvalidInput(f"a cell of area {area:g} and tau {tau}", "give a positive area and Im tau")
    first = np.sqrt(area / tau.imag) * np.exp(1j * orientation)
    second = tau * first
    return np.array([[first.real, first.imag], [second.real, second.imag]])


def reduced_vectors(vectors: np.ndarray) -> np.ndarray:
    """Return the two shortest vectors of the lattice, |a1| <= |a2|, at 60 to 90 degrees (Lagrange's reduction)."""
    a, b = (np.array(row, float) for row in vectors)
    if abs(a[0] * b[1] - a[1] * b[0]) <= 1e-12 * (a @ a + b @ b):
        raise InvalidInput("two parallel vectors of a lattice", "give vectors that span the plane")
    while True:
        if a @ a > b @ b:
            a, b = b, a
        share = (a @ b) / (a @ a)
        steps = round(share)
        # at one half, rounding would step to and fro for ever
        if steps == 0 or abs(share) < 0.5 + 1e-12:
            return np.array([a, b if a @ b >= 0 else -b])
        b = b - steps * a


def lattice_triangle(vectors: np.ndarray) -> LatticeTriangle:
    """Return the triangle of nearest neighbours of a lattice."""
    a, b = reduced_vectors(vectors)
    edges = sorted((a, b, b - a), key=lambda edge: float(edge @ edge))
    sides = np.array([float(np.linalg.norm(edge)) for edge in edges])
    squares = sides**2
    cosines = [(squares.sum() - 2 * squares[i]) * sides[i] / (2 * sides.prod()) for i in range(3)]
    angles = np.degrees(np.arccos(np.clip(cosines, -1, 1)))
    gaps = (sides[1] / sides[0] - 1, sides[2] / sides[1] - 1)
    base = 2 if gaps[0] <= gaps[1] else 0
    turns = [float(np.degrees(np.arctan2(edge[1], edge[0])) % 180) for edge in edges]
    return LatticeTriangle(
        tuple(map(float, sides)),
        tuple(map(float, angles)),
        float(angles[base]),
        float(min(gaps)),
        turns[0],
        turns[base],
    )


def reciprocal_vectors(vectors: np.ndarray) -> np.ndarray:
    """Return b1 and b2, rows, 1/nm, with a_i b_j = 2 pi delta_ij."""
    return 2 * np.pi * np.linalg.inv(np.asarray(vectors, float)).T


def half_lattice(basis: np.ndarray, metric: np.ndarray, most: float) -> np.ndarray:
    """Return one of G and -G for all lattice vectors of ``basis`` with 0 < G metric G <= most, shape (count, 2)."""
    gram = basis @ metric @ basis.T
    # |n_i| <= sqrt(most (gram^-1)_ii) encloses the ellipse
    reach = np.floor(np.sqrt(most * np.diag(np.linalg.inv(gram))) + 1e-9).astype(int)
    m, n = np.meshgrid(np.arange(-reach[0], reach[0] + 1), np.arange(0, reach[1] + 1), indexing="ij")
    kept = (n > 0) | (m > 0)
    whole = np.stack([m[kept], n[kept]], axis=-1) @ basis
    return whole[np.einsum("gi,ij,gj->g", whole, metric, whole) <= most]


def lattice_bragg_spots(vectors: np.ndarray, shells: float = 2.0) -> np.ndarray:
    """Return the wavevectors (1/nm) of Bragg spots up to ``shells`` times the shortest, by length, shape (count, 2)."""
    basis = reduced_vectors(reciprocal_vectors(vectors))
    half = half_lattice(basis, np.eye(2), (shells * np.linalg.norm(basis[0])) ** 2 * (1 + 1e-9))
    spots = np.concatenate([half, -half])
    turn = np.arctan2(spots[:, 1], spots[:, 0])
    return spots[np.lexsort((turn, np.round(np.linalg.norm(spots, axis=1), 9)))]
