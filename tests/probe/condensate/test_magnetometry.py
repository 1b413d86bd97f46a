"""Currents, moments and magnetisation loops against closed forms."""

import numpy as np
import pytest

from onnes import model, probe, solve
from onnes.errors import CannotProbe, InvalidInput
from onnes.response.condensate.currents import face_currents, net_outflow
from onnes.response.condensate.film_fields import film_fields
from onnes.units import MU_0, PHI_0

NM = 1e-9


@pytest.fixture(scope="module")
def strip(bench):
    return bench.film(model.rectangle(200, 100))


def test_pairs_carry_current(bench, strip):
    """psi = exp(ikx): K = J_0 d sin(kh)/h exactly on the mesh; away from the ends, where no face is closed."""
    k = 0.4 / bench.xi
    found = probe.sheet_current(bench.state(strip, lambda x, y: np.exp(1j * k * x)))
    h = float(found["film_x"][1] - found["film_x"][0])
    unit = bench.material.current_density * strip.thickness * NM
    inner = found["pair_current_x"].values[:, 2:-2]
    assert inner == pytest.approx(unit * np.sin(k * h) * bench.xi / h, rel=1e-12)
    assert inner == pytest.approx(unit * 0.4, rel=(0.4 * 0.35) ** 2 / 5)  # sin x = x - x^3/6
    assert np.abs(found["pair_current_y"]).max() < 1e-9 * unit
    assert not found["normal_current_x"].values.any()


def test_ohm_in_si(bench, strip):
    """E = -grad mu - dA/dt: 1 mV over 100 nm, by a potential or by a changing field, drives K = sigma d E."""
    slope = 1.0 / 100.0  # mV/nm = 1e6 V/m
    x = bench.state(strip, lambda x, y: 0j * x)["film_x"]
    h = x[1] - x[0]
    shape = bench.state(strip, lambda x, y: 0j * x)["link_x"].shape
    expected = bench.material.conductivity * slope * 1e6 * strip.thickness * NM
    ramp = np.broadcast_to(-slope * x, shape)
    rate = np.full(shape, -slope * h * 2 * np.pi / (PHI_0 * 1e15))  # mV over mV ps
    for more in ({"electric_potential": ramp}, {"link_rate_x": rate}):
        found = probe.sheet_current(bench.state(strip, lambda x, y: 0j * x, **more))
        assert found["normal_current_x"].values[:, 2:-2] == pytest.approx(expected, rel=1e-9)
        assert np.allclose(found["film_current_x"], found["normal_current_x"])


def test_moment_of_a_disk_that_hardly_screens(bench):
    """psi = 1: K = -(d/mu0 lambda^2) B r/2, hence m = -pi d B R^4/(8 mu0 lambda^2); the mesh errs as (h/R)^2."""
    radius, field = 80.0, 0.01
    disk = bench.film(model.disk(radius))
    found = probe.magnetic_moment(bench.state(disk, lambda x, y: 1 + 0j * x, field=field))
    depth, d = bench.material.penetration_depth * NM, disk.thickness * NM
    expected = -np.pi * d * field * (radius * NM) ** 4 / (8 * MU_0 * depth**2)
    assert float(found["magnetic_moment"]) == pytest.approx(expected, rel=4 * (3.5 / radius) ** 2)
    assert float(found["magnetisation"]) == pytest.approx(
        expected / (np.pi * (radius * NM) ** 2 * d), rel=0.01
    )


def test_moment_does_not_depend_on_the_origin(bench):
    """The same disk elsewhere in the same field: its own gauge, its own centre."""
    moments = []
    for centre in ((0.0, 0.0), (700.0, -300.0)):
        disk = bench.film(model.disk(60.0, centre=centre))

        def psi(x, y, c=centre):
            # the gauge of a field about the origin turns the phase of psi = 1 about the centre
            return np.exp(1j * np.pi * 0.02 / (PHI_0 * 1e18) * (c[0] * y - c[1] * x))

        moments.append(float(probe.magnetic_moment(bench.state(disk, psi, field=0.02))["magnetic_moment"]))
    assert moments[0] == pytest.approx(moments[1], rel=1e-9)


def test_a_vortex_adds_a_positive_moment(bench):
    """n = +1 holds +Phi_0: its current runs anticlockwise, m = J_0 d xi pi R^2/2 where |psi| = 1 (K = J_0 d xi/r)."""
    radius = 80.0
    disk = bench.film(model.disk(radius))
    state = bench.state(disk, lambda x, y: np.exp(1j * np.angle(x + 1j * y)))
    unit = bench.material.current_density * disk.thickness * NM * bench.xi * NM
    expected = unit * np.pi * (radius * NM) ** 2 / 2
    assert float(probe.magnetic_moment(state)["magnetic_moment"]) == pytest.approx(expected, rel=0.01)


def test_history_of_a_linear_response_encloses_nothing(bench):
    disk = bench.film(model.disk(60.0))
    values = np.array([0.0, 0.01, 0.02, 0.01, 0.0, -0.01])
    states = [
        bench.state(disk, lambda x, y: 1 + 0j * x, field=b, time=float(t)) for t, b in enumerate(values)
    ]
    found = probe.magnetisation_history(states)
    assert np.allclose(found["history_field"], values) and np.allclose(found["history_time"], np.arange(6))
    slope = found["history_magnetisation"].values[1:3] / values[1:3]
    assert slope[0] == pytest.approx(slope[1], rel=1e-4) and slope[0] < 0
    assert abs(found.attrs["loop_area"]) < 1e-4 * abs(slope[0]) * 0.03**2
    single = probe.magnetic_moment(states[2])["magnetic_moment"]
    assert float(found["history_moment"][2]) == float(single)


def test_a_trapped_vortex_loses_energy(bench):
    """Up without, down with a vortex: M is higher on the way down, and mu0 times the loss is minus the area."""
    disk = bench.film(model.disk(60.0))
    smooth, wound = (lambda x, y: 1 + 0j * x), bench.wave([[0.0, 0.0]])
    path = [(0.0, smooth), (0.02, smooth), (0.02, wound), (0.0, wound)]
    found = probe.magnetisation_history([bench.state(disk, w, field=b) for b, w in path])
    up, down = (
        found["history_magnetisation"].values[:2].sum(),
        found["history_magnetisation"].values[2:].sum(),
    )
    assert down > up
    assert found.attrs["loop_area"] == pytest.approx(-(down - up) / 2 * 0.02, rel=1e-9)


def test_london_states_are_read_too(bench):
    """Their sheet current is taken as it is: m is the integral of the stream function, hole included."""
    ring = bench.film(model.ring(200, 60))
    state = solve.london(ring, field=0.01, fluxoids=[1], spacing=10.0)
    hx, hy = (float(state[n][1] - state[n][0]) for n in ("film_x", "film_y"))
    whole = state["stream_function"].sum() * hx * hy * 1e-24  # uA nm^2
    assert float(probe.magnetic_moment(state)["magnetic_moment"]) == pytest.approx(whole, rel=1e-9)
    found = probe.film_fluxoid(state, hole=0)
    assert float(found["fluxoid"]) == pytest.approx(1, abs=1e-10)
    assert float(found["path_flux"]) == pytest.approx(float(state["hole_flux"][0]), rel=1e-9)
    assert probe.vortices(state)["hole_winding"].values.tolist() == [1]
    # B in the middle of the hole, where it is smooth over h: (h/60)^2
    image = probe.field_image(state, 1e-3)["image_field"].values
    j, i = (n // 2 for n in image.shape)
    corner = state["normal_field"][j - 1, i - 1] - 0.01
    assert image[j - 1 : j + 1, i - 1 : i + 1].mean() == pytest.approx(corner, rel=(10 / 60) ** 2)


def test_an_equilibrium_is_read_too(bench):
    """No normal current, and nothing flows out of any cell: div J = Im psi* g, and |g| < 1e-6 in reduced units."""
    state = solve.energy(bench.film(model.disk(40.0)), field=0.3, starts=["meissner"], spacing=5.0)
    found = probe.sheet_current(state)
    assert not found["normal_current_y"].values.any() and np.abs(found["pair_current_x"]).max() > 0
    assert float(probe.magnetic_moment(state)["magnetic_moment"]) < 0
    seen = film_fields(state, "test")
    out = net_outflow(seen, face_currents(seen, state, "test").pairs)
    unit = seen.film.sheet_current * bench.xi * np.prod(seen.reduced_step)
    assert np.abs(out).max() < 2e-6 * unit


def test_errors(bench, strip):
    with pytest.raises(InvalidInput, match="without states"):
        probe.magnetisation_history([])
    state = bench.state(strip, lambda x, y: 1 + 0j * x, without=("electric_potential",))
    for instrument in (probe.sheet_current, probe.magnetic_moment):
        with pytest.raises(CannotProbe, match="electric_potential"):
            instrument(state)
