"""Published inputs for superconducting hydrides, and how electrons couple to the three kinds of mode of one.

The numbers lie in ``hydrides.toml`` beside this file, each with its source and how it was checked.
"""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from onnes.errors import InvalidInput, InvalidModel
from onnes.model.phonons.peaks import from_peaks
from onnes.model.phonons.proton import HBAR2, MASSES, Proton
from onnes.model.phonons.spectrum import Spectrum
from onnes.units import factor

TABLE = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True, slots=True)
class HydrideMoments:
    """One published calculation: moments where they were published, and the Tc it found.

    Parameters
    ----------
    material, phase : names.
    pressure : GPa.
    mu_star : Coulomb pseudopotential that was used.
    critical_temperature : K.
    formula : ``"Migdal-Eliashberg"``, ``"McMillan"``, ``"Allen-Dynes"`` or ``"unknown"``.
    source, status, note : where it came from and how it was checked.
    coupling : lambda; None where it could not be had.
    omega_log : meV; None where it could not be had.
    second_mu_star, second_critical_temperature : the same input with another mu*, where published.
    """

    material: str
    phase: str
    pressure: float
    mu_star: float
    critical_temperature: float
    formula: str
    source: str
    status: str
    note: str = ""
    coupling: float | None = None
    omega_log: float | None = None
    second_mu_star: float | None = None
    second_critical_temperature: float | None = None

    def __post_init__(self) -> None:
        if self.status not in ("verified", "derived", "recalled"):
            raise InvalidModel("status", self.status, "verified, derived or recalled")
        for name in ("pressure", "critical_temperature", "coupling", "omega_log"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise InvalidModel(name, value, "positive")


@dataclass(frozen=True, slots=True)
class H3SLattice:
    """Stiffnesses of H3S in real units, from the harmonic matrices and the Hessian of one published calculation.

    Stiffnesses in meV/angstrom^2. ``coupling`` (J) is the on-site stretching stiffness less the stiffness of the
    in-phase triplet at Gamma; ``quartic`` (g) is what turns the harmonic triplet into the one of the Hessian,
    3 g <x^2> = K - kappa with <x^2> of a bond of stiffness K (self-consistent harmonic, the approximation that
    the Hessian was computed in).
    """

    lattice_constant: float
    soft_mode_cm: float
    soft_mode_anharmonic_cm: float
    stretch_stiffness: float
    bend_stiffness: float
    bend_stiffness_anharmonic: float
    sulphur_cm: tuple[float, ...]
    sulphur_weight: tuple[float, ...]
    source: str
    status: str
    note: str = ""

    def mode_stiffness(self, wavenumber: float) -> float:
        """Return -/+ m_H omega^2 (meV/angstrom^2) of a hydrogen mode of this wavenumber (1/cm; negative: imaginary)."""
        energy = wavenumber * factor("cm-1", "energy")
        return abs(energy) * energy * MASSES["H"] / HBAR2

    @property
    def coupling(self) -> float:
        return self.stretch_stiffness - self.mode_stiffness(self.soft_mode_cm)

    @property
    def quartic(self) -> float:
        stiffness = self.coupling + self.mode_stiffness(self.soft_mode_anharmonic_cm)
        variance = Proton(stiffness, 1.0, 0.0).kinetic / (
            2 * Proton(stiffness, 1.0, 0.0).energy_of(stiffness)
        )
        return (stiffness - self.stretch_stiffness) / (3 * variance)

    @property
    def sulphur_energies(self) -> tuple[float, ...]:
        """Energies of the sulphur modes, meV."""
        return tuple(w * factor("cm-1", "energy") for w in self.sulphur_cm)


@dataclass(frozen=True, slots=True)
class HydrogenModes:
    """How electrons couple to heavy atoms, to bending and to stretching hydrogen.

    Each direction of motion of hydrogen has one and the same Hopfield stiffness eta, so that lambda of a mode
    is eta times its static susceptibility: eta/K for an oscillator of stiffness K, with any mass. Stretching is
    one direction, bending two; the heavy atoms keep their part of lambda.

    Parameters
    ----------
    hopfield : eta, meV/angstrom^2, positive.
    bend_stiffness : meV/angstrom^2, positive.
    heavy_coupling : lambda of the heavy atoms, not negative.
    heavy_energies, heavy_weights : their energies (meV) and numbers; lambda is shared as weight/energy^2.
    """

    hopfield: float
    bend_stiffness: float
    heavy_coupling: float
    heavy_energies: tuple[float, ...]
    heavy_weights: tuple[float, ...]

    def __post_init__(self) -> None:
        for name in ("hopfield", "bend_stiffness"):
            if not getattr(self, name) > 0:
                raise InvalidModel(name, getattr(self, name), "positive", "meV/angstrom^2")
        if not self.heavy_coupling >= 0:
            raise InvalidModel("heavy_coupling", self.heavy_coupling, "not negative")
        if len(self.heavy_energies) != len(self.heavy_weights) or not all(e > 0 for e in self.heavy_energies):
            raise InvalidModel("heavy_energies", self.heavy_energies, "positive, one for each weight", "meV")

    def rest(self, mass: float) -> Spectrum:
        """Return the spectrum of everything but stretching, with hydrogen of this mass (u)."""
        bend = Proton(self.bend_stiffness, 1.0, 0.0, mass).energy_of(self.bend_stiffness)
        shares = [n / e**2 for n, e in zip(self.heavy_weights, self.heavy_energies, strict=True)]
        heavy = [self.heavy_coupling * s / sum(shares) for s in shares]
        energies, couplings = [bend], [2 * self.hopfield / self.bend_stiffness]
        if self.heavy_coupling > 0:
            energies, couplings = [*self.heavy_energies, bend], [*heavy, *couplings]
        return from_peaks(energies, couplings)


@lru_cache(maxsize=1)
def _table() -> dict:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def h3s_lattice() -> H3SLattice:
    """Return the stiffnesses of H3S with their source."""
    return H3SLattice(
        **{k: tuple(v) if isinstance(v, list) else v for k, v in _table()["h3s_lattice"].items()}
    )


def published_hydrides(material: str) -> tuple[HydrideMoments, ...]:
    """Return every published calculation on record for ``"H3S"``, ``"LaH10"`` or ``"H"``, by pressure.

    Raises
    ------
    InvalidInput : a material that is not on record.
    """
    found = [HydrideMoments(**row) for row in _table()["moments"] if row["material"] == material]
    if not found:
        known = ", ".join(sorted({row["material"] for row in _table()["moments"]}))
        raise InvalidInput(f"no published moments of {material!r}", f"ask for one of {known}")
    return tuple(sorted(found, key=lambda row: row.pressure))
