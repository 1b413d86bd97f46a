"""Specific heat of lattice quasiparticles summed over the whole zone, and how a self-consistent gap drifts with T.

    S = k sum_n s(E_n/kT),   C = T dS/dT = k sum_n g(x_n) [x_n^2 - x_n (dE_n/dT)/k],   g(x) = 1/4 cosh^2(x/2),

n over the Bogoliubov energies of both signs, averaged over k, and dE_n/dT = <n|dH_BdG/dT|n>: for one band
E dE/dT = (d Delta^2/dT)/2. The mesh must resolve kT: its levels are spaced by about band width over points.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from onnes.errors import CannotProbe, InvalidInput
from onnes.model.lattice.attraction import PairingInteraction
from onnes.model.lattice.pairing import Pairing, Superconductor, s_wave
from onnes.model.lattice.tightbinding import TightBinding
from onnes.response.lattice.energetics import blocks, diagonalised, occupied
from onnes.state import State
from onnes.units import E_CHARGE, K_B, N_A

MOLAR = N_A * E_CHARGE
"""What one meV/K for each cell is in mJ/(mol K), a mole of cells: 96485."""
STEP = 1e-4
"""Relative step of central differences: errors of 1e-8."""


@dataclass(frozen=True, slots=True, eq=False)
class GapDrift:
    """How a state changes with temperature: ``gap`` is d Delta/dT (amplitude in meV/K), ``level`` d mu/dT in meV/K."""

    gap: Pairing
    level: float = 0.0


def lattice_model(state: State) -> Superconductor:
    """Return bands and gap of a state; a normal metal has the gap zero. Raises `CannotProbe` without lattice bands."""
    if isinstance(state.model, Superconductor):
        return state.model
    if isinstance(state.model, TightBinding):
        return Superconductor(state.model, s_wave(0.0, state.model.n_orbitals))
    raise CannotProbe("lattice_calorimetry", "lattice bands", "give a state of solve.bdg or solve.given_gap")


def lattice_specific_heat(state: State, drift: GapDrift | None = None, *, mesh: Sequence[int]) -> float:
    """Return the specific heat of the quasiparticles, meV/K for each cell.

    Parameters
    ----------
    state : superconductor or bands, at a temperature above zero.
    drift : of `gap_drift` or `proportional_drift`; without it the gap is held fixed.
    mesh : points along each reciprocal vector.

    Raises
    ------
    CannotProbe : a state without lattice bands.
    InvalidInput : zero temperature.
    """
    model, kt = lattice_model(state), _thermal(state)
    n, total = model.bands.n_orbitals, 0.0
    for k in blocks(mesh, 2 * n, cells=len(model.bands.cells) + len(model.pairing.cells)):
        energies, vectors = diagonalised(model.bogoliubov(k))
        x = energies / kt
        decay = np.exp(-np.abs(x))
        weight = decay / (1 + decay) ** 2
        bracket = x**2
        if drift is not None:
            bracket = bracket - x * _change(drift, k, vectors, n) / K_B
        total += float(np.sum(weight * bracket))
    return K_B * total / int(np.prod(mesh))


def _change(drift: GapDrift, k: np.ndarray, vectors: np.ndarray, n: int) -> np.ndarray:
    """Return dE_n/dT, meV/K (k, n)."""
    up, down = vectors[:, :n], vectors[:, n:]
    crossed = np.einsum("kan,kab,kbn->kn", up.conj(), drift.gap.at(k), down)
    charge = np.sum(np.abs(up) ** 2 - np.abs(down) ** 2, axis=1)
    return 2 * crossed.real - drift.level * charge


def proportional_drift(state: State, slope: float) -> GapDrift:
    """Return the drift of a gap that keeps its form, with d ln Delta/dT = ``slope`` in 1/K."""
    pairing = lattice_model(state).pairing
    return GapDrift(pairing.with_amplitude(slope * pairing.amplitude))


def gap_drift(
    state: State, interaction: PairingInteraction, *, mesh: Sequence[int], fixed_filling: bool = False
) -> GapDrift:
    """Return d Delta/dT on every bond and d mu/dT of a self-consistent state, from that state alone.

    Along the solution of Delta + V <c c> = 0 (and n = const where the filling is kept) the derivatives obey the
    linearised equations J dy/dT = -dF/dT; J from central differences. The global phase is held.

    Parameters
    ----------
    state : of solve.bdg with this interaction and mesh.
    interaction : the attraction that was solved.
    mesh : that of the solver; on another one the state does not solve its equations.
    fixed_filling : whether solve.bdg was given ``electrons``.

    Raises
    ------
    CannotProbe : a state without lattice bands.
    InvalidInput : zero temperature, or a state that does not solve the gap equation on this mesh.
    """
    model, temperature = lattice_model(state), float(state["temperature"][0])
    kt = _thermal(state)
    # a singlet is the same seen from both ends of a bond: one of them is varied
    ends = _singlet_bonds(interaction)
    first = np.flatnonzero(np.arange(len(ends)) <= ends)
    place = np.searchsorted(first, np.minimum(np.arange(len(ends)), ends))
    gap, strength = interaction.on_bonds(model.pairing)[first], interaction.bonds()[1][first]
    count, scale = len(gap), float(np.max(np.abs(gap), initial=0.0))

    def mismatch(y: np.ndarray, t: float) -> np.ndarray:
        delta = y[:count] + 1j * y[count:-1]
        sums = occupied(model.bands.shifted(y[-1]), interaction, delta[place], t, mesh)
        image = delta + strength * sums.pairs[first]
        return np.concatenate([image.real, image.imag, [sums.electrons]])

    start = np.concatenate([gap.real, gap.imag, [0.0]])
    residual = float(np.max(np.abs(mismatch(start, temperature)[:-1]), initial=0.0))
    if residual > 1e-5 * max(scale, 1e-6 * kt):
        raise InvalidInput(
            f"a state that misses the gap equation of this interaction and mesh by {residual:.2g} meV",
            "give the interaction and the mesh of solve.bdg, and a converged state",
        )
    h = STEP * temperature
    thermal = (mismatch(start, temperature + h) - mismatch(start, temperature - h)) / (2 * h)
    steps = np.full(len(start), STEP * max(scale, kt))
    units = np.eye(len(start)) * steps[:, None]
    columns = [mismatch(start + u, temperature) - mismatch(start - u, temperature) for u in units]
    jacobian = np.array(columns).T / (2 * steps)
    keep = np.ones(len(start), bool)
    if not fixed_filling:
        keep[-1] = False
    if scale == 0:
        keep[:-1] = False
    # one more row: no change along i Delta, the phase, which costs nothing
    phase = np.concatenate([-gap.imag, gap.real, [0.0]])
    rows = np.vstack([jacobian[keep], phase / scale] if scale > 0 else [jacobian[keep]])
    right = np.append(-thermal[keep], 0.0) if scale > 0 else -thermal[keep]
    found = np.zeros(len(start))
    found[keep] = np.linalg.lstsq(rows[:, keep], right, rcond=None)[0]
    change = found[:count] + 1j * found[count:-1]
    return GapDrift(interaction.pairing(change[place]), float(found[-1]))


def _singlet_bonds(interaction: PairingInteraction) -> np.ndarray:
    """Return the number of the bond (-R, b, a) for each bond (R, a, b)."""
    index = interaction.bonds()[0]
    bonds = [(*interaction.cells[cell].tolist(), a, b) for cell, a, b in index.tolist()]
    place = {bond: i for i, bond in enumerate(bonds)}
    return np.array([place[-x, -y, -z, b, a] for x, y, z, a, b in bonds])


def _thermal(state: State) -> float:
    kt = K_B * float(state["temperature"][0])
    if kt <= 0:
        raise InvalidInput(
            "a specific heat at zero temperature", "give a temperature above 0 K: C vanishes there"
        )
    return kt
