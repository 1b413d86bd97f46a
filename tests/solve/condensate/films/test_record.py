"""What a run writes: checkpoints from which it goes on to the bit, frames that can be read while it runs."""

import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace

import h5py
import numpy as np
import pytest
import xarray as xr

from onnes import model
from onnes.errors import InvalidInput, UnreadableFile
from onnes.solve.condensate.films.record import Recording
from onnes.solve.condensate.films.self_field import Screening
from onnes.solve.condensate.films.stepper import Stepping
from onnes.solve.condensate.films.time_dependent import tdgl

MATERIAL = model.GinzburgLandau(10.0, 30.0, resistivity=20.0)
TAU, BC2 = MATERIAL.time, MATERIAL.upper_critical_field
FILM = model.Film(model.ring(60, 20), 4.0, MATERIAL)
OPTIONS = {"until": 6 * TAU, "field": model.ramp(0.0, 0.3 * BC2, 4 * TAU), "spacing": 5.0}


def same(one, two):
    assert one.fields.keys() == two.fields.keys()
    for name in one.fields:
        assert np.array_equal(one[name], two[name]), name


@pytest.mark.parametrize("noisy", [False, True])
def test_cancelled_run_goes_on_to_the_bit(tmp_path, noisy):
    options = OPTIONS | ({"noise": 4.0, "stepping": Stepping(fixed=0.05 * TAU)} if noisy else {})
    whole = tdgl(FILM, **options, recording=Recording(frames=tmp_path / "one.h5", frame_every=TAU))
    recording = Recording(frames=tmp_path / "two.h5", frame_every=TAU, checkpoint=tmp_path / "two.npz")
    half = whole.report.iterations // 2
    tdgl(FILM, **options, recording=recording, throw=False, monitor=lambda p: p.steps >= half)
    # frames written after the checkpoint, by a process that was then killed, are dropped
    rest = tdgl(FILM, **options, recording=recording)
    assert rest.report.start == "checkpoint" and rest.report.iterations == whole.report.iterations
    same(whole, rest)
    with h5py.File(tmp_path / "one.h5") as one, h5py.File(tmp_path / "two.h5") as two:
        assert one["order_parameter"].shape == (7, *whole["order_parameter"].shape)
        for name in one:
            assert np.array_equal(one[name], two[name])
    # a finished run answers at once
    again = tdgl(FILM, **options, recording=recording)
    same(whole, again)


def test_screened_heated_and_tapped_runs_go_on_to_the_bit(tmp_path):
    """Currents, temperatures and time integrals of voltages are in the checkpoint too; it falls between samples."""
    warm = replace(MATERIAL, critical_temperature=9.0, temperature=4.5)
    shape = model.rectangle(100, 50)
    film = model.Film(shape, 4.0, warm, terminals=(model.side(shape, "left"), model.side(shape, "right")))
    options = {
        "until": 3 * TAU,
        "field": model.ramp(0.0, 0.2 * BC2, 2 * TAU),
        "current": {"left": 20.0, "right": -20.0},
        "screening": True,
        "thermal": model.Thermal(1e7, 1.0, 1e9, 4.5),
        "spacing": 5.0,
    }
    some = Recording(sample=0.7 * TAU, taps=((-20.0, 5.0), (20.0, 5.0)))
    whole = tdgl(film, **options, recording=replace(some, frames=tmp_path / "one.h5", frame_every=TAU))
    half = whole.report.iterations // 2
    written = replace(some, frames=tmp_path / "two.h5", frame_every=TAU, checkpoint=tmp_path / "two.npz")
    cut = tdgl(film, **options, recording=written, throw=False, monitor=lambda p: p.steps >= half)
    assert not np.isclose((cut["time"][0] / (0.7 * TAU)) % 1, 0)
    rest = tdgl(film, **options, recording=written)
    assert rest.report.start == "checkpoint" and rest.report.iterations == whole.report.iterations
    same(whole, rest)
    with h5py.File(tmp_path / "one.h5") as one, h5py.File(tmp_path / "two.h5") as two:
        assert "film_temperature" in one and all(np.array_equal(one[name], two[name]) for name in one)
    for change in (
        {"screening": False},
        {"screening": Screening(1e-5)},
        {"thermal": None},
        {"thermal": model.Thermal(1e7, 1.0, 2e9, 4.5)},
        {"recording": replace(written, taps=((0.0, 0.0),))},
        {"recording": replace(written, means=False)},
    ):
        with pytest.raises(InvalidInput, match="another run"):
            tdgl(film, **({**options, "recording": written} | change))


def test_killed_run_goes_on_to_the_bit(tmp_path):
    """The process is killed without warning in the middle; what it wrote is enough."""
    script = textwrap.dedent(
        f"""
        import os, signal, sys
        sys.path.insert(0, {os.path.dirname(__file__)!r})
        from test_record import FILM, OPTIONS, tdgl
        from onnes.solve.condensate.films.record import Recording

        def monitor(progress):
            if progress.steps == 30:
                os.kill(os.getpid(), signal.SIGKILL)

        recording = Recording(frames="f.h5", frame_every=OPTIONS["until"] / 12, checkpoint="c.npz",
                              checkpoint_every=1e-9)
        tdgl(FILM, **OPTIONS, recording=recording, monitor=monitor)
        """
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert (tmp_path / "c.npz").exists() and not list(tmp_path.glob(".*"))
    recording = Recording(
        frames=tmp_path / "f.h5", frame_every=OPTIONS["until"] / 12, checkpoint=tmp_path / "c.npz"
    )
    rest = tdgl(FILM, **OPTIONS, recording=recording)
    assert rest.report.start == "checkpoint"
    free = replace(recording, frames=tmp_path / "g.h5", checkpoint=None)
    same(tdgl(FILM, **OPTIONS, recording=free), rest)
    with h5py.File(tmp_path / "f.h5") as one, h5py.File(tmp_path / "g.h5") as two:
        assert all(np.array_equal(one[name], two[name]) for name in two)


def test_frames_can_be_read_while_the_run_goes_on(tmp_path):
    path, seen = tmp_path / "frames.h5", []

    def monitor(progress):
        with h5py.File(path, "r", libver="latest", swmr=True) as file:
            seen.append((progress.time, file["frame"].shape[0]))
        assert progress.frame_bytes >= path.stat().st_size // 3

    recording = Recording(frames=path, frame_every=2 * TAU)
    state = tdgl(FILM, **OPTIONS, recording=recording, monitor=monitor)
    assert all(count == np.floor(time / (2 * TAU) + 1e-9) + 1 for time, count in seen)
    with xr.open_dataset(path, engine="h5netcdf") as frames:
        assert frames["order_parameter"].dims == ("frame", "film_y", "film_x")
        assert np.allclose(frames["frame"], [0, 2 * TAU, 4 * TAU, 6 * TAU])
        assert np.allclose(frames["order_parameter"][-1], state["order_parameter"], atol=1e-6)
        assert frames["electric_potential"].attrs["units"] == "mV"


def test_frames_too_large_are_refused_before_the_start(tmp_path):
    recording = Recording(frames=tmp_path / "f.h5", frame_every=1e-6 * TAU)
    with pytest.raises(InvalidInput, match="GB"):
        tdgl(FILM, **OPTIONS, recording=recording)
    assert not (tmp_path / "f.h5").exists()


def test_checkpoint_of_another_run_is_refused(tmp_path):
    recording = Recording(checkpoint=tmp_path / "c.npz")
    tdgl(FILM, **OPTIONS, recording=recording)
    for change in ({"field": 0.2 * BC2}, {"spacing": 4.0}, {"seed": 3}, {"stepping": Stepping(1e-4)}):
        with pytest.raises(InvalidInput, match="another run"):
            tdgl(FILM, **(OPTIONS | change), recording=recording)


def test_longer_run_goes_on_from_a_checkpoint(tmp_path):
    """How long a run lasts is not part of it, where the interval of its samples is given."""
    recording = Recording(sample=TAU / 2, checkpoint=tmp_path / "c.npz")
    tdgl(FILM, **OPTIONS, recording=recording)
    longer = OPTIONS | {"until": 9 * TAU}
    state = tdgl(FILM, **longer, recording=recording)
    assert state.report.start == "checkpoint" and len(state["sample_time"]) == 19
    free = tdgl(FILM, **longer, recording=replace(recording, checkpoint=None))
    # the first run ended on a step that was cut short where a sample was due anyway
    assert np.array_equal(state["order_parameter"], free["order_parameter"])


def test_files_that_are_none(tmp_path):
    bad = tmp_path / "c.npz"
    bad.write_bytes(b"PK not a checkpoint")
    with pytest.raises(UnreadableFile, match="checkpoint"):
        tdgl(FILM, **OPTIONS, recording=Recording(checkpoint=bad))
    nowhere = tmp_path / "no" / "file"
    with pytest.raises(InvalidInput, match="cannot write"):
        tdgl(FILM, **OPTIONS, recording=Recording(checkpoint=nowhere, checkpoint_every=1e-9))
    with pytest.raises(InvalidInput, match="cannot write"):
        tdgl(FILM, **OPTIONS, recording=Recording(frames=nowhere, frame_every=TAU))


def test_lost_frames_are_named(tmp_path):
    recording = Recording(frames=tmp_path / "f.h5", frame_every=TAU, checkpoint=tmp_path / "c.npz")
    tdgl(FILM, **OPTIONS, recording=recording, throw=False, monitor=lambda p: p.time > 2 * TAU)
    tdgl(FILM, until=0.5 * TAU, recording=replace(recording, checkpoint=None), spacing=5.0)
    with pytest.raises(UnreadableFile, match="frames instead of"):
        tdgl(FILM, **OPTIONS, recording=recording)
    (tmp_path / "f.h5").unlink()
    with pytest.raises(UnreadableFile, match="are not there"):
        tdgl(FILM, **OPTIONS, recording=recording)


@pytest.mark.parametrize("name", ["sample", "frame_every", "most_bytes", "checkpoint_every"])
def test_intervals_must_be_positive(name):
    with pytest.raises(InvalidInput, match=name):
        Recording(**{name: 0.0})


def test_frames_need_their_interval():
    with pytest.raises(InvalidInput, match="interval"):
        Recording(frames="f.h5")
