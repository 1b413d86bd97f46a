"""Nuclear magnetic relaxation: 1/T1T is the local spin fluctuation at vanishing energy.

It is proportional to lim sum_q |A(q)|^2 Im chi(q, omega)/omega; A is the same at every q for a contact hyperfine
coupling, and filters the zone where the nucleus sees several spins. A gap of one sign piles up states with
constructive coherence factors: a Hebel-Slichter peak below Tc; a gap that changes sign has none (L. C. Hebel and
C. P. Slichter, Phys. Rev. 113, 1504 (1959)). Interactions enhance what lies near a magnetic instability.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from onnes import schema
from onnes.errors import InvalidInput
from onnes.model.lattice.hyperfine import Hyperfine
from onnes.model.lattice.pairing import Superconductor
from onnes.response.lattice.relaxation import relaxation
from onnes.response.lattice.rpa import Interaction
from onnes.response.lattice.spin_relaxation import SpinAbsorption, spin_absorption
from onnes.state import State


def nmr(
    states: Sequence[State],
    *,
    broadening: float,
    mesh: Sequence[int] = (128, 128, 1),
    interaction: Interaction | Sequence[Interaction] | None = None,
    hyperfine: Hyperfine | None = None,
    field_axis: int = 2,
) -> xr.Dataset:
    """Return the relaxation against temperature, of independent quasiparticles or in RPA.

    Parameters
    ----------
    states : superconductors or bands, one for each temperature.
    broadening : half width of the quasiparticles, meV. It limits the coherence peak, and must exceed the
        distance of levels on the mesh.
    mesh : k points along each axis, and q points where there is an interaction or a hyperfine coupling.
    interaction : of `onnes.response.rpa`; None for independent quasiparticles.
    hyperfine : couplings of the nucleus; None for a contact with the spins of one atom, the mean of the atoms.
    field_axis : the static field lies along a, b, c (0, 1, 2); fields across it relax the nucleus.

    Returns
    -------
    Dataset over temperature: ``relaxation_rate`` lim Im chi_zz,loc/omega, 1/meV^2, and ``relaxation_ratio``, the same
    (with ``hyperfine``, 1/T1T) over that of the bands without a gap at the same temperature and interaction:
    (1/T1T)_s/(1/T1T)_n. With ``hyperfine`` also ``nuclear_relaxation`` 1/T1T, 1/(s K); with ``interaction`` the
    largest Stoner factor ``stoner_factor``.

    Raises
    ------
    CannotProbe : a state without lattice bands or temperature.
    InvalidInput : no states, zero temperature, a broadening that is not positive, or a wrong axis.
    MagneticInstability : an interaction above the critical one.
    """
    if isinstance(states, State) or len(states) == 0:
        raise InvalidInput("nmr of a single state", "give a list of states, one for each temperature")
    if field_axis not in (0, 1, 2):
        raise InvalidInput(f"field_axis = {field_axis!r}", "give 0, 1 or 2 for a, b or c")
    shape = tuple(int(n) for n in mesh) + (1,) * (3 - len(mesh))
    arrays = {"temperature": np.array([float(s["temperature"][0]) for s in states if "temperature" in s])}
    if interaction is None and hyperfine is None:
        rate = [relaxation(s, broadening=broadening, mesh=shape) for s in states]
        normal = [relaxation(_normal(s), broadening=broadening, mesh=shape) for s in states]
        arrays["relaxation_rate"] = np.array(rate)
    else:
        found, bare = (
            [spin_absorption(s, interaction, broadening=broadening, mesh=shape) for s in group]
            for group in (states, [_normal(s) for s in states])
        )
        arrays["relaxation_rate"] = np.array([f.local() for f in found])
        rate, normal = (_seen(group, hyperfine, field_axis) for group in (found, bare))
        if hyperfine is not None:
            arrays["nuclear_relaxation"] = np.array(rate)
        if interaction is not None:
            arrays["stoner_factor"] = np.array([f.stoner for f in found])
    arrays["relaxation_ratio"] = np.array(rate) / np.array(normal)
    return schema.dataset(
        "nuclear magnetic relaxation",
        arrays,
        broadening_meV=broadening,
        mesh=str(shape),
        field_axis=field_axis,
    )


def _seen(found: list[SpinAbsorption], hyperfine: Hyperfine | None, axis: int) -> list[float]:
    return [f.local() if hyperfine is None else f.rate(hyperfine, axis) for f in found]


def _normal(state: State) -> State:
    """Return the state of the bands without a gap."""
    if not isinstance(state.model, Superconductor):
        return state
    return State(state.model.bands, "bands", {"temperature": state["temperature"]}, state.report)
