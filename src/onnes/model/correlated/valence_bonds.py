"""The t-J model of the infinite square lattice, for theories of resonating valence bonds."""

from dataclasses import dataclass

import numpy as np

from onnes.errors import InvalidModel


@dataclass(frozen=True, slots=True)
class SquareTJ:
    """Electrons that never share a site of the square lattice, with exchange between nearest neighbours.

    ``H = P[-t sum_<ij> c+_i c_j - t' sum_<<ij>> c+_i c_j + h.c.]P + J sum_<ij> S_i.S_j``, meV, each bond once, both
    spins, P removing doubly occupied sites. The term -J n_i n_j/4 of the large-U limit (`onnes.model.TJ` on a
    cluster) is left out: at a given doping x it is the number -(J/2)(1 - x)^2 for each site in the Gutzwiller
    approximation.

    Parameters
    ----------
    t : hopping to the nearest neighbours, meV, not zero.
    J : exchange, meV, positive (antiferromagnetic).
    t_prime : hopping along the diagonals, meV; of the sign opposite to t in hole-doped cuprates.

    Raises
    ------
    InvalidModel : numbers that are not finite, t = 0, J <= 0.
    """

    t: float
    J: float
    t_prime: float = 0.0

    def __post_init__(self) -> None:
        for name in ("t", "J", "t_prime"):
            if not np.isfinite(getattr(self, name)):
                raise InvalidModel(name, getattr(self, name), "finite", "meV")
        if self.t == 0:
            raise InvalidModel("t", self.t, "different from zero", "meV")
        if self.J <= 0:
            raise InvalidModel(
                "J", self.J, "positive: valence bonds form between antiferromagnetic spins", "meV"
            )
