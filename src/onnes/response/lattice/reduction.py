"""What the point group saves of a susceptibility: wavevectors q that are images of others, and k of one q.

An operation g with k -> g k and orbitals a -> s_a P(a) turns the transitions from k to k + q into those from g k to
g k + g q, vertex M_ab into s_a s_b M_{P(a)P(b)}. With W that permutation with signs of the pairs ab,

    chi0(g q) = W chi0(q) W†.

The operations with g q = q up to a reciprocal vector, the little group L of q, permute the transitions of one q:

    chi0(q) = (1/|L|) sum_{g in L} W_g X W_g†,    X = sum over one k of each orbit, times the size of the orbit.

In a singlet superconductor k and -k - q have the same transitions; that joins the orbits of L in pairs.
Both are exact on a mesh that the operation maps onto itself; an operation that does not is not used.
"""

from dataclasses import dataclass

import numpy as np

from onnes.model.lattice.pairing import Superconductor
from onnes.model.lattice.pointgroup import PointGroup, flat_axes, symmetry_group
from onnes.model.lattice.tightbinding import TightBinding

SAME_Q = 2.0**-40
"""Components of wavevectors this close are equal: a thousand times the rounding of a fraction."""


@dataclass(frozen=True, slots=True, eq=False)
class Reduction:
    """The wavevectors to be computed, and what brings the others back.

    Parameters
    ----------
    group : the operations that the mesh allows.
    shape : the mesh.
    q : (q, 3), those asked for, flat axes at zero.
    irreducible : int (m,), numbers of the q that are computed.
    source : int (q,), index into ``irreducible``; q is the image of that one ...
    operation : int (q,), ... by this operation.
    """

    group: PointGroup
    shape: tuple[int, int, int]
    q: np.ndarray
    irreducible: np.ndarray
    source: np.ndarray
    operation: np.ndarray

    def little(self, number: int) -> np.ndarray:
        """Return the operations that leave q of that number where it is, the identity first."""
        images = _wrapped(np.einsum("x,gxy->gy", self.q[number], self.group.turns))
        return np.flatnonzero(np.all(images == images[0], axis=1))

    def wedge(self, little: np.ndarray, shift: tuple[int, ...] | None) -> tuple[np.ndarray, np.ndarray]:
        """Return one k of each orbit, and the sizes of the orbits.

        Parameters
        ----------
        little : operations.
        shift : q in steps of the mesh where k and -k - q are one; None where they are not.
        """
        count = int(np.prod(self.shape))
        smallest = np.arange(count)
        steps = np.unravel_index(smallest, self.shape)
        for g in little:
            turn = mesh_turn(self.group.turns[g], self.shape)
            moved = [sum(steps[i] * turn[i, j] for i in range(3)) for j in range(3)]
            smallest = np.minimum(smallest, _number(moved, self.shape))
            if shift is not None:
                partner = [-m - s for m, s in zip(moved, shift, strict=True)]
                smallest = np.minimum(smallest, _number(partner, self.shape))
        sizes = np.bincount(smallest, minlength=count)
        points = np.flatnonzero(sizes)
        return points, sizes[points]

    def averaged(self, tensor: np.ndarray, little: np.ndarray) -> np.ndarray:
        """Return (1/|L|) sum W X W† of (..., D, D)."""
        return sum(self.turned(tensor, g) for g in little) / len(little)

    def turned(self, tensor: np.ndarray, operation: int) -> np.ndarray:
        """Return W X W† of (..., D, D)."""
        mix = self.group.operations[operation].representation.real
        target = np.argmax(np.abs(mix), axis=0)
        sign = mix[target, np.arange(len(mix))]
        n = len(mix)
        place = (target[:, None] * n + target).ravel()
        signs = np.outer(sign, sign).ravel()
        found = np.empty_like(tensor)
        found[..., place[:, None], place] = tensor * np.outer(signs, signs)
        return found

    def describe(self, orders: np.ndarray) -> str:
        """Return one line: operations, wavevectors saved, orders of the little groups used, what is missing."""
        size = len(self.group)
        text = f"point group of {size} operation{'s' if size > 1 else ''}: {len(self.irreducible)} of {len(self.q)} q"
        if size > 1:
            low, high = int(np.min(orders)), int(np.max(orders))
            text += f", little groups of {low}" + (f" to {high}" if high > low else "")
        return text + (f"; not used: {', '.join(self.group.missing)}" if self.group.missing else "")


def reduction(
    model: TightBinding | Superconductor, q: np.ndarray, shape: tuple[int, int, int], *, refined: bool = False
) -> Reduction:
    """Return what the point group of a model saves on a mesh.

    Parameters
    ----------
    q : (q, 3), reciprocal lattice units.
    shape : points of the mesh, which holds k = 0.
    refined : the cells of the mesh are divided: operations that turn a cell into another shape are not used.
    """
    group = symmetry_group(model)
    whole = [_keeps_mesh(turn, shape) for turn in group.turns]
    group = group.only(np.array(whole), "does not keep the mesh")
    if refined:
        square = np.array([np.abs(turn).sum() == 3 for turn in group.turns])
        group = group.only(square, "does not keep the refined cells")
    return _reduction(group, np.where(flat_axes(model), 0.0, q), shape)


def unreduced(model: TightBinding | Superconductor, q: np.ndarray, shape: tuple[int, int, int]) -> Reduction:
    """Return the reduction that uses the identity only."""
    group = symmetry_group(model)
    one = PointGroup(group.operations[:1], group.lattice[:1], group.gauge[:1], 0.0)
    every = np.arange(len(q))
    return Reduction(one, shape, np.where(flat_axes(model), 0.0, q), every, every, 0 * every)


def mesh_turn(turn: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the matrix of k -> k T in steps of the mesh, int (3, 3)."""
    size = np.array(shape)
    return (turn * size) // size[:, None]


def _keeps_mesh(turn: np.ndarray, shape: tuple[int, ...]) -> bool:
    size = np.array(shape)
    return bool(np.all((turn * size) % size[:, None] == 0))


def _reduction(group: PointGroup, q: np.ndarray, shape: tuple[int, int, int]) -> Reduction:
    images = _wrapped(np.einsum("qx,gxy->gqy", q, group.turns))
    seen: dict[tuple[int, ...], tuple[int, int]] = {}
    irreducible: list[int] = []
    source, operation = np.zeros(len(q), int), np.zeros(len(q), int)
    for i in range(len(q)):
        own = tuple(images[0, i].tolist())
        if own not in seen:
            for g in range(len(group)):
                seen.setdefault(tuple(images[g, i].tolist()), (len(irreducible), g))
            irreducible.append(i)
        source[i], operation[i] = seen[own]
    return Reduction(group, shape, q, np.array(irreducible), source, operation)


def _wrapped(q: np.ndarray) -> np.ndarray:
    """Return q within one reciprocal cell, in whole numbers of `SAME_Q`."""
    return np.rint(q / SAME_Q).astype(np.int64) % round(1 / SAME_Q)


def _number(steps: list[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    return np.ravel_multi_index([s % n for s, n in zip(steps, shape, strict=True)], shape)
