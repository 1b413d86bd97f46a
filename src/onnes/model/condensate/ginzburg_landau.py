"""A superconductor near its transition: two lengths, a resistivity, and every scale that follows from them."""

from dataclasses import dataclass
from math import pi, sqrt

from onnes.errors import InvalidInput, InvalidModel
from onnes.units import MU_0, PHI_0

NM, PS = 1e-9, 1e-12


@dataclass(frozen=True, slots=True)
class GinzburgLandau:
    r"""A Ginzburg-Landau superconductor at its working temperature.

    .. math:: F=\frac{B_c^2}{\mu_0}\int[-|\psi|^2+\tfrac12|\psi|^4
              +\xi^2|(\nabla-\tfrac{2\pi i}{\Phi_0}A)\psi|^2]dV+\int\frac{B^2}{2\mu_0}dV

    Parameters
    ----------
    coherence_length : xi, nm.
    penetration_depth : lambda, London depth of the bulk material, nm.
    resistivity : of the normal state, uOhm cm; only dynamics needs it.
    relaxation : u, ratio of the relaxation times of amplitude and charge: 5.79 in a dirty superconductor
        without magnetic impurities, 12 with many of them (Gor'kov and Eliashberg 1968).
    inelastic : gamma = 2 tau_in Delta_0/hbar of Kramer and Watts-Tobin, PRL 40, 1041 (1978).
    critical_temperature : Tc in K; only heating and noise need it.
    temperature : working temperature in K, at which the two lengths are given.

    Raises
    ------
    InvalidModel : a length, u or Tc not positive; gamma or a resistivity negative; temperature above Tc.
    """

    coherence_length: float
    penetration_depth: float
    resistivity: float | None = None
    relaxation: float = 5.79
    inelastic: float = 10.0
    critical_temperature: float | None = None
    temperature: float | None = None

    def __post_init__(self) -> None:
        for name, unit in (("coherence_length", " nm"), ("penetration_depth", " nm"), ("relaxation", "")):
            _positive(name, getattr(self, name), unit)
        for name, unit in (
            ("resistivity", " uOhm cm"),
            ("critical_temperature", " K"),
            ("temperature", " K"),
        ):
            if getattr(self, name) is not None:
                _positive(name, getattr(self, name), unit)
        if not 0 <= self.inelastic < float("inf"):
            raise InvalidModel("GinzburgLandau.inelastic", self.inelastic, "zero or positive and finite")
        tc, t = self.critical_temperature, self.temperature
        if tc is not None and t is not None and t >= tc:
            raise InvalidModel("GinzburgLandau.temperature", t, f"below the critical temperature {tc:g}", "K")

    @property
    def kappa(self) -> float:
        """Ginzburg-Landau parameter lambda/xi; type II above 1/sqrt 2."""
        return self.penetration_depth / self.coherence_length

    @property
    def upper_critical_field(self) -> float:
        """mu0 Hc2 = Phi_0/(2 pi xi^2), T."""
        return PHI_0 / (2 * pi * (self.coherence_length * NM) ** 2)

    @property
    def thermodynamic_field(self) -> float:
        """mu0 Hc = Phi_0/(2 sqrt2 pi lambda xi), T."""
        return self.upper_critical_field / (sqrt(2) * self.kappa)

    @property
    def condensation_density(self) -> float:
        """Bc^2/mu0, J/m^3: twice the condensation energy, the unit of free-energy densities."""
        return self.thermodynamic_field**2 / MU_0

    @property
    def current_density(self) -> float:
        """J_0 = Phi_0/(2 pi mu0 lambda^2 xi), A/m^2: supercurrent density of |psi| = 1 and grad theta = 1/xi.

        The depairing current density is 2/(3 sqrt3) of it.
        """
        return PHI_0 / (2 * pi * MU_0 * (self.penetration_depth * NM) ** 2 * self.coherence_length * NM)

    @property
    def depairing_current_density(self) -> float:
        """Largest supercurrent density of a thin wire, 2 J_0/(3 sqrt3), A/m^2."""
        return 2 / (3 * sqrt(3)) * self.current_density

    @property
    def conductivity(self) -> float:
        """Normal-state conductivity, S/m; raises `InvalidInput` where no resistivity was given."""
        if self.resistivity is None:
            raise InvalidInput(
                "this material has no resistivity, and dynamics needs one",
                "give resistivity= in uOhm cm to GinzburgLandau",
            )
        return 1e8 / self.resistivity

    @property
    def time(self) -> float:
        """tau_0 = mu0 sigma lambda^2, ps: in it a potential difference of one unit turns the phase by one radian."""
        return MU_0 * self.conductivity * (self.penetration_depth * NM) ** 2 / PS

    @property
    def voltage(self) -> float:
        """V_0 = Phi_0/(2 pi tau_0), mV; equal to J_0 xi/sigma, which is Ohm's law in reduced units."""
        return PHI_0 / (2 * pi * self.time * PS) * 1e3

    def pearl_length(self, thickness: float) -> float:
        """Pearl length 2 lambda^2/d of a film, nm; ``thickness`` in nm."""
        _positive("thickness", thickness, " nm")
        return 2 * self.penetration_depth**2 / thickness


def _positive(name: str, value: float, unit: str) -> None:
    if not (isinstance(value, int | float) and 0 < value < float("inf")):
        raise InvalidModel(f"GinzburgLandau.{name}", value, f"positive and finite{unit}")
