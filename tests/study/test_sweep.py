"""Sweeps: points as dimensions, restart without loss, and the same result whoever computes it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput, OnnesError, OnnesWarning
from onnes.state import read_dataset, write_dataset
from onnes.study import Store, config, entries, sweeps

TUNNELING = {
    "model": {"kind": "bcs", "critical_temperature": 7.2},
    "solve": {"kind": "bcs", "temperature": 1.5},
    "probe": {"kind": "tunneling", "bias": {"from": -3, "to": 3, "points": 31}, "broadening": 0.1},
}
STATES = {
    "model": {
        "kind": "phonon-glue",
        "spectrum": {"peaks": [{"frequency": 10.0, "coupling": 1.0}]},
        "mu_star": {"value": 0.1},
    },
    "solve": {"kind": "eliashberg", "temperature": 2.0},
}
AXES = {"solve.temperature": [1.0, "3 K", 5.0], "probe.broadening": [0.05, 0.1]}


class Broken(Exception):
    """What ends a process at a bad moment."""


class Interrupted:
    """An executor that ends after a number of points."""

    def __init__(self, after: int) -> None:
        self.after = after

    def map(self, function, jobs):
        for number, job in enumerate(jobs):
            if number == self.after:
                raise Broken
            yield function(job)


class Counting:
    """An executor that keeps the points it was given, and computes them backwards."""

    def __init__(self) -> None:
        self.jobs: list[sweeps.Job] = []

    def map(self, function, jobs):
        self.jobs += jobs
        backwards = [function(job) for job in reversed(jobs)]
        return reversed(backwards)


def test_every_point_is_the_run_itself() -> None:
    measured = on.study.sweep(config.validate(TUNNELING), AXES)
    assert measured["conductance"].dims == ("solve.temperature", "probe.broadening", "bias")
    assert measured["solve.temperature"].attrs["units"] == "K"
    assert measured["probe.broadening"].attrs["units"] == "meV"
    np.testing.assert_array_equal(measured["solve.temperature"], [1.0, 3.0, 5.0])
    model = on.model.BCS(7.2)
    for t in (1.0, 3.0, 5.0):
        for width in (0.05, 0.1):
            alone = on.probe.tunneling(on.solve.bcs(model, t), (-3, 3, 31), broadening=width)
            chosen = measured.sel({"solve.temperature": t, "probe.broadening": width})
            np.testing.assert_array_equal(chosen["conductance"], alone["conductance"])


def test_an_interrupted_sweep_computes_only_what_is_missing(tmp_path: Path) -> None:
    asked, store = config.validate(TUNNELING), Store(tmp_path / "store")
    with pytest.raises(Broken):
        on.study.sweep(asked, AXES, executor=Interrupted(4), store=store)
    results = store.folder / sweeps.MEASURED
    before = {p.name: p.stat().st_mtime_ns for p in results.iterdir()}
    assert len(before) == 4
    rest, told = Counting(), []
    resumed = on.study.sweep(asked, AXES, executor=rest, store=store, monitor=told.append)
    assert len(rest.jobs) == 2 and {Path(j.result).name for j in rest.jobs}.isdisjoint(before)
    after = {p.name: p.stat().st_mtime_ns for p in results.iterdir()}
    assert len(after) == 6 and all(after[name] == when for name, when in before.items())
    assert (told[0].done, told[-1].done, told[-1].found, told[-1].total) == (4, 6, 4, 6)
    assert resumed.identical(on.study.sweep(asked, AXES))
    # a state for each temperature, whatever the instrument does with it
    assert len(store) == 3


def test_a_finer_sweep_reuses_a_coarser_one(tmp_path: Path) -> None:
    asked, store = config.validate(STATES), Store(tmp_path)
    on.study.sweep(asked, {"solve.temperature": [1.0, 5.0]}, store=store)
    rest = Counting()
    on.study.sweep(asked, {"solve.temperature": [1.0, 3.0, 5.0]}, executor=rest, store=store)
    assert [job.given["solve"]["temperature"] for job in rest.jobs] == [3.0]


def test_fields_that_change_length_are_padded() -> None:
    temperatures = [1.0, 3.0]
    swept = on.study.sweep(config.validate(STATES), {"solve.temperature": temperatures})
    gap = swept["gap_matsubara"]
    assert gap.dims == ("solve.temperature", "band", "matsubara_index")
    assert swept["matsubara"].dims == ("solve.temperature", "matsubara_index")
    glue = on.model.PhononGlue(on.model.einstein(10.0, 1.0), on.model.MuStar(0.1))
    for number, t in enumerate(temperatures):
        alone = on.solve.eliashberg(glue, t)
        length = alone["gap_matsubara"].shape[1]
        np.testing.assert_array_equal(gap[number, :, :length], alone["gap_matsubara"])
        np.testing.assert_array_equal(swept["matsubara"][number, :length], alone["matsubara"])
        assert np.all(np.isnan(gap[number, :, length:])) and np.all(
            np.isnan(swept["matsubara"][number, length:])
        )
    np.testing.assert_array_equal(swept["temperature"].values.ravel(), temperatures)
    kept = on.study.sweep(config.validate(STATES), {"model.mu_star.value": [0.05, 0.1]})["gap_matsubara"]
    assert kept.dims == ("model.mu_star.value", "band", "matsubara")
    assert float(kept[0, 0, 0]) > float(kept[1, 0, 0]) > 0


def test_a_number_is_swept_too() -> None:
    given = STATES | {"solve": {"kind": "critical-temperature"}}
    swept = on.study.sweep(config.validate(given), {"model.spectrum.peaks.0.coupling": [0.6, 1.0, 1.4]})
    tc = swept["critical_temperature"]
    assert tc.dims == ("model.spectrum.peaks.0.coupling",) and np.all(np.diff(tc) > 0)
    glue = on.model.PhononGlue(on.model.einstein(10.0, 1.4), on.model.MuStar(0.1))
    assert float(tc[2]) == on.solve.critical_temperature(glue)


def test_points_without_a_solution_are_nan_named_and_tried_again(tmp_path: Path) -> None:
    asked, store = config.validate(TUNNELING), Store(tmp_path)
    axes = {"solve.temperature": [-1.0, 1.0], "probe.broadening": [0.1]}
    with pytest.warns(OnnesWarning, match="1 of 2 points have no solution and are NaN: temperature = -1"):
        swept = on.study.sweep(asked, axes, store=store)
    assert np.all(np.isnan(swept["conductance"][0])) and np.all(np.isfinite(swept["conductance"][1]))
    (failure,) = json.loads(swept.attrs["sweep_failures"])
    assert failure["point"] == {"solve.temperature": -1.0, "probe.broadening": 0.1}
    again = Counting()
    with pytest.warns(OnnesWarning):
        on.study.sweep(asked, axes, executor=again, store=store)
    assert len(again.jobs) == 1
    with pytest.raises(OnnesError, match="0 K or more"):
        on.study.sweep(asked, {"solve.temperature": [-1.0, -2.0]})


def test_the_result_survives_its_file(tmp_path: Path) -> None:
    swept = on.study.sweep(config.validate(TUNNELING), AXES)
    assert read_dataset(write_dataset(swept, tmp_path / "sweep.nc")).identical(swept)


@pytest.mark.parametrize(
    ("axes", "told"),
    [
        ({}, "without an axis"),
        ({"solve.temperature": []}, "at least one"),
        ({"solve.temperature": "1 K"}, "list of values"),
        ({"solve.temperature": [True]}, "numbers or texts"),
        ({"solve.temperatur": [1.0]}, "did you mean temperature"),
        ({"solve.temperature": ["1 T"]}, "not a unit of temperature"),
        ({"model.spectrum.peaks": [1.0]}, "'spectrum' is not an entry"),
        ({"solve.temperature.deep": [1.0]}, "goes into the value 1.5"),
        ({"solve.temperature": np.ones(2000), "probe.broadening": np.ones(2000)}, "stay below"),
    ],
)
def test_mistakes_are_named(axes, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        on.study.sweep(config.validate(TUNNELING), axes)


def test_units_of_entries_are_known() -> None:
    asked = config.validate(TUNNELING)
    known = {
        "solve.temperature": "K",
        "probe.bias.from": "meV",
        "probe.temperature": "K",
        "probe.bias.points": "1",
    }
    assert {path: entries.unit(asked, path) for path in known} == known


def test_spawned_workers_have_one_thread_and_the_same_numbers(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    asked = config.validate(TUNNELING)
    with sweeps.workers(2) as pool:
        threads = pool.submit(os.getenv, "OMP_NUM_THREADS").result()
        swept = on.study.sweep(asked, AXES, executor=pool, store=Store(tmp_path))
    assert threads == "1"
    assert os.environ["OMP_NUM_THREADS"] == "3" and "MKL_NUM_THREADS" not in os.environ
    assert swept.identical(on.study.sweep(asked, AXES))
    with pytest.raises(InvalidInput, match="at least one"), sweeps.workers(0):
        pass


def test_a_killed_worker_is_told_in_one_line(tmp_path: Path) -> None:
    asked = config.validate(TUNNELING)
    with pytest.raises(OnnesError, match="ended from outside"), sweeps.workers(1) as pool:
        os.kill(pool.submit(os.getpid).result(), signal.SIGKILL)
        # Whether the pool has noticed already or finds out while it waits: one named error.
        on.study.sweep(asked, AXES, executor=pool, store=Store(tmp_path))


KILLED = """
import sys, time
from onnes.study import Store, config, sweep, sweeps
class Slow:
    def map(self, function, jobs):
        for job in jobs:
            yield function(job)
            time.sleep(0.2)
sweep(config.validate({given!r}), {axes!r}, executor=Slow(), store=Store({folder!r}))
"""


def test_killing_the_program_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    code = KILLED.format(given=TUNNELING, axes=AXES, folder=str(folder))
    process = subprocess.Popen([sys.executable, "-c", code])
    begin = time.monotonic()
    while len(list((folder / sweeps.MEASURED).glob("*.nc"))) < 2:
        assert process.poll() is None and time.monotonic() - begin < 30
        time.sleep(0.01)
    process.kill()
    process.wait()
    stored = len(list((folder / sweeps.MEASURED).glob("*.nc")))
    assert 2 <= stored < 6, "killed in the middle"
    rest = Counting()
    asked = config.validate(TUNNELING)
    resumed = on.study.sweep(asked, AXES, executor=rest, store=Store(folder))
    assert len(rest.jobs) == 6 - stored
    assert resumed.identical(on.study.sweep(asked, AXES))
