"""Vortices that drift slowly: the resistivity of a flowing lattice and of a single vortex, without pinning or edges."""

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.linalg import solve_banded
from scipy.sparse.linalg import LinearOperator, cg

from onnes.errors import NotConverged
from onnes.model.condensate.ginzburg_landau import GinzburgLandau
from onnes.solve.condensate.lattices.lattice_cell import vortex_lattice
from onnes.solve.condensate.lattices.magnetic_cell import MagneticCell
from onnes.solve.condensate.profiles.straight_vortex import vortex_line
from onnes.state import Outcome, Report

LARGE = 300.0
"""kappa that stands for infinity in a vortex without screening: its core differs by (ln kappa)/kappa^2."""
FAR, STEPS = 40.0, 8000
"""Radius (xi) at which the potential of a single vortex is that of a dipole, and steps up to it."""


def flux_flow_resistivity(
    material: GinzburgLandau, induction: float, shape: str | float = "triangular", *, tolerance: float = 1e-9
) -> float:
    r"""Return rho_f/rho_n of a vortex lattice that drifts slowly, at large kappa, to first order in its velocity v.

    The lattice moves as a whole, so that (d_t + i mu) psi = -v.D psi + i phi psi with a periodic potential phi that
    charge conservation decides, and the heat it makes is rho_f J^2:

    .. math:: (\frac us|\psi|^2-\nabla^2)\phi=\frac us\,v\cdot\mathrm{Im}\,\bar\psi\,D\psi,\qquad
              \frac{\rho_n}{\rho_f}=1+\frac{\langle\frac us[|w|^2+\gamma^2(\mathrm{Re}\,\psi^*w)^2]
              +(\nabla\phi)^2\rangle}{b^2v^2},\quad w=-v\cdot D\psi+i\phi\psi

    with s^2 = 1 + gamma^2 |psi|^2, of the generalised time-dependent Ginzburg-Landau equation, in units of xi.

    Parameters
    ----------
    induction : T, between zero and the upper critical field.
    shape : as in `onnes.solve.vortex_lattice`; where the lattice is not isotropic, the mean over directions of v of the
        heat.

    Raises
    ------
    InvalidInput : an induction out of range, an unknown shape. NotConverged : the lattice or the potential.
    """
    state = vortex_lattice(material, induction, shape, screening=False, tolerance=tolerance)
    psi, b = state["cell_order_parameter"], state.model.reduced_induction
    cell = MagneticCell(state.model.modulus, b, 1, len(psi))
    density, slopes = np.abs(psi) ** 2, cell.gradient(psi)
    gamma2 = material.inelastic**2
    friction = material.relaxation / np.sqrt(1 + gamma2 * density)
    heat = 0.0
    for slope in slopes:
        phi = _potential(cell, friction * density, friction * np.imag(psi.conj() * slope))
        w = -slope + 1j * phi * psi
        own = friction * (np.abs(w) ** 2 + gamma2 * (psi.conj() * w).real ** 2)
        # <(grad phi)^2> = <phi (friction)(J - |psi|^2 phi)>, by parts
        joule = phi * friction * (np.imag(psi.conj() * slope) - density * phi)
        heat += float(np.mean(own + joule)) / 2
    return 1 / (1 + heat / b**2)


def _potential(cell: MagneticCell, mass: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Solve (mass - Laplacian) phi = source on the periodic cell by conjugate gradients."""
    shape, mean = mass.shape, float(mass.mean())
    square = cell.kx**2 + cell.ky**2

    def filtered(x: np.ndarray, factor: np.ndarray) -> np.ndarray:
        return np.fft.ifft2(np.fft.fft2(x.reshape(shape)) * factor).real

    def apply(x: np.ndarray) -> np.ndarray:
        return (mass * x.reshape(shape) + filtered(x, square)).ravel()

    def precondition(x: np.ndarray) -> np.ndarray:
        return filtered(x, 1 / (mean + square)).ravel()

    size = (mass.size, mass.size)
    found, failed = cg(
        LinearOperator(size, apply, dtype=float),
        source.ravel(),
        rtol=1e-11,
        maxiter=2000,
        M=LinearOperator(size, precondition, dtype=float),
    )
    if failed:
        raise NotConverged(
            Report(Outcome.MAX_ITERATIONS, "conjugate gradients of a potential", iterations=2000)
        )
    return found.reshape(shape)


def flux_flow_slope(material: GinzburgLandau) -> float:
    r"""Return d(rho_f/rho_n)/d(B/Bc2) at B -> 0 and large kappa: single vortices that move without one another.

    Around the axis phi = v g(r) sin(theta) is finite where the phase turns, r g = h with

    .. math:: h''-\frac{h'}r=\frac us f^2h,\quad h(0)=1,\ h(\infty)=0,\qquad
              \frac{d(\rho_n/\rho_f)}{d(B_{c2}/B)}=\frac12\int_0^\infty[usf'^2+\frac us\frac{f^2h^2}{r^2}
              +m'^2+\frac{m^2}{r^2}]r\,dr,\quad m=\frac{h-1}r

    The slope is the inverse of the last. Bardeen and Stephen's estimate of it is 1.

    References
    ----------
    L. P. Gor'kov, N. B. Kopnin, Sov. Phys. Usp. 18, 496 (1975), the method.
    """
    line = vortex_line(GinzburgLandau(1.0, LARGE))
    core = CubicSpline(np.r_[0.0, line["radius"]], np.r_[0.0, line["pair_amplitude"]])
    coarse, fine = (_viscosity(material, core, steps) for steps in (STEPS, 2 * STEPS))
    return 1 / (fine + (fine - coarse) / 3)  # second order in the step


def _viscosity(material: GinzburgLandau, core: CubicSpline, steps: int) -> float:
    r = np.linspace(0, FAR, steps + 1)
    step, f, slope = r[1], core(r), core(r, 1)
    s = np.sqrt(1 + material.inelastic**2 * f**2)
    mass, inner = material.relaxation * f**2 / s, r[1:-1]
    bands = np.zeros((3, steps - 1))
    below, above = 1 / step**2 + 1 / (2 * step * inner), 1 / step**2 - 1 / (2 * step * inner)
    bands[0, 1:], bands[1], bands[2, :-1] = above[:-1], -2 / step**2 - mass[1:-1], below[1:]
    rhs = np.zeros(steps - 1)
    rhs[0] = -below[0]
    h = np.r_[1.0, solve_banded((1, 1), bands, rhs), 0.0]
    r, mass, s, slope = r[1:], mass[1:], s[1:], slope[1:]
    m = (h[1:] - 1) / r
    dm = (np.gradient(h, step)[1:] - m) / r
    density = material.relaxation * s * slope**2 + mass * (h[1:] / r) ** 2 + dm**2 + (m / r) ** 2
    return float(np.trapezoid(np.r_[0.0, density * r], dx=step) + 1 / FAR**2) / 2
