"""One element, solved: the published glue, the one whose mu* gives the measured Tc, and what follows from it.

The errors of the computed numbers are those of their inputs, as each function says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import hypot, log

import numpy as np
from scipy.optimize import brentq

from onnes import model, response, solve
from onnes.model.materials import Material, Measured
from onnes.model.phonons.glue import MuStar, PhononGlue
from onnes.model.phonons.spectrum import Spectrum
from onnes.probe.phonons.magnetometry import critical_field
from onnes.units import K_B

COLD = 0.2
"""T/Tc of the state that stands for T = 0: the pairs broken there number exp(-1.76/0.2) = 2e-4."""
STEPS = 20
"""Real-axis steps between zero and the gap; the edge is interpolated, and is exact to 1e-5 of it."""


@dataclass(frozen=True, slots=True)
class Ratios:
    """The dimensionless numbers of one glue: 2 Delta_0/kTc, Delta C/gamma Tc, gamma Tc^2/Hc^2(0)."""

    gap: float
    jump: float
    field: float


@dataclass(frozen=True, slots=True)
class Element:
    """One element, solved: the published glue, the one whose mu* gives the measured Tc, and what follows."""

    material: Material
    published_tc: float
    published_error: float
    glue: PhononGlue
    ratios: Ratios
    error: Ratios
    critical_field: float
    critical_field_error: float
    isotope: float
    isotope_error: float

    @property
    def tc(self) -> float:
        return self.material.numbers["Tc"].value

    @property
    def coupling_ratio(self) -> float:
        """Tc/omega_log, the measure of retardation."""
        return K_B * self.tc / self.glue.spectrum.omega_log


def solve_element(material: Material) -> Element:
    """Solve one element of the table, with the errors that its inputs leave."""
    given = material.glue()
    numbers = material.numbers
    published_tc = solve.critical_temperature(given)
    glue = fitted_to(given.spectrum, given.mu_star.cutoff, numbers["Tc"].value)
    ratios = dimensionless(glue)
    shape = dimensionless(fitted_to(sharpened(material), given.mu_star.cutoff, numbers["Tc"].value))
    error = ratio_errors(ratios, shape, glue, numbers)
    cold = solve.eliashberg(glue, COLD * numbers["Tc"].value)
    volume = numbers["molar_volume"].value
    measured = critical_field([cold], numbers["Tc"].value, gamma=numbers["gamma"].value, molar_volume=volume)
    field = measured.attrs["critical_field_zero_tesla"]
    exponent, exponent_error = isotope_exponent_with_error(glue, given)
    return Element(
        material,
        published_tc,
        published_tc_error(given, numbers),
        glue,
        ratios,
        error,
        field,
        field * field_error(numbers, ratios, error),
        exponent,
        exponent_error,
    )


def fitted_to(spectrum: Spectrum, cutoff: float, tc: float) -> PhononGlue:
    """Return the glue whose mu* at ``cutoff`` (meV) gives the transition at ``tc`` (K)."""

    def glue(value: float) -> PhononGlue:
        return PhononGlue(spectrum, MuStar(value, cutoff))

    return glue(brentq(lambda mu: log(solve.critical_temperature(glue(mu)) / tc), 0.03, 0.3, xtol=1e-7))


def sharpened(material: Material) -> Spectrum:
    """Return Einstein modes in place of the peaks, moved together to the same lambda and omega_log."""
    peaks, target = material.peaks[0][0], material.spectrum()
    modes = model.from_peaks([p.energy for p in peaks], [p.coupling for p in peaks])
    return modes.scaled(frequency=target.omega_log / modes.omega_log).with_lambda(target.lambda_)


def dimensionless(glue: PhononGlue) -> Ratios:
    """Return gap ratio, jump and field ratio of a glue."""
    tc = solve.critical_temperature(glue)
    cold = solve.eliashberg(glue, COLD * tc)
    step = min(glue.omega_max / 1000, float(cold["gap_matsubara"][0, 0]) / STEPS)
    edge = float(response.real_axis(cold, step=step)["gap_edge"][0])
    field = critical_field([cold], tc)
    return Ratios(2 * edge / (K_B * tc), solve.specific_heat_jump(glue), field.attrs["gamma_tc2_over_hc2"])


# --- errors of the computed numbers ------------------------------------------------------------


def published_tc_error(given: PhononGlue, numbers: Mapping[str, Measured]) -> float:
    """Return the error of Tc at the published mu*: published errors of lambda, omega_log and mu*, in quadrature."""
    tc, mu, spectrum = solve.critical_temperature(given), given.mu_star, given.spectrum
    stronger = spectrum.scaled(coupling=1 + numbers["lambda"].error / numbers["lambda"].value)
    from_lambda = solve.critical_temperature(PhononGlue(stronger, mu)) - tc
    from_mu = (
        solve.critical_temperature(
            PhononGlue(spectrum, MuStar(mu.value + numbers["mu_star"].error, mu.cutoff))
        )
        - tc
    )
    from_omega = tc * numbers["omega_log"].error / numbers["omega_log"].value
    return hypot(from_lambda, from_mu, from_omega)


def ratio_errors(ratios: Ratios, shape: Ratios, glue: PhononGlue, numbers: Mapping[str, Measured]) -> Ratios:
    """Return the errors of the ratios: the change when the peaks are sharpened, and the error of omega_log.

    With mu* tied to Tc, the ratios depend on omega_log through x = kTc/omega_log; the slopes are those
    of the forms of `mitrovic_carbotte`.
    """
    x = K_B * numbers["Tc"].value / glue.spectrum.omega_log
    relative = numbers["omega_log"].error / numbers["omega_log"].value
    up, down = mitrovic_carbotte(x * (1 + relative)), mitrovic_carbotte(x * (1 - relative))

    def error(name: str) -> float:
        slope = (getattr(up, name) - getattr(down, name)) / 2
        return hypot(slope, getattr(ratios, name) - getattr(shape, name), 1e-3 * getattr(ratios, name))

    return Ratios(error("gap"), error("jump"), error("field"))


def mitrovic_carbotte(x: float) -> Ratios:
    """Return the ratios of the approximate forms in x = kTc/omega_log (Carbotte, RMP 62, 1027 (1990))."""
    return Ratios(response.gap_ratio(x), response.specific_heat_ratio(x), response.condensation_ratio(x))


def field_error(numbers: Mapping[str, Measured], ratios: Ratios, error: Ratios) -> float:
    """Return the relative error of Hc(0), half of those of gamma, volume and field ratio, and that of Tc."""
    halves = [numbers[k].error / numbers[k].value / 2 for k in ("gamma", "molar_volume")]
    return hypot(*halves, error.field / ratios.field / 2, numbers["Tc"].error / numbers["Tc"].value)


def isotope_exponent_with_error(glue: PhononGlue, given: PhononGlue) -> tuple[float, float]:
    """Return -dlnTc/dlnM and its error, the change between the fitted and the published mu*."""
    exponent = solve.isotope_exponent(glue)
    return exponent, abs(solve.isotope_exponent(given) - exponent)


# --- deviation from the parabola ---------------------------------------------------------------


def deviation(element: Element, t: np.ndarray) -> np.ndarray:
    """Return D(t) = Hc(T)/Hc(0) - (1 - t^2)."""
    states = [solve.eliashberg(element.glue, x * element.tc) for x in t]
    return critical_field(states, element.tc)["deviation"].values
