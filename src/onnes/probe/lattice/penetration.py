"""Penetration depth, phase stiffness and the Berezinskii-Kosterlitz-Thouless temperature of layers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from onnes import schema
from onnes.errors import CannotProbe, InvalidInput
from onnes.model.lattice.dirty import DirtyDWave
from onnes.response.lattice.current import inverse_square_depth, stiffness, superfluid_weight
from onnes.response.lattice.tmatrix import dirty_superfluid_density, line_of
from onnes.state import State
from onnes.units import K_B

if TYPE_CHECKING:
    import xarray as xr


def lattice_superfluid(
    states: Sequence[State], *, mesh: Sequence[int] = (128, 128), spacing: float | None = None
) -> "xr.Dataset":
    """Return phase stiffness and penetration depth of layered lattice superconductors against temperature.

    layer_stiffness J: the energy of a layer is (J/2) (grad theta)^2 for each area, theta the phase of a pair;
    1/lambda^2 = mu_0 (2e/hbar)^2 J/spacing, current within the layers. ``bkt_temperature``, where a layer
    alone would lose its order, solves kT = (pi/2) J(T); it is there if the temperatures embrace it.

    Parameters
    ----------
    states : of solve.bdg, solve.given_gap or solve.dirty_d_wave (with bands), in any order.
    mesh : of the sum over k for the first two kinds.
    spacing : angstrom between layers; by default the height of a cell.

    Returns
    -------
    Dataset on temperature (K, rising): layer_stiffness (meV), inverse_square_depth (1/um^2),
    penetration_depth (nm; infinite above Tc), and bkt_temperature (K).

    Raises
    ------
    InvalidInput : no states, or a spacing that is not positive.
    CannotProbe : states without bands.
    """
    if not states:
        raise InvalidInput("no states", "give states of solve.bdg at rising temperatures")
    if spacing is not None and not (np.isfinite(spacing) and spacing > 0):
        raise InvalidInput(f"spacing = {spacing} angstrom", "give a positive distance")
    temperature = np.array([float(s["temperature"][0]) for s in states])
    order = np.argsort(temperature)
    layers = np.array([_layer(states[i], mesh, spacing) for i in order])
    heights = np.array([_height(states[i], spacing) for i in order])
    inverse = np.array([inverse_square_depth(j, d) for j, d in zip(layers, heights, strict=True)])
    with np.errstate(divide="ignore"):
        depth = 1 / np.sqrt(np.maximum(inverse, 0.0))
    arrays = {
        "temperature": temperature[order],
        "layer_stiffness": layers,
        "inverse_square_depth": 1e6 * inverse,
        "penetration_depth": depth,
    }
    if _embraced(temperature[order], layers):
        arrays["bkt_temperature"] = np.array(bkt_temperature(temperature[order], layers))
    return schema.dataset("Phase stiffness and penetration depth of the layers", arrays)


def bkt_temperature(temperature: Sequence[float], layer_stiffness: Sequence[float]) -> float:
    """Return the temperature (K) where kT = (pi/2) J(T), J linear between the points.

    The stiffness of a layer jumps there from 2kT/pi to zero (D. R. Nelson and J. M. Kosterlitz, Phys. Rev.
    Lett. 39, 1201 (1977)); J is the one reduced by quasiparticles alone, so that this is an upper bound.

    Parameters
    ----------
    temperature : K, rising (n,).
    layer_stiffness : J in meV (n,).

    Raises
    ------
    InvalidInput : the line 2kT/pi is not crossed between the first and the last temperature.
    """
    t, j = np.asarray(temperature, float), np.asarray(layer_stiffness, float)
    if t.ndim != 1 or t.shape != j.shape or np.any(np.diff(t) <= 0):
        raise InvalidInput(
            f"temperatures {t.shape}, stiffness {j.shape}", "give rising temperatures and one J each"
        )
    if not _embraced(t, j):
        raise InvalidInput(
            f"kT = (pi/2) J is not crossed from {t[0]:g} to {t[-1]:g} K",
            "add states at higher or lower temperatures",
        )
    excess = np.pi / 2 * j - K_B * t
    i = int(np.flatnonzero((excess[:-1] > 0) & (excess[1:] <= 0))[0])
    return float(t[i] + (t[i + 1] - t[i]) * excess[i] / (excess[i] - excess[i + 1]))


def _embraced(t: np.ndarray, j: np.ndarray) -> bool:
    excess = np.pi / 2 * j - K_B * t
    return bool(len(t) > 1 and np.any((excess[:-1] > 0) & (excess[1:] <= 0)))


def _layer(state: State, mesh: Sequence[int], spacing: float | None) -> float:
    if not isinstance(state.model, DirtyDWave):
        weight = superfluid_weight(state, mesh=mesh).total
        return stiffness(weight, getattr(state.model, "bands", state.model), spacing)
    if state.model.bands is None:
        raise CannotProbe("lattice_superfluid", "bands", "give onnes.model.DirtyDWave its bands")
    weight = line_of(state.model).weight * np.eye(3) * dirty_superfluid_density(state)
    return stiffness(weight, state.model.bands, spacing)


def _height(state: State, spacing: float | None) -> float:
    if spacing is not None:
        return spacing
    vectors = getattr(state.model, "bands", state.model).vectors
    return float(abs(np.linalg.det(vectors)) / np.linalg.norm(np.cross(vectors[0], vectors[1])))
