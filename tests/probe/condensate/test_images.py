"""Field images against loops of current in closed form; maps whose sums are the whole."""

import numpy as np
import pytest
from scipy.special import ellipe, ellipk

from onnes import model, probe, solve
from onnes.errors import CannotProbe, InvalidInput
from onnes.units import MU_0, PHI_0

NM = 1e-9


def loop_field(radius, rho, z):
    """Return B_z of a round loop of 1 A; J. D. Jackson, Classical Electrodynamics, section 5.5. Lengths in m."""
    m = 4 * radius * rho / ((radius + rho) ** 2 + z**2)
    outer = (radius + rho) ** 2 + z**2
    inner = (radius - rho) ** 2 + z**2
    return MU_0 / (2 * np.pi * np.sqrt(outer)) * (ellipk(m) + (radius**2 - rho**2 - z**2) / inner * ellipe(m))


def wound(x, y):
    return np.exp(1j * np.angle(x + 1j * y))


@pytest.fixture(scope="module")
def ring_state(bench):
    return bench.state(bench.film(model.ring(80.0, 50.0)), wound, spacing=2.0)


def ring_current(bench, film):
    """K = J_0 d xi/r of one quantum, as coefficient of 1/r: A."""
    return bench.material.current_density * film.thickness * NM * bench.xi * NM


def test_a_ring_of_current(bench, ring_state):
    """The integral over loops of K dr. The mesh moves the edge currents by parts of h: (h/z)^2/2 at most at z = 30."""
    found = probe.field_image(ring_state, 30.0, margin=60.0)
    x, y = np.meshgrid(found["image_x"], found["image_y"])
    radii, weights = np.polynomial.legendre.leggauss(40)
    radii, weights = 65 + 15 * radii, 15 * weights
    coefficient = ring_current(bench, ring_state.model.film)
    expected = sum(
        w / r * coefficient * loop_field(r * NM, np.hypot(x, y) * NM, 30 * NM)
        for r, w in zip(radii, weights, strict=True)
    )
    error = np.abs(found["image_field"].values - expected).max() / expected.max()
    assert error < 0.5 * (2 / 30) ** 2


def test_a_dipole_far_away(bench, ring_state):
    """At 20 radii: B_z = mu0 m/(2 pi z^3), with corrections (R/z)^2."""
    height = 1600.0
    found = probe.field_image(ring_state, height)
    m = float(probe.magnetic_moment(ring_state)["magnetic_moment"])
    middle = found["image_field"].values[40, 40]
    assert middle == pytest.approx(MU_0 * m / (2 * np.pi * (height * NM) ** 3), rel=3 * (80 / height) ** 2)


@pytest.mark.parametrize("pickup", ["loop", "cross"])
def test_pickups_average_the_field(ring_state, pickup):
    """Stokes against a fine sum of point readings, whose own error over 2 nm pixels is (h/z)^2/24 and its edge."""
    size, height = 15.0, 20.0
    points = probe.field_image(ring_state, height, margin=40.0)
    x, y = np.meshgrid(points["image_x"], points["image_y"])
    found = probe.field_image(ring_state, height, margin=40.0, **{pickup: size})["image_field"]
    for cx, cy in ((0.0, 0.0), (50.0, 10.0), (-90.0, 30.0)):
        j, i = (
            np.argmin(np.abs(points["image_y"].values - cy)),
            np.argmin(np.abs(points["image_x"].values - cx)),
        )
        ax, ay = np.abs(x - x[j, i]), np.abs(y - y[j, i])
        if pickup == "loop":
            share = np.clip((size - np.hypot(ax, ay)) / 2.0 + 0.5, 0, 1)
        else:
            share = np.clip((size / 2 - ax) / 2.0 + 0.5, 0, 1) * np.clip((size / 2 - ay) / 2.0 + 0.5, 0, 1)
        mean = (share * points["image_field"].values).sum() / share.sum()
        assert float(found[j, i]) == pytest.approx(mean, abs=5e-3 * float(points["image_field"].max()))


def test_a_small_pickup_is_a_point(ring_state):
    """The mean over a radius a differs from the middle by (a/z)^2."""
    point = probe.field_image(ring_state, 30.0)["image_field"].values
    for given in ({"loop": 0.3}, {"cross": 0.3}):
        small = probe.field_image(ring_state, 30.0, **given)["image_field"].values
        assert np.abs(small - point).max() < (0.3 / 30) ** 2 * np.abs(point).max()


def test_total_flux_vanishes(bench):
    """What goes up comes down: the flux through a large square of side L is that of a dipole, as 1/L."""
    state = bench.state(bench.film(model.ring(80.0, 50.0)), wound, spacing=8.0)
    m = float(probe.magnetic_moment(state)["magnetic_moment"])
    for side in (2000.0,):
        image = probe.field_image(state, 20.0, cross=side)["image_field"].values
        middle = image[image.shape[0] // 2, image.shape[1] // 2]
        # circulation of A = mu0 m x r/(4 pi r^3) around a square of half side a: 8 integral_0^1 = 4 sqrt2/a
        dipole = MU_0 * m / (4 * np.pi) * 4 * np.sqrt(2) / (side / 2 * NM)
        assert middle * (side * NM) ** 2 == pytest.approx(dipole, rel=4 * (160 / side) ** 2)


def test_a_pearl_vortex(bench):
    """Phi_0/(2 pi Lambda)[1/sqrt(r^2 + z^2) - 1/sqrt(R^2 + z^2)] near its axis: K = Phi_0/(pi mu0 Lambda r) to R.

    Steps of the phase near the middle err by h^2/r^2, the field by (h/z)^2.
    """
    disk = bench.film(model.disk(150.0))
    image = probe.field_image(bench.state(disk, wound, spacing=2.0), 25.0)
    found = image["image_field"].values
    j, i = (n // 2 for n in found.shape)
    off = np.hypot(float(image["image_x"][i]), float(image["image_y"][j]))
    pearl = disk.pearl_length * NM
    expected = PHI_0 / (2 * np.pi * pearl) * (1 / np.hypot(off, 25) - 1 / np.hypot(150, 25)) / NM
    assert found[j, i] == pytest.approx(expected, rel=(2 / 25) ** 2)
    assert found[j, i] == pytest.approx(found.max(), rel=1e-9)


def test_maps_add_up_to_the_series_of_a_run(bench):
    """Free energy and heat of a strip with a hole, contacts and a field that is being ramped."""
    shape = model.rectangle(200, 100).minus(model.disk(20, centre=(30, 10)))
    film = bench.film(
        shape, terminals=(model.side(shape, "left"), model.side(shape, "right")), extrapolation=50.0
    )
    tau, current = bench.material.time, 0.2 * film.sheet_current * 100
    state = solve.tdgl(
        film,
        until=12 * tau,
        field=model.ramp(0.0, 0.5, 20 * tau),
        current={"left": current, "right": -current},
    )
    heat = probe.dissipation_map(state)
    assert float(heat["dissipated_power"]) == pytest.approx(state["film_dissipation"][-1], rel=1e-6)
    parts = [heat[name].values for name in ("joule_map", "relaxation_map", "contact_map")]
    assert all((part >= -1e-9 * heat["dissipation_map"].values.max()).all() and part.any() for part in parts)
    assert np.allclose(sum(parts), heat["dissipation_map"])
    unit = bench.material.condensation_density * film.thickness * NM * shape.area * NM**2
    energy = probe.energy_map(state)
    assert float(energy["film_energy"]) == pytest.approx(unit * state["film_free_energy"][-1], rel=1e-9)


def test_heat_needs_the_voltage_of_its_time(bench):
    shape = model.rectangle(100, 60)
    film = bench.film(shape, terminals=(model.side(shape, "left"), model.side(shape, "right")))
    tau = bench.material.time
    state = solve.tdgl(film, until=tau, recording=solve.Recording(sample=0.7 * tau))
    with pytest.raises(CannotProbe, match="terminal_voltage at the time of the state"):
        probe.dissipation_map(state)


def test_errors(bench, ring_state):
    for given, said in (({"height": 0.0}, "positive"), ({"height": 5.0, "loop": -1.0}, "positive")):
        with pytest.raises(InvalidInput, match=said):
            probe.field_image(ring_state, **given)
    with pytest.raises(InvalidInput, match="one of loop= and cross="):
        probe.field_image(ring_state, 5.0, loop=1.0, cross=1.0)
    film = bench.film(model.rectangle(60, 60))
    bare = bench.state(film, wound, without=("edge_loss", "link_rate_x"))
    for instrument, missing in ((probe.energy_map, "edge_loss"), (probe.dissipation_map, "edge_loss")):
        with pytest.raises(CannotProbe, match=missing):
            instrument(bare)
