"""A configuration fitted to data: what went in comes out, and mistakes are told at once."""

import numpy as np
import pytest

import onnes as on
from onnes.compare import Data, Vary
from onnes.errors import InvalidInput, UnitMismatch
from onnes.study import config
from onnes.units import K_B

GIVEN = {
    "model": {"kind": "bcs", "critical_temperature": 6.5},
    "solve": {"kind": "bcs", "temperature": 2.0},
    "probe": {"kind": "tunneling", "bias": {"from": -5, "to": 5, "points": 11}, "broadening": 0.05},
}
VARY = (
    Vary("model.critical_temperature", 6.5, 4.0, 10.0),
    Vary("probe.broadening", 0.05, 0.0, 1.0),
    Vary("solve.temperature", 2.0, 0.5, 4.0),
)
TRUTH = {"model.critical_temperature": 7.2, "probe.broadening": 0.1, "solve.temperature": 1.5}


def curve(bias: np.ndarray, noise: float = 0.01, seed: int = 1) -> Data:
    """What a junction at 1.5 K shows, from the library's functions rather than from a configuration."""
    state = on.solve.bcs(on.model.BCS(7.2), 1.5)
    clean = on.probe.tunneling(state, bias, broadening=0.1)["conductance"].values
    scatter = noise * np.random.default_rng(seed).standard_normal(len(bias))
    return Data(bias, clean + scatter, noise, "bias", "conductance", "meV", "1")


@pytest.mark.parametrize("evenly", [True, False])
def test_three_entries_are_recovered_from_a_tunnelling_curve(evenly: bool) -> None:
    bias = np.linspace(-3, 3, 41)
    if not evenly:
        bias = np.sort(np.random.default_rng(0).uniform(-3, 3, 41))
    found = on.study.fit(config.validate(GIVEN), curve(bias), VARY)
    for name, true in TRUTH.items():
        # Three parameters, three standard errors: one seed in a hundred would fail, and this is none.
        assert abs(found[name].value - true) < 3 * found[name].error
    assert found["solve.temperature"].unit == "K" and found["probe.broadening"].unit == "meV"
    assert found.flags == () and found.probability > 1e-3


def test_parameters_with_a_unit_are_read_in_it() -> None:
    data = curve(np.linspace(-3, 3, 41))
    plain = on.study.fit(config.validate(GIVEN), data, VARY)
    given = [*VARY[:2], Vary("solve.temperature", 2.0 * K_B, 0.5 * K_B, 4.0 * K_B, "meV")]
    in_meV = on.study.fit(config.validate(GIVEN), data, given)
    assert in_meV["solve.temperature"].unit == "meV"
    # The same minimum in another unit, to the accuracy of the search.
    assert in_meV["solve.temperature"].value == pytest.approx(
        K_B * plain["solve.temperature"].value, rel=1e-4
    )
    assert in_meV.chi2 == pytest.approx(plain.chi2, abs=1e-4)


def test_every_point_a_run_of_its_own() -> None:
    """The gap against temperature gives Tc; the axis of the data is an entry of the configuration."""
    temperatures = np.linspace(1.0, 6.5, 12)
    gaps = on.solve.bcs_gap(on.model.BCS(7.2), temperatures)
    data = Data(temperatures, gaps, 0.01, "temperature", "gap_edge", "K", "meV")
    bare = {key: GIVEN[key] for key in ("model", "solve")}
    found = on.study.fit(config.validate(bare), data, VARY[:1], along="solve.temperature")
    assert found["model.critical_temperature"].value == pytest.approx(7.2, abs=1e-6)


def test_tc_against_coupling() -> None:
    glue = {
        "spectrum": {"peaks": [{"frequency": 10.0, "coupling": 1.0}]},
        "mu_star": {"value": 0.15, "cutoff": 50},
    }
    given = {"model": {"kind": "phonon-glue"} | glue, "solve": {"kind": "critical-temperature"}}
    couplings = np.array([0.7, 1.0, 1.3])

    def tc(coupling: float) -> float:
        mu = on.model.MuStar(0.1, cutoff=50.0)
        return on.solve.critical_temperature(on.model.PhononGlue(on.model.einstein(10.0, coupling), mu))

    data = Data(couplings, [tc(c) for c in couplings], 0.01, "coupling", "critical_temperature", "1", "K")
    found = on.study.fit(
        config.validate(given),
        data,
        [Vary("model.mu_star.value", 0.15, 0.0, 0.3)],
        along="model.spectrum.peaks.0.coupling",
    )
    assert found["model.mu_star.value"].value == pytest.approx(0.1, abs=1e-5)


def test_points_without_a_prediction_are_rejected_and_counted() -> None:
    """A negative broadening has no prediction: searches that would begin there are passed over."""
    data = curve(np.linspace(-3, 3, 41))
    wide = [*VARY[:1], Vary("probe.broadening", 0.02, -2.0, 1.0), *VARY[2:]]
    found = on.study.fit(config.validate(GIVEN), data, wide, starts=2)
    assert found["probe.broadening"].value == pytest.approx(0.1, abs=4 * found["probe.broadening"].error)
    assert found.rejected > 0 and any("rejected" in flag for flag in found.flags)


@pytest.mark.parametrize(
    ("vary", "changes", "told"),
    [
        ([Vary("probe.broadenin", 0.1)], {}, "did you mean broadening"),
        ([Vary("model.kind", 0.1)], {}, "not a number"),
        ([Vary("probe.bias", 0.1)], {}, "not a number"),
        ([Vary("probe.broadening", 0.1, 0, 1, "T")], {}, "not a unit of energy"),
        ([Vary("probe.bias.points", 11.5)], {}, "points = 11.5"),
        ([], {}, "without a parameter"),
        (VARY, {"y_name": "dos"}, "the run gives no 'dos'; it gives conductance"),
        (VARY, {"x_name": "energy"}, "is a function of \\(bias\\)"),
        (VARY, {"along": "solve.temperature"}, "is varied"),
        (VARY[:2], {"along": "solve.temperature", "x_name": "temperature"}, "fit a quantity with one value"),
        (VARY[:2], {"along": "solve.temperature"}, r"along bias \(meV\), and solve.temperature is in K"),
        (VARY[:2], {"along": "solve.temp"}, "'temp' is not an entry"),
    ],
)
def test_mistakes_are_told_at_once(vary, changes, told: str) -> None:
    data = curve(np.linspace(0.5, 3, 11))
    along = changes.get("along")
    labels = {"x_name": "bias", "y_name": "conductance"}
    labels |= {key: name for key, name in changes.items() if key != "along"}
    changed = Data(data.x, data.y, data.error, **labels)
    with pytest.raises((InvalidInput, UnitMismatch), match=told):
        on.study.fit(config.validate(GIVEN), changed, vary, along=along)


def test_a_spectrum_too_sharp_to_interpolate_is_measured_where_the_data_are() -> None:
    """Without broadening and at T = 0 the peak is infinite: no grid resolves it, and none is needed."""
    sharp = GIVEN | {
        "solve": {"kind": "bcs", "temperature": 0.0},
        "probe": GIVEN["probe"] | {"broadening": 0.0},
    }
    gap = 1.764 * K_B * 7.2
    bias = np.array([2.0, 0.9, gap + 1e-2, 1.7, 0.5])
    clean = on.probe.tunneling(on.solve.bcs(on.model.BCS(7.2), 0.0), np.sort(bias))["conductance"].values
    data = Data(bias, clean[np.argsort(np.argsort(bias))], 0.1, "bias", "conductance")
    start = Vary("model.critical_temperature", 7.2, 4.0, 10.0)
    found = on.study.fit(config.validate(sharp), data, [start], max_iterations=1, throw=False)
    assert found.minima[0] == pytest.approx(0.0, abs=1e-9)
