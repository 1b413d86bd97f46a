"""Local interactions of several orbitals."""

from dataclasses import dataclass

import numpy as np

from onnes.errors import InvalidModel


@dataclass(frozen=True, slots=True)
class HubbardKanamori:
    """U n_up n_dn within an orbital, U' and Hund's J between orbitals, pair hopping J'.

    H = U sum_a n_a,up n_a,dn + (U' - J/2) sum_{a<b} n_a n_b - 2J sum_{a<b} S_a.S_b
        + J' sum_{a != b} c†_a,up c†_a,dn c_b,dn c_b,up

    Spin-rotation and orbital-rotation invariance: U' = U - 2J, J' = J.

    Parameters
    ----------
    U, Up, J, Jp : meV.
    """

    U: float
    Up: float
    J: float = 0.0
    Jp: float = 0.0

    def __post_init__(self) -> None:
        for name in ("U", "Up", "J", "Jp"):
            if not np.isfinite(getattr(self, name)):
                raise InvalidModel(name, getattr(self, name), "finite", "meV")

    @classmethod
    def rotational(cls, U: float, J: float = 0.0) -> "HubbardKanamori":
        """Return the rotationally invariant interaction, U' = U - 2J and J' = J."""
        return cls(U, U - 2 * J, J, J)

    def spin_vertex(self, n_orbitals: int) -> np.ndarray:
        """Return U_s[(ab), (cd)], float (n^2, n^2), meV: aa,aa U; ab,ab U'; aa,bb J; ab,ba J'.

        Rows and columns are pairs of orbitals a*n + b. chi_s = (1 - chi0 U_s)^-1 chi0.
        """
        return self._vertex(n_orbitals, self.U, self.Up, self.J, self.Jp)

    def charge_vertex(self, n_orbitals: int) -> np.ndarray:
        """Return U_c[(ab), (cd)]: aa,aa U; ab,ab 2J - U'; aa,bb 2U' - J; ab,ba J'. chi_c = (1 + chi0 U_c)^-1 chi0."""
        return self._vertex(n_orbitals, self.U, 2 * self.J - self.Up, 2 * self.Up - self.J, self.Jp)

    @staticmethod
    def _vertex(n: int, same: float, exchanged: float, direct: float, hop: float) -> np.ndarray:
        vertex = np.zeros((n, n, n, n))
        for a in range(n):
            vertex[a, a, a, a] = same
            for b in range(n):
                if a != b:
                    vertex[a, b, a, b], vertex[a, a, b, b], vertex[a, b, b, a] = exchanged, direct, hop
        return vertex.reshape(n * n, n * n)
