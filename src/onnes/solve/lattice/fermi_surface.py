"""Points and weights on the Fermi line of two-dimensional bands, repeated over their point group.

The zero contour of each band is followed through a fine mesh (marching squares, crossings refined by
Newton steps), cut to one asymmetric part of the zone, divided into equal lengths, and unfolded by the
point group of the bands. The points are then permuted among themselves by every symmetry, exactly.
"""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from onnes.errors import InvalidInput, InvalidModel
from onnes.model.lattice.tightbinding import TightBinding

SYMMETRIC = 1e-7
"""Largest change of an energy under a symmetry, over the largest hopping: published tables have few digits."""


CUT = 16
"""Parts into which a segment on the border of the asymmetric part of the zone is cut."""


@dataclass(frozen=True, slots=True, eq=False)
class FermiSurface:
    """Points of the Fermi line.

    Attributes
    ----------
    k : float array (point, 3), reciprocal lattice units in [-1/2, 1/2).
    weight : float array (point,), 1/meV: length/(|v| (2 pi)^2) times the area of the cell. Their sum is
        the density of states for one spin and one cell.
    band : int array (point,), in order of energy.
    sheet : int array (point,): number of the closed line, equivalent lines sharing one number.
    operations : int array (operation, 2, 2): k -> k M in reciprocal lattice units.
    images : int array (operation, point): the index of the image of each point.
    """

    k: np.ndarray
    weight: np.ndarray
    band: np.ndarray
    sheet: np.ndarray
    operations: np.ndarray
    images: np.ndarray

    @property
    def inverted(self) -> np.ndarray:
        """Return the index of -k for each point."""
        found = np.flatnonzero(np.all(self.operations == -np.eye(2, dtype=int), axis=(1, 2)))
        return self.images[found[0]]


def fermi_surface(bands: TightBinding, *, points: int = 96, grid: int = 192) -> FermiSurface:
    """Return about ``points`` points on the Fermi line with their shares of the density of states.

    Parameters
    ----------
    bands : two-dimensional, with real hoppings (time reversal), energies from the chemical potential.
    points : in the whole zone; the number found differs a little, because lines are cut evenly.
    grid : mesh on which the lines are traced; the weights have an error of order 1/grid^2.

    Raises
    ------
    InvalidModel : hoppings along the third direction, hoppings that break time reversal, or no Fermi line.
    InvalidInput : fewer than 8 points or a grid below 16.
    """
    if points < 8 or grid < 16:
        raise InvalidInput(f"points = {points}, grid = {grid}", "give at least 8 points and a grid of 16")
    if np.any((bands.cells[:, 2] != 0)[:, None, None] & (np.abs(bands.hoppings) > 0)):
        raise InvalidModel("hoppings", "with a third component of R", "two-dimensional for a Fermi line")
    if np.any(np.abs(bands.hoppings.imag) > 0):
        raise InvalidModel("hoppings", "complex", "real: pairs of k and -k need time reversal")
    group = point_group(bands)
    arcs = [_Arc(bands, band, line) for band, found in enumerate(_contours(bands, grid)) for line in found]
    if not arcs:
        raise InvalidModel("bands", "no band crosses zero energy", "metallic at the chemical potential")
    sheets = _sheets(arcs)
    step = sum(arc.length for arc in arcs) / points
    pieces: list[_Piece] = []
    for sheet in range(max(sheets) + 1):
        members = [arc for arc, own in zip(arcs, sheets, strict=True) if own == sheet]
        found = [piece for arc in members for piece in arc.cut(group, step, sheet)]
        # The asymmetric part is cut to a sixteenth of a segment; the whole lines are known better.
        share = sum(arc.shares.sum() for arc in members) / (len(group) * sum(p.weight for p in found))
        pieces += [replace(piece, weight=piece.weight * share) for piece in found]
    return _unfold(pieces, group)


def point_group(bands: TightBinding) -> np.ndarray:
    """Return the symmetries of the bands among those of their lattice, int (operation, 2, 2), k -> k M."""
    metric = bands.reciprocal()[:2] @ bands.reciprocal()[:2].T
    sample = np.zeros((12, 3))
    sample[:, :2] = np.random.default_rng(7).uniform(-0.5, 0.5, (12, 2))
    energy = np.linalg.eigvalsh(bands.bloch(sample))
    scale = max(float(np.max(np.abs(bands.hoppings))), np.finfo(float).tiny)
    found = []
    for entries in product((-1, 0, 1), repeat=4):
        m = np.array(entries).reshape(2, 2)
        if not np.allclose(m @ metric @ m.T, metric, rtol=1e-9, atol=1e-9 * metric.max()):
            continue
        image = sample.copy()
        image[:, :2] = sample[:, :2] @ m
        if np.max(np.abs(np.linalg.eigvalsh(bands.bloch(image)) - energy)) < SYMMETRIC * scale:
            found.append(m)
    return np.array(found)


def cartesian(bands: TightBinding, operations: np.ndarray) -> np.ndarray:
    """Return the operations as matrices of Cartesian wavevectors, k -> k R, float (operation, 2, 2)."""
    b = bands.reciprocal()[:2, :2]
    return np.linalg.inv(b) @ operations @ b


# --- tracing -----------------------------------------------------------------------------------


def _contours(bands: TightBinding, grid: int) -> list[list[np.ndarray]]:
    """Return, for each band, closed lines of k (point, 2), unwrapped, first point repeated one period on."""
    # Half a step aside, so that no corner lies on a line of symmetry where bands touch or vanish.
    axis = (np.arange(grid) + 0.5) / grid
    k = np.zeros((grid, grid, 3))
    k[..., 0], k[..., 1] = axis[:, None], axis[None, :]
    energy = np.linalg.eigvalsh(bands.bloch(k))
    return [_lines(bands, b, energy[..., b], grid) for b in range(energy.shape[-1])]


def _lines(bands: TightBinding, band: int, energy: np.ndarray, grid: int) -> list[np.ndarray]:
    """Chain the crossings of one band. An edge is (direction, i, j): from (i, j) along axis 0 or 1."""
    above = energy > 0
    crossing = [above != np.roll(above, -1, axis) for axis in (0, 1)]
    if not (crossing[0].any() or crossing[1].any()):
        return []
    neighbours = _neighbours(above, energy, crossing, grid)
    place = {}
    for axis in (0, 1):
        other = np.roll(energy, -1, axis)
        for i, j in zip(*np.nonzero(crossing[axis]), strict=True):
            part = energy[i, j] / (energy[i, j] - other[i, j])
            shift = (part, 0.0) if axis == 0 else (0.0, part)
            place[axis, int(i), int(j)] = np.array([i + 0.5 + shift[0], j + 0.5 + shift[1]]) / grid
    lines = []
    while neighbours:
        start = next(iter(neighbours))
        chain, here = [start], start
        while neighbours.get(here):
            ahead = neighbours[here].pop()
            neighbours[ahead].remove(here)
            chain.append(ahead)
            here = ahead
        lines.append(_unwrapped(np.array([place[edge] for edge in chain])))
        neighbours = {edge: rest for edge, rest in neighbours.items() if rest}
    return [_on_surface(bands, band, line) for line in lines]


def _neighbours(
    above: np.ndarray, energy: np.ndarray, crossing: list[np.ndarray], grid: int
) -> dict[tuple[int, int, int], list[tuple[int, int, int]]]:
    """Join the crossed edges of each cell; a saddle is joined by the sign in its middle."""
    joined: dict[tuple[int, int, int], list[tuple[int, int, int]]] = {}
    touched = crossing[0] | crossing[1] | np.roll(crossing[0], -1, 1) | np.roll(crossing[1], -1, 0)
    for i, j in zip(*(x.tolist() for x in np.nonzero(touched)), strict=True):
        u, v = (i + 1) % grid, (j + 1) % grid
        # around the cell: below, right, above, left
        edges = [(0, i, j), (1, u, j), (0, i, v), (1, i, j)]
        cut = [e for e in edges if crossing[e[0]][e[1], e[2]]]
        pairs = [(cut[0], cut[1])] if len(cut) == 2 else []
        if len(cut) == 4:
            middle = energy[i, j] + energy[u, j] + energy[u, v] + energy[i, v] > 0
            alike = middle == above[i, j]
            pairs = [(cut[0], cut[1]), (cut[2], cut[3])] if alike else [(cut[3], cut[0]), (cut[1], cut[2])]
        for a, b in pairs:
            joined.setdefault(a, []).append(b)
            joined.setdefault(b, []).append(a)
    return joined


def _unwrapped(line: np.ndarray) -> np.ndarray:
    steps = np.diff(line, axis=0)
    return np.concatenate([line[:1], line[0] + np.cumsum(steps - np.round(steps), axis=0)])


def _on_surface(bands: TightBinding, band: int, line: np.ndarray, steps: int = 3) -> np.ndarray:
    """Move points to E = 0 along the gradient by Newton steps, never further than the first guess can be off."""
    line = line.copy()
    for _ in range(steps):
        energy, gradient = _energy(bands, band, line)
        move = -energy[:, None] * gradient / np.maximum(np.sum(gradient**2, axis=1), 1e-300)[:, None]
        length = np.linalg.norm(move, axis=1)
        line += move * np.minimum(1, 0.005 / np.maximum(length, 1e-300))[:, None]
    return line


def _energy(bands: TightBinding, band: int, line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the energy (meV) and its gradient per reciprocal lattice unit of one band."""
    k = np.zeros((len(line), 3))
    k[:, :2] = line
    energy, vectors = np.linalg.eigh(bands.bloch(k))
    u = vectors[:, :, band]
    velocity = np.einsum("ka,kxab,kb->kx", u.conj(), bands.velocity(k), u).real
    return energy[:, band], velocity @ bands.reciprocal()[:2].T


# --- cutting and unfolding ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Piece:
    k: np.ndarray
    weight: float
    band: int
    sheet: int


class _Arc:
    """One closed line with the length and the share of the density of states of each of its segments."""

    def __init__(self, bands: TightBinding, band: int, line: np.ndarray) -> None:
        self.bands, self.band, self.line = bands, band, line
        metric = bands.reciprocal()[:2, :2]
        self.lengths = np.linalg.norm(np.diff(line, axis=0) @ metric, axis=1)
        self.length = float(self.lengths.sum())
        self.middles = _on_surface(bands, band, (line[:-1] + line[1:]) / 2)
        _, gradient = _energy(bands, band, self.middles)
        speed = np.linalg.norm(gradient @ np.linalg.inv(metric).T, axis=1)
        area = abs(np.linalg.det(bands.vectors[:2, :2]))
        floor = 1e-9 * float(np.max(np.abs(bands.hoppings))) * area**0.5
        self.shares = area * self.lengths / ((2 * np.pi) ** 2 * np.maximum(speed, floor))

    def cut(self, group: np.ndarray, step: float, sheet: int) -> list[_Piece]:
        """Return pieces of about the length ``step`` inside the asymmetric part of the zone."""
        parts = (np.arange(CUT) + 0.5) / CUT
        inside = np.mean(
            [_canonical(self.line[:-1] + p * np.diff(self.line, axis=0), group) for p in parts], axis=0
        )
        if not inside.any():
            return []
        outside = np.flatnonzero(inside == 0)
        order = (np.arange(len(inside)) + (outside[0] if len(outside) else 0)) % len(inside)
        where = np.flatnonzero(inside[order] > 0)
        runs = np.split(order[where], np.flatnonzero(np.diff(where) > 1) + 1)
        return [piece for run in runs for piece in self._divide(run, inside[run], step, sheet)]

    def _divide(self, run: np.ndarray, inside: np.ndarray, step: float, sheet: int) -> list[_Piece]:
        lengths = self.lengths[run] * inside
        reach = np.cumsum(lengths)
        count = max(1, round(reach[-1] / step))
        bins = np.minimum(((reach - lengths / 2) / reach[-1] * count).astype(int), count - 1)
        found = []
        for b in range(count):
            members = np.flatnonzero(bins == b)
            if not len(members):
                continue
            along = np.cumsum(lengths[members])
            centre = run[members[int(np.searchsorted(along, along[-1] / 2))]]
            weight = float(np.sum(self.shares[run[members]] * inside[members]))
            found.append(_Piece(self.middles[centre], weight, self.band, sheet))
        return found


def _sheets(arcs: list[_Arc]) -> list[int]:
    """Number the lines: equivalent ones are of one band and of one length."""
    kinds: list[tuple[int, float]] = []
    numbers = []
    for arc in arcs:
        same = [
            i
            for i, (band, length) in enumerate(kinds)
            if band == arc.band and abs(length - arc.length) < 1e-3 * arc.length
        ]
        if not same:
            kinds.append((arc.band, arc.length))
        numbers.append(same[0] if same else len(kinds) - 1)
    return numbers


def _canonical(k: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Tell which points are the largest, in dictionary order, of their images under the group."""
    images = _home(np.einsum("kx,gxy->gky", k, group))
    own = _home(k)
    first, second = images[..., 0] - own[:, 0], images[..., 1] - own[:, 1]
    tiny = 1e-9
    larger = (first > tiny) | ((np.abs(first) <= tiny) & (second > tiny))
    return ~larger.any(axis=0)


def _home(k: np.ndarray) -> np.ndarray:
    return k - np.floor(k + 0.5)


def _unfold(pieces: list[_Piece], group: np.ndarray) -> FermiSurface:
    """Repeat the pieces over the group and find who is whose image."""
    k0 = np.array([piece.k for piece in pieces])
    orbit = _home(np.einsum("px,gxy->gpy", k0, group))
    size, count = len(group), len(pieces)
    table = {m.tobytes(): i for i, m in enumerate(group)}
    # The image under h of the point g of piece p is the point (g h) of p: k M_g M_h.
    images = np.empty((size, size, count), int)
    for h in range(size):
        for g in range(size):
            images[h, g] = table[(group[g] @ group[h]).tobytes()] * count + np.arange(count)
    k = np.zeros((size * count, 3))
    k[:, :2] = orbit.reshape(-1, 2)
    return FermiSurface(
        k=k,
        weight=np.tile([piece.weight for piece in pieces], size),
        band=np.tile([piece.band for piece in pieces], size),
        sheet=np.tile([piece.sheet for piece in pieces], size),
        operations=group,
        images=images.reshape(size, size * count),
    )
