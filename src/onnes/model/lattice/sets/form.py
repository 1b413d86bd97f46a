"""What a published form turns its numbers into."""

from dataclasses import dataclass

import numpy as np

from onnes.model.lattice.pointgroup import Symmetry

FOURFOLD = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
MIRROR_X = np.diag([-1.0, 1, 1])
MIRROR_Y = np.diag([1.0, -1, 1])
MIRROR_Z = np.diag([1.0, 1, -1])
MIRROR_DIAGONAL = np.array([[0.0, 1, 0], [1, 0, 0], [0, 0, 1]])


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """Lattice, hoppings in the unit of the numbers, orbitals, and the symmetries that must hold."""

    vectors: np.ndarray
    cells: np.ndarray
    hoppings: np.ndarray
    orbitals: tuple[str, ...]
    symmetries: tuple[Symmetry, ...]
    positions: np.ndarray | None = None


def square_symmetries(fourfold: np.ndarray, mirror: np.ndarray | None = None) -> tuple[Symmetry, ...]:
    """Return the generators of 4mm with what they do to the orbitals."""
    return (
        Symmetry("fourfold rotation", FOURFOLD, fourfold),
        Symmetry("mirror x", MIRROR_X, np.eye(len(fourfold)) if mirror is None else mirror),
    )
