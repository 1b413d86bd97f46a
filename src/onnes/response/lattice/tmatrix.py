"""The self-consistent T-matrix of point impurities in a d wave, from Born to unitary scatterers.

With <...> the average over the Fermi line, f the form factor with <f^2> = 1, and w a Matsubara frequency (or
-i(E + i0) on the real axis)::

    w~ = w + Gamma (1 + c^2) g/(c^2 + g^2),     g = <w~/sqrt(w~^2 + Delta^2 f^2)>

Gamma = hbar/2 tau of the normal metal, where g = 1. The anomalous average vanishes, so that the gap is not
renormalised. P. J. Hirschfeld, P. Woelfle and D. Einzel, Phys. Rev. B 37, 83 (1988). Isotropic scatterers
leave no vertex correction to the current of a singlet.

    ln(Tc0/T) = 2 pi T sum_{n>=0} [1/w_n - <f^2/sqrt(w~^2 + Delta^2 f^2)>]
    rho_s/rho_00 = 2 pi T sum_{n>=0} <v^2 Delta^2 f^2/(w~^2 + Delta^2 f^2)^{3/2}>/<v^2>
"""

import numpy as np

from onnes.errors import CannotProbe, InvalidInput
from onnes.model.lattice.dirty import DirtyDWave, PointScatterers
from onnes.response.lattice.fermi_line import FermiLine, circle, fermi_line
from onnes.state import State

STEPS = 60


def line_of(model: DirtyDWave) -> FermiLine:
    """Return the Fermi line of a model: its bands', or the circle."""
    return circle() if model.bands is None else fermi_line(model.bands)


def self_energy(
    w: np.ndarray, gap: float, line: FermiLine, scatterers: PointScatterers
) -> tuple[np.ndarray, np.ndarray]:
    """Return Sigma(w~) = Gamma (1 + c^2) g/(c^2 + g^2) and dSigma/dw~ at renormalised frequencies (any shape)."""
    w = np.asarray(w)
    square = (gap * line.form) ** 2
    root = np.sqrt(w[..., None] ** 2 + square)
    g = (w[..., None] / root) @ line.weights
    slope = (square / root**3) @ line.weights
    c2 = scatterers.cotangent**2
    if np.isinf(c2):
        return scatterers.rate * g, scatterers.rate * slope
    strength = scatterers.rate * (1 + c2)
    return strength * g / (c2 + g**2), strength * slope * (c2 - g**2) / (c2 + g**2) ** 2


def renormalised(omega: np.ndarray, gap: float, line: FermiLine, scatterers: PointScatterers) -> np.ndarray:
    """Return w~ > 0 at positive Matsubara frequencies omega (n,), meV, by bracketed Newton steps.

    w~ - Sigma(w~) rises through omega once: w~ lies between omega and omega + Sigma's bound.
    """
    omega = np.asarray(omega, float)
    if gap == 0 or scatterers.rate == 0:
        return omega + scatterers.rate
    low, high = omega.copy(), omega + _bound(omega, gap, line, scatterers)
    w = omega + scatterers.rate
    for _ in range(STEPS):
        value, slope = self_energy(w, gap, line, scatterers)
        excess = w - value - omega
        low, high = np.where(excess < 0, w, low), np.where(excess > 0, w, high)
        with np.errstate(divide="ignore", invalid="ignore"):
            new = w - excess / (1 - slope)
        new = np.where((new > low) & (new < high), new, (low + high) / 2)
        done = np.all(np.abs(new - w) <= 4e-16 * np.abs(w))
        w = new
        if done:
            break
    return w


def _bound(omega: np.ndarray, gap: float, line: FermiLine, scatterers: PointScatterers) -> np.ndarray:
    """An upper bound of Sigma at the solution: doubled until w~ - Sigma(w~) exceeds omega."""
    bound = np.full(omega.shape, scatterers.rate + 1e-300)
    for _ in range(200):
        short = omega + bound - self_energy(omega + bound, gap, line, scatterers)[0] < omega
        if not np.any(short):
            return bound
        bound = np.where(short, 2 * bound, bound)
    return bound


def dirty_superfluid_density(state: State) -> float:
    """Return rho_s(T)/rho_00 of a state of solve.dirty_d_wave; rho_00 is that of the clean metal at T = 0."""
    if "superfluid_fraction" not in state:
        raise CannotProbe("lattice_superfluid", "superfluid_fraction", "give a state of solve.dirty_d_wave")
    return float(state["superfluid_fraction"])


def superfluid_sum(w: np.ndarray, gap: float, line: FermiLine) -> np.ndarray:
    """Return <v^2 Delta^2 f^2/(w~^2 + Delta^2 f^2)^{3/2}>/<v^2> at each w~, 1/meV."""
    square = (gap * line.form) ** 2
    return (square / (w[:, None] ** 2 + square) ** 1.5) @ (line.weights * line.velocity)


def dirty_density_of_states(state: State, energy: np.ndarray) -> np.ndarray:
    """Return N(E)/N_0 = Re g(-i(E + i0)) of a state of solve.dirty_d_wave, float (n,), at energies in meV.

    The root is followed from far above the real axis, where w~ = w + Gamma, down to it: no branch is guessed.

    Raises
    ------
    CannotProbe : another kind of state.
    InvalidInput : no impurities (the clean density of states is `onnes.response.bcs_density_of_states`).
    """
    if not isinstance(state.model, DirtyDWave):
        raise CannotProbe("dirty_density_of_states", "impurities", "give a state of solve.dirty_d_wave")
    model, gap = state.model, float(state["gap_amplitude"][0])
    if model.scatterers.rate == 0:
        raise InvalidInput("a clean metal has a cusp on the real axis", "give a rate above zero")
    line = line_of(model)
    delta = gap / line.peak
    z = np.abs(np.asarray(energy, float))
    if delta == 0:
        return np.ones_like(z)
    start = 10 * max(gap, model.scatterers.rate, float(z.max(initial=0.0)))
    heights = np.concatenate([start * np.logspace(0, -7, 140), [0.0]])
    w = heights[0] - 1j * z + model.scatterers.rate
    for height in heights:
        w = _newton(height - 1j * z, w, delta, line, model.scatterers)
    root = np.sqrt(w[:, None] ** 2 + (delta * line.form) ** 2)
    return ((w[:, None] / root) @ line.weights).real


def _newton(
    omega: np.ndarray, w: np.ndarray, gap: float, line: FermiLine, scatterers: PointScatterers
) -> np.ndarray:
    for _ in range(30):
        value, slope = self_energy(w, gap, line, scatterers)
        step = (w - value - omega) / (1 - slope)
        # stay in the half plane of retarded functions
        new = w - step
        new = np.where(new.real > 0, new, w.real / 2 + 1j * new.imag)
        w, moved = new, np.abs(new - w)
        if np.all(moved <= 1e-13 * np.abs(w)):
            break
    return w
