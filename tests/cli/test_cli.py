"""The program as a person types it: numbers, JSON, exit codes, and one line for bad input."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import onnes as on
from onnes.cli import main


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    """Run a command in this process; return (exit code, standard output, standard error)."""
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return int(stop.value.code), out, err


@pytest.fixture(scope="module")
def spectrum_file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("tc") / "debye.csv"
    on.model.debye(30.0, 0.9).write(path)
    return path


@pytest.fixture(scope="module")
def state_file(tmp_path_factory) -> Path:
    glue = on.model.PhononGlue(on.model.debye(30.0, 0.9), on.model.MuStar(0.12))
    return on.save(on.solve.eliashberg(glue, 2.0), tmp_path_factory.mktemp("state") / "state.nc")


def test_tc_of_niobium(capsys, shared_data) -> None:
    """9.26 ± 0.02 K whatever the solver's own cutoff, and 2 Delta/kTc = 3.86 ± 0.01."""
    base = [
        "tc",
        shared_data / "a2f" / "Nb.a2F",
        "--column",
        15,
        "--mu-star",
        0.12,
        "--mu-star-cutoff",
        33.0853,
        "--json",
    ]
    for cutoff in ([], ["--cutoff", 331], ["--cutoff", 662], ["--cutoff", 7000]):
        code, out, _ = run(capsys, *base, *cutoff)
        record = json.loads(out)
        assert code == 0
        assert abs(record["tc_K"]["migdal_eliashberg"] - 9.26) < 0.02
        assert abs(record["gap_ratio"] - 3.86) < 0.01
    assert set(record["tc_K"]) == {"migdal_eliashberg", "mcmillan", "allen_dynes", "allen_dynes_ml"}


def test_tc_without_a_cutoff_prints_the_one_it_takes(capsys, shared_data) -> None:
    code, out, _ = run(capsys, "tc", shared_data / "a2f" / "Nb.a2F", "--column", 15, "--mu-star", 0.12)
    assert code == 0
    assert "the highest phonon frequency" in out and "28.08" in out
    tc = float(next(line for line in out.splitlines() if line.startswith("Tc")).split()[1])
    assert 9.13 <= round(tc, 2) <= 9.14


def test_tc_of_zirconium_nitride_reproduces_the_footer(capsys, shared_data) -> None:
    for name in ("ZrN.a2f", "ZrN.a2f_iso"):
        code, out, _ = run(capsys, "tc", shared_data / "a2f" / name, "--json", "--mu-star", 0.1)
        record = json.loads(out)
        assert code == 0 and record["warnings"] == []
        assert abs(record["lambda"] / 0.4359 - 1) < 2e-3
        assert abs(record["lambda"] / 0.4353879 - 1) < 1e-3


def test_every_tc_has_its_name(capsys, spectrum_file) -> None:
    code, out, err = run(capsys, "tc", spectrum_file)
    assert code == 0 and err == ""
    for name in (
        "Migdal-Eliashberg: the Tc",
        "McMillan",
        "Allen-Dynes formula",
        "machine-learned",
        "2 Delta/kTc",
    ):
        assert name in out


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["tc", "nowhere.a2F"], "no such file"),
        (["tc", "{spectrum}", "--mu-star", "-0.1"], "non-negative"),
        (["tc", "{spectrum}", "--column", "9"], "column"),
        (["tc", "{spectrum}", "--cutoff", "1"], "twice the highest phonon"),
        (["tc", "{spectrum}", "--colum", "1"], "--help"),
        (["tc"], "--help"),
        (["run", "niobum"], "choose one of"),
        (["run", "nowhere.toml"], "such file"),
        (["run", "bcs", "--quality", "sloppy"], "--help"),
        (["material", "Unobtainium"], "Nb"),
        (["show", "nowhere.nc"], "no such file"),
        (["show", "{spectrum}"], "NetCDF4"),
        (["plot", "{state}", "--output", "picture.txt"], ".png"),
        (["probe", "{state}", "microscope"], "use tunneling"),
        (["atlas", "--only", "nothing"], "choose one of"),
        (["no-such-command"], "--help"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(capsys, spectrum_file, state_file, arguments, hint) -> None:
    filled = [a.format(spectrum=spectrum_file, state=state_file) for a in arguments]
    code, out, err = run(capsys, *filled)
    assert code == 2
    assert out == ""
    assert len(err.strip().splitlines()) == 1 and err.startswith("onnes: ")
    assert hint in err


def test_list_as_json(capsys) -> None:
    code, out, _ = run(capsys, "list", "--json")
    cases = json.loads(out)
    assert code == 0
    assert {"bcs", "elements", "mgb2", "h3s", "metallic-hydrogen", "exciton-pairing", "bipolaron"} <= {
        c["name"] for c in cases
    }
    assert all(set(c) == {"name", "row", "title", "engines", "quick_seconds"} for c in cases)


def test_run_as_json_prints_nothing_else(capsys) -> None:
    code, out, _ = run(capsys, "run", "bcs", "--json")
    record = json.loads(out)
    assert code == 0
    assert {"case", "claims", "checks", "seconds", "versions"} <= set(record)
    keys = {
        "name",
        "computed",
        "error",
        "published",
        "published_error",
        "unit",
        "kind",
        "source",
        "holds",
        "note",
    }
    assert record["claims"] and all(set(claim) == keys for claim in record["claims"])
    assert all(claim["kind"] in ("predicted", "fitted", "phenomenological") for claim in record["claims"])


def test_a_failed_check_is_exit_code_3(capsys, monkeypatch) -> None:
    from onnes.cases import registry
    from onnes.state import Check
    from onnes.study.case import Case, CaseResult

    broken = Case(
        "broken",
        0,
        "fails its check",
        (),
        0.1,
        lambda quality: CaseResult((), (Check("sum rule", 2.0, 1.0),)),
    )
    monkeypatch.setattr(registry, "CASES", (broken,))
    code, out, _ = run(capsys, "run", "broken", "--json")
    assert code == 3 and json.loads(out)["checks"][0]["passed"] is False


def test_probe_show_and_plot_a_stored_state(capsys, state_file) -> None:
    code, out, _ = run(capsys, "probe", state_file, "tunneling", "--bias", -8, 8, 81)
    measured = Path(out.split("written: ")[1].strip())
    assert code == 0 and measured.is_file()
    code, out, _ = run(capsys, "show", measured, "--json")
    fields = {f["name"]: f for f in json.loads(out)["fields"]}
    assert fields["conductance"]["shape"] == [81] and fields["bias"]["unit"] == "meV"
    # A gap at 2 K: conductance below one half inside, above one at the coherence peak.
    assert fields["conductance"]["min"] < 0.5 and fields["conductance"]["max"] > 1.2
    for file in (state_file, measured):
        code, out, _ = run(capsys, "plot", file)
        picture = Path(out.split("written: ")[1].strip())
        assert code == 0 and picture.read_bytes()[:4] == b"\x89PNG"
    code, out, _ = run(capsys, "show", state_file, "--json")
    record = json.loads(out)
    assert record["report"]["outcome"] == "CONVERGED" and record["schema"] == 1


def test_doctor_and_material(capsys) -> None:
    code, out, _ = run(capsys, "doctor", "--json")
    assert code == 0 and json.loads(out)["self-test"] == "passed"
    code, out, _ = run(capsys, "material", "Nb")
    assert code == 0 and "9.2" in out and "Tc" in out


def test_installed_program() -> None:
    """The console script, in a process of its own."""
    program = Path(sys.executable).with_name("onnes")
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith(on.__version__)
