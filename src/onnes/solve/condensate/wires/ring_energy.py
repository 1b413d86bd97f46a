"""Free energy of a thin ring on its sites, its gradient and its second derivatives.

Variables q = (Re psi, Im psi, theta_1 ... theta_N), energies in E_0 = (B_c^2/mu_0) xi S:

    F = sum_i h [-eps |psi|^2 + |psi|^4/2] + sum_i |exp(-i theta_i) psi_(i+1) - psi_i|^2/h
        + (Theta - theta_a)^2/screening

with Theta the sum of the links, 2 pi times the flux in quanta. The last term is there for a ring with an inductance.
"""

from dataclasses import dataclass
from math import pi

import numpy as np

from onnes.model.condensate.wire import ThinRing


@dataclass(frozen=True, slots=True)
class RingSites:
    """A ring on its sites in a flux: h (xi), eps (n,), screening, 2 pi times the applied flux."""

    h: float
    strength: np.ndarray
    screening: float
    applied: float

    @classmethod
    def of(cls, ring: ThinRing, flux: float, spacing: float | None) -> "RingSites":
        """Return the sites of ``ring`` in ``flux`` quanta."""
        _, h, strength = ring.sites(spacing)
        return cls(h, strength, ring.screening, 2 * pi * flux)

    @property
    def count(self) -> int:
        return len(self.strength)

    def bonds(self, psi: np.ndarray, links: np.ndarray) -> np.ndarray:
        """Return P_i = psi_i* exp(-i theta_i) psi_(i+1): Im P/h is the supercurrent."""
        return np.conj(psi) * np.exp(-1j * links) * np.roll(psi, -1)

    def energy(self, psi: np.ndarray, total: float) -> float:
        """Return F/E_0 with the flux spread evenly over the links."""
        density = np.abs(psi) ** 2
        value = self.h * np.sum(-self.strength * density + density**2 / 2)
        value += 2 * np.sum(density - self.bonds(psi, np.full(self.count, total / self.count)).real) / self.h
        return float(value + ((total - self.applied) ** 2 / self.screening if self.screening else 0.0))

    def gradient(self, psi: np.ndarray, total: float) -> np.ndarray:
        """Return dF by (Re psi, Im psi[, Theta]): the last where the ring has an inductance."""
        turn = np.exp(-1j * total / self.count)
        slope = 2 * self.h * (np.abs(psi) ** 2 - self.strength) * psi
        slope += 2 * (2 * psi - turn * np.roll(psi, -1) - np.conj(turn) * np.roll(psi, 1)) / self.h
        parts = [slope.real, slope.imag]
        if self.screening:
            current = self.bonds(psi, np.full(self.count, total / self.count)).imag.mean() / self.h
            parts.append(np.array([2 * (total - self.applied) / self.screening - 2 * current]))
        return np.concatenate(parts)

    def second(self, psi: np.ndarray, links: np.ndarray) -> np.ndarray:
        """Return the second derivatives (3n, 3n) by Re psi, Im psi and the links."""
        n, h = self.count, self.h
        here, ahead = np.arange(n), (np.arange(n) + 1) % n
        x, y = psi.real, psi.imag
        c, s = np.cos(links), np.sin(links)
        bond = self.bonds(psi, links)
        matrix = np.zeros((3, n, 3, n))

        def put(a: int, i: np.ndarray, b: int, j: np.ndarray, values: np.ndarray) -> None:
            matrix[a, i, b, j] += values
            matrix[b, j, a, i] += values

        for a, mine in enumerate((x, y)):
            common = 4 / h + 2 * h * (x**2 + y**2 - self.strength)
            matrix[a, here, a, here] += common + 4 * h * mine**2
            put(a, here, a, ahead, -2 * c / h)
        put(0, here, 1, here, 4 * h * x * y)
        put(0, here, 1, ahead, -2 * s / h)
        put(1, here, 0, ahead, 2 * s / h)
        matrix[2, here, 2, here] += 2 * bond.real / h
        put(2, here, 0, here, -2 / h * (c * y[ahead] - s * x[ahead]))
        put(2, here, 1, here, 2 / h * (c * x[ahead] + s * y[ahead]))
        put(2, here, 0, ahead, 2 / h * (c * y + s * x))
        put(2, here, 1, ahead, -2 / h * (c * x - s * y))
        if self.screening:
            matrix[2, :, 2, :] += 2 / self.screening
        return matrix.reshape(3 * n, 3 * n)

    def curvature(self, psi: np.ndarray, total: float) -> np.ndarray:
        """Return the second derivatives by (Re psi, Im psi[, Theta]) with the flux spread evenly over the links."""
        n = self.count
        full = self.second(psi, np.full(n, total / n))
        if not self.screening:
            return full[: 2 * n, : 2 * n]
        spread = np.zeros((3 * n, 2 * n + 1))
        spread[: 2 * n, : 2 * n] = np.eye(2 * n)
        spread[2 * n :, -1] = 1 / n
        return spread.T @ full @ spread

    def turn_of(self, psi: np.ndarray) -> np.ndarray:
        """Return the direction (unit) of a common phase of psi, which costs nothing."""
        direction = np.concatenate([-psi.imag, psi.real, np.zeros(int(self.screening > 0))])
        return direction / np.linalg.norm(direction)

    def shift_of(self, psi: np.ndarray) -> np.ndarray:
        """Return d psi by a shift of psi along the ring in xi, orthogonal to a common phase; not normalised."""
        wave = 2j * pi * np.fft.fftfreq(self.count, self.h)
        slope = np.fft.ifft(wave * np.fft.fft(psi))
        direction = np.concatenate([slope.real, slope.imag, np.zeros(int(self.screening > 0))])
        turn = self.turn_of(psi)
        return direction - turn * (turn @ direction)

    def stationary(
        self, psi: np.ndarray, total: float, free_shift: bool, tolerance: float, steps: int = 60
    ) -> tuple[np.ndarray, float, tuple[float, ...]]:
        """Find the stationary point next to (psi, Theta) by Newton's method; return it and the residuals.

        Directions that cost nothing (a common phase; a shift where ``free_shift``) are left out of the steps.
        """
        n, residuals = self.count, []
        for _ in range(steps):
            slope = self.gradient(psi, total)
            residuals.append(float(np.abs(slope).max()) / self.h)
            if residuals[-1] < tolerance:
                break
            matrix, turn = self.curvature(psi, total), self.turn_of(psi)
            matrix = matrix + np.outer(turn, turn)
            if free_shift:
                shift = self.shift_of(psi)
                shift = shift / max(np.linalg.norm(shift), 1e-300)
                matrix += np.outer(shift, shift)
            step = -np.linalg.solve(matrix, slope)
            step *= min(1.0, 0.3 / max(np.abs(step[: 2 * n]).max(), 1e-300))
            psi = psi + step[:n] + 1j * step[n : 2 * n]
            total += float(step[-1]) if self.screening else 0.0
        return psi, total, tuple(residuals)
