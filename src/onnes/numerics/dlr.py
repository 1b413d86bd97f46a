"""Compact representation of functions of definite parity on the fermionic Matsubara axis.

A parity-adapted discrete Lehmann representation. An even function with a spectral representation
is a sum of 2x/(w^2+x^2), an odd one of 2w/(w^2+x^2), x > 0. Multiplied by w and by x respectively,
both become the same function of the logarithms, 2wx/(w^2+x^2) = sech(ln w - ln x): one basis serves
both parities and no frequency scale is preferred. Poles on a fine logarithmic grid are reduced to
their numerical rank r by a singular value decomposition; r sampling frequencies follow from a
pivoted QR decomposition. r grows like ln(N) ln(1/eps): about 40 where N is several thousand.

Discrete Lehmann representation: J. Kaye, K. Chen, O. Parcollet, Phys. Rev. B 105, 235115 (2022).
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr

POLES_PER_E_FOLD = 4.0
"""Spacing 1/4 of the logarithmic pole grid: sech has poles at ±i pi/2, so the aliasing error is exp(-4 pi^2)."""
MARGIN = 6.0
"""How many e-folds the poles reach beyond the frequencies on each side (plateaus at both ends)."""


@dataclass(frozen=True, slots=True, eq=False)
class ParityBasis:
    """Interpolation from r sampled frequencies to all N of them.

    Attributes
    ----------
    nodes : int array (r,), indices n of the sampled frequencies, increasing.
    interpolation : float array (N, r): values of g at all n from values at the nodes, for g odd, or
        g = (2n+1) f with f even.
    epsilon : relative accuracy asked for.
    """

    nodes: np.ndarray
    interpolation: np.ndarray
    epsilon: float

    @property
    def count(self) -> int:
        return len(self.interpolation)

    def odd(self, values: np.ndarray) -> np.ndarray:
        """Return an odd function at all frequencies from its values at the nodes (last axis)."""
        return (self.interpolation @ values.T).T

    def even(self, values: np.ndarray) -> np.ndarray:
        """Return an even function, at most ~1/w at large w, at all frequencies from the nodes."""
        scaled = self.interpolation @ ((2 * self.nodes + 1) * values).T
        return scaled.T / (2 * np.arange(self.count) + 1)


def parity_basis(count: int, epsilon: float = 1e-12) -> ParityBasis:
    """Build the basis for the frequencies n = 0 ... count-1.

    Parameters
    ----------
    count : number of positive fermionic frequencies.
    epsilon : singular values below this fraction of the largest are dropped.
    """
    sample = _logarithmic_sample(count)
    x = _poles(count)
    coarse = _sech(sample, x)
    u, s, vt = np.linalg.svd(coarse, full_matrices=False)
    rank = min(int(np.sum(s > epsilon * s[0])), len(sample))
    # Pivoted QR of the transposed left vectors picks the rows that span them best.
    _, _, pivots = qr(u[:, :rank].T, mode="economic", pivoting=True)
    chosen = np.sort(pivots[:rank])
    everywhere = _sech(np.arange(count), x) @ (vt[:rank].T / s[:rank])
    at_nodes = everywhere[sample[chosen]]
    # everywhere @ inv(at_nodes); the choice of nodes keeps at_nodes well conditioned.
    interpolation = np.linalg.solve(at_nodes.T, everywhere.T).T
    return ParityBasis(sample[chosen], interpolation, epsilon)


def _logarithmic_sample(count: int) -> np.ndarray:
    """Return all small n and then about 12 per e-fold up to the last."""
    dense = np.exp(np.linspace(0, np.log(2 * count), int(12 * np.log(2 * count)) + 24))
    return np.unique(
        np.concatenate(
            [np.arange(min(count, 24)), np.minimum((dense / 2).astype(int), count - 1), [count - 1]]
        )
    )


def _poles(count: int) -> np.ndarray:
    low, high = -MARGIN, np.log(2 * count) + MARGIN
    return np.exp(np.linspace(low, high, int((high - low) * POLES_PER_E_FOLD) + 1))


def _sech(n: np.ndarray, x: np.ndarray) -> np.ndarray:
    ratio = (2 * n[:, None] + 1) / x[None, :]
    return 2 / (ratio + 1 / ratio)
