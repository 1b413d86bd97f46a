"""States: immutable, labelled, and the same to the bit after a trip to the disk."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

import onnes as on
from onnes import schema
from onnes.errors import InvalidInput, UnreadableFile
from onnes.state import Check, Outcome, Report, State, load, read_dataset, save, write_dataset

OLD = Path(__file__).parent / "data" / "state_schema1.nc"


@pytest.fixture
def state() -> State:
    rng = np.random.default_rng(1)
    glue = on.model.PhononGlue(on.model.debye(30.0, 1 / 3, nodes=7), on.model.MuStar(0.1))
    report = Report(
        Outcome.STALLED,
        engine="fft",
        residuals=(0.1, 1 / 3),
        target=1e-9,
        iterations=2,
        seed=2**40,
        start="warm",
        seconds=0.1,
        checks=(Check("sum rule", -1e-13, 1e-12),),
        warnings=("a warning; with ω",),
    )
    fields = {
        "temperature": np.array([1 / 3]),
        "energy": np.linspace(0, 1, 6),
        "gap_real": rng.normal(size=(1, 6)) + 1j * rng.normal(size=(1, 6)),
        "gap_edge": np.array([np.nan]),
    }
    return State(glue, "eliashberg", fields, report)


def test_a_trip_to_the_disk_changes_no_bit(state: State, tmp_path: Path) -> None:
    found = load(save(state, tmp_path / "state.nc"))
    assert set(found.fields) == set(state.fields)
    for name, values in state.fields.items():
        assert found[name].dtype == values.dtype and found[name].tobytes() == values.tobytes(), name
    assert found.report == state.report and found.method == state.method
    for name in ("frequency", "alpha2F", "weights"):
        assert getattr(found.model.spectrum, name).tobytes() == getattr(state.model.spectrum, name).tobytes()
    assert found.model.mu_star == state.model.mu_star
    assert (found.model.spectrum.source, found.model.spectrum.parametrised) == (
        state.model.spectrum.source,
        True,
    )


def test_twice_to_the_disk_is_once(state: State, tmp_path: Path) -> None:
    once = load(save(state, tmp_path / "a.nc"))
    twice = load(save(once, tmp_path / "b.nc"))
    assert twice.report == once.report
    assert all(twice[n].tobytes() == once[n].tobytes() for n in once.fields)


def test_attributes_and_long_texts_travel_along(state: State, tmp_path: Path) -> None:
    """An HDF5 attribute may end at 64 kB; documents are variables and may be longer."""
    long = "ω" * 100_000
    path = save(state, tmp_path / "s.nc", {"run_engine": "fft"}, {"notes": long})
    ds = read_dataset(path)
    assert ds.attrs["run_engine"] == "fft" and ds["onnes_notes"].item() == long
    assert set(load(path).fields) == set(state.fields)


def test_several_bands_come_back(tmp_path: Path) -> None:
    mode = on.model.einstein(60.0, 1.0)
    spectra = ((mode, mode.scaled(coupling=0.2)), (mode.scaled(coupling=0.1), mode))
    glue = on.model.MultibandGlue(spectra, on.model.MuStar(((0.1, 0.0), (0.0, 0.1))), (1.0, 2.0))
    state = State(glue, "eliashberg", {"gap_edge": [1.0, 2.0]}, Report(Outcome.CONVERGED))
    found = load(save(state, tmp_path / "two.nc")).model
    np.testing.assert_array_equal(found.lambda_matrix, glue.lambda_matrix)
    assert found.mu_star == glue.mu_star and found.dos_weights == (1.0, 2.0)


def test_a_file_of_schema_1_is_still_read() -> None:
    """Written once by the first version; every number in it is a sum of few powers of two."""
    old = load(OLD)
    assert old.method == "eliashberg" and isinstance(old.model, on.model.PhononGlue)
    assert old.model.spectrum.lambda_ == pytest.approx(1.25, rel=1e-15)
    assert old.model.mu_star == on.model.MuStar(0.125, 25.0)
    np.testing.assert_array_equal(old["gap_real"], [[1.5, 1.5 + 0.25j, -0.5j]])
    np.testing.assert_array_equal(old["temperature"], [2.0])
    assert old.report == Report(
        Outcome.CONVERGED,
        "fft",
        (0.5, 2.0**-30),
        2.0**-29,
        2,
        7,
        "warm",
        0.25,
        (Check("balance", 0.125, 0.5),),
        ("one warning",),
        {"onnes": "0.1.0"},
    )


def changed(path: Path, target: Path, edit) -> Path:
    target.write_bytes(path.read_bytes())
    with h5py.File(target, "r+") as handle:
        edit(handle)
    return target


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    newer = schema.VERSION + 1
    path = changed(OLD, tmp_path / "new.nc", lambda f: f.attrs.modify("onnes_schema", newer))
    with pytest.raises(
        UnreadableFile, match=f"it has schema {newer}, newer than {schema.VERSION}; upgrade onnes"
    ):
        load(path)


def test_a_model_of_another_version_is_refused(tmp_path: Path) -> None:
    """Only dataclasses that `onnes.model` hands on are built from a file, whatever it says."""

    def rename(handle: h5py.File) -> None:
        text = json.loads(handle["onnes_model"][()])
        handle["onnes_model"][()] = json.dumps(text | {"model": "Popen"})

    with pytest.raises(InvalidInput, match="'Popen' is not a model of this version"):
        load(changed(OLD, tmp_path / "odd.nc", rename))


def test_a_report_of_a_later_version_loses_only_what_is_unknown(tmp_path: Path) -> None:
    def add(handle: h5py.File) -> None:
        text = json.loads(handle["onnes_report"][()])
        handle["onnes_report"][()] = json.dumps(text | {"mood": "good"})

    assert load(changed(OLD, tmp_path / "later.nc", add)).report == load(OLD).report


def test_files_that_hold_no_state(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"absent\.nc: no such file"):
        load(tmp_path / "absent.nc")
    (tmp_path / "text.nc").write_text("hello")
    with pytest.raises(UnreadableFile, match="not a NetCDF4 file"):
        load(tmp_path / "text.nc")
    (tmp_path / "short.nc").write_bytes(OLD.read_bytes()[:2000])
    with pytest.raises(UnreadableFile, match="not a NetCDF4 file"):
        load(tmp_path / "short.nc")
    with h5py.File(tmp_path / "other.nc", "w") as handle:
        handle["x"] = 1.0
    with pytest.raises(UnreadableFile, match="not written by onnes"):
        load(tmp_path / "other.nc")
    path = write_dataset(schema.dataset("t", {"temperature": [1.0]}), tmp_path / "plain.nc")
    with pytest.raises(UnreadableFile, match="a dataset but no solved state"):
        load(path)


def test_a_write_that_fails_keeps_the_old_file(state: State, tmp_path: Path, monkeypatch) -> None:
    path = save(state, tmp_path / "state.nc")
    old = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(InvalidInput, match="No space left"):
        save(state.with_fields(gap_edge=np.zeros(1)), path)
    assert path.read_bytes() == old and [p.name for p in tmp_path.iterdir()] == ["state.nc"]
    with pytest.raises(InvalidInput, match="cannot write"):
        save(state, tmp_path / "absent" / "state.nc")


# --- states and reports -----------------------------------------------------------------------------


def test_fields_cannot_be_changed(state: State) -> None:
    with pytest.raises(ValueError, match="read-only"):
        state["gap_real"][0, 0] = 1.0
    with pytest.raises(TypeError):
        state.fields["gap_real"] = np.zeros((1, 6))
    given = np.ones((1, 6), dtype=complex)
    kept = state.with_fields(gap_real=given)
    given[:] = 7.0
    assert (kept["gap_real"] == 1.0).all() and "gap_real" in state and "dos" not in state


def test_fields_have_the_dimensions_of_the_table(state: State) -> None:
    with pytest.raises(InvalidInput, match=r"gap_edge has shape \(1, 1\)"):
        state.with_fields(gap_edge=np.ones((1, 1)))
    with pytest.raises(InvalidInput, match="'gap_egde' is not a named quantity; did you mean gap_edge"):
        state.with_fields(gap_egde=np.ones(1))
    with pytest.raises(InvalidInput, match="has no field 'dos'; it has temperature, energy"):
        state["dos"]


def test_a_report_tells_outcome_and_remedy(state: State) -> None:
    assert not state.report.converged and state.report.checks[0].passed
    assert (
        state.report.summary()
        == "stalled after 2 iterations: residual 3.33e-01 (target 1.0e-09) [fft, warm start]"
    )
    assert all(outcome.value for outcome in Outcome)
    assert not Check("nan", float("nan"), 1.0).passed


def test_labels_are_written_at_birth(state: State) -> None:
    ds = state.to_dataset()
    assert ds["gap_real"].attrs["units"] == "meV" and ds["gap_real"].dims == ("band", "energy")
    assert ds.attrs["onnes_schema"] == schema.VERSION and ds.attrs["title"] == "eliashberg of PhononGlue"
