"""What a proton does when pushed: static and dynamic susceptibility, the modes of a lattice of bonds.

A force f on one bond gives <x> = chi f. In a lattice of bonds coupled by J_q (random phase
approximation, exact for the mean-field model)::

    chi_q(w) = 1/(1/chi(w) - J_q),      static stability: J_q chi(0) < 1,

and by the Kramers-Kronig relation the static chi_q(0) is the whole weight integral dw 2/(pi w) Im chi_q(w)
with which the mode enters an electron-phonon coupling constant, however anharmonic it is.
"""

import numpy as np
from numpy.typing import ArrayLike

from onnes.errors import CannotProbe, InvalidInput
from onnes.model.phonons.peaks import from_peaks
from onnes.model.phonons.proton import Proton
from onnes.model.phonons.spectrum import Spectrum
from onnes.state import State
from onnes.units import K_B

DEGENERATE = 1e-9
"""Level splittings below this fraction of kT are taken as degenerate in the Kubo formula."""
WAVEVECTORS = 48
"""Points of the q-average along a chain of bonds."""


def proton_susceptibility(state: State) -> float:
    """Return the static isothermal susceptibility chi of one bond, angstrom^2/meV.

    Quantum (Kubo): chi = sum_nm |x_nm|^2 (p_m - p_n)/(E_n - E_m) - <x>^2/kT. Classical:
    (<x^2> - <x>^2)/kT, or 1/stiffness at T = 0. Self-consistent harmonic: 1/stiffness of the
    Gaussian, at the centre of the bond only.

    Parameters
    ----------
    state : of `solve.proton` or `solve.scha`.

    Raises
    ------
    CannotProbe : another state, or an off-centre Gaussian state (its cubic term is left out).
    """
    if state.method == "proton":
        return kubo(state["level_energy"], state["position_element"], float(state["temperature"][0]))
    if state.method == "classical_proton" and state["temperature"][0] > 0:
        return float(state["variance"] / (K_B * state["temperature"][0]))
    if state.method == "classical_proton" or (state.method == "scha" and float(state["off_centring"]) == 0.0):
        return float(1 / state["bond_stiffness"])
    raise CannotProbe("proton_susceptibility", "the levels of a proton", "solve it with solve.proton")


def kubo(energies: np.ndarray, elements: np.ndarray, temperature: float) -> float:
    """Return the static isothermal Kubo susceptibility from levels (meV) and x_nm (angstrom).

    Parameters
    ----------
    energies : float array (n,), ascending, meV.
    elements : float array (n, n), x_nm, angstrom.
    temperature : K; 0 leaves the ground state alone.
    """
    if temperature == 0:
        return float(2 * np.sum(elements[0, 1:] ** 2 / (energies[1:] - energies[0])))
    beta = 1 / (K_B * temperature)
    weight = np.exp(-beta * (energies - energies[0]))
    weight /= weight.sum()
    gap = energies[:, None] - energies[None, :]
    same = np.abs(gap) * beta < DEGENERATE
    kernel = np.where(
        same, beta * weight[None, :], (weight[None, :] - weight[:, None]) / np.where(same, 1.0, gap)
    )
    mean = float(np.sum(weight * np.diag(elements)))
    return float(np.sum(elements**2 * kernel) - beta * mean**2)


def proton_modes(state: State, coupling: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return the mode energies (q, k) in meV and weights (q, k) in angstrom^2 meV of a lattice of bonds.

    The poles of chi_q(w) = sum_k weight_k/(w_k^2 - w^2) at T = 0 are eigenvalues of the symmetric matrix
    Delta_n^2 delta_nm - J_q v_n v_m with Delta_n = E_n - E_0, v_n = (2 Delta_n)^(1/2) x_0n. They obey
    sum_k weight_k = hbar^2/m (f-sum rule) and sum_k weight_k/w_k^2 = 1/(1/chi - J_q).

    Parameters
    ----------
    state : of `solve.proton`, quantum, in the symmetric phase.
    coupling : J_q at each wavevector, meV/angstrom^2, shape (q,).

    Raises
    ------
    CannotProbe : a state without levels, or off-centre.
    InvalidInput : an unstable lattice, J_q chi >= 1.
    """
    if state.method != "proton" or abs(float(state["off_centring"])) > 0:
        raise CannotProbe(
            "proton_modes", "the levels of a centred quantum proton", "solve it with solve.proton, J chi < 1"
        )
    gap = state["level_energy"][1:] - state["level_energy"][0]
    strength = np.sqrt(2 * gap) * state["position_element"][0, 1:]
    reach = np.atleast_1d(np.asarray(coupling, dtype=float))
    matrices = np.diag(gap**2)[None] - reach[:, None, None] * np.outer(strength, strength)[None]
    squares, vectors = np.linalg.eigh(matrices)
    if squares.min() <= 0:
        raise InvalidInput(
            "the lattice of bonds is unstable at one of the wavevectors",
            "raise the pressure, so that J chi < 1",
        )
    return np.sqrt(squares), np.einsum("n,qnk->qk", strength, vectors) ** 2


def stretch_spectrum(state: State, hopfield: float, *, wavevectors: int = WAVEVECTORS) -> Spectrum:
    """Return alpha2F of the stretching modes of a chain of bonds, anharmonic to all orders of one bond.

    J_q = J cos q (bonds in line, zero mean). lambda_q = eta chi_q(0) is exact by Kramers-Kronig; it is put
    at the lowest pole of chi_q(w), which carries all but a few thousandths of it. The total is
    lambda = eta (chi^-2 - J^2)^(-1/2).

    Parameters
    ----------
    state : of `solve.proton`, quantum, symmetric phase.
    hopfield : eta, meV/angstrom^2.
    wavevectors : points of the q-average (midpoints in 0..pi).
    """
    reach = state.model.coupling * _cosines(wavevectors)
    energies, _ = proton_modes(state, reach)
    stiffness = 1 / proton_susceptibility(state) - reach
    return from_peaks(energies[:, 0], hopfield / stiffness / wavevectors)


def harmonic_stretch_spectrum(model: Proton, hopfield: float, *, wavevectors: int = WAVEVECTORS) -> Spectrum:
    """Return alpha2F of the same chain in the harmonic approximation: (hbar w_q)^2 = (hbar^2/m) (kappa - J cos q).

    Raises
    ------
    InvalidInput : kappa <= J, where the harmonic crystal is unstable.
    """
    stiffness = model.stiffness - model.coupling * _cosines(wavevectors)
    if model.stiffness <= model.coupling:
        raise InvalidInput(
            "the harmonic crystal is unstable (kappa <= J)", "raise the pressure above the classical one"
        )
    return from_peaks(np.sqrt(stiffness * model.kinetic), hopfield / stiffness / wavevectors)


def _cosines(wavevectors: int) -> np.ndarray:
    return np.cos((np.arange(wavevectors) + 0.5) * np.pi / wavevectors)
