"""Fits in a closed loop: the truth is known, and the stated errors must hold it as often as they say."""

from math import isinf

import numpy as np
import pytest

import onnes as on
from onnes.compare import Data, Vary
from onnes.compare.uncertainty import coverage, curvature
from onnes.errors import InvalidInput, InvalidModel, NoSuperconductivity, NotConverged
from onnes.units import K_B

ENERGY = (np.arange(1200) + 0.5) * 0.02 - 12.0
BIAS = np.linspace(0.0, 4.0, 41)
TRUTH = {"gap": 1.4, "broadening": 0.1, "temperature": 1.5}
DYNES = (Vary("gap", 1.2, 0.5, 3.0), Vary("broadening", 0.2, 0.01, 1.0), Vary("temperature", 2.5, 0.5, 6.0))


def conductance(p) -> np.ndarray:
    """Dynes's density of states through the thermal window, by a plain sum: independent of onnes.probe."""
    z = ENERGY + 1j * p["broadening"]
    dos = np.abs((z / np.sqrt(z**2 - p["gap"] ** 2)).real)
    kt = K_B * p["temperature"]
    window = 1 / np.cosh(np.clip((ENERGY - BIAS[:, None]) / (2 * kt), -300, 300)) ** 2 / (4 * kt)
    return window @ dos * 0.02


def replica(seed: int, noise: float = 0.02) -> Data:
    clean = conductance(TRUTH)
    return Data(BIAS, clean + noise * np.random.default_rng(seed).standard_normal(len(BIAS)), noise)


def line(p) -> np.ndarray:
    return p["offset"] + p["slope"] * np.arange(10.0)


LINE = (Vary("offset", 0.0), Vary("slope", 0.0))


def at_least(count: int, level: float = 0.95) -> float:
    """The expected number of successes minus three binomial standard deviations."""
    return count * level - 3 * np.sqrt(count * level * (1 - level))


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """100 noisy tunnelling curves: gap, broadening, temperature. Fewer than 95 - 6.5 would be a lie."""
    found = [on.compare.fit(conductance, replica(seed), DYNES) for seed in range(100)]
    for name, true in TRUTH.items():
        inside = sum(f[name].interval[0] <= true <= f[name].interval[1] for f in found)
        assert inside >= at_least(100), f"{name}: {inside} of 100"
        pulls = np.array([(f[name].value - true) / f[name].error for f in found])
        # Normal pulls: the mean scatters by 0.1, the width by 0.07.
        assert abs(pulls.mean()) < 0.35 and 0.75 < pulls.std() < 1.25
    # chi2 of 38 degrees of freedom: its mean over 100 scatters by sqrt(2*38/100) = 0.87.
    assert abs(np.mean([f.chi2 for f in found]) - 38) < 4 * 0.87


@pytest.mark.slow
def test_two_parameters_of_eliashberg_theory_are_recovered() -> None:
    """Coupling and phonon energy from the condensation energy at five temperatures, 100 replicas."""
    temperatures = np.array([1.0, 2.0, 3.0, 4.0, 5.0])

    def field(p) -> np.ndarray:
        mu = on.model.MuStar(0.1, cutoff=60.0)
        glue = on.model.PhononGlue(on.model.einstein(p["frequency"], p["coupling"]), mu)
        states = (on.solve.eliashberg(glue, t) for t in temperatures)
        return np.sqrt([max(-on.response.free_energy(state), 0.0) for state in states])

    truth = {"coupling": 1.0, "frequency": 10.0}
    clean = field(truth)
    noise = 0.01 * clean[0]
    varied = [Vary("coupling", 0.9, 0.4, 2.0), Vary("frequency", 11.0, 5.0, 20.0)]
    inside = dict.fromkeys(truth, 0)
    for seed in range(100):
        scatter = noise * np.random.default_rng(seed).standard_normal(5)
        found = on.compare.fit(field, Data(temperatures, clean + scatter, noise), varied, profile=True)
        for name, true in truth.items():
            low, high = found[name].interval
            inside[name] += low <= true <= high
    assert min(inside.values()) >= at_least(100), inside


def test_a_straight_line_has_the_textbook_answer() -> None:
    rng = np.random.default_rng(4)
    error = rng.uniform(0.1, 0.3, 10)
    y = 1.0 + 0.5 * np.arange(10) + error * rng.standard_normal(10)
    design = np.stack([np.ones(10), np.arange(10)], axis=1) / error[:, None]
    expected = np.linalg.solve(design.T @ design, design.T @ (y / error))
    covariance = np.linalg.inv(design.T @ design)
    found = on.compare.fit(line, Data(np.arange(10), y, error), LINE, profile=True)
    np.testing.assert_allclose(list(found.values.values()), expected, rtol=1e-8)
    # derivatives of a linear function by differences are exact to rounding over step
    np.testing.assert_allclose(found.covariance, covariance, rtol=1e-7)
    for one, variance in zip(found.parameters, np.diag(covariance), strict=True):
        # a parabola: profile and covariance agree to the accuracy of the ends, 0.002 standard errors
        half = 1.959964 * np.sqrt(variance)
        assert one.interval == pytest.approx(
            (one.value - half, one.value + half), abs=0.005 * np.sqrt(variance)
        )
    residual = (y - line(found.values)) / error
    assert found.chi2 == pytest.approx(residual @ residual, rel=1e-12)
    assert (found.dof, found.aic) == (8, found.chi2 + 4)
    assert found.bic == pytest.approx(found.chi2 + 2 * np.log(10))
    assert found.flags == () and "± " in found.summary()


def test_a_profile_is_lopsided_where_chi2_is() -> None:
    """y = a^2 measured as 4 +- 1: chi2 = (a^2 - 4)^2 ends at sqrt(4 -+ 1.96), whatever the curvature says."""
    data = Data([0.0], [4.0], 1.0)
    found = on.compare.fit(lambda p: np.array([p["a"] ** 2]), data, [Vary("a", 1.0, 0.0, 10.0)], profile=True)
    z = coverage(0.95)
    assert found["a"].interval == pytest.approx((np.sqrt(4 - z), np.sqrt(4 + z)), abs=0.003 * 0.25)
    # d(a^2)/da = 4 at a = 2
    assert found["a"].error == pytest.approx(0.25, rel=1e-5)
    assert any("tests nothing" in flag for flag in found.flags)


def test_a_point_without_a_solution_is_rejected_counted_and_told() -> None:
    def predict(p) -> np.ndarray:
        if p["slope"] > 0.75:
            raise NoSuperconductivity("no transition", "go back")
        return line(p)

    data = Data(np.arange(10), 1.0 + 0.7 * np.arange(10), 0.1)
    # The minimum lies near the region without a solution, and the search starts far from it.
    found = on.compare.fit(
        predict, data, [Vary("offset", 9.0, -50, 50), Vary("slope", -0.9, -1, 1)], starts=8
    )
    assert found["slope"].value == pytest.approx(0.7, abs=1e-6)
    assert found.rejected > 0
    assert any(f"{found.rejected} of {found.evaluations}" in f and "no transition" in f for f in found.flags)


def test_what_is_not_finite_is_rejected_too_and_without_any_start_it_is_an_error() -> None:
    data = Data(np.arange(10), np.arange(10.0), 0.1)
    with pytest.raises(InvalidInput, match=r"no start has a prediction.*not finite"):
        on.compare.fit(lambda p: np.full(10, np.nan), data, LINE)

    def never(p) -> np.ndarray:
        raise NoSuperconductivity("normal everywhere", "give up")

    with pytest.raises(InvalidInput, match="normal everywhere"):
        on.compare.fit(never, data, [Vary("offset", 0.0, -1, 1), Vary("slope", 0.0, -1, 1)], starts=3)


def test_a_bug_in_the_prediction_is_no_rejected_point() -> None:
    data = Data(np.arange(10), np.arange(10.0), 0.1)
    with pytest.raises(ZeroDivisionError):
        on.compare.fit(lambda p: 1 / 0, data, LINE)
    with pytest.raises(InvalidInput, match="shape"):
        on.compare.fit(lambda p: np.zeros(3), data, LINE)


def test_a_parameter_at_its_bound_is_flagged() -> None:
    data = Data(np.arange(10), 1.0 + 0.5 * np.arange(10), 0.1)
    found = on.compare.fit(line, data, [LINE[0], Vary("slope", 0.1, -1.0, 0.4)], profile=True)
    assert found["slope"].value == 0.4 and found["slope"].at_bound == "upper"
    assert any("slope lies at its upper bound 0.4" in flag for flag in found.flags)
    # With the slope held at 0.4 the offset takes the mean of what is left: 1 + 0.1*4.5.
    assert found["offset"].value == pytest.approx(1.45, abs=1e-6)
    assert any("does not describe the data" in flag for flag in found.flags)


def test_what_the_data_do_not_determine_is_flagged() -> None:
    data = Data(np.arange(10), np.arange(10.0), 0.1)

    def redundant(p) -> np.ndarray:
        return p["a"] + p["b"] + p["slope"] * np.arange(10.0)

    varied = [Vary("a", 0.1, -1, 1), Vary("b", 0.2, -1, 1), Vary("slope", 0.5, 0, 2)]
    found = on.compare.fit(redundant, data, varied)
    assert isinf(found["a"].error) and isinf(found["b"].error)
    assert any("do not determine a, b: the Jacobian is singular" in flag for flag in found.flags)
    # The slope is determined as well as in the model without the redundant parameter.
    alone = on.compare.fit(line, data, LINE)
    assert found["slope"].error == pytest.approx(alone["slope"].error, rel=1e-5)
    assert "undetermined" in found.summary()
    dead = on.compare.fit(lambda p: p["a"] + 0 * np.arange(10.0), data, [Vary("a", 0), Vary("idle", 1)])
    assert isinf(dead["idle"].error) and dead["idle"].interval == (-np.inf, np.inf)


def test_the_covariance_of_a_singular_jacobian_is_that_of_what_is_left() -> None:
    jacobian = np.array([[1.0, 1.0, 0.0], [2.0, 2.0, 1.0], [0.0, 0.0, 3.0]])
    found = curvature(jacobian)
    assert found.undetermined.tolist() == [True, True, False]
    reduced = np.linalg.inv(jacobian[:, 1:].T @ jacobian[:, 1:])
    assert found.covariance[2, 2] == pytest.approx(reduced[1, 1], rel=1e-12)
    assert np.isinf(found.covariance[0, 0]) and np.isnan(found.covariance[0, 1])


def test_several_starts_find_the_deeper_of_two_minima_and_tell_of_the_other() -> None:
    x = np.linspace(0, 1, 60)
    data = Data(x, np.sin(2 * np.pi * 5.3 * x), 0.5)

    def wave(p) -> np.ndarray:
        return np.sin(2 * np.pi * p["cycles"] * x)

    shallow = on.compare.fit(wave, data, [Vary("cycles", 1.0, 0.1, 9.0)])
    assert abs(shallow["cycles"].value - 5.3) > 0.5
    assert any("does not describe" in flag for flag in shallow.flags)
    deep = on.compare.fit(wave, data, [Vary("cycles", 1.0, 0.1, 9.0)], starts=32, seed=3)
    assert deep["cycles"].value == pytest.approx(5.3, abs=1e-5)
    assert deep.minima[0] < 1e-6 < deep.minima[-1] and len(deep.minima) == 32
    again = on.compare.fit(wave, data, [Vary("cycles", 1.0, 0.1, 9.0)], starts=32, seed=3)
    assert again.values == deep.values and again.report.seed == 3
    # Even and odd: a sign that the data cannot tell.
    even = Data(x, (2 * x) ** 2, 0.1)
    both = on.compare.fit(lambda p: (p["a"] * x) ** 2, even, [Vary("a", 1.0, -5, 5)], starts=8)
    assert any("another minimum" in flag for flag in both.flags)


def test_a_model_and_a_pipeline_in_place_of_a_function() -> None:
    """Delta(T) of a BCS superconductor determines its Tc: the closed loop through a model's own path."""
    temperatures = np.array([1.0, 3.0, 5.0, 6.5])
    measured = Data(temperatures, on.solve.bcs_gap(on.model.BCS(7.2), temperatures), 0.01)
    start = on.model.BCS(9.0)
    found = on.compare.fit(
        (start, lambda model: on.solve.bcs_gap(model, temperatures)),
        measured,
        [Vary("critical_temperature", 9.0, 4.0, 12.0), Vary("pair_breaking.rate", 0.05, 0.0, 0.3)],
    )
    # Without noise the truth is on the bound of the rate, and both are found to rounding of the search.
    assert found["critical_temperature"].value == pytest.approx(7.2, abs=1e-4)
    assert found["pair_breaking.rate"].at_bound == "lower"
    with pytest.raises(InvalidInput, match="did you mean critical_temperature"):
        on.compare.vary.with_value(start, "critical_temperatur", 1.0)
    two = on.model.MultibandGlue(
        tuple(tuple(on.model.einstein(10.0, c) for c in row) for row in ((1.0, 0.2), (0.1, 0.4))),
        on.model.MuStar(0.0),
        dos_weights=(1.0, 2.0),
    )
    assert on.compare.vary.with_value(two, "dos_weights.0", 1.0).dos_weights == (1.0, 2.0)
    with pytest.raises(InvalidInput, match="use 0 to 1"):
        on.compare.vary.with_value(two, "dos_weights.2", 1.0)


def test_not_converged_is_raised_or_reported() -> None:
    with pytest.raises(NotConverged, match="max iterations"):
        on.compare.fit(conductance, replica(0), DYNES, max_iterations=1)
    told = on.compare.fit(conductance, replica(0), DYNES, max_iterations=1, throw=False)
    assert not told.report.converged and any("no minimum reached" in flag for flag in told.flags)
    assert not told.report.checks[0].passed


def test_overstated_errors_are_flagged() -> None:
    data = Data(np.arange(10), 1 + np.arange(10.0) + 1e-3 * np.sin(np.arange(10)), 0.1)
    assert any("look too large" in flag for flag in on.compare.fit(line, data, LINE).flags)


def test_bad_arguments_are_named() -> None:
    data = Data(np.arange(10), np.arange(10.0), 0.1)
    for wrong, told in (
        ({"vary": []}, "without a parameter"),
        ({"vary": [LINE[0], LINE[0]]}, "varied twice"),
        ({"level": 95.0}, "probability"),
        ({"step": 0.0}, "relative step"),
        ({"starts": 0}, "starts = 0"),
        ({"starts": 2}, "no bounds"),
        ({"seed": -1}, "seed"),
        ({"max_iterations": 0}, "at least one"),
        ({"data": np.arange(10)}, "onnes.compare.Data"),
        ({"data": Data([1.0], [1.0], 0.1)}, "vary fewer"),
    ):
        arguments = {"data": data, "vary": LINE} | wrong
        with pytest.raises(InvalidInput, match=told):
            on.compare.fit(line, **arguments)
    with pytest.raises(InvalidInput, match="this fit has offset, slope"):
        on.compare.fit(line, data, LINE)["curvature"]


def test_parameters_as_text() -> None:
    assert Vary.parse("probe.broadening=0.1:0:1") == Vary("probe.broadening", 0.1, 0.0, 1.0)
    assert Vary.parse("T = 2 K : 1 K : 9 K") == Vary("T", 2.0, 1.0, 9.0, "K")
    assert Vary.parse("a=-1e-3:-inf:inf") == Vary("a", -1e-3)
    for text in ("a", "a=", "=1", "a=1:2", "a=x:0:1", "a=1 K:0 T:2 K", "a=1:0:1:2"):
        with pytest.raises(InvalidInput):
            Vary.parse(text)
    for wrong in ((2.0, 0.0, 1.0), (0.0, 1.0, -1.0), (np.nan,), (np.inf,), (True,)):
        with pytest.raises(InvalidModel):
            Vary("a", *wrong)
    with pytest.raises(InvalidModel):
        Vary("", 1.0)
