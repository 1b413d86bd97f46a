"""The proton of a hydrogen bond: a double well coupled to its neighbours, with the quantum mass it has.

One bond-stretching coordinate x, the distance of the proton from the middle of its bond::

    H = p^2/(2m) + kappa(P) x^2/2 + g x^4/4 - J <x> x

J is the mean field of the neighbours on the uniform off-centring (R3m) mode, so that kappa - J is
the harmonic stiffness of that mode and kappa the stiffness of one bond with all others held still.
The symmetric crystal (Im-3m) is stable while J chi(kappa, m, T) < 1.
"""

from dataclasses import dataclass
from math import exp, inf, isfinite, log, sqrt

from onnes.errors import InvalidInput, InvalidModel
from onnes.units import HBAR2_2ME, M_E, M_U

HBAR2 = 2 * HBAR2_2ME * M_E / M_U
"""hbar^2 over one atomic mass unit, meV angstrom^2 (4.1802): (hbar omega)^2 = HBAR2 K/m."""
MASSES: dict[str, float] = {"H": 1.00782503, "D": 2.01410178, "T": 3.01604928, "classical": inf}
"""Atomic masses, u (AME2020); the classical limit is an infinite mass."""


def mass_of(isotope: str) -> float:
    """Return the mass (u) of ``"H"``, ``"D"``, ``"T"`` or ``"classical"``; raise `InvalidInput` otherwise."""
    if isotope not in MASSES:
        raise InvalidInput(f"{isotope!r} is not an isotope of hydrogen", f"use one of {', '.join(MASSES)}")
    return MASSES[isotope]


@dataclass(frozen=True, slots=True)
class Proton:
    """One hydrogen bond at one pressure.

    Parameters
    ----------
    stiffness : kappa, meV/angstrom^2; negative for a bare double well.
    quartic : g, meV/angstrom^4, positive.
    coupling : J, meV/angstrom^2, not negative.
    mass : u; ``math.inf`` is the classical particle.
    """

    stiffness: float
    quartic: float
    coupling: float
    mass: float = MASSES["H"]

    def __post_init__(self) -> None:
        if not isfinite(self.stiffness):
            raise InvalidModel("stiffness", self.stiffness, "finite", "meV/angstrom^2")
        if not (self.quartic > 0 and isfinite(self.quartic)):
            raise InvalidModel("quartic", self.quartic, "positive", "meV/angstrom^4")
        if not (self.coupling >= 0 and isfinite(self.coupling)):
            raise InvalidModel("coupling", self.coupling, "not negative", "meV/angstrom^2")
        if not self.mass > 0:
            raise InvalidModel("mass", self.mass, "positive, or infinite for the classical limit", "u")

    @property
    def kinetic(self) -> float:
        """hbar^2/m, meV angstrom^2; 0 for the classical particle."""
        return HBAR2 / self.mass

    @property
    def is_classical(self) -> bool:
        return self.mass == inf

    def energy_of(self, stiffness: float) -> float:
        """Return hbar omega (meV) of an oscillator of this mass; negative where the stiffness is."""
        size = sqrt(abs(stiffness) * self.kinetic)
        return size if stiffness >= 0 else -size


@dataclass(frozen=True, slots=True)
class StiffnessCurve:
    """Stiffness of the bond against pressure: d kappa/dP = slope (P/P0)^(-exponent), kappa(P0) = kappa0.

    The exponent is 0 for a line. A solid that stiffens under pressure, V ~ P^(-1/n), has a positive one;
    the form stays monotonic at any pressure, unlike a parabola.

    Parameters
    ----------
    reference : P0, GPa, positive.
    stiffness : kappa0, meV/angstrom^2.
    slope : meV/angstrom^2/GPa, positive.
    exponent : dimensionless.
    """

    reference: float
    stiffness: float
    slope: float
    exponent: float = 0.0

    def __post_init__(self) -> None:
        if not (self.reference > 0 and isfinite(self.reference)):
            raise InvalidModel("reference", self.reference, "positive", "GPa")
        if not (self.slope > 0 and isfinite(self.slope)):
            raise InvalidModel("slope", self.slope, "positive", "meV/angstrom^2/GPa")
        if not (isfinite(self.stiffness) and isfinite(self.exponent)):
            raise InvalidModel("stiffness or exponent", (self.stiffness, self.exponent), "finite")

    def at(self, pressure: float) -> float:
        """Return kappa (meV/angstrom^2) at ``pressure`` (GPa, positive)."""
        return self.stiffness + self.slope * stretch(pressure, self.reference, self.exponent)

    def pressure_at(self, stiffness: float) -> float:
        """Return the pressure (GPa) at which kappa has this value; raise `InvalidInput` where it never does."""
        scaled, power = (stiffness - self.stiffness) / (self.slope * self.reference), 1 - self.exponent
        if abs(power) < 1e-12:
            return self.reference * exp(scaled)
        base = 1 + power * scaled
        if base <= 0:
            raise InvalidInput(
                f"kappa = {stiffness:.6g} meV/angstrom^2 is never reached by this curve",
                "ask for a stiffness nearer to its reference",
            )
        return self.reference * base ** (1 / power)


def stretch(pressure: float, reference: float, exponent: float) -> float:
    """Return the integral of (p/P0)^(-exponent) dp from P0 to P, GPa."""
    if not pressure > 0:
        raise InvalidInput(f"a pressure of {pressure} GPa", "give a positive pressure")
    ratio, power = pressure / reference, 1 - exponent
    return reference * (log(ratio) if abs(power) < 1e-12 else (ratio**power - 1) / power)


@dataclass(frozen=True, slots=True)
class HydrogenBond:
    """A hydrogen bond at any pressure and of any isotope: kappa(P) with g and J that do not depend on P.

    Parameters
    ----------
    curve : kappa(P).
    quartic : g, meV/angstrom^4.
    coupling : J, meV/angstrom^2.
    """

    curve: StiffnessCurve
    quartic: float
    coupling: float

    def __post_init__(self) -> None:
        Proton(0.0, self.quartic, self.coupling)

    def proton(self, pressure: float, isotope: str | float = "H") -> Proton:
        """Return the bond at ``pressure`` (GPa) with an isotope by name or mass (u)."""
        mass = mass_of(isotope) if isinstance(isotope, str) else float(isotope)
        return Proton(self.curve.at(pressure), self.quartic, self.coupling, mass)
