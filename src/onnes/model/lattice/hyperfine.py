"""How the spins around a nucleus act on it: hyperfine couplings and their form factor."""

from dataclasses import dataclass

import numpy as np

from onnes.errors import InvalidModel

AXES = 3


@dataclass(frozen=True, slots=True, eq=False)
class Hyperfine:
    """The field at a nucleus in the home cell, h_i = g sum_m A_m,i S_i(R_m, orbital m) along the axes i = a, b, c.

    A_a,i(q) = sum over the entries of orbital a of A_m,i exp(2 pi i q.R_m) multiplies the spin at q.

    Parameters
    ----------
    cells : int array (m, 3): where the spins are.
    coupling : float array (m, 3): along a, b, c, T for each Bohr magneton (10 kOe/mu_B is 1 T/mu_B).
    gyromagnetic : gamma_n/2 pi of the nucleus, MHz/T.
    orbitals : int (m,): the orbital of each spin; the first where absent.
    g_factor : of the electrons.
    """

    cells: np.ndarray
    coupling: np.ndarray
    gyromagnetic: float
    orbitals: tuple[int, ...] = ()
    g_factor: float = 2.0

    def __post_init__(self) -> None:
        cells, coupling = np.array(self.cells, int), np.array(self.coupling, float)
        if cells.ndim != 2 or cells.shape[1:] != (AXES,) or coupling.shape != cells.shape:
            raise InvalidModel(
                "coupling", coupling.shape, "three numbers for each of the cells (m, 3)", "T/mu_B"
            )
        if not (np.all(np.isfinite(coupling)) and np.isfinite(self.gyromagnetic) and self.gyromagnetic != 0):
            raise InvalidModel("coupling", "NaN, or no gyromagnetic ratio", "finite")
        orbitals = self.orbitals or (0,) * len(cells)
        if len(orbitals) != len(cells) or min(orbitals) < 0:
            raise InvalidModel("orbitals", self.orbitals, "one for each cell, counted from 0")
        object.__setattr__(self, "orbitals", tuple(int(a) for a in orbitals))
        for name, array in (("cells", cells), ("coupling", coupling)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def form(self, q: np.ndarray, n_orbitals: int) -> np.ndarray:
        """Return A_a,i(q), complex (q, orbital, 3), T/mu_B, at q (q, 3) in reciprocal lattice units."""
        if max(self.orbitals) >= n_orbitals:
            raise InvalidModel("orbitals", self.orbitals, f"among the {n_orbitals} of the bands")
        phase = np.exp(2j * np.pi * (np.asarray(q, float) @ self.cells.T))
        own = np.equal.outer(np.array(self.orbitals), np.arange(n_orbitals)).astype(float)
        return np.einsum("qm,ma,mi->qai", phase, own, self.coupling)


def planar_copper(on_site: tuple[float, float], transferred: float, gyromagnetic: float) -> Hyperfine:
    """Return the couplings of copper in a CuO2 plane: A on its own site and B from each of four neighbours.

    A_i(q) = A_i + 2B (cos qx + cos qy) (F. Mila and T. M. Rice, Physica C 157, 561 (1989)); at (1/2, 1/2) it is
    A - 4B. Published values differ by compound, so that none is built in.

    Parameters
    ----------
    on_site : (A_ab, A_c), T/mu_B.
    transferred : B, T/mu_B.
    gyromagnetic : gamma_n/2 pi, MHz/T.
    """
    cells = np.array([[0, 0, 0], [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]])
    coupling = np.full((5, 3), float(transferred))
    coupling[0] = (on_site[0], on_site[0], on_site[1])
    return Hyperfine(cells, coupling, gyromagnetic)


def planar_oxygen(coupling: tuple[float, float, float], gyromagnetic: float) -> Hyperfine:
    """Return the couplings of the oxygen between two coppers along the first axis: C from either.

    |A_i(q)|^2 = 4 C_i^2 cos^2(qx/2): blind to fluctuations at (1/2, 1/2).

    Parameters
    ----------
    coupling : C along a (the bond), b, c, T/mu_B.
    gyromagnetic : gamma_n/2 pi, MHz/T.
    """
    return Hyperfine(np.array([[0, 0, 0], [1, 0, 0]]), np.tile(coupling, (2, 1)), gyromagnetic)
