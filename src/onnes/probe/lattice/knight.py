"""Knight shift: the spin susceptibility that nuclei see, over that of the normal metal.

K = A chi_spin with a hyperfine coupling A that does not change at Tc, so that A drops out of the ratio. A singlet
loses it all as T -> 0 (K. Yosida, Phys. Rev. 110, 769 (1958)); a triplet only along d; spin-orbit coupling leaves a
part even of a singlet (L. P. Gor'kov and E. I. Rashba, Phys. Rev. Lett. 87, 037004 (2001)).
"""

import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from onnes import schema
from onnes.errors import CannotProbe, InvalidInput, OnnesWarning
from onnes.model.lattice.pairing import Superconductor
from onnes.model.lattice.triplet import SpinfulSuperconductor
from onnes.response.lattice.spinful import axis_vector, spin_susceptibility
from onnes.state import State

COARSE = 0.05
"""Part of the normal metal's susceptibility that the mesh may leave open before a warning."""


def knight_shift(
    states: Sequence[State],
    *,
    direction: ArrayLike | None = None,
    mesh: Sequence[int] = (64, 64),
) -> xr.Dataset:
    """Return the spin part of the Knight shift against temperature, over that of the normal metal.

    Parameters
    ----------
    states : superconductors with a given or self-consistent gap function, one for each temperature, with or
        without spin in their bands; a Zeeman field of the bands is kept.
    direction : of the field (3,); by default that of the bands' Zeeman field.
    mesh : points along each reciprocal vector.

    Returns
    -------
    Dataset over temperature: ``knight_ratio`` n.chi_s.n/n.chi_n.n, the denominator with zero gap at the same
    temperature, and the tensors ``static_spin_susceptibility`` and ``static_spin_susceptibility_normal``, 1/meV.

    Raises
    ------
    CannotProbe : a state that is no superconductor in momentum space.
    InvalidInput : no states, no direction, or a temperature of zero.

    Warns
    -----
    OnnesWarning : a mesh too coarse for the temperature.
    """
    if isinstance(states, State) or len(states) == 0:
        raise InvalidInput("a Knight shift of no list", "give a list of states, one for each temperature")
    axis = _direction(states[0], direction)
    paired = [spin_susceptibility(_superconductor(s), mesh=mesh) for s in states]
    normal = [spin_susceptibility(_normal(s), mesh=mesh) for s in states]
    kelvin = np.array([float(s["temperature"][0]) for s in states])
    for t, chi, base in zip(kelvin, paired, normal, strict=True):
        error = max(chi.discretisation, base.discretisation) / base.along(axis)
        if error > COARSE:
            warnings.warn(
                f"the mesh {tuple(mesh)} leaves {error:.2g} of the susceptibility open at {t:.4g} K: use a finer one",
                OnnesWarning,
                stacklevel=2,
            )
    ratio = [chi.along(axis) / base.along(axis) for chi, base in zip(paired, normal, strict=True)]
    return schema.dataset(
        "Knight shift",
        {
            "temperature": kelvin,
            "knight_ratio": np.array(ratio),
            "static_spin_susceptibility": np.array([chi.tensor for chi in paired]),
            "static_spin_susceptibility_normal": np.array([chi.tensor for chi in normal]),
        },
        direction=str(tuple(float(x) for x in axis)),
        mesh=str(tuple(mesh)),
    )


def _superconductor(state: State) -> State:
    if not isinstance(state.model, Superconductor | SpinfulSuperconductor):
        raise CannotProbe(
            "knight_shift", "a gap function in momentum space", "give a state of onnes.solve.given_gap"
        )
    return state


def _normal(state: State) -> State:
    """Return the state with zero gap."""
    return replace(state, model=state.model.bands)


def _direction(state: State, direction: ArrayLike | None) -> np.ndarray:
    if direction is not None:
        return axis_vector(direction)
    _superconductor(state)
    field = state.model.bands.field if isinstance(state.model, SpinfulSuperconductor) else np.zeros(3)
    if not np.any(field):
        raise InvalidInput("a Knight shift without a field", "give direction=, or bands in a Zeeman field")
    return axis_vector(field)
