"""Fluctuation exchange of one orbital: every quantity is a number for each frequency and wavevector.

chi0(q) = -(kT/N) sum_k G(k+q) G(k),  V(q) = U^2 [(3/2) chi0/(1 - U chi0) + (1/2) chi0/(1 + U chi0) - chi0],
Sigma(k) = (kT/N) sum_q V(q) G(k-q),  G = 1/(i w_n + mu - E_k - Sigma).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from onnes.errors import InvalidModel
from onnes.model.lattice.interaction import HubbardKanamori
from onnes.model.lattice.tightbinding import TightBinding
from onnes.numerics import brillouin
from onnes.solve.lattice.flex_mesh import CLAMP, GIB, Mesh, Step
from onnes.units import K_B


@dataclass(frozen=True, slots=True, eq=False)
class OneBand:
    """One orbital on a mesh. Arrays are (frequency or time, cell)."""

    bands: TightBinding
    interaction: HubbardKanamori
    mesh: Mesh
    energy: np.ndarray

    @classmethod
    def build(
        cls,
        bands: TightBinding,
        interaction: HubbardKanamori,
        temperature: float,
        mesh: Sequence[int],
        epsilon: float,
    ) -> "OneBand":
        """Prepare the transforms.

        Raises
        ------
        InvalidModel : bands that are not even in k, or a negative U.
        """
        U = interaction.U
        if U < 0:
            raise InvalidModel("U", U, "finite and not negative", "meV")
        k = brillouin.mesh(mesh)
        energy = bands.bloch(k)[:, 0, 0].real
        if np.max(np.abs(energy - bands.bloch(-k)[:, 0, 0].real)) > 1e-9 * np.max(np.abs(bands.hoppings)):
            raise InvalidModel("bands", "E(k) differs from E(-k)", "even in k")
        width = float(np.ptp(energy)) + U
        return cls(bands, interaction, Mesh.build(K_B * temperature, mesh, width, epsilon), energy)

    @property
    def U(self) -> float:
        return float(self.interaction.U)

    @property
    def floor(self) -> float:
        """Return the self-energy (meV) below which residuals are absolute."""
        return 1e-6 * self.U

    @property
    def capacity(self) -> int:
        """Return how many electrons a cell can hold."""
        return 2

    @property
    def shape(self) -> tuple[int, ...]:
        return self.mesh.count, len(self.energy)

    @property
    def boson_shape(self) -> tuple[int, int]:
        return self.mesh.count, len(self.energy)

    @property
    def iw(self) -> np.ndarray:
        return self.mesh.iw[:, None]

    def memory(self, history: int) -> float:
        """Return GiB at most: self-energy, propagator, bubble, and the memory of the mixing."""
        return 16.0 * len(self.energy) * self.mesh.count * (12 + 2 * history) / GIB

    def free_density(self) -> float:
        return float(2 * np.mean(brillouin.fermi(self.energy, self.mesh.kt)))

    def density(self, green: np.ndarray) -> float:
        """Return n = -2 G(tau -> beta), averaged over k."""
        return float(-2 * np.mean(self.mesh.at_beta @ green).real)

    def green(self, mu: float, sigma: np.ndarray) -> np.ndarray:
        return 1 / (self.iw + mu - self.energy - sigma)

    def chemical_potential(self, sigma: np.ndarray, density: float) -> float:
        """Return mu (meV) for the density."""
        reach = float(np.ptp(self.energy)) + self.U + 40 * self.mesh.kt
        middle = float(np.mean(self.energy))
        return float(
            brentq(
                lambda mu: self.density(self.green(mu, sigma)) - density,
                middle - reach,
                middle + reach,
                xtol=1e-13 * reach,
                rtol=1e-14,
            )
        )

    def bubble(self, green: np.ndarray) -> np.ndarray:
        """Return chi0(q, i nu), float: chi0(R, tau) = G(R, tau) G(R, beta - tau)."""
        m = self.mesh
        there, back = m.real(m.to_tau @ green), m.real(m.to_reverse @ green)
        return m.reciprocal(m.to_bosons @ (there * back)).real

    def step(self, sigma: np.ndarray, density: float) -> Step:
        """Return the next self-energy."""
        m = self.mesh
        mu = self.chemical_potential(sigma, density)
        green = self.green(mu, sigma)
        bubble = self.bubble(green)
        largest = float(np.max(bubble))
        strength = min(self.U, CLAMP / largest)
        x = strength * bubble
        vertex = strength * (1.5 * x / (1 - x) + 0.5 * x / (1 + x) - x)
        product = m.real(m.bosons_to_tau @ vertex) * m.real(m.to_tau @ green)
        found = m.reciprocal(m.to_fermions @ product)
        used = strength / self.U if self.U > 0 else 1.0
        cell = int(np.argmax(np.max(bubble, axis=0)))
        return Step(mu, found, bubble, used, self.U * largest, 0.0, cell, 0)

    def fields(self, last: Step) -> dict[str, np.ndarray]:
        """Return what only the state of one band holds."""
        return {"self_energy": last.self_energy, "bubble": last.bubble}

    @staticmethod
    def self_energy_of(fields: dict[str, np.ndarray]) -> np.ndarray:
        """Return the self-energy among the fields of a state."""
        return fields["self_energy"]

    def offence(self, sigma: np.ndarray) -> float:
        """Return by how much Im Sigma has the wrong sign, meV."""
        return float(max(0.0, np.max(sigma.imag * np.sign(self.iw.imag))))

    def pair_kernel(self, bubble: np.ndarray) -> np.ndarray:
        """Return V_s - U in real space and imaginary time."""
        x = self.U * bubble
        m = self.mesh
        return m.real(m.bosons_to_tau @ (self.U * (1.5 * x / (1 - x) - 0.5 * x / (1 + x))))

    def pair(self, kernel: np.ndarray, f: np.ndarray, local: bool) -> np.ndarray:
        """Return -(kT/N) sum V_s F; the constant U meets the local, equal-time part of F only."""
        m = self.mesh
        found = -m.reciprocal(m.to_fermions @ (kernel * m.real(m.to_tau @ f)))
        return found - self.U * np.mean(m.at_zero @ f) if local else found
