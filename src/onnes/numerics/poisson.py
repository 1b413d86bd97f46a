"""The potential equation of a film: sum over faces of a (x_j - x_i)/h^2 = rhs, on a rectangle or a cut mesh.

A rectangle with all faces open is solved by a cosine transform along the rows and elimination across them. Other
weights a on some faces are a correction of low rank: the capacitance matrix of the changed bonds (B. L. Buzbee,
F. W. Dorr, J. A. George and G. H. Golub, SIAM J. Numer. Anal. 8, 722 (1971), doi:10.1137/0708066) makes the solution
direct again. Where too many bonds are changed, the rectangle preconditions conjugate gradients.
"""

from collections.abc import Callable

import numpy as np
from numba import njit
from scipy.fft import dct, fft, idct, ifft
from scipy.linalg import lapack

from onnes.errors import InvalidInput

MOST_BONDS = 2500
"""Changed bonds up to which the capacitance matrix is used; it holds the square of this number of floats."""
TOLERANCE = 1e-10
"""Residual of conjugate gradients relative to the right side."""
MOST_ITERATIONS = 2000


@njit(cache=True, error_model="numpy", nogil=True)
def _eliminate(d, pivot):
    """Solve -x[j-1] + (2 + lambda) x[j] - x[j+1] = d[j] down all columns; ``pivot`` holds inverse pivots."""
    ny, nx = d.shape
    for j in range(1, ny):
        for i in range(nx):
            d[j, i] += pivot[j - 1, i] * d[j - 1, i]
    for i in range(nx):
        d[ny - 1, i] *= pivot[ny - 1, i]
    for j in range(ny - 2, -1, -1):
        for i in range(nx):
            d[j, i] = (d[j, i] + d[j + 1, i]) * pivot[j, i]


@njit(cache=True, error_model="numpy", nogil=True)
def _laplacian(x, wx, wy, out):
    """Write the sum over faces of w (x_j - x_i); the last column and row of the weights join the ends."""
    ny, nx = x.shape
    for j in range(ny):
        below, above = (j - 1) % ny, (j + 1) % ny
        for i in range(nx):
            left, right = (i - 1) % nx, (i + 1) % nx
            out[j, i] = (
                wx[j, i] * (x[j, right] - x[j, i])
                + wx[j, left] * (x[j, left] - x[j, i])
                + wy[j, i] * (x[above, i] - x[j, i])
                + wy[below, i] * (x[below, i] - x[j, i])
            )


class Rectangle:
    """Inverse of minus the Laplacian of a rectangle whose faces are all open, up to a constant.

    Parameters
    ----------
    shape : (ny, nx). hx, hy : cell size.
    periodic : whether the ends meet along y and along x.
    """

    def __init__(
        self, shape: tuple[int, int], hx: float, hy: float, periodic: tuple[bool, bool] = (False, False)
    ) -> None:
        ny, nx = shape
        self.shape, self.hx, self.hy, self.periodic = shape, hx, hy, periodic
        along_x = _eigenvalues(nx, hx, periodic[1])
        if periodic[0]:
            total = _eigenvalues(ny, hy, True)[:, None] + along_x
            total[0, 0] = np.inf
            self._inverse = 1 / total
        else:
            self._pivot = _pivots(ny, along_x * hy * hy)

    def solve(self, rhs: np.ndarray) -> np.ndarray:
        """Return x with minus its Laplacian equal to ``rhs``, whose sum is zero."""
        if self.periodic[1]:
            return np.ascontiguousarray(ifft(self._across(fft(rhs, axis=1)), axis=1).real)
        modes = dct(rhs, type=2, norm="ortho", axis=1, workers=1)
        return idct(self._across(modes), type=2, norm="ortho", axis=1, workers=1, overwrite_x=True)

    def _across(self, modes: np.ndarray) -> np.ndarray:
        if self.periodic[0]:
            found = ifft(fft(modes, axis=0) * self._inverse, axis=0)
            return found if self.periodic[1] else found.real
        modes *= self.hy * self.hy
        _eliminate(modes, self._pivot)
        return modes

    def green(self) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
        """Return G(a, b) between flat cell numbers: sources at b, mirrored in the open edges, seen at a."""
        ny, nx = self.shape
        py, px = (1 if self.periodic[0] else 2) * ny, (1 if self.periodic[1] else 2) * nx
        total = _eigenvalues(py, self.hy, True)[:, None] + _eigenvalues(px, self.hx, True)
        total[0, 0] = np.inf
        free = np.fft.ifft2(1 / total).real

        def between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
            (ya, xa), (yb, xb) = np.divmod(a, nx), np.divmod(b, nx)
            rows = [(ya[:, None] - yb) % py] + ([] if self.periodic[0] else [(ya[:, None] + yb + 1) % py])
            columns = [(xa[:, None] - xb) % px] + ([] if self.periodic[1] else [(xa[:, None] + xb + 1) % px])
            return sum(free[row, column] for row in rows for column in columns)

        return between


class Neumann:
    """Solver of sum over faces of a (x_j - x_i)/h^2 = rhs without flow through the edge.

    ``method`` says how: ``"direct"`` on a rectangle with one weight on all faces, ``"capacitance"`` where at most
    ``most_bonds`` faces differ from it, ``"conjugate gradients"`` otherwise.

    Parameters
    ----------
    face_x, face_y : weight a >= 0 of the face between a cell and the next along x (y), float (ny, nx); the last
        column (row) joins the ends of a periodic axis and is not read otherwise.
    hx, hy : cell size.
    periodic : whether the ends meet along y and along x.

    Raises
    ------
    InvalidInput : negative or infinite weights, or none that is positive.
    """

    def __init__(
        self,
        face_x: np.ndarray,
        face_y: np.ndarray,
        hx: float,
        hy: float,
        *,
        periodic: tuple[bool, bool] = (False, False),
        most_bonds: int = MOST_BONDS,
        tolerance: float = TOLERANCE,
    ) -> None:
        face_x, face_y = np.array(face_x, float), np.array(face_y, float)
        if not periodic[1]:
            face_x[:, -1] = 0.0
        if not periodic[0]:
            face_y[-1] = 0.0
        weights = np.concatenate([face_x.ravel(), face_y.ravel()])
        if not (np.isfinite(weights).all() and weights.min() >= 0 and weights.max() > 0):
            raise InvalidInput(
                "weights of faces that are negative, infinite or all zero",
                "give open faces weights above zero",
            )
        self.shape, self.tolerance, self.iterations = face_x.shape, tolerance, 0
        self._rectangle = Rectangle(face_x.shape, hx, hy, periodic)
        self._weights = face_x / hx**2, face_y / hy**2
        self._base, bonds, given = _bonds(face_x, face_y, periodic)
        self.inside, self._labels, self._sizes = _components(bonds, given, face_x.size)
        used = self.inside[bonds].any(1)
        relative = np.where(used, given / self._base, 1.0)
        changed = relative != 1.0
        steps = np.where(np.arange(len(bonds)) < _count_x(face_x.shape, periodic), hx, hy)
        self.changed_bonds = int(changed.sum())
        if not self.changed_bonds:
            self.method = "direct"
        elif self.changed_bonds <= most_bonds:
            self.method = "capacitance"
            self._prepare(bonds, relative, changed, steps)
        else:
            self.method = "conjugate gradients"

    def solve(self, rhs: np.ndarray, guess: np.ndarray | None = None, cancelled: float = 0.0) -> np.ndarray:
        """Return x, with mean zero on each connected part and zero outside.

        Parameters
        ----------
        rhs : float (ny, nx), zero outside and of sum zero on each connected part.
        guess : a nearby solution; only conjugate gradients make use of it.
        cancelled : size of the terms whose sum each entry of ``rhs`` is, which decides what is rounding.

        Raises
        ------
        InvalidInput : a right side whose sum is not zero beyond rounding, or conjugate gradients that do not arrive.
        """
        source = self._compatible(rhs, cancelled)
        if self.method == "direct":
            x = self._rectangle.solve(source / -self._base)
        elif self.method == "capacitance":
            x = self._corrected(source / -self._base)
        else:
            x = self._iterate(source, guess, cancelled)
        return self._centred(x)

    def residual(self, x: np.ndarray, rhs: np.ndarray) -> float:
        """Return the largest |sum of a (x_j - x_i)/h^2 - rhs| over the largest |rhs|."""
        return float(np.abs(self.apply(x) - rhs).max() / max(np.abs(rhs).max(), 1e-300))

    def apply(self, x: np.ndarray) -> np.ndarray:
        """Return the left side, sum over faces of a (x_j - x_i)/h^2."""
        out = np.empty(self.shape)
        _laplacian(np.ascontiguousarray(x), *self._weights, out)
        return out

    def _compatible(self, rhs: np.ndarray, cancelled: float) -> np.ndarray:
        means, scale = self._means(rhs), np.abs(rhs).sum()
        worst = np.abs(means * self._sizes).max()
        if not worst <= 1e-9 * scale + 1e-13 * cancelled * rhs.size:
            raise InvalidInput(
                f"the right side of a potential equation sums to {worst:.3e} (of {scale:.3e} in all)",
                "what flows in must flow out on every connected part",
            )
        return self._less(rhs, means)

    def _centred(self, x: np.ndarray) -> np.ndarray:
        return self._less(x, self._means(x))

    def _means(self, values: np.ndarray) -> np.ndarray:
        if self._labels is None:
            return np.array([values.mean()])
        return np.bincount(self._labels, values.ravel(), len(self._sizes) + 1)[1:] / self._sizes

    def _less(self, values: np.ndarray, means: np.ndarray) -> np.ndarray:
        if self._labels is None:
            return values - means[0]
        shift = np.concatenate([[0.0], means])[self._labels]
        return np.where(self.inside, values.ravel() - shift, 0.0).reshape(self.shape)

    def _prepare(
        self, bonds: np.ndarray, relative: np.ndarray, changed: np.ndarray, steps: np.ndarray
    ) -> None:
        """Invert S = 1/D - B^T G B of the changed bonds; D is what each lacks of weight one.

        A part cut off on all sides gives S a null vector, D B^T chi with chi the part: a right side that is
        compatible has no share of it, so that its square is added before the inversion.
        """
        ends, lack, h = bonds[changed], 1 - relative[changed], steps[changed]
        self._ends, self._steps = ends, h
        nodes, place = np.unique(ends, return_inverse=True)
        place = place.reshape(ends.shape)
        between, s = self._rectangle.green(), np.empty((len(ends), len(ends)))
        for start in range(0, len(ends), 64):
            some = slice(start, start + 64)
            seen = between(ends[some, 1], nodes) - between(ends[some, 0], nodes)
            s[some] = -(seen[:, place[:, 1]] - seen[:, place[:, 0]]) / (h[some, None] * h)
        s[np.diag_indices(len(s))] += 1 / lack
        null = self._null(bonds, relative, ends, lack, h)
        for start in range(0, len(ends), 64):
            s[start : start + 64] += null[start : start + 64] @ null.T
        self._inverse = _inverted(s)

    def _null(
        self, bonds: np.ndarray, relative: np.ndarray, ends: np.ndarray, lack: np.ndarray, h: np.ndarray
    ) -> np.ndarray:
        count, parts = _connected(bonds[relative > 0], int(np.prod(self.shape)))
        left, right = parts[ends[:, 0]], parts[ends[:, 1]]
        vectors = np.zeros((len(ends), count))
        apart = left != right
        rows = np.nonzero(apart)[0]
        vectors[rows, right[apart]] += (lack / h)[apart]
        vectors[rows, left[apart]] -= (lack / h)[apart]
        # their sum vanishes: all but one are independent
        return np.linalg.qr(vectors[:, 1:])[0] if count > 1 else np.zeros((len(ends), 0))

    def _corrected(self, source: np.ndarray) -> np.ndarray:
        first = self._rectangle.solve(source).ravel()
        flow = (
            self._inverse @ ((first[self._ends[:, 1]] - first[self._ends[:, 0]]) / self._steps) / self._steps
        )
        size = source.size
        extra = np.bincount(self._ends[:, 1], flow, size) - np.bincount(self._ends[:, 0], flow, size)
        return self._rectangle.solve(source + extra.reshape(self.shape))

    def _iterate(self, source: np.ndarray, guess: np.ndarray | None, cancelled: float) -> np.ndarray:
        x = np.zeros(self.shape) if guess is None else np.array(guess, float)
        residual = self.apply(x)
        # no further than rounding, where the right side or what is left of it is a small difference
        rounding = 1e-14 * (np.linalg.norm(residual) + cancelled * np.sqrt(source.size))
        residual -= source
        goal = max(self.tolerance * np.linalg.norm(source), rounding)
        direction, old, self.iterations = np.zeros(self.shape), 1.0, 0
        while np.linalg.norm(residual) > goal:
            if self.iterations == MOST_ITERATIONS:
                raise InvalidInput(
                    f"a potential equation was not solved in {MOST_ITERATIONS} iterations",
                    "give weights of faces that vary less, or raise most_bonds",
                )
            better = self._rectangle.solve(self._centred(residual))
            new = np.vdot(residual, better)
            direction = better + (new / old if self.iterations else 0.0) * direction
            image = self.apply(direction)
            length = new / np.vdot(direction, -image)
            x += length * direction
            residual += length * image
            old, self.iterations = new, self.iterations + 1
        return x


def _inverted(s: np.ndarray) -> np.ndarray:
    """Return the inverse of a regular symmetric matrix in its own place: the matrix is the bulk of the memory."""
    factors, pivots, _ = lapack.dgetrf(s.T, overwrite_a=1)
    inverse, failed = lapack.dgetri(factors, pivots, overwrite_lu=1)
    if failed:
        raise InvalidInput("a singular matrix of changed bonds", "give open faces weights above zero")
    return inverse.T


def _eigenvalues(n: int, h: float, periodic: bool) -> np.ndarray:
    """Return eigenvalues of minus the second difference of n cells."""
    return (2 * np.sin(np.pi * np.arange(n) / (n if periodic else 2 * n)) / h) ** 2


def _pivots(ny: int, along: np.ndarray) -> np.ndarray:
    """Return inverse pivots (ny, mode) of the second difference across the rows plus ``along``."""
    inverse, previous = np.empty((ny, len(along))), np.zeros(len(along))
    for j in range(ny):
        edges = (j == 0) + (j == ny - 1)
        pivot = along + (2 - edges) - previous
        if j == ny - 1:
            pivot[0] = np.inf  # the mean is free: the last row is zero
        inverse[j] = previous = 1 / pivot
    return inverse


def _count_x(shape: tuple[int, int], periodic: tuple[bool, bool]) -> int:
    return shape[0] * (shape[1] if periodic[1] else shape[1] - 1)


def _bonds(
    face_x: np.ndarray, face_y: np.ndarray, periodic: tuple[bool, bool]
) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the commonest weight, the cells (bond, 2) at the ends of all bonds, those along x first, and weights."""
    number = np.arange(face_x.size).reshape(face_x.shape)
    across = slice(None) if periodic[1] else slice(-1)
    up = slice(None) if periodic[0] else slice(-1)
    pairs = [
        np.stack([number, np.roll(number, -1, axis)], -1)[cut].reshape(-1, 2)
        for axis, cut in ((1, (slice(None), across)), (0, (up,)))
    ]
    given = np.concatenate([face_x[:, across].ravel(), face_y[up].ravel()])
    values, counts = np.unique(given[given > 0], return_counts=True)
    return float(values[np.argmax(counts)]), np.concatenate(pairs), given


def _connected(bonds: np.ndarray, size: int) -> tuple[int, np.ndarray]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(bonds)), (bonds[:, 0], bonds[:, 1])), shape=(size, size))
    return connected_components(graph, directed=False)


def _components(
    bonds: np.ndarray, given: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """Return which cells have an open face, the part of each from 1 on (0 outside; None: one part), and sizes."""
    inside = np.zeros(size, bool)
    inside[bonds[given > 0]] = True
    _, parts = _connected(bonds[given > 0], size)
    _, found = np.unique(parts[inside], return_inverse=True)
    sizes = np.bincount(found)
    if inside.all() and len(sizes) == 1:
        return inside, None, sizes.astype(float)
    labels = np.zeros(size, int)
    labels[inside] = found + 1
    return inside, labels, sizes.astype(float)
