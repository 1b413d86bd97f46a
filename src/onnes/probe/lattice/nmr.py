"""Nuclear magnetic relaxation: 1/T1T is the local spin fluctuation at vanishing energy.

It is proportional to lim sum_q Im chi(q, omega)/omega for a contact hyperfine coupling, the same at every q.
A gap of one sign piles up states with constructive coherence factors: a Hebel-Slichter peak below Tc;
a gap that changes sign has none. L. C. Hebel and C. P. Slichter, Phys. Rev. 113, 1504 (1959).
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from onnes import schema
from onnes.errors import InvalidInput
from onnes.model.lattice.pairing import Superconductor
from onnes.response.lattice.relaxation import relaxation
from onnes.state import State


def nmr(states: Sequence[State], *, broadening: float, mesh: Sequence[int] = (128, 128, 1)) -> xr.Dataset:
    """Return the relaxation against temperature, of independent quasiparticles.

    Parameters
    ----------
    states : superconductors or bands, one for each temperature.
    broadening : half width of the quasiparticles, meV. It limits the coherence peak, and must exceed the
        distance of levels on the mesh.
    mesh : k points along each axis.

    Returns
    -------
    Dataset over temperature: ``relaxation_rate`` lim Im chi_zz,loc/omega, 1/meV^2, and ``relaxation_ratio``, the same
    over that of the bands without a gap at the same temperature: (1/T1T)_s/(1/T1T)_n.

    Raises
    ------
    CannotProbe : a state without lattice bands or temperature.
    InvalidInput : no states, zero temperature, or a broadening that is not positive.
    """
    if isinstance(states, State) or len(states) == 0:
        raise InvalidInput("nmr of a single state", "give a list of states, one for each temperature")
    shape = tuple(int(n) for n in mesh) + (1,) * (3 - len(mesh))
    rate = [relaxation(s, broadening=broadening, mesh=shape) for s in states]
    normal = [relaxation(_normal(s), broadening=broadening, mesh=shape) for s in states]
    return schema.dataset(
        "nuclear magnetic relaxation",
        {
            "temperature": np.array([float(s["temperature"][0]) for s in states]),
            "relaxation_rate": np.array(rate),
            "relaxation_ratio": np.array(rate) / np.array(normal),
        },
        broadening_meV=broadening,
        mesh=str(shape),
    )


def _normal(state: State) -> State:
    """Return the state of the bands without a gap."""
    if not isinstance(state.model, Superconductor):
        return state
    return State(state.model.bands, "bands", {"temperature": state["temperature"]}, state.report)
