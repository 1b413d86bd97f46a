"""A metal whose electrons are paired by phonons, by electronic excitations (excitons), against Coulomb repulsion.

Little, Phys. Rev. 134, A1416 (1964); Ginzburg, Sov. Phys. JETP 20, 1549 (1965); Allender, Bray and
Bardeen, Phys. Rev. B 7, 1020 (1973). One description, two readings: square wells, solved exactly by
`onnes.solve.two_well_temperature`, or Einstein peaks of an alpha2F, solved by the Eliashberg equations.
"""

from dataclasses import dataclass
from math import isfinite

from onnes.errors import InvalidModel
from onnes.model.phonons.glue import MuStar, PhononGlue
from onnes.model.phonons.peaks import einstein


@dataclass(frozen=True, slots=True)
class Filament:
    """The one-dimensional conductor that Little proposed: a spine of conjugated bonds with polarisable side chains.

    Parameters
    ----------
    fermi_velocity : nm/ps (10^6 m/s is 1000 nm/ps).
    length : nm, over which a resistance is to vanish.
    channels : number of conducting spines that share one phase.
    """

    fermi_velocity: float
    length: float
    channels: int = 1

    def __post_init__(self) -> None:
        _positive("fermi_velocity", self.fermi_velocity, "nm/ps")
        _positive("length", self.length, "nm")
        if not (isinstance(self.channels, int) and self.channels >= 1):
            raise InvalidModel("channels", self.channels, "a whole number, at least 1")


@dataclass(frozen=True, slots=True)
class ExcitonMetal:
    """Phonon attraction below omega_ph, exciton attraction below omega_ex, repulsion mu up to the Fermi energy.

    N_0 V(xi, xi') = lambda_ph theta_ph theta_ph' + lambda_ex theta_ex theta_ex' - mu theta_F theta_F'

    Parameters
    ----------
    lambda_ph, omega_ph : phonon coupling (zero allowed) and its energy, meV.
    lambda_ex, omega_ex : exciton coupling (zero allowed) and its energy, meV; omega_ex > omega_ph.
    mu : screened Coulomb repulsion N_0 V_c, not mu*; it acts up to ``fermi_energy``.
    fermi_energy : meV. An exciton well wider than the band is cut at it, since there are no states beyond.
    filament : the one-dimensional conductor, where it is one.

    Raises
    ------
    InvalidModel : negative couplings, no attraction at all, or energies out of order.
    """

    lambda_ph: float
    omega_ph: float
    lambda_ex: float
    omega_ex: float
    mu: float
    fermi_energy: float
    filament: Filament | None = None

    def __post_init__(self) -> None:
        for name in ("lambda_ph", "lambda_ex", "mu"):
            value = getattr(self, name)
            if not (isfinite(value) and value >= 0):
                raise InvalidModel(name, value, "zero or positive")
        for name in ("omega_ph", "omega_ex", "fermi_energy"):
            _positive(name, getattr(self, name), "meV")
        if self.lambda_ph + self.lambda_ex == 0:
            raise InvalidModel("lambda_ph + lambda_ex", 0.0, "positive")
        if self.omega_ex <= self.omega_ph:
            raise InvalidModel(
                "omega_ex", self.omega_ex, f"above the phonon energy ({self.omega_ph:.6g})", "meV"
            )
        if self.fermi_energy <= self.omega_ph:
            raise InvalidModel(
                "fermi_energy", self.fermi_energy, f"above the phonon energy ({self.omega_ph:.6g})", "meV"
            )

    @property
    def exciton_edge(self) -> float:
        """Half-width of the exciton well, meV: omega_ex, or the Fermi energy where the band is narrower."""
        return min(self.omega_ex, self.fermi_energy)

    def glue(self) -> PhononGlue:
        """Return the same metal for the Eliashberg equations: Einstein peaks, and mu with its cutoff at E_F."""
        wells = ((self.omega_ph, self.lambda_ph), (self.omega_ex, self.lambda_ex))
        peaks = [einstein(omega, coupling) for omega, coupling in wells if coupling > 0]
        spectrum = peaks[0] if len(peaks) == 1 else peaks[0] + peaks[1]
        return PhononGlue(spectrum, MuStar(self.mu, cutoff=float(self.fermi_energy)))


def _positive(name: str, value: float, unit: str) -> None:
    if not (isfinite(value) and value > 0):
        raise InvalidModel(name, value, "positive", unit)
