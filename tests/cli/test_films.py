"""Films as a person types them: runs, pictures, and one line for every geometry that cannot be."""

from pathlib import Path

import numpy as np
import pytest

from onnes import model, solve
from onnes.cli import main, pictures
from onnes.errors import InvalidInput
from onnes.state import load, read_dataset
from onnes.study import config, entries

RUN = """
[model]
kind = "film"
shape = {rectangle = ["12 xi", "60 nm"], holes = [{disk = "1.2 xi", centre = ["-3 xi", 0]}]}
thickness = "10 nm"
material = {coherence_length = "10 nm", penetration_depth = "200 nm", resistivity = 20, inelastic = 2}
terminals = {source = "left", drain = [[60, -30], [60, 30]]}

[solve]
kind = "tdgl"
until = "10 tau0"
field = {from = 0, to = "200 mT", during = "5 tau0"}
current = {source = "0.1 Idep", drain = "-0.1 Idep"}
spacing = "0.5 xi"
frames = "frames.h5"
frame_every = "2 tau0"

[probe]
kind = "vortices"
"""


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return int(stop.value.code), out, err


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    path = tmp_path / "film.toml"
    path.write_text(RUN, encoding="utf-8")
    return path


def test_run_then_plot_then_move(toml, capsys):
    code, out, err = run(capsys, "run", toml)
    assert (code, err) == (0, "") and out.count("written:") == 2
    state = load(toml.with_suffix(".nc"))
    tau = state.model.film.material.time
    assert state["time"][0] == pytest.approx(10 * tau) and state.model.fields[0].schedule.at(1e9) == 0.2
    width = state.model.currents[0].at(0) / state.model.film.material.depairing_current_density
    assert width == pytest.approx(0.1 * 60.0 * 10.0 * 1e-12)
    assert read_dataset(toml.with_name("film.vortices.nc")).sizes["hole"] == 1
    assert run(capsys, "plot", toml.with_suffix(".nc"))[0] == 0
    frames = toml.with_name("frames.h5")
    code, out, _ = run(
        capsys, "plot", frames, "--every", 3, "--run", toml.with_suffix(".nc"), "-o", toml.with_name("a.html")
    )
    assert code == 0 and out.startswith("2 frames, about ") and toml.with_name("a.html").is_file()
    assert run(capsys, "plot", frames, "--at", "1 ps", "-o", toml.with_name("b.png"))[0] == 0
    assert run(capsys, "plot", frames, "-o", toml.with_name("frames.png"))[0] == 0


@pytest.mark.parametrize("at", ["12.5", "12.5 ps", "0.0125 ns", "time=12.5", "time=12.5 ps"])
def test_a_time_may_be_written(at):
    assert pictures._time((at,)) == pytest.approx(12.5)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--at", "99"), "there is no frame at 99 ps"),
        (("--at", "x=1"), "give one time"),
        (("--at", "soon"), "'soon' is not a quantity"),
        (("--only", "film_x"), "take it out"),
        (("-o", "movie.gif"), "end its name in one of"),
    ],
)
def test_frames_that_are_not_there(more, words, toml, capsys):
    frames = toml.with_name("f.h5")
    film = model.Film(model.rectangle(30, 30), 5.0, model.GinzburgLandau(10.0, 100.0, resistivity=9.0))
    solve.tdgl(film, until=0.1, recording=solve.Recording(frames=frames, frame_every=0.1))
    code, _, err = run(capsys, "plot", frames, *more)
    assert code == 2 and err.count("\n") == 1 and words in err
    (toml.with_name("x.nc")).write_text("x")
    assert "--every or --run" in run(capsys, "plot", toml.with_name("x.nc"), "--every", 2)[2]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (
            'model.shape.holes=[{disk="20 nm"},{disk="20 nm",centre=[15,0]}]',
            ("share the point (7.5,", "apart"),
        ),
        ('model.shape.holes=[{disk="20 nm",centre=[100,0]}]', ("the point (100,", "inside the outline")),
        ('model.shape.holes=[{ring=["20 nm","10 nm"]}]', ("a hole that has a hole",)),
        (
            'model.terminals={source=[[0,0],[0,10]],drain="right"}',
            ("'source'", "point (0, 0) nm off the edge"),
        ),
        (
            'model.shape={rectangle=["120 nm","60 nm"],cut=[{rectangle=["60 nm","56 nm"]}]}',
            ("narrower than two cells", "at ("),
        ),
        (
            'model.shape={rectangle=["120 nm","60 nm"],cut=[{rectangle=["4 nm","70 nm"]}]}',
            ("2 separate pieces",),
        ),
        ("model.shape={disk=3,rectangle=[1,2]}", ("model.shape has rectangle and disk", "give one of")),
        ("model.shape.polygon=[[0,0],[1,1]]", ("has rectangle and polygon",)),
        ('model.thickness="10 ps"', ("model.thickness: 'ps' is not a unit", "or xi")),
        ("model.strength={array=[1,2],random=2,radius=1,value=0}", ("model.strength", "give one of spots")),
        ('solve.current={source="1 uA"}', ("zero in sum",)),
        ('solve.current={sink="1 uA"}', ("a current into 'sink'",)),
        ("solve.frame_every=0", ("frame_every = 0",)),
        ('solve.until="10 tau"', ("solve.until: 'tau' is not a unit", "or tau0")),
    ],
)
def test_what_cannot_be_is_told_in_one_line(entry, words, toml, capsys):
    code, _, err = run(capsys, "run", toml, "--set", entry)
    assert code == 2 and err.startswith("onnes: ") and err.count("\n") == 1
    assert all(word in err for word in words), err


def test_frames_need_their_interval(toml, capsys):
    toml.write_text(RUN.replace('frame_every = "2 tau0"', ""))
    assert "frame_every alone" in run(capsys, "run", toml)[2]


MODEL = {
    "kind": "film",
    "shape": {"rectangle": ["6 xi", "4 xi"]},
    "thickness": 10,
    "material": {"coherence_length": 10, "penetration_depth": 200, "resistivity": 20, "inelastic": 2},
    "terminals": {"source": "left", "drain": "right"},
}
SHORT = {"spacing": "0.5 xi", "seed": 1}
QUICK = {"settle": "4 tau0", "hold": "8 tau0", "sample": "1 tau0"}


@pytest.mark.parametrize(
    ("entry", "series"),
    [
        (
            {"kind": "current-voltage", "currents": {"values": ["0.1 Idep", "2 Idep"]}, **QUICK},
            "sweep_voltage",
        ),
        (
            {
                "kind": "critical-current",
                "fields": {"from": 0, "to": "0.1 Bc2", "points": 2},
                "resolution": 0.4,
                "highest": "3 Idep",
                "criterion": "0.5 V0",
                **QUICK,
            },
            "sweep_critical_current",
        ),
        (
            {
                "kind": "magnetisation-loop",
                "fields": {"values": [0, "0.2 Bc2"]},
                "cycle": True,
                "ramp": 1,
                "hold": 1,
            },
            "history_moment",
        ),
        (
            {"kind": "field-cooled", "field": "0.2 Bc2", "cooling": "5 tau0", "stages": 2, "hold": "2 tau0"},
            None,
        ),
        ({"kind": "zero-field-cooled", "field": "0.2 Bc2", "ramp": "2 tau0", "hold": "2 tau0"}, None),
        ({"kind": "london", "field": "1 mT"}, None),
    ],
    ids=lambda e: e["kind"] if isinstance(e, dict) else "",
)
def test_every_solver_of_films_runs(entry, series):
    more = {"spacing": "0.5 xi"} if entry["kind"] == "london" else SHORT
    given = config.validate({"model": MODEL, "solve": entry | more})
    state = given.resolve().solve()
    assert entries.run_of(entries.plain(given)).canonical() == given.resolve().canonical()
    if series:
        assert np.isfinite(state[series]).all() and len(state[series]) >= 2
    assert state.model.film.shape.area == pytest.approx(60 * 40)


def test_experiment_of_a_configuration_is_that_of_the_function():
    entry = {
        "kind": "magnetisation-loop",
        "fields": {"values": [0, "0.2 Bc2"]},
        "cycle": True,
        "ramp": 2,
        "hold": 2,
    }
    run_ = config.validate({"model": MODEL, "solve": entry}).resolve()
    b = 0.2 * run_.model.material.upper_critical_field
    direct = solve.magnetisation_loop(run_.model, [0, b, 0, -b, -0.0, b], ramp=2.0, hold=2.0)
    np.testing.assert_array_equal(run_.solve()["history_moment"], direct["history_moment"])


def test_patterns_and_shapes():
    spots = {"radius": "1 xi", "value": -1}
    shape = {
        "ellipse": ["6 xi", "4 xi"],
        "angle": 90,
        "joined": [{"rectangle": ["4 xi", "4 xi"]}],
        "antidots": {"radius": 4, "columns": 2, "rows": 2},
    }
    changed = {
        "terminals": {},
        "shape": shape,
        "strength": {"random": 3, "seed": 2, **spots},
        "diffusion": {"mean": 1, "deviation": 0.1, "correlation_length": "2 xi", "seed": 4},
    }
    film = config.validate({"model": MODEL | changed, "solve": {"kind": "energy"}}).resolve().model
    x0, y0, x1, y1 = film.shape.bounds
    assert (x1 - x0, y1 - y0) == pytest.approx((80, 120), rel=1e-3) and len(film.shape.holes) == 4
    assert len(film.strength.centres) == 3 and film.strength.edge == 5.0 and film.diffusion.seed == 4
    for outline, area in (({"ring": [40, 20]}, np.pi * 1200), ({"polygon": [[0, 0], [9, 0], [0, 9]]}, 40.5)):
        given = {"model": MODEL | {"shape": outline, "terminals": {}}, "solve": {"kind": "energy"}}
        assert config.validate(given).resolve().model.shape.area == pytest.approx(area)


def test_current_in_depairing_currents_needs_contacts():
    given = {
        "model": MODEL | {"terminals": {}},
        "solve": {"kind": "tdgl", "until": 1, "current": {"a": "1 Idep"}},
    }
    with pytest.raises(InvalidInput, match="without terminals"):
        config.validate(given).resolve().solve()
