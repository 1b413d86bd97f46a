"""Local spin fluctuations at vanishing energy: what relaxes a nuclear spin.

For independent quasiparticles the sum over q of Im chi_zz(q, omega)/omega factorises for omega -> 0 ::

    lim Im chi_loc/omega = (pi/4) sum_ij int dE (-df/dE) |rho_ij(E)|^2

with rho the local spectral matrix in (c_up, c†_dn) of one atom: its diagonal blocks give N_s(E)^2, the
off-diagonal ones the coherence term M_s(E)^2, which a gap of changing sign averages away.
"""

import numpy as np

from onnes.errors import CannotProbe, InvalidInput
from onnes.model.lattice.pairing import Superconductor
from onnes.model.lattice.tightbinding import TightBinding
from onnes.numerics import brillouin
from onnes.numerics.hilbert import pole_grid
from onnes.response.lattice.lindhard import levels, packed, unpacked
from onnes.state import State
from onnes.units import K_B

THERMAL = 20.0
"""kT over which -df/dE is integrated on either side: exp(-20) is left."""
STEPS = 6
"""Energies in each kT or broadening, whichever is smaller: the integrand is smooth on either scale."""


def local_spectrum(
    state: State, energy: np.ndarray, *, broadening: float, mesh: tuple[int, int, int]
) -> np.ndarray:
    """Return rho_ij(E) = (1/N) sum_k,n w_i w_j* delta(E - E_n(k)), complex (energy, i, j), 1/meV.

    Parameters
    ----------
    energy : meV.
    broadening : half width of the Lorentzians, meV.
    mesh : k points along each axis.
    """
    k = brillouin.mesh(mesh)
    total, grid = 0.0, None
    for part in np.array_split(k, max(1, len(k) // 4096)):
        energies, rows = levels(state, part)
        size = energies.shape[1]
        if grid is None:
            bound = 10 * np.max(np.abs(energies)) + np.max(np.abs(energy)) + broadening
            grid = pole_grid(energy, broadening, (-bound, bound))
        rows = rows.reshape(-1, size)
        share = np.full(len(rows), 1 / len(k))
        total = total + grid.deposit(energies.ravel(), share).T @ packed(rows)
    return unpacked(grid.kernel(energy).imag @ total / np.pi, size)


def relaxation(state: State, *, broadening: float, mesh: tuple[int, int, int]) -> float:
    """Return the limit of Im chi_zz,loc(omega)/omega at an atom, averaged over the atoms of the cell, 1/meV^2.

    Parameters
    ----------
    state : a superconductor or bands, with a temperature.
    broadening : half width of the quasiparticles, meV: it cuts the logarithm of the coherence peak.
    mesh : k points along each axis.

    Raises
    ------
    CannotProbe : a state without lattice bands or temperature.
    InvalidInput : zero temperature, where no thermal quasiparticle is left, or no broadening.
    """
    if "temperature" not in state or not isinstance(state.model, Superconductor | TightBinding):
        raise CannotProbe(
            "nmr",
            "lattice bands of two equal spins and a temperature",
            "give a state of onnes.solve.given_gap",
        )
    kt = K_B * float(state["temperature"][0])
    if not (kt > 0 and np.isfinite(broadening) and broadening > 0):
        raise InvalidInput(
            f"a relaxation at {kt / K_B:g} K with a broadening of {broadening} meV", "give positive numbers"
        )
    paired = isinstance(state.model, Superconductor)
    bands = state.model.bands if paired else state.model
    count = int(np.ceil(2 * THERMAL * kt * STEPS / min(kt, broadening))) + 1
    energy = np.linspace(-THERMAL * kt, THERMAL * kt, count)
    spectrum = local_spectrum(state, energy, broadening=broadening, mesh=mesh)
    same, atoms = _same_atom(bands)
    mask = np.tile(same, (2, 2)) if paired else same
    strength = np.sum(np.abs(spectrum) ** 2 * mask, axis=(1, 2))
    slope = 0.25 / (kt * np.cosh(energy / (2 * kt)) ** 2)
    spins = 1.0 if paired else 2.0
    return float(np.pi / 4 * spins * np.trapezoid(slope * strength, energy) / atoms)


def _same_atom(bands: TightBinding) -> tuple[np.ndarray, int]:
    """Return which orbitals share a position, bool (n, n), and how many positions there are."""
    tau = bands.positions
    same = np.max(np.abs(tau[:, None] - tau[None]), axis=-1) < 1e-6
    return same, len(np.unique(same, axis=0))
