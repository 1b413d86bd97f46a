"""Angular momentum of atomic orbitals: the matrices L that spin-orbit coupling needs."""

from collections.abc import Sequence

import numpy as np

from onnes.errors import InvalidInput

PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
"""sigma_x, sigma_y, sigma_z; spin up first."""


def _levi_civita() -> np.ndarray:
    tensor = np.zeros((3, 3, 3))
    for i, j, l in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        tensor[i, j, l], tensor[i, l, j] = 1.0, -1.0
    return tensor


EPSILON = _levi_civita()
"""epsilon_ijk."""

# Each function is r.Q.r/r^2 (d) or q.r/r (p): (row, column, weight) of Q before symmetrising and normalising.
_D_FORMS = {
    "xy": ((0, 1, 1.0),),
    "yz": ((1, 2, 1.0),),
    "xz": ((0, 2, 1.0),),
    "x2-y2": ((0, 0, 1.0), (1, 1, -1.0)),
    "z2": ((0, 0, -1.0), (1, 1, -1.0), (2, 2, 2.0)),
}
_P_FORMS = {"x": 0, "y": 1, "z": 2}

D_SHELL = ("xy", "yz", "z2", "xz", "x2-y2")
T2G = ("xz", "yz", "xy")


def angular_momentum(l: int) -> np.ndarray:
    """Return L_x, L_y, L_z of the states |l, m>, m = l ... -l, complex (3, 2l+1, 2l+1), units of hbar.

    L_z = m and L_+ |m> = sqrt(l(l+1) - m(m+1)) |m+1> (Condon and Shortley).
    """
    if int(l) != l or l < 0:
        raise InvalidInput(f"l = {l}", "give a whole number of 0 or more")
    m = np.arange(l, -l - 1, -1.0)
    raising = np.diag(np.sqrt(l * (l + 1) - m[1:] * (m[1:] + 1)), 1)
    return np.array([(raising + raising.T) / 2, (raising - raising.T) / 2j, np.diag(m)], complex)


def orbital_momentum(orbitals: Sequence[str]) -> np.ndarray:
    """Return L between real p or d functions, complex (3, n, n), units of hbar, imaginary and Hermitian.

    L = -i r x grad acts on r.Q.r as -i [J, Q] with (J_i)_jk = epsilon_ijk, and <a|L_i|b> = Tr Q_a (-i)[J_i, Q_b].
    Of a part of a shell it is the projection: for t2g, -L obeys the algebra of l = 1.

    Parameters
    ----------
    orbitals : names of one shell in the order of the bands: ``x y z`` (p), or ``xy yz z2 xz x2-y2`` (d).

    Raises
    ------
    InvalidInput : an unknown name, a repeated one, or names of two shells.
    """
    names = tuple(orbitals)
    if not names or len(set(names)) < len(names):
        raise InvalidInput(f"orbitals {names}", "name each orbital of the shell once")
    if all(name in _P_FORMS for name in names):
        index = [_P_FORMS[name] for name in names]
        return -1j * EPSILON[:, index][:, :, index]
    if not all(name in _D_FORMS for name in names):
        raise InvalidInput(f"orbitals {names}", f"use {', '.join(_P_FORMS)} or {', '.join(_D_FORMS)}")
    forms = np.array([_quadratic(name) for name in names])
    turned = -1j * (np.einsum("ijk,bkl->ibjl", EPSILON, forms) - np.einsum("bjk,ikl->ibjl", forms, EPSILON))
    return np.einsum("ajl,ibjl->iab", forms, turned)


def _quadratic(name: str) -> np.ndarray:
    q = np.zeros((3, 3))
    for row, column, weight in _D_FORMS[name]:
        q[row, column] += weight
        q[column, row] += weight
    return q / np.sqrt(np.sum(q**2))
