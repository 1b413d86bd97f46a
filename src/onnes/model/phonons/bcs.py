"""Weak-coupling superconductors: what is left of the pairing when only Tc and the symmetry matter."""

from dataclasses import dataclass, replace
from math import isfinite, sqrt
from typing import Literal

from onnes.errors import InvalidModel


@dataclass(frozen=True, slots=True)
class PairBreaking:
    """Scattering that breaks pairs, in the convention of Abrikosov and Gor'kov as written by Maki.

    ``rate`` is alpha in ln(Tc0/Tc) = psi(1/2 + alpha/(2 pi k Tc)) - psi(1/2), so that Tc falls with
    d(kTc)/d(alpha) = -pi/4 and vanishes at alpha = Delta_00/2, half the gap of the clean metal.
    For magnetic impurities in an s wave alpha = hbar/tau_s with the spin-flip time of Abrikosov and
    Gor'kov (authors differ by factors of 2: the equation above is the definition). For isotropic
    non-magnetic impurities in a d wave alpha = hbar/(2 tau), tau being the lifetime of the electron.

    Parameters
    ----------
    rate : alpha, meV, >= 0.
    """

    rate: float

    def __post_init__(self) -> None:
        if not (isfinite(self.rate) and self.rate >= 0):
            raise InvalidModel("pair-breaking rate", self.rate, "finite and not negative", "meV")


@dataclass(frozen=True, slots=True)
class BCS:
    """A weak-coupling superconductor with the gap Delta f(phi) on a circular Fermi line.

    f = 1 (``"s"``: the same in all directions; sphere or circle alike) or f = cos 2 phi (``"d"``).

    Parameters
    ----------
    critical_temperature : K, Tc of the clean material.
    symmetry : ``"s"`` or ``"d"``.
    pair_breaking : impurities that break pairs; none by default. Non-magnetic impurities leave an
        isotropic s wave as it is (Anderson's theorem) and are not described.
    """

    critical_temperature: float
    symmetry: Literal["s", "d"] = "s"
    pair_breaking: PairBreaking = PairBreaking(0.0)

    def __post_init__(self) -> None:
        if not (isfinite(self.critical_temperature) and self.critical_temperature > 0):
            raise InvalidModel("critical_temperature", self.critical_temperature, "positive and finite", "K")
        if self.symmetry not in ("s", "d"):
            raise InvalidModel("symmetry", self.symmetry, "'s' or 'd'")
        if not isinstance(self.pair_breaking, PairBreaking):
            raise InvalidModel("pair_breaking", self.pair_breaking, "a PairBreaking(rate in meV)")

    def with_pair_breaking(self, rate: float) -> "BCS":
        """Return the same material with a pair-breaking rate (meV)."""
        return replace(self, pair_breaking=PairBreaking(rate))


@dataclass(frozen=True, slots=True)
class SquareWell:
    """The attraction of Bardeen, Cooper and Schrieffer: constant within a shell, zero outside.

    V f(phi) f(phi') / <f^2> for |xi|, |xi'| < cutoff. The dimensionless coupling is N V, with N the
    density of states of one spin; it fixes Tc whatever the symmetry.

    Parameters
    ----------
    coupling : N V, dimensionless, > 0.
    cutoff : half width of the shell around the Fermi level, meV; the phonon energy.
    """

    coupling: float
    cutoff: float

    def __post_init__(self) -> None:
        if not (isfinite(self.coupling) and self.coupling > 0):
            raise InvalidModel("coupling", self.coupling, "positive and finite (an attraction)")
        if not (isfinite(self.cutoff) and self.cutoff > 0):
            raise InvalidModel("cutoff", self.cutoff, "positive and finite", "meV")

    def with_mass(self, ratio: float) -> "SquareWell":
        """Return the same crystal with ions ``ratio`` times as heavy: the cutoff goes as M^-1/2.

        The force constants, hence N V, do not depend on the mass.
        """
        if not (isfinite(ratio) and ratio > 0):
            raise InvalidModel("mass ratio", ratio, "positive and finite")
        return replace(self, cutoff=self.cutoff / sqrt(ratio))
