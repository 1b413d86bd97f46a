"""Point impurities in a d wave: gap, Tc and superfluid density in the self-consistent T-matrix."""

import time
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma

from onnes.errors import InvalidInput, NoSuperconductivity
from onnes.model.lattice.dirty import DirtyDWave
from onnes.response.lattice.fermi_line import FermiLine
from onnes.response.lattice.tmatrix import line_of, renormalised, self_energy, superfluid_sum
from onnes.state import Check, Outcome, Report, State
from onnes.units import K_B

REACH = 1000.0
"""Beyond REACH times max(2 pi kTc0, Gamma, Delta) summands that fall as w^-3 leave 1e-6 of themselves, extrapolated."""
EXPLICIT = 32
"""Frequencies summed one by one; the rest is an integral with the midpoint rule's first correction."""
NODES = 96
"""Gauss-Legendre nodes over the decades of an integral."""


def dirty_critical_temperature(model: DirtyDWave) -> float:
    """Return Tc in K: ln(Tc0/Tc) = psi(1/2 + Gamma/(2 pi kTc)) - psi(1/2), whatever the strength of a scatterer.

    At Tc the gap vanishes, g = 1, and only Gamma is left (A. A. Abrikosov and L. P. Gor'kov's law).

    Raises
    ------
    NoSuperconductivity : Gamma at or above pi kTc0/(2 e^gamma) = 0.882 kTc0.
    """
    rate, clean = model.scatterers.rate, model.critical_temperature
    if rate == 0:
        return clean
    limit = 2 * np.pi * K_B * clean * np.exp(digamma(0.5))
    if rate >= limit:
        raise NoSuperconductivity(
            f"a scattering rate of {rate:.4g} meV leaves no d wave", f"stay below {limit:.4g} meV"
        )
    y = rate / (2 * np.pi * K_B * clean)

    def excess(x: float) -> float:
        return float(digamma(0.5 + y * np.exp(x)) - digamma(0.5) - x)

    return float(clean * np.exp(-brentq(excess, 0.0, 40.0, xtol=1e-14)))


def dirty_d_wave(model: DirtyDWave, temperature: float) -> State:
    """Return the self-consistent gap and superfluid density of a d wave with point impurities.

    Fields: ``temperature`` (1,) K; ``gap_amplitude`` (1,) meV, the largest |Delta f| on the Fermi line, 0
    above Tc; ``superfluid_fraction`` () = rho_s(T)/rho_00 over that of the clean metal at T = 0. At T = 0 the
    sums are integrals over the renormalised frequency.

    Parameters
    ----------
    model : `onnes.model.DirtyDWave`.
    temperature : K, >= 0.

    Raises
    ------
    InvalidInput : a negative temperature.
    """
    begun = time.perf_counter()
    if not (np.isfinite(temperature) and temperature >= 0):
        raise InvalidInput(f"temperature = {temperature} K", "give a temperature of 0 K or more")
    line = line_of(model)
    gap = _gap(model, line, temperature)
    fraction = _sums(model, line, temperature, gap)[1] if gap > 0 else 0.0
    residual = abs(_sums(model, line, temperature, gap)[0]) if gap > 0 else 0.0
    fields = {
        "temperature": np.array([float(temperature)]),
        "gap_amplitude": np.array([gap * line.peak]),
        "superfluid_fraction": np.array(fraction),
    }
    report = Report(
        Outcome.CONVERGED,
        engine="self-consistent T-matrix, bracketed root",
        residuals=(residual,),
        target=1e-9,
        seconds=time.perf_counter() - begun,
        # the slope of the equation in ln Delta is about (Delta/kTc)^2 near Tc and 1 far below
        checks=(Check("gap equation", residual, 1e-9),),
    )
    return State(model, "dirty d wave", fields, report)


def _gap(model: DirtyDWave, line: FermiLine, temperature: float) -> float:
    """Delta in meV (times f with <f^2> = 1); 0 at and above Tc."""
    try:
        tc = dirty_critical_temperature(model)
    except NoSuperconductivity:
        return 0.0
    if temperature >= tc:
        return 0.0
    scale = K_B * model.critical_temperature
    # below: the smallest gap is far below that at (1 - 1e-12) Tc; above: clean gaps are 2.14/peak... < 3 kTc0
    low, high = 1e-8 * scale, 3 * scale

    def excess(log_gap: float) -> float:
        return _sums(model, line, temperature, float(np.exp(log_gap)))[0]

    if excess(np.log(low)) >= 0:
        return 0.0
    return float(np.exp(brentq(excess, np.log(low), np.log(high), xtol=1e-12)))


def _sums(model: DirtyDWave, line: FermiLine, temperature: float, gap: float) -> tuple[float, float]:
    """Mismatch of the gap equation (negative where the gap is too small) and rho_s/rho_00."""
    return _at_zero(model, line, gap) if temperature == 0 else _at_temperature(model, line, temperature, gap)


def _at_temperature(
    model: DirtyDWave, line: FermiLine, temperature: float, gap: float
) -> tuple[float, float]:
    kt, rate = K_B * temperature, model.scatterers.rate
    omega, measure = _frequencies(model, kt, gap)
    w = renormalised(omega, gap, line, model.scatterers)
    # the law of Tc is summed in closed form; what the gap adds to it falls as w^-3
    normal = digamma(0.5 + rate / (2 * np.pi * kt)) - digamma(0.5)
    clean = np.log(temperature / model.critical_temperature)
    difference = 1 / (omega + rate) - _pairs(w, gap, line)
    fraction = measure @ superfluid_sum(w, gap, line)
    return float(clean + normal + measure @ difference), float(fraction)


def _frequencies(model: DirtyDWave, kt: float, gap: float) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies and weights of 2 pi T sum_{n>=0} for summands that end as w^-3.

    EXPLICIT terms; then int h dw from the edge 2 pi kT EXPLICIT in Gauss-Legendre nodes of ln w, the midpoint
    rule's correction h'(edge) (2 pi kT)^2/24 as a difference, and the tail beyond the last node.
    """
    step = 2 * np.pi * kt
    first = (np.arange(EXPLICIT) + 0.5) * step
    edge = EXPLICIT * step
    top = REACH * max(
        2 * np.pi * K_B * model.critical_temperature, model.scatterers.rate, gap, edge / REACH * 10
    )
    nodes, weights = _gauss()
    span = np.log(top / edge)
    omega = edge * np.exp(span * (nodes + 1) / 2)
    around = edge * np.array([1 - 1e-3, 1 + 1e-3])
    slope = step**2 / 24 / (2e-3 * edge)
    return (
        np.concatenate([first, omega, around, [top]]),
        np.concatenate([np.full(EXPLICIT, step), span / 2 * weights * omega, [-slope, slope], [top / 2]]),
    )


@lru_cache(maxsize=1)
def _gauss() -> tuple[np.ndarray, np.ndarray]:
    return np.polynomial.legendre.leggauss(NODES)


def _pairs(w: np.ndarray, gap: float, line: FermiLine) -> np.ndarray:
    """<f^2/sqrt(w~^2 + Delta^2 f^2)>, 1/meV."""
    return (line.form**2 / np.sqrt(w[:, None] ** 2 + (gap * line.form) ** 2)) @ line.weights


def _at_zero(model: DirtyDWave, line: FermiLine, gap: float) -> tuple[float, float]:
    """The same at T = 0, as integrals over w~ from its value at w = 0: dw = (1 - dSigma/dw~) dw~.

    With 2 pi T sum_{w_n < W} 1/w_n = ln(2 e^gamma W/pi kT) the gap equation becomes
    ln(2 e^gamma W/pi kTc0) = int_0^W <f^2/R> dw, W -> infinity.
    """
    first = float(renormalised(np.array([0.0]), gap, line, model.scatterers)[0])
    top = REACH * max(gap, model.scatterers.rate)
    nodes, weights = _gauss()
    # w~ = first + s (e^u - 1): even over decades, and fine at the low end
    fine = max(1e-7 * gap, 0.01 * first)
    span = np.log1p((top - first) / fine)
    u = span * (nodes + 1) / 2
    w = first + fine * np.expm1(u)
    _, slope = self_energy(w, gap, line, model.scatterers)
    measure = span / 2 * weights * fine * np.exp(u) * (1 - slope)
    edge = top - float(self_energy(np.array([top]), gap, line, model.scatterers)[0][0])
    tc0 = K_B * model.critical_temperature
    # beyond the edge <f^2/R> = 1/(w + Gamma) + O(w^-3): the difference to 1/w is in closed form
    beyond = np.log1p(model.scatterers.rate / edge)
    mismatch = np.log(2 * np.exp(np.euler_gamma) * edge / (np.pi * tc0)) - measure @ _pairs(w, gap, line)
    fraction = measure @ superfluid_sum(w, gap, line)
    return float(mismatch + beyond), float(fraction)
