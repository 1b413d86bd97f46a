r"""Screening of vortices by nonlocal and anisotropic currents, and how far the nonlocality reaches.

For straight vortices along u and a wavevector k across it, a current has the components t = u x k/k and u, a field
likewise. With M_ij = m_ij + n_ijlm k_l k_m the London equation h + curl(lambda^2 M curl h) = sources is two by two, and

.. math:: h_u(k)=\frac{s(k)}{1+\lambda^2k^2M_{tt}-\dfrac{(\lambda^2k^2M_{tu})^2}{1+\lambda^2k^2M_{uu}}}
"""

import numpy as np
from scipy.integrate import quad

from onnes.errors import InvalidInput
from onnes.model.condensate.anisotropy import Nonlocality, cubic_nonlocality
from onnes.model.condensate.nonlocal_london import DirectedLattice
from onnes.response.condensate.lattice_geometry import half_lattice, reciprocal_vectors, reduced_vectors
from onnes.units import HBAR, K_B, MU_0

CUT = 60.0
"""Largest xi^2 G^2 of the sums: exp(-30) is left."""


class LondonKernel:
    """Screening and energy of lattices of one material and one field direction; the tensors are turned once."""

    def __init__(self, lattice: DirectedLattice) -> None:
        self.lattice, material = lattice, lattice.material
        axes = lattice.axes
        self.depth2 = material.penetration_depth**2
        self.masses = axes @ np.diag(material.mass) @ axes.T
        tensor = material.nonlocality.tensor
        self.nonlocal_ = np.einsum("abcd,ia,jb,kc,ld->ijkl", tensor, axes, axes, axes, axes)[:, :, :2, :2]
        inverse = axes @ np.diag(1 / np.array(material.mass)) @ axes.T
        self.cut = material.coherence_length**2 * inverse[:2, :2]

    def screening(self, wavevectors: np.ndarray) -> np.ndarray:
        """Return the denominator s/h_u at in-plane wavevectors (..., 2), 1/nm."""
        k = np.asarray(wavevectors, float)
        square = (k**2).sum(axis=-1)
        matrix = self.masses + np.einsum("abcd,...c,...d->...ab", self.nonlocal_, k, k)
        length = np.sqrt(np.where(square > 0, square, 1.0))
        t = np.stack([-k[..., 1], k[..., 0], np.zeros_like(length)], axis=-1) / length[..., None]
        across = np.einsum("...ab,...b->...a", matrix, t)
        reduced = self.depth2 * square
        tt, tu, uu = (across * t).sum(axis=-1), across[..., 2], matrix[..., 2, 2]
        return 1 + reduced * tt - (reduced * tu) ** 2 / (1 + reduced * uu)

    def nonlocal_share(self, wavevectors: np.ndarray) -> np.ndarray:
        """Return n_ttlm k_l k_m at in-plane wavevectors (..., 2): the expansion in it needs it below one."""
        k = np.asarray(wavevectors, float)
        t = np.stack([-k[..., 1], k[..., 0]], axis=-1) / np.linalg.norm(k, axis=-1)[..., None]
        return np.einsum("abcd,...a,...b,...c,...d->...", self.nonlocal_[:2, :2], t, t, k, k)

    def induction(self, wavevectors: np.ndarray) -> np.ndarray:
        """Return the Fourier components of the induction along the field, T, at reciprocal vectors (..., 2)."""
        k = np.asarray(wavevectors, float)
        damped = np.exp(-np.einsum("...i,ij,...j->...", k, self.cut, k) / 2)
        return self.lattice.induction * damped / self.screening(k)

    def ripple(self, vectors: np.ndarray) -> float:
        """Return sum over G of exp(-xi^2 G^2/2)/(s/h_u), the energy in units of B^2/2 mu0."""
        basis = reduced_vectors(reciprocal_vectors(vectors))
        half = half_lattice(basis, self.cut, CUT)
        return 1 + 2 * float(self.induction(half).sum()) / self.lattice.induction

    def energy(self, vectors: np.ndarray) -> float:
        """Return the London energy density of the lattice, J/m^3."""
        return self.lattice.induction**2 / (2 * MU_0) * self.ripple(vectors)


def nonlocal_range(gap: float, temperature: float = 0.0, scattering: float = 0.0) -> float:
    r"""Return the square of the inverse energy that measures nonlocality, 1/meV^2.

    .. math:: S=\frac{\sum_\omega\beta^{-2}\beta'^{-3}}{\sum_\omega\beta^{-2}\beta'^{-1}},\qquad
              \beta=\sqrt{\Delta^2+\omega^2},\quad\beta'=\beta+\tfrac12\Gamma

    over Matsubara frequencies, from the expansion of the quasiclassical screening kernel of an s-wave gap in v k: it is
    2/(3 Delta^2) in a clean metal at T = 0, and 4/Gamma^2 in a very dirty one.

    Parameters
    ----------
    gap : Delta at this temperature, meV. temperature : K. scattering : Gamma = hbar/tau, meV.

    Raises
    ------
    InvalidInput : a gap that is not positive, a negative temperature or rate.
    """
    if not (gap > 0 and temperature >= 0 and scattering >= 0):
        raise InvalidInput(
            f"gap {gap}, temperature {temperature}, scattering {scattering}",
            "give a positive gap, and the others zero or positive",
        )

    def terms(omega: np.ndarray, power: int) -> np.ndarray:
        beta = np.sqrt(gap**2 + omega**2)
        return 1 / (beta**2 * (beta + scattering / 2) ** power)

    if temperature == 0:
        upper, lower = (quad(lambda w, p=p: terms(w, p), 0, np.inf, epsrel=1e-11)[0] for p in (3, 1))
        return upper / lower
    step = 2 * np.pi * K_B * temperature
    count = int(np.ceil(300 * (gap + scattering) / step)) + 50
    omega = (np.arange(count) + 0.5) * step
    end = count * step
    # beyond `end` the midpoint sum is its integral to (step/end)^2 of a part that is itself 1/300^2 of the whole
    tails = [quad(lambda w, p=p: terms(w, p), end, np.inf)[0] / step for p in (3, 1)]
    upper, lower = (terms(omega, p).sum() + tail for p, tail in zip((3, 1), tails, strict=True))
    return float(upper / lower)


def fermi_nonlocality(fourth: float, cross: float, reach: float) -> Nonlocality:
    r"""Return the nonlocality of a cubic metal from averages of its Fermi velocity.

    .. math:: n_{ijlm}=\frac{\hbar^2S}{4}\,\frac{\langle v_iv_jv_lv_m\rangle}{\langle v_x^2\rangle}

    Parameters
    ----------
    fourth, cross : <v_x^4>/<v_x^2> and <v_x^2 v_y^2>/<v_x^2>, (m/s)^2: 3 v^2/5 and v^2/5 on a sphere.
    reach : S of `nonlocal_range`, 1/meV^2.
    """
    if not (reach > 0 and fourth > 0 and cross > 0):
        raise InvalidInput(f"averages {fourth}, {cross} and range {reach}", "give positive numbers")
    # hbar in meV ps times m/s = 1e-3 nm/ps
    scale = (HBAR * 1e-3) ** 2 * reach / 4
    return cubic_nonlocality(scale * fourth, scale * cross)
