"""Hubbard and t-J models on a finite cluster.

One-particle matrix h: ``sum_ij h_ij c+_i c_j`` for both spins, ``h[r, r + R] = t(R)``; its diagonal holds
site energies. The interaction is written about half filling, U (n_up - 1/2)(n_dn - 1/2) and V (n - 1)(n - 1),
so that mu = 0 is half filling on a bipartite cluster. Plain energies follow by `Hubbard.plain_shift`.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from onnes.errors import InvalidModel


@dataclass(frozen=True, slots=True, eq=False)
class Cluster:
    """Sites of a finite lattice and the matrix that moves an electron between them.

    Parameters
    ----------
    hopping : complex or float (site, site), meV, Hermitian; real where it has no imaginary part.
    positions : float (site, axis), in units of the translations; numbered along a line where absent.
    translations : int (cell, site): site that each translation carries a site to; only the identity where absent.
    wavevectors : float (cell, axis), r.l.u., allowed by the boundary; zero where absent.
    name : one word.

    Raises
    ------
    InvalidModel : a matrix that is not square, finite and Hermitian; arrays of another number of sites; a translation
        that is no permutation or does not commute with the hopping.
    """

    hopping: np.ndarray
    positions: np.ndarray | None = None
    translations: np.ndarray | None = None
    wavevectors: np.ndarray | None = None
    name: str = "cluster"

    def __post_init__(self) -> None:
        matrix = hermitian("hopping", self.hopping, None)
        n = len(matrix)
        default = np.arange(n, dtype=float)[:, None]
        place = default if self.positions is None else np.atleast_2d(np.array(self.positions, dtype=float))
        moves = np.arange(n)[None] if self.translations is None else np.array(self.translations, dtype=int)
        waves = (
            np.zeros((1, place.shape[1])) if self.wavevectors is None else np.array(self.wavevectors, float)
        )
        if place.shape[0] != n or not np.all(np.isfinite(place)):
            raise InvalidModel("positions", place.shape, f"finite numbers for each of the {n} sites")
        if moves.ndim != 2 or moves.shape[1] != n or np.any(np.sort(moves, axis=1) != np.arange(n)):
            raise InvalidModel("translations", moves.shape, f"permutations of the {n} sites")
        if waves.shape != (len(moves), place.shape[1]):
            raise InvalidModel("wavevectors", waves.shape, "one for each translation, as long as a position")
        scale = 1e-10 * max(np.abs(matrix).max(), 1e-300)
        for move in moves:
            if np.abs(matrix[np.ix_(move, move)] - matrix).max() > scale:
                raise InvalidModel("translations", move.tolist(), "symmetries of the hopping matrix")
        for name, array in (
            ("hopping", matrix),
            ("positions", place),
            ("translations", moves),
            ("wavevectors", waves),
        ):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @property
    def sites(self) -> int:
        """Number of sites."""
        return len(self.hopping)

    @property
    def bipartite(self) -> np.ndarray | None:
        """Signs +1, -1 of two sublattices that all hopping joins, or None where there are no such sublattices."""
        linked = np.abs(self.hopping) > 0
        if np.any(np.diag(linked)):
            return None
        signs = np.zeros(self.sites, dtype=int)
        for first in range(self.sites):
            if signs[first]:
                continue
            signs[first], todo = 1, [first]
            while todo:
                i = todo.pop()
                for j in np.flatnonzero(linked[i]):
                    if signs[j] == signs[i]:
                        return None
                    if not signs[j]:
                        signs[j] = -signs[i]
                        todo.append(j)
        return signs


@dataclass(frozen=True, slots=True, eq=False)
class Hubbard:
    """Electrons with local repulsion: the Hubbard model, extended and with exchange.

    ``H = sum h_ij c+_i c_j + sum U_i (n_up - 1/2)(n_dn - 1/2) + sum_{i<j} V_ij (n_i - 1)(n_j - 1)
    + sum_{i<j} J_ij S_i.S_j - mu N``, meV.

    Parameters
    ----------
    cluster : sites and hopping.
    U : float, or float (site,), meV; negative attracts.
    V, J : float (site, site), meV, symmetric with zero diagonal (each bond counts once), or None.
    chemical_potential : mu, meV; zero is half filling on a bipartite cluster.

    Raises
    ------
    InvalidModel : numbers that are not finite, matrices of another size or not symmetric.
    """

    cluster: Cluster
    U: np.ndarray
    V: np.ndarray | None = None
    J: np.ndarray | None = None
    chemical_potential: float = 0.0
    convention: str = field(default="U (n_up - 1/2)(n_dn - 1/2)", init=False)

    def __post_init__(self) -> None:
        n = self.cluster.sites
        values = np.array(self.U, dtype=float)
        if values.shape not in ((), (n,)) or not np.all(np.isfinite(values)):
            raise InvalidModel("U", self.U, f"a finite number, or one for each of the {n} sites", "meV")
        object.__setattr__(self, "U", _frozen(np.broadcast_to(values, (n,)).copy()))
        for name in ("V", "J"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _frozen(bonds(name, getattr(self, name), n)))
        _finite("chemical_potential", self.chemical_potential)

    def plain_shift(self, electrons: int) -> float:
        """Return E_plain - E, meV: energy with U n_up n_dn, V n n minus the one about half filling.

        ``sum_i U_i (n_i/2 - 1/4) + sum_{i<j} V_ij (n_i + n_j - 1)``; a number only where U is uniform and
        every site has the same sum of V.

        Raises
        ------
        InvalidModel : U or V that differ from site to site, so that the shift is an operator.
        """
        v = np.zeros((1, 1)) if self.V is None else self.V
        if np.ptp(self.U) > 0 or np.ptp(v.sum(axis=1)) > 1e-12 * (1 + np.abs(v).max()):
            raise InvalidModel("U", self.U, "uniform, for the two conventions to differ by a number", "meV")
        local = self.U[0] * (electrons / 2 - self.cluster.sites / 4)
        return float(local + v.sum(axis=1)[0] * electrons - v.sum() / 2)


@dataclass(frozen=True, slots=True, eq=False)
class TJ:
    """Electrons that never share a site: the t-J model.

    ``H = P sum h_ij c+_i c_j P + sum_{i<j} J_ij (S_i.S_j - density n_i n_j) - mu N``, meV, P removing doubly occupied
    sites. The usual form, second order of the Hubbard model at large U without three-site terms, has density = 1/4 and
    J = 4 t^2/U.

    Parameters
    ----------
    cluster : sites and hopping.
    J : float (site, site), meV, symmetric with zero diagonal, each bond once.
    density : coefficient of n_i n_j in units of J_ij, 1/4 or 0 in the literature.
    chemical_potential : mu, meV.

    Raises
    ------
    InvalidModel : as `Hubbard`.
    """

    cluster: Cluster
    J: np.ndarray
    density: float = 0.25
    chemical_potential: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "J", _frozen(bonds("J", self.J, self.cluster.sites)))
        _finite("density", self.density)
        _finite("chemical_potential", self.chemical_potential)


def hermitian(name: str, given: ArrayLike, sites: int | None) -> np.ndarray:
    """Return a finite Hermitian matrix as float where it is real, complex otherwise; raise `InvalidModel`."""
    matrix = np.array(given, dtype=complex)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size:
        raise InvalidModel(name, matrix.shape, "a square matrix (site, site)", "")
    if sites is not None and len(matrix) != sites:
        raise InvalidModel(name, matrix.shape, f"a matrix between {sites} sites")
    if not np.all(np.isfinite(matrix)):
        raise InvalidModel(name, "not finite", "finite", "meV")
    if np.abs(matrix - matrix.conj().T).max() > 1e-12 * max(np.abs(matrix).max(), 1e-300):
        raise InvalidModel(name, "not Hermitian", "equal to its conjugate transpose")
    matrix = (matrix + matrix.conj().T) / 2
    return matrix if np.any(matrix.imag) else matrix.real.copy()


def bonds(name: str, given: ArrayLike, sites: int) -> np.ndarray:
    """Return a real symmetric matrix of bonds with zero diagonal; raise `InvalidModel`."""
    matrix = hermitian(name, given, sites)
    if np.iscomplexobj(matrix) or np.any(np.diag(matrix)):
        raise InvalidModel(name, "complex or with a diagonal", "real, symmetric, zero on its diagonal", "meV")
    return matrix


def _finite(name: str, value: float) -> None:
    if not np.isfinite(value):
        raise InvalidModel(name, value, "finite")


def _frozen(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array
