"""Fluctuation exchange of several orbitals: matrices of orbitals, and of pairs of orbitals a*n + b.

chi0_{ab,cd}(q) = -(kT/N) sum_k G_ac(k+q) G_db(k)  (that of `onnes.response`),
chi_s = (1 - chi0 U_s)^-1 chi0,  chi_c = (1 + chi0 U_c)^-1 chi0,
V = (3/2) U_s chi_s U_s + (1/2) U_c chi_c U_c - U_ud chi0 U_ud - (1/2) U_uu chi0 U_uu,
Sigma_ab(k) = (kT/N) sum_q sum_cd V_{ac,bd}(q) G_cd(k-q).

U_ud = (U_c + U_s)/2 acts between opposite spins, U_uu = (U_c - U_s)/2 between equal ones. The rings hold the
diagrams of second order too often: that of opposite spins twice (once as density and longitudinal spin, once as
transverse spin), that of equal spins twice as well, since U_uu is direct and exchanged. With one of each taken
away Sigma is that of perturbation theory to second order. Takimoto, Hotta and Ueda take away the first only.

N. E. Bickers, S. R. White, Phys. Rev. B 43, 8044 (1991); T. Takimoto, T. Hotta, K. Ueda, Phys. Rev. B 69,
104504 (2004).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from onnes.model.lattice.interaction import HubbardKanamori
from onnes.model.lattice.tightbinding import TightBinding
from onnes.numerics import brillouin
from onnes.response.lattice.rpa import SAME_PLACE, stoner
from onnes.response.lattice.static import dressed
from onnes.solve.lattice.flex_mesh import CLAMP, GIB, Mesh, Step, convert
from onnes.units import K_B

BLOCK = 64e6
"""Bytes of the pair matrices of all times that are held beside those of the whole mesh."""
BLOCK_COPIES = 3
"""Arrays of that size that exist at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Orbitals:
    """Several orbitals on a mesh. Arrays are (frequency or time, cell, orbital, orbital)."""

    bands: TightBinding
    interaction: HubbardKanamori
    mesh: Mesh
    hamiltonian: np.ndarray
    levels: np.ndarray
    spin: np.ndarray
    charge: np.ndarray

    @classmethod
    def build(
        cls,
        bands: TightBinding,
        interaction: HubbardKanamori,
        temperature: float,
        mesh: Sequence[int],
        epsilon: float,
    ) -> "Orbitals":
        """Prepare the transforms and the vertices; U', J and J' act between orbitals of one atom."""
        hamiltonian = bands.bloch(brillouin.mesh(mesh))
        levels = np.linalg.eigvalsh(hamiltonian)
        together = on_one_atom(bands.positions)
        spin = interaction.spin_vertex(bands.n_orbitals) * together
        charge = interaction.charge_vertex(bands.n_orbitals) * together
        width = float(np.ptp(levels)) + strongest(spin, charge)
        lattice = Mesh.build(K_B * temperature, mesh, width, epsilon)
        return cls(bands, interaction, lattice, hamiltonian, levels, spin, charge)

    @property
    def n(self) -> int:
        return self.bands.n_orbitals

    @property
    def capacity(self) -> int:
        """Return how many electrons a cell can hold."""
        return 2 * self.n

    @property
    def floor(self) -> float:
        """Return the self-energy (meV) below which residuals are absolute."""
        return 1e-6 * strongest(self.spin, self.charge)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.mesh.count, len(self.hamiltonian), self.n, self.n

    @property
    def blocks(self) -> list[slice]:
        """Return the cells in portions whose pair matrices at all times fit into BLOCK."""
        cells = self.mesh.cells
        size = max(1, int(BLOCK / (16 * self.mesh.count * self.n**4)))
        return [slice(begin, min(begin + size, cells)) for begin in range(0, cells, size)]

    def memory(self, history: int) -> float:
        """Return GiB at most: pair matrices once, a few blocks of them, self-energies and the mixing."""
        cells, count, n = self.mesh.cells, self.mesh.count, self.n
        block = 16.0 * count * n**4 * self.blocks[0].stop
        pairs = 16.0 * count * n**4 * cells
        # at one frequency: the dressed susceptibilities and their products
        layer = 16.0 * 10 * n**4 * cells
        return (pairs + BLOCK_COPIES * block + layer + 16.0 * cells * count * n**2 * (12 + 2 * history)) / GIB

    def free_density(self) -> float:
        return float(2 * np.sum(np.mean(brillouin.fermi(self.levels, self.mesh.kt), axis=0)))

    def density(self, green: np.ndarray) -> float:
        """Return n = -2 tr G(tau -> beta), averaged over k."""
        return self._density(np.trace(green, axis1=2, axis2=3))

    def _density(self, trace: np.ndarray) -> float:
        return float(-2 * np.mean(self.mesh.at_beta @ trace).real)

    def green(self, mu: float, sigma: np.ndarray) -> np.ndarray:
        """Return (i w + mu - H - Sigma)^-1."""
        unit = np.eye(self.n)
        return np.linalg.inv((self.mesh.iw[:, None, None, None] + mu) * unit - self.hamiltonian - sigma)

    def chemical_potential(self, sigma: np.ndarray, density: float) -> float:
        """Return mu (meV) for the density; tr G needs the eigenvalues of H + Sigma only."""
        eigenvalues = np.linalg.eigvals(self.hamiltonian + sigma)
        iw = self.mesh.iw[:, None, None]

        def excess(mu: float) -> float:
            return self._density(np.sum(1 / (iw + mu - eigenvalues), axis=-1)) - density

        reach = float(np.ptp(self.levels)) + strongest(self.spin, self.charge) + 40 * self.mesh.kt
        middle = float(np.mean(self.levels))
        return float(brentq(excess, middle - reach, middle + reach, xtol=1e-13 * reach, rtol=1e-14))

    def bubble(self, green: np.ndarray) -> np.ndarray:
        """Return chi0(q, i nu), complex (frequency, cell, n^2, n^2).

        chi0_{ab,cd}(R, tau) = G_ac(R, tau) G_db(-R, beta - tau).
        """
        m, n = self.mesh, self.n
        there = m.real(convert(m.to_tau, green))
        back = m.reversed(convert(m.to_reverse, green))
        found = np.empty((m.count, m.cells, n * n, n * n), complex)
        for cells in self.blocks:
            pair = np.einsum("txac,txdb->txabcd", there[:, cells], back[:, cells])
            found[:, cells] = convert(m.to_bosons, pair).reshape(m.count, -1, n * n, n * n)
        for i in range(m.count):
            found[i] = m.reciprocal(found[i : i + 1])[0]
        return found

    def step(self, sigma: np.ndarray, density: float) -> Step:
        """Return the next self-energy."""
        m, n = self.mesh, self.n
        mu = self.chemical_potential(sigma, density)
        green = self.green(mu, sigma)
        # first the bubble, then the interaction, in one array
        pairs = self.bubble(green)
        static = hermitian(pairs[m.static])
        spin, charge = stoner(static, self.spin), stoner(static, -self.charge)
        largest = float(max(spin.max(), charge.max()))
        used = min(1.0, CLAMP / largest) if largest > 0 else 1.0
        for i in range(m.count):
            pairs[i] = m.real(self.interaction_of(pairs[i], used)[None])[0]
        there = m.real(convert(m.to_tau, green))
        found = np.empty(self.shape, complex)
        for cells in self.blocks:
            at_times = convert(m.bosons_to_tau, pairs[:, cells]).reshape(m.count, -1, n, n, n, n)
            found[:, cells] = np.einsum("txacbd,txcd->txab", at_times, there[:, cells])
        found = m.reciprocal(convert(m.to_fermions, found))
        places = int(np.argmax(spin)), int(np.argmax(charge))
        return Step(mu, found, static, used, float(spin.max()), float(charge.max()), *places)

    def interaction_of(self, chi0: np.ndarray, used: float = 1.0) -> np.ndarray:
        """Return V of the self-energy, complex (..., n^2, n^2), meV, with a share of the interaction."""
        spin, charge = used * self.spin, used * self.charge
        opposite, equal = (charge + spin) / 2, (charge - spin) / 2
        found = 1.5 * spin @ dressed(chi0, spin) @ spin + 0.5 * charge @ dressed(chi0, -charge) @ charge
        return found - opposite @ chi0 @ opposite - 0.5 * equal @ chi0 @ equal

    def fields(self, last: Step) -> dict[str, np.ndarray]:
        """Return what only the state of several orbitals holds."""
        return {
            "self_energy_matrix": last.self_energy,
            "static_bubble": last.bubble,
            "stoner_charge": np.array(last.charge),
        }

    @staticmethod
    def self_energy_of(fields: dict[str, np.ndarray]) -> np.ndarray:
        """Return the self-energy among the fields of a state."""
        return fields["self_energy_matrix"]

    def offence(self, sigma: np.ndarray) -> float:
        """Return by how much the anti-Hermitian part of Sigma has the wrong sign, meV."""
        part = (sigma - np.swapaxes(sigma, -1, -2).conj()) / 2j
        sign = np.sign(self.mesh.iw.imag)[:, None, None, None]
        return float(max(0.0, np.max(np.linalg.eigvalsh(part * sign))))


def on_one_atom(positions: np.ndarray) -> np.ndarray:
    """Return 1 where all four orbitals of two pairs sit at one position, float (n^2, n^2)."""
    n = len(positions)
    same = np.max(np.abs(positions[:, None] - positions[None]), axis=-1) < SAME_PLACE
    return np.einsum("ab,ac,ad->abcd", same, same, same).reshape(n * n, n * n).astype(float)


def strongest(spin: np.ndarray, charge: np.ndarray) -> float:
    """Return the largest eigenvalue of the two vertices in modulus, meV."""
    return float(max(np.linalg.norm(spin, 2), np.linalg.norm(charge, 2)))


def hermitian(matrices: np.ndarray) -> np.ndarray:
    return (matrices + np.swapaxes(matrices, -1, -2).conj()) / 2
