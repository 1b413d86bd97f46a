"""Angle-resolved photoemission: I(k, omega) = [M A(k, omega) f(omega)] convolved with the resolutions.

A(k, omega) = sum_n |<m|u_n(k)>|^2 L(omega - E_n) is the spectral function of one spin, L a Lorentzian whose half
width is the lifetime broadening, f the Fermi function. The photoelectron leaves after the Fermi function has acted,
so that the resolutions in energy and momentum come last; the matrix element M stands inside them.
A. Damascelli, Z. Hussain, Z.-X. Shen, Rev. Mod. Phys. 75, 473 (2003).
"""

from collections.abc import Callable

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from onnes import schema
from onnes.errors import CannotProbe, InvalidInput
from onnes.model.lattice.pairing import Superconductor
from onnes.model.lattice.tightbinding import TightBinding
from onnes.numerics import brillouin
from onnes.probe.lattice.resolution import FWHM, MomentumResolution, Resolution, covariances, gaussian_average
from onnes.response.lattice.quasiparticles import quasiparticles
from onnes.state import State
from onnes.units import K_B

MatrixElement = ArrayLike | Callable[[np.ndarray], ArrayLike]
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
    k_resolution: Resolution = (0.0, 0.0, 0.0),
    tolerance: float = 1e-3,
    temperature: float | None = None,
    matrix_element: MatrixElement | None = None,
) -> xr.Dataset:
    """Return the photoemission intensity of one spin.

    Parameters
    ----------
    state : a superconductor or a metal in momentum space.
    k : wavevectors (n, 2) or (n, 3), reciprocal lattice units, such as `onnes.numerics.brillouin.path` gives.
    energy : meV from the Fermi level (m,), negative where states are occupied.
    broadening : half width of the quasiparticle lines, meV, positive.
    resolution : full width at half maximum of the instrument, meV.
    k_resolution : a `onnes.probe.MomentumResolution` along and across the cut, 1/angstrom; three full widths along the
        reciprocal vectors, r.l.u.; or a covariance (3, 3), r.l.u.^2.
    tolerance : of the average over k_resolution, whose points are doubled until it changes less, over the largest
        intensity; points and last change are attributes of the Dataset.
    temperature : K, of the Fermi function; that of the state where not given.
    matrix_element : complex amplitude of each orbital (orbital,), or a function of wavevectors (n, 3) in r.l.u. that
        returns amplitudes (n, orbital); the sum of all orbitals, incoherent, if not given.

    Returns
    -------
    Dataset ``photoemission_intensity`` (momentum, energy), 1/meV, ``wavevector`` (momentum, axis), ``path_length``
    (momentum,), r.l.u.

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
    grid, kernel = _grid(omega, broadening, resolution, K_B * kelvin)
    occupied = brillouin.fermi(grid, K_B * kelvin)

    def seen(at: np.ndarray) -> np.ndarray:
        intensity = _spectral(*_lines(state, at, matrix_element), grid, broadening) * occupied
        return (intensity if kernel is None else intensity @ kernel)[:, None, :]

    spread = covariances(k_resolution, points, _bands(state).reciprocal(), "k_resolution")
    found = gaussian_average(seen, points, spread, tolerance=tolerance)
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return schema.dataset(
        "photoemission",
        {
            "energy": omega,
            "axis": np.arange(3),
            "wavevector": points,
            "path_length": np.concatenate([[0.0], np.cumsum(steps)]),
            "photoemission_intensity": found.values[:, 0],
        },
        method=state.method,
        broadening_meV=float(broadening),
        resolution_FWHM_meV=float(resolution),
        k_resolution=str(k_resolution),
        k_resolution_points=found.points,
        k_resolution_change=found.error,
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
    k_resolution: Resolution = (0.0, 0.0, 0.0),
    tolerance: float = 1e-3,
    temperature: float | None = None,
    matrix_element: MatrixElement | None = None,
) -> xr.Dataset:
    """Return the intensity at one energy, or integrated over a window, for a mesh of wavevectors.

    Parameters
    ----------
    mesh : wavevectors along the two reciprocal vectors, from -1/2 to 1/2 (1/2 left out).
    energy, window : middle and full width of the window, meV; no integration where the width is zero.
    broadening, resolution, k_resolution, tolerance, temperature, matrix_element : as for `photoemission`; a map has no
        cut, and its k_resolution is given as widths or a covariance.

    Returns
    -------
    Dataset ``fermi_map`` (kx, ky): number of electrons in the window for each k, or intensity in 1/meV
    (``window_meV`` is then 0).
    """
    if isinstance(k_resolution, MomentumResolution):
        raise InvalidInput("a MomentumResolution for a map", "a map has no cut: give widths or a covariance")
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
        k_resolution=k_resolution,
        tolerance=tolerance,
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
    arrays = {name: spectra[name].values for name in ("energy", "axis", "wavevector", "path_length")}
    arrays["photoemission_intensity"] = values + values[:, ::-1]
    kept = {name: value for name, value in spectra.attrs.items() if name not in ("title", "onnes_schema")}
    return schema.dataset("symmetrised photoemission", arrays, **kept)


def energy_distribution(spectra: xr.Dataset, momentum: int) -> xr.Dataset:
    """Return the energy distribution curve at one wavevector: ``energy_distribution`` (energy,), 1/meV.

    Parameters
    ----------
    spectra : Dataset of `photoemission` or `symmetrised`.
    momentum : number of the wavevector, from 0; negative from the end.

    Raises `InvalidInput` for a number that is not there.
    """
    values = spectra["photoemission_intensity"].values
    if not -len(values) <= momentum < len(values):
        raise InvalidInput(f"wavevector {momentum}", f"give a number below {len(values)}")
    arrays = {"energy": spectra["energy"].values, "energy_distribution": values[momentum]}
    at = [float(x) for x in spectra["wavevector"].values[momentum]]
    return schema.dataset("energy distribution curve", arrays, wavevector_rlu=at)


def momentum_distribution(spectra: xr.Dataset, energy: float) -> xr.Dataset:
    """Return the momentum distribution curve at one energy: ``momentum_distribution`` (momentum,), 1/meV.

    The intensity is interpolated linearly between the energies of the spectra; ``path_length`` (momentum,) is the
    abscissa along the cut.

    Parameters
    ----------
    spectra : Dataset of `photoemission` or `symmetrised`.
    energy : meV, within the spectra.

    Raises `InvalidInput` for an energy outside.
    """
    axis = spectra["energy"].values
    order = np.argsort(axis)
    if not axis.min() <= energy <= axis.max():
        raise InvalidInput(
            f"a curve at {energy} meV of spectra from {axis.min():.4g} to {axis.max():.4g} meV",
            "compute spectra that reach there",
        )
    values = spectra["photoemission_intensity"].values[:, order]
    curve = np.array([np.interp(energy, axis[order], row) for row in values])
    arrays = {name: spectra[name].values for name in ("axis", "wavevector", "path_length")}
    return schema.dataset(
        "momentum distribution curve", {**arrays, "momentum_distribution": curve}, energy_meV=float(energy)
    )


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


def _bands(state: State) -> TightBinding:
    if not isinstance(state.model, Superconductor | TightBinding):
        raise CannotProbe("photoemission", "bands in momentum space", "give a state of onnes.solve.bdg")
    return state.model.bands if isinstance(state.model, Superconductor) else state.model


def _lines(
    state: State, points: np.ndarray, matrix_element: MatrixElement | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return energies and particle weights of the quasiparticles, (k, n) each."""
    orbitals = _bands(state).n_orbitals
    levels, vectors = quasiparticles(state, points)
    particles = vectors[..., :orbitals, :]
    if matrix_element is None:
        return levels, np.sum(np.abs(particles) ** 2, axis=-2)
    amplitude = np.asarray(matrix_element(points) if callable(matrix_element) else matrix_element)
    expected = (len(points), orbitals) if callable(matrix_element) else (orbitals,)
    if amplitude.shape != expected:
        raise InvalidInput(
            f"a matrix element of shape {amplitude.shape} for {len(points)} wavevectors",
            f"give one amplitude for each of {orbitals} orbitals, or a function that returns (n, {orbitals})",
        )
    amplitude = np.broadcast_to(amplitude, (len(points), orbitals))
    return levels, np.abs(np.einsum("ka,kan->kn", amplitude.conj(), particles)) ** 2


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
