"""What magnetic scattering sees of a sample: S^ab(Q, omega) of electrons or spin waves, and how it is weighed.

The cross-section is (gamma r0/2)^2 g^2 F^2(Q) sum_ab (delta_ab - Q_a Q_b/Q^2) S^ab(Q, omega): a neutron sees the spin
across Q. G. L. Squires, Introduction to the Theory of Thermal Neutron Scattering, chapters 7 and 8.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from onnes.errors import CannotProbe, InvalidInput
from onnes.model.lattice.pairing import Superconductor
from onnes.model.lattice.spins import SpinLattice
from onnes.model.lattice.tightbinding import TightBinding
from onnes.numerics.brillouin import emission
from onnes.probe.lattice.formfactor import magnetic_form_factor
from onnes.response.lattice.estimate import GIB, Estimate
from onnes.response.lattice.rpa import Interaction, rpa
from onnes.response.lattice.spin_correlations import magnon_lines, magnons, spin_waves
from onnes.response.lattice.susceptibility import susceptibility
from onnes.state import State
from onnes.units import K_B

CROSS_SECTION = 72.65
"""(gamma r0/2)^2, mbarn."""
BLOCK = 4_000_000
"""Numbers in the table of lines of one block of wavevectors."""
SOFT = 1e-4
"""Magnons below this share of the largest on-site energy have amplitudes that rounding errors reach."""
ASIDE = 1e-4 * np.array([0.54, 0.63, 0.56])
"""Where S is computed instead, r.l.u. away: what diverges as 1/omega has a limit in the spectrum at any energy."""
ODD = 1e-6
"""chi'' at zero energy over the sum of the moduli of its terms, above which it does not count as zero."""


@dataclass(frozen=True, slots=True)
class Electrons:
    """Spins of lattice electrons, S^ab = delta_ab S^zz; parameters as for `onnes.probe.neutron`."""

    state: State
    broadening: float
    interaction: Interaction | Sequence[Interaction] | None
    mesh: Sequence[int]
    refine: int
    memory: float
    plans: list[Estimate] = field(default_factory=list)

    @property
    def bands(self) -> TightBinding:
        model = self.state.model
        return model.bands if isinstance(model, Superconductor) else model

    @property
    def reciprocal(self) -> np.ndarray:
        """Return the reciprocal vectors as rows, 1/angstrom."""
        return self.bands.reciprocal()

    @property
    def temperature(self) -> float:
        return float(self.state["temperature"][0])

    @property
    def g(self) -> float:
        return 2.0

    @property
    def engine(self) -> str:
        """Return how the last susceptibility was computed."""
        return str(self.plans[-1])

    def weighed(self, q: np.ndarray, energy: np.ndarray, tensors: np.ndarray) -> np.ndarray:
        """Return sum_ab P^ab S^ab for each of the tensors P (q, tensor, 3, 3): (q, tensor, energy), 1/meV a cell."""
        # A quarter of the limit for the tensors of one block: as much again for those with an interaction.
        size = max(int(self.memory * GIB / 4 / (16 * (len(energy) + 1) * self.bands.n_orbitals**4)), 1)
        along_z = np.concatenate([self._block(q[i : i + size], energy) for i in range(0, len(q), size)])
        return np.trace(tensors, axis1=-2, axis2=-1)[..., None] * along_z[:, None, :]

    def _block(self, q: np.ndarray, energy: np.ndarray) -> np.ndarray:
        """Return S^zz (q, energy)."""
        chi = susceptibility(
            self.state,
            q,
            energy,
            broadening=self.broadening,
            mesh=self.mesh,
            refine=self.refine,
            memory=self.memory,
        )
        if self.interaction is not None:
            chi = rpa(chi, self.interaction)
        self.plans.append(chi.estimate)
        return emission(energy, K_B * self.temperature) * chi.zz.imag / np.pi


@dataclass(frozen=True, slots=True)
class Magnons:
    """Single magnons of an ordered magnet: no Bragg peaks, no pairs of magnons.

    At a wavevector of a Goldstone mode, S is the limit: that at a distance of 1e-4 r.l.u.
    """

    state: State
    broadening: float
    oscillator: bool
    temperature: float

    @property
    def reciprocal(self) -> np.ndarray:
        """Return the reciprocal vectors of the magnetic cell as rows, 1/angstrom."""
        return 2 * np.pi * np.linalg.inv(self.state.model.vectors).T

    @property
    def g(self) -> float:
        """Return the g factor that all sites share."""
        values = self.state.model.g
        if np.ptp(values) > 1e-12 * np.max(np.abs(values)):
            raise CannotProbe(
                "neutron", "one g factor for all sites", "give every site of the magnet the same g"
            )
        return float(values[0])

    @property
    def engine(self) -> str:
        return "linear spin waves, one magnon"

    @property
    def _scale(self) -> float:
        matrix = self.state.model.quadratic(self.state["spin_direction"], np.zeros(3))
        return float(np.max(np.abs(np.diagonal(matrix))))

    def weighed(self, q: np.ndarray, energy: np.ndarray, tensors: np.ndarray) -> np.ndarray:
        """Return sum_ab P^ab S^ab for each of the tensors P (q, tensor, 3, 3): (q, tensor, energy), 1/meV a cell."""
        n = self.state.model.n_sites
        size = max(int(BLOCK / (len(energy) * n)), 1)
        parts = [slice(i, i + size) for i in range(0, len(q), size)]
        return n * np.concatenate([self._block(q[p], energy, tensors[p]) for p in parts])

    def _block(self, q: np.ndarray, energy: np.ndarray, tensors: np.ndarray) -> np.ndarray:
        soft = np.min(magnons(self.state, q)[0], axis=-1) < SOFT * self._scale
        energies, weights, opposite, opposite_weights = spin_waves(self.state, q + soft[:, None] * ASIDE)
        kept = np.einsum("qtab,qmab->qtm", tensors, weights).real
        lost = np.einsum("qtab,qmab->qtm", tensors, opposite_weights).real
        half = {"damping" if self.oscillator else "width": self.broadening}
        if self.temperature > 0:
            gain, loss = magnon_lines(energies, opposite, np.zeros(1), **half)
            _require_odd(kept * gain, lost * loss)
        gain, loss = magnon_lines(energies, opposite, energy, **half)
        absorbed = np.einsum("qwm,qtm->qtw", gain, kept) - np.einsum("qwm,qtm->qtw", loss, lost)
        return emission(energy, K_B * self.temperature) * absorbed / np.pi


def _require_odd(gain: np.ndarray, loss: np.ndarray) -> None:
    """Refuse chi'' that a line width leaves finite at zero energy, where [1 + n] is infinite."""
    left, size = np.abs(np.sum(gain - loss, axis=-1)), np.sum(np.abs(gain) + np.abs(loss), axis=-1)
    if np.any(left > ODD * np.max(size)):
        raise InvalidInput(
            "magnons of q and -q differ, and broadened lines of such a magnet have no thermal limit at zero energy",
            "leave the temperature out (0 K)",
        )


def scatterer(
    state: State,
    *,
    broadening: float,
    interaction: Interaction | Sequence[Interaction] | None,
    temperature: float | None,
    oscillator: bool,
    mesh: Sequence[int],
    refine: int,
    memory: float,
) -> Electrons | Magnons:
    """Return what scatters in a state; raise where a keyword does not belong to it."""
    if not (np.isfinite(broadening) and broadening > 0):
        raise InvalidInput(f"broadening {broadening} meV", "give a positive number")
    if isinstance(state.model, SpinLattice):
        if interaction is not None:
            raise InvalidInput("an interaction for spin waves", "leave it out: the exchange is in the model")
        kelvin = 0.0 if temperature is None else float(temperature)
        if not (np.isfinite(kelvin) and kelvin >= 0):
            raise InvalidInput(f"temperature = {kelvin}", "give a temperature in K that is zero or positive")
        return Magnons(state, float(broadening), oscillator, kelvin)
    if not isinstance(state.model, Superconductor | TightBinding) or "temperature" not in state:
        raise CannotProbe(
            "neutron",
            "lattice bands with a temperature, or ordered spins",
            "give a state of onnes.solve.given_gap, bdg or spinwave",
        )
    if temperature is not None or oscillator:
        raise InvalidInput(
            "temperature= or oscillator= for electrons",
            "leave it out: the temperature of electrons is in their state, their width is broadening=",
        )
    return Electrons(state, float(broadening), interaction, tuple(mesh), refine, memory)


@dataclass(frozen=True, slots=True)
class Measurement:
    """A sample, what is seen of it, and the energies: called with Q it returns what a detector counts.

    Parameters
    ----------
    sample : what scatters.
    ion, g, moment : as for `onnes.probe.neutron`.
    inner : energies at which the sample is computed (inner,), meV.
    weights : of the energy resolution (energy, inner); None where there is none.
    """

    sample: Electrons | Magnons
    ion: str | None
    g: float | None
    moment: Sequence[float] | None
    inner: np.ndarray
    weights: np.ndarray | None

    @property
    def g_factor(self) -> float:
        return self.sample.g if self.g is None else float(self.g)

    def __call__(self, q: np.ndarray) -> np.ndarray:
        """Return the structure factor, 1/meV, and the intensity, mbarn/(meV sr), a cell: (q, 2, energy)."""
        vectors = q @ self.sample.reciprocal
        tensors = np.stack([np.broadcast_to(np.eye(3) / 3, (len(q), 3, 3)), self._seen(vectors)], axis=1)
        found = self.sample.weighed(q, self.inner, tensors)
        form = np.ones(len(q))
        if self.ion is not None:
            form = magnetic_form_factor(self.ion, np.linalg.norm(vectors, axis=1))
        found[:, 1] *= (CROSS_SECTION * self.g_factor**2 * form**2)[:, None]
        return found if self.weights is None else found @ self.weights.T

    def _seen(self, vectors: np.ndarray) -> np.ndarray:
        """Return P^ab for each Q, (q, 3, 3): delta - QQ/Q^2, at Q = 0 its mean over directions, (2/3) delta."""
        length = np.linalg.norm(vectors, axis=1)
        unit = vectors / np.where(length > 0, length, 1.0)[:, None]
        if self.moment is None:
            across = np.eye(3) - unit[:, :, None] * unit[:, None, :]
            return np.where(length[:, None, None] > 0, across, 2 / 3 * np.eye(3))
        direction = np.asarray(self.moment, float)
        if direction.shape != (3,) or not np.linalg.norm(direction) > 0:
            raise InvalidInput(f"moment {self.moment}", "give a direction of three numbers")
        direction = direction / np.linalg.norm(direction)
        return (1 - (unit @ direction) ** 2)[:, None, None] * np.outer(direction, direction)
