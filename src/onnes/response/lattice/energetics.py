"""Grand potential, entropy and filling of a lattice superconductor, and the sums over k that they share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from onnes.errors import InvalidInput
from onnes.model.lattice.attraction import PairingInteraction
from onnes.model.lattice.pairing import Superconductor
from onnes.model.lattice.tightbinding import TightBinding
from onnes.model.lattice.triplet import SpinfulSuperconductor
from onnes.numerics import brillouin
from onnes.response.lattice.estimate import zone_block
from onnes.response.lattice.quasiparticles import closed_form
from onnes.state import State
from onnes.units import K_B

SHIFT = 0.5
"""Meshes lie half a step off Gamma, so that no point falls on a mirror line's node by accident."""


@dataclass(frozen=True, slots=True)
class Occupied:
    """Sums over the Brillouin zone of one Bogoliubov Hamiltonian, for each cell.

    ``pairs`` is <c_{r+R,b,dn} c_{r,a,up}> on the bonds of an interaction, complex (m,).
    """

    electrons: float
    grand_potential: float
    entropy: float
    pairs: np.ndarray


def blocks(
    shape: Sequence[int], matrix_size: int, shift: float = SHIFT, *, cells: int = 0
) -> Iterator[np.ndarray]:
    """Yield the k points (n, 3) of a mesh in blocks, so that a sum over any mesh needs `zone_memory` only.

    Parameters
    ----------
    matrix_size : of the largest matrix of one k, as a square one.
    cells : lattice vectors in the Fourier sums that make it.
    """
    count, step = brillouin.mesh_size(shape), zone_block(matrix_size, cells)
    for start in range(0, count, step):
        yield brillouin.mesh_points(shape, start, min(start + step, count), shift)


def diagonalised(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return eigenvalues and vectors; in closed form for 2x2."""
    return closed_form(matrix) if matrix.shape[-1] == 2 else np.linalg.eigh(matrix)


def occupied(
    bands: TightBinding,
    interaction: PairingInteraction,
    gap: np.ndarray,
    temperature: float,
    mesh: Sequence[int],
) -> Occupied:
    """Return filling, grand potential, entropy and pair amplitudes for a gap given on the bonds.

    Omega = -kT sum_n ln(1 + e^{-E_n/kT}) + Tr H(k), averaged over k, n over the 2 n_orbitals Bogoliubov
    energies of both signs; the condensate's sum |Delta|^2/V is included.

    Parameters
    ----------
    gap : complex (m,), meV, on `PairingInteraction.bonds`.
    temperature : K, >= 0.
    mesh : points along each reciprocal vector.
    """
    index, strength = interaction.bonds()
    n, kt = bands.n_orbitals, K_B * temperature
    model = Superconductor(bands, interaction.pairing(gap))
    count = int(np.prod(mesh))
    electrons = potential = entropy = 0.0
    pairs = np.zeros(len(index), complex)
    for k in blocks(mesh, 2 * n, cells=len(bands.cells) + len(interaction.cells)):
        matrix = model.bogoliubov(k)
        energies, vectors = diagonalised(matrix)
        f = brillouin.fermi(energies, kt)
        weighted = vectors * f[:, None, :]
        normal = np.abs(vectors) ** 2
        up = np.einsum("kan,kn->", normal[:, :n], f)
        down = np.einsum("kan,kn->", normal[:, n:], f)
        electrons += up + n * len(k) - down
        # Tr H(-k) comes from the order of c and c† of the down spins: minus the trace of the lower block
        potential += _potential(energies, kt) - np.einsum("kaa->", matrix[:, n:, n:]).real
        entropy += _entropy(energies, kt)
        phase = np.exp(-2j * np.pi * (k @ interaction.cells.T))
        anomalous = weighted[:, :n] @ np.swapaxes(vectors[:, n:], 1, 2).conj()
        pairs += np.einsum("kj,kj->j", phase[:, index[:, 0]], anomalous[:, index[:, 1], index[:, 2]])
    condensate = float(np.sum(np.abs(gap) ** 2 / strength))
    return Occupied(
        float(electrons) / count, float(potential) / count + condensate, float(entropy) / count, pairs / count
    )


def condensation_energy(state: State, interaction: PairingInteraction, *, mesh: Sequence[int]) -> float:
    """Return Omega_s - Omega_n at the same chemical potential, meV for each cell; negative below Tc.

    The functional is stationary in the gap, so that its derivative with respect to T is minus the
    difference of the entropies (`lattice_entropy`).
    """
    model, temperature = _described(state)
    gap = interaction.on_bonds(model.pairing)
    superconducting = occupied(model.bands, interaction, gap, temperature, mesh)
    normal = occupied(model.bands, interaction, 0 * gap, temperature, mesh)
    return superconducting.grand_potential - normal.grand_potential


def lattice_entropy(state: State, *, mesh: Sequence[int], normal: bool = False) -> float:
    """Return the entropy of the quasiparticles, meV/K for each cell; with ``normal``, at zero gap.

    Where both spins are written out every excitation stands twice among the levels, and counts one half.
    """
    spinful = isinstance(state.model, SpinfulSuperconductor)
    model, temperature = (state.model, float(state["temperature"][0])) if spinful else _described(state)
    size, weight = (2 * model.bands.size, 0.5) if spinful else (2 * model.bands.n_orbitals, 1.0)
    cells = len(model.pairing.cells) + len((model.bands.spinless if spinful else model.bands).cells)
    total = sum(
        _entropy(diagonalised(model.bogoliubov(k, scale=0.0 if normal else 1.0))[0], K_B * temperature)
        for k in blocks(mesh, size, cells=cells)
    )
    return weight * float(total) / int(np.prod(mesh))


def _described(state: State) -> tuple[Superconductor, float]:
    if not isinstance(state.model, Superconductor):
        raise InvalidInput(
            f"a state of {type(state.model).__name__}",
            "give one of solve.bdg or solve.given_gap, of bands of two equal spins",
        )
    return state.model, float(state["temperature"][0])


def _potential(energies: np.ndarray, kt: float) -> float:
    if kt == 0:
        return float(np.sum(np.minimum(energies, 0)))
    return float(-kt * np.sum(np.logaddexp(0, -energies / kt)))


def _entropy(energies: np.ndarray, kt: float) -> float:
    if kt == 0:
        return 0.0
    x = energies / kt
    # s/k = ln(1 + e^-x) + x f(x)
    return float(K_B * np.sum(np.logaddexp(0, -x) + x * brillouin.fermi(energies, kt)))
