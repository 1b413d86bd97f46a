"""Free energy, entropy and specific heat of a d wave with point impurities, in the self-consistent T-matrix.

With g = <w~/R>, R = (w~^2 + Delta^2 f^2)^1/2, <f^2> = 1, c = cot(delta_0), the functional (over N(0) of one spin, T in
energy units, sums over n >= 0)

    F_s - F_n = Delta^2 ln(T/Tc0) + 2 pi T sum [Delta^2/w + 2w(1-g) - 2<R> + 2 w~ g - 2 W(g)]
    W(g) = (Gamma/2)(1 + c^2) ln[(c^2 + g^2)/(c^2 + 1)],   (Gamma/2)(g^2 - 1) in the Born limit

is stationary: in w~ it says g = <w~/R>, in g w~ = w + W'(g) = w + Gamma (1 + c^2) g/(c^2 + g^2), and in Delta the gap
equation of `onnes.response.lattice.tmatrix`. Hence S_s - S_n = -dF/dT at fixed Delta, w~ and g,

    S_s - S_n = -(1/T) {Delta^2 + 2 pi T sum [4w(1-g) - 2 <Delta^2 f^2/R> - 2 W(g)]},

and C_s - C_n = T [dS/dT + (dS/dDelta)^2/F''(Delta)]. At low T C_s/T tends to gamma N(0)/N_0, the states that impurities
leave at zero energy.
"""

import numpy as np
from scipy.special import digamma

from onnes.errors import CannotProbe, InvalidInput
from onnes.model.lattice.dirty import DirtyDWave
from onnes.numerics.matsubara_sum import positive_sum
from onnes.response.lattice.tmatrix import line_of, renormalised
from onnes.state import State
from onnes.units import K_B

STEP = 1e-4
"""Relative step of central differences: errors of 1e-8."""


def dirty_free_energy(state: State) -> float:
    """Return (F_s - F_n)/N_0, meV^2, of a state of solve.dirty_d_wave above T = 0; N_0 of one spin."""
    model, gap, kt = _described(state)
    return 0.0 if gap == 0 else _free_energy(model, gap, kt)


def dirty_entropy(state: State) -> float:
    """Return (S_s - S_n)/N_0, meV^2/K; 0 at T = 0."""
    model, gap, kt = _described(state)
    return 0.0 if gap == 0 else _entropy(model, gap, kt)


def dirty_specific_heat(state: State) -> float:
    """Return (C_s - C_n)/N_0, meV^2/K: divide by gamma Tc, gamma = (2 pi^2/3) k^2, for Delta C/gamma Tc."""
    model, gap, kt = _described(state)
    if gap == 0:
        return 0.0
    warm, cold = (_entropy(model, gap, kt * (1 + sign * STEP)) for sign in (1, -1))
    wide, narrow = (_entropy(model, gap * (1 + sign * STEP), kt) for sign in (1, -1))
    stiffer, softer = (_gap_mismatch(model, gap * (1 + sign * STEP), kt) for sign in (1, -1))
    # F'(Delta) = 2 Delta (mismatch), which vanishes here; S is -dF/dT in kelvin
    curvature = (stiffer - softer) / STEP
    at_fixed_gap = (warm - cold) / (2 * STEP)
    with_gap = (wide - narrow) / (2 * STEP * gap)
    return at_fixed_gap + kt / K_B * with_gap**2 / curvature


def residual_density_of_states(state: State) -> float:
    """Return N(E = 0)/N_0 = g(w = 0), the states that impurities leave in the nodes; 0 in the clean metal."""
    if not isinstance(state.model, DirtyDWave):
        raise CannotProbe("dirty_calorimetry", "impurities", "give a state of solve.dirty_d_wave")
    model, gap = state.model, float(state["gap_amplitude"][0])
    if gap == 0:
        return 1.0
    if model.scatterers.rate == 0:
        return 0.0
    line = line_of(model)
    delta = gap / line.peak
    w = renormalised(np.array([0.0]), delta, line, model.scatterers)[0]
    return float((w / np.hypot(w, delta * line.form)) @ line.weights)


def _described(state: State) -> tuple[DirtyDWave, float, float]:
    if not isinstance(state.model, DirtyDWave):
        raise CannotProbe("dirty_calorimetry", "impurities", "give a state of solve.dirty_d_wave")
    kt = K_B * float(state["temperature"][0])
    if kt <= 0:
        raise InvalidInput(
            "thermodynamics of a dirty d wave at zero temperature", "give a temperature above 0 K"
        )
    return state.model, float(state["gap_amplitude"][0]) / line_of(state.model).peak, kt


def _terms(model: DirtyDWave, gap: float, omega: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return w~, 1 - g, <Delta^2 f^2/R>, <R> - w~ and W(g) at each frequency."""
    line, scatterers = line_of(model), model.scatterers
    w = renormalised(omega, gap, line, scatterers)
    square = (gap * line.form) ** 2
    root = np.sqrt(w[:, None] ** 2 + square)
    lost = (square / (root * (root + w[:, None]))) @ line.weights
    paired = (square / root) @ line.weights
    longer = (square / (root + w[:, None])) @ line.weights
    c2, change = scatterers.cotangent**2, -lost * (2 - lost)  # g^2 - 1
    if np.isinf(c2):
        work = scatterers.rate / 2 * change
    else:
        work = scatterers.rate / 2 * (1 + c2) * np.log1p(change / (1 + c2))
    return w, lost, paired, longer, work


def _scale(model: DirtyDWave, gap: float) -> float:
    """Return where the summands become analytic in 1/w: the gap, and what scatterers add to w at most.

    Gamma (1 + c^2) g/(c^2 + g^2) is largest at g = c, (1 + c^2)/2c Gamma; for c < 0.1 strong scatterers reach g = c
    only at frequencies far below the gap.
    """
    c = model.scatterers.cotangent
    largest = 1.0 if np.isinf(c) or c > 1 else (1 + c**2) / max(2 * c, 0.1)
    return gap * line_of(model).peak + largest * model.scatterers.rate


def _free_energy(model: DirtyDWave, gap: float, kt: float) -> float:
    def summand(omega: np.ndarray) -> np.ndarray:
        w, lost, _, longer, work = _terms(model, gap, omega)
        # -2<R> + 2 w~ g = -2(<R> - w~) - 2 w~(1 - g)
        return gap**2 / omega + 2 * (omega - w) * lost - 2 * longer - 2 * work

    total = positive_sum(summand, kt, _scale(model, gap), decay=2)
    return total + gap**2 * float(np.log(kt / (K_B * model.critical_temperature)))


def _entropy(model: DirtyDWave, gap: float, kt: float) -> float:
    def summand(omega: np.ndarray) -> np.ndarray:
        _, lost, paired, _, work = _terms(model, gap, omega)
        return 4 * omega * lost - 2 * paired - 2 * work

    return -K_B * (gap**2 + positive_sum(summand, kt, _scale(model, gap), decay=2)) / kt


def _gap_mismatch(model: DirtyDWave, gap: float, kt: float) -> float:
    """Return dF/dDelta over 2 Delta: ln(T/Tc0) + 2 pi T sum (1/w - <f^2/R>), in closed form for the normal part."""
    rate, line = model.scatterers.rate, line_of(model)

    def summand(omega: np.ndarray) -> np.ndarray:
        w = renormalised(omega, gap, line, model.scatterers)
        root = np.sqrt(w[:, None] ** 2 + (gap * line.form) ** 2)
        return 1 / (omega + rate) - (line.form**2 / root) @ line.weights

    normal = digamma(0.5 + rate / (2 * np.pi * kt)) - digamma(0.5)
    log = np.log(kt / (K_B * model.critical_temperature))
    return float(log + normal) + positive_sum(summand, kt, _scale(model, gap), decay=3)
