"""Topological invariants of the levels of a state."""

from collections.abc import Sequence

import numpy as np

from onnes.errors import InvalidInput
from onnes.model.lattice.pairing import Superconductor
from onnes.model.lattice.triplet import SpinfulSuperconductor
from onnes.response.lattice.quasiparticles import hamiltonian
from onnes.state import State

RESOLVED = np.sqrt(0.5)
"""Smallest overlap of filled levels at neighbouring k. A level that turns by less than pi/4 on each side of a plaquette
goes around less than 2 pi of Bloch's sphere, within a hemisphere: its flux stays below pi, where the sum is exact."""
TOUCHING = 1e-9
"""Smallest gap between filled and empty levels, over the largest energy."""


def chern_number(
    state: State, *, levels: int | None = None, mesh: Sequence[int] = (64, 64), k3: float = 0.0
) -> int:
    """Return the Chern number of the lowest levels over the plane of the first two reciprocal vectors.

        C = (1/2 pi i) sum_k ln [U_1(k) U_2(k+1) U_1(k+2)* U_2(k)*],  U_j(k) = det <u(k)|u(k+j)> over its modulus,

    a whole number on any mesh that resolves the curvature (T. Fukui, Y. Hatsugai, H. Suzuki, J. Phys. Soc. Jpn. 74,
    1674 (2005)); the lower level of h = n(k).sigma has minus the degree of the map n. With both spins written out,
    |C| is the number of chiral Majorana modes at an edge; the reduced matrix of `onnes.model.Superconductor` has half.

    Parameters
    ----------
    state : superconductor or bands.
    levels : number of filled levels, from the lowest; by default the lower half of a superconductor's.
    mesh : points along each of the two vectors.
    k3 : the third component of k.

    Raises
    ------
    CannotProbe : a state without lattice bands.
    InvalidInput : no number of levels for bands, levels that touch, or a mesh that does not resolve how
        they turn (which none does where the gap has nodes).
    """
    shape = tuple(int(n) for n in mesh)
    if len(shape) != 2 or min(shape) < 3:
        raise InvalidInput(f"a mesh of {shape}", "give two numbers of at least 3")
    # half a step off the symmetry points does no harm: the sum is the same
    grid = np.stack(np.meshgrid(*[(np.arange(n) + 0.5) / n for n in shape], [k3], indexing="ij"), axis=-1)[
        :, :, 0
    ]
    energies, vectors = np.linalg.eigh(hamiltonian(state, grid))
    size = energies.shape[-1]
    if levels is None and not isinstance(state.model, Superconductor | SpinfulSuperconductor):
        raise InvalidInput("bands without a number of filled levels", f"give levels=, 1 to {size - 1}")
    filled = size // 2 if levels is None else int(levels)
    if not 0 < filled < size:
        raise InvalidInput(f"levels = {levels}", f"give 1 to {size - 1}")
    gap = float(np.min(energies[..., filled] - energies[..., filled - 1]))
    if gap <= TOUCHING * float(np.max(np.abs(energies))):
        raise InvalidInput(
            f"levels {filled} and {filled + 1} touch (a gap of {gap:.3g} meV)",
            "a Chern number needs a gap at every k",
        )
    links = [_overlap(vectors[..., :filled], axis) for axis in (0, 1)]
    worst = min(float(np.min(np.linalg.svd(link, compute_uv=False))) for link in links)
    if worst < RESOLVED:
        raise InvalidInput(
            f"neighbouring k of the mesh {shape} overlap by {worst:.2g} only, the gap being {gap:.3g} meV",
            f"use a finer mesh, until they overlap by {RESOLVED:.2g}; at a node of the gap they never do",
        )
    first, second = (np.linalg.det(link) for link in links)
    around = first * np.roll(second, -1, 0) * np.roll(first, -1, 1).conj() * second.conj()
    return int(np.rint(np.angle(around).sum() / (2 * np.pi)))


def _overlap(u: np.ndarray, axis: int) -> np.ndarray:
    """Return <u_m(k)|u_n(k + step)>, complex (n1, n2, filled, filled)."""
    return np.swapaxes(u, -1, -2).conj() @ np.roll(u, -1, axis)
