"""The gas of translation-invariant (TI) bipolarons of Lakhno: a contested model of high-Tc superconductivity.

Two electrons bound by phonons are taken to be delocalised, with the ground state E_bp separated by
a gap w0 (the phonon energy) from a continuum that moves with twice the *band* mass::

    E(k) = E_bp + w0 + k^2/2M   (k != 0),      M = 2 m

V. D. Lakhno, Condens. Matter 5, 30 (2020), doi:10.3390/condmat5020030; Adv. Condens. Matter Phys.
2018, 1380986 (arXiv:1507.08510); arXiv:1806.09449.

What is disputed: a bound pair in a translation-invariant medium also has the branch
E_bp + P^2/2M_bp of its own uniform motion, with no gap and the heavy bipolaron mass M_bp; the
spectrum above leaves it out. `BipolaronGas.moving_pairs` is the same gas with that branch alone.
"""

from dataclasses import dataclass
from math import isfinite, pi, sqrt

from onnes.errors import InvalidModel
from onnes.units import E_CHARGE, HBAR2_2ME, M_E, MU_0

DILUTE = 0.1
"""Largest n l^3 for which pairs of size l do not overlap to ten per cent: the model's own condition n l^3 << 1."""


@dataclass(frozen=True, slots=True)
class BipolaronGas:
    """Lakhno's gas of TI-bipolarons. Contested; see the module's docstring.

    Parameters
    ----------
    density_cm3 : pairs per cm^3.
    gap : w0, meV: energy of the phonon that separates the ground state from the continuum; 0 allowed.
    band_mass : m, electron masses; the continuum moves with M = 2 m.
    correlation_length : size of a pair, nm; enters only `overlap`.

    Raises
    ------
    InvalidModel : a density, mass or length that is not positive, or a negative gap.
    """

    density_cm3: float
    gap: float
    band_mass: float = 1.0
    correlation_length: float | None = None

    def __post_init__(self) -> None:
        _require("density_cm3", self.density_cm3, self.density_cm3 > 0, "positive", "cm^-3")
        _require("gap", self.gap, self.gap >= 0, "zero or positive", "meV")
        _require("band_mass", self.band_mass, self.band_mass > 0, "positive", "m_e")
        if self.correlation_length is not None:
            _require(
                "correlation_length", self.correlation_length, self.correlation_length > 0, "positive", "nm"
            )

    @property
    def pair_mass(self) -> float:
        """M = 2 m, electron masses."""
        return 2 * self.band_mass

    @property
    def quantum_energy(self) -> float:
        """2 pi hbar^2 n^(2/3)/M, meV: k times the temperature at which n times the cubed thermal wavelength is 1."""
        density = self.density_cm3 * 1e-24  # 1/angstrom^3
        return 4 * pi * HBAR2_2ME * density ** (2 / 3) / self.pair_mass

    def reduced_constant(self, scale: float) -> float:
        """Return C_bp = [n^(2/3) 2 pi hbar^2/(M w*)]^(3/2), Lakhno's constant, for w* = ``scale`` meV."""
        _require("scale", scale, scale > 0, "positive", "meV")
        return (self.quantum_energy / scale) ** 1.5

    @property
    def overlap(self) -> float | None:
        """n l^3, pairs in the volume of one pair; None where no correlation length was given."""
        return (
            None if self.correlation_length is None else self.density_cm3 * 1e-21 * self.correlation_length**3
        )

    @property
    def dilute(self) -> bool | None:
        """Whether the gas meets its own condition n l^3 << 1 (below 0.1); None where the length is unknown."""
        return None if self.overlap is None else self.overlap <= DILUTE

    @property
    def london_depth(self) -> float:
        """London penetration depth of the fully condensed gas, nm: lambda_L = [M/(mu_0 n (2e)^2)]^(1/2)."""
        return 1e9 * sqrt(self.pair_mass * M_E / (MU_0 * self.density_cm3 * 1e6 * (2 * E_CHARGE) ** 2))

    def moving_pairs(self, bipolaron_mass: float) -> "BipolaronGas":
        """Return the rival gas of pairs that move as a whole: no gap, mass ``bipolaron_mass`` (electron masses)."""
        return BipolaronGas(self.density_cm3, 0.0, bipolaron_mass / 2, self.correlation_length)


def _require(name: str, value: float, fine: bool, allowed: str, unit: str) -> None:
    if not (isfinite(value) and fine):
        raise InvalidModel(name, value, allowed, unit)
