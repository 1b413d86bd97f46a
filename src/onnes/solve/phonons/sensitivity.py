"""First-order perturbation of Tc: functional derivative, isotope exponents, and the jump at Tc.

With x_n = Delta_n/w_n at Tc, sums over n, m >= 0, and everything divided by pi T, the linearised
Eliashberg equation is K x = 0 with the symmetric operator

    K_nm = lambda(n-m) + lambda(n+m+1) - 2 mu* - delta_nm [2n + 1 + lambda(0) + 2 sum_{k=1..n} lambda(k)]

so that a change of anything moves Tc by dTc = -x.dK.x/(x.(dK/dT).x). Since K is linear in
lambda(nu_k), x.K.x = sum_k c_k lambda(nu_k) - 2 mu* (sum x)^2 + const, with c_0 = 0: static
fluctuations (Omega << kT) act like elastic impurities and leave Tc alone (Anderson's theorem).
G. Bergmann and D. Rainer, Z. Phys. 263, 59 (1973); D. Rainer and F. J. Culetto, Phys. Rev. B 19,
2540 (1979). Several bands are weighted with their shares of N(0), which makes K symmetric.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from onnes import schema
from onnes.errors import InvalidInput
from onnes.model.phonons.glue import Glue
from onnes.model.phonons.spectrum import Spectrum
from onnes.response.phonons import spin_chain
from onnes.response.phonons.thermodynamics import sommerfeld
from onnes.solve.phonons.kernel import Kernel, imaginary_axis_kernel
from onnes.solve.phonons.transition import critical_temperature, pairing_eigenvalue
from onnes.units import K_B

if TYPE_CHECKING:
    import xarray as xr

SMALL_ANGLE = 1e-4
"""Angle at which the quadratic part of the free energy is read off; the quartic one is 1e-8 of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Transition:
    """The linearised equation at Tc.

    Attributes
    ----------
    tc : K.
    x : float array (band, n), Delta_n/w_n.
    counts : float array (band, band, k), c_ij,k of sum_ijk c_ij,k lambda_ij(nu_k), k = 0 ... 2n-1.
    nu : float array (k,), boson Matsubara energies, meV.
    heating : T x.(dK/dT).x, negative.
    """

    glue: Glue
    kernel: Kernel
    tc: float
    x: np.ndarray
    counts: np.ndarray
    nu: np.ndarray
    heating: float

    def moved_by(self, change: float) -> float:
        """Return dTc, K, of a change of x.K.x."""
        return -self.tc * change / self.heating

    def coulomb(self, change: np.ndarray) -> float:
        """Return the change of x.K.x when mu*_ij changes by ``change`` (band, band)."""
        sums = self.x.sum(axis=1)
        return -2 * float((spin_chain.band_shares(self.glue) * sums) @ change @ sums)


def tc_sensitivity(
    glue: Glue, *, frequency: ArrayLike | None = None, cutoff: float | None = None
) -> "xr.Dataset":
    """Return the functional derivative of Tc with respect to alpha2F(Omega), K/meV, of one band.

    A small area dA = integral dalpha2F dOmega at Omega raises Tc by sensitivity(Omega) dA. It is never
    negative, vanishes linearly at small Omega, and is largest near 7-9 kTc (7 at strong, 9 at weak coupling).

    Parameters
    ----------
    glue : one band with a constant density of states.
    frequency : boson energies, meV; 400 up to the larger of 20 kTc and the highest phonon frequency
        where not given.
    cutoff : as of `onnes.solve.critical_temperature`.

    Returns
    -------
    Dataset on frequency (meV): sensitivity (K/meV). Attributes: critical_temperature (K),
    mu_star_sensitivity (dTc/dmu*, K, of mu* at its own cutoff).

    Raises
    ------
    InvalidInput : several bands, an energy-dependent density of states, or frequencies not positive.
    NoSuperconductivity : no Tc.
    """
    if glue.n_bands > 1:
        raise InvalidInput(f"the functional derivative for {glue.n_bands} bands", "give one band")
    at_tc = transition(glue, cutoff)
    if frequency is None:
        top = max(20 * K_B * at_tc.tc, glue.omega_max)
        omega = np.linspace(top / 400, top, 400)
    else:
        omega = np.atleast_1d(np.asarray(frequency, dtype=float))
    if not np.all(omega > 0):
        raise InvalidInput(f"frequency from {omega.min()} meV", "give positive boson energies, meV")
    return schema.dataset(
        "functional derivative of Tc",
        {"frequency": omega, "sensitivity": _derivative(at_tc, omega)},
        critical_temperature=at_tc.tc,
        mu_star_sensitivity=_mu_star_derivative(at_tc),
    )


def isotope_exponent(glue: Glue, *, part: Spectrum | None = None, cutoff: float | None = None) -> float:
    """Return the isotope exponent alpha = -dlnTc/dlnM, all masses together or one element's.

    All frequencies scale like M^(-1/2) at fixed lambda, and the bare repulsion is fixed at an electronic
    energy that does not move; seen from a cutoff that moves with the phonons, dmu*/dlnOmega = mu*^2. So
    alpha = [1 + mu*^2 dlnTc/dmu*]/2, exactly 1/2 without mu*.

    With ``part``, only that part of alpha2F moves:
    alpha = (1/2Tc) integral dOmega part(Omega) d[Omega dTc/dalpha2F(Omega)]/dOmega. The parts of a
    spectrum sum to the total.

    Parameters
    ----------
    glue : one band or several, constant density of states.
    part : the part of alpha2F carried by the motion of one element (one band).
    cutoff : as of `onnes.solve.critical_temperature`; it scales with the phonons where all masses change.

    Raises
    ------
    InvalidInput : ``part`` with several bands, or an energy-dependent density of states.
    NoSuperconductivity : no Tc.
    """
    at_tc = transition(glue, cutoff)
    if part is None:
        mu = at_tc.kernel.mu_star
        return 0.5 * (1 + at_tc.moved_by(at_tc.coulomb(mu @ mu)) / at_tc.tc)
    if glue.n_bands > 1:
        raise InvalidInput(f"a partial isotope exponent for {glue.n_bands} bands", "give one band")
    return float(np.sum(part.measure * _isotope_density(at_tc, part.frequency)))


def isotope_spectrum(glue: Glue, *, cutoff: float | None = None) -> "xr.Dataset":
    """Return the differential isotope exponent, 1/meV, of one band: how much each phonon energy contributes.

    density(Omega) = alpha2F(Omega) d[Omega dTc/dalpha2F]/dOmega /(2 Tc); sum(weights * density) over the
    spectrum's nodes is the total exponent of `isotope_exponent`. D. Rainer and F. J. Culetto, Phys. Rev. B
    19, 2540 (1979).

    Raises
    ------
    InvalidInput : several bands, or an energy-dependent density of states.
    """
    if glue.n_bands > 1:
        raise InvalidInput(f"the isotope spectrum of {glue.n_bands} bands", "give one band")
    at_tc, spectrum = transition(glue, cutoff), glue.spectra[0][0]
    density = spectrum.alpha2F * _isotope_density(at_tc, spectrum.frequency)
    return schema.dataset(
        "differential isotope exponent",
        {"frequency": spectrum.frequency, "isotope_density": density},
        critical_temperature=at_tc.tc,
        isotope_exponent=float(np.sum(spectrum.weights * density)),
    )


def specific_heat_jump(glue: Glue, *, cutoff: float | None = None) -> float:
    """Return Delta C(Tc)/(gamma Tc) from the linearised equation and the quartic term of the free energy.

    With theta = eta x the functional of `onnes.response.phonons.thermodynamics` is
    U = u ln(T/Tc) eta^2 + b eta^4, b = (pi^2/2) [sum a x^4 - x^2.L-.x^2]; corrections to the shape of x
    enter at eta^6. Then Delta C = kTc u^2/(2b). No extrapolation, no gap equation.

    Raises
    ------
    InvalidInput : an energy-dependent density of states.
    NoSuperconductivity : no Tc.
    """
    at_tc = transition(glue, cutoff)
    x, kt = at_tc.x / np.max(np.abs(at_tc.x)), K_B * at_tc.tc
    chain = spin_chain.build(glue, kt, SMALL_ANGLE * x, at_tc.kernel.cutoff)
    u = (chain.energy(chain.heated) - chain.edge()) / SMALL_ANGLE**2
    square = np.pad(x, ((0, 0), (0, 1))) ** 2
    quartic = chain.plain.field * square**2 - square * chain.plain.odd(square)
    b = float(np.sum(chain.weight @ quartic)) / 8
    return K_B * kt * u**2 / (2 * b) / (sommerfeld(glue) * at_tc.tc)


def transition(glue: Glue, cutoff: float | None = None) -> Transition:
    """Solve the linearised equation at Tc and collect what first-order perturbation needs.

    Raises
    ------
    InvalidInput : an energy-dependent density of states.
    NoSuperconductivity : no Tc.
    """
    if glue.dos is not None:
        raise InvalidInput(
            "perturbation theory with an energy-dependent density of states",
            "use the same glue with dos=None, or differences of solve.critical_temperature",
        )
    tc = critical_temperature(glue, cutoff=cutoff)
    kernel = imaginary_axis_kernel(glue, tc, cutoff=cutoff, engine="fft")
    _, gap = pairing_eigenvalue(kernel)
    x = gap / kernel.omega
    counts = _counts(x, spin_chain.band_shares(glue))
    nu = 2 * np.pi * K_B * tc * np.arange(counts.shape[2])
    heating = sum(
        float(counts[i, j] @ spin_chain.lambda_and_slope(pair, nu)[1])
        for i, row in enumerate(glue.spectra)
        for j, pair in enumerate(row)
    )
    bare = Transition(glue, kernel, tc, x, counts, nu, heating)
    # The number of frequencies stays, so that the cutoff 2 pi T N, and mu* with it, follow T.
    slid = bare.coulomb(kernel.mu_star @ kernel.mu_star)
    return Transition(glue, kernel, tc, x, counts, nu, heating + slid)


def _counts(x: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return c_ij,k of x.K.x = sum c_ij,k lambda_ij(nu_k) + ..., (band, band, 2n)."""
    n_bands, n = x.shape
    full = np.concatenate([x[:, ::-1], x], axis=1)
    length = 4 * n
    transform = np.fft.rfft(full, length)
    below = np.cumsum((x**2)[:, ::-1], axis=1)[:, ::-1]
    counts = np.zeros((n_bands, n_bands, 2 * n))
    for i in range(n_bands):
        for j in range(n_bands):
            overlap = np.fft.irfft(transform[i] * np.conj(transform[j]), length)[: 2 * n]
            counts[i, j] = overlap
            counts[i, j, :n] -= 2 * below[i]
            counts[i, j, 0] /= 2
        counts[i] *= shares[i]
    return counts


def _derivative(at_tc: Transition, omega: np.ndarray) -> np.ndarray:
    """Return dTc/dalpha2F at ``omega``: lambda(nu) changes by 2 Omega/(Omega^2 + nu^2)."""
    response = 2 * omega[:, None] / (omega[:, None] ** 2 + at_tc.nu**2)
    return -at_tc.tc * (response @ at_tc.counts[0, 0]) / at_tc.heating


def _isotope_density(at_tc: Transition, omega: np.ndarray) -> np.ndarray:
    """Return d[Omega dTc/dalpha2F]/dOmega /(2 Tc) at ``omega``, per unit of alpha2F dOmega."""
    square = at_tc.nu**2
    slope = 4 * omega[:, None] * square / (omega[:, None] ** 2 + square) ** 2
    return -(slope @ at_tc.counts[0, 0]) / at_tc.heating / 2


def _mu_star_derivative(at_tc: Transition) -> float:
    """Return dTc/dmu*, K, for mu* at the glue's own cutoff: mu* at the kernel's moves by their squared ratio."""
    own, here = float(np.asarray(at_tc.glue.mu_star.value)), at_tc.kernel.mu_star
    ratio = here[0, 0] / own if own > 0 else 1.0
    return at_tc.moved_by(at_tc.coulomb(np.array([[ratio**2]])))
