"""Schedules, patterns and applied fields."""

from math import pi

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput, InvalidModel, UnreadableFile
from onnes.units import MU_0


@pytest.mark.parametrize(
    "schedule",
    [
        on.model.ramp(0.2, 1.0, 3.0, begin=1.0),
        on.model.oscillation(0.3, 2.0, mean=0.1, phase=0.4),
        on.model.staircase((0.0, 1.0, -1.0), hold=2.0, ramp_time=0.5),
        on.model.steady(2.0),
    ],
)
def test_rate_is_the_derivative(schedule: on.model.Schedule) -> None:
    step = 1e-6
    for time in (0.3, 1.7, 2.2, 3.9, 9.0):
        slope = (schedule.at(time + step) - schedule.at(time - step)) / (2 * step)
        # curvature of the oscillation is 0.3 pi^2: error step^2 times it, and rounding 1e-16/step
        assert schedule.rate(time) == pytest.approx(slope, abs=1e-8)
    assert schedule.constant == (schedule == on.model.steady(2.0))


def test_schedule_refusals() -> None:
    for wrong in ({"values": (1.0, 2.0)}, {"values": (1.0, 2.0), "times": (1.0, 1.0)}):
        with pytest.raises(InvalidModel):
            on.model.Schedule(**wrong)
    for make in (
        lambda: on.model.ramp(0, 1, 0.0),
        lambda: on.model.oscillation(1.0, -2.0),
        lambda: on.model.staircase((1.0,), 0.0, 1.0),
    ):
        with pytest.raises(InvalidModel):
            make()


@pytest.mark.parametrize(
    "profile",
    [
        on.model.Uniform((0.2, 0.1, 0.9)),
        on.model.Magnet((1e-15, 2e-15, -3e-15), (4.0, -3.0, 25.0)),
        on.model.Wire(300.0, (2.0, 1.0, 15.0), angle=0.4),
    ],
)
def test_flux_density_is_the_curl(profile) -> None:
    x, y, h = np.array([3.0, -8.0, 14.0]), np.array([5.0, 2.0, -9.0]), 1e-3

    def a(dx: float, dy: float) -> np.ndarray:
        return profile.vector_potential(x + dx, y + dy)

    curl = (a(h, 0)[:, 1] - a(-h, 0)[:, 1] - a(0, h)[:, 0] + a(0, -h)[:, 0]) / (2 * h)
    field = profile.flux_density(x, y)
    # central differences: (h/15 nm)^2 = 4e-9, rounding 1e-16 * |A|/(B h) about 1e-11
    assert np.allclose(curl, field, rtol=1e-7, atol=1e-9 * abs(field).max())


def test_magnet_on_its_axis() -> None:
    """B = mu0 m/2 pi z^3."""
    magnet = on.model.Magnet((0.0, 0.0, 1e-15), (0.0, 0.0, 100.0))
    expected = MU_0 * 1e-15 / (2 * pi * (100e-9) ** 3)
    assert magnet.flux_density(np.array(0.0), np.array(0.0)) == pytest.approx(expected, rel=1e-12)


def test_sources_lie_off_the_plane() -> None:
    with pytest.raises(InvalidModel, match="above or below"):
        on.model.Magnet((0, 0, 1.0), (0, 0, 0.0))
    with pytest.raises(InvalidModel, match="above or below"):
        on.model.Wire(1.0, (0, 0, 0.0))


def test_random_pattern_is_a_function_of_position() -> None:
    """Mean and deviation over many correlation areas; the same numbers on another mesh."""
    pattern = on.model.RandomPattern(0.8, 0.1, correlation_length=5.0, seed=3, waves=300)
    x, y = np.meshgrid(np.arange(0.0, 1000.0, 4.0), np.arange(0.0, 1000.0, 4.0))
    values = pattern.at(x, y)
    assert np.array_equal(pattern.at(x[::7, ::3], y[::7, ::3]), values[::7, ::3])
    # (1000/5)^2/(4 pi) = 3200 independent patches: 0.1/sqrt(3200) = 0.0018; 4 sigma
    assert abs(values.mean() - 0.8) < 0.0072
    # the sum of 300 waves has deviation 0.1 (1 +- 1/sqrt(2 * 3200)); 4 sigma
    assert values.std() == pytest.approx(0.1, rel=0.05)
    distant = on.model.RandomPattern(0.8, 0.1, 5.0, seed=4, waves=300).at(x, y)
    assert abs(np.corrcoef(values.ravel(), distant.ravel())[0, 1]) < 4 / np.sqrt(3200)


def test_patterns() -> None:
    spots = on.model.Spots(((0.0, 0.0), (20.0, 0.0)), radius=3.0, value=-1.0, edge=0.5)
    assert spots.at(np.array([0.0, 20.0, 10.0]), np.zeros(3)) == pytest.approx([-1.0, -1.0, 1.0], abs=1e-4)
    sampled = on.model.Sampled(np.array([0.0, 2.0]), np.array([0.0, 1.0]), np.array([[0.0, 2.0], [1.0, 3.0]]))
    # bilinear: f = x + y
    assert sampled.at(np.array([1.0, 0.5]), np.array([0.5, 0.25])) == pytest.approx([1.5, 0.75])
    assert len(on.model.spot_array((0, 0, 10, 10), 3, 2)) == 6
    assert on.model.random_spots((0, 0, 10, 10), 5, seed=1) == on.model.random_spots(
        (0, 0, 10, 10), 5, seed=1
    )
    wild = on.model.FunctionPattern(lambda x, y: 1 / (x - x))
    with pytest.raises(InvalidInput, match="NaN"), np.errstate(divide="ignore"):
        wild.at(np.ones(2), np.ones(2))
    for make in (
        lambda: on.model.Spots((), 0.0, 1.0),
        lambda: on.model.RandomPattern(1.0, -0.1, 1.0, 1),
        lambda: on.model.Sampled(np.array([0.0, 0.0]), np.array([0.0, 1.0]), np.ones((2, 2))),
        lambda: on.model.Sampled(np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.ones((3, 2))),
    ):
        with pytest.raises(InvalidModel):
            make()


def test_pinning_drawn_in_a_picture(tmp_path) -> None:
    from matplotlib.image import imsave

    picture = np.zeros((4, 6))
    picture[0] = 1.0  # the top row is white
    imsave(tmp_path / "pins.png", picture, cmap="gray", vmin=0, vmax=1)
    pattern = on.model.image_pattern(tmp_path / "pins.png", (0.0, 0.0, 60.0, 40.0), levels=(-1.0, 1.0))
    assert pattern.at(np.array([30.0, 30.0]), np.array([35.0, 5.0])) == pytest.approx([1.0, -1.0], abs=0.01)
    (tmp_path / "none.png").write_text("no picture")
    with pytest.raises(UnreadableFile):
        on.model.image_pattern(tmp_path / "none.png", (0, 0, 1, 1))
