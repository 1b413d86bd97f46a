"""Angle-resolved photoemission: I(k, omega) = [M A(k, omega) f(omega)] convolved with the resolution.

A(k, omega) = sum_n |<m|u_n(k)>|^2 L(omega - E_n) is the spectral function of one spin, L a Lorentzian whose half
width is the lifetime broadening, f the Fermi function. The photoelectron leaves after the Fermi function has acted,
so that the resolution comes last. A. Damascelli, Z. Hussain, Z.-X. Shen, Rev. Mod. Phys. 75, 473 (2003).
"""

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from onnes import schema
from onnes.errors import CannotProbe, InvalidInput
from onnes.model.lattice.pairing import Superconductor
from onnes.model.lattice.tightbinding import TightBinding
from onnes.numerics import brillouin
from onnes.response.lattice.quasiparticles import quasiparticles
from onnes.state import State
from onnes.units import K_B

FWHM = 2 * np.sqrt(2 * np.log(2))
REACH = 6.0
"""Standard deviations after which a Gaussian is cut off: 2e-9 of it lies beyond."""
NODES = 8
"""Gauss-Legendre nodes in a panel as wide as the sharpest feature (half width of the line, standard deviation of the
instrument, or distance pi kT of the poles of the Fermi function): its error is below (1/5.8)^16 = 6e-13."""
WINDOW_POINTS = 4.0
"""Energies per half width of the lines in a window that is integrated."""


def photoemission(
    state: State,
    k: ArrayLike,
    energy: ArrayLike,
    *,
    broadening: float,
    resolution: float = 0.0,
    temperature: float | None = None,
    matrix_element: ArrayLike | None = None,
) -> xr.Dataset:
    """Return the photoemission intensity of one spin.

    Parameters
    ----------
    state : a superconductor or a metal in momentum space.
    k : wavevectors (n, 2) or (n, 3), reciprocal lattice units, such as `onnes.numerics.brillouin.path` gives.
    energy : meV from the Fermi level (m,), negative where states are occupied.
    broadening : half width of the quasiparticle lines, meV, positive.
    resolution : full width at half maximum of the instrument, meV.
    temperature : K; that of the state where not given.
    matrix_element : complex amplitude of each orbital (orbital,); the sum of all orbitals, incoherent, if not given.

    Returns
    -------
    Dataset ``photoemission_intensity`` (momentum, energy), 1/meV, ``wavevector`` (momentum, axis).

    Raises
    ------
    CannotProbe : a state without bands, or without a temperature.
    InvalidInput : wavevectors or widths that make no sense.
    """
    points = _wavevectors(k)
    omega = np.atleast_1d(np.asarray(energy, float))
    kelvin = _temperature(state, temperature)
    if not (np.isfinite(broadening) and broadening > 0 and np.isfinite(resolution) and resolution >= 0):
        raise InvalidInput(
            f"broadening {broadening}, resolution {resolution}",
            "give a positive and a non-negative number of meV",
        )
    levels, weights = _lines(state, points, matrix_element)
    grid, kernel = _grid(omega, broadening, resolution, K_B * kelvin)
    seen = _spectral(levels, weights, grid, broadening) * brillouin.fermi(grid, K_B * kelvin)
    intensity = seen if kernel is None else seen @ kernel
    return schema.dataset(
        "photoemission",
        {
            "energy": omega,
            "axis": np.arange(3),
            "wavevector": points,
            "photoemission_intensity": intensity,
        },
        method=state.method,
        broadening_meV=float(broadening),
        resolution_FWHM_meV=float(resolution),
        temperature_K=kelvin,
    )


def fermi_surface_map(
    state: State,
    mesh: tuple[int, int],
    *,
    broadening: float,
    energy: float = 0.0,
    window: float = 0.0,
    resolution: float = 0.0,
    temperature: float | None = None,
    matrix_element: ArrayLike | None = None,
) -> xr.Dataset:
    """Return the intensity at one energy, or integrated over a window, for a mesh of wavevectors.

    Parameters
    ----------
    mesh : wavevectors along the two reciprocal vectors, from -1/2 to 1/2 (1/2 left out).
    energy, window : middle and full width of the window, meV; no integration where the width is zero.
    broadening, resolution, temperature, matrix_element : as for `photoemission`.

    Returns
    -------
    Dataset ``fermi_map`` (kx, ky): number of electrons in the window for each k, or intensity in 1/meV
    (``window_meV`` is then 0).
    """
    axes = [(np.arange(n) - n // 2) / n for n in mesh]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    if window < 0:
        raise InvalidInput(f"a window of {window} meV", "give a width that is zero or positive")
    count = 1 if window == 0 else int(np.ceil(WINDOW_POINTS * window / broadening)) + 2
    omega = np.array([energy]) if count == 1 else np.linspace(energy - window / 2, energy + window / 2, count)
    found = photoemission(
        state,
        points,
        omega,
        broadening=broadening,
        resolution=resolution,
        temperature=temperature,
        matrix_element=matrix_element,
    )["photoemission_intensity"].values
    values = found[:, 0] if count == 1 else np.trapezoid(found, omega, axis=1)
    arrays = {"kx": axes[0], "ky": axes[1], "fermi_map": values.reshape(mesh)}
    return schema.dataset("Fermi surface map", arrays, energy_meV=float(energy), window_meV=float(window))


def symmetrised(spectra: xr.Dataset) -> xr.Dataset:
    """Return I(k, omega) + I(k, -omega), which removes the Fermi function at a Fermi wavevector.

    There A(omega) = A(-omega) and f(omega) + f(-omega) = 1: M. R. Norman et al., Nature 392, 157 (1998).

    Parameters
    ----------
    spectra : Dataset of `photoemission` with energies symmetric about zero.
    """
    omega = spectra["energy"].values
    if not np.allclose(omega, -omega[::-1], atol=1e-9 * np.max(np.abs(omega))):
        raise InvalidInput("energies that are not symmetric about zero", "compute from -e to +e")
    values = spectra["photoemission_intensity"].values
    arrays = {name: spectra[name].values for name in ("energy", "axis", "wavevector")}
    arrays["photoemission_intensity"] = values + values[:, ::-1]
    kept = {name: value for name, value in spectra.attrs.items() if name not in ("title", "onnes_schema")}
    return schema.dataset("symmetrised photoemission", arrays, **kept)


def _wavevectors(k: ArrayLike) -> np.ndarray:
    points = np.atleast_2d(np.asarray(k, float))
    if points.ndim != 2 or points.shape[1] not in (2, 3) or not np.all(np.isfinite(points)):
        raise InvalidInput(f"wavevectors of shape {points.shape}", "give (n, 2) or (n, 3) finite numbers")
    return np.pad(points, ((0, 0), (0, 3 - points.shape[1])))


def _temperature(state: State, given: float | None) -> float:
    if given is None and "temperature" not in state:
        raise CannotProbe("photoemission", "temperature", "give temperature= in K")
    kelvin = float(state["temperature"][0] if given is None else given)
    if not (np.isfinite(kelvin) and kelvin >= 0):
        raise InvalidInput(f"temperature = {kelvin}", "give a temperature in K that is zero or positive")
    return kelvin


def _lines(
    state: State, points: np.ndarray, matrix_element: ArrayLike | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return energies and particle weights of the quasiparticles, (k, n) each."""
    if not isinstance(state.model, Superconductor | TightBinding):
        raise CannotProbe("photoemission", "bands in momentum space", "give a state of onnes.solve.bdg")
    bands = state.model.bands if isinstance(state.model, Superconductor) else state.model
    levels, vectors = quasiparticles(state, points)
    particles = vectors[..., : bands.n_orbitals, :]
    if matrix_element is None:
        return levels, np.sum(np.abs(particles) ** 2, axis=-2)
    amplitude = np.asarray(matrix_element)
    if amplitude.shape != (bands.n_orbitals,):
        raise InvalidInput(
            f"a matrix element of shape {amplitude.shape}",
            f"give one amplitude for {bands.n_orbitals} orbitals",
        )
    return levels, np.abs(np.einsum("a,kan->kn", amplitude.conj(), particles)) ** 2


def _spectral(levels: np.ndarray, weights: np.ndarray, grid: np.ndarray, width: float) -> np.ndarray:
    found = np.zeros((len(levels), len(grid)))
    for n in range(levels.shape[1]):
        found += weights[:, n, None] * width / np.pi / ((grid - levels[:, n, None]) ** 2 + width**2)
    return found


def _grid(
    omega: np.ndarray, width: float, resolution: float, kt: float
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the inner energies and the matrix (inner, outer) of the Gaussian, or the energies themselves."""
    if resolution == 0:
        return omega, None
    sigma = resolution / FWHM
    sharpest = min(width, sigma, np.pi * kt if kt > 0 else np.inf)
    low, high = omega.min() - REACH * sigma, omega.max() + REACH * sigma
    if kt == 0:
        high = max(min(high, 0.0), low)  # nothing is occupied above
    edges = np.linspace(low, high, max(int(np.ceil((high - low) / sharpest)), 1) + 1)
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    half = (edges[1] - edges[0]) / 2
    grid = ((edges[:-1] + half)[:, None] + half * nodes).ravel()
    weight = np.tile(half * weights, len(edges) - 1)
    kernel = np.exp(-0.5 * ((grid[:, None] - omega) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))
    return grid, kernel * weight[:, None]
