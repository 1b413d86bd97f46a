"""``onnes fit`` and ``onnes sweep`` as a person types them."""

import json
from pathlib import Path

import numpy as np
import pytest

import onnes as on
from onnes.cli import main
from onnes.state import read_dataset

RUN = """
[model]
kind = "bcs"
critical_temperature = "6.5 K"

[solve]
kind = "bcs"
temperature = "2 K"

[probe]
kind = "tunneling"
bias = {from = "-3 meV", to = "3 meV", points = 31}
broadening = 0.05
"""
VARY = ["--vary", "model.critical_temperature=6.5 K:4 K:10 K", "--vary", "probe.broadening=0.05:0:1"]


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return int(stop.value.code), out, err


@pytest.fixture
def case(tmp_path: Path) -> Path:
    path = tmp_path / "case.toml"
    path.write_text(RUN, encoding="utf-8")
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A junction at 2 K with noise of 1 %, bias in microvolts."""
    state = on.solve.bcs(on.model.BCS(7.2), 2.0)
    curve = on.probe.tunneling(state, (-3.0, 3.0, 31), broadening=0.1)["conductance"]
    noisy = curve.values + 0.01 * np.random.default_rng(5).standard_normal(31)
    rows = [f"{1e3 * x:.3f}, {y:.6f}, 0.01" for x, y in zip(curve["bias"].values, noisy, strict=True)]
    path = tmp_path / "data.csv"
    path.write_text("\n".join(["bias (uV), conductance, error", *rows]), encoding="utf-8")
    return path


def test_a_fit_prints_values_with_errors(capsys, case, data) -> None:
    code, out, err = run(capsys, "fit", case, data, *VARY)
    assert code == 0 and err == ""
    assert "model.critical_temperature = 7." in out and "±" in out and "95 %" in out
    assert "chi2 = " in out and "for 29 degrees of freedom" in out


def test_a_fit_as_json_and_its_options(capsys, case, data) -> None:
    code, out, _ = run(capsys, "fit", case, data, *VARY, "--json")
    record = json.loads(out)
    assert code == 0 and record["converged"]
    tc, width = record["parameters"]
    assert abs(tc["value"] - 7.2) < 3 * tc["error"] and abs(width["value"] - 0.1) < 3 * width["error"]
    options = ["--profile", "--level", "0.6827", "--starts", 2, "--between", 0, 3, "--error", 0.02]
    code, out, _ = run(capsys, "fit", case, data, *VARY, *options, "--json")
    other = json.loads(out)
    assert other["n_data"] == 16 and len(other["minima"]) == 2
    interval = other["parameters"][0]["interval"]
    assert interval["level"] == 0.6827
    # One standard error, and a curve that is nearly a parabola so close to its minimum.
    half = (interval["high"] - interval["low"]) / 2
    assert half == pytest.approx(other["parameters"][0]["error"], rel=0.1)


def test_the_wrong_symmetry_is_told(capsys, case, data) -> None:
    code, out, _ = run(capsys, "fit", case, data, *VARY, "--set", "model.symmetry=d")
    assert code == 0 and "the model does not describe the data" in out


def test_a_sweep_resumes(capsys, case, tmp_path) -> None:
    axis = ["--axis", "solve.temperature=1:5:3"]
    code, out, _ = run(capsys, "sweep", case, *axis)
    assert code == 0 and "3 of 3 points computed, 0 found" in out
    # beside the TOML file by default
    swept = read_dataset(case.with_suffix(".sweep.nc"))
    np.testing.assert_array_equal(swept["solve.temperature"], [1.0, 3.0, 5.0])
    target = tmp_path / "other.nc"
    finer = ["--axis", "solve.temperature=1:5:5", "--output", target]
    code, out, _ = run(capsys, "sweep", case, *finer)
    assert code == 0 and "2 of 5 points computed, 3 found" in out
    assert read_dataset(target)["conductance"].shape == (5, 31)
    code, out, _ = run(capsys, "sweep", case, *axis, "--store", tmp_path / "elsewhere")
    assert "3 of 3 points computed" in out


def test_a_point_without_a_solution_is_a_warning(capsys, case) -> None:
    code, out, err = run(capsys, "sweep", case, "--axis", "solve.temperature=-1,2 K")
    assert code == 0 and "written" in out
    assert err.startswith("warning: 1 of 2 points have no solution") and len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["fit", "{case}", "{data}"], "add --vary"),
        (["fit", "{case}", "{data}", "--vary", "probe.broadening"], "write path=start:low:high"),
        (["fit", "{case}", "{data}", "--vary", "probe.broadening=2:0:1"], "low <= start <= high"),
        (["fit", "{case}", "{data}", "--vary", "probe.broadenin=0.1"], "did you mean broadening"),
        (["fit", "{case}", "{data}", "--vary", "probe.broadening=1 T"], "not a unit of energy"),
        (["fit", "{case}", "{data}", "--vary", "model.kind=1"], "not a number"),
        (["fit", "{case}", "nowhere.csv", "--vary", "probe.broadening=0.1"], "no such file"),
        (["fit", "nowhere.toml", "{data}", "--vary", "probe.broadening=0.1"], "such file"),
        (["fit", "{case}", "{case}", "--vary", "probe.broadening=0.1"], "cannot read"),
        (["fit", "{case}", "{data}", "--vary", "probe.broadening=0.1", "--y", "current"], "no column"),
        (["fit", "{case}", "{data}", "--vary", "probe.broadening=0.1", "--error", "0"], "positive standard"),
        (["fit", "{case}", "{data}", "--vary", "probe.broadening=0.1", "--level", "95"], "probability"),
        (["fit", "{case}", "{data}", "--vary", "probe.broadening=0.1", "--starts", "3"], "no bounds"),
        (["fit", "{case}", "{data}", "--vary", "probe.broadening=0.1", "--seed", "-1"], "seed"),
        (["fit", "{case}", "{data}", "--vary", "probe.broadening=0.1", "--between", "50", "60"], "no point"),
        (
            ["fit", "{case}", "{data}", "--vary", "probe.broadening=0.1", "--along", "solve.temp"],
            "temperature",
        ),
        (["sweep", "{case}"], "add --axis"),
        (["sweep", "{case}", "--axis", "solve.temperature"], "sweeps nothing"),
        (["sweep", "{case}", "--axis", "solve.temperature=1:9"], "first:last:count"),
        (["sweep", "{case}", "--axis", "solve.temperature=1:9:inf"], "first:last:count"),
        (["sweep", "{case}", "--axis", "solve.temperature=1:9:2.5"], "2.5 values"),
        (["sweep", "{case}", "--axis", "solve.temperature=1:9:1e12"], "count from 1"),
        (["sweep", "{case}", "--axis", "solve.temp=1,2"], "temperature"),
        (["sweep", "{case}", "--axis", "solve.temperature=1 T"], "not a unit of temperature"),
        (["sweep", "{case}", "--axis", "solve.temperature=-1"], "0 K or more"),
        (["sweep", "{case}", "--axis", "solve.temperature=1", "--workers", "0"], "at least one"),
        (["sweep", "{case}", "--axis", "solve.temperature=1", "--store", "{data}"], "cannot make the folder"),
        (["sweep", "nowhere.toml", "--axis", "a=1"], "such file"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(capsys, case, data, arguments, hint) -> None:
    code, out, err = run(capsys, *(a.format(case=case, data=data) for a in arguments))
    assert code == 2 and out == ""
    assert err.startswith("onnes: ") and len(err.strip().splitlines()) == 1
    assert hint in err
