"""The vortex state in the semiclassical (Doppler) picture: quasiparticles carried along by the supercurrents.

Around a vortex the condensate moves with the momentum q = grad(theta)/2 for each electron, and E -> E + v.q + h
(G. E. Volovik, JETP Lett. 58, 469 (1993)), h = g mu_B H/2 for Pauli paramagnetism. The vortex cell is a circle of one
flux quantum, pi R^2 H = Phi_0. In layers, where the stiffness along c is smaller by (lambda_c/lambda_ab)^2 = Gamma^2,
it is one after stretching c by Gamma, pi R^2 H = Gamma Phi_0 for a field in the plane. With rho = r/R, e normal to H in
the plane, and beta the angle around the vortex::

    v.q = [v_e sin(beta) + Gamma v_c cos(beta)]/(2 R rho) = A cos(beta - beta_0)/rho
    A = (v_e^2 + Gamma^2 v_c^2)^1/2/(2R)

(for a cylinder that of I. Vekhter et al., Phys. Rev. B 59, R9023 (1999)). The average over the cell needs only the
distribution of x = v.q/A, t = min(|x|, 1)::

    P(x) = (1/pi |x|^3) [arcsin t - t (1 - t^2)^1/2]:   2/(3 pi) at x = 0, 1/(2 |x|^3) beyond 1, <|x|> = 4/pi.

Left out: cores, scattering of quasiparticles by vortices, and the reduction of the gap by the field, so that it holds
for H << Hc2. At the lowest T a field along a node makes a minimum of C. The oscillation changes sign at higher T, in
this picture too once it is evaluated beyond linear nodes (G. R. Boyd et al., arXiv:0810.2772); where it does so
in (T, H), and its size, need the scattering by vortices (A. B. Vorontsov and I. Vekhter, Phys.
Rev. Lett. 96, 237001 (2006)).
"""

from dataclasses import dataclass, replace

import numpy as np

from onnes.errors import InvalidInput
from onnes.response.lattice.quasiclassical import sommerfeld_coefficient, thermal
from onnes.response.lattice.sheets import FermiSheets
from onnes.units import K_B, MU_B, flux_quantum_T_nm2

FLUX = 100 * flux_quantum_T_nm2()
"""Phi_0, T angstrom^2."""
NORMAL = 6.0
"""Shifts beyond NORMAL gaps count as normal: their share A^2/(2 NORMAL^2 D^2) times an error of 1/NORMAL^2."""
SERIES = 0.05
"""Below, P is its series, which the difference of arcsin and t would spoil."""
NODES = 12
"""In each octave of x. The edge of P at x = 1, (1 - x)^3/2, leaves 2e-4 of C (measured, kT = 0.02 to 0.05 D)."""
ROWS = 400
"""Trapezoidal nodes of the density of states at zero energy."""


@dataclass(frozen=True, slots=True)
class VortexField:
    """A magnetic field on a layered superconductor.

    Parameters
    ----------
    strength : mu_0 H, T, >= 0.
    angle : degrees from the first axis in the plane; None for a field along c.
    anisotropy : Gamma = lambda_c/lambda_ab, positive, for a field in the plane.
    g_factor : of the electrons, for the Zeeman shift; 0 leaves it out.
    """

    strength: float
    angle: float | None = None
    anisotropy: float = 1.0
    g_factor: float = 0.0

    def __post_init__(self) -> None:
        numbers = (self.strength, self.angle or 0.0, self.anisotropy, self.g_factor)
        if not (np.all(np.isfinite(numbers)) and self.strength >= 0 and self.anisotropy > 0):
            raise InvalidInput(
                f"a field of {self.strength} T, anisotropy {self.anisotropy}", "give finite, positive numbers"
            )

    @property
    def zeeman(self) -> float:
        """Return h = g mu_B H/2, meV."""
        return self.g_factor * MU_B * self.strength / 2

    def shifts(self, velocity: np.ndarray) -> np.ndarray:
        """Return A, the scale of the Doppler shift of each point, meV (n,), from dE/dk (n, 3), meV angstrom."""
        if self.angle is None:
            speed = np.hypot(velocity[:, 0], velocity[:, 1])
            return speed / 2 * np.sqrt(np.pi * self.strength / FLUX)
        phi, gamma = np.radians(self.angle), self.anisotropy
        speed = np.hypot(velocity[:, 1] * np.cos(phi) - velocity[:, 0] * np.sin(phi), gamma * velocity[:, 2])
        return speed / 2 * np.sqrt(np.pi * self.strength / (gamma * FLUX))


def shift_density(x: np.ndarray) -> np.ndarray:
    """Return P(x), the distribution of v.q/A over the vortex cell; its integral over both signs is 1."""
    size = np.abs(np.asarray(x, float))
    t = np.clip(size, SERIES, 1.0)
    exact = (np.arcsin(t) - t * np.sqrt(1 - t**2)) / (np.pi * np.maximum(size, SERIES) ** 3)
    # arcsin t - t (1 - t^2)^1/2 = (2/3) t^3 + t^5/5 + 3 t^7/28 + ...
    series = (2 / 3 + size**2 / 5 + 3 * size**4 / 28) / np.pi
    return np.where(size < SERIES, series, exact)


def vortex_density_of_states(sheets: FermiSheets, field: VortexField) -> float:
    """Return N(E = 0)/N_0 at T = 0, averaged over the vortex cell.

    <Re |d|/(d^2 - D^2)^1/2> over shifts d = A x + h; with |d| = (D^2 + y^2)^1/2 it is int dy P(x)/A over both
    signs of d. Around a linear node it goes as A/(dD/dphi), the square root of the field. Points without a
    shift have no states below their gap.
    """
    scale = field.shifts(sheets.velocity)
    moved = scale > 1e-12 * max(sheets.largest, 1e-300)
    found = np.where(sheets.gap < field.zeeman, _unmoved(sheets.gap, field.zeeman), 0.0)
    gap, size = sheets.gap[moved, None], scale[moved, None]
    # y = A sinh(u): even over decades on both sides of A
    u = np.linspace(0, np.log(4e5) + np.log1p(float(np.max(gap / size, initial=0.0))), ROWS + 1)
    y, measure = size * np.sinh(u), size * np.cosh(u) * u[1]
    measure[:, [0, -1]] /= 2
    root = np.hypot(gap, y)
    both = shift_density((root - field.zeeman) / size) + shift_density((root + field.zeeman) / size)
    found[moved] = np.sum(measure * both / size, axis=1)
    return float(sheets.weight @ found) / sheets.dos


def _unmoved(gap: np.ndarray, zeeman: float) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return zeeman / np.sqrt(zeeman**2 - gap**2)


def vortex_specific_heat(sheets: FermiSheets, field: VortexField, temperature: float, slope: float) -> float:
    """Return the specific heat of the shifted quasiparticles, meV/K for each cell, averaged over the vortex cell.

    Parameters
    ----------
    sheets : with the gap at ``temperature`` and zero field.
    field : strength and direction.
    temperature : K, positive.
    slope : d ln Delta^2/dT, 1/K (`weak_coupling_slope`).
    """
    kt, scale = K_B * temperature, field.shifts(sheets.velocity)
    largest = float(np.max(scale))
    if largest == 0:
        return _shifted(sheets, np.full(len(scale), field.zeeman), kt, slope)
    top = NORMAL * (sheets.largest + field.zeeman + kt) / largest
    nodes, weights = _cell_nodes(max(top, 2.0))
    signs = (1, -1) if field.zeeman > 0 else (1,)
    total = sum(
        w / len(signs) * _shifted(sheets, sign * scale * x + field.zeeman, kt, slope)
        for x, w in zip(nodes, weights, strict=True)
        for sign in signs
    )
    return total + (1 - float(np.sum(weights))) * sommerfeld_coefficient(sheets) * temperature


def _shifted(sheets: FermiSheets, shift: np.ndarray, kt: float, slope: float) -> float:
    _, carried, opening = thermal(sheets.gap, shift, kt)
    return float(sheets.weight @ (carried - slope * sheets.gap**2 * opening))


def _cell_nodes(top: float) -> tuple[np.ndarray, np.ndarray]:
    """Return |x| and weights 2 P(x) dx up to ``top``: Gauss-Legendre on [0, 1/2], [1/2, 1], [1, 2], [2, 4], ..."""
    edges = np.concatenate([[0.0, 0.5], 2.0 ** np.arange(0, np.ceil(np.log2(top)) + 1)])
    nodes, w = np.polynomial.legendre.leggauss(NODES)
    half = np.diff(edges)[:, None] / 2
    x = (edges[:-1, None] + half * (1 + nodes)).ravel()
    return x, 2 * shift_density(x) * (half * w).ravel()


def rotated(field: VortexField, angle: float) -> VortexField:
    """Return the field turned to another angle (degrees) in the plane."""
    return replace(field, angle=angle)
