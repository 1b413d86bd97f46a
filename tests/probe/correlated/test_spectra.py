"""Spectra of Monte Carlo states: exact diagonalisation as the truth, detailed balance, sum rules, mistakes."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import CannotProbe, InvalidInput, OnnesWarning, TooShort
from onnes.numerics.continuation_kernels import (
    boson_kernel,
    cell_widths,
    fermion_kernel,
    susceptibility_kernel,
    window_share,
)
from onnes.numerics.continuation_windows import functional
from onnes.numerics.maxent import maximum_entropy, noise_of_bins
from onnes.state import Outcome, Report, State, load, save
from onnes.units import K_B

BETA, SLICES, BINS = 20.0, 40, 160
TIME = np.arange(SLICES) * BETA / SLICES
MODEL = on.model.Hubbard(on.model.ring_cluster(6, 1.0), 4.0)
FINE = np.linspace(-12, 12, 2401)
GRID = np.linspace(-12, 12, 241)
BROAD = 0.3


def measured(rng, truth, size):
    """Bins (bin, momentum, time) of data whose noise keeps its sign for a time 1, ``size`` of the data in the mean."""
    sigma = size * np.maximum(truth, 1e-3 * truth.max()) * np.sqrt(BINS)
    root = np.linalg.cholesky(np.exp(-np.abs(TIME[:, None] - TIME)))
    return truth + sigma * (rng.normal(size=(BINS, *truth.shape)) @ root.T)


def monte_carlo(**bins):
    fields = {"imaginary_time": TIME, "temperature": np.array([1 / (K_B * BETA)])}
    for name, values in bins.items():
        fields |= {name: values.mean(axis=0), f"{name}_bins": values}
    return State(MODEL, "dqmc", fields, Report(Outcome.CONVERGED))


@pytest.fixture(scope="module")
def ground():
    return on.solve.exact_diagonalisation(MODEL, (3, 3))


@pytest.fixture(scope="module")
def electrons(ground):
    """Cell weights (momentum, energy) of A(k, w) with Lorentzians of 0.3 t, each of weight one on the grid."""
    found = on.solve.electron_spectrum(ground, FINE, broadening=BROAD)["electron_spectrum"]
    weights = found * cell_widths(FINE)
    return weights / weights.sum(axis=1, keepdims=True)


def test_electrons_of_a_ring(electrons) -> None:
    """Windows agree with exact diagonalisation within their uncertainties.

    Of 4 independent windows at 4 wavevectors less than one exceeds 3 uncertainties by chance, and the root mean
    square in units of the uncertainty is below 1 + 3/sqrt(2 x 16) = 1.5.
    """
    truth = electrons @ fermion_kernel(TIME, FINE, BETA).T
    state = monte_carlo(green_tau=measured(np.random.default_rng(1), truth, 1e-3))
    windows = [(-12, 0), (0, 12), (-12, -2.5), (2.5, 12)]
    found = on.probe.electron_spectral_function(state, GRID, windows=windows, momenta=[0, 1, 2, 3])
    exact = np.array([[window_share(FINE, *x) @ electrons[k] for x in windows] for k in range(4)])
    off = (found["window_weight"] - exact) / np.hypot(
        found["window_weight_error"], found["window_weight_spread"]
    )
    assert np.abs(off).max() < 3 and np.sqrt(np.mean(off**2)) < 1.5
    # sum rule; the fit is nearer to the truth than the data, 74 independent times: rms below 1 + 3/sqrt(2 x 74)
    assert np.allclose(found["window_weight"][:, :2].sum(axis=1), 1, atol=1e-4)
    sigma = 1e-3 * np.maximum(truth[:4], 1e-3 * truth.max())
    assert np.sqrt(np.mean(((found["green_tau_fit"] - truth[:4]) / sigma) ** 2)) < 1.25
    assert np.all(found["electron_spectrum"] >= 0) and found["electron_resolution"].shape == (4, 241)
    assert np.all(found["continuation_misfit"] < SLICES + 5 * np.sqrt(2 * SLICES))
    assert found["electron_spectrum"].attrs["units"] == "1/meV" and found.attrs["criterion"] == "kink"


def test_first_moments_of_a_ring(electrons) -> None:
    """int w A = eps_k + U (<n> - 1/2) - mu = -2 cos k (half filling): shapes of the tails make the rest.

    Lorentzians cut at +-12 keep it to 2 BROAD/(12 pi) = 1.6 % of the pole, so the broadened truth is compared.
    """
    truth = electrons @ fermion_kernel(TIME, FINE, BETA).T
    assert np.allclose(electrons @ FINE, -2 * np.cos(2 * np.pi * np.arange(6) / 6), atol=0.05)
    bins = measured(np.random.default_rng(2), truth, 1e-4)
    for k in range(4):
        one = maximum_entropy(
            fermion_kernel(TIME, GRID, BETA),
            bins.mean(axis=0)[k],
            noise_of_bins(bins[:, k]),
            GRID,
            total=(1.0, 0.0),
        )
        seen = functional(one, GRID)
        assert abs(seen.value - electrons[k] @ FINE) < 3 * seen.uncertainty < 0.6


def test_spins_of_a_ring(ground) -> None:
    """S(q, w) against exact diagonalisation; detailed balance, chi'' and both signs of the energy."""
    half = np.linspace(0, 12, 1201)
    exact = on.solve.spin_spectrum(ground, half, broadening=BROAD)["spin_spectrum_zz"][1:4]
    weights = exact * cell_widths(half) * (1 + np.exp(-BETA * half))
    truth = np.concatenate([np.ones((1, SLICES)), weights @ boson_kernel(TIME, half, BETA).T])
    state = monte_carlo(spin_correlation_tau=measured(np.random.default_rng(3), truth, 1e-3))
    transfer = np.concatenate([-np.linspace(0.1, 1, 10)[::-1], np.linspace(0, 12, 121)])
    windows = [(0, 1.5), (1.5, 12)]
    found = on.probe.spin_structure_factor(state, transfer, windows=windows, momenta=[1, 2, 3])
    inside = np.array([[window_share(half, *x) @ row for x in windows] for row in weights])
    off = (found["window_weight"] - inside) / np.hypot(
        found["window_weight_error"], found["window_weight_spread"]
    )
    assert np.abs(off).max() < 3
    assert np.all(found["window_weight_lower"] <= inside) and np.all(inside <= found["window_weight_upper"])
    # the weight is the equal-time structure factor, to 4 standard errors 1e-3
    assert np.allclose(found["window_weight"].sum(axis=1), truth[1:, 0], rtol=4e-3)
    S = found["structure_factor"]
    pairs = S.sel(energy_transfer=-0.5, method="nearest"), S.sel(energy_transfer=0.5, method="nearest")
    assert np.allclose(pairs[0], pairs[1] * np.exp(-BETA * 0.5), rtol=1e-9)
    up = found["energy_transfer"].values > 0
    w = found["energy_transfer"].values[up]
    assert np.allclose(S[:, up], found["spin_absorption"][:, up] / np.pi / -np.expm1(-BETA * w), rtol=1e-9)
    assert np.all(found["spin_absorption"].values[:, ~up] <= 0)


def test_conductivity_of_a_drude_peak() -> None:
    """Weights of the Drude peak and of a peak at 4; the whole is pi chi(0)/2, an integral of the data."""
    w = np.linspace(0, 12, 1201)
    drude = 0.8 * 2 / np.pi * 0.3 / (w**2 + 0.09)
    sigma = drude + 0.5 * np.exp(-0.5 * ((w - 4) / 0.7) ** 2) / 0.7 / np.sqrt(2 * np.pi)
    weights = sigma * cell_widths(w)
    truth = (weights / np.pi) @ susceptibility_kernel(TIME, w, BETA).T
    state = monte_carlo(
        current_correlation_tau=measured(np.random.default_rng(4), np.tile(truth, (2, 1)), 1e-3)
    )
    windows = [(0, 1.5), (1.5, 12), (0, 12)]
    found = on.probe.conductivity_spectrum(state, np.linspace(0, 12, 161), windows=windows, momenta=[0])
    exact = np.array([window_share(w, *x) @ weights for x in windows])
    sure = np.hypot(found["window_conductivity_error"], found["window_conductivity_spread"])[0]
    assert np.all(np.abs(found["window_conductivity"][0] - exact) < 3 * sure)
    # int over tau of the data gives the whole as well, so its error is small
    assert sure[2] < 0.02 * exact[2]
    assert found["conductivity_spectrum"].attrs["units"] == "e²/ħ"
    step = cell_widths(found["energy_transfer"].values)
    assert np.isclose(found["conductivity_spectrum"].values[0] @ step, found["window_conductivity"][0, 2])


def test_a_state_from_a_file_gives_the_same(electrons, tmp_path) -> None:
    truth = electrons @ fermion_kernel(TIME, FINE, BETA).T
    state = monte_carlo(green_tau=measured(np.random.default_rng(5), truth, 1e-3))
    again = load(save(state, tmp_path / "run.nc"))
    first, second = (
        on.probe.electron_spectral_function(s, GRID, momenta=[2], stride=2) for s in (state, again)
    )
    assert np.array_equal(first["electron_spectrum"], second["electron_spectrum"])
    assert first["imaginary_time"].size == 20 and first["continuation_directions"] == 20


def test_what_the_data_cannot_say_is_warned_of(electrons) -> None:
    truth = electrons @ fermion_kernel(TIME, FINE, BETA).T
    noise = measured(np.random.default_rng(6), np.ones_like(truth), 1.0) - 1
    loud = monte_carlo(green_tau=truth + noise)
    with pytest.warns(OnnesWarning, match="momentum 1: .*the data fix only"):
        found = on.probe.electron_spectral_function(loud, GRID, momenta=[1])
    assert found["window_weight_error"].min() > 0.2
    fine = monte_carlo(green_tau=measured(np.random.default_rng(6), truth, 1e-3))
    with pytest.warns(
        OnnesWarning, match=r"the window from 3 to 3\.1 meV is narrower than twice the resolution"
    ):
        on.probe.electron_spectral_function(fine, GRID, momenta=[1], windows=[(3, 3.1)])


def test_mistakes_are_named(electrons) -> None:
    truth = electrons @ fermion_kernel(TIME, FINE, BETA).T
    state = monte_carlo(green_tau=measured(np.random.default_rng(7), truth, 1e-3))
    ask = on.probe.electron_spectral_function
    with pytest.raises(CannotProbe, match=r"spin_structure_factor needs spin_correlation_tau"):
        on.probe.spin_structure_factor(state, GRID)
    with pytest.raises(CannotProbe, match="imaginary-time correlations"):
        ask(on.solve.exact_diagonalisation(MODEL, (1, 1)), GRID)
    few = State(MODEL, "dqmc", {**state.fields, "green_tau_bins": state["green_tau_bins"][:79]}, state.report)
    with pytest.raises(TooShort, match="79 bins for the covariance of 40 times"):
        ask(few, GRID, momenta=[0])
    wrong = State(MODEL, "dqmc", {**state.fields, "green_tau": state["green_tau"] * 1j}, state.report)
    with pytest.raises(InvalidInput, match="imaginary part"):
        ask(wrong, GRID)
    broken = State(MODEL, "dqmc", {**state.fields, "green_tau": state["green_tau"][:2]}, state.report)
    with pytest.raises(InvalidInput, match="with bins"):
        ask(broken, GRID)
    for options, text in (
        ({"momenta": [6]}, "from 0 to 5"),
        ({"stride": 0}, "stride 0"),
        ({"criterion": "x"}, "criterion 'x'"),
        ({"windows": [(2.0, 1.0)], "momenta": [0]}, "low < high"),
    ):
        with pytest.raises(InvalidInput, match=text):
            ask(state, GRID, **options)
    with pytest.raises(InvalidInput, match="rising"):
        ask(state, GRID[::-1])
    current = monte_carlo(current_correlation_tau=np.ones((BINS, 6, SLICES)))
    with pytest.raises(InvalidInput, match="zero or positive"):
        on.probe.conductivity_spectrum(current, GRID)
    with pytest.raises(InvalidInput, match="without noise"):
        on.probe.conductivity_spectrum(current, np.abs(GRID[120:]))
