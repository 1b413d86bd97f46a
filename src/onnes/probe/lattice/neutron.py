"""Inelastic magnetic neutron scattering from the spins of a lattice metal or superconductor.

d2sigma/dOmega dE = (k_f/k_i) (gamma r0/2)^2 g^2 F^2(Q) P(Q) S(Q, omega), S = [1 + n(omega)] Im chi_zz(Q, omega)/pi.
P = sum_a (1 - Q_a^2/Q^2) = 2 where all three components of the spin fluctuate alike. The intensity that is
returned has k_f/k_i = 1, in mbarn/(meV sr) a cell. G. L. Squires, Introduction to the Theory of Thermal Neutron
Scattering, chapters 7 and 8; signs and units as in docs/conventions.md.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from onnes import schema
from onnes.errors import InvalidInput
from onnes.model.lattice.pairing import Superconductor
from onnes.model.lattice.tightbinding import TightBinding
from onnes.numerics import brillouin
from onnes.probe.lattice.formfactor import magnetic_form_factor
from onnes.response.lattice.rpa import Interaction, rpa
from onnes.response.lattice.susceptibility import susceptibility
from onnes.state import State
from onnes.units import K_B

CROSS_SECTION = 72.65
"""(gamma r0/2)^2, mbarn."""
FWHM = 2 * np.sqrt(2 * np.log(2))
"""Full width at half maximum of a Gaussian over its standard deviation."""
HERMITE = 5
"""Points of the average over a resolution along one reciprocal axis: exact for S up to the ninth power of q."""
REACH = 4.0
"""Standard deviations of the energy resolution that are kept: 6e-5 is lost, and the rest normalised."""
POINTS: dict[str, tuple[float, ...]] = {
    "G": (0, 0),
    "X": (0.5, 0),
    "Y": (0, 0.5),
    "M": (0.5, 0.5),
    "Z": (0, 0, 0.5),
}
"""Named points of a tetragonal zone, reciprocal lattice units."""


def neutron(
    state: State,
    q: str | ArrayLike,
    energy: tuple[float, float, int] | np.ndarray,
    *,
    broadening: float,
    interaction: Interaction | Sequence[Interaction] | None = None,
    resolution: float = 0.0,
    q_resolution: Sequence[float] = (0.0, 0.0, 0.0),
    ion: str | None = None,
    g: float = 2.0,
    moment: Sequence[float] | None = None,
    mesh: Sequence[int] = (64, 64, 1),
    refine: int = 1,
    points: Mapping[str, Sequence[float]] | None = None,
    count: int = 41,
    memory: float = 2.0,
) -> xr.Dataset:
    """Return the magnetic scattering of neutrons along a path, or at given Q.

    Parameters
    ----------
    state : a superconductor (`onnes.solve.given_gap`) or bands, with a temperature.
    q : a path such as ``"G-X-M"`` or ``"(0,0)-(1,0)"``, or vectors (q, 3); reciprocal lattice units.
    energy : energy transfers in meV, an array or (low, high, n); positive is energy given to the sample.
    broadening : eta, meV: lifetime of the quasiparticle pairs.
    interaction : of the random-phase approximation (see `onnes.response.rpa`); none where absent.
    resolution : full width at half maximum in energy, meV.
    q_resolution : full widths along the three reciprocal vectors, reciprocal lattice units.
    ion : of the form factor, such as ``"Fe2+"``; F = 1 where absent.
    g : g factor.
    moment : Cartesian direction of the spin component that is seen, P = 1 - (Q.m)^2/Q^2 (1 at Q = 0, where there is
        no direction); all three components, P = 2, where absent.
    mesh, refine, memory : of the sum over k (see `onnes.response.susceptibility`).
    points, count : named points and number of Q of a path.

    Returns
    -------
    Dataset ``structure_factor`` S^zz, 1/meV a cell, and ``neutron_intensity``, mbarn/(meV sr) a cell, both
    (momentum, energy_transfer) with both resolutions.

    Raises
    ------
    CannotProbe : a state without lattice bands or temperature.
    InvalidInput : an unknown label, ion, or width, or Q and energies of wrong shapes.
    MagneticInstability : an interaction above the critical one.
    """
    wavevectors, distance = _wavevectors(q, points or POINTS, count)
    omega = np.linspace(*energy) if isinstance(energy, tuple) else np.atleast_1d(np.asarray(energy, float))
    widths = _widths(resolution, q_resolution)
    inner, weights = _energies(omega, resolution, broadening)
    offsets, shares = _offsets(widths)
    sampled = (wavevectors[:, None, :] + offsets).reshape(-1, 3)
    chi = susceptibility(
        state, sampled, inner, broadening=broadening, mesh=mesh, refine=refine, memory=memory
    )
    if interaction is not None:
        chi = rpa(chi, interaction)
    factor = K_B * chi.temperature
    scattering = brillouin.emission(inner, factor) * chi.zz.imag / np.pi
    seen = _seen(state, sampled, ion, g, moment)
    shape = (len(wavevectors), len(offsets), -1)
    structure = np.einsum("qow,o,vw->qv", scattering.reshape(shape), shares, weights)
    intensity = np.einsum("qow,o,vw->qv", (seen[:, None] * scattering).reshape(shape), shares, weights)
    return schema.dataset(
        f"neutron scattering of {state.method}",
        {
            "wavevector": wavevectors,
            "path_length": distance,
            "energy_transfer": omega,
            "structure_factor": structure,
            "neutron_intensity": intensity,
        },
        temperature_K=chi.temperature,
        broadening_meV=broadening,
        resolution_meV=float(resolution),
        q_resolution_rlu=[float(x) for x in widths],
        ion=ion or "none",
        g=float(g),
        engine=str(chi.estimate),
    )


def neutron_map(
    state: State,
    h: tuple[float, float, int],
    k: tuple[float, float, int],
    energy: float,
    *,
    broadening: float,
    l: float = 0.0,
    interaction: Interaction | Sequence[Interaction] | None = None,
    resolution: float = 0.0,
    ion: str | None = None,
    g: float = 2.0,
    mesh: Sequence[int] = (64, 64, 1),
    refine: int = 1,
    memory: float = 2.0,
) -> xr.Dataset:
    """Return a map of the scattering at one energy transfer over (h, k), (low, high, n) each.

    A map whose points lie on the mesh of k needs no second diagonalisation. Other arguments and errors as
    `neutron`; the Dataset has ``neutron_map`` (qx, qy), mbarn/(meV sr) a cell.
    """
    first, second = np.linspace(*h), np.linspace(*k)
    grid = np.stack(np.meshgrid(first, second, [l], indexing="ij"), -1).reshape(-1, 3)
    found = neutron(
        state,
        grid,
        np.array([float(energy)]),
        broadening=broadening,
        interaction=interaction,
        resolution=resolution,
        ion=ion,
        g=g,
        mesh=mesh,
        refine=refine,
        memory=memory,
    )
    values = found["neutron_intensity"].values[:, 0].reshape(len(first), len(second))
    return schema.dataset(
        f"neutron scattering of {state.method} at {energy:g} meV",
        {"qx": first, "qy": second, "neutron_map": values},
        **{name: found.attrs[name] for name in ("temperature_K", "broadening_meV", "resolution_meV", "ion")},
        energy_transfer_meV=float(energy),
    )


# --- axes ----------------------------------------------------------------------------------------


def _wavevectors(
    q: str | ArrayLike, points: Mapping[str, Sequence[float]], count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return Q (q, 3) and the length of the path up to each, reciprocal lattice units."""
    if isinstance(q, str):
        return _path(q, points, count)
    vectors = np.atleast_2d(np.asarray(q, float))
    if vectors.ndim != 2 or vectors.shape[1] not in (2, 3) or not np.all(np.isfinite(vectors)):
        raise InvalidInput(f"q of shape {vectors.shape}", "give finite vectors (q, 3), or a path 'G-X-M'")
    vectors = np.pad(vectors, ((0, 0), (0, 3 - vectors.shape[1])))
    steps = np.linalg.norm(np.diff(vectors, axis=0), axis=1)
    return vectors, np.concatenate([[0.0], np.cumsum(steps)])


def _path(text: str, points: Mapping[str, Sequence[float]], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Read ``"G-X"`` or ``"(0,0)-(0.5,-0.5)"``."""
    known, labels = dict(points), []
    for token in re.findall(r"\([^()]*\)|[^-]+", text):
        label = token.strip()
        if label.startswith("("):
            try:
                known[label] = tuple(float(x) for x in label.strip("()").split(","))
            except ValueError:
                known[label] = ()
            if len(known[label]) not in (2, 3):
                raise InvalidInput(f"{label!r} in the path {text!r} is not a wavevector", "write (0.5, 0)")
            # A path is cut at hyphens; the name of a vector must not hold one.
            name = label.replace("-", "\N{MINUS SIGN}")
            known[name] = known.pop(label)
            label = name
        labels.append(label)
    return brillouin.path("-".join(labels), known, count)


def _widths(resolution: float, q_resolution: Sequence[float]) -> np.ndarray:
    widths = np.asarray(q_resolution, float)
    if widths.shape != (3,) or not (np.all(np.isfinite(widths)) and np.all(widths >= 0)):
        raise InvalidInput(f"q_resolution {q_resolution}", "give three widths that are zero or positive")
    if not (np.isfinite(resolution) and resolution >= 0):
        raise InvalidInput(f"resolution {resolution} meV", "give a width that is zero or positive")
    return widths


def _energies(omega: np.ndarray, resolution: float, broadening: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the energies at which chi is needed, and the matrix (omega, inner) that convolves."""
    if omega.ndim != 1 or len(omega) == 0 or not np.all(np.isfinite(omega)):
        raise InvalidInput(
            f"energy of shape {omega.shape}", "give a vector of finite energies, or (low, high, n)"
        )
    if resolution == 0:
        return _not_zero(omega, broadening), np.eye(len(omega))
    sigma = resolution / FWHM
    # The trapezoidal rule on a Gaussian converges like exp(-2 pi^2 sigma^2/step^2): 1e-8 at this step.
    step = min(sigma, broadening) / 2
    inner = np.arange(omega.min() - REACH * sigma, omega.max() + REACH * sigma + step, step)
    weights = np.exp(-0.5 * ((omega[:, None] - inner) / sigma) ** 2)
    return _not_zero(inner, broadening), weights / weights.sum(axis=1, keepdims=True)


def _not_zero(omega: np.ndarray, broadening: float) -> np.ndarray:
    """Move energies away from zero, where [1 + n] Im chi is the limit of 0 times infinity."""
    least = 1e-3 * broadening
    return np.where(np.abs(omega) < least, np.where(omega < 0, -least, least), omega)


def _offsets(widths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return displacements (o, 3) and weights (o,) of a Gaussian average over q."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(HERMITE)
    axes = [nodes * w / FWHM if w > 0 else np.zeros(1) for w in widths]
    shares = [weights / weights.sum() if w > 0 else np.ones(1) for w in widths]
    offsets = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    return offsets, np.einsum("i,j,k->ijk", *shares).ravel()


# --- what a neutron sees -------------------------------------------------------------------------


def _seen(
    state: State, q: np.ndarray, ion: str | None, g: float, moment: Sequence[float] | None
) -> np.ndarray:
    """Return (gamma r0/2)^2 g^2 F^2 P for each Q, mbarn."""
    bands: TightBinding = state.model.bands if isinstance(state.model, Superconductor) else state.model
    vectors = q @ bands.reciprocal()
    length = np.linalg.norm(vectors, axis=1)
    form = 1.0 if ion is None else magnetic_form_factor(ion, length)
    polarisation = np.full(len(q), 2.0)
    if moment is not None:
        direction = np.asarray(moment, float)
        if direction.shape != (3,) or not np.linalg.norm(direction) > 0:
            raise InvalidInput(f"moment {moment}", "give a direction of three numbers")
        along = vectors @ direction / np.linalg.norm(direction)
        polarisation = 1 - (along / np.where(length > 0, length, 1.0)) ** 2
    return CROSS_SECTION * g**2 * form**2 * polarisation
