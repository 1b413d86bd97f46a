"""A lattice of straight vortices: its material, its mean induction and the shape of its cell."""

from dataclasses import dataclass
from math import cos, pi, radians, sin, sqrt

import numpy as np

from onnes.errors import InvalidModel
from onnes.model.condensate.ginzburg_landau import GinzburgLandau


@dataclass(frozen=True, slots=True)
class VortexLattice:
    """Straight vortices that repeat in a cell of vectors a1 (along x) and a2.

    Parameters
    ----------
    material : of any kappa.
    induction : mean induction in T, positive; the area of the cell is ``quanta`` flux quanta over it.
    angle : between a1 and a2, degrees: 60 with ``ratio`` 1 is the triangular lattice, 90 the square one.
    ratio : |a2|/|a1|.
    quanta : vortices in a cell; more than one may arrange themselves in it.

    Raises
    ------
    InvalidModel : an induction or ratio that is not positive, an angle outside (0, 180), quanta below one.
    """

    material: GinzburgLandau
    induction: float
    angle: float = 60.0
    ratio: float = 1.0
    quanta: int = 1

    def __post_init__(self) -> None:
        for name, unit in (("induction", "T"), ("ratio", "")):
            value = getattr(self, name)
            if not 0 < value < float("inf"):
                raise InvalidModel(f"VortexLattice.{name}", value, "positive and finite", unit)
        if not 0 < self.angle < 180:
            raise InvalidModel("VortexLattice.angle", self.angle, "between 0 and 180", "degrees")
        if self.quanta < 1 or int(self.quanta) != self.quanta:
            raise InvalidModel("VortexLattice.quanta", self.quanta, "a whole number, at least one")

    @property
    def reduced_induction(self) -> float:
        """b, induction over mu0 Hc2."""
        return self.induction / self.material.upper_critical_field

    @property
    def vectors(self) -> np.ndarray:
        """Cell vectors a1 and a2, nm, as the rows of a matrix."""
        turn = radians(self.angle)
        area = 2 * pi * self.quanta / self.reduced_induction * self.material.coherence_length**2
        length = sqrt(area / (self.ratio * sin(turn)))
        return length * np.array([[1.0, 0.0], [self.ratio * cos(turn), self.ratio * sin(turn)]])

    @property
    def modulus(self) -> complex:
        """tau = a2/a1 as complex numbers: all that the shape of a cell is."""
        turn = radians(self.angle)
        return self.ratio * complex(cos(turn), sin(turn))
