"""Critical fields that follow from solved one-dimensional states."""

from math import log

from onnes.errors import CannotProbe
from onnes.state import State
from onnes.units import MU_0, PHI_0


def lower_critical_field(state: State) -> float:
    """Return mu0 Hc1 (T) = mu0 epsilon_1/(n Phi_0), where a vortex line of energy epsilon_1 first pays.

    Raises `CannotProbe` for a state without a line energy.
    """
    if "line_energy" not in state:
        raise CannotProbe("lower_critical_field", "line_energy", "solve one with onnes.solve.vortex_line")
    return MU_0 * float(state["line_energy"]) / (_quanta(state) * PHI_0)


def _quanta(state: State) -> int:
    """Count the flux quanta of a line: the winding is the exponent of f ~ r^n at the axis."""
    r, f = state["radius"], state["pair_amplitude"]
    return round(log(f[1] / f[0]) / log(r[1] / r[0]))
