"""Entries of films that repeat, of superconducting contacts and of leads: what they say is what is solved."""

import numpy as np
import pytest

from onnes.errors import InvalidInput
from onnes.response.condensate.flow import winding
from onnes.study import config

MODEL = {
    "kind": "film",
    "shape": {"rectangle": ["8 xi", "4 xi"]},
    "thickness": "4 nm",
    "material": {"coherence_length": "10 nm", "penetration_depth": "200 nm", "resistivity": 20},
}
BRIDGE = {"terminals": {"source": "left", "drain": [[40, -20], [40, 20]]}}


def solved(model, **solve):
    return config.validate({"model": MODEL | model, "solve": {"kind": "tdgl"} | solve}).resolve().solve()


def test_quanta_through_a_period():
    state = solved({"periodic": ["x", "y"]}, until="60 tau0", quanta=2, start="seeded", spacing="0.5 xi")
    assert state.model.film.periodic == (True, True)
    assert winding(state["order_parameter"], state["link_x"], state["link_y"]).sum() == 2


def test_current_around_and_its_ramp():
    ramp = {"from": 0, "to": "2 uA", "during": "1 tau0"}
    state = solved(
        {"periodic": ["x"], "strength": -1}, until="2 tau0", circulating={"x": ramp}, start="normal"
    )
    assert state.model.circulating[1] is None
    assert np.isclose(state["circulating_current"][-1, 0], 2.0)
    assert np.isclose(state["circulating_voltage"][-1, 0], 2e-3 * 20e-8 * 80e-9 / (40e-9 * 4e-9), rtol=1e-9)


def test_kinds_of_terminals_and_leads():
    given = BRIDGE | {"superconducting": ["drain"]}
    state = solved(given, until="1 tau0", current={"source": "1 uA", "drain": "-1 uA"}, leads=True)
    assert [t.kind for t in state.model.film.terminals] == ["normal", "superconducting"]
    assert state.model.leads and len(state.model.applied) == 2
    assert np.isnan(state["contact_phase"][0]) and np.isfinite(state["contact_phase"][1])


def test_what_cannot_be_is_said():
    with pytest.raises(InvalidInput, match="no terminal 'sink'"):
        solved(BRIDGE | {"superconducting": ["sink"]}, until=1)
    with pytest.raises(InvalidInput, match="field and quanta"):
        solved({"periodic": ["x", "y"]}, until=1, quanta=1, field="1 mT")
