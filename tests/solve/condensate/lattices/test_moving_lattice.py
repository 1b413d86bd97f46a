"""Slowly drifting vortices: limits of the linear response, and a vortex that is followed in time."""

import numpy as np
import pytest

from onnes import model, probe, response, solve
from onnes.errors import InvalidInput, NotConverged
from onnes.solve.condensate.lattices import moving_lattice


def material(gamma=0.0, u=5.79):
    return model.GinzburgLandau(10.0, 200.0, resistivity=20.0, relaxation=u, inelastic=gamma)


@pytest.mark.parametrize("gamma", [0.0, 2.0])
def test_near_the_upper_critical_field(gamma):
    """1 - rho_f/rho_n -> (u/2)(1 - b)/beta_A: in the lowest level <|v.D psi|^2> = v^2 b <|psi|^2>/2, and phi is small.

    Corrections are of relative order (1 - b), with gamma^2 |psi|^2 among them: Richardson of two inductions leaves
    their square, below 2 % for gamma = 2.
    """
    chosen, slopes = material(gamma), []
    for gap in (0.02, 0.01):
        ratio = solve.flux_flow_resistivity(chosen, (1 - gap) * chosen.upper_critical_field)
        slopes.append((1 - ratio) / gap)
    lattice = model.VortexLattice(chosen, 0.99 * chosen.upper_critical_field)
    expected = 5.79 / (2 * response.abrikosov_ratio(lattice))
    assert 2 * slopes[1] - slopes[0] == pytest.approx(expected, rel=0.02 if gamma else 0.005)


def test_the_dilute_lattice_is_made_of_single_vortices():
    """Their cores and normal currents overlap less and less: at b = 0.01 to 1.5 %, twice as near at half of that."""
    chosen = material()
    single = solve.flux_flow_slope(chosen)
    apart = [
        solve.flux_flow_resistivity(chosen, b * chosen.upper_critical_field) / b / single - 1
        for b in (0.02, 0.01)
    ]
    assert abs(apart[1]) < 0.015 and apart[1] / apart[0] == pytest.approx(0.5, abs=0.1)


def test_slow_relaxation_of_charge():
    """For u -> 0 the normal current stays beside the vortex up to 1/sqrt u: the heat is (u/4) ln(1/u) + O(u).

    What is left, over u, changes by less than half of what the logarithm does when u is halved.
    """
    u = np.array([0.2, 0.1])
    heats = np.array([1 / solve.flux_flow_slope(material(u=value)) for value in u])
    assert abs(np.diff(heats / u - np.log(1 / u) / 4)[0]) < 0.5 * np.log(2) / 4


def test_inelastic_scattering_slows_vortices():
    assert (
        solve.flux_flow_slope(material(10.0))
        < solve.flux_flow_slope(material(1.0))
        < solve.flux_flow_slope(material())
    )


def test_a_vortex_in_the_middle_of_a_strip(tmp_path):
    """It drifts at v = j d(rho_f/rho_n)/db (xi/tau_0) where edges and field pull equally: b = (pi/w)^2/2.

    At |y| < 0.7 xi what is left of edges and field is of third order, (pi/w)^3 y^3/12 against j; with the mesh of xi/2
    (h^2/12 of the core) and the transient, 4 %.
    """
    chosen = material()
    shape, j, tau = model.rectangle(240.0, 240.0), 0.02, chosen.time
    film = model.Film(shape, 10.0, chosen, terminals=(model.side(shape, "left"), model.side(shape, "right")))
    field = (np.pi / 24) ** 2 / 2 * chosen.upper_critical_field
    first = solve.energy(film, field=field, starts=(((0.0, 0.0),),), spacing=5.0, tolerance=1e-2, throw=False)
    current = j * film.sheet_current * 240
    recording = solve.Recording(frames=tmp_path / "one.h5", frame_every=4 * tau)
    run = solve.tdgl(
        film,
        until=60 * tau,
        field=field,
        current={"left": current, "right": -current},
        spacing=5.0,
        start=first,
        recording=recording,
    )
    seen = [
        (s["time"][0] / tau, probe.vortices(s)["vortex_y"].values / 10)
        for s in probe.frames(recording.frames, run)
    ]
    kept = np.array([(t, y[0]) for t, y in seen if t > 15 and len(y) == 1 and abs(y[0]) < 0.7])
    speed = np.polyfit(kept[:, 0], kept[:, 1], 1)[0]
    assert speed == pytest.approx(-j * solve.flux_flow_slope(chosen), rel=0.04)


def test_errors(monkeypatch):
    chosen = material()
    with pytest.raises(InvalidInput, match="upper critical field"):
        solve.flux_flow_resistivity(chosen, 1.1 * chosen.upper_critical_field)
    monkeypatch.setattr(moving_lattice, "cg", lambda *_, **__: (np.zeros(0), 1))
    with pytest.raises(NotConverged):
        solve.flux_flow_resistivity(chosen, 0.5 * chosen.upper_critical_field)
