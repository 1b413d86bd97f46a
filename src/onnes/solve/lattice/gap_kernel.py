"""The linearised gap equation on the bonds of an attraction: eigenvalues, eigenvectors and their names."""

from collections.abc import Sequence
from math import ceil

import numpy as np

from onnes.model.lattice.attraction import PairingInteraction
from onnes.model.lattice.tightbinding import TightBinding
from onnes.numerics import brillouin
from onnes.response.lattice.energetics import blocks
from onnes.units import K_B

SMALL = 1e-8
"""Energy sums below SMALL kT are taken as zero in (f(E) - f(-E'))/(E + E')."""


CHARACTERS = {
    "A1g (s)": (1, 1, 1),
    "B1g (d x2-y2)": (-1, 1, -1),
    "B2g (d xy)": (-1, -1, 1),
    "A2g (g)": (1, -1, -1),
}
"""Characters of the fourfold rotation, the mirrors of the axes and those of the diagonals."""


def channels(
    bands: TightBinding, interaction: PairingInteraction, temperature: float, mesh: Sequence[int]
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the eigenvalues, falling, and gap functions (m,) on the bonds of the singlet channels.

    Delta_i = V_i sum_j K_ij Delta_j with the pair bubble
    K_ij = (1/N) sum_k (phi_i(k))* P[phi_j](k), where P is what a small gap does to <c c>. Below Tc of a
    channel its eigenvalue exceeds one. The matrix sqrt(V) K sqrt(V) is Hermitian.
    """
    index, strength = interaction.bonds()
    bubble = pair_bubble(bands, interaction, temperature, mesh)
    root = np.sqrt(strength)
    matrix = root[:, None] * bubble * root[None, :]
    # A bond seen from its other end: a singlet has the same value there.
    place = {(*interaction.cells[c].tolist(), a, b): i for i, (c, a, b) in enumerate(index.tolist())}
    other = [place[(*(-interaction.cells[c]).tolist(), b, a)] for c, a, b in index.tolist()]
    singlet = (np.eye(len(index)) + np.eye(len(index))[other]) / 2
    even = np.linalg.svd(singlet)[0][:, : round(np.trace(singlet))]
    values, vectors = np.linalg.eigh(even.T @ matrix @ even)
    found = [_real(root * (even @ vectors[:, i])) for i in range(len(values))]
    return values[::-1], found[::-1]


def leading_channels(
    bands: TightBinding, interaction: PairingInteraction, temperature: float, mesh: Sequence[int]
) -> tuple[np.ndarray, list[str]]:
    """Return the eigenvalues of the singlet channels, falling, and their names."""
    values, vectors = channels(bands, interaction, temperature, mesh)
    return values, [name_of(interaction, v) for v in vectors]


def pair_bubble(
    bands: TightBinding, interaction: PairingInteraction, temperature: float, mesh: Sequence[int]
) -> np.ndarray:
    """Return K (m, m), 1/meV, Hermitian and positive: minus the static pair susceptibility of the normal metal."""
    index, _ = interaction.bonds()
    n, kt = bands.n_orbitals, K_B * temperature
    total = np.zeros((len(index), len(index)), complex)
    size, cells = ceil(n * len(index) ** 0.5), len(bands.cells) + len(interaction.cells)
    for k in blocks(mesh, max(2 * n, size), cells=cells):
        up, u = np.linalg.eigh(bands.bloch(k))
        # the holes of the lower Nambu block: energies -xi(-k), vectors conjugate to those at -k
        down, w = np.linalg.eigh(np.swapaxes(bands.bloch(-k), 1, 2))
        weight = _pair_weight(up[:, :, None], down[:, None, :], kt)
        phase = np.exp(2j * np.pi * (k @ interaction.cells.T))[:, index[:, 0]]
        # <m| phi_j |n> = u*_am phi_j w_bn
        element = (
            phase[:, None, None, :]
            * u.conj().swapaxes(1, 2)[:, :, None, :][..., index[:, 1]]
            * w.swapaxes(1, 2)[:, None, :, :][..., index[:, 2]]
        )
        flat = element.reshape(-1, len(index))
        total += (flat.conj() * weight.reshape(-1, 1)).T @ flat
    return total / int(np.prod(mesh))


def name_of(interaction: PairingInteraction, gap: np.ndarray) -> str:
    """Return the irreducible representation of 4mm that holds most of a gap function, orbitals left in place.

    A share below 99 % is written as a mixture, and a gap whose phase is not the same on all bonds
    adds "broken time reversal".
    """
    index, strength = interaction.bonds()
    if not np.sum(np.abs(gap) ** 2 / strength) > 0:
        return "normal metal"
    bonds = [(*interaction.cells[c].tolist(), a, b) for c, a, b in index.tolist()]
    place = {bond: i for i, bond in enumerate(bonds)}
    rotate = [place.get((-y, x, z, a, b)) for x, y, z, a, b in bonds]
    mirror = [place.get((-x, y, z, a, b)) for x, y, z, a, b in bonds]
    if None in rotate or None in mirror:
        return "no tetragonal symmetry"
    turn, flip = np.eye(len(gap))[rotate], np.eye(len(gap))[mirror]
    one, half = np.eye(len(gap)), turn @ turn
    group = [(one, 0), (half, 0), (turn, 1), (turn @ half, 1)]
    group += [(g @ flip, 2 if kind == 0 else 3) for g, kind in group[:]]
    scaled = gap / np.sqrt(strength)
    shares = {}
    for name, (fourfold, axis, diagonal) in CHARACTERS.items():
        sign = (1, fourfold, axis, diagonal)
        shares[name] = np.linalg.norm(sum(sign[kind] * (g @ scaled) for g, kind in group) / 8) ** 2
    largest = max(shares, key=lambda name: shares[name])
    total = np.linalg.norm(scaled) ** 2
    parts = [name for name in shares if shares[name] > 0.01 * total]
    name = largest if shares[largest] > 0.99 * total else " + ".join(parts) or "two-dimensional (E)"
    return name + (", broken time reversal" if _phase_spread(gap) > 1e-4 else "")


def _phase_spread(gap: np.ndarray) -> float:
    """Return how far a gap function is from being real up to one phase: 0 to 1."""
    total = np.sum(np.abs(gap) ** 2)
    return float(1 - abs(np.sum(gap**2)) / total) if total > 0 else 0.0


def _real(gap: np.ndarray) -> np.ndarray:
    """Return the gap function with its overall phase chosen so that the largest value is real and positive."""
    largest = gap[np.argmax(np.abs(gap))]
    return gap * (np.abs(largest) / largest)


def _pair_weight(up: np.ndarray, down: np.ndarray, kt: float) -> np.ndarray:
    """Return (1 - f(up) - f(down))/(up + down), which is tanh(xi/2kT)/2xi for equal energies; positive."""
    total = up + down
    near = np.abs(total) < SMALL * kt
    middle = (up - down) / 2
    limit = brillouin.fermi(middle, kt) * brillouin.fermi(-middle, kt) / kt
    safe = np.where(near, 1.0, total)
    return np.where(near, limit, (brillouin.fermi(-up, kt) - brillouin.fermi(down, kt)) / safe)
