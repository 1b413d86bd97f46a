"""Sites and pairs of sites that the translations of a cluster carry onto each other.

A correlation of a translation-invariant state depends on the class of a pair only, so its mean over a class
is the estimator with the smallest error. Wavevectors of a cluster have phase exp(2 pi i q.r), r in units of
the translations.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from onnes.errors import InvalidModel
from onnes.model.correlated.hubbard import Cluster


@dataclass(frozen=True, slots=True, eq=False)
class SiteClasses:
    """Orbits of single sites under translations: the orbitals of a cell.

    Parameters
    ----------
    index : int64 (site,), class of each site, numbered from 0 in the order of first sites.
    size : int64 (class,), sites of each class.
    """

    index: np.ndarray
    size: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class PairClasses:
    """Orbits of ordered pairs of sites (i -> j) under translations; class 0 holds the pair (0 -> 0).

    Parameters
    ----------
    index : int64 (site, site), class of the pair (i, j).
    size : int64 (class,), pairs of each class.
    displacement : float (class, axis), place of j less place of i, nearest image (in units of the translations,
        Euclidean in those units; of images at equal distance the one with the largest coordinates).
    orbitals : int64 (class, 2), `SiteClasses` of i and of j.
    """

    index: np.ndarray
    size: np.ndarray
    displacement: np.ndarray
    orbitals: np.ndarray

    @property
    def reverse(self) -> np.ndarray:
        """Class of (j -> i) for each class of (i -> j), int64 (class,)."""
        back = np.empty(len(self.size), dtype=np.int64)
        back[self.index.ravel()] = self.index.T.ravel()
        return back

    def mean(self, matrix: np.ndarray) -> np.ndarray:
        """Return the mean of ``matrix`` (..., site, site) over each class: (..., class)."""
        flat = matrix.reshape(-1, self.index.size)
        out = np.zeros((len(flat), len(self.size)), dtype=flat.dtype)
        for row, line in zip(out, flat, strict=True):
            np.add.at(row, self.index.ravel(), line)
        return (out / self.size).reshape(*matrix.shape[:-2], len(self.size))


def site_classes(cluster: Cluster) -> SiteClasses:
    """Return the orbits of single sites: which sites the translations of ``cluster`` carry onto each other.

    Raises
    ------
    InvalidModel : translations that do not form a group.
    """
    label = cluster.translations.min(axis=0)
    _check_group(label, cluster.translations)
    _, index, size = np.unique(label, return_inverse=True, return_counts=True)
    return SiteClasses(_frozen(index.reshape(-1).astype(np.int64)), _frozen(size.astype(np.int64)))


def pair_classes(cluster: Cluster) -> PairClasses:
    """Return the orbits of ordered pairs: (i, j) and (T i, T j) are of one class for every translation T.

    With the identity alone every pair is a class of its own.

    Raises
    ------
    InvalidModel : translations that do not form a group.
    """
    sites, moves = cluster.sites, cluster.translations.astype(np.int64)
    label = np.full((sites, sites), sites * sites, dtype=np.int64)
    for move in moves:
        np.minimum(label, move[:, None] * sites + move[None, :], out=label)
    for move in moves:
        if np.any(label[np.ix_(move, move)] != label):
            raise InvalidModel(
                "translations", moves.shape, "a group: products of two translations among them"
            )
    first, index, size = np.unique(label, return_inverse=True, return_counts=True)
    orbital = site_classes(cluster).index
    start, end = first // sites, first % sites
    return PairClasses(
        _frozen(index.reshape(sites, sites).astype(np.int64)),
        _frozen(size.astype(np.int64)),
        _frozen(_nearest_image(cluster.positions[end] - cluster.positions[start], _periods(cluster))),
        _frozen(np.stack([orbital[start], orbital[end]], axis=1)),
    )


def neighbours(cluster: Cluster, classes: PairClasses, step: ArrayLike) -> np.ndarray:
    """Return for each site the site that lies ``step`` (axis,) away, int64 (site,), -1 where there is none.

    Boundaries are closed as the translations close them. Of several orbitals at one place the one of the same
    kind counts.

    Raises
    ------
    InvalidModel : a step of another number of axes, or several sites of no common kind at one place.
    """
    vector = np.asarray(step, dtype=float)
    if vector.shape != (cluster.positions.shape[1],):
        raise InvalidModel("step", vector.tolist(), f"a vector of {cluster.positions.shape[1]} components")
    left = _nearest_image(classes.displacement - vector, _periods(cluster))
    there = np.all(np.abs(left) < 1e-8, axis=1)
    alike = there & (classes.orbitals[:, 0] == classes.orbitals[:, 1])
    joined = there[classes.index]
    same = alike[classes.index]
    joined = np.where(same.any(axis=1)[:, None], same, joined)
    if np.any(joined.sum(axis=1) > 1):
        raise InvalidModel("positions", "several sites at one place", "different from site to site")
    return np.where(joined.any(axis=1), joined.argmax(axis=1), -1).astype(np.int64)


def _periods(cluster: Cluster) -> np.ndarray:
    """Vectors (image, axis) that lead back to the same site: sums of a reduced basis with coefficients -1, 0, 1.

    A translation moves all sites by one vector up to such periods, which generate all others.
    """
    moved = cluster.positions[cluster.translations] - cluster.positions
    jumps = np.round(moved - moved[:, :1], 9)
    basis = _reduced(np.unique(jumps.reshape(-1, jumps.shape[-1]) + 0.0, axis=0))
    if not len(basis):
        return np.zeros((1, jumps.shape[-1]))
    images = np.array(list(product((1, 0, -1), repeat=len(basis)))) @ basis
    images = np.unique(np.round(images, 9) + 0.0, axis=0)
    return images[np.lexsort(-images.T[::-1])]  # the largest coordinates first, which decides ties


def _reduced(vectors: np.ndarray) -> np.ndarray:
    """Shorten vectors by each other until no sum or difference of two is shorter; the lattice stays the same."""
    short: list[np.ndarray] = []
    todo = [v for v in vectors if np.any(v)]
    while todo:
        vector = todo.pop()
        place = 0
        while place < len(short) and np.any(vector):
            shorter = _shortest(vector, short[place])
            if np.any(shorter != vector):
                vector, place = shorter, 0
            else:
                place += 1
        if np.any(vector):
            longer = [v for v in short if np.any(_shortest(v, vector) != v)]
            short = [v for v in short if not any(v is x for x in longer)] + [vector]
            todo += longer
    return np.array(short)


def _shortest(vector: np.ndarray, other: np.ndarray) -> np.ndarray:
    """``vector`` less the multiple of ``other`` that leaves the shortest, itself where nothing is gained."""
    times = np.round((vector @ other) / (other @ other))
    left = np.round(vector - times * other, 9) + 0.0
    return left if left @ left < vector @ vector - 1e-9 else vector


def _nearest_image(vectors: np.ndarray, periods: np.ndarray) -> np.ndarray:
    """Shortest of vectors + periods for each of ``vectors`` (n, axis); of equal ones the one of largest coordinates."""
    while True:
        images = vectors[:, None, :] + periods
        lengths = np.round(np.sum(images**2, axis=-1), 8)
        best = images[np.arange(len(vectors)), np.argmin(lengths, axis=1)]
        shorter = np.round(np.sum(best**2, axis=-1), 8) < np.round(np.sum(vectors**2, axis=-1), 8)
        if not shorter.any():
            return best + 0.0
        vectors = best


def _check_group(label: np.ndarray, moves: np.ndarray) -> None:
    if np.any(label[moves] != label):
        raise InvalidModel("translations", moves.shape, "a group: products of two translations among them")


def _frozen(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array
