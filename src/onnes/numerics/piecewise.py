"""Integrals of a piecewise linear function against Lorentzians, exact on each piece.

A density of states is tabulated every 10-50 meV while the Lorentzians of the lowest Matsubara
frequencies are narrower than that; a sum over grid points would be wrong by order one.
"""

import numpy as np


def lorentzian_integrals(
    energy: np.ndarray, value: np.ndarray, center: np.ndarray, width: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return int v/(x^2+w^2) and int v x/(x^2+w^2) over energy, with x = energy - center.

    Parameters
    ----------
    energy, value : float arrays (k,), the knots of v, zero outside.
    center, width : float arrays (n,); widths positive.

    Returns
    -------
    two float arrays (n,).
    """
    x = energy - center[:, None]
    w = width[:, None]
    slope = np.diff(value) / np.diff(energy)
    # v = alpha + slope*x on each piece, x measured from the centre of each Lorentzian.
    alpha = value[:-1] - slope * x[:, :-1]
    angle = np.diff(np.arctan(x / w), axis=1)
    log = 0.5 * np.diff(np.log(x**2 + w**2), axis=1)
    even = (alpha * angle / w + slope * log).sum(axis=1)
    odd = (alpha * log + slope * (np.diff(x, axis=1) - w * angle)).sum(axis=1)
    return even, odd
