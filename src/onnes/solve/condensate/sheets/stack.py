"""Films above one another: the flux that the currents of one send through the loops of another.

A stream function is a density of magnetic moment. It is handed to a grid common to all films by cubic interpolation
that keeps moments, convolved there with the kernel of the distance between the planes, and read by the transpose:
what film 1 does to film 2 is exactly what 2 does to 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, hypot, pi

import numpy as np
from scipy.sparse import csr_matrix

from onnes.errors import InvalidInput
from onnes.numerics.sheet import EvenConvolution, loop_kernel, rectangle_average
from onnes.solve.condensate.sheets.sheet_network import MU, Sheet

CLOSEST = 3
"""Least distance between two films in cells: nearer currents are not resolved by the common grid."""


@dataclass(frozen=True, slots=True)
class Stack:
    """Several films; vectors are the loops of all, one film after the other.

    ``hand``: for each film the matrix from its corners to the common grid. ``pairs``: kernels of the distances.
    """

    sheets: tuple[Sheet, ...]
    hand: tuple[csr_matrix, ...]
    shape: tuple[int, int]
    pairs: dict[tuple[int, int], EvenConvolution]

    @property
    def starts(self) -> np.ndarray:
        """First loop of each film, and the number of all."""
        return np.cumsum([0, *(s.count for s in self.sheets)])

    def split(self, g: np.ndarray) -> list[np.ndarray]:
        """Return the part of each film."""
        return np.split(g, self.starts[1:-1])

    def apply(self, g: np.ndarray) -> np.ndarray:
        """Return the fluxoid of each loop, T nm^2, for a stream function in uA."""
        parts = self.split(g)
        found = [sheet.apply(part) for sheet, part in zip(self.sheets, parts, strict=True)]
        foreign = self.foreign([s.spread(part) for s, part in zip(self.sheets, parts, strict=True)])
        return np.concatenate(
            [own + s.gather(f) for s, own, f in zip(self.sheets, found, foreign, strict=True)]
        )

    def foreign(self, corners: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the flux (T nm^2) through the loop at every corner of each film that the other films send."""
        found = [np.zeros(s.labels.shape) for s in self.sheets]
        handed = [(h @ g.ravel()).reshape(self.shape) for h, g in zip(self.hand, corners, strict=True)]
        for (one, other), kernel in self.pairs.items():
            for to, source in ((one, other), (other, one)):
                found[to] += (self.hand[to].T @ kernel(handed[source]).ravel()).reshape(found[to].shape)
        return found


def stack(sheets: Sequence[Sheet]) -> Stack:
    """Prepare films for one calculation; raise `InvalidInput` where two are closer than three cells."""
    if len(sheets) == 1:
        return Stack(tuple(sheets), (csr_matrix((0, sheets[0].labels.size)),), (0, 0), {})
    step = min(min(s.steps) for s in sheets)
    for number, one in enumerate(sheets):
        for other in sheets[:number]:
            gap = hypot(one.film.shape.polygon.distance(other.film.shape.polygon), one.height - other.height)
            if gap < CLOSEST * step:
                raise InvalidInput(
                    f"two films are {gap:.4g} nm apart on cells of {step:.4g} nm",
                    f"give a spacing of {gap / CLOSEST:.4g} nm or less",
                )
    bounds = np.array([s.film.shape.bounds for s in sheets])
    x0, y0 = bounds[:, :2].min(0) - 2 * step
    nx, ny = (ceil((bounds[:, 2 + k].max() - start) / step) + 4 for k, start in ((0, x0), (1, y0)))
    kernels, pairs = {}, {}
    for one in range(len(sheets)):
        for other in range(one + 1, len(sheets)):
            height = abs(sheets[one].height - sheets[other].height)
            if height not in kernels:
                average = rectangle_average(nx + 1, ny + 1, step, step, height)
                kernels[height] = EvenConvolution(MU / (4 * pi) * loop_kernel(average, step, step))
            pairs[one, other] = kernels[height]
    hand = tuple(_handing(s, x0, y0, step, (ny, nx)) for s in sheets)
    return Stack(tuple(sheets), hand, (ny, nx), pairs)


def _handing(sheet: Sheet, x0: float, y0: float, step: float, shape: tuple[int, int]) -> csr_matrix:
    """Interpolation of moments from the corners of a film, ratio of cell areas included."""
    (hx, hy), (ny, nx) = sheet.steps, sheet.labels.shape
    columns, across = _cubic((sheet.mesh.x[0] - hx / 2 + hx * np.arange(nx) - x0) / step)
    rows, up = _cubic((sheet.mesh.y[0] - hy / 2 + hy * np.arange(ny) - y0) / step)
    where = rows[:, None, :, None] * shape[1] + columns[None, :, None, :]
    weight = up[:, None, :, None] * across[None, :, None, :] * (hx * hy / step**2)
    corner = np.repeat(np.arange(ny * nx), 16)
    return csr_matrix((weight.ravel(), (where.ravel(), corner)), shape=(shape[0] * shape[1], ny * nx))


def _cubic(at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the four nodes around each point of a unit grid and the Lagrange weights, (point, 4)."""
    first = np.floor(at + 1e-9).astype(int)
    t = at - first
    weights = np.stack(
        [
            -t * (t - 1) * (t - 2) / 6,
            (t + 1) * (t - 1) * (t - 2) / 2,
            -(t + 1) * t * (t - 2) / 2,
            (t + 1) * t * (t - 1) / 6,
        ],
        -1,
    )
    return first[:, None] + np.arange(-1, 3), weights
