"""Experiments in one call: Ohm's law above the critical current, no voltage below, loops, cooling, and going on."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from onnes import model, probe
from onnes.errors import InvalidInput, InvalidModel, NotConverged, UnreadableFile
from onnes.solve import (
    Course,
    Leads,
    Stepping,
    critical_current,
    current_voltage,
    field_cooled,
    magnetisation_loop,
    zero_field_cooled,
)

XI = 10.0
MATERIAL = model.GinzburgLandau(XI, 200.0, resistivity=20.0, inelastic=2.0)
TAU, BC2 = MATERIAL.time, MATERIAL.upper_critical_field
WIDE = Stepping(largest=4 * TAU)


def plate(length=10.0, width=6.0, **given):
    return model.Film(model.rectangle(length * XI, width * XI), 10.0, MATERIAL, **given)


def strip(length, width):
    shape = model.rectangle(length * XI, width * XI)
    ends = model.side(shape, "left", "source"), model.side(shape, "right", "drain")
    return model.Film(shape, 10.0, MATERIAL, terminals=ends)


def depairing(width):
    """Return the depairing current of a strip of ``width`` xi, uA: 2 J_0/(3 sqrt 3) times width and 10 nm."""
    return 2 / (3 * np.sqrt(3)) * MATERIAL.current_density * width * XI * 10.0 * 1e-12


# --- voltage against current -----------------------------------------------------------------


@pytest.fixture(scope="module")
def curve():
    """A strip of 16 x 2 xi at 0.5, 0.9 and 1.3 of its depairing current and back."""
    return current_voltage(
        strip(16, 2),
        np.array([0.5, 0.9, 1.3]) * depairing(2),
        leads=Leads(taps=((-20.0, 0.0), (20.0, 0.0))),
        settle=60 * TAU,
        hold=120 * TAU,
        course=Course(spacing=5.0, stepping=WIDE),
    )


def test_ohms_law_above_the_critical_current(curve):
    """rho I l/(w d) between taps 40 nm apart: 20 uOhm cm, 20 nm, 10 nm."""
    ohm = 20e-8 * 40e-9 / (20e-9 * 10e-9)
    top = curve["sweep_current"] > 1.2 * depairing(2)
    volts = curve["sweep_voltage"][top] * 1e-3
    # the potential is exact, and psi is gone but for its seeding: |psi|^2 ~ 1e-6 carries that share of the current
    np.testing.assert_allclose(volts, ohm * curve["sweep_current"][top] * 1e-6, rtol=1e-4)
    whole = 20e-8 * 160e-9 / (20e-9 * 10e-9)
    np.testing.assert_allclose(
        curve["sweep_terminal_voltage"][top] * 1e-3, whole * curve["sweep_current"][top] * 1e-6, rtol=1e-4
    )


def test_no_voltage_below_the_critical_current(curve):
    """On the way up at half of the depairing current; what is left of the contacts has decayed over 6 xi."""
    normal = 20e-8 * 40e-9 / (20e-9 * 10e-9) * curve["sweep_current"][0] * 1e-3
    # mu decays as exp(-x/0.62 xi) where |psi| = 1, by (1 + gamma^2)^(1/4)/u^(1/2), and more slowly near the contact:
    # over 6 xi by 6e-5, and by 2e-3 were its length 0.97 xi throughout
    assert abs(curve["sweep_voltage"][0]) < 2e-3 * normal
    assert curve["sweep_voltage_error"][0] < 1e-3 * normal
    assert curve["sweep_terminal_voltage"][0] > 0.01 * normal  # the normal layers at the contacts are there


def test_way_down_keeps_the_voltage(curve):
    """0.9 of the depairing current: no voltage on the way up, a normal strip on the way down."""
    up, down = curve["sweep_voltage"][[1, 3]]
    assert curve["sweep_current"][1] == curve["sweep_current"][3]
    assert down > 20 * abs(up)
    assert curve.method == "current_voltage" and curve.report.converged and not curve.report.warnings


def test_state_of_an_experiment_is_that_of_a_film(curve):
    assert probe.sheet_current(curve)["film_current_x"].shape == curve["cell_weight"].shape
    assert curve.model.currents[0].at(1e9) == curve["sweep_current"][-1]


# --- critical currents -----------------------------------------------------------------------


def test_critical_current_of_a_narrow_strip_is_the_depairing_current():
    """2/(3 sqrt 3) J_0 in a strip of 30 x 1.5 xi: no variation across, and contacts far on the scale of xi.

    Bisection to 1 %; on a mesh of h = xi/2 the current is sin(kh)/h, at k = 1/sqrt 3 less by (kh)^2/6 = 1.4 %; the
    contacts, 30 xi apart, and the time to the first phase slip take the rest of 3 %.
    """
    found = critical_current(
        strip(30, 1.5),
        leads=Leads(taps=((-30.0, 0.0), (30.0, 0.0))),
        resolution=0.01,
        settle=150 * TAU,
        hold=150 * TAU,
        sample=4 * TAU,
        course=Course(spacing=5.0, stepping=WIDE),
    )
    ratio = found["sweep_critical_current"][0] / depairing(1.5)
    assert ratio == pytest.approx(1.0, abs=0.03)
    error = found["sweep_critical_current_error"][0] / found["sweep_critical_current"][0]
    assert 0 < error <= 0.005 * 1.01
    density = found["sweep_critical_density"][0] / MATERIAL.depairing_current_density
    assert density == pytest.approx(ratio, rel=1e-12)
    assert not found.report.warnings


@pytest.mark.slow
def test_critical_current_falls_with_the_field():
    found = critical_current(
        strip(16, 3),
        [0.0, 0.3 * BC2, 0.6 * BC2],
        leads=Leads(taps=((-20.0, 0.0), (20.0, 0.0))),
        resolution=0.1,
        settle=60 * TAU,
        hold=80 * TAU,
        sample=2 * TAU,
        course=Course(spacing=5.0, stepping=WIDE),
    )
    currents = found["sweep_critical_current"] / depairing(3)
    assert np.all(np.diff(currents) < 0) and 0.7 < currents[0] < 1.05
    np.testing.assert_allclose(found["sweep_field"], [0.0, 0.3 * BC2, 0.6 * BC2])


def test_taps_near_the_contacts_are_told():
    """Two xi from the contacts normal current is left, and with it a voltage like that of one vortex in 200 tau_0."""
    found = critical_current(
        strip(10, 1.5),
        resolution=0.2,
        settle=40 * TAU,
        hold=200 * TAU,
        sample=4 * TAU,
        course=Course(spacing=5.0, stepping=WIDE),
    )
    assert any("move the taps" in line for line in found.report.warnings)


# --- magnetisation ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def loop():
    up = np.linspace(0, 1.2, 5) * BC2
    return magnetisation_loop(plate(), [*up, *up[-2::-1], *-up[1:], *-up[-2::-1], *up[1:]])


def test_virgin_magnetisation_is_diamagnetic_and_that_of_the_london_limit(loop):
    from onnes import solve

    m = loop["history_magnetisation"]
    assert m[0] == 0 and np.all(m[1:5] < 0)
    weak = magnetisation_loop(plate(), [1e-3 * BC2])["history_moment"][0]
    seen = probe.magnetic_moment(solve.energy(plate(), field=1e-3 * BC2, starts=("meissner",)))
    # both are the linear response of |psi| = 1; what is left of the ramp has decayed over 50 tau_0, its rate 1/tau_0
    assert weak == pytest.approx(float(seen["magnetic_moment"]), rel=1e-4)


def test_magnetisation_has_history_and_closes(loop):
    """Down from the highest field M is above the way up; after a whole cycle it is where it was."""
    m, b = loop["history_magnetisation"], loop["history_field"]
    up, down = m[1:4], m[5:8][::-1]
    np.testing.assert_allclose(b[1:4], b[5:8][::-1])
    assert np.all(down >= up - 1e-3 * np.abs(m).max()) and np.max(down - up) > 0.2 * np.abs(m).max()
    # M(-H) = -M(H) turned in history, and the cycle is closed: random psi of 1e-3 decays within the 50 tau_0 of a rest
    np.testing.assert_allclose(m[8:17], -m[:9], atol=0.02 * np.abs(m).max())
    np.testing.assert_allclose(m[16:21], m[:5], atol=0.02 * np.abs(m).max())


def test_loop_goes_on_after_any_field(loop):
    assert np.all(np.diff(loop["history_time"]) > 0)
    assert loop["history_time"][-1] == pytest.approx(21 * 100 * TAU)
    assert loop.model.fields[0].schedule.at(1e9) == pytest.approx(1.2 * BC2)


# --- cooling ---------------------------------------------------------------------------------


def vortices(state):
    return int(probe.vortices(state)["total_winding"])


def test_field_cooled_holds_more_flux_than_zero_field_cooled():
    """0.4 Bc2 on 60 xi^2 are 3.8 Phi_0, of which the edges let out a part; after zero field none has entered."""
    course = Course(seed=3)
    warm, cold = (
        f(plate(), 0.4 * BC2, course=course, hold=150 * TAU) for f in (field_cooled, zero_field_cooled)
    )
    assert vortices(cold) == 0 < vortices(warm) <= 3
    slow = field_cooled(plate(), 0.4 * BC2, cooling=60 * TAU, stages=6, hold=60 * TAU, course=course)
    assert 0 < vortices(slow) <= 3
    np.testing.assert_array_equal(slow["pair_strength"], 1.0)
    for state in (warm, cold, slow):
        assert state.method == "tdgl" and state.model.film == plate()


def test_seed_decides_a_quench():
    short = {"hold": 5 * TAU}
    runs = [field_cooled(plate(), 0.3 * BC2, course=Course(seed=s), **short) for s in (1, 1, 2)]
    np.testing.assert_array_equal(runs[0]["order_parameter"], runs[1]["order_parameter"])
    assert not np.allclose(runs[0]["order_parameter"], runs[2]["order_parameter"])


# --- steps that are kept ---------------------------------------------------------------------

FAST = {"ramp": 5 * TAU, "hold": 5 * TAU}


def test_experiment_goes_on_where_it_was(tmp_path):
    fields = np.array([0.1, 0.2, 0.3]) * BC2
    whole = magnetisation_loop(plate(), fields, **FAST)

    def stop(progress):
        assert progress.most == 3 and (progress.done == 0) == (progress.remaining == float("inf"))
        return progress.done == 2

    with pytest.raises(NotConverged, match="cancelled") as caught:
        magnetisation_loop(plate(), fields, **FAST, course=Course(checkpoint=tmp_path / "c", monitor=stop))
    assert caught.value.report.warnings == ("the steps are kept in the checkpoint",)
    found = []
    course = Course(checkpoint=tmp_path / "c", monitor=lambda p: found.append(p.found) and None)
    again = magnetisation_loop(plate(), fields, **FAST, course=course)
    assert found == [0, 1, 2, 2]
    for name, values in whole.fields.items():
        np.testing.assert_array_equal(again[name], values, err_msg=name)


KILLED = """
import os, signal, sys
from test_experiments import BC2, FAST, plate
from onnes.solve import Course, magnetisation_loop
def monitor(progress):
    if progress.done == 2:
        os.kill(os.getpid(), signal.SIGKILL)
magnetisation_loop(plate(), [0.1 * BC2, 0.2 * BC2, 0.3 * BC2], **FAST,
                   course=Course(checkpoint=sys.argv[1], monitor=monitor))
"""


@pytest.mark.slow
def test_killed_experiment_loses_at_most_a_step(tmp_path):
    folder = os.path.dirname(__file__)
    environment = os.environ | {"PYTHONPATH": folder}
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], env=environment, timeout=120)
    assert done.returncode == -signal.SIGKILL and len(list(tmp_path.glob("*.npz"))) == 2
    fields = np.array([0.1, 0.2, 0.3]) * BC2
    again = magnetisation_loop(plate(), fields, **FAST, course=Course(checkpoint=tmp_path))
    assert "2 of them from the checkpoint" in again.report.engine
    np.testing.assert_array_equal(
        again["history_moment"], magnetisation_loop(plate(), fields, **FAST)["history_moment"]
    )


def test_screening_and_heat_go_on_too(tmp_path):
    """With its own field and its own heat a film goes on from the files of its steps exactly as without stopping."""
    material = model.GinzburgLandau(
        XI, 30.0, resistivity=20.0, inelastic=2.0, critical_temperature=9.0, temperature=7.0
    )
    film = model.Film(model.rectangle(60.0, 40.0), 20.0, material)
    heat = model.Thermal(heat_capacity=1e6, conductivity=1.0, transfer=1e7, temperature=7.0)
    times = {"ramp": 10 * material.time, "hold": 5 * material.time}

    def loop(values, folder):
        course = Course(spacing=5.0, screening=True, thermal=heat, checkpoint=folder)
        return magnetisation_loop(film, values, **times, course=course)

    fields = [0.1, 0.2]
    loop(fields, tmp_path / "a")
    (tmp_path / "a" / "0001.npz").unlink()
    again, whole = loop(fields, tmp_path / "a"), loop(fields, None)
    assert "1 of them from the checkpoint" in again.report.engine and "film_temperature" in again
    np.testing.assert_allclose(again["history_moment"], whole["history_moment"], rtol=1e-12)
    np.testing.assert_allclose(again["film_temperature"], whole["film_temperature"], rtol=1e-12)


def test_steps_of_another_experiment_are_refused(tmp_path):
    course = Course(checkpoint=tmp_path)
    magnetisation_loop(plate(), [0.1 * BC2], **FAST, course=course)
    with pytest.raises(InvalidInput, match="another experiment"):
        magnetisation_loop(plate(), [0.2 * BC2], **FAST, course=course)
    (tmp_path / "0000.npz").write_bytes(b"nothing")
    with pytest.raises(UnreadableFile, match="not a step"):
        magnetisation_loop(plate(), [0.1 * BC2], **FAST, course=course)
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="cannot make the folder"):
        magnetisation_loop(plate(), [0.1 * BC2], course=Course(checkpoint=tmp_path / "file" / "c"))


# --- what is refused -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Course(seeding=1.0), "seeding"),
        (lambda: magnetisation_loop(plate(), []), "at least one"),
        (lambda: magnetisation_loop(plate(), [np.nan]), "finite"),
        (lambda: magnetisation_loop(plate(), [0.1], hold=-1), "hold"),
        (lambda: field_cooled(plate(), model.ramp(0, 1, 5)), "changes in time"),
        (lambda: field_cooled(plate(), 0.1, stages=0), "stages"),
        (lambda: current_voltage(plate(), [1.0]), "terminals \\(none\\)"),
        (lambda: current_voltage(strip(10, 2), [1.0], leads=Leads("source", "sink")), "'sink'"),
        (lambda: current_voltage(strip(10, 2), [1.0], leads=Leads("source", 0)), "to itself"),
        (lambda: current_voltage(strip(10, 2), [1.0], leads=Leads(taps=((0, 0), (900, 0)))), "outside"),
        (lambda: current_voltage(strip(10, 2), [1.0], hold=5.0, sample=4.0), "samples of 4"),
        (lambda: critical_current(strip(10, 2), resolution=1.5), "resolution"),
        (lambda: critical_current(strip(10, 2), highest=-1.0), "highest"),
        (
            lambda: critical_current(strip(10, 2), highest=1e-3, settle=TAU, hold=4 * TAU),
            "are the criterion",
        ),
    ],
)
def test_impossible_experiments(call, words):
    with pytest.raises((InvalidInput, InvalidModel), match=words):
        call()
