"""Equilibrium of bulk bodies: the end of the dynamics, reached without it."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput, NotConverged
from onnes.state import Outcome


def material(kappa: float) -> on.model.GinzburgLandau:
    return on.model.GinzburgLandau(10.0, 10.0 * kappa, 10.0, 1.0, 0.0)


@pytest.mark.parametrize("deep", [False, True])
def test_where_the_dynamics_ends(deep: bool) -> None:
    """The same minimum as a long run: energies agree to the square of the forces left, 1e-5.

    The material needs no resistivity, and its u and gamma do not matter.
    """
    m = material(1.5)
    plain = on.model.GinzburgLandau(10.0, 15.0)
    field = 0.3 * m.upper_critical_field
    made = []
    for of in (m, plain):
        shape = on.model.ring(60.0, 18.0)
        box = on.model.Box((60.0, 50.0, 20.0), of, periodic=(False, False, True))
        made.append(box if deep else on.model.Bulk(shape, of, extrapolation=100.0))
    run = on.solve.tdgl_bulk(made[0], until=40 * m.time, field=field, spacing=5.0)
    state = on.solve.bulk_equilibrium(made[1], field=field, spacing=5.0)
    assert state.report.converged and state.report.residuals[0] <= 1e-5
    assert state["gibbs_energy"][0] == pytest.approx(run["gibbs_energy"][-1], abs=1e-8)
    name = "box_induction" if deep else "bulk_induction"
    assert np.allclose(state[name], run[name], atol=1e-4 * m.upper_critical_field)
    again = on.solve.bulk_equilibrium(made[1], field=field, spacing=5.0, start=state)
    assert again.report.iterations <= 2 and again.report.start == "warm"


@pytest.mark.slow
def test_vortex_line_energy() -> None:
    """One vortex at kappa = 2 as the radial solution has it, extrapolated in h^2 (see the dynamics)."""
    m, found = material(2.0), []
    for h in (5.0, 2.5):
        body = on.model.Bulk(on.model.rectangle(240.0, 240.0), m)
        state = on.solve.bulk_equilibrium(body, spacing=h, vortices=((0.0, 0.0),))
        found.append((state["gibbs_energy"][0] + 0.5) * 24**2)
    line = on.solve.vortex_line(m)
    exact = float(line["line_energy"]) / (m.condensation_density * 1e-16)
    assert (4 * found[1] - found[0]) / 3 == pytest.approx(exact, rel=3e-5)


def test_normal_metal_at_the_surface() -> None:
    """With f' = f/b at a surface f = tanh((x + x0)/sqrt2 xi): 1 - f^2 = sqrt2 f xi/b gives x0.

    Second order in h: the errors fall by four, and are 1e-3 at h = 0.2 xi.
    """
    m, b = material(2.0), 1.5
    surface = (np.sqrt(2 / b**2 + 4) - np.sqrt(2) / b) / 2
    start = np.sqrt(2) * np.arctanh(surface)
    errors = []
    for h in (2.0, 1.0):
        box = on.model.Box((200.0, h, h), m, periodic=(False, True, True), extrapolation=10 * b)
        state = on.solve.bulk_equilibrium(box, spacing=h)
        x = (state["box_x"][:60] + 100.0) / 10
        profile = np.tanh((x + start) / np.sqrt(2))
        errors.append(np.abs(np.abs(state["box_order_parameter"][0, 0, :60]) - profile).max())
    assert errors[0] < 2e-3 and 3.3 < errors[0] / errors[1] < 4.7


def test_refused_and_unfinished() -> None:
    m = material(1.0)
    body = on.model.Bulk(on.model.rectangle(40.0, 40.0), m)
    with pytest.raises(InvalidInput, match="field that changes"):
        on.solve.bulk_equilibrium(body, field=on.model.ramp(0.0, 1.0, 1.0))
    with pytest.raises(InvalidInput, match="tolerance"):
        on.solve.bulk_equilibrium(body, tolerance=-1.0)
    with pytest.raises(NotConverged) as caught:
        on.solve.bulk_equilibrium(body, field=0.5, most=3)
    assert caught.value.report.outcome is Outcome.MAX_ITERATIONS
    assert caught.value.state["gibbs_energy"].shape == (1,)
    assert not on.solve.bulk_equilibrium(body, field=0.5, most=3, throw=False).report.converged
    # no energy in double precision is as sharp as this
    with pytest.raises(NotConverged) as caught:
        on.solve.bulk_equilibrium(body, field=0.5, tolerance=1e-15)
    assert caught.value.report.outcome is Outcome.STALLED
