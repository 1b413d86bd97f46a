"""Vortex lattices that feel their crystal: the material, the induction and the direction of the field."""

from dataclasses import dataclass
from math import isfinite, pi, prod, sqrt

import numpy as np

from onnes.errors import InvalidModel
from onnes.model.condensate.anisotropy import GradientTerms, Nonlocality
from onnes.model.condensate.ginzburg_landau import GinzburgLandau
from onnes.units import PHI_0


@dataclass(frozen=True, slots=True)
class NonlocalLondon:
    r"""A superconductor of large kappa far below Hc2, with masses and nonlocal screening on crystal axes.

    .. math:: \mu_0\lambda^2(m_{ij}+n_{ijlm}k_lk_m)j_j=-a_i,\qquad
              \bar B\,e^{-\frac12\xi^2k\cdot m^{-1}k}\ \text{as the source of a lattice}

    Parameters
    ----------
    penetration_depth : lambda, nm; the geometric mean where masses differ.
    coherence_length : xi of the cut-off at the cores, nm; likewise.
    mass : (m_x, m_y, m_z) of product 1.
    nonlocality : n, nm^2.

    Raises
    ------
    InvalidModel : a length or mass that is not positive, masses of another product than 1.
    """

    penetration_depth: float
    coherence_length: float
    mass: tuple[float, float, float] = (1.0, 1.0, 1.0)
    nonlocality: Nonlocality = Nonlocality()  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        for name in ("penetration_depth", "coherence_length"):
            if not 0 < getattr(self, name) < float("inf"):
                raise InvalidModel(f"NonlocalLondon.{name}", getattr(self, name), "positive and finite", "nm")
        if len(self.mass) != 3 or not all(0 < m < float("inf") for m in self.mass):
            raise InvalidModel("NonlocalLondon.mass", self.mass, "three positive numbers")
        if abs(prod(self.mass) - 1) > 1e-9:
            raise InvalidModel("NonlocalLondon.mass", self.mass, "of product 1 (see uniaxial_masses)")

    @property
    def upper_critical_field(self) -> float:
        """Phi_0/(2 pi xi^2) of the mean xi, T: only the scale of the cut-off here."""
        return PHI_0 / (2 * pi * (self.coherence_length * 1e-9) ** 2)


@dataclass(frozen=True, slots=True)
class CubicGinzburgLandau:
    """A cubic superconductor of large kappa with higher gradients: `GinzburgLandau` and `GradientTerms`."""

    material: GinzburgLandau
    terms: GradientTerms

    @property
    def upper_critical_field(self) -> float:
        """mu0 Hc2 without the higher gradients, T."""
        return self.material.upper_critical_field


@dataclass(frozen=True, slots=True)
class DirectedLattice:
    """A lattice of straight vortices along a direction of the crystal.

    Parameters
    ----------
    material : `NonlocalLondon` or `CubicGinzburgLandau`.
    induction : mean induction, T.
    direction : of the induction on the crystal axes, of any length: (0, 0, 1), (1, 1, 1), (1, 1, 0), ...

    Raises
    ------
    InvalidModel : an induction that is not positive or not below the upper critical field; a direction of length zero.
    """

    material: NonlocalLondon | CubicGinzburgLandau
    induction: float
    direction: tuple[float, float, float] = (0, 0, 1)

    def __post_init__(self) -> None:
        limit = self.material.upper_critical_field
        if not 0 < self.induction < limit:
            raise InvalidModel("DirectedLattice.induction", self.induction, f"between 0 and {limit:.4g}", "T")
        if len(self.direction) != 3 or not all(map(isfinite, self.direction)) or not any(self.direction):
            raise InvalidModel("DirectedLattice.direction", self.direction, "three numbers, not all zero")

    @property
    def area(self) -> float:
        """Area of a vortex, Phi_0/B, nm^2."""
        return PHI_0 / self.induction * 1e18

    @property
    def reduced_induction(self) -> float:
        """b, induction over the upper critical field of the material."""
        return self.induction / self.material.upper_critical_field

    @property
    def axes(self) -> np.ndarray:
        """Unit vectors e1, e2 of the plane of the lattice and u of the field, as rows on the crystal axes.

        e1 is where the crystal's z axis falls on the plane, and x where the field is along z: [100] and [010] for
        [001]; [001] and [1-10] for [110]; [-1-12] and [1-10] for [111].
        """
        u = np.asarray(self.direction, float) / sqrt(sum(d * d for d in self.direction))
        along = np.array([0.0, 0.0, 1.0]) - u[2] * u
        if np.linalg.norm(along) < 1e-9:
            along = np.array([1.0, 0.0, 0.0]) - u[0] * u
        first = along / np.linalg.norm(along)
        return np.array([first, np.cross(u, first), u])
