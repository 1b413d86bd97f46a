"""Superconductivity on a lattice in momentum space."""

import numpy as np

from onnes.model.lattice.pairing import Superconductor
from onnes.state import Outcome, Report, State


def given_gap(model: Superconductor, temperature: float) -> State:
    """Return the state of a superconductor whose gap function is given, not solved for.

    Parameters
    ----------
    model : bands and gap function, the amplitude being the one at ``temperature``.
    temperature : K.
    """
    fields = {"temperature": np.array([float(temperature)])}
    return State(model, "bdg", fields, Report(Outcome.CONVERGED, engine="given gap function"))
