"""What nonmagnetic impurities do to the pairing of `onnes.solve.pairing`: Tc and the gap that appears there.

Born scatterers renormalise the frequency and the gap of every point of the Fermi line,

(|w| + L) f = Delta,  (L f)_k = sum_k' w_k' S_kk' (f_k - f_k'),  S_kk' = c |<k|k'>|^2,
Delta_k = -sum_k' w_k' Gamma_kk' 2 pi kT sum_{0 < w_n < w_c} f_k'(w_n).

L is symmetric and not negative, and vanishes on a constant: a gap that is one number all over the
Fermi line does not notice (Anderson's theorem). Where the gap has opposite signs on two equal halves
and impurities scatter between all states alike, every rate is the same, and the law of Abrikosov
and Gor'kov follows, with the critical rate pi kTc0/(2 e^gamma). <k|k'> is the overlap of the orbitals
at the two points: an impurity of the same potential in every orbital cannot scatter between states
of different orbitals.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma

from onnes.errors import InvalidInput, NoSuperconductivity
from onnes.solve.lattice.pairing import fermi_projectors
from onnes.state import State
from onnes.units import E_CHARGE, HBAR_SI, K_B

LOWEST = 1e-6
"""Lowest kT that is searched, over the cutoff."""


@dataclass(frozen=True, slots=True, eq=False)
class ImpureTransition:
    """Where the gap opens in the presence of impurities.

    Attributes
    ----------
    temperature : Tc in K.
    gap : float array (fermi_point,), the gap of the quasiparticles at Tc, |w| f at the lowest frequency
        (Delta renormalised by the impurities), its largest modulus 1. Without impurities it is Delta.
    eigenvalue : of the gap equation at Tc: 1, to rounding.
    """

    temperature: float
    gap: np.ndarray
    eigenvalue: float


def impure_transition(
    state: State, scattering: float, *, cutoff: float, orbital: bool = True, coupling: float = 1.0
) -> ImpureTransition:
    """Return Tc and the gap at Tc of a `pairing` state with nonmagnetic impurities.

    Parameters
    ----------
    state : of `onnes.solve.pairing`, in the singlet channel.
    scattering : hbar/2 tau, averaged over the Fermi line, meV, not negative.
    cutoff : w_c, the energy of the fluctuations, meV; Tc0 is of the order of w_c exp(-1/lambda).
    orbital : impurities with one potential in all orbitals; otherwise every pair of states is
        scattered into each other alike.
    coupling : factor on the pairing vertex.

    Raises
    ------
    InvalidInput : a state of another method, a negative rate, a cutoff that is not positive.
    NoSuperconductivity : no Tc above a millionth of the cutoff.
    """
    if state.method != "pairing":
        raise InvalidInput(f"a state of method {state.method!r}", "give a state of onnes.solve.pairing")
    if not (scattering >= 0 and np.isfinite(scattering)) or not cutoff > 0:
        raise InvalidInput(
            f"scattering = {scattering}, cutoff = {cutoff}", "give a rate >= 0 and a cutoff > 0, both in meV"
        )
    weight = state["fermi_weight"]
    root = np.sqrt(weight)
    attraction = -coupling * root[:, None] * state["pairing_vertex"] * root
    rates, modes = np.linalg.eigh(impurity_scattering(state, scattering, orbital))
    projected = modes.T @ attraction @ modes

    def leading(kt: float) -> tuple[float, np.ndarray]:
        x = np.maximum(rates, 0) / (2 * np.pi * kt)
        # sum over n < w_c/(2 pi kT) of 1/(n + 1/2 + x), continued smoothly between whole numbers
        log = np.sqrt(digamma(cutoff / (2 * np.pi * kt) + 0.5 + x) - digamma(0.5 + x))
        values, vectors = np.linalg.eigh(log[:, None] * projected * log)
        return float(values[-1]), modes @ (vectors[:, -1] * log)

    low, high = np.log(LOWEST * cutoff), np.log(cutoff)
    if leading(np.exp(low))[0] < 1:
        raise NoSuperconductivity(
            f"no Tc above {LOWEST * cutoff / K_B:.3g} K at a scattering rate of {scattering:.4g} meV",
            "lower the rate, or raise the coupling",
        )
    kt = np.exp(brentq(lambda y: leading(np.exp(y))[0] - 1, low, high, xtol=1e-12))
    value, pair = leading(kt)
    # Delta = -Gamma w f: one more application of the interaction turns the pair function into the gap.
    bare = modes.T @ (attraction @ pair)
    gap = modes @ (bare / (1 + np.maximum(rates, 0) / (np.pi * kt))) / root
    return ImpureTransition(float(kt / K_B), gap / gap[np.argmax(np.abs(gap))], value)


def impurity_scattering(state: State, scattering: float, orbital: bool = True) -> np.ndarray:
    """Return L between the points, float (point, point), meV, symmetric in the basis sqrt(weight)."""
    out, overlap, root = _scattering(state, scattering, orbital)
    return np.diag(out) - root[:, None] * overlap * root


def residual_resistivity(state: State, scattering: float, orbital: bool = True) -> float:
    """Return the resistivity in microohm cm of impurities with a given hbar/2 tau averaged over the Fermi line.

    1/rho = (e^2/hbar V) sum_k w_k |v_k|^2/(2 Gamma_k), averaged over the directions of the plane, Gamma_k =
    hbar/2 tau_k of the point; the return of scattered electrons (vertex corrections) is left out, and
    velocities are those of the bands: no mass enhancement.
    """
    bands, k, band = state.model.bands, state["fermi_wavevector"], state["fermi_band"]
    p = fermi_projectors(bands, k, band)
    velocity = np.einsum("kxab,kba->kx", bands.velocity(k), p).real
    rate, _, _ = _scattering(state, scattering, orbital)
    volume = abs(np.linalg.det(bands.vectors))
    # both spins: 2 w; tau = hbar/2 Gamma; v_x^2 = |v|^2/2
    per_angstrom = np.sum(state["fermi_weight"] * np.sum(velocity[:, :2] ** 2, axis=1) / (2 * rate)) / volume
    return float(1e8 / (E_CHARGE**2 / HBAR_SI * 1e10 * per_angstrom))


def sign_coherence(state: State, gap: np.ndarray) -> float:
    """Return <g>^2/<g^2> over the Fermi line: 1 for one constant gap, 0 where the signs cancel.

    The size of the anomalous term of the nuclear relaxation rate (Hebel and Slichter's peak), and the part
    of the gap that point impurities leave alone.
    """
    weight, gap = state["fermi_weight"], np.asarray(gap, float)
    if gap.shape != weight.shape:
        raise InvalidInput(f"a gap of shape {gap.shape}", f"give one value for each of {len(weight)} points")
    return float((weight @ gap) ** 2 / (weight.sum() * (weight @ gap**2)))


def _scattering(state: State, scattering: float, orbital: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rate out of each point, the matrix S_kk' (meV per unit of weight), and sqrt(weight)."""
    weight = state["fermi_weight"]
    overlap = np.ones((len(weight), len(weight)))
    if orbital:
        p = fermi_projectors(state.model.bands, state["fermi_wavevector"], state["fermi_band"])
        flat = p.reshape(len(p), -1)
        overlap = (flat @ flat.conj().T).real
    strength = scattering * weight.sum() / (weight @ overlap @ weight)
    return strength * (overlap @ weight), strength * overlap, np.sqrt(weight)
