"""Frames of a run are states that every instrument reads."""

import h5py
import numpy as np
import pytest

from onnes import model, probe, solve
from onnes.errors import CannotProbe, UnreadableFile


@pytest.fixture(scope="module")
def run(bench, tmp_path_factory):
    path = tmp_path_factory.mktemp("frames") / "run.h5"
    tau = bench.material.time
    film = bench.film(model.ellipse(70, 50))
    recording = solve.Recording(frames=path, frame_every=2 * tau)
    state = solve.tdgl(film, until=10 * tau, field=model.ramp(0.0, 0.8, 20 * tau), recording=recording)
    return path, state


def test_the_last_frame_is_the_state(run):
    """In single precision: psi to 1e-7, links to 1e-7 of the largest; rates are not stored but known."""
    path, state = run
    found = probe.frames(path, state)
    assert len(found) == 6 and found.times[-1] == pytest.approx(state["time"][0])
    last = found[-1]
    for name in (
        "order_parameter",
        "link_x",
        "link_y",
        "link_rate_x",
        "cell_weight",
        "face_weight_y",
        "film_x",
    ):
        assert np.allclose(last[name], state[name], rtol=0, atol=2e-7 * max(1, np.abs(state[name]).max())), (
            name
        )
    for instrument, name in (
        (probe.magnetic_moment, "magnetic_moment"),
        (probe.dissipation_map, "dissipated_power"),
    ):
        assert float(instrument(last)[name]) == pytest.approx(float(instrument(state)[name]), rel=1e-3), name
    assert [s["time"][0] for s in found] == pytest.approx(found.times)
    with pytest.raises(IndexError):
        found[6]


def test_a_run_gives_its_magnetisation(run):
    path, state = run
    found = probe.magnetisation_history(probe.frames(path, state.model))
    assert found["history_field"].values == pytest.approx(0.04 * np.arange(0, 11, 2))
    assert (np.diff(found["history_magnetisation"].values) < 0).all()  # the Meissner branch
    assert probe.tracks(probe.frames(path, state)).sizes["frame"] == 6


def test_links_that_hold_more_than_the_applied_field(run, tmp_path):
    """Where a film screens, its rates are not known, and the normal current is refused by name."""
    path, state = run
    copy = tmp_path / "screened.h5"
    copy.write_bytes(path.read_bytes())
    with h5py.File(copy, "r+") as file:
        file["link_x"][3] += 0.01
    frame = probe.frames(copy, state)[3]
    assert probe.vortices(frame)["total_winding"] == 0
    with pytest.raises(CannotProbe, match="link_rate_x"):
        probe.sheet_current(frame)


def test_a_frame_that_is_still_being_written(run, tmp_path):
    path, state = run
    copy = tmp_path / "growing.h5"
    copy.write_bytes(path.read_bytes())
    with h5py.File(copy, "r+") as file:
        file["frame"][5] = 0.0
    assert len(probe.frames(copy, state)) == 5


def test_errors(run, bench, tmp_path):
    path, _ = run
    for wrong in (tmp_path / "none.h5", tmp_path):
        with pytest.raises(UnreadableFile, match="no frames"):
            probe.frames(wrong, run[1])
    (tmp_path / "text.h5").write_text("no file of frames")
    with pytest.raises(UnreadableFile, match="no frames"):
        probe.frames(tmp_path / "text.h5", run[1])
    other = model.Setup(bench.film(model.ellipse(70, 40)))
    with pytest.raises(UnreadableFile, match="another film"):
        probe.frames(path, other)
