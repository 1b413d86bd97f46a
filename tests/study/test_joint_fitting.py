"""Maps and several files fitted by one configuration."""

from pathlib import Path

import numpy as np
import pytest

import onnes as on
from onnes.compare import Data, DataMap, Vary
from onnes.errors import InvalidInput, UnitMismatch
from onnes.study import config

ARPES = {
    "model": {
        "kind": "superconductor",
        "bands": {"t": 100, "tp": -30, "mu": -80},
        "pairing": {"symmetry": "d", "amplitude": 25},
    },
    "solve": {"kind": "given-gap", "temperature": 20},
    "probe": {
        "kind": "photoemission",
        "momenta": [[0.5, y] for y in np.linspace(0.0, 0.2, 9).tolist()],
        "energy": {"from": -300, "to": 50, "points": 36},
        "broadening": 12,
    },
}
TRUTH = {"model.pairing.amplitude": 32.0, "probe.broadening": 15.0}
VARY = (Vary("model.pairing.amplitude", 25.0, 1.0, 100.0), Vary("probe.broadening", 12.0, 2.0, 60.0))
K = np.linspace(0.0, 0.2, 9)
W = np.linspace(-100, 20, 13)
NOISE = 3e-4


def clean(k: np.ndarray, w: np.ndarray) -> np.ndarray:
    """What the functions of the library give, without a configuration."""
    bands = on.model.square({(0, 0): 80.0, (1, 0): -100.0, (1, 1): 30.0})
    state = on.solve.given_gap(on.model.Superconductor(bands, on.model.d_wave(32.0)), 20.0)
    points = np.stack([np.full_like(k, 0.5), k], axis=-1)
    return on.probe.photoemission(state, points, w, broadening=15.0)["photoemission_intensity"].values


CLEAN = clean(K, W)


def arpes(seed: int) -> DataMap:
    values = (CLEAN + NOISE * np.random.default_rng(seed).standard_normal(CLEAN.shape)).ravel()
    points = np.stack(np.meshgrid(K, W, indexing="ij"), -1).reshape(-1, 2)
    return DataMap(points, values, NOISE, ("path_length", "energy"), "photoemission_intensity")


def test_a_map_of_wavevector_and_energy_gives_the_gap() -> None:
    """The instrument measures at the energies of the data; 6 replicas."""
    pulls = []
    for seed in range(6):
        found = on.study.fit(config.validate(ARPES), arpes(seed), VARY)
        pulls += [(found[name].value - true) / found[name].error for name, true in TRUTH.items()]
    # 12 pulls, nearly independent: their root mean square is 1 with a standard deviation of 1/sqrt(24).
    assert np.sqrt(np.mean(np.square(pulls))) == pytest.approx(1.0, abs=3 / np.sqrt(24))


def test_points_between_those_of_a_path_are_interpolated() -> None:
    between = np.array([0.0321, 0.0711, 0.1234])
    values = clean(between, W).ravel()
    points = np.stack(np.meshgrid(between, W, indexing="ij"), -1).reshape(-1, 2)
    data = DataMap(points, values, 2e-4, ("path_length", "energy"), "photoemission_intensity")
    fine = {
        **ARPES,
        "probe": ARPES["probe"] | {"momenta": [[0.5, y] for y in np.linspace(0, 0.2, 33).tolist()]},
    }
    found = on.study.fit(config.validate(fine), data, VARY)
    assert found["model.pairing.amplitude"].value == pytest.approx(32.0, abs=0.2)
    outside = DataMap(
        points + np.array([0.1, 0.0]), values, 2e-4, ("path_length", "energy"), "photoemission_intensity"
    )
    with pytest.raises(
        InvalidInput, match=r"measures path_length from 0 to 0\.2 r\.l\.u\., the data reach beyond"
    ):
        on.study.fit(config.validate(fine), outside, VARY)


def test_an_axis_of_a_map_may_be_an_entry() -> None:
    """Tunnelling curves at three temperatures as one map."""
    given = {
        "model": {"kind": "bcs", "critical_temperature": 6.5},
        "solve": {"kind": "bcs", "temperature": 2.0},
        "probe": {"kind": "tunneling", "bias": {"from": -1, "to": 1, "points": 3}, "broadening": 0.1},
    }
    t, v = np.array([1.0, 3.0, 5.0]), np.linspace(0, 3, 13)
    model = on.model.BCS(7.2)
    rows = [on.probe.tunneling(on.solve.bcs(model, x), v, broadening=0.1)["conductance"].values for x in t]
    points = np.stack(np.meshgrid(t, v, indexing="ij"), -1).reshape(-1, 2)
    data = DataMap(points, np.ravel(rows), 0.01, ("temperature", "bias"), "conductance")
    vary = [Vary("model.critical_temperature", 6.5, 5.5, 9.0)]
    found = on.study.fit(config.validate(given), data, vary, along="solve.temperature")
    assert found["model.critical_temperature"].value == pytest.approx(7.2, abs=1e-6)
    wrong = DataMap(points, np.ravel(rows), 0.01, ("T", "bias"), "conductance", ("K", "meV"))
    with pytest.raises(
        InvalidInput, match=r"have the axes T, bias and run along solve\.temperature; name one of"
    ):
        on.study.fit(config.validate(given), wrong, vary, along="solve.temperature")


JOINT = """
[model]
kind = "bcs"
critical_temperature = "6.5 K"

[solve]
kind = "bcs"
temperature = "1.5 K"

[probe]
kind = "tunneling"
bias = {from = -1, to = 1, points = 3}
broadening = 0.1

[data.cold]
file = "cold.csv"

[data.warm]
file = "warm.csv"
error = 0.01
solve = {kind = "bcs", temperature = "4 K"}
probe = {kind = "tunneling", bias = {from = -1, to = 1, points = 3}, broadening = 0.2}
"""


@pytest.fixture
def joint(tmp_path: Path) -> Path:
    """Two curves at two temperatures, the second with a scale and a background of its own."""
    rng, model = np.random.default_rng(8), on.model.BCS(7.2)
    for name, t, width, scale, offset in (("cold", 1.5, 0.1, 1.0, 0.0), ("warm", 4.0, 0.2, 1.3, 0.05)):
        bias = np.linspace(-3, 3, 25)
        g = on.probe.tunneling(on.solve.bcs(model, t), bias, broadening=width)["conductance"].values
        g = scale * g + offset + 0.01 * rng.standard_normal(25)
        rows = [f"{v}, {y}, 0.01" for v, y in zip(bias, g, strict=True)]
        (tmp_path / f"{name}.csv").write_text(
            "\n".join(["bias (mV), conductance, error", *rows]), encoding="utf-8"
        )
    path = tmp_path / "joint.toml"
    path.write_text(JOINT, encoding="utf-8")
    return path


SHARED = [Vary("model.critical_temperature", 6.5, 4.0, 10.0)]
OWN = [
    Vary("data.warm.scale", 1.0, 0.1, 5.0),
    Vary("data.warm.background", 0.0, -1.0, 1.0),
    Vary("data.warm.probe.broadening", 0.15, 0.0, 1.0),
    Vary("probe.broadening", 0.15, 0.0, 1.0),
]


def test_several_files_share_a_model_and_keep_their_own_instruments(joint: Path) -> None:
    both = on.study.fit(config.read(joint), None, [*SHARED, *OWN])
    truth = {"model.critical_temperature": 7.2, "data.warm.scale": 1.3, "data.warm.background": 0.05}
    truth |= {"data.warm.probe.broadening": 0.2, "probe.broadening": 0.1}
    for name, true in truth.items():
        assert abs(both[name].value - true) < 4 * both[name].error, name
    assert both["data.warm.probe.broadening"].unit == "meV" and both["data.warm.background"].unit == "1"
    assert set(both.parts) == {"cold", "warm"} and len(both.data) == 50
    alone = on.study.fit(
        config.read(joint).of_data("warm"),
        both.data.parts["warm"],
        [*SHARED, Vary("probe.broadening", 0.2, 0, 1)],
    )
    # alone and without scale, the warm curve is described wrongly
    assert alone.probability < 1e-3 < both.probability


def test_together_the_interval_is_narrower(joint: Path) -> None:
    asked = config.read(joint, ["data.warm.scale=1.3", "data.warm.background=0.05"])
    both = on.study.fit(asked, None, SHARED)
    for name in ("cold", "warm"):
        only = config.read(joint, ["data.warm.scale=1.3", "data.warm.background=0.05"])
        rest = {key: one for key, one in only.data.items() if key == name}
        alone = on.study.fit(only.model_copy(update={"data": rest}), None, SHARED)
        assert both[SHARED[0].name].error < alone[SHARED[0].name].error


def test_a_fixed_scale_is_that_of_its_table(joint: Path) -> None:
    asked = config.read(joint, ["data.warm.scale=1.3", "data.warm.background=0.05"])
    found = on.study.fit(asked, None, SHARED)
    assert found.probability > 1e-3
    assert on.study.fit(config.read(joint), None, SHARED, throw=False).chi2 > 10 * found.chi2


def test_mistakes_of_a_joint_fit(joint: Path) -> None:
    asked = config.read(joint)
    for vary, told in (
        ([Vary("data.warn.scale", 1.0)], "did you mean warm"),
        ([Vary("data.cold.probe.broadening", 0.1)], "has no table there"),
        ([Vary("data.warm.file", 1.0)], "not a number"),
    ):
        with pytest.raises(InvalidInput, match=told):
            on.study.fit(asked, None, [*SHARED, *vary])
    with pytest.raises(InvalidInput, match=r"names its own data \(cold, warm\)"):
        on.study.fit(asked, Data([1.0, 2.0], [1.0, 1.0], 0.1, "bias", "conductance"), SHARED)
    with pytest.raises(InvalidInput, match="there are no data"):
        on.study.fit(asked.of_data("warm"), None, SHARED)
    only = asked.model_copy(update={"data": {"warm": asked.data["warm"]}})
    with pytest.raises(InvalidInput, match=r"probe\.broadening changes none of the data"):
        on.study.fit(only, None, [*SHARED, Vary("probe.broadening", 0.1)])
    text = (joint.parent / "warm.csv").read_text(encoding="utf-8")
    (joint.parent / "warm.csv").write_text(text.replace("(mV)", "(T)"), encoding="utf-8")
    with pytest.raises(UnitMismatch, match="'bias' is in 'T', and bias is in meV; use one of mV"):
        on.study.fit(asked, None, SHARED)
