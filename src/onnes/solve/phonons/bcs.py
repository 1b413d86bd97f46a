"""The weak-coupling gap equation: Delta(T) for s and d waves, Tc, and pair breaking.

ln(Tc0/T) = 2 pi T sum_n [1/w_n - <f^2/R_n>/<f^2>] has one solution below Tc, and its left side minus
its right side is monotonic in Delta: a bracket is known, and no iteration can fail to converge.
"""

import time

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import digamma

from onnes.errors import InvalidInput, NoSuperconductivity
from onnes.model.phonons.bcs import BCS, SquareWell
from onnes.response.phonons.bcs import bcs_density_of_states, bcs_free_energy, broken_edge, gap_equation
from onnes.state import Check, Outcome, Report, State
from onnes.units import K_B

LARGEST = 3.0
"""Upper bracket of Delta/kTc0: the T = 0 gaps are 1.764 (s) and 2.140 (d)."""
ROUNDING = 4 * np.finfo(float).eps
TABLE_POINTS = 1601
TABLE_REACH = 8.0
"""The tabulated density of states of d waves and broken pairs reaches TABLE_REACH times Delta."""


def bcs(model: BCS, temperature: float) -> State:
    """Return the self-consistent weak-coupling state at one temperature.

    Fields: ``temperature`` (1,) K; ``gap_amplitude`` (1,) Delta, meV, 0 at and above Tc. A clean s
    wave carries ``gap_edge`` (1,); a d wave and broken pairs, whose density of states is not the one
    that an edge alone gives, carry ``energy`` (n,) and ``dos`` (1, n) instead. A pair-broken s wave
    carries all: its edge is Delta (1 - (alpha/Delta)^{2/3})^{3/2}, 0 where it is gapless.

    Parameters
    ----------
    model : `onnes.model.BCS`.
    temperature : K, >= 0.

    Raises
    ------
    InvalidInput : a negative or infinite temperature, a wrong model, or a d wave with impurities
        (its scattering self-energy depends on the strength of one impurity; only Tc is universal).
    """
    started = time.perf_counter()
    gap, history = _solve_gap(model, temperature)
    thermal_state = State(
        model,
        "bcs",
        {"temperature": np.array([float(temperature)]), "gap_amplitude": np.array([gap])},
        Report(Outcome.CONVERGED, "matsubara"),
    )
    residual = abs(gap_equation(model, temperature, gap)) if gap > 0 else 0.0
    # the equation's slope is of order one in Delta^2/kTc^2, except near Tc where both sides vanish
    checks = (
        Check("gap equation", residual, 1e-12),
        Check("free energy above normal", max(0.0, bcs_free_energy(thermal_state)), 0.0),
    )
    report = Report(
        Outcome.CONVERGED,
        engine="matsubara sum, bracketed root",
        residuals=(*history, residual),
        target=1e-12,
        iterations=len(history),
        seconds=time.perf_counter() - started,
        checks=checks,
    )
    return State(model, "bcs", {**thermal_state.fields, **_spectral_fields(thermal_state, gap)}, report)


def bcs_gap(model: BCS, temperature: ArrayLike) -> np.ndarray:
    """Return Delta(T) in meV at several temperatures (K, any shape); 0 at and above Tc."""
    points = np.asarray(temperature, dtype=float)
    return np.array([_solve_gap(model, float(t))[0] for t in points.ravel()]).reshape(points.shape)


def bcs_critical_temperature(model: BCS | SquareWell) -> float:
    """Return Tc in K.

    For `BCS` with pair breaking: ln(Tc0/Tc) = psi(1/2 + alpha/(2 pi k Tc)) - psi(1/2). For
    `SquareWell`: 1/NV = int_0^{wc/2kTc} dx tanh(x)/x, which is kTc = 1.134 wc exp(-1/NV) for NV << 1.

    Raises
    ------
    NoSuperconductivity : alpha at or above `critical_pair_breaking`.
    """
    if isinstance(model, SquareWell):
        return _square_well_temperature(model)
    _require_model(model)
    rate, clean = model.pair_breaking.rate, model.critical_temperature
    if rate == 0:
        return clean
    limit = critical_pair_breaking(model)
    if rate >= limit:
        raise NoSuperconductivity(
            f"pair breaking of {rate:.4g} meV leaves no transition",
            f"stay below {limit:.4g} meV for this material",
        )

    def mismatch(log_ratio: float) -> float:
        return digamma(0.5 + rate / (2 * np.pi * K_B * clean) * np.exp(log_ratio)) - digamma(0.5) - log_ratio

    # near the critical rate Tc ~ sqrt(1 - alpha/alpha_c): far above exp(-30) for any alpha below it
    return float(clean * np.exp(-brentq(mismatch, 0.0, 30.0, xtol=1e-15, rtol=ROUNDING)))


def critical_pair_breaking(model: BCS) -> float:
    """Return the rate alpha_c (meV) at which Tc vanishes.

    The limit T -> 0 of the equation of Tc, psi(1/2 + y) -> ln y, gives
    alpha_c = 2 pi kTc0 exp(psi(1/2)): half the clean s-wave gap at T = 0.
    """
    _require_model(model)
    return float(2 * np.pi * K_B * model.critical_temperature * np.exp(digamma(0.5)))


def gapless_pair_breaking(model: BCS, temperature: float = 0.0) -> float:
    """Return the rate (meV) from which an s wave has no gap edge at this temperature: alpha = Delta(T, alpha).

    Between this rate and the one that ends superconductivity the superconductor is gapless.

    Raises
    ------
    InvalidInput : a d wave, which is gapless at its nodes.
    NoSuperconductivity : a temperature at or above the clean Tc.
    """
    _require_model(model)
    if model.symmetry != "s":
        raise InvalidInput("a d wave has nodes and no gap edge to lose", "ask for an s wave")
    if temperature >= model.critical_temperature:
        raise NoSuperconductivity(
            f"{temperature:g} K is not below Tc", f"stay below {model.critical_temperature:g} K"
        )

    def excess(rate: float) -> float:
        return rate - _solve_gap(model.with_pair_breaking(rate), temperature)[0]

    return float(brentq(excess, 0.0, critical_pair_breaking(model), xtol=1e-13, rtol=ROUNDING))


def _solve_gap(model: BCS, temperature: float) -> tuple[float, tuple[float, ...]]:
    """Delta (meV) and the residuals met on the way."""
    _require_model(model)
    if not (np.isfinite(temperature) and temperature >= 0):
        raise InvalidInput(f"temperature = {temperature} K", "give a temperature of 0 K or more")
    if model.symmetry == "d" and model.pair_breaking.rate > 0:
        raise InvalidInput(
            "a d wave with impurities has no universal gap equation",
            "ask only for bcs_critical_temperature, or use a T-matrix engine",
        )
    if temperature >= model.critical_temperature or not _is_superconducting(model, temperature):
        return 0.0, ()
    unit = K_B * model.critical_temperature
    history: list[float] = []

    def residual(square: float) -> float:
        value = gap_equation(model, temperature, unit * float(np.sqrt(square)))
        history.append(abs(value))
        return value

    # Delta^2 is the variable: the equation is linear in it near Tc
    square = brentq(residual, 1e-24, LARGEST**2, xtol=1e-30, rtol=ROUNDING, maxiter=200)
    return float(unit * np.sqrt(square)), tuple(history)


def _is_superconducting(model: BCS, temperature: float) -> bool:
    rate = model.pair_breaking.rate
    if temperature == 0:
        return rate < critical_pair_breaking(model)
    depairing = digamma(0.5 + rate / (2 * np.pi * K_B * temperature)) - digamma(0.5)
    return bool(depairing < np.log(model.critical_temperature / temperature))


def _spectral_fields(state: State, gap: float) -> dict[str, np.ndarray]:
    model: BCS = state.model
    rate = model.pair_breaking.rate
    fields = {"gap_edge": np.array([broken_edge(gap, rate)])} if model.symmetry == "s" else {}
    if model.symmetry == "d" or rate > 0:
        reach = TABLE_REACH * (gap if gap > 0 else K_B * model.critical_temperature)
        # midpoints: none falls on the d wave's logarithm at E = Delta
        energy = reach * (np.arange(TABLE_POINTS) + 0.5) / TABLE_POINTS
        fields |= {"energy": energy, "dos": bcs_density_of_states(state, energy)[None, :]}
    return fields


def _square_well_temperature(model: SquareWell) -> float:
    """Solve A(y) = 1/NV with A(y) = int_0^y tanh(x)/x dx, y = wc/2kTc, in the variable ln y."""
    target = 1 / model.coupling
    log_y = brentq(lambda value: _tanh_integral(value) - target, -60.0, 60.0 + target, rtol=ROUNDING)
    return float(model.cutoff / (2 * K_B) * np.exp(-log_y))


def _tanh_integral(log_upper: float) -> float:
    """int_0^y tanh(x)/x dx of ln y: Gauss-Legendre on unit panels; beyond x = 20 tanh is 1 to rounding."""
    nodes, weights = np.polynomial.legendre.leggauss(20)
    inner = float(np.exp(min(log_upper, np.log(20.0))))
    panels = max(1, int(np.ceil(inner)))
    width = inner / panels
    x = width * (np.arange(panels)[:, None] + (nodes + 1) / 2)
    return float(np.sum(np.tanh(x) / x * weights) * width / 2 + max(0.0, log_upper - np.log(20.0)))


def _require_model(model: object) -> None:
    if not isinstance(model, BCS):
        raise InvalidInput(
            f"a {type(model).__name__} is not a BCS superconductor",
            "give onnes.model.BCS(critical_temperature=...)",
        )
