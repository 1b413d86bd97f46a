r"""A force gauge on a magnet over a superconductor: loops, stiffness, and where a weight is carried.

Read from states of `solve.image_force`, `solve.screened_force`, `solve.pinned_force` and `solve.levitation_creep`.
A magnet that floats at h has F(h) = W; one that hangs below has F(h) = -W. With gravity turned round both are stable
against vertical displacement where :math:`-\partial F/\partial h>0`.
"""

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import PchipInterpolator

from onnes import schema
from onnes.errors import CannotProbe, InvalidInput
from onnes.model.condensate.magnets import MM
from onnes.state import State

if TYPE_CHECKING:
    import xarray as xr

LOOP = (
    "travel",
    "travel_time",
    "magnet_height",
    "levitation_force",
    "induced_moment",
    "interaction_energy",
    "current_energy",
    "dissipated_energy",
    "external_work",
)
STIFFNESS = ("vertical_stiffness", "lateral_stiffness", "tilt_stiffness", "unstable_modes", "neutral_modes")


def force(state: State) -> "xr.Dataset":
    """Return what a gauge writes down on a travel: height, force and, where known, time, moment, energies and heat.

    Raises `CannotProbe` for a state without levitation_force.
    """
    _demand(state, "force")
    return schema.dataset(
        "force on a magnet", {name: state[name] for name in LOOP if name in state}, method=state.method
    )


def stiffness(state: State) -> "xr.Dataset":
    """Return the stiffness of a magnet on its travel; of a hysteretic travel the differential one, dF over dh.

    Images know the lateral and the tilt stiffness and count the unstable modes; bodies of finite size and pinned ones
    know the vertical stiffness. Just behind a turning point the differential stiffness is that of a minor loop.

    Returns
    -------
    Dataset on ``travel``: magnet_height (mm), vertical_stiffness (N/m) and, of an image, lateral_stiffness (N/m),
    tilt_stiffness (N m), unstable_modes and neutral_modes.

    Raises
    ------
    CannotProbe : a state without levitation_force, or of a magnet that was not moved.
    """
    _demand(state, "stiffness")
    found = {name: state[name] for name in ("travel", "magnet_height", *STIFFNESS) if name in state}
    if "vertical_stiffness" not in found:
        found["vertical_stiffness"] = _differential(state["magnet_height"], state["levitation_force"])
    return schema.dataset("stiffness of a levitated magnet", found, method=state.method)


def _differential(height: np.ndarray, force_: np.ndarray) -> np.ndarray:
    """Return -dF/dh (N/m) on each leg; a turning point belongs to the leg that begins there."""
    if len(height) < 2 or np.any(np.diff(height) == 0):
        raise CannotProbe(
            "stiffness", "a magnet that moves at every step", "use a state of solve.pinned_force"
        )
    found = np.empty(len(height))
    for first, last in _legs(height):
        h, f = height[first : last + 1], force_[first : last + 1]
        slope = np.gradient(f, h) if len(h) > 2 else np.full(2, (f[1] - f[0]) / (h[1] - h[0]))
        found[first : last + 1] = -slope / MM
    return found


def _legs(height: np.ndarray) -> list[tuple[int, int]]:
    """Return first and last index of each monotonic part."""
    turns = np.flatnonzero(np.diff(np.sign(np.diff(height)))) + 1
    ends = [0, *turns.tolist(), len(height) - 1]
    return list(pairwise(ends))


def equilibrium_height(state: State, weight: float) -> "xr.Dataset":
    """Return every height of the travel at which the force carries a weight, floating above and hanging below.

    Parameters
    ----------
    weight : N, positive: mass times 9.81.

    Returns
    -------
    Dataset on ``equilibrium``: equilibrium_height (mm, distance from the superconductor), equilibrium_side (+1 floats,
    -1 hangs), equilibrium_stiffness (N/m) and equilibrium_stable. Of an image, stable means that none of the five
    displacements and tilts lowers the energy (neutral ones are allowed); of bodies on an axis, which know nothing of
    lateral motion, that the vertical displacement does not. No rows where no height carries the weight.

    Raises
    ------
    CannotProbe : a state without levitation_force or with fewer than two heights. InvalidInput : weight not positive.
    """
    _demand(state, "equilibrium_height")
    if not (np.isfinite(weight) and weight > 0):
        raise InvalidInput(f"weight = {weight} N", "give a positive force")
    height, lift = state["magnet_height"], state["levitation_force"]
    if len(height) < 2:
        raise CannotProbe("equilibrium_height", "two heights or more", "solve for a range of heights")
    rows = []
    for first, last in _legs(height):
        part = slice(first, last + 1)
        order = np.argsort(height[part])
        h, f = height[part][order], lift[part][order]
        falling = state["unstable_modes"][part][order] if "unstable_modes" in state else None
        rows += [row for side in (1, -1) for row in _crossings(h, f, side, weight, falling)]
    rows = np.array(rows, float).reshape(-1, 4)
    return schema.dataset(
        f"where a magnet carries {weight:.6g} N",
        {
            "equilibrium": np.arange(len(rows)),
            "equilibrium_height": rows[:, 0],
            "equilibrium_side": rows[:, 1],
            "equilibrium_stiffness": rows[:, 2],
            "equilibrium_stable": rows[:, 3],
        },
        method=state.method,
        weight=weight,
    )


def _crossings(
    h: np.ndarray, f: np.ndarray, side: int, weight: float, falling: np.ndarray | None
) -> list[tuple[float, int, float, bool]]:
    curve = PchipInterpolator(h, side * f - weight)
    found = []
    for root in curve.solve(extrapolate=False):
        stiff = -side * float(curve(root, 1)) / MM
        near = int(np.argmin(np.abs(h - root)))
        stable = stiff > 0 and (falling is None or falling[near] == 0)
        found.append((float(root), side, stiff, stable))
    return found


def _demand(state: State, probe: str) -> None:
    if "levitation_force" not in state:
        raise CannotProbe(
            probe, "levitation_force", "solve with solve.image_force, screened_force or pinned_force"
        )
