"""A run as TOML: units, files, overrides, and one line for every mistake."""

import json
import re
from pathlib import Path

import pytest

import onnes as on
from onnes.errors import InvalidInput, InvalidModel, UnreadableFile
from onnes.study import config
from onnes.study.store import digest
from onnes.units import K_B, PLANCK_THZ

GOOD = """
[model]
kind = "phonon-glue"
spectrum = {file = "debye.csv"}
mu_star = {value = 0.12, cutoff = "max"}

[solve]
kind = "eliashberg"
temperature = "2 K"

[probe]
kind = "tunneling"
bias = {from = "-5 meV", to = "5 meV", points = 101}
"""


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    on.model.debye(30.0, 0.9).write(tmp_path / "debye.csv")
    path = tmp_path / "run.toml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_a_run_is_read_resolved_solved_and_probed(toml: Path, monkeypatch) -> None:
    monkeypatch.chdir("/")
    run = config.read(toml).resolve()
    assert isinstance(run.model, on.model.PhononGlue)
    # written with enough digits to come back to 1e-6
    assert run.model.spectrum.lambda_ == pytest.approx(0.9, rel=1e-5)
    state = run.solve()
    direct = on.solve.eliashberg(run.model, 2.0)
    assert (state["gap_matsubara"] == direct["gap_matsubara"]).all()
    didv = run.probe(state)
    assert didv.sizes["bias"] == 101 and float(didv["bias"][0]) == -5.0


@pytest.mark.parametrize(
    "override, path, value",
    [
        ("solve.temperature=500 mK", "solve.temperature", 0.5),
        ("solve.temperature=4", "solve.temperature", 4.0),
        ("solve.temperature='1 meV'", "solve.temperature", 1 / K_B),
        ("model.mu_star.cutoff=8 THz", "model.mu_star.cutoff", 8 * PLANCK_THZ),
        ("model.mu_star.cutoff=max", "model.mu_star.cutoff", "max"),
        ("solve.cutoff=0.3 eV", "solve.cutoff", 300.0),
        ("probe.bias.points=7", "probe.bias.points", 7),
        ("solve.engine=dlr", "solve.engine", "dlr"),
    ],
)
def test_overrides_come_before_validation(toml: Path, override: str, path: str, value: object) -> None:
    found = config.read(toml, [override])
    for key in path.split("."):
        found = getattr(found, key)
    assert found == pytest.approx(value) if isinstance(value, float) else found == value


def test_overrides_reach_into_lists(toml: Path) -> None:
    peaks = "model.spectrum={peaks=[{frequency='20 meV', coupling=1.0}, {frequency=30, coupling=0.5}]}"
    run = config.read(toml, [peaks, "model.spectrum.peaks.1.coupling=0.25"]).resolve()
    assert run.model.spectrum.lambda_ == pytest.approx(1.25, rel=1e-12)


@pytest.mark.parametrize(
    "spectrum, coupling",
    [
        ("{peaks=[{frequency='20 meV', coupling=1.0, width='1 meV'}]}", 1.0),
        ("{moments={coupling=1.5, omega_log='20 meV', omega_2='25 meV'}}", 1.5),
    ],
)
def test_spectra_by_shape(toml: Path, spectrum: str, coupling: float) -> None:
    run = config.read(toml, [f"model.spectrum={spectrum}"]).resolve()
    assert run.model.spectrum.lambda_ == pytest.approx(coupling, rel=1e-9)


def test_other_kinds_of_model(tmp_path: Path) -> None:
    mode = "{peaks = [{frequency = 60, coupling = %s}]}"
    two = f"""
    [model]
    kind = "multiband-glue"
    spectra = [[{mode % 1.0}, {mode % 0.2}], [{mode % 0.2}, {mode % 0.4}]]
    mu_star = {{value = [[0.1, 0.0], [0.0, 0.1]], cutoff = "500 meV"}}
    dos_weights = [1.0, 1.0]
    [solve]
    kind = "critical-temperature"
    """
    (tmp_path / "two.toml").write_text(two, encoding="utf-8")
    run = config.read(tmp_path / "two.toml").resolve()
    assert run.model.n_bands == 2
    assert run.solve() == pytest.approx(on.solve.critical_temperature(run.model), rel=1e-12)
    weak = '[model]\nkind = "bcs"\ncritical_temperature = "1.2 K"\n[solve]\nkind = "bcs"\ntemperature = 0\n'
    (tmp_path / "weak.toml").write_text(weak, encoding="utf-8")
    state = config.read(tmp_path / "weak.toml").resolve().solve()
    # 2 Delta/kTc = 2 pi exp(-gamma) = 3.52775
    assert 2 * state["gap_amplitude"][0] / (K_B * 1.2) == pytest.approx(3.52775, abs=1e-5)


MISTAKES = [
    (
        "solve.temprature=2",
        "solve.temprature is not a key",
        "did you mean temperature? allowed: kind, temperature",
    ),
    ("solv.x=1", "solv is not a key", "did you mean solve? allowed: model, solve, probe"),
    ("solve.kind=eliasberg", "solve.kind = 'eliasberg' is not known", "did you mean eliashberg?"),
    ("solve={}", "solve does not say its kind", "one of critical-temperature, eliashberg, "),
    (
        "solve.temperature=2 apples",
        "solve.temperature: 'apples' is not a unit of temperature",
        "use one of K, mK",
    ),
    ("solve.temperature=warm", "solve.temperature: 'warm' is not a quantity", "write a number and a unit"),
    ("model.mu_star.cutoff=33 kg", "model.mu_star.cutoff: 'kg' is not a unit of energy", "use one of meV"),
    ("model.mu_star.value=x", "model.mu_star.value is not a number or a matrix", "write 0.12"),
    ("model.mu_star.value=[[0.1],[true]]", "model.mu_star.value is not a number or a matrix", "write 0.12"),
    ("model.mu_star=0.12", "model.mu_star = 0.12 is not possible", "dictionary"),
    ("model.spectrum={}", "model.spectrum is not a spectrum", "give one of file = ..., peaks = [...]"),
    ("model.spectrum.colum=1", "model.spectrum.colum is not a key", "did you mean column?"),
    ("model.spectrum.column=0", "model.spectrum.column = 0 is not possible", "greater than or equal to 1"),
    ("model.spectrum={peaks=[{frequency=1}]}", "model.spectrum.peaks[0].coupling is missing", "add it"),
    ("probe.bias={from=1, to=2}", "probe.bias.points is missing", "add it"),
    ("probe.kind=tuneling", "probe.kind = 'tuneling' is not known", "did you mean tunneling?"),
    (
        "solve={kind='bcs', temperature=1}",
        "solve.kind = 'bcs' does not take model.kind = 'phonon-glue'",
        "use one of critical-temperature, eliashberg",
    ),
    ("solve={kind='critical-temperature'}", "[probe] measures a state", "take [probe] out"),
]


@pytest.mark.parametrize("override, cause, remedy", MISTAKES, ids=[m[0] for m in MISTAKES])
def test_mistakes_are_told_in_one_line(toml: Path, override: str, cause: str, remedy: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        config.read(toml, [override])
    assert caught.value.cause.startswith(f"run.toml: {cause}")
    assert remedy in caught.value.remedy
    assert "\n" not in str(caught.value) and "pydantic" not in str(caught.value)


def test_several_mistakes_are_counted(toml: Path) -> None:
    with pytest.raises(InvalidInput, match=r"solve\.temperature.*\(and 1 more\)"):
        config.read(toml, ["solve.temperature=x", "solve.cutoff=y"])


@pytest.mark.parametrize(
    "override", ["", "=", "a", ".b=1", "model.mu_star.value.x=1", "model.mu_star.value.x.y=1"]
)
def test_overrides_that_set_nothing(toml: Path, override: str) -> None:
    with pytest.raises(InvalidInput, match="--set"):
        config.read(toml, [override])


def test_overrides_beyond_a_list(toml: Path) -> None:
    peaks = "model.spectrum={peaks=[{frequency=20, coupling=1.0}]}"
    for key in ("1", "x", "1.coupling"):
        with pytest.raises(InvalidInput, match="not an entry of the list; use 0 to 0"):
            config.read(toml, [peaks, f"model.spectrum.peaks.{key}=1"])


def test_files_that_are_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"absent\.toml: No such file"):
        config.read(tmp_path / "absent.toml")
    (tmp_path / "broken.toml").write_text("[model\nkind=", encoding="utf-8")
    with pytest.raises(UnreadableFile, match=r"it is not TOML.*line 1"):
        config.read(tmp_path / "broken.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnreadableFile, match="it is not text"):
        config.read(tmp_path / "binary.toml")


def test_what_only_physics_can_refuse_is_refused_by_the_model(toml: Path) -> None:
    with pytest.raises(InvalidModel, match=r"mu_star = -0.1"):
        config.read(toml, ["model.mu_star.value=-0.1"]).resolve()
    with pytest.raises(UnreadableFile, match=r"nowhere\.csv"):
        config.read(toml, ["model.spectrum.file=nowhere.csv"]).resolve()


def test_a_run_without_an_instrument_says_so(toml: Path) -> None:
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text[: text.index("[probe]")], encoding="utf-8")
    run = config.read(toml).resolve()
    with pytest.raises(InvalidInput, match="names no instrument"):
        run.probe(run.solve())


def test_hash_follows_contents_not_spelling(toml: Path, tmp_path: Path) -> None:
    """Units, a moved file and the order of keys change nothing; a number does."""

    def key(*overrides: str) -> str:
        return digest(config.read(toml, overrides).resolve().canonical())

    same = key()
    (tmp_path / "moved.csv").write_bytes((tmp_path / "debye.csv").read_bytes())
    assert key("model.spectrum.file=moved.csv") == same
    assert key("solve.temperature=2000 mK") == same
    assert key("probe.bias={points=101, to=5, from=-5}") == same
    others = {
        key("solve.temperature=2.1 K"),
        key("model.mu_star.value=0.13"),
        key("probe.bias.points=102"),
        key("solve.engine=dlr"),
    }
    assert len(others | {same}) == 5


def test_json_schema_knows_every_kind_and_forbids_the_rest() -> None:
    schema = config.json_schema()
    json.dumps(schema)
    consts = set(re.findall(r'"const": "([\w-]+)"', json.dumps(schema)))
    assert consts >= {
        "phonon-glue",
        "multiband-glue",
        "bcs",
        "critical-temperature",
        "eliashberg",
        "tunneling",
        "neutron",
        "photoemission",
        "rixs",
    }
    assert all(
        entry["additionalProperties"] is False
        for entry in schema["$defs"].values()
        if entry["type"] == "object"
    )
    temperature = schema["$defs"]["EliashbergEntry"]["properties"]["temperature"]
    assert temperature["type"] == ["number", "string"] and "in K" in temperature["description"]


def test_the_example_of_the_docstring_is_read(tmp_path: Path) -> None:
    text = config.__doc__.split("::\n")[1].split("\n\nFiles are")[0]
    (tmp_path / "doc.toml").write_text("\n".join(line[4:] for line in text.splitlines()), encoding="utf-8")
    assert config.read(tmp_path / "doc.toml").model.spectrum.column == 15
