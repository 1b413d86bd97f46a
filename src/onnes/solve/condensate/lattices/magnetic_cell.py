"""Functions that repeat up to a magnetic translation, and their covariant derivatives to spectral accuracy.

A point is r = u a1 + v a2 with u and v from 0 to 1, and n flux quanta thread the cell. In the gauge
A = -2 pi n v grad u

    psi(u + 1, v) = psi(u, v),      psi(u, v + 1) = exp(-2 pi i n u) psi(u, v),
    D_u = d/du + 2 pi i n v,        D_v = d/dv.

psi is periodic in u, and exp(2 pi i n u v) psi is periodic in v at fixed u: both derivatives are Fourier series along
one axis. Their wavenumbers, k + n v and k - n u, are taken in the symmetric range, so that a translation by a step of
the grid changes nothing.
"""

import numpy as np
from scipy.fft import fft, fft2, ifft, ifft2


class MagneticCell:
    """A cell of modulus tau = a2/a1 and area 2 pi n/b with N x N points, arrays (v, u).

    Parameters
    ----------
    tau : a2/a1 as complex numbers. reduced : b, in units of Bc2. quanta : n. points : N, odd.
    """

    def __init__(self, tau: complex, reduced: float, quanta: int, points: int) -> None:
        self.tau, self.quanta, self.points = tau, quanta, points
        self.length = np.sqrt(2 * np.pi * quanta / (reduced * tau.imag))
        self.steps = np.arange(points) / points
        k = np.fft.fftfreq(points, 1 / points)
        shift = quanta * self.steps
        self._along_u = 2j * np.pi * _wrapped(k[None, :] + shift[:, None], points)
        self._along_v = 2j * np.pi * _wrapped(k[:, None] - shift[None, :], points)
        self._turn = np.exp(2j * np.pi * quanta * self.steps[:, None] * self.steps[None, :])
        # periodic functions: wavevectors K = 2 pi (k_u b1 + k_v b2)
        self.kx = 2 * np.pi / self.length * np.broadcast_to(k[None, :], (points, points))
        self.ky = 2 * np.pi / (self.length * tau.imag) * (k[:, None] - tau.real * k[None, :])
        square = self.kx**2 + self.ky**2
        square[0, 0] = np.inf
        self.inverse_square = 1 / square
        self._square = np.where(np.isinf(square), 0.0, square)

    def gradient(self, psi: np.ndarray) -> np.ndarray:
        """Return the covariant derivatives along x and y, complex (2, v, u)."""
        du = ifft(self._along_u * fft(psi, axis=1), axis=1)
        dv = self._turn.conj() * ifft(self._along_v * fft(self._turn * psi, axis=0), axis=0)
        return np.array([du, (dv - self.tau.real * du) / self.tau.imag]) / self.length

    def divergence(self, field: np.ndarray) -> np.ndarray:
        """Return D_x f_x + D_y f_y: minus the adjoint of `gradient`, to rounding."""
        fu, fv = field[0] - self.tau.real / self.tau.imag * field[1], field[1] / self.tau.imag
        du = ifft(self._along_u * fft(fu, axis=1), axis=1)
        dv = self._turn.conj() * ifft(self._along_v * fft(self._turn * fv, axis=0), axis=0)
        return (du + dv) / self.length

    def smooth(self, psi: np.ndarray, shift: float) -> np.ndarray:
        """Return about (shift - D^2)^-1 psi: the product of one-dimensional inverses, symmetric and positive."""
        scale = (self.length * self.tau.imag) ** 2
        root = (shift + np.abs(self.tau * self._along_u) ** 2 / scale) ** -0.5
        whole = shift / (shift + np.abs(self._along_v) ** 2 / scale)
        half = ifft(root * fft(psi, axis=1), axis=1)
        half = self._turn.conj() * ifft(whole * fft(self._turn * half, axis=0), axis=0)
        return ifft(root * fft(half, axis=1), axis=1)

    def vector_potential(self, b: np.ndarray) -> np.ndarray:
        """Return the periodic a (2, v, u) without divergence whose curl is ``b`` less its mean."""
        stream = -self.inverse_square * fft2(b)
        return np.array([ifft2(-1j * self.ky * stream).real, ifft2(1j * self.kx * stream).real])

    def induction(self, current: np.ndarray) -> np.ndarray:
        """Return the b, of mean zero, with curl of b equal to ``current`` as far as that is transverse."""
        curl = 1j * self.kx * fft2(current[1]) - 1j * self.ky * fft2(current[0])
        return ifft2(curl * self.inverse_square).real

    def soften(self, b: np.ndarray, stiffness: float, density: float) -> np.ndarray:
        """Return (stiffness + density/K^2)^-1 b, without its mean."""
        return ifft2(fft2(b) / (stiffness + density * self.inverse_square) * (self._square > 0)).real

    def tail(self, psi: np.ndarray) -> float:
        """Return the norm of the waves beyond two thirds of the shortest resolved one, over that of psi."""
        limit = 2 * np.pi * self.points / 3
        along_u = fft(psi, axis=1, norm="ortho")[np.abs(self._along_u) > limit]
        along_v = fft(self._turn * psi, axis=0, norm="ortho")[np.abs(self._along_v) > limit]
        return float(np.hypot(np.linalg.norm(along_u), np.linalg.norm(along_v)) / np.linalg.norm(psi))

    def lowest_level(self, weights: np.ndarray) -> np.ndarray:
        """Return sum_j weights_j phi_j, a function of the lowest Landau level with <|psi|^2> = 1.

        phi_j = sum_m exp(2 pi i (n m + j) u + i pi n tau (v + m + j/n)^2) obeys (tau D_u - D_v) phi = 0; one quantum
        leaves one such function, with its zero at u = v = 1/2.
        """
        n, u, v = self.quanta, self.steps[None, :], self.steps[:, None]
        reach = int(np.ceil(np.sqrt(40 / (np.pi * n * self.tau.imag)))) + 2
        psi = np.zeros((self.points, self.points), complex)
        for j, weight in enumerate(weights):
            for m in range(-reach, reach + 1):
                at = v + m + j / n
                psi += weight * np.exp(1j * np.pi * n * self.tau * at**2 + 2j * np.pi * (n * m + j) * u)
        return psi / np.sqrt(np.mean(np.abs(psi) ** 2))


def _wrapped(wavenumber: np.ndarray, points: int) -> np.ndarray:
    """Return wavenumbers modulo ``points``, between -points/2 and points/2."""
    return wavenumber - points * np.rint(wavenumber / points)


def odd_length(least: float) -> int:
    """Return the next odd number without prime factors above seven: a quick transform, symmetric about zero."""
    n = max(3, int(np.ceil(least)) | 1)
    while True:
        rest = n
        for prime in (3, 5, 7):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return n
        n += 2
