"""Weak-coupling pair amplitude, thermodynamics, superfluid density and density of states.

Gap Delta f on the Fermi line, <...> the average over it, T in energy units, F and S per single-spin
density of states. The pair breaking alpha enters through w~ = w + alpha w~/sqrt(w~^2 + Delta^2):

    gap equation     ln(Tc0/T) = 2 pi T sum_n [1/w_n - <f^2/R_n>/<f^2>],   R = sqrt(w~^2 + Delta^2 f^2)
    free energy      F_s - F_n = -2 pi T sum_n <w (1-c)^2/c>,   c = w~/R
    Yosida           Y = int dxi (-dn/dE),   1 - Y = 2 pi T sum_n Delta^2 f^2/R^3   (clean)

(Bardeen, Cooper, Schrieffer, Phys. Rev. 108, 1175 (1957); Yosida, Phys. Rev. 110, 769 (1958);
Abrikosov and Gor'kov, Sov. Phys. JETP 12, 1243 (1961).) The free energy is the stationary value of
F = Delta^2 ln(T/Tc0) + 2 pi T sum [Delta^2/w + 2w(1-c) - 2 Delta s + alpha s^2] with c = cos theta,
s = sin theta; inserting both stationarity conditions leaves the form above, free of cancellation.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import digamma, ellipe, ellipk, ellipkm1

from onnes import schema
from onnes.errors import CannotProbe, InvalidInput
from onnes.model.phonons.bcs import BCS
from onnes.numerics.matsubara_sum import positive_sum
from onnes.state import State
from onnes.units import K_B

if TYPE_CHECKING:
    import xarray as xr

ANGLES = 16
"""Midpoints on a quarter of the d wave's period; the average of a function with its singularity at
omega >= Delta then errs by exp(-4 ANGLES asinh 1) < 1e-24."""
REACH = 40.0
"""Thermal factors are dropped beyond REACH kT above the smallest energy: exp(-40) = 4e-18."""
MOMENTS = {"s": 1.0, "d": 0.5}
"""<f^2>."""


# --- the gap equation, as a function of the gap ---------------------------------------------------


def renormalised(omega: np.ndarray, gap: float, rate: float) -> np.ndarray:
    """Return w~ > 0 of w~ = w + alpha w~/sqrt(w~^2 + Delta^2) at positive Matsubara energies (meV).

    Newton's method from w + alpha: w~ - alpha c(w~) - w is convex and increasing there, so it
    descends to the root without overshooting.
    """
    dressed = omega + rate
    if rate == 0:
        return dressed
    for _ in range(100):
        root = np.hypot(dressed, gap)
        excess = dressed - omega - rate * dressed / root
        step = excess / (1 - rate * gap**2 / root**3)
        dressed = dressed - step
        if np.all(np.abs(step) <= 4e-16 * dressed):
            break
    return dressed


def pair_deficit(model: BCS, omega: np.ndarray, gap: float) -> np.ndarray:
    """Return 1/(w + alpha) - <f^2/R>/<f^2> at positive Matsubara energies (1/meV), without cancellation."""
    rate = model.pair_breaking.rate
    if model.symmetry == "s":
        dressed = renormalised(omega, gap, rate)
        root = np.hypot(dressed, gap)
        return gap**2 / (root + dressed) * (1 - rate / root) / (root * (omega + rate))
    far = omega > gap
    deficit = np.empty_like(omega)
    square = np.cos(np.pi / 2 * (np.arange(ANGLES) + 0.5) / ANGLES) ** 2
    root = np.hypot(omega[far, None], gap * np.sqrt(square))
    near = omega[far, None]
    deficit[far] = np.mean(2 * square * gap**2 * square / (near * root * (near + root)), axis=1)
    close, largest = omega[~far], np.hypot(omega[~far], gap)
    modulus = (gap / largest) ** 2
    first, second = ellipkm1((close / largest) ** 2), ellipe(modulus)
    deficit[~far] = 1 / close - 4 / np.pi / largest * (first - (first - second) / modulus)
    return deficit


def gap_equation(model: BCS, temperature: float, gap: float) -> float:
    """Return 2 pi T sum [1/w - <f^2/R>/<f^2>] - ln(Tc0/T); zero at the solution, rising with the gap.

    Parameters
    ----------
    model : what is paired; a pair-breaking rate needs the s wave.
    temperature : K, >= 0. At T = 0 the two logarithms are combined before the limit is taken.
    gap : Delta, meV, > 0 at T = 0.
    """
    rate, thermal, clean = model.pair_breaking.rate, K_B * temperature, K_B * model.critical_temperature
    if temperature == 0:
        shift = gap + rate

        def smooth(omega: np.ndarray) -> np.ndarray:
            rest = (
                (rate - shift) / ((omega + shift) * (omega + rate))
                if rate
                else -shift / (omega * (omega + shift))
            )
            return pair_deficit(model, omega, gap) + rest

        return positive_sum(smooth, 0.0, shift) + float(np.log(shift / (2 * np.pi * clean)) - digamma(0.5))
    total = positive_sum(lambda omega: pair_deficit(model, omega, gap), thermal, gap + rate)
    broken = digamma(0.5 + rate / (2 * np.pi * thermal)) - digamma(0.5)
    return total + float(broken + np.log(temperature / model.critical_temperature))


# --- what the states say --------------------------------------------------------------------------


def yosida(state: State) -> float:
    """Return <Y>, the normal fraction of the clean superfluid: 0 at T = 0, 1 at Tc; dimensionless.

    <Y> = int_{-inf}^{inf} dxi <-dn/dE>. For the d wave any current direction in the plane gives the
    same, by the four-fold symmetry; <Y> -> 2 ln 2 kT/Delta at low T. Raises `CannotProbe` where
    pairs are broken.
    """
    _require_clean(state, "yosida")
    gap, thermal = _gap(state), _thermal(state)
    return 0.0 if thermal == 0 else 2 * _thermal_average(state.model, gap, thermal, _fermi_slope(thermal))


def bcs_superfluid_density(state: State, limit: str = "clean") -> float:
    """Return lambda_L^2(0)/lambda^2(T), local electrodynamics, over the pure material's at T = 0.

    ``"clean"``: 1 - <Y>. ``"dirty"`` (s wave, mean free path << xi): (4 T/Delta_00) sum_n sin^2(theta_n),
    which is (Delta/Delta_00) tanh(Delta/2kT) without pair breaking.

    Raises
    ------
    CannotProbe : a dirty d wave, or pair breaking in the clean limit.
    """
    if limit not in ("clean", "dirty"):
        raise InvalidInput(f"limit {limit!r} is not known", "use 'clean' or 'dirty'")
    gap, thermal, model = _gap(state), _thermal(state), state.model
    if gap == 0:
        return 0.0
    if limit == "clean":
        _require_clean(state, "bcs_superfluid_density")
        return 1.0 - yosida(state)
    if model.symmetry != "s":
        raise CannotProbe("bcs_superfluid_density", "an s wave for the dirty limit", "use limit='clean'")
    rate = model.pair_breaking.rate

    def squared_sine(omega: np.ndarray) -> np.ndarray:
        return gap**2 / (renormalised(omega, gap, rate) ** 2 + gap**2)

    pure = np.pi * np.exp(-np.euler_gamma) * K_B * model.critical_temperature
    return positive_sum(squared_sine, thermal, gap + rate, decay=2) / (np.pi / 2 * pure)


def bcs_free_energy(state: State) -> float:
    """Return (F_s - F_n)/N_0, meV^2 per single-spin density of states; -<f^2> Delta^2/2 at T = 0."""
    gap, thermal, model = _gap(state), _thermal(state), state.model
    if gap == 0:
        return 0.0
    rate = model.pair_breaking.rate
    if model.symmetry == "s":

        def term(omega: np.ndarray) -> np.ndarray:
            dressed = renormalised(omega, gap, rate)
            root = np.hypot(dressed, gap)
            return omega * (gap**2 / (root + dressed)) ** 2 / (root * dressed)
    else:

        def term(omega: np.ndarray) -> np.ndarray:
            return _d_wave_energy(omega, gap)

    return -positive_sum(term, thermal, gap + rate)


def bcs_entropy(state: State) -> float:
    """Return (S_s - S_n)/N_0, meV^2/K.

    Clean: S_s = -4 k int_0^inf dxi <n ln n + (1-n) ln(1-n)>, S_n = (2 pi^2/3) k^2 T. With pair
    breaking: -dF/dT at fixed Delta and theta, which are stationary.
    """
    gap, thermal, model = _gap(state), _thermal(state), state.model
    rate = model.pair_breaking.rate
    if gap == 0 or thermal == 0:
        return 0.0
    if rate == 0:

        def integrand(energy: np.ndarray, _: np.ndarray) -> np.ndarray:
            x = energy / thermal
            return np.log1p(np.exp(-x)) + x * np.exp(-x) / (1 + np.exp(-x))

        return K_B * (4 * _thermal_average(model, gap, thermal, integrand) - 2 * np.pi**2 / 3 * thermal)

    def term(omega: np.ndarray) -> np.ndarray:
        dressed = renormalised(omega, gap, rate)
        root = np.hypot(dressed, gap)
        sine, rest = gap / root, gap**2 / (root * (root + dressed))
        return 4 * omega * rest - 2 * gap * sine + rate * sine**2

    return -K_B * (gap**2 + positive_sum(term, thermal, gap + rate, decay=2)) / thermal


def bcs_specific_heat(state: State) -> float:
    """Return (C_s - C_n)/(gamma Tc), gamma = (2 pi^2/3) k^2 N_0, of a clean superconductor.

    C_s = (4/T) int_0^inf dxi <-dn/dE (E^2 - f^2 T (dDelta^2/dT)/2)>, with the slope of the gap from
    the gap equation: T dDelta^2/dT = -2 Delta^2 <f^2 Y>/<f^2 (1-Y)>. The state at T = Tc counts as
    normal; the jump is the limit from below. Raises `CannotProbe` where pairs are broken.
    """
    _require_clean(state, "bcs_specific_heat")
    gap, thermal, model = _gap(state), _thermal(state), state.model
    if gap == 0 or thermal == 0:
        return 0.0
    slope = _fermi_slope(thermal)
    carried = _thermal_average(model, gap, thermal, lambda energy, _: slope(energy, _) * energy**2)
    normal_part = 2 * _thermal_average(
        model, gap, thermal, lambda energy, square: slope(energy, square) * square
    )
    # 1 - Y loses digits as Y -> 1: near Tc its own sum is used
    whole = MOMENTS[model.symmetry]
    rest = whole - normal_part if normal_part < whole / 2 else _superfluid_moment(model, gap, thermal)
    opening = 2 * gap**2 * normal_part**2 / rest
    gamma_tc = 2 * np.pi**2 / 3 * K_B * model.critical_temperature
    return ((4 * carried + opening) / thermal - 2 * np.pi**2 / 3 * thermal) / gamma_tc


def bcs_density_of_states(state: State, energy: ArrayLike, broadening: float = 0.0) -> np.ndarray:
    """Return N_s(E)/N_0, the quasiparticle density of states over the normal one.

    s: Re |E|/sqrt(E^2 - Delta^2); d: <Re |E|/sqrt(E^2 - Delta^2 cos^2 2phi)>, that is
    (2/pi)(E/Delta) K(E^2/Delta^2) below the gap; with pair breaking Im u/zeta, where
    E/Delta = u [1 - zeta/sqrt(1-u^2)], zeta = alpha/Delta.

    Parameters
    ----------
    energy : meV from the Fermi level, any shape.
    broadening : meV, >= 0; Dynes' E -> E + i Gamma, for clean states.

    Raises
    ------
    InvalidInput : a negative broadening, or one on top of pair breaking.
    """
    where, gap, model = np.abs(np.asarray(energy, dtype=float)), _gap(state), state.model
    rate = model.pair_breaking.rate
    if broadening < 0 or (broadening > 0 and rate > 0):
        raise InvalidInput(
            f"broadening {broadening:g} meV at alpha = {rate:g} meV", "give >= 0, and 0 with pair breaking"
        )
    if gap == 0:
        return np.ones(where.shape)
    if rate > 0:
        return np.where(where < broken_edge(gap, rate), 0.0, _broken_density(where / gap, rate / gap))
    if broadening > 0:
        return _dynes_density(model, where + 1j * broadening, gap)
    with np.errstate(divide="ignore", invalid="ignore"):
        if model.symmetry == "s":
            return np.where(
                where > gap,
                where / np.sqrt(np.maximum(where**2 - gap**2, 0)),
                np.where(where == gap, np.inf, 0.0),
            )
        inside = (2 / np.pi) * where / gap * ellipk(np.minimum(where / gap, 1) ** 2)
        return np.where(where < gap, inside, (2 / np.pi) * ellipk(np.minimum(gap / where, 1) ** 2))


def bcs_thermodynamics(states: Sequence[State]) -> "xr.Dataset":
    """Return gap, free energy, critical field, entropy, specific heat and superfluid density against T.

    Hc/sqrt(N_0) = sqrt(-8 pi dF/N_0) (Gaussian units). ``specific_heat`` and ``stiffness`` are left
    out where pairs are broken. ``deviation`` D(t) = Hc(T)/Hc(0) - (1 - t^2) needs the state at T = 0
    to be among the states.

    Raises `InvalidInput` when the states do not share one model.
    """
    if not states or any(state.model != states[0].model for state in states):
        raise InvalidInput(
            f"{len(states)} states of different models", "give states of one model at several temperatures"
        )
    temperature = np.array([state["temperature"][0] for state in states])
    free = np.array([bcs_free_energy(state) for state in states])
    field = np.sqrt(-8 * np.pi * free)
    arrays = {
        "temperature": temperature,
        "gap_temperature": np.array([_gap(state) for state in states]),
        "free_energy": free,
        "critical_field": field,
        "entropy": np.array([bcs_entropy(state) for state in states]),
    }
    model = states[0].model
    if model.pair_breaking.rate == 0:
        arrays["specific_heat"] = np.array([bcs_specific_heat(state) for state in states])
        arrays["stiffness"] = np.array([bcs_superfluid_density(state) for state in states])
        if np.any(temperature == 0):
            reduced = temperature / model.critical_temperature
            parabola = np.maximum(1 - reduced**2, 0)
            arrays["deviation"] = field / field[temperature == 0][0] - parabola
    return schema.dataset(
        f"BCS, {model.symmetry} wave", arrays, critical_temperature=model.critical_temperature
    )


def broken_edge(gap: float, rate: float) -> float:
    """Return the lowest excitation energy of an s wave, Delta [1 - (alpha/Delta)^{2/3}]^{3/2}, 0 when gapless (meV)."""
    return 0.0 if rate >= gap else gap * (1 - (rate / gap) ** (2 / 3)) ** 1.5


# --- parts ----------------------------------------------------------------------------------------


def _gap(state: State) -> float:
    if state.method != "bcs":
        raise InvalidInput(
            f"a state of method {state.method!r} is not a BCS state", "make it with onnes.solve.bcs"
        )
    return float(state["gap_amplitude"][0])


def _thermal(state: State) -> float:
    return K_B * float(state["temperature"][0])


def _require_clean(state: State, name: str) -> None:
    if _gap(state) > 0 and state.model.pair_breaking.rate > 0:
        raise CannotProbe(
            name,
            "unbroken quasiparticles (pair_breaking 0)",
            "differentiate bcs_entropy, or use the dirty limit",
        )


def _fermi_slope(thermal: float) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """-dn/dE, as a function of energy and f^2."""

    def slope(energy: np.ndarray, _: np.ndarray) -> np.ndarray:
        decayed = np.exp(-energy / thermal)
        return decayed / (thermal * (1 + decayed) ** 2)

    return slope


def _thermal_average(
    model: BCS, gap: float, thermal: float, integrand: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> float:
    """int_0^inf dxi <integrand(E, f^2)> by the trapezoidal rule, for integrands even in E.

    Their only singularities are at E = i pi T, hence |Im xi| >= pi T: a step T/2 errs by exp(-4 pi^2).
    On the Fermi line they are at |Im theta| = asinh(pi T/Delta): the number of angles follows.
    """
    floor = gap if model.symmetry == "s" else 0.0
    reach = np.sqrt((floor + REACH * thermal) ** 2 - floor**2)
    xi = np.arange(0, reach + thermal, thermal / 2)
    weight = np.where(xi == 0, 0.25, 0.5) * thermal
    if model.symmetry == "s":
        square = np.ones(1)
    else:
        count = max(8, int(np.ceil(10 / np.arcsinh(np.pi * thermal / gap)))) if gap > 0 else 1
        square = np.cos(np.pi / 2 * (np.arange(count) + 0.5) / count) ** 2
    total = 0.0
    for part in np.array_split(square, max(1, len(square) * len(xi) // 2_000_000)):
        energy = np.hypot(xi[:, None], gap * np.sqrt(part))
        total += float(weight @ integrand(energy, part).sum(axis=1))
    return total / len(square)


def _superfluid_moment(model: BCS, gap: float, thermal: float) -> float:
    """<f^2 (1-Y)> by its Matsubara sum, which keeps its relative accuracy up to Tc."""
    if model.symmetry == "s":
        return positive_sum(lambda omega: gap**2 / np.hypot(omega, gap) ** 3, thermal, gap)
    count = max(ANGLES, int(np.ceil(10 / np.arcsinh(np.pi * thermal / gap))))
    amplitude = gap * np.cos(np.pi / 2 * (np.arange(count) + 0.5) / count)

    def term(omega: np.ndarray) -> np.ndarray:
        parts = np.array_split(omega, max(1, omega.size * count // 2_000_000))
        return (
            np.concatenate(
                [np.mean(amplitude**4 / np.hypot(w[:, None], amplitude) ** 3, axis=1) for w in parts]
            )
            / gap**2
        )

    return positive_sum(term, thermal, gap)


def _d_wave_energy(omega: np.ndarray, gap: float) -> np.ndarray:
    """<(R - w)^2/R>: elliptic integrals below the gap, the plain average above it."""
    far, value = omega > gap, np.empty_like(omega)
    square = (gap * np.cos(np.pi / 2 * (np.arange(ANGLES) + 0.5) / ANGLES)) ** 2
    root = np.sqrt(omega[far, None] ** 2 + square)
    value[far] = np.mean((square / (root + omega[far, None])) ** 2 / root, axis=1)
    close = omega[~far]
    largest = np.hypot(close, gap)
    mean_root = 2 / np.pi * largest * ellipe((gap / largest) ** 2)
    mean_inverse = 2 / np.pi / largest * ellipkm1((close / largest) ** 2)
    value[~far] = mean_root - 2 * close + close**2 * mean_inverse
    return value


def _dynes_density(model: BCS, energy: np.ndarray, gap: float) -> np.ndarray:
    if model.symmetry == "s":
        square = np.ones(1)
    else:
        # the integrand's branch points lie at |Im theta| ~ Gamma/Delta
        count = max(ANGLES, int(np.ceil(10 * gap / energy.imag.flat[0])))
        square = np.cos(np.pi / 2 * (np.arange(count) + 0.5) / count) ** 2
    total = np.zeros(energy.shape)
    for amplitude in gap**2 * square:
        total += (energy / np.sqrt(energy**2 - amplitude)).real
    return total / len(square)


def _broken_density(energy: np.ndarray, zeta: float) -> np.ndarray:
    """Im u/zeta from the quartic (e - u)^2 (1 - u^2) = zeta^2 u^2, u the root in the upper half plane."""
    flat = energy.ravel()
    companion = np.zeros((flat.size, 4, 4))
    companion[:, 1, 0] = companion[:, 2, 1] = companion[:, 3, 2] = 1
    companion[:, 0, 0] = 2 * flat
    companion[:, 0, 1] = 1 - flat**2 - zeta**2
    companion[:, 0, 2] = -2 * flat
    companion[:, 0, 3] = flat**2
    roots = np.linalg.eigvals(companion)
    return (roots.imag.max(axis=1) / zeta).reshape(energy.shape)
