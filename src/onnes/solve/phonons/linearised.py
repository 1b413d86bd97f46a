"""The linearised Eliashberg equation, whose largest eigenvalue rho(T) falls through 1 at Tc::

    rho Delta_in w_n Z_N,in = w_n pi T sum_jm [lambda_ij(n-m) - mu*_ij] Delta_jm/|w_m|

Written for F = Delta/w it is the operator (1/w Z_N) pi T [lambda - mu*] acting on F. Bergmann and
Rainer, Z. Phys. 263, 59 (1973); Allen and Dynes, Phys. Rev. B 12, 905 (1975).
"""

import numpy as np

from onnes.numerics.linalg import rightmost_eigenpair
from onnes.solve.phonons.kernel import Kernel


def pairing_eigenvalue(kernel: Kernel) -> tuple[float, np.ndarray]:
    """Return the largest eigenvalue rho(T) and its Delta(i w_n) (band, n) at the kernel's frequencies.

    Superconducting where rho > 1. The vector is normalised to a largest entry of 1.
    """
    shape = kernel.normal_z.shape
    weight = 1 / (kernel.omega * kernel.normal_z)
    if kernel.pair_matrix is not None:
        value, vector = rightmost_eigenpair(weight.ravel()[:, None] * kernel.pair_matrix, weight.ravel())
    else:
        value, vector = rightmost_eigenpair(
            lambda f: (weight * kernel.pair(f.reshape(shape))).ravel(), weight.ravel()
        )
    delta = vector.reshape(shape) * kernel.omega
    return value, delta / delta.flat[np.argmax(np.abs(delta))]
