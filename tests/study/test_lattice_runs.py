"""Runs of lattice superconductors as TOML: every instrument, strict keys, and one line for every mistake."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

import onnes as on
from onnes import view
from onnes.errors import InvalidInput, InvalidModel, UnreadableFile
from onnes.state import read_dataset, write_dataset
from onnes.study import config, entries
from onnes.study.config import MODELS, PROBES, SOLVERS

RUNS = sorted((Path(__file__).resolve().parents[2] / "examples" / "runs").glob("*.toml"))
SQUARE = {"t": 100, "tp": "-30 meV", "mu": -80}
ARPES = {
    "model": {"kind": "superconductor", "bands": SQUARE, "pairing": {"symmetry": "d", "amplitude": 30}},
    "solve": {"kind": "given-gap", "temperature": 20},
    "probe": {
        "kind": "photoemission",
        "path": "G-X-M-G",
        "energy": {"from": -300, "to": 50, "points": 36},
        "broadening": 10,
    },
}


@pytest.mark.parametrize("path", RUNS, ids=lambda p: p.stem)
def test_example_runs_is_stored_and_drawn(path: Path, tmp_path: Path) -> None:
    run = config.read(path).resolve()
    measured = entries.observe(run)
    assert all(np.any(np.isfinite(measured[name])) for name in measured.data_vars)
    back = read_dataset(write_dataset(measured, tmp_path / "measured.nc"))
    assert back.identical(measured)
    at = {"energy": 0} if "energy" in back.dims and {"qx", "x"} & set(back.dims) else {}
    assert view.save_dataset(back, tmp_path / "measured.png", at=at).stat().st_size > 10_000


def test_there_is_an_example_of_every_instrument() -> None:
    shown = {tomllib.loads(p.read_text(encoding="utf-8"))["probe"]["kind"] for p in RUNS}
    assert shown == {config._kind(entry) for entry in PROBES}


def test_a_run_is_what_the_functions_give() -> None:
    shells = {(0, 0): 80.0, (1, 0): -100.0, (1, 1): 30.0}
    bands = on.model.square(shells)
    state = on.solve.given_gap(on.model.Superconductor(bands, on.model.d_wave(30.0)), 20.0)
    run = config.validate(ARPES).resolve()
    measured = run.probe(run.solve())
    direct = on.probe.photoemission(
        state, measured["wavevector"].values, np.linspace(-300, 50, 36), broadening=10.0
    )
    np.testing.assert_allclose(
        measured["photoemission_intensity"], direct["photoemission_intensity"], rtol=1e-12
    )
    assert measured.attrs["path_labels"] == '["G", "X", "M", "G"]'
    # along a path, 1/2 + 1/2 + 1/sqrt 2 reciprocal lattice units long
    assert float(measured["path_length"][-1]) == pytest.approx(1 + 0.5**0.5)


def test_bands_by_table_file_and_name_are_the_same(tmp_path: Path) -> None:
    named = (
        config.validate({**ARPES, "model": ARPES["model"] | {"bands": {"set": "Bi2212"}}})
        .resolve()
        .model.bands
    )
    model_ = on.model.bands("Bi2212")
    from onnes.model import write_hoppings, write_wannier90

    write_hoppings(model_, tmp_path / "b.csv")
    write_wannier90(model_, tmp_path / "b_hr.dat")
    vectors = model_.vectors.tolist()
    table = {
        "hoppings": [
            {"cell": r, "from": "d", "to": "d", "re": float(t[0, 0].real)}
            for r, t in zip(model_.cells.tolist(), model_.hoppings, strict=True)
        ],
        "orbitals": ["d"],
        "vectors": vectors,
    }
    k = np.random.default_rng(0).random((20, 3))
    for bands in ({"file": "b.csv"}, {"file": "b_hr.dat", "vectors": vectors}, table):
        given = {**ARPES, "model": ARPES["model"] | {"bands": bands}}
        built = config.validate(given, tmp_path).resolve().model.bands
        np.testing.assert_allclose(built.bloch(k), named.bloch(k), atol=1e-6)
    moved = {**ARPES, "model": ARPES["model"] | {"bands": {"set": "Bi2212", "shift": "5 meV", "scale": 2}}}
    np.testing.assert_allclose(
        config.validate(moved).resolve().model.bands.bloch(k), 2 * named.bloch(k) - 5, atol=1e-9
    )


def test_several_states_are_measured_at_once_and_one_by_one() -> None:
    """A ladder, and a sweep of single states, see the same stiffness."""
    given = tomllib.loads(next(p for p in RUNS if p.stem == "penetration").read_text(encoding="utf-8"))
    given["solve"]["temperatures"] = {"values": [2.0, 10.0]}
    given["model"].pop("cotangent")  # Born scattering: an infinite number in the model
    ladder = entries.observe(config.validate(given).resolve())
    single = given | {"solve": {"kind": "dirty-d-wave", "temperature": 2}}
    swept = on.study.sweep(config.validate(single), {"solve.temperature": [2.0, 10.0]})
    np.testing.assert_allclose(swept["layer_stiffness"].values.ravel(), ladder["layer_stiffness"], rtol=1e-12)
    assert ladder["layer_stiffness"][0] > ladder["layer_stiffness"][1] > 0


def test_coordinates_along_a_path_survive_a_sweep() -> None:
    swept = on.study.sweep(config.validate(ARPES), {"solve.temperature": [20, 80]})
    assert swept["photoemission_intensity"].dims == ("solve.temperature", "momentum", "energy")
    assert swept["path_length"].dims == ("momentum",) and swept.attrs["path_labels"]
    assert swept.attrs["broadening_meV"] == 10 and "temperature_K" not in swept.attrs


KINDS = {
    "model": {config._kind(e): e for e in MODELS},
    "solve": {config._kind(e): e for e in SOLVERS},
    "probe": {config._kind(e): e for e in PROBES},
}


@pytest.mark.parametrize("path", RUNS, ids=lambda p: p.stem)
def test_unknown_keys_are_told_with_the_nearest(path: Path) -> None:
    given = tomllib.loads(path.read_text(encoding="utf-8"))
    for table in ("model", "solve", "probe"):
        entry = KINDS[table][given[table]["kind"]]
        key = [f.alias or n for n, f in entry.model_fields.items() if n != "kind"][-1:] or ["kind"]
        wrong = key[0] + "x"
        changed = {**given, table: given[table] | {wrong: 1}}
        with pytest.raises(
            InvalidInput, match=re.escape(f"{table}.{wrong} is not a key; did you mean {key[0]}")
        ) as e:
            config.validate(changed)
        assert "\n" not in str(e.value)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"probe.path": "G-Q"}, "path 'G-Q' with the unknown label 'Q'; known labels: G, X, Y, M, Z"),
        ({"probe.path": "g-X"}, "unknown label 'g'"),
        ({"probe.path": "G"}, "at least two labels"),
        ({"probe.path": None}, "needs either path or momenta"),
        ({"probe.momenta": [[0.5, 0.5]]}, "needs either path or momenta"),
        ({"probe.points": 1}, "probe.points = 1"),
        ({"probe.labels": {"Q": [0.5]}}, "probe.labels.Q"),
        ({"probe.energy": {"from": 0, "to": 1}}, "probe.energy.points is missing"),
        ({"probe.energy": {"values": []}}, "probe.energy.values"),
        ({"probe.energy": {"values": ["1 T"]}}, "'T' is not a unit of energy"),
        ({"probe.kind": "photoemision"}, "did you mean photoemission"),
        ({"model.pairing.symmetry": "p"}, "model.pairing.symmetry = 'p'"),
        ({"model.bands": {}}, "model.bands is no table of bands"),
        ({"model.bands": {"t": 1, "mux": 2}}, "model.bands.mux is not a key; did you mean mu"),
        ({"solve.kind": "eliashberg"}, "does not take model.kind = 'superconductor'; use one of given-gap"),
        ({"probe": {"kind": "nmr", "broadening": 1, "mesh": []}}, "probe.mesh"),
    ],
)
def test_mistakes_are_one_line(changes, told) -> None:
    given = ARPES
    for path, value in changes.items():
        head, _, key = path.rpartition(".")
        inner = {**entries.at(given, head), key: value} if head else value
        given = entries.changed(given, {head or key: inner})
    with pytest.raises(InvalidInput, match=re.escape(told)) as caught:
        config.validate(given)
    assert "\n" not in str(caught.value) and "pydantic" not in str(caught.value)


@pytest.mark.parametrize(
    ("bands", "named", "told"),
    [
        ({"set": "Bi2211"}, InvalidInput, "did you mean Bi2"),
        ({"set": "LSCO"}, InvalidInput, "doping"),
        ({"file": "nowhere.csv"}, UnreadableFile, "nowhere.csv"),
        ({"set": "Graser"}, None, ""),
    ],
)
def test_bands_that_are_not_there(bands, named, told) -> None:
    given = config.validate({**ARPES, "model": ARPES["model"] | {"bands": bands}})
    if named is None:
        assert given.resolve().model.pairing.form.shape[1] == 5
        return
    with pytest.raises(named, match=told):
        given.resolve()


def test_a_table_that_is_not_hermitian_is_told() -> None:
    hop = {"from": "d", "to": "d", "re": -100}
    rows = [{"cell": [1, 0, 0], **hop}, {"cell": [-1, 0, 0], **hop, "re": -90}]
    table = {"hoppings": rows, "orbitals": ["d"], "vectors": np.eye(3).tolist()}
    with pytest.raises(InvalidModel, match="Hermitian"):
        config.validate({**ARPES, "model": ARPES["model"] | {"bands": table}}).resolve()
    rows[1]["to"] = "p"
    with pytest.raises(InvalidInput, match="unknown orbital 'p'; orbitals are d"):
        config.validate({**ARPES, "model": ARPES["model"] | {"bands": table}})


def test_instruments_of_several_states_want_them() -> None:
    given = tomllib.loads(next(p for p in RUNS if p.stem == "calorimetry").read_text(encoding="utf-8"))
    tunneling = {"kind": "tunneling", "bias": {"from": -1, "to": 1, "points": 3}}
    with pytest.raises(
        InvalidInput, match=r"measures a state, and solve\.kind = 'eliashberg-ladder' gives states"
    ):
        config.validate({**given, "probe": tunneling})
    given.pop("probe")
    with pytest.raises(InvalidInput, match="gives states and nothing measures them; add"):
        config.validate(given)
