"""Spin fluctuations without order: the damped oscillator, and the nearly ordered metal that superconducts.

These are forms, not derivations: what follows from them is phenomenological. Both are causal, so that the
real and the imaginary part belong together.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from onnes.errors import InvalidModel
from onnes.units import MU_B


@dataclass(frozen=True, slots=True)
class DampedOscillator:
    """chi(w) = chi_0 w_0^2/(w_0^2 - w^2 - 2 i g w) of one wavevector.

    chi'' = chi_0 w_0^2 2 g w/[(w_0^2 - w^2)^2 + 4 g^2 w^2]. The first moment, int_0^inf w chi'' dw =
    (pi/2) chi_0 w_0^2, does not depend on the damping. Poles lie at +-sqrt(w_0^2 - g^2) - i g.

    Parameters
    ----------
    energy : w_0, meV, of the undamped oscillator.
    damping : g, meV; w_0 is critical, more is overdamped.
    strength : chi_0, static susceptibility, 1/meV.
    """

    energy: float
    damping: float
    strength: float = 1.0

    def __post_init__(self) -> None:
        for name in ("energy", "damping", "strength"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value > 0):
                raise InvalidModel(name, value, "positive", "1/meV" if name == "strength" else "meV")

    def susceptibility(self, omega: ArrayLike) -> np.ndarray:
        """Return chi(w), complex, 1/meV, retarded; w in meV."""
        w = np.asarray(omega)
        return self.strength * self.energy**2 / (self.energy**2 - w**2 - 2j * self.damping * w)

    @property
    def pole(self) -> complex:
        """The pole of positive (or vanishing) real part, meV; overdamped: the slower one on the imaginary axis."""
        root = np.sqrt(complex(self.energy**2 - self.damping**2))
        return root - 1j * self.damping if root.real > 0 else 1j * (abs(root) - self.damping)

    @property
    def peak(self) -> float:
        """Energy (meV) at which chi'' is largest; it falls to w_0/sqrt(3) at critical damping."""
        e, g = self.energy**2, self.damping**2
        return float(np.sqrt((e - 2 * g + np.sqrt((e - 2 * g) ** 2 + 3 * e**2)) / 3))

    @property
    def weight(self) -> float:
        """int_0^inf chi'' dw: (pi/2) chi_0 w_0 without damping, 2/pi of it at critical damping."""
        total, gap = self.strength * self.energy**2, self.energy**2 - self.damping**2
        root = np.sqrt(abs(gap))
        if root < 1e-6 * self.damping:
            return total / self.damping
        angle = np.arctan(root / self.damping) if gap > 0 else np.arctanh(root / self.damping)
        return float(total * angle / root)

    def damped(self, damping: float) -> "DampedOscillator":
        """Return the oscillator with another damping and the same first moment."""
        return replace(self, damping=damping)


@dataclass(frozen=True, slots=True, eq=False)
class CriticalMagnon:
    """chi^-1 = chi_Q^-1 [1 + xi^2 (q - Q)^2 - (w/W)^2 + sqrt(E_c^2 - (w + i0)^2)/G] of a nearly ordered metal.

    The last term is Landau damping by the electrons. Without a gap (E_c = 0) it is -i w/G. A gap in the
    particle-hole continuum removes it below E_c: there it is real, and a mode without damping appears where
    chi^-1 vanishes, if W sqrt(1 + xi^2 (q - Q)^2) < E_c. The root is the causal form without a step at E_c: the
    step of a gap that changes its sign is not needed, so that this mode is no evidence of one.

    Parameters
    ----------
    wavevector : Q, float array (3,), reciprocal lattice units.
    vectors : float array (3, 3), angstrom: the translations as rows.
    lengths : correlation lengths along the Cartesian axes (3,), angstrom.
    inertia : W, meV.
    damping : G, meV.
    edge : E_c, meV: lowest energy of a pair of quasiparticles that Q breaks; 0 in the normal state.
    strength : chi_Q, 1/meV.
    g : factor of the field splitting.
    field : T, along a direction that splits the mode.
    """

    wavevector: np.ndarray
    vectors: np.ndarray
    lengths: np.ndarray
    inertia: float
    damping: float
    edge: float = 0.0
    strength: float = 1.0
    g: float = 2.0
    field: float = 0.0

    def __post_init__(self) -> None:
        for name, shape in (("wavevector", (3,)), ("vectors", (3, 3)), ("lengths", (3,))):
            array = np.array(getattr(self, name), float)
            if array.shape != shape or not np.all(np.isfinite(array)):
                raise InvalidModel(name, array.shape, f"finite numbers of shape {shape}")
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if abs(np.linalg.det(self.vectors)) < 1e-12:
            raise InvalidModel("vectors", "dependent", "three independent translations", "angstrom")
        if np.any(self.lengths < 0):
            raise InvalidModel("lengths", self.lengths.tolist(), "zero or more", "angstrom")
        for name in ("inertia", "damping", "strength"):
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise InvalidModel(name, getattr(self, name), "positive")
        if not (np.isfinite(self.edge) and self.edge >= 0):
            raise InvalidModel("edge", self.edge, "zero or more", "meV")

    @classmethod
    def with_resonance(
        cls,
        energy: float,
        *,
        wavevector: ArrayLike,
        vectors: ArrayLike,
        lengths: ArrayLike,
        damping: float,
        edge: float,
        g: float = 2.0,
    ) -> "CriticalMagnon":
        """Return the model whose inertia W puts the undamped mode at ``energy`` (meV) at Q.

        W = w/sqrt(1 + sqrt(E_c^2 - w^2)/G). Raises `InvalidModel` unless 0 < energy < edge.
        """
        if not 0 < energy < edge:
            raise InvalidModel("energy", energy, f"between 0 and the edge {edge:.4g}", "meV")
        inertia = energy / np.sqrt(1 + np.sqrt(edge**2 - energy**2) / damping)
        return cls(
            np.asarray(wavevector, float),
            np.asarray(vectors, float),
            np.asarray(lengths, float),
            float(inertia),
            damping,
            edge,
            g=g,
        )

    def mass(self, q: ArrayLike) -> np.ndarray:
        """Return 1 + xi^2 (q - Q)^2 for q (..., 3) in reciprocal lattice units (near Q: not periodic)."""
        reciprocal = 2 * np.pi * np.linalg.inv(self.vectors).T
        away = (np.asarray(q, float) - self.wavevector) @ reciprocal
        return 1 + np.sum((away * self.lengths) ** 2, axis=-1)

    def susceptibility(self, q: ArrayLike, omega: ArrayLike) -> np.ndarray:
        """Return chi(q, w) without a field, complex (..., energy), 1/meV, for w (energy,), meV.

        A small imaginary part of w gives the undamped mode a width.
        """
        w = np.asarray(omega, complex)
        # The branch with the cut on the real axis beyond E_c that is analytic above: sqrt(E_c - w) sqrt(E_c + w).
        drag = np.sqrt(self.edge - w) * np.sqrt(self.edge + w) / self.damping
        if np.any(w.imag == 0):
            exact = w.real
            below = np.sqrt(np.maximum(self.edge**2 - exact**2, 0.0))
            above = -1j * np.sign(exact) * np.sqrt(np.maximum(exact**2 - self.edge**2, 0.0))
            drag = np.where(w.imag == 0, (below + above) / self.damping, drag)
        return self.strength / (self.mass(q)[..., None] - (w / self.inertia) ** 2 + drag)

    def resonance(self, q: ArrayLike) -> np.ndarray:
        """Return the energy of the undamped mode at q, float (...), meV; NaN where there is none below the edge.

        With y = sqrt(E_c^2 - w^2) the pole solves y^2/W^2 + y/G + mass - E_c^2/W^2 = 0, y >= 0.
        """
        excess = (self.edge / self.inertia) ** 2 - self.mass(q)
        half = self.inertia**2 / (2 * self.damping)
        y = -half + np.sqrt(half**2 + self.inertia**2 * np.maximum(excess, 0.0))
        return np.where(excess > 0, np.sqrt(np.maximum(self.edge**2 - y**2, 0.0)), np.nan)

    def doublet(self, q: ArrayLike) -> np.ndarray:
        """Return the energies (..., 2) of the mode in the field, E -+ g mu_B B (linear; first the lower), meV."""
        shift = self.g * MU_B * self.field
        return self.resonance(q)[..., None] + shift * np.array([-1.0, 1.0])

    def closing_field(self) -> float:
        """Return the field (T) at which the lower mode of Q would reach zero, E/(g mu_B)."""
        return float(self.resonance(self.wavevector)) / (self.g * MU_B)

    def at_gap(self, share: float) -> "CriticalMagnon":
        """Return the model with the edge scaled, such as by Delta(T)/Delta(0)."""
        return replace(self, edge=share * self.edge)

    def in_field(self, field: float) -> "CriticalMagnon":
        return replace(self, field=field)
