"""What a film does with its heat."""

from dataclasses import dataclass

from onnes.errors import InvalidModel


@dataclass(frozen=True, slots=True)
class Thermal:
    r"""A film that heats itself and is cooled by its substrate.

    .. math:: C\,\partial_tT=\nabla\cdot(K\nabla T)-\frac{h}{d}(T-T_0)+\frac{P}{d}
              +\frac{B_c^2}{\mu_0}\frac{T}{T_c-T_{\mathrm{ref}}}\partial_t|\psi|^2,\qquad
              \epsilon(r,t)=\epsilon(r)-\frac{T-T_{\mathrm{ref}}}{T_c-T_{\mathrm{ref}}}

    with the local thickness d and the power P turned to heat for each area. T_ref is the temperature of the material,
    at which its two lengths and the film's strength are given, and T_c its critical temperature: where the strength is
    one, epsilon is (1 - T/T_c)/(1 - T_ref/T_c), and a weaker spot is one of lower T_c. K varies over a film as the
    normal conductivity does (Wiedemann and Franz). C, K and h are taken at one temperature, and no heat passes the
    edges and contacts.

    The last term is the heat -T dS of the entropy that goes with the free energy, S = -dF/dT: pairs that
    break cool the film. With it the energy of film and condensate together is conserved. It is small only where C
    is far above (B_c^2/mu_0)/(T_c - T_ref), which metals at low temperature are not; without it what the loss of
    pairs costs comes from nowhere, and where C is below this value a film may heat itself without limit.

    Parameters
    ----------
    heat_capacity : C, J/m^3/K.
    conductivity : K, W/m/K; zero where heat stays where it arises.
    transfer : h to the substrate, W/m^2/K; zero for a film that hangs free.
    temperature : T_0 of the substrate, K; the film starts at it.
    latent : whether the last term is there.

    Raises
    ------
    InvalidModel : a heat capacity or temperature that is not positive, a negative conductivity or transfer.
    """

    heat_capacity: float
    conductivity: float
    transfer: float
    temperature: float
    latent: bool = True

    def __post_init__(self) -> None:
        for name, unit in (("heat_capacity", "J/m^3/K"), ("temperature", "K")):
            if not 0 < getattr(self, name) < float("inf"):
                raise InvalidModel(f"Thermal.{name}", getattr(self, name), "positive and finite", unit)
        for name, unit in (("conductivity", "W/m/K"), ("transfer", "W/m^2/K")):
            if not 0 <= getattr(self, name) < float("inf"):
                raise InvalidModel(
                    f"Thermal.{name}", getattr(self, name), "zero or positive and finite", unit
                )
