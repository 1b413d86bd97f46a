"""The JSON page is exact: every documented key is printed with its type, and every printed key is documented."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import onnes as on
from onnes.cli import main

PAGE = Path(__file__).resolve().parents[1] / "docs" / "json.md"
TYPES = {"string": str, "number": (int, float), "integer": int, "boolean": bool, "null": type(None)}
# Keys that a given output need not contain: lists that may be empty.
MAY_BE_ABSENT = {
    "warnings[]",
    "written[]",
    "report.warnings[]",
    "report.checks[].name",
    "report",
    "flags[]",
    "failures[].point[].name",
    "failures[].point[].value",
    "failures[].cause",
}


def documented(command: str) -> dict[str, tuple[str, ...]]:
    """Return key path -> allowed types of one command's table."""
    section = PAGE.read_text(encoding="utf-8").split(f"## `{command}`\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", section, re.MULTILINE)
    return {key: tuple(re.split(r", | or ", kind.strip())) for key, kind in rows}


def leaves(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """Return (key path, value) of every leaf; empty lists have none."""
    if isinstance(value, dict):
        return [leaf for k, v in value.items() for leaf in leaves(v, f"{path}.{k}" if path else k)]
    if isinstance(value, list):
        return [leaf for v in value for leaf in leaves(v, f"{path}[]")]
    return [(path, value)]


def fits(value: Any, kinds: tuple[str, ...]) -> bool:
    if isinstance(value, bool):
        return "boolean" in kinds
    return any(isinstance(value, TYPES[kind]) for kind in kinds)


def check(command: str, document: Any) -> None:
    table = documented(command)
    assert table, f"no table for {command}"
    seen = set()
    for path, value in leaves(document):
        wild = re.sub(r"[^.]+$", "*", path)
        key = path if path in table else wild
        assert key in table, f"{command} prints {path!r}, which docs/json.md does not list"
        assert fits(value, table[key]), f"{path} = {value!r} is not {' or '.join(table[key])}"
        seen.add(key)
    assert set(table) - seen <= MAY_BE_ABSENT, "documented, but not printed"


def printed(capsys: pytest.CaptureFixture, *arguments: str) -> Any:
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    assert stop.value.code == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture(scope="module")
def glue() -> on.model.PhononGlue:
    return on.model.PhononGlue(on.model.lorentz(10.0, 1.0, 2.0), on.model.MuStar(0.1))


def test_list(capsys) -> None:
    check("onnes list --json", printed(capsys, "list", "--json"))


def test_run(capsys) -> None:
    check("onnes run NAME --json", printed(capsys, "run", "bipolaron", "--json"))


def test_run_of_a_file(capsys, tmp_path) -> None:
    guide = (PAGE.parent / "guide" / "run-files.md").read_text(encoding="utf-8")
    text = re.search(r"^```toml\n(.*?)^```", guide, re.MULTILINE | re.DOTALL).group(1)
    file = tmp_path / "lead.toml"
    file.write_text(text, encoding="utf-8")
    record = printed(capsys, "run", str(file), "--json")
    check("onnes run FILE.toml --json", record)
    assert [Path(name).name for name in record["written"]] == ["lead.nc", "lead.tunneling.nc"]
    assert on.load(record["written"][0])["temperature"][0] == 1.0
    warmer = tmp_path / "lead-4K.nc"
    printed(capsys, "run", str(file), "--set", "solve.temperature=4 K", "--output", str(warmer), "--json")
    assert on.load(warmer)["temperature"][0] == 4.0
    file.write_text(text.split("[solve]")[0] + '[solve]\nkind = "critical-temperature"\n', encoding="utf-8")
    record = printed(capsys, "run", str(file), "--json")
    check("onnes run FILE.toml --json", record)
    assert record["critical_temperature_K"] == pytest.approx(7.2, abs=0.5)


def test_tc(capsys, tmp_path, glue) -> None:
    file = tmp_path / "a2f.csv"
    glue.spectrum.write(file)
    record = printed(capsys, "tc", str(file), "--mu-star", "0.1", "--json")
    check("onnes tc FILE --json", record)
    # The file keeps the spectrum, so that both ways agree to the digits it is written with.
    assert record["tc_K"]["migdal_eliashberg"] == pytest.approx(on.solve.critical_temperature(glue), rel=1e-3)
    bare = printed(capsys, "tc", str(file), "--mu-star", "0.1", "--no-gap", "--json")
    assert bare["gap_edge_meV"] is None and bare["gap_ratio"] is None


def test_show(capsys, tmp_path, glue) -> None:
    state = on.solve.eliashberg(glue, 2.0)
    record = printed(capsys, "show", str(on.save(state, tmp_path / "state.nc")), "--json")
    check("onnes show FILE --json", record)
    assert {f["name"] for f in record["fields"]} == set(state.fields)


def test_show_of_a_measurement_has_no_report(capsys, tmp_path, glue) -> None:
    measured = on.probe.tunneling(on.solve.eliashberg(glue, 2.0), (-5.0, 5.0, 11))
    path = on.state.write_dataset(measured, tmp_path / "didv.nc")
    assert printed(capsys, "show", str(path), "--json")["report"] is None


JUNCTION = """
[model]
kind = "bcs"
critical_temperature = 7.0

[solve]
kind = "bcs"
temperature = 2.0

[probe]
kind = "tunneling"
bias = {from = -3, to = 3, points = 25}
broadening = 0.1
"""


def test_fit(capsys, tmp_path) -> None:
    run, data = tmp_path / "junction.toml", tmp_path / "measured.csv"
    run.write_text(JUNCTION, encoding="utf-8")
    state = on.solve.bcs(on.model.BCS(7.2), 2.0)
    curve = on.probe.tunneling(state, (-3.0, 3.0, 25), broadening=0.1)["conductance"]
    rows = [f"{x:.3f}, {y:.6f}, 0.01" for x, y in zip(curve["bias"].values, curve.values, strict=True)]
    data.write_text("\n".join(["bias (mV), conductance, error", *rows]), encoding="utf-8")
    given = ["fit", str(run), str(data), "--vary", "model.critical_temperature=7:5:9"]
    record = printed(capsys, *given, "--json")
    check("onnes fit FILE.toml DATA.csv --json", record)
    assert record["parameters"][0]["value"] == pytest.approx(7.2, abs=1e-4)
    # Without noise chi2 is far too small, and that is told.
    assert record["flags"] and record["converged"]
    # An infinite bound is null.
    free = printed(capsys, *given[:-1], "model.critical_temperature=7", "--json")
    check("onnes fit FILE.toml DATA.csv --json", free)
    assert free["parameters"][0]["bounds"] == {"low": None, "high": None}


def test_sweep(capsys, tmp_path) -> None:
    run = tmp_path / "junction.toml"
    run.write_text(JUNCTION, encoding="utf-8")
    given = ["sweep", str(run), "--axis", "solve.temperature=1:5:3", "--axis", "model.symmetry=s,d", "--json"]
    record = printed(capsys, *given)
    check("onnes sweep FILE.toml --json", record)
    assert record["points"] == {"total": 6, "found": 0, "computed": 6}
    assert on.state.read_dataset(record["written"])["conductance"].shape == (3, 2, 25)
    assert printed(capsys, *given)["points"] == {"total": 6, "found": 6, "computed": 0}
    failing = printed(capsys, *given[:2], "--axis", "solve.temperature=-1,1", "--json")
    check("onnes sweep FILE.toml --json", failing)
    assert failing["failures"][0]["point"] == [{"name": "solve.temperature", "value": -1.0}]


def test_bad_input_exits_with_2_and_one_line(capsys) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["tc", "no-such-file.dat", "--json"])
    captured = capsys.readouterr()
    assert stop.value.code == 2
    assert captured.out == "" and len(captured.err.strip().splitlines()) == 1


def test_exit_codes_of_the_page_are_those_of_the_program() -> None:
    from onnes.cli import cases
    from onnes.cli.main import BAD_INPUT

    section = PAGE.read_text(encoding="utf-8").split("## Exit codes", 1)[1].split("\n## ", 1)[0]
    assert re.findall(r"^\| (\d) \|", section, re.MULTILINE) == ["0", str(BAD_INPUT), str(cases.CHECK_FAILED)]
