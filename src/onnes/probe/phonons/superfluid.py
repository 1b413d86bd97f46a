"""The London penetration depth against temperature, from clean to dirty."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from onnes import schema
from onnes.errors import InvalidInput
from onnes.probe.phonons.calorimetry import temperatures_of
from onnes.response.phonons.penetration import superfluid_density
from onnes.state import State

if TYPE_CHECKING:
    import xarray as xr


def superfluid(
    states: Sequence[State],
    *,
    scattering: float | Sequence[float] = 0.0,
    plasma_weights: Sequence[float] | None = None,
    bare_depth: float | None = None,
) -> "xr.Dataset":
    """Return the superfluid density, and the London depth where the bare one is given, against temperature.

    stiffness = lambda_L^2(bare, T = 0)/lambda^2(T); penetration_depth = bare_depth/sqrt(stiffness).

    Parameters
    ----------
    states : states with Delta and Z on the imaginary axis, in any order.
    scattering : hbar/tau of impurities, meV (`onnes.response.superfluid_density`); one number, or one
        for each band.
    plasma_weights : share of each band in the squared plasma frequency; needed for several bands.
    bare_depth : London depth of the clean bare band at T = 0, nm (`onnes.response.bare_london_depth`).

    Returns
    -------
    Dataset on temperature (K, rising): stiffness, and penetration_depth (nm; infinite above Tc).

    Raises
    ------
    InvalidInput : no states, or a bare depth that is not positive.
    CannotProbe : a state without Delta or Z on the imaginary axis.
    """
    if not states:
        raise InvalidInput("no states", "give the states of solve.temperature_ladder")
    if bare_depth is not None and not (np.isfinite(bare_depth) and bare_depth > 0):
        raise InvalidInput(f"bare_depth {bare_depth} nm", "give a positive length")
    density = np.array(
        [superfluid_density(s, scattering=scattering, plasma_weights=plasma_weights) for s in states]
    )
    temperature = temperatures_of(states)
    order = np.argsort(temperature)
    arrays = {"temperature": temperature[order], "stiffness": density[order]}
    if bare_depth is not None:
        with np.errstate(divide="ignore"):
            arrays["penetration_depth"] = bare_depth / np.sqrt(density[order])
    return schema.dataset("London penetration depth", arrays)
