"""Models and observables of the resonance of Ba0.6K0.4Fe2As2, used by its case."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import brentq

from onnes import model, response, solve
from onnes.compare.claim import references
from onnes.model import HubbardKanamori, Superconductor, TightBinding
from onnes.numerics import brillouin
from onnes.response import Chi
from onnes.response.lattice.rpa import stoner, vertex
from onnes.state import State

PUBLISHED = references(Path(__file__).with_name("ba122_resonance.toml"))
Q = (0.5, 0.0)
"""(pi, 0) of the cell with one iron."""
TC, COLD, NORMAL = 38.0, 4.0, 45.0
"""K."""
DOPED = 5.8
"""Electrons per iron at 40 % potassium, 0.2 holes from six: the filling of a rigid shift, which is also tried."""
RENORMALISATION = 3.0
"""All energies of the bands are divided by it: a round number of the size that photoemission finds, an assumption."""
HUND = 0.25
"""J/U, with U' = U - 2J and J' = J."""
LIFETIME = 1.0
"""Broadening eta, meV: the resonance is resolution-limited here."""
WINDOW = 5.0
"""Half width in meV of the range about the resonance over which absorption is counted."""
RESOLUTION = 2.0
"""Full width at half maximum in meV, of the order of a thermal spectrometer's."""


@dataclass(frozen=True, slots=True)
class Sum:
    """How finely the zone is summed."""

    mesh: tuple[int, int]
    refine: int
    step: float
    """Energy step, meV."""
    temperatures: tuple[float, ...]
    offsets: int
    """Number of Q along each line of the dispersion."""


def renormalised(filling: float | None = None) -> TightBinding:
    """Return the five bands with energies divided by RENORMALISATION, as published or shifted to a filling."""
    bands = model.bands("Graser")
    if filling is not None:
        levels = np.sort(np.linalg.eigvalsh(bands.bloch(brillouin.mesh((120, 120)))).ravel())
        bands = bands.shifted(levels[int(filling / 2 * 120**2)])
    return bands.scaled(1 / RENORMALISATION)


def gap(temperature: float) -> float:
    """Return Delta_0(T) in meV: the measured value at T = 0 times the weak-coupling temperature dependence."""
    curve = model.BCS(TC)
    zero, here = solve.bcs_gap(curve, [0.01 * TC, temperature])
    return PUBLISHED["gap"].value * float(here / zero)


def signed(bands: TightBinding, temperature: float) -> State:
    """Return the s+- superconductor, normal above Tc."""
    return solve.given_gap(Superconductor(bands, model.s_plus_minus(gap(temperature), 5)), temperature)


def unsigned(bands: TightBinding, temperature: float) -> State:
    """Return the s++ superconductor with the size of the s+- gap and no change of sign."""
    return solve.given_gap(Superconductor(bands, model.s_wave(gap(temperature), 5)), temperature)


def kanamori(strength: float) -> HubbardKanamori:
    return HubbardKanamori.rotational(strength, HUND * strength)


# --- observables ---------------------------------------------------------------------------------


def spectrum(state: State, how: Sum, energy: np.ndarray, q: np.ndarray | tuple[float, float] = Q) -> Chi:
    """Return the bubble at Q."""
    return response.susceptibility(state, q, energy, broadening=LIFETIME, mesh=how.mesh, refine=how.refine)


def absorption(chi: Chi, interaction: HubbardKanamori) -> np.ndarray:
    """Return chi''_zz at the first Q, 1/meV per iron."""
    return response.rpa(chi, interaction).zz[0].imag


def peak(energy: np.ndarray, absorbed: np.ndarray) -> float:
    """Return the energy of the largest absorption, from the parabola through its three points."""
    i = int(np.clip(np.argmax(absorbed), 1, len(energy) - 2))
    left, top, right = absorbed[i - 1 : i + 2]
    bend = left - 2 * top + right
    shift = 0.5 * (left - right) / bend if bend < 0 else 0.0
    return float(energy[i] + np.clip(shift, -1, 1) * (energy[1] - energy[0]))


def fitted(chi: Chi, target: float) -> HubbardKanamori:
    """Return the interaction whose resonance lies at ``target`` (meV)."""
    critical = response.critical_interaction(chi, kanamori(1.0))

    def miss(share: float) -> float:
        return peak(chi.energy, absorption(chi, kanamori(share * critical))) - target

    return kanamori(brentq(miss, 0.9, 0.998, xtol=1e-4) * critical)


def pair_threshold(state: State, wavevector: np.ndarray | tuple[float, float] = Q) -> float:
    """Return the lowest energy of two quasiparticles of one total wavevector, meV, to a hundredth."""
    q, k, spread = np.array([*wavevector, 0.0]), brillouin.mesh((48, 48)), 1 / 48
    for _ in range(5):
        n = state.model.bands.n_orbitals
        total = response.quasiparticles(state, k)[0][:, n] + response.quasiparticles(state, k + q)[0][:, n]
        best = k[np.argsort(total)[:40]]
        fine = spread * (brillouin.mesh((5, 5), 0.5) - [0.5, 0.5, 0.0])
        k, spread = (best[:, None] + fine).reshape(-1, 3), spread / 5
    return float(total.min())


def window(energy: np.ndarray, absorbed: np.ndarray) -> float:
    """Return the absorption within WINDOW of the fitted resonance, summed over energy."""
    near = np.abs(energy - PUBLISHED["resonance"].value) <= WINDOW
    return float(np.sum(absorbed[near]) * (energy[1] - energy[0]))


def vanishing(energy: np.ndarray, absorbed: dict[float, np.ndarray]) -> float:
    """Return where the excess over the normal state falls to a twentieth, K, by linear interpolation."""
    temperatures = np.array([t for t in absorbed if t < NORMAL] + [TC])
    excess = [window(energy, absorbed[t]) - window(energy, absorbed[NORMAL]) for t in temperatures[:-1]]
    share = np.array([*excess, 0.0]) / excess[0]
    return float(np.interp(-0.05, -share, temperatures))


def fading(energy: np.ndarray, absorbed: dict[float, np.ndarray]) -> float:
    """Return how far the excess, relative to that at 4 K, strays from the square of the gap."""
    normal = window(energy, absorbed[NORMAL])
    full = window(energy, absorbed[COLD]) - normal
    return max(
        abs((window(energy, a) - normal) / full - (gap(t) / gap(COLD)) ** 2) for t, a in absorbed.items()
    )


@dataclass(frozen=True, slots=True)
class Line:
    """The mode along one direction from Q: distance, largest absorption, total gap, and spectra (q, energy)."""

    offset: np.ndarray
    mode: np.ndarray
    threshold: np.ndarray
    absorbed: np.ndarray


def dispersion(
    bands: TightBinding, how: Sum, energy: np.ndarray, interaction: HubbardKanamori
) -> dict[str, Line]:
    """Return the dispersion along (H, 0) and (1/2, K); Q of the mesh, where no second diagonalisation is needed."""
    state, found = signed(bands, COLD), {}
    offset = np.arange(how.offsets) * max(1, how.mesh[0] // 32) / how.mesh[0]
    for name, direction in (("(H, 0)", (1.0, 0.0)), ("(1/2, K)", (0.0, 1.0))):
        q = np.array(Q) + offset[:, None] * np.array(direction)
        absorbed = response.rpa(spectrum(state, how, energy, q), interaction).zz.imag
        mode = np.array([peak(energy, a) for a in absorbed])
        found[name] = Line(offset, mode, np.array([pair_threshold(state, x) for x in q]), absorbed)
    return found


def stability(bands: TightBinding, how: Sum) -> tuple[np.ndarray, np.ndarray]:
    """Return Q (q, 3) along (H, 0), (1/2, K) and at (1/2, 1/2), and Uc (meV) of the normal metal at each."""
    steps = np.arange(how.mesh[0] // 4, how.mesh[0] // 2 + 1, max(1, how.mesh[0] // 32)) / how.mesh[0]
    q = [*((h, 0.0, 0.0) for h in steps), *((0.5, k, 0.0) for k in (0.0625, 0.125, 0.25, 0.5))]
    state = signed(bands, NORMAL)
    chi = response.susceptibility(
        state, q, [PUBLISHED["resonance"].value], broadening=LIFETIME, mesh=how.mesh
    )
    strength = stoner(chi.static, vertex(chi, kanamori(1.0)))
    return chi.q, 1 / strength
