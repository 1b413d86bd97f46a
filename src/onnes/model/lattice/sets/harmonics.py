"""Products of sines and cosines of kx and ky, as hoppings: a formula in k becomes a table in R, exactly."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

REACH = 4
"""Largest harmonic along an axis."""


def cosine(n: int = 1) -> np.ndarray:
    """Return the coefficients of exp(i m k), m = -4..4, of cos(n k)."""
    wave = np.zeros(2 * REACH + 1, complex)
    wave[REACH + n] += 0.5
    wave[REACH - n] += 0.5
    return wave


def sine(n: int = 1) -> np.ndarray:
    """Return the coefficients of exp(i m k), m = -4..4, of sin(n k)."""
    wave = np.zeros(2 * REACH + 1, complex)
    wave[REACH + n] += -0.5j
    wave[REACH - n] += 0.5j
    return wave


def product(along_x: np.ndarray, along_y: np.ndarray) -> np.ndarray:
    """Return the coefficients of exp(i (m kx + n ky)), (9, 9), of a function of kx times one of ky."""
    return np.outer(along_x, along_y)


@dataclass(frozen=True, slots=True)
class Waves:
    """The factors from which published dispersions are composed, each (9, 9)."""

    one: np.ndarray
    cx: np.ndarray
    cy: np.ndarray
    c2x: np.ndarray
    c2y: np.ndarray
    cxcy: np.ndarray
    c2xcy: np.ndarray
    cxc2y: np.ndarray
    c2xc2y: np.ndarray


def _waves() -> Waves:
    u, c, c2 = cosine(0), cosine(1), cosine(2)
    return Waves(
        *(product(x, y) for x, y in ((u, u), (c, u), (u, c), (c2, u), (u, c2))),
        *(product(x, y) for x, y in ((c, c), (c2, c), (c, c2), (c2, c2))),
    )


WAVES = _waves()


def table(elements: Mapping[tuple[int, int], np.ndarray], n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return cells (m, 3) and hoppings (m, n, n) of H_ab(k) given by its coefficients for a <= b.

    The lower triangle follows from Hermiticity: t_ba(R) = t_ab(-R)*. Cells without a hopping are left out.
    """
    full = np.zeros((2 * REACH + 1, 2 * REACH + 1, n, n), complex)
    for (a, b), wave in elements.items():
        full[:, :, a, b] = wave
        if a != b:
            full[:, :, b, a] = wave[::-1, ::-1].conj()
    kept = np.argwhere(np.any(np.abs(full) > 1e-14, axis=(2, 3)))
    cells = np.column_stack([kept - REACH, np.zeros(len(kept), int)])
    return cells, full[kept[:, 0], kept[:, 1]]
