"""The JAX steps against the compiled loops, on whatever device there is."""

from dataclasses import replace

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput, NotConverged
from onnes.solve.condensate.films.stepper import TDGL, Stepping

MATERIAL = on.model.GinzburgLandau(10.0, 100.0, resistivity=10.0)
RECTANGLE = on.model.rectangle(120.0, 80.0)


def setups() -> dict[str, on.model.Setup]:
    field = on.model.as_fields(on.model.ramp(0.0, 0.4 * MATERIAL.upper_critical_field, 3 * MATERIAL.time))
    plain = on.model.Film(RECTANGLE, 5.0, MATERIAL)
    ends = (on.model.side(RECTANGLE, "left"), on.model.side(RECTANGLE, "right"))
    holed = RECTANGLE.minus(on.model.disk(15.0, (10.0, 5.0)))
    rough = on.model.RandomPattern(0.8, 0.1, 15.0, seed=2, waves=30)
    strip = on.model.Film(holed, 5.0, MATERIAL, terminals=ends, strength=rough)
    current = 0.1 * strip.sheet_current * 80.0
    driven = (on.model.steady(current), on.model.steady(-current))
    return {"plain": on.model.Setup(plain, field), "strip": on.model.Setup(strip, field, driven)}


@pytest.mark.parametrize("name", ["plain", "strip"])
@pytest.mark.parametrize("fixed", [False, True])
def test_same_steps(name: str, fixed: bool) -> None:
    """Twenty steps agree to rounding, step sizes included: each sums 1e3 terms of order one, over 20 steps."""
    pytest.importorskip("jax")
    setup = setups()[name]
    stepping = Stepping(fixed=0.05 * MATERIAL.time) if fixed else Stepping(tolerance=1e-3)
    ours, theirs = TDGL(setup, stepping=stepping), on.solve.AcceleratedTDGL(setup, stepping=stepping)
    a, b = ours.init(), theirs.init()
    for _ in range(20):
        a, b = ours.step(a), theirs.step(b)
    assert b.time == pytest.approx(a.time, rel=1e-9)
    back = theirs.download(b)
    assert np.allclose(back.order_parameter, a.order_parameter, atol=1e-9)
    assert np.allclose(back.potential, a.potential, atol=1e-8)


def test_run_and_refusals() -> None:
    pytest.importorskip("jax")
    setup = setups()["plain"]
    until = 4 * MATERIAL.time
    state = on.solve.AcceleratedTDGL(setup).run(until)
    ours = on.solve.tdgl(setup, until=until, start="superconducting")
    # the samples of the history cut our steps elsewhere: both within the tolerance, 1e-3 per tau_0
    assert np.abs(state["order_parameter"] - ours["order_parameter"]).max() < 4e-3
    noisy = on.model.Setup(setup.film, setup.fields, noise=1.0)
    with pytest.raises(InvalidInput, match="noise"):
        on.solve.AcceleratedTDGL(noisy)
    shape = on.model.rectangle(100.0, 80.0)
    bank = on.model.side(shape, "left", kind="superconducting")
    repeats = on.model.Film(shape, 4.0, MATERIAL, periodic=(True, False))
    held = on.model.Film(shape, 4.0, MATERIAL, terminals=(bank, on.model.side(shape, "right")))
    for other, name in (
        (on.model.Setup(repeats), "periodic film"),
        (on.model.Setup(held), "superconducting contacts"),
        (replace(setup, screening=True), "screening"),
    ):
        with pytest.raises(InvalidInput, match=name):
            on.solve.AcceleratedTDGL(other)
    broken = on.solve.AcceleratedTDGL(setup)
    begin = broken.init()
    broken.init = lambda start: replace(begin, psi=begin.psi * np.nan)
    with pytest.raises(NotConverged):
        broken.run(until)


def test_without_jax(monkeypatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(InvalidInput, match="JAX is not installed"):
        on.solve.AcceleratedTDGL(setups()["plain"])
