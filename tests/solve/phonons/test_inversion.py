"""The tunneling inversion in a closed loop: data from the fine-grid probe, noise added, alpha2F and mu* recovered."""

import numpy as np
import pytest

from onnes import load, model, probe, response, save, solve
from onnes.errors import InvalidInput, NotConverged, OnnesWarning
from onnes.numerics.matsubara import span
from onnes.response.phonons.junction import junction_response
from onnes.response.phonons.tunneling_map import tunneling_map
from onnes.solve.phonons.inversion import GaussNewton
from onnes.state import State
from onnes.units import K_B

MU_STAR, CUTOFF, TEMPERATURE = 0.12, 100.0, 1.0
LEAD = model.PhononGlue(
    model.from_peaks([4.4, 8.4], [1.15, 0.40], [0.7, 0.5]), model.MuStar(MU_STAR, cutoff=CUTOFF)
)
BIAS = np.linspace(1.5, 15, 181)
NODES = (0.2, 10.4, 52)


@pytest.fixture(scope="module")
def measured() -> tuple[np.ndarray, float]:
    """The noiseless junction, by the probe on its own grid (8 ueV; the inversion's is 25 ueV, 52 nodes for 800)."""
    state = response.real_axis(solve.eliashberg(LEAD, TEMPERATURE))
    return probe.tunneling(state, BIAS).conductance.values, float(state["gap_edge"][0])


def invert(measured: tuple[np.ndarray, float], seed: int, sigma: float = 1e-3, **options) -> State:
    conductance, edge = measured
    random = np.random.default_rng(seed)
    return solve.spectrum_from_tunneling(
        BIAS,
        conductance + sigma * random.standard_normal(len(BIAS)),
        sigma,
        frequency=options.pop("frequency", NODES),
        gap_edge=edge + 0.003 * random.standard_normal(),
        gap_edge_error=0.003,
        temperature=TEMPERATURE,
        mu_star_cutoff=CUTOFF,
        **options,
    )


def truth_at(nodes: np.ndarray) -> np.ndarray:
    return np.interp(nodes, LEAD.spectrum.frequency, LEAD.spectrum.alpha2F, left=0.0, right=0.0)


@pytest.fixture(scope="module")
def found(measured) -> list[State]:
    return [invert(measured, seed) for seed in range(3)]


def test_alpha2F_is_recovered_within_its_errors(found: list[State]) -> None:
    z = np.array([(s["alpha2F"] - truth_at(s["frequency"])) / s["alpha2F_error"] for s in found])
    # Gaussian coverage is 68 and 95 %. Some 20 of 52 heights are independent in each run, so 60 in all:
    # the fractions scatter by 6 and 2.8 %; three of those below is the bound.
    assert np.mean(np.abs(z) < 1) > 0.68 - 0.18
    assert np.mean(np.abs(z) < 2) > 0.95 - 0.085
    # And the errors are not vacuous: a few per cent of the peak.
    assert np.median(found[0]["alpha2F_error"]) < 0.05 * np.max(truth_at(found[0]["frequency"]))


def test_coupling_and_mu_star_are_recovered(found: list[State]) -> None:
    for state in found:
        # The bound alpha2F >= 0 pushes lambda, and mu* with it, up by about one error: 3 + 1 of them.
        assert abs(state["lambda_total"] - LEAD.spectrum.lambda_) < 4 * state["lambda_total_error"]
        assert abs(state["mu_star"] - MU_STAR) < 4 * state["mu_star_error"]
        assert state["lambda_total"] == pytest.approx(LEAD.spectrum.lambda_, rel=0.03)
        assert state["mu_star_error"] < 0.003


def test_critical_temperature_follows(found: list[State]) -> None:
    # Tc is stationary along lambda and mu* moving together at fixed gap: better known than either.
    exact = solve.critical_temperature(LEAD)
    for state in found:
        assert solve.critical_temperature(state.model) == pytest.approx(exact, rel=5e-3)


def test_fit_is_as_good_as_the_noise(found: list[State]) -> None:
    for state in found:
        assert state.report.converged and all(check.passed for check in state.report.checks)
        residual = (state["conductance"] - state["conductance_fit"]) / state["conductance_error"]
        # chi^2 of n - dof numbers, dof between 0 and half of them.
        assert 0.6 < np.mean(residual**2) < 1.3


def test_less_noise_means_less_error(measured, found: list[State]) -> None:
    better = invert(measured, 0, sigma=1e-4, frequency=(0.13, 10.4, 80))
    assert np.median(better["alpha2F_error"]) < 0.7 * np.median(found[0]["alpha2F_error"])
    assert better["mu_star_error"] < 0.5 * found[0]["mu_star_error"]
    # lambda's bias is the noise's, not the method's: at a tenth of the noise it is below half a per cent.
    assert better["lambda_total"] == pytest.approx(LEAD.spectrum.lambda_, rel=5e-3)


def test_discrepancy_rule_also_covers(measured) -> None:
    other = invert(measured, 1, strength="discrepancy")
    z = (other["alpha2F"] - truth_at(other["frequency"])) / other["alpha2F_error"]
    # It oversmooths, and its errors know only part of that: 95 % falls to about 94 % over many seeds.
    assert np.mean(np.abs(z) < 2) > 0.95 - 0.1
    residual = (other["conductance"] - other["conductance_fit"]) / other["conductance_error"]
    # chi^2/(n - dof) = 1 within one rung of the ladder of strengths.
    assert np.sum(residual**2) == pytest.approx(len(BIAS) - 25, rel=0.2)


def test_replicas_carry_the_errors(found: list[State]) -> None:
    state = found[0]
    coupling = state["alpha2F_replicas"] @ (2 * state.model.spectrum.weights / state["frequency"])
    spread = np.sqrt(np.mean((coupling - state["lambda_total"]) ** 2))
    assert spread == pytest.approx(float(state["lambda_total_error"]), rel=1e-9)
    assert np.all(state["alpha2F_replicas"] >= 0)


def test_same_seed_same_answer(measured, found: list[State]) -> None:
    assert np.array_equal(invert(measured, 2)["alpha2F_error"], found[2]["alpha2F_error"])


def test_state_survives_its_file(found: list[State], tmp_path) -> None:
    again = load(save(found[0], tmp_path / "inverted.nc"))
    assert np.array_equal(again["alpha2F"], found[0]["alpha2F"])
    assert again.model.mu_star == found[0].model.mu_star


def test_forward_map_is_the_probe(measured) -> None:
    # The same chain on 160 nodes and a coarser grid: second order in the step over the width of the structure.
    conductance, edge = measured
    nodes = np.linspace(0.065, 10.4, 160)
    forward = tunneling_map(
        nodes,
        BIAS,
        temperature=TEMPERATURE,
        cutoff=20 * LEAD.omega_max,
        step=edge / 60.5,
        response=junction_response(K_B * TEMPERATURE, 0.0, 0.0),
    )
    mu_star = LEAD.mu_star.at(span(len(forward.omega_m), forward.kt))
    solution = forward.solve(truth_at(nodes)[None], np.array([mu_star]))
    seen, edges = forward.observe(solution)
    assert solution.converged
    assert edges[0] == pytest.approx(edge, rel=2e-4)
    above = 1.3 * edge < BIAS
    assert np.allclose(seen[0][above], conductance[above], atol=5e-4)


def test_forward_map_solves_many_as_one() -> None:
    nodes = np.linspace(0.2, 10.4, 52)
    response_ = junction_response(K_B * TEMPERATURE, 0.05, 0.0)
    forward = tunneling_map(nodes, BIAS, temperature=1.2, cutoff=CUTOFF, step=0.03, response=response_)
    heights, mu = truth_at(nodes) * np.array([[1.0], [0.9], [1.1]]), np.array([0.12, 0.10, 0.14])
    together, _ = forward.observe(forward.solve(heights, mu))
    for k in range(3):
        alone, _ = forward.observe(forward.solve(heights[k : k + 1], mu[k : k + 1]))
        # Each fixed point stops at 1e-8 of its own scale.
        assert np.allclose(together[k], alone[0], atol=1e-6)


def test_wrong_errors_are_noticed(measured) -> None:
    conductance, edge = measured
    noisy = conductance + 3e-3 * np.random.default_rng(0).standard_normal(len(BIAS))
    with pytest.warns(OnnesWarning, match="does not fit"):
        solve.spectrum_from_tunneling(
            BIAS,
            noisy,
            3e-4,
            frequency=NODES,
            gap_edge=edge,
            gap_edge_error=0.003,
            temperature=TEMPERATURE,
            strength=100.0,
            throw=False,
        )


def test_errors_are_named(measured) -> None:
    conductance, edge = measured
    given = dict(frequency=NODES, gap_edge=edge, gap_edge_error=0.003, temperature=1.0)

    def run(bias=BIAS, values=conductance, error=1e-3, **change) -> State:
        return solve.spectrum_from_tunneling(bias, values, error, **(given | change))

    with pytest.raises(InvalidInput, match="one length"):
        run(values=conductance[:-1])
    with pytest.raises(InvalidInput, match="error is not positive"):
        run(error=0.0)
    with pytest.raises(InvalidInput, match="gap_edge is not positive"):
        run(gap_edge=-1.0)
    with pytest.raises(InvalidInput, match="measure to at least"):
        run(frequency=(0.2, 20.0, 100))
    with pytest.raises(InvalidInput, match="evenly spaced"):
        run(frequency=np.array([1.0, 2.0, 4.0, 5.0]))
    with pytest.raises(InvalidInput, match="at least four"):
        run(frequency=(0.0, 10.0, 50))
    with pytest.raises(InvalidInput, match="strength"):
        run(strength="guess")
    with pytest.raises(InvalidInput, match="replicas"):
        run(replicas=3)
    with pytest.raises(InvalidInput, match="NaN"):
        run(values=np.where(BIAS > 5, np.nan, conductance))
    with pytest.raises(NotConverged):
        run(method=GaussNewton(max_iterations=1))
