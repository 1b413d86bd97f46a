"""Correlated electrons as a person types them: run, show, plot, sweep, and one line for every mistake."""

from pathlib import Path

import numpy as np
import pytest

from onnes.cli import main
from onnes.state import load, read_dataset
from onnes.units import K_B

RUN = """
[model]
kind = "hubbard"
cluster = {kind = "square", shape = [4, 4], t = "350 meV", t_prime = "-70 meV"}
U = "0.7 eV"
chemical_potential = "-0.2 eV"

[solve]
kind = "dqmc"
temperature = "2031 K"
slices = 16
sampling = {warm = 20, blocks = 16, sweeps = 15, pairs = true, unequal = 5}
chains = 2
seed = 2
"""
SMALL = """
[model]
kind = "hubbard"
cluster = {kind = "ring", sites = 4, t = "350 meV"}
U = "1.4 eV"
"""
SOLVERS = {
    "exact-diagonalisation": "particles = [2, 2]",
    "exact-momenta": "particles = [2, 1]",
    "exact-thermodynamics": 'temperatures = {from = "500 K", to = "3000 K", points = 6}',
}


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return int(stop.value.code), out, err


def written(folder: Path, text: str) -> Path:
    path = folder / "run.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_monte_carlo_is_run_shown_and_drawn(tmp_path, capsys):
    toml = written(tmp_path, RUN)
    code, out, err = run(capsys, "run", toml)
    assert (code, err) == (0, "") and out.startswith("converged") and "written:" in out
    state = load(toml.with_suffix(".nc"))
    assert state.method == "dqmc" and state.model.cluster.sites == 16 and (state.model.U == 700.0).all()
    assert abs(float(state["temperature"][0]) - 2031) < 1e-9 and int(state["time_slices"]) == 16
    code, out, _ = run(capsys, "show", toml.with_suffix(".nc"))
    assert code == 0 and "electrons_per_site" in out and "average_sign" in out
    picture = toml.with_suffix(".png")
    assert run(capsys, "plot", toml.with_suffix(".nc")) == (0, f"written: {picture}\n", "")
    assert picture.stat().st_size > 50_000
    again = tmp_path / "again.png"
    run(capsys, "plot", toml.with_suffix(".nc"), "-o", again)
    assert again.read_bytes() == picture.read_bytes()
    only = ("--only", "spin_structure_factor", "-o", tmp_path / "one.svg")
    assert run(capsys, "plot", toml.with_suffix(".nc"), *only)[0] == 0


def test_what_is_drawn_is_what_was_sampled(tmp_path, capsys):
    """The panels hold the means and standard errors of the state, in the order of the path."""
    from onnes.study import correlated_figures

    toml = written(tmp_path, RUN)
    assert run(capsys, "run", toml)[0] == 0
    state = load(toml.with_suffix(".nc"))
    title, panels = correlated_figures.of_state(state)
    titles = [panel.figure.title for panel in panels]
    assert (
        titles[0] == "Equal-time structure factor of spins per cell" and len(set(titles)) == len(titles) == 7
    )
    corner = int(np.flatnonzero((state["wavevector"] == 0.5).all(axis=1))[0])
    drawn = panels[0].figure.curves[0]
    place = dict((name, x) for x, name in panels[0].ticks)["M"]
    at = int(np.argmin(np.abs(drawn.x - place)))
    assert drawn.y[at] == state["spin_structure_factor"][corner]
    assert drawn.error[at] == state["spin_structure_factor_error"][corner] > 0
    assert title.startswith("dqmc of Hubbard: ⟨n⟩ = 0.") and "⟨s⟩ = " in title


@pytest.mark.parametrize("kind", SOLVERS)
def test_exact_solvers_run_and_are_drawn(kind, tmp_path, capsys):
    toml = written(tmp_path, f'{SMALL}\n[solve]\nkind = "{kind}"\n{SOLVERS[kind]}\n')
    assert run(capsys, "run", toml)[0] == 0
    assert run(capsys, "plot", toml.with_suffix(".nc"))[::2] == (0, "")
    assert toml.with_suffix(".png").stat().st_size > 10_000


def test_trial_states_and_mean_field(tmp_path, capsys):
    toml = written(
        tmp_path,
        """
[model]
kind = "tj"
cluster = {kind = "square", shape = [4, 4], t = "350 meV", antiperiodic = [false, true]}
J = "120 meV"

[solve]
kind = "variational"
particles = [7, 7]
trial = {d_wave = 0.5, chemical_potential = -0.4}
sweeps = 200
warmup = 50
chains = 2
""",
    )
    assert run(capsys, "run", toml)[0] == 0 and run(capsys, "plot", toml.with_suffix(".nc"))[0] == 0
    toml = written(
        tmp_path,
        """
[model]
kind = "square-tj"
t = "350 meV"
J = "120 meV"

[solve]
kind = "renormalised-mean-field"
doping = 0.15
temperature = "20 K"
mesh = 40
""",
    )
    assert run(capsys, "run", toml)[0] == 0 and run(capsys, "plot", toml.with_suffix(".nc"))[0] == 0
    code, out, _ = run(
        capsys,
        "run",
        toml,
        "--set",
        'solve={kind = "phase-ordering-temperature", doping = 0.15, mesh = 40}',
    )
    assert code == 0 and out.startswith("Tc = ")


def test_a_sweep_of_the_chemical_potential_is_drawn(tmp_path, capsys):
    """More electrons at a higher chemical potential, each with its error; a second sweep finds all."""
    sampling = "sampling = {warm = 20, blocks = 40, sweeps = 20}"
    solver = f'[solve]\nkind = "dqmc"\ntemperature = "2031 K"\nslices = 20\n{sampling}'
    toml = written(tmp_path, f"{SMALL}\n{solver}\n")
    axis = ("--axis", "model.chemical_potential=-600:0:3")
    code, out, err = run(capsys, "sweep", toml, *axis)
    assert (code, err) == (0, "") and out.startswith("3 of 3 points computed, 0 found")
    assert run(capsys, "sweep", toml, *axis)[1].startswith("0 of 3 points computed, 3 found")
    found = read_dataset(toml.with_suffix(".sweep.nc"))
    density, error = (found[f"electrons_per_site{end}"].values for end in ("", "_error"))
    assert (np.diff(density) > 3 * np.hypot(error[1:], error[:-1])).all()
    assert run(capsys, "plot", toml.with_suffix(".sweep.nc"))[::2] == (0, "")
    assert toml.with_suffix(".sweep.png").stat().st_size > 20_000


def test_a_sweep_of_the_temperature_is_that_of_all_temperatures(tmp_path, capsys):
    toml = written(tmp_path, f'{SMALL}\n[solve]\nkind = "exact-thermodynamics"\ntemperature = "500 K"\n')
    assert run(capsys, "sweep", toml, "--axis", "solve.temperature=500:3000:6")[0] == 0
    swept = read_dataset(toml.with_suffix(".sweep.nc"))
    assert run(capsys, "plot", toml.with_suffix(".sweep.nc"))[0] == 0
    toml = written(
        tmp_path, f'{SMALL}\n[solve]\nkind = "exact-thermodynamics"\n{SOLVERS["exact-thermodynamics"]}\n'
    )
    assert run(capsys, "run", toml)[0] == 0
    state = load(toml.with_suffix(".nc"))
    np.testing.assert_allclose(swept["cluster_energy"].values.ravel(), state["cluster_energy"], rtol=1e-12)


HALF_STEP = f'solve={{kind="dqmc", temperature=2031, step={1 / (K_B * 2031 * 16.5):.9g}}}'
"""A beta that is sixteen and a half steps."""
MEAN_FIELD = 'solve={kind="renormalised-mean-field", doping=0.1, temperature=1}'
GROUND = 'solve={kind="exact-diagonalisation", particles='
LINES = 'probe={kind="electron-spectrum", energy={from=0, to=1, points=9}, broadening=1}'
SPINS = 'probe={kind="spin-structure-factor", energy_transfer={from=0, to=1, points=9}, criterion="best"}'


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ('model.cluster.kind="kagome"', ("model.cluster.kind = 'kagome' is not known", "square, ring")),
        ("model.cluster.shape=[4,4,4]", ("model.cluster.shape",)),
        ("model.cluster.shape=[4.5,4]", ("model.cluster.shape[0] = 4.5 is not possible",)),
        ("model.cluster.flux=1.5", ("model.cluster.flux = 1.5",)),
        ("model.cluster.twist=[1]", ("twist", "2 finite phases")),
        ("model.cluster.t=350 mT", ("model.cluster.t: 'mT' is not a unit of energy",)),
        ("model.U=[1,2]", ("model.U has 2 numbers", "16")),
        ("model.V=10 meV", ("V or J",)),
        ("model.t=1", ("model.t is not a key", "allowed: kind, cluster, U")),
        (HALF_STEP, ("is 16.5 steps of", "or the number of slices")),
        ("solve.step=0.001", ("solve needs either slices or step",)),
        ("solve.slices=0", ("solve.slices = 0 is not possible",)),
        ("solve.temperature=0", ("a temperature of 0.0 K", "positive")),
        ("solve.chains=0", ("solve.chains = 0",)),
        ("solve.sampling.sweep=3", ("solve.sampling.sweep is not a key", "did you mean sweeps?")),
        ("solve.sampling.tolerance=2", ("solve.sampling.tolerance = 2",)),
        (GROUND + "[2]}", ("solve.particles[1] is missing",)),
        (GROUND + "[17,0]}", ("17",)),
        (GROUND + "[8,8], memory=0.1}", ("GB, above the limit of 0.10 GB",)),
        (MEAN_FIELD, ("does not take model.kind = 'hubbard'", "use one of exact-diagonalisation")),
        (LINES, ("measures no state of 'dqmc'",)),
        (SPINS, ("probe.criterion = 'best'",)),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_in_one_line(entry, words, tmp_path, capsys):
    toml = written(tmp_path, RUN)
    code, out, err = run(capsys, "run", toml, "--set", entry)
    assert code == 2 and err.startswith("onnes: ") and err.count("\n") == 1 and out == ""
    assert all(word in err for word in words), err
    assert not list(tmp_path.glob("*.nc"))


def test_a_checkpoint_that_cannot_be_written(tmp_path, capsys):
    toml = written(tmp_path, RUN)
    code, _, err = run(capsys, "run", toml, "--set", "solve.checkpoint=run.toml")
    assert code == 2 and "solve.checkpoint: cannot make the folder" in err
