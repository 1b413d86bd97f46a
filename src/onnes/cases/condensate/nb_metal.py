"""Niobium and its rival: what the spectrum, and what the measured lengths of the nineteen-sixties, say of the metal."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.optimize import brentq

from onnes import model, response, solve
from onnes.compare.claim import references
from onnes.model.phonons.glue import MuStar, PhononGlue
from onnes.response.condensate.scales import Carriers, Scales, field_of
from onnes.state import State
from onnes.units import MU_0, flux_quantum_T_nm2

PUBLISHED = references(Path(__file__).with_name("nb_film.toml"))
NIOBIUM = model.material("Nb")
TC, FILM_TC = NIOBIUM.numbers["Tc"].value, PUBLISHED["film_transition"].value
COLD = 0.2
"""T/Tc of the state that stands for T = 0; the heat of the normal state is the correction of its field."""
NEAR = 0.98
"""T/Tc where lambda/xi is the Ginzburg-Landau parameter."""
HELIUM = 4.2
EPITAXIAL, THIN = 0.2, 20.0
"""uOhm cm of the two measured films."""


@dataclass(frozen=True)
class Inputs:
    """Inputs over their own values: coupling, phonon energies, heat capacity per volume, Tc, plasma energy."""

    coupling: float = 1.0
    frequency: float = 1.0
    heat: float = 1.0
    transition: float = 1.0
    plasma: float = 1.0


def relative_errors() -> Inputs:
    """Return the published relative error of each input."""
    numbers, plasma = NIOBIUM.numbers, PUBLISHED["plasma_energy"]

    def of(name: str) -> float:
        return numbers[name].error / numbers[name].value

    heat = float(np.hypot(of("gamma"), of("molar_volume")))
    return Inputs(of("lambda"), of("omega_log"), heat, of("Tc"), plasma.error / plasma.value)


@lru_cache(maxsize=16)
def glue_of(tc: float, coupling: float = 1.0, frequency: float = 1.0) -> PhononGlue:
    """Return the glue of niobium whose mu* was fitted to this Tc (K)."""
    spectrum = NIOBIUM.spectrum().scaled(coupling=coupling, frequency=frequency)

    def glue(value: float) -> PhononGlue:
        return PhononGlue(spectrum, MuStar(value, spectrum.omega_max))

    return glue(brentq(lambda mu: solve.critical_temperature(glue(mu)) - tc, 0.06, 0.25, xtol=1e-6))


def carriers(given: Inputs = Inputs()) -> Carriers:
    """Return the pure metal with the measured heat capacity and a plasma energy."""
    numbers, plasma = NIOBIUM.numbers, PUBLISHED["plasma_energy"].value * given.plasma
    mass = 1 + NIOBIUM.spectrum().lambda_ * given.coupling
    return Carriers.from_heat(
        numbers["gamma"].value * given.heat, numbers["molar_volume"].value, mass, plasma
    )


def upper_field(glue: PhononGlue, metal: Carriers) -> float:
    """Return mu0 Hc2 at 4.2 K, T."""
    return solve.upper_critical_field(
        glue, HELIUM, fermi_velocity=metal.fermi_velocity, mean_free_path=metal.mean_free_path
    )


@lru_cache(maxsize=8)
def bulk_numbers(given: Inputs = Inputs()) -> dict[str, float]:
    """Return what the metal predicts: lengths in nm, Hc in mT, Hc2 in T."""
    tc, film_tc = TC * given.transition, FILM_TC * given.transition
    glue = glue_of(tc, given.coupling, given.frequency)
    metal, numbers = carriers(given), NIOBIUM.numbers
    cold = response.real_axis(solve.eliashberg(glue, COLD * tc))
    scales = response.condensate_scales(cold, metal)
    heat = 1e3 * numbers["gamma"].value * given.heat / numbers["molar_volume"].value  # J/K^2/m^3
    near = response.condensate_scales(solve.eliashberg(glue, NEAR * tc), metal)
    thin = solve.eliashberg(glue_of(film_tc, given.coupling, given.frequency), COLD * film_tc)
    return {
        "london_depth": scales.penetration_depth,
        "coherence_length": response.pippard_length(cold, metal, float(cold["gap_edge"][0])),
        "kappa": near.penetration_depth / near.coherence_length,
        # F_n - F_s = Bc^2/2mu_0 loses the heat gamma T^2/2 of the normal metal on the way from T = 0
        "critical_field": 1e3
        * float(np.sqrt(scales.thermodynamic_field**2 + MU_0 * heat * (COLD * tc) ** 2)),
        "epitaxial_field": upper_field(glue, metal.with_resistivity(EPITAXIAL)),
        "film_depth": response.condensate_scales(thin, metal.with_resistivity(THIN)).penetration_depth,
    }


def bulk_errors() -> dict[str, float]:
    """Return the errors of `bulk_numbers`: each input moved by its error and mu* refitted, in quadrature."""
    errors, own = relative_errors(), bulk_numbers()
    moved = [
        bulk_numbers(Inputs(**{name: 1 + getattr(errors, name)})) for name in Inputs.__dataclass_fields__
    ]
    return {name: float(np.linalg.norm([m[name] - own[name] for m in moved])) for name in own}


@lru_cache(maxsize=64)
def scales_of(resistivity: float) -> tuple[State, Carriers, Scales]:
    """Return state, carriers and scales of a film of this resistivity (uOhm cm) at 4.2 K."""
    glue, metal = glue_of(FILM_TC), carriers().with_resistivity(resistivity)
    state = solve.eliashberg(glue, HELIUM)
    return (
        state,
        metal,
        response.condensate_scales(state, metal, upper_critical_field=upper_field(glue, metal)),
    )


# --- the rival ----------------------------------------------------------------------------------


def rival_scales(
    depth: float, length: float, path: float, temperature: float, tc: float
) -> tuple[float, float]:
    """Return lambda and xi (nm) from measured lambda_L and xi_0: two-fluid and clean-limit laws.

    lambda = lambda_L [(1 + xi_0/l)/(1 - t^4)]^(1/2); 1/xi^2 is the sum of the clean and the dirty one, times 1 - t.
    """
    t = temperature / tc
    inverse = 1 / (0.739 * length) ** 2 + 1 / (0.852**2 * length * path)
    return depth * np.sqrt((1 + length / path) / (1 - t**4)), 1 / np.sqrt((1 - t) * inverse)


def rival_numbers(depth: float, length: float) -> dict[str, float]:
    """Return what measured lambda_L and xi_0 (nm) give; kappa is 0.957 lambda_L/xi_0 of the clean limit."""
    paths = [carriers().with_resistivity(r).mean_free_path for r in (EPITAXIAL, THIN)]
    _, clean = rival_scales(depth, length, paths[0], HELIUM, TC)
    dirty, _ = rival_scales(depth, length, paths[1], 0.0, FILM_TC)
    return {
        "kappa": 0.957 * depth / length,
        "critical_field": 1e3 * field_of(depth, 0.739 * length),
        "epitaxial_field": flux_quantum_T_nm2() / (2 * np.pi * clean**2),
        "film_depth": float(dirty),
    }
