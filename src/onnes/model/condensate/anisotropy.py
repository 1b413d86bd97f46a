"""What a crystal adds to an isotropic superconductor: nonlocal screening, unequal masses, higher gradients."""

from dataclasses import dataclass
from math import isfinite, sqrt

import numpy as np

from onnes.errors import InvalidModel


@dataclass(frozen=True, slots=True)
class Nonlocality:
    r"""Fully symmetric tensor n of fourth rank, nm^2: screening currents average the field over a distance.

    .. math:: \lambda^{-2}_{ij}(k)=\lambda^{-2}(\delta_{ij}-n_{ijlm}k_lk_m),\qquad
              n_{ijlm}\propto\langle v_iv_jv_lv_m\rangle

    over the Fermi surface: V. G. Kogan et al., Phys. Rev. B 54, 12386 (1996), doi:10.1103/PhysRevB.54.12386, whose
    n is this one over lambda^2. The six components are those that mirror planes along the crystal axes leave.

    Raises
    ------
    InvalidModel : components that no distribution of velocities has: negative, or n_iijj^2 > n_iiii n_jjjj.
    """

    xxxx: float = 0.0
    yyyy: float = 0.0
    zzzz: float = 0.0
    xxyy: float = 0.0
    yyzz: float = 0.0
    zzxx: float = 0.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not 0 <= getattr(self, name) < float("inf"):
                raise InvalidModel(f"Nonlocality.{name}", getattr(self, name), "zero or positive", "nm^2")
        for one, other in (("x", "y"), ("y", "z"), ("z", "x")):
            name = f"{one * 2}{other * 2}"
            most = sqrt(getattr(self, one * 4) * getattr(self, other * 4))
            if getattr(self, name) > most * (1 + 1e-12):
                raise InvalidModel(
                    f"Nonlocality.{name}", getattr(self, name), f"at most {most:.6g} (Cauchy-Schwarz)", "nm^2"
                )

    @property
    def tensor(self) -> np.ndarray:
        """The tensor on the crystal axes, nm^2, shape (3, 3, 3, 3)."""
        found = np.zeros((3, 3, 3, 3))
        for i, value in enumerate((self.xxxx, self.yyyy, self.zzzz)):
            found[i, i, i, i] = value
        for (i, j), value in zip(((0, 1), (1, 2), (2, 0)), (self.xxyy, self.yyzz, self.zzxx), strict=True):
            for place in ((i, i, j, j), (i, j, i, j), (i, j, j, i), (j, j, i, i), (j, i, j, i), (j, i, i, j)):
                found[place] = value
        return found


def cubic_nonlocality(xxxx: float, xxyy: float) -> Nonlocality:
    """Return the tensor of a cubic metal, nm^2; xxxx = 3 xxyy is an isotropic one."""
    return Nonlocality(xxxx, xxxx, xxxx, xxyy, xxyy, xxyy)


def tetragonal_nonlocality(xxxx: float, xxyy: float, zzzz: float, zzxx: float) -> Nonlocality:
    """Return the tensor of a tetragonal metal with its fourfold axis along z, nm^2."""
    return Nonlocality(xxxx, xxxx, zzzz, xxyy, zzxx, zzxx)


def uniaxial_masses(ratio: float) -> tuple[float, float, float]:
    """Return the masses (m_a, m_a, m_c) of product 1 whose ratio m_c/m_a is given."""
    if not 0 < ratio < float("inf"):
        raise InvalidModel("mass ratio", ratio, "positive and finite")
    return ratio ** (-1 / 3), ratio ** (-1 / 3), ratio ** (2 / 3)


@dataclass(frozen=True, slots=True)
class GradientTerms:
    r"""Higher gradients of a cubic Ginzburg-Landau energy, in units of B_c^2/mu0.

    .. math:: \gamma\,\xi^4|D^2\psi|^2+\varepsilon\,\xi^4\sum_a|D_a^2\psi|^2+\zeta\,\xi^6\sum_a|D_a^3\psi|^2,
              \qquad a=x,y,z

    In weak coupling and a clean metal epsilon is minus a positive number times <v_x^4> - 3 <v_x^2 v_y^2>. There gamma
    is negative too and the expansion bounded only with all its orders; gamma shifts Hc2 and, to first order, no shape.

    Parameters
    ----------
    isotropic, cubic, sextic : gamma, epsilon, zeta; dimensionless.

    Raises
    ------
    InvalidModel : an energy that is not bounded: gamma + epsilon < 0, gamma + epsilon/3 < 0 or zeta < 0.
    """

    isotropic: float = 0.0
    cubic: float = 0.0
    sextic: float = 0.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not isfinite(getattr(self, name)):
                raise InvalidModel(f"GradientTerms.{name}", getattr(self, name), "finite")
        # the sum of k_a^4 over the axes lies between 1/3 ([111]) and 1 ([001]) for a unit vector
        least = self.isotropic + min(self.cubic, self.cubic / 3)
        if least < 0:
            raise InvalidModel(
                "GradientTerms.isotropic",
                self.isotropic,
                f"at least {self.isotropic - least:.6g}: bounded below",
            )
        if self.sextic < 0:
            raise InvalidModel("GradientTerms.sextic", self.sextic, "zero or positive")
