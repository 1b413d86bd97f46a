"""Inelastic magnetic neutron scattering from the spins of a lattice metal or superconductor, or of an ordered magnet.

d2sigma/dOmega dE = (k_f/k_i) (gamma r0/2)^2 g^2 F^2(Q) sum_ab (delta_ab - Q_a Q_b/Q^2) S^ab(Q, omega) with
S = [1 + n(omega)] Im chi(Q, omega)/pi. Electrons have S^ab = delta_ab S^zz, the sum is then 2 S^zz; spin waves have
two components across the ordered moment. The intensity that is returned has k_f/k_i = 1, in mbarn/(meV sr) a cell.
G. L. Squires, Introduction to the Theory of Thermal Neutron Scattering, chapters 7 and 8; signs and units as in
docs/conventions.md.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from onnes import schema
from onnes.errors import InvalidInput
from onnes.probe.lattice.axes import POINTS, energy_kernel, path_or_points
from onnes.probe.lattice.resolution import (
    Average,
    MomentumResolution,
    Resolution,
    covariances,
    gaussian_average,
)
from onnes.probe.lattice.scattering import Measurement, scatterer
from onnes.response.lattice.rpa import Interaction
from onnes.state import State

TOLERANCE = 0.01
"""Of the averages over momentum: their last change, over the largest value."""


def neutron(
    state: State,
    q: str | ArrayLike,
    energy: tuple[float, float, int] | np.ndarray,
    *,
    broadening: float,
    interaction: Interaction | Sequence[Interaction] | None = None,
    temperature: float | None = None,
    oscillator: bool = False,
    resolution: float = 0.0,
    q_resolution: Resolution = (0.0, 0.0, 0.0),
    tolerance: float = TOLERANCE,
    ion: str | None = None,
    g: float | None = None,
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
    state : a superconductor (`onnes.solve.given_gap`) or bands, with a temperature; or spin waves
        (`onnes.solve.spinwave`), of which single magnons are seen.
    q : a path such as ``"G-X-M"`` or ``"(0,0)-(1,0)"``, or vectors (q, 3); reciprocal lattice units of the cell of the
        model, which for a magnet is the magnetic one (see `onnes.model.square_to_magnetic`).
    energy : energy transfers in meV, an array or (low, high, n); positive is energy given to the sample.
    broadening : eta, meV: lifetime of the quasiparticle pairs; half width of the magnons.
    interaction : of the random-phase approximation (see `onnes.response.rpa`); none where absent. Electrons only.
    temperature : K, of spin waves (0 where absent). Electrons have that of their state.
    oscillator : magnons as damped oscillators instead of Lorentzians (see `onnes.response.spin_dissipation`).
    resolution : full width at half maximum in energy, meV.
    q_resolution : three full widths along the reciprocal vectors, r.l.u.; a covariance (3, 3), r.l.u.^2; or a
        `onnes.probe.MomentumResolution` along and across the path, 1/angstrom. It does not tilt with energy.
    tolerance : of the average over q_resolution, whose points are doubled until it changes less, over the largest
        value; points and last change are attributes of the Dataset.
    ion : of the form factor, such as ``"Fe2+"``; F = 1 where absent.
    g : g factor; 2 for electrons and that of the model for spin waves where absent.
    moment : Cartesian direction of the spin component that is seen, P = 1 - (Q.m)^2/Q^2 (1 at Q = 0, where there is
        no direction); all three components where absent (at Q = 0 the mean over directions).
    mesh, refine, memory : of the sum over k of electrons (see `onnes.response.susceptibility`).
    points, count : named points and number of Q of a path.

    Returns
    -------
    Dataset ``structure_factor`` Tr S^ab/3 (S^zz of electrons), 1/meV a cell, and ``neutron_intensity``,
    mbarn/(meV sr) a cell, both (momentum, energy_transfer) with both resolutions.

    Raises
    ------
    CannotProbe : a state without lattice bands and temperature or ordered spins; a magnet of several g factors.
    InvalidInput : an unknown label, ion, or width, Q and energies of wrong shapes, a keyword of electrons for spin
        waves or the reverse, an average that does not converge.
    MagneticInstability : an interaction above the critical one.
    """
    wavevectors, distance = path_or_points(q, points or POINTS, count)
    omega = np.linspace(*energy) if isinstance(energy, tuple) else np.atleast_1d(np.asarray(energy, float))
    sample = scatterer(
        state,
        broadening=broadening,
        interaction=interaction,
        temperature=temperature,
        oscillator=oscillator,
        mesh=mesh,
        refine=refine,
        memory=memory,
    )
    seen = Measurement(sample, ion, g, moment, *energy_kernel(omega, resolution, broadening))
    spread = covariances(q_resolution, wavevectors, sample.reciprocal, "q_resolution")
    found = gaussian_average(seen, wavevectors, spread, tolerance=tolerance)
    return schema.dataset(
        f"neutron scattering of {state.method}",
        {
            "wavevector": wavevectors,
            "path_length": distance,
            "energy_transfer": omega,
            "structure_factor": found.values[:, 0],
            "neutron_intensity": found.values[:, 1],
        },
        **_provenance(seen, found, resolution, q_resolution),
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
    temperature: float | None = None,
    oscillator: bool = False,
    resolution: float = 0.0,
    q_resolution: Sequence[float] | ArrayLike = (0.0, 0.0, 0.0),
    tolerance: float = TOLERANCE,
    ion: str | None = None,
    g: float | None = None,
    moment: Sequence[float] | None = None,
    mesh: Sequence[int] = (64, 64, 1),
    refine: int = 1,
    memory: float = 2.0,
) -> xr.Dataset:
    """Return a map of the scattering at one energy transfer over (h, k), (low, high, n) each.

    A map whose points lie on the mesh of k needs no second diagonalisation. Other arguments and errors as
    `neutron`; the Dataset has ``neutron_map`` (qx, qy), mbarn/(meV sr) a cell.
    """
    if isinstance(q_resolution, MomentumResolution):
        raise InvalidInput("a MomentumResolution for a map", "a map has no path: give widths or a covariance")
    first, second = np.linspace(*h), np.linspace(*k)
    grid = np.stack(np.meshgrid(first, second, [l], indexing="ij"), -1).reshape(-1, 3)
    found = neutron(
        state,
        grid,
        np.array([float(energy)]),
        broadening=broadening,
        interaction=interaction,
        temperature=temperature,
        oscillator=oscillator,
        resolution=resolution,
        q_resolution=q_resolution,
        tolerance=tolerance,
        ion=ion,
        g=g,
        moment=moment,
        mesh=mesh,
        refine=refine,
        memory=memory,
    )
    values = found["neutron_intensity"].values[:, 0].reshape(len(first), len(second))
    kept = {name: value for name, value in found.attrs.items() if name not in ("title", "onnes_schema")}
    return schema.dataset(
        f"neutron scattering of {state.method} at {energy:g} meV",
        {"qx": first, "qy": second, "neutron_map": values},
        **kept,
        energy_transfer_meV=float(energy),
        l_rlu=float(l),
    )


def _provenance(
    seen: Measurement, found: Average, resolution: float, q_resolution: Resolution
) -> dict[str, object]:
    return {
        "temperature_K": seen.sample.temperature,
        "broadening_meV": seen.sample.broadening,
        "resolution_meV": float(resolution),
        "q_resolution": str(q_resolution),
        "q_resolution_points": found.points,
        "q_resolution_change": found.error,
        "ion": seen.ion or "none",
        "g": seen.g_factor,
        "moment": "all" if seen.moment is None else [float(x) for x in seen.moment],
        "engine": seen.sample.engine,
    }
