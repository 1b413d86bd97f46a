"""Sums over the zone of renormalised mean-field theory, at given valence bonds.

The Gutzwiller approximation replaces the projected expectation values of kinetic energy and exchange by g_t and g_J
times those of an unprojected state, g_t = 2x/(1 + x), g_J = 4/(1 + x)^2, which factorise (Wick) into

    xi_ij = sum_s <c+_is c_js>,  Delta_ij = <c_j,dn c_i,up - c_j,up c_i,dn>,
    <S_i.S_j>_0 = -(3/8)(|xi_ij|^2 + |Delta_ij|^2).

xi and Delta are sums over spins, twice the amplitudes of one spin. Bonds along x and y:
xi_x,y = xi +- i eta (eta alternating between the sublattices: a staggered flux), Delta_x,y = s +- i d. With
gamma_s,d = cos kx +- cos ky and kappa = (3/4) g_J J the free energy of a site at electrons n = 1 - x is

    F = Omega + mu n + kappa (xi^2 + eta^2 + s^2 + d^2),

    pairs:  Omega = <e - E - 2 kT ln(1 + exp(-E/kT))>,  E^2 = e^2 + kappa^2 (s^2 gamma_s^2 + d^2 gamma_d^2),
            e = -(2 g_t t + kappa xi) gamma_s - 4 g_t t' cos kx cos ky - mu,
    flux:   Omega = -kT <sum_+- ln(1 + exp(-e_+-/kT))>,  e_+- = -4 g_t t' cos kx cos ky - mu +- g,
            g^2 = (2 g_t t + kappa xi)^2 gamma_s^2 + kappa^2 eta^2 gamma_d^2,

< > being the mean over the zone. The self-consistency equations are dF/d(xi, eta, s, d) = 0.
F. C. Zhang, C. Gros, T. M. Rice, H. Shiba, Supercond. Sci. Technol. 1, 36 (1988).
"""

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from onnes.model.correlated.valence_bonds import SquareTJ


def hopping_factor(doping: float) -> float:
    """Return g_t = 2x/(1 + x)."""
    return 2 * doping / (1 + doping)


def exchange_factor(doping: float) -> float:
    """Return g_J = 4/(1 + x)^2."""
    return 4 / (1 + doping) ** 2


@dataclass(frozen=True, slots=True)
class Amplitudes:
    """Valence bonds of the unprojected state: uniform and alternating hopping, s and d singlets."""

    xi: float
    eta: float = 0.0
    s: float = 0.0
    d: float = 0.0

    def square(self) -> float:
        """Return the sum of the squares."""
        return self.xi**2 + self.eta**2 + self.s**2 + self.d**2


@dataclass(frozen=True, slots=True, eq=False)
class Zone:
    """Model, doping, kT (meV) and a quarter of the zone, half a step off its lines of symmetry.

    All sums are even in kx and in ky, so that a quarter stands for a mesh of ``points`` x ``points``, an even number.
    """

    model: SquareTJ
    doping: float
    kt: float
    points: int
    cos_x: np.ndarray = field(init=False)
    cos_y: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        cosine = np.cos(2 * np.pi * (np.arange(self.points // 2) + 0.5) / self.points)
        object.__setattr__(self, "cos_x", cosine[:, None])
        object.__setattr__(self, "cos_y", cosine[None, :])

    @property
    def hopping(self) -> float:
        """2 g_t t, meV."""
        return 2 * hopping_factor(self.doping) * self.model.t

    @property
    def diagonal(self) -> float:
        """4 g_t t', meV."""
        return 4 * hopping_factor(self.doping) * self.model.t_prime

    @property
    def exchange(self) -> float:
        """kappa = (3/4) g_J J, meV."""
        return 0.75 * exchange_factor(self.doping) * self.model.J

    @property
    def width(self) -> float:
        """A bound of the band width, meV: twice the largest |e| at |xi| <= 1 and mu = 0."""
        return 4 * (abs(self.hopping) + self.exchange) + 2 * abs(self.diagonal)


def levels(
    zone: Zone, bonds: Amplitudes, mu: float, cos_x: np.ndarray | None = None, cos_y: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return (e, E) of a state with pairs, (centre, g) of one with flux, meV, on the mesh or where the cosines say."""
    cos_x, cos_y = (zone.cos_x if cos_x is None else cos_x), (zone.cos_y if cos_y is None else cos_y)
    plus, minus = cos_x + cos_y, cos_x - cos_y
    band, kappa = (zone.hopping + zone.exchange * bonds.xi) * plus, zone.exchange
    around = -zone.diagonal * cos_x * cos_y - mu
    if bonds.eta:
        return around, np.hypot(band, kappa * bonds.eta * minus)
    energy = around - band
    return energy, np.sqrt(energy**2 + kappa**2 * ((bonds.s * plus) ** 2 + (bonds.d * minus) ** 2))


def weights(zone: Zone, bonds: Amplitudes, mu: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the electrons of each k, both spins, and what multiplies the fields.

    The second is tanh(E/2kT)/E with pairs, [f(e-) - f(e+)]/g with flux.
    """
    first, size = levels(zone, bonds, mu)
    if bonds.eta:
        low, high = occupation(first - size, zone.kt), occupation(first + size, zone.kt)
        return low + high, _ratio(low - high, size)
    ratio = _ratio(np.tanh(size / (2 * zone.kt)) if zone.kt > 0 else np.sign(size), size)
    return 1 - first * ratio, ratio


def image(zone: Zone, bonds: Amplitudes, mu: float) -> Amplitudes:
    """Return the bonds of the mean-field Hamiltonian made from ``bonds``; flux and pairs exclude each other."""
    electrons, ratio = weights(zone, bonds, mu)
    plus, minus, half = zone.cos_x + zone.cos_y, zone.cos_x - zone.cos_y, 0.5 * zone.exchange
    if bonds.eta:
        # the band enters with its square, so that the weight of gamma_s is not that of the occupation
        band = zone.hopping + zone.exchange * bonds.xi
        eta = half * bonds.eta * float(np.mean(minus**2 * ratio))
        return Amplitudes(0.5 * band * float(np.mean(plus**2 * ratio)), eta)
    return Amplitudes(
        0.5 * float(np.mean(plus * electrons)),
        0.0,
        half * bonds.s * float(np.mean(plus**2 * ratio)),
        half * bonds.d * float(np.mean(minus**2 * ratio)),
    )


def filling(zone: Zone, bonds: Amplitudes, mu: float) -> float:
    """Return the electrons of a site."""
    return float(np.mean(weights(zone, bonds, mu)[0]))


def diagonal_bond(zone: Zone, bonds: Amplitudes, mu: float) -> float:
    """Return sum_s <c+_is c_js> along a diagonal of the square."""
    return float(np.mean(zone.cos_x * zone.cos_y * weights(zone, bonds, mu)[0]))


def grand_potential(zone: Zone, bonds: Amplitudes, mu: float) -> float:
    """Return Omega of a site, meV."""
    first, size = levels(zone, bonds, mu)
    if bonds.eta:
        return float(np.mean(_potential(first - size, zone.kt) + _potential(first + size, zone.kt)))
    return float(np.mean(first - size + 2 * _potential(size, zone.kt)))


def entropy(zone: Zone, bonds: Amplitudes, mu: float) -> float:
    """Return the entropy of a site in units of k."""
    first, size = levels(zone, bonds, mu)
    if bonds.eta:
        return float(np.mean(_entropy(first - size, zone.kt) + _entropy(first + size, zone.kt)))
    return 2 * float(np.mean(_entropy(size, zone.kt)))


def level(zone: Zone, bonds: Amplitudes) -> float:
    """Return the mu (meV) at which the mean-field Hamiltonian holds 1 - x electrons."""
    if zone.doping == 0:
        return 0.0  # g_t = 0: particles and holes are the same

    def excess(mu: float) -> float:
        return filling(zone, bonds, mu) - (1 - zone.doping)

    # a bound of the band, and as many kT as make the rest negligible; large gaps ask for more
    reach = 2 * (abs(zone.hopping + zone.exchange * bonds.xi) + abs(zone.diagonal)) + 40 * zone.kt
    reach += 2 * zone.exchange * (abs(bonds.eta) + abs(bonds.s) + abs(bonds.d))
    while excess(-reach) > 0 or excess(reach) < 0:
        reach *= 2
    return float(brentq(excess, -reach, reach, xtol=1e-13 * reach, rtol=8.9e-16))


def free_energy(zone: Zone, bonds: Amplitudes, mu: float) -> float:
    """Return F of a site, meV: stationary in the bonds at the solution, and in mu at the wanted filling."""
    return grand_potential(zone, bonds, mu) + mu * (1 - zone.doping) + zone.exchange * bonds.square()


def chemical_potential(zone: Zone, bonds: Amplitudes, mu: float) -> float:
    """Return dF/dn, meV: mu and what the dependence of g_t and g_J on the density adds.

    At a given doping these terms move mu alone: the state does not depend on whether they are kept.
    """
    x = zone.doping
    kinetic = -4 * zone.model.t * bonds.xi - 4 * zone.model.t_prime * diagonal_bond(zone, bonds, mu)
    spins = -0.75 * zone.model.J * bonds.square()
    return mu - kinetic * 2 / (1 + x) ** 2 + spins * 8 / (1 + x) ** 3


def stiffness(zone: Zone, bonds: Amplitudes, mu: float) -> float:
    """Return the phase stiffness J of a layer with pairs, meV: energy (J/2)(grad theta)^2, theta their phase.

    A vector potential A on the hopping of electrons lets the phase a of the bonds xi follow. To second order
    F = (K_AA A^2 + 2 K_Aa A a + K_aa a^2)/2, each K being diamagnetic minus paramagnetic,

        K_uv = D_u delta_uv - 2 <v_u v_v (-df/dE)>,  v_A = 2 g_t t sin kx + 4 g_t t' sin kx cos ky,
        v_a = kappa xi sin kx,  D_A = 2 g_t t xi + 4 g_t t' xi_diagonal,  D_a = kappa xi^2,

    so that J = (K_AA - K_Aa^2/K_aa)/4. Without the second term gauge invariance is lost, and a metal without pairs
    would be stiff. It vanishes at T = 0, where J = D_A/4 grows in proportion to the doping.
    """
    diamagnetic = zone.hopping * bonds.xi + zone.diagonal * diagonal_bond(zone, bonds, mu)
    own = zone.exchange * bonds.xi**2
    if zone.kt == 0:
        return diamagnetic / 4
    cos_x, cos_y, area = _thermal_cells(zone, bonds, mu)
    slope = area * _slope(levels(zone, bonds, mu, cos_x, cos_y)[1], zone.kt)
    sine = np.sqrt(1 - cos_x**2)
    electric, spinon = sine * (zone.hopping + zone.diagonal * cos_y), sine * zone.exchange * bonds.xi
    bare = diamagnetic - 2 * float(np.sum(electric**2 * slope))
    mixed = -2 * float(np.sum(electric * spinon * slope))
    own -= 2 * float(np.sum(spinon**2 * slope))
    return (bare - (mixed**2 / own if mixed else 0.0)) / 4


def _thermal_cells(zone: Zone, bonds: Amplitudes, mu: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return cosines at the centres of cells, and shares of the zone, that resolve -df/dE; the others are left out.

    Cells of the mesh are split into four where quasiparticles are excited, until E changes by less than kT across.

    -df/dE is analytic in a strip of half width pi kT/|grad E|: midpoints this close leave an error of exp(-2 pi^2).
    """
    half = np.pi / zone.points
    centres = (np.arange(zone.points // 2) + 0.5) * 2 * half
    kx, ky = (k.ravel() for k in np.meshgrid(centres, centres, indexing="ij"))
    # |grad e| and |grad Delta| are below these: kappa |s|, kappa |d| and the hoppings, each with |sin| <= 1
    steep = abs(zone.hopping + zone.exchange * bonds.xi) + abs(zone.diagonal)
    steep = np.sqrt(2) * (steep + zone.exchange * (abs(bonds.s) + abs(bonds.d)))
    while True:
        energy = levels(zone, bonds, mu, np.cos(kx), np.cos(ky))[1]
        # exp(-25) of an excitation is nothing beside one
        kept = energy < 25 * zone.kt + steep * np.sqrt(2) * half
        kx, ky = kx[kept], ky[kept]
        if 2 * half * steep < zone.kt:
            return np.cos(kx), np.cos(ky), np.full(len(kx), (half / (np.pi / 2)) ** 2)
        half /= 2
        signs = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]]) * half
        kx, ky = (kx[:, None] + signs[:, 0]).ravel(), (ky[:, None] + signs[:, 1]).ravel()


def singlet_eigenvalue(zone: Zone, bonds: Amplitudes, mu: float) -> float:
    """Return the eigenvalue of the linearised equation of d, without pairs: above 1 they form."""
    energy = levels(zone, replace(bonds, s=0.0, d=0.0), mu)[0]
    small = np.abs(energy) < 1e-9 * zone.kt
    ratio = np.tanh(energy / (2 * zone.kt)) / np.where(small, 1.0, energy)
    ratio = np.where(small, 1 / (2 * zone.kt), ratio)
    return 0.5 * zone.exchange * float(np.mean((zone.cos_x - zone.cos_y) ** 2 * ratio))


def occupation(energy: np.ndarray, kt: float) -> np.ndarray:
    """Return the Fermi function; a step at kT = 0."""
    return expit(-energy / kt) if kt > 0 else np.heaviside(-energy, 0.5)


def _potential(energy: np.ndarray, kt: float) -> np.ndarray:
    return -kt * np.logaddexp(0, -energy / kt) if kt > 0 else np.minimum(energy, 0.0)


def _entropy(energy: np.ndarray, kt: float) -> np.ndarray:
    if kt == 0:
        return np.zeros_like(energy)
    scaled = energy / kt
    return np.logaddexp(0, -scaled) + scaled * expit(-scaled)


def _slope(energy: np.ndarray, kt: float) -> np.ndarray:
    """-df/dE, 1/meV."""
    return expit(-energy / kt) * expit(energy / kt) / kt if kt > 0 else np.zeros_like(energy)


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    return np.divide(top, bottom, out=np.zeros_like(bottom), where=bottom > 0)
