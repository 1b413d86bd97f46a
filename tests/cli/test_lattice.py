"""Lattice runs, maps and joint fits as a person types them: one line for every mistake."""

import json
from pathlib import Path

import numpy as np
import pytest

import onnes as on
from onnes.cli import main
from onnes.state import read_dataset, write_dataset

RUN = """
[model]
kind = "superconductor"
bands = {file = "bands.csv"}
pairing = {symmetry = "d", amplitude = "25 meV"}

[solve]
kind = "given-gap"
temperature = "20 K"

[probe]
kind = "photoemission"
path = "X-M"
points = 9
energy = {from = "-100 meV", to = "20 meV", points = 13}
broadening = "15 meV"
"""
VARY = ["--vary", "model.pairing.amplitude=25 meV:1 meV:100 meV"]


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return int(stop.value.code), out, err


@pytest.fixture
def case(tmp_path: Path) -> Path:
    bands = on.model.square({(0, 0): 80.0, (1, 0): -100.0, (1, 1): 30.0})
    on.model.write_hoppings(bands, tmp_path / "bands.csv")
    text = (tmp_path / "bands.csv").read_text(encoding="utf-8")
    (tmp_path / "skew.csv").write_text(
        text.replace("1,0,0,1,1,-100.0", "1,0,0,1,1,-90.0", 1), encoding="utf-8"
    )
    on.model.write_wannier90(bands, tmp_path / "bands_hr.dat")
    path = tmp_path / "arpes.toml"
    path.write_text(RUN, encoding="utf-8")
    return path


@pytest.fixture
def data(case: Path) -> Path:
    state = on.solve.given_gap(
        on.model.Superconductor(on.model.read_hoppings(case.parent / "bands.csv"), on.model.d_wave(32.0)),
        20.0,
    )
    s, w = np.linspace(0, 0.5, 9), np.linspace(-100, 20, 13)
    points = np.stack([np.full(9, 0.5), s], axis=-1)
    clean = on.probe.photoemission(state, points, w, broadening=15.0)["photoemission_intensity"].values
    noisy = clean + 3e-4 * np.random.default_rng(2).standard_normal(clean.shape)
    rows = [f"{a:.9g}, {b:.9g}, {noisy[i, j]:.9g}, 3e-4" for i, a in enumerate(s) for j, b in enumerate(w)]
    path = case.parent / "map.csv"
    head = "path_length (r.l.u.), energy (meV), photoemission_intensity (1/meV), error"
    path.write_text("\n".join([head, *rows]), encoding="utf-8")
    return path


def test_a_map_is_measured_drawn_and_fitted(capsys, case: Path, data: Path) -> None:
    code, out, _ = run(capsys, "run", case)
    measured = case.with_name("arpes.photoemission.nc")
    assert code == 0 and str(measured) in out
    code, out, err = run(capsys, "plot", measured)
    assert code == 0 and err == "" and measured.with_suffix(".png").stat().st_size > 10_000
    code, out, _ = run(capsys, "fit", case, data, *VARY, "--json")
    record = json.loads(out)
    gap = record["parameters"][0]
    assert code == 0 and record["n_data"] == 117 and record["x"] == "path_length, energy"
    assert abs(gap["value"] - 32) < 4 * gap["error"] < 4
    code, out, _ = run(capsys, "fit", case, data, *VARY, "--within", "energy=-50:0", "--json")
    assert json.loads(out)["n_data"] == 9 * 6
    code, out, _ = run(capsys, "fit", case, data, *VARY, "--x", "path_length", "--x", "energy", "--json")
    assert json.loads(out)["parts"] == [{"name": "map.csv", "n_data": 117, "chi2": record["chi2"]}]


def test_data_of_the_toml_file_are_fitted_together(capsys, case: Path, data: Path) -> None:
    named = '\n[data.first]\nfile = "map.csv"\n\n[data.again]\nfile = "map.csv"\n'
    case.write_text(RUN + named, encoding="utf-8")
    code, out, _ = run(capsys, "fit", case, *VARY, "--vary", "data.again.scale=1:0.5:2")
    assert code == 0 and "first: chi2 = " in out and "data.again.scale = " in out
    code, _, err = run(capsys, "fit", case, data, *VARY)
    assert code == 2 and "names its own data (first, again)" in err and len(err.splitlines()) == 1


def test_sweeps_of_maps_ask_for_a_selection(capsys, case: Path, tmp_path: Path) -> None:
    code, _, _ = run(
        capsys, "sweep", case, "--axis", "solve.temperature=20,60", "--output", tmp_path / "s.nc"
    )
    assert code == 0 and read_dataset(tmp_path / "s.nc")["photoemission_intensity"].ndim == 3
    code, out, err = run(capsys, "plot", tmp_path / "s.nc")
    assert code == 2 and out == "" and len(err.splitlines()) == 1
    assert "solve.temperature (2 values from 20 to 60 K), momentum (9 values" in err and "--at" in err
    for at in ("solve.temperature=60", "path_length=0.2", "energy=-20", "momentum=3"):
        code, out, _ = run(capsys, "plot", tmp_path / "s.nc", "--at", at)
        assert code == 0 and "written" in out


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        # a table of hoppings that is not Hermitian
        (["run", "{case}", "--set", "model.bands.file=skew.csv"], "not Hermitian"),
        # names of another number of orbitals
        (
            ["run", "{case}", "--set", "model.bands.orbitals=['dx','dy']"],
            "has 1 orbitals, and orbitals names 2",
        ),
        (
            [
                "run",
                "{case}",
                "--set",
                "model.bands={{file='bands_hr.dat', vectors=[[1,0,0],[0,1,0],[0,0,1]], "
                "orbitals=['dx','dy']}}",
            ],
            "has 1 orbitals, and orbitals names 2 (dx, dy); give 1 names",
        ),
        (["run", "{case}", "--set", "model.bands={{file='bands_hr.dat'}}"], "add vectors"),
        (["run", "{case}", "--set", "probe.path=X-Q"], "unknown label 'Q'; known labels: G, X, Y, M, Z"),
        (["run", "{case}", "--set", "probe.brodening=1"], "did you mean broadening"),
        (
            ["fit", "{case}", "{tesla}", "--vary", "probe.broadening=15"],
            "'energy' is in 'T', and energy is in meV",
        ),
        (
            ["fit", "{case}", "{net}", "--vary", "probe.broadening=15", "--error", "1"],
            "'qx' is in 'T', and qx is in",
        ),
        (["fit", "{case}", "{data}", *VARY, "--between", "0", "1"], "--within path_length=low:high"),
        (["fit", "{case}", "{data}", *VARY, "--within", "energy=0"], "is no range"),
        (["fit", "{case}", "{data}", *VARY, "--within", "qx=0:1"], "no axis 'qx'"),
        (["fit", "{case}", *VARY], "there are no data"),
        (["fit", "{case}", *VARY, "--x", "energy"], "columns without a file"),
        (["plot", "{net}", "--at", "energy"], "selects nothing"),
        (["plot", "{net}", "--at", "qx=9"], "lies outside"),
        (["plot", "{net}", "--only", "qpi"], "no quantity 'qpi'"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(capsys, case, data, arguments, hint) -> None:
    tesla, net = case.with_name("tesla.csv"), case.with_name("net.nc")
    tesla.write_text(data.read_text(encoding="utf-8").replace("energy (meV)", "energy (T)"), encoding="utf-8")
    ds = on.schema.dataset("m", {"qx": [0.0, 0.5], "qy": [0.0, 0.5], "neutron_map": np.ones((2, 2))})
    ds["qx"].attrs["units"] = "T"
    write_dataset(ds, net)
    filled = [a.format(case=case, data=data, tesla=tesla, net=net) for a in arguments]
    code, out, err = run(capsys, *filled)
    assert code == 2 and out == ""
    assert err.startswith("onnes: ") and len(err.strip().splitlines()) == 1
    assert hint in err, err
