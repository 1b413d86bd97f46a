"""Vortices that move as they are told: tracks, events, hops, diffusion, and the voltage of Josephson's relation."""

import numpy as np
import pytest

from onnes import model, probe, schema, solve
from onnes.errors import CannotProbe, InvalidInput
from onnes.response.condensate.flow import phase_step
from onnes.units import PHI_0

FLUX = PHI_0 * 1e15
"""mV ps."""


@pytest.fixture(scope="module")
def film(bench):
    return bench.film(model.rectangle(160, 100))


def moving(bench, film, paths, windings=None, interval=1.0):
    """Return frames of vortices along ``paths`` (frame, vortex, 2)."""
    return [
        bench.state(film, bench.wave(places, windings), time=interval * k) for k, places in enumerate(paths)
    ]


def walkers(paths, interval=1.0):
    """Return the tracks of ``paths`` (track, frame, 2) without pictures of them."""
    count, frames, _ = paths.shape
    return schema.dataset(
        "made by hand",
        {
            "track": np.arange(count),
            "frame": np.arange(frames),
            "frame_time": interval * np.arange(frames),
            "track_x": paths[..., 0],
            "track_y": paths[..., 1],
        },
    )


def test_two_vortices_keep_their_names(bench, film):
    steps = np.arange(8)[:, None]
    paths = np.stack(
        [np.array([-40.0, 3.0]) + steps * [6.0, 1.0], np.array([40.0, -4.0]) + steps * [-6.0, 0.5]], 1
    )
    found = probe.tracks(moving(bench, film, paths, interval=0.5), reach=9.0)
    assert found.sizes["track"] == 2 and found.sizes["event"] == 0
    order = np.argsort(found["track_x"][:, 0].values)
    velocity = np.stack([found["track_velocity_x"], found["track_velocity_y"]], -1)[order][:, 1:]
    # a position errs by h^2/(12 xi) = 0.1 nm at most, a velocity by twice that over 0.5 ps, its mean over 7 less
    assert np.abs(velocity - np.array([[[12.0, 2.0]], [[-12.0, 1.0]]])).max() < 0.4
    assert np.abs(velocity.mean(1) - [[12.0, 2.0], [-12.0, 1.0]]).max() < 0.4 / 7 + 0.02


def test_entry_and_exit(bench, film):
    """A vortex crosses from edge to edge: seen, with the ways before and after, it covers the whole width."""
    y = np.arange(-57.0, 60.0, 8.0)
    paths = np.stack([np.full_like(y, 7.0), y], -1)[:, None]
    found = probe.tracks(moving(bench, film, paths), reach=12.0)
    assert found["event_kind"].values.tolist() == ["entry", "exit"]
    assert found.sizes["track"] == 1
    seen = found["track_y"].values[0][np.isfinite(found["track_y"].values[0])]
    assert seen[-1] - seen[0] + found["event_shift_y"].values.sum() == pytest.approx(100.0, abs=1e-9)
    assert np.allclose(found["event_shift_x"], 0, atol=1e-9)


def test_josephson_relation(bench, film):
    """A train of vortices at spacing a and speed v: one crossing each a/v, each worth Phi_0: V = n_v v Phi_0 L."""
    speed, spacing, interval = 5.0, 40.0, 1.0
    paths = []
    for k in range(1, 49):  # six periods
        y = 150.0 - speed * interval * k - spacing * np.arange(-8, 12)
        inside = y[np.abs(y) < 70]
        paths.append(np.stack([np.full_like(inside, 3.0), inside], -1))
    frames = moving(bench, film, [*paths, paths[0]], interval=interval)
    found = probe.tracks(frames, reach=8.0)
    assert {"entry", "exit"} == set(found["event_kind"].values)
    expected = FLUX * speed / spacing  # they move towards -y: a drop of the potential along +x
    assert probe.josephson_voltage(found, 100.0) == pytest.approx(expected, rel=1e-3)
    assert probe.josephson_voltage(found, 100.0, within=(-40.0, 40.0)) == pytest.approx(expected, rel=1e-3)
    assert probe.josephson_voltage(found, 100.0, within=(20.0, 80.0)) == 0
    assert abs(probe.josephson_voltage(found, 160.0, along="y")) < 1e-3 * expected


def test_a_pair_that_meets(bench, film):
    """Their n-weighted way adds up to their first distance, whichever frame saw them last."""
    half = np.arange(40.0, 2.0, -5.0)
    paths = [np.array([[-h, 0.0], [h, 0.0]]) for h in half] + [np.empty((0, 2))] * 2
    states = [
        bench.state(film, bench.wave(p, [1, -1]) if len(p) else (lambda x, y: 1 + 0j * x), time=float(k))
        for k, p in enumerate(paths)
    ]
    found = probe.tracks(states, reach=8.0)
    assert sorted(found["event_kind"].values) == ["annihilation", "annihilation"]
    for backwards in (1, -1):
        time = [
            bench.state(film, lambda x, y, s=s: s["order_parameter"], time=float(k))
            for k, s in enumerate(states[::backwards])
        ]
        found = probe.tracks(time, reach=8.0)
        assert set(found["event_kind"].values) == ({"annihilation"} if backwards == 1 else {"creation"})
        duration = float(found["frame_time"][-1])
        way = probe.josephson_voltage(found, 100.0, along="y") * 100.0 * duration / FLUX
        assert way == pytest.approx(backwards * 80.0, abs=0.3)


def test_what_vanishes_in_the_middle_is_lost(bench, film):
    states = moving(bench, film, [np.array([[0.0, 0.0]])] * 2)
    states.append(bench.state(film, lambda x, y: 1 + 0j * x, time=2.0))
    states.append(bench.state(film, bench.wave([[5.0, 5.0]]), time=3.0))
    found = probe.tracks(states, reach=8.0)
    assert found["event_kind"].values.tolist() == ["lost", "found"]
    assert not found["event_shift_x"].values.any()


def test_hops_between_places_of_rest():
    rng = np.random.default_rng(3)
    stops = np.array([[0.0, 0.0], [12.0, 0.0], [12.0, 9.0]])
    path = np.concatenate(
        [np.repeat(stops[:1], 20, 0), np.repeat(stops[1:2], 30, 0), np.repeat(stops[2:], 25, 0)]
    )
    path = path + rng.uniform(-0.5, 0.5, path.shape)
    path[20] = [6.0, 1.0]  # on the way
    found = probe.hops(walkers(path[None], interval=2.0), radius=3.0, rest=10.0)
    assert found["hop_length"].values == pytest.approx([12.0, 9.0], abs=0.5)
    assert found["hop_wait"].values == pytest.approx([38.0, 56.0])
    assert found["hop_time"].values == pytest.approx([40.0, 99.0])
    assert found.attrs["hop_rate"] == pytest.approx(2 / 148.0)
    steady = np.stack([np.arange(40.0), np.zeros(40)], -1)[None]
    assert probe.hops(walkers(steady), radius=3.0, rest=10.0).sizes["hop"] == 0


def test_diffusion():
    """<dr^2> = 4 D t; with 400 walkers of 200 steps the shortest lag is good to 2/sqrt(400 200) = 0.4 %, times 4."""
    steps = np.random.default_rng(4).normal(0, 1.5, (400, 200, 2))
    found = probe.mean_square_displacement(walkers(np.cumsum(steps, 1), interval=0.5))
    slope = found["mean_square_displacement"].values / found["lag"].values
    assert slope[0] == pytest.approx(2 * 1.5**2 / 0.5, rel=0.015)
    assert slope[9] == pytest.approx(2 * 1.5**2 / 0.5, rel=0.05)
    assert found["displacement_count"].values[:2].tolist() == [400 * 199, 400 * 198]
    still = np.stack([3.0 * np.arange(10.0), np.zeros(10)], -1)[None]
    ballistic = probe.mean_square_displacement(walkers(still))["mean_square_displacement"]
    assert np.allclose(ballistic, 9.0 * np.arange(1, 10) ** 2)


def test_errors(bench, film):
    states = moving(bench, film, [np.array([[0.0, 0.0]])] * 2)
    with pytest.raises(InvalidInput, match="two or more"):
        probe.tracks(states[:1])
    with pytest.raises(InvalidInput, match="later and later"):
        probe.tracks(states[::-1])
    with pytest.raises(InvalidInput, match="reach"):
        probe.tracks(states, reach=0.0)
    with pytest.raises(CannotProbe, match="time"):
        probe.tracks([bench.state(film, bench.wave([[0.0, 0.0]]), without=("time",))])
    found = probe.tracks(states)
    assert found.attrs["reach"] == 2 * bench.xi
    for width, along in ((0.0, "x"), (1.0, "z")):
        with pytest.raises(InvalidInput, match="positive width"):
            probe.josephson_voltage(found, width, along=along)
    with pytest.raises(InvalidInput, match="positive numbers"):
        probe.hops(found, radius=0.0, rest=1.0)
    uneven = found.assign(frame_time=("frame", np.array([0.0, 1.0])))
    probe.mean_square_displacement(uneven)
    three = walkers(np.zeros((1, 3, 2))).assign(frame_time=("frame", np.array([0.0, 1.0, 5.0])))
    with pytest.raises(InvalidInput, match="unequal intervals"):
        probe.mean_square_displacement(three)


@pytest.mark.slow
def test_josephson_relation_of_a_flow(bench, tmp_path):
    """Row 18: the voltage between two taps inside a strip is what its vortices make by their motion.

    The phase between the taps, mean of all rows, turns by the crossings and by what the strip stores; positions err by
    h^2/(12 xi) = 0.1 nm at each end of a track, in 30 crossings of 120 nm: 1e-3 together. The potential turns the phase
    only where no normal current becomes supercurrent. That happens near contacts and near passing vortices, and falls
    off over a few xi (6 % of the voltage is left at 4 xi from a contact): at 6 xi from either, 1 % is allowed.
    """
    shape = model.rectangle(320, 120)
    film = bench.film(shape, terminals=(model.side(shape, "left"), model.side(shape, "right")))
    tau, path = bench.material.time, tmp_path / "flow.h5"
    current = 0.32 * film.sheet_current * 120
    recording = solve.Recording(frames=path, frame_every=0.3 * tau)
    drive = {"left": current, "right": -current}
    state = solve.tdgl(film, until=200 * tau, field=0.35, current=drive, recording=recording)
    frames = [s for s in probe.frames(path, state) if s["time"][0] > 60 * tau]
    time, taps = np.array([s["time"][0] for s in frames]), (16, len(state["film_x"]) - 17)
    low, high = taps
    drops = [(s["electric_potential"][:, low] - s["electric_potential"][:, high]).mean() for s in frames]
    turned = [np.unwrap([np.angle(s["order_parameter"][:, c]) for s in frames], axis=0) for c in taps]
    ends = [
        phase_step(s["order_parameter"], s["link_x"], -1)[:, low:high].sum(1).mean()
        for s in (frames[0], frames[-1])
    ]
    unit = FLUX / (2 * np.pi * (time[-1] - time[0]))
    x = state["film_x"]
    found = probe.tracks(frames, reach=20.0)
    assert {"entry", "exit"} == set(found["event_kind"].values)
    made = probe.josephson_voltage(found, 120.0, within=(x[low], x[high])) + unit * (ends[1] - ends[0])
    of_phase = unit * ((turned[1][-1] - turned[1][0]) - (turned[0][-1] - turned[0][0])).mean()
    assert made == pytest.approx(of_phase, rel=1e-3)
    assert made == pytest.approx(np.trapezoid(drops, time) / (time[-1] - time[0]), rel=0.01)
