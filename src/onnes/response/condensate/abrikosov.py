"""Vortex lattices just below the upper critical field, where the order parameter lies in the lowest Landau level."""

import numpy as np

from onnes.model.condensate.vortex_lattice import VortexLattice


def abrikosov_ratio(lattice: VortexLattice) -> float:
    r"""Return beta_A = <|psi|^4>/<|psi|^2>^2 of one vortex to a cell in the limit B -> Bc2.

    .. math:: \beta_A(\tau)=\sum_{m,n}e^{-\pi|m\tau+n|^2/\mathrm{Im}\,\tau},\qquad \tau=a_2/a_1,

    because the Fourier components of |psi|^2 are (-1)^(mn+m+n) exp(-pi |m tau + n|^2/2 Im tau). 1.159595 is the least,
    for the triangular lattice; 1.180341 belongs to the square one. ``quanta`` and the induction play no part.

    References
    ----------
    W. H. Kleiner, L. M. Roth and S. H. Autler, Phys. Rev. 133, A1226 (1964), doi:10.1103/PhysRev.133.A1226.
    """
    tau = lattice.modulus
    # terms below exp(-40); |m tau + n|^2/Im tau >= m^2 Im tau, and |m tau + n| >= |n| - |m Re tau|
    most_m = int(np.ceil(np.sqrt(40 / (np.pi * tau.imag)))) + 1
    most_n = int(np.ceil(np.sqrt(40 * tau.imag / np.pi) + most_m * abs(tau.real))) + 1
    m, n = np.meshgrid(np.arange(-most_m, most_m + 1), np.arange(-most_n, most_n + 1))
    return float(np.exp(-np.pi * np.abs(m * tau + n) ** 2 / tau.imag).sum())


def upper_magnetisation(lattice: VortexLattice) -> float:
    r"""Return mu0 M (T) of a lattice to first order in the distance from the upper critical field.

    .. math:: -\mu_0M=\frac{B_{c2}-\bar B}{\beta_A(2\kappa^2-1)+1}=\frac{\mu_0(H_{c2}-H)}{\beta_A(2\kappa^2-1)}

    References
    ----------
    A. A. Abrikosov, Sov. Phys. JETP 5, 1174 (1957).
    """
    upper, kappa = lattice.material.upper_critical_field, lattice.material.kappa
    return -(upper - lattice.induction) / (abrikosov_ratio(lattice) * (2 * kappa**2 - 1) + 1)
