"""Maximum entropy: optimum and posterior against their definitions, coverage over replicas, sum rules, limits."""

import numpy as np
import pytest

from onnes.errors import InvalidInput, TooShort
from onnes.numerics import maxent
from onnes.numerics.continuation_kernels import (
    boson_kernel,
    cell_widths,
    fermion_kernel,
    fold,
    susceptibility_kernel,
    window_share,
)
from onnes.numerics.continuation_windows import (
    bounds,
    doubts,
    functional,
    narrow,
    resolution,
    window_integral,
)
from onnes.numerics.maxent import Noise, Whitened, maximum_entropy, noise_of_bins, whiten

BETA = 10.0
TIME = np.linspace(0, BETA, 33)


def bump(w, centre, sigma):
    return np.exp(-0.5 * ((w - centre) / sigma) ** 2) / sigma / np.sqrt(2 * np.pi)


def correlated(time, image, size):
    """Covariance of noise that keeps its sign for a time 1, with errors of ``size`` times the data and their top."""
    sigma = size * (0.2 * image.max() + image)
    return np.outer(sigma, sigma) * np.exp(-np.abs(time[:, None] - time))


class Synthetic:
    """A known spectrum and its noisy image."""

    def __init__(self, kind, size, points=101):
        if kind == "two peaks":
            self.w, kernel, self.time = np.linspace(-7, 7, points), fermion_kernel, TIME
            density = 0.4 * bump(self.w, -2, 0.5) + 0.6 * bump(self.w, 1.5, 0.7)
            self.windows = [(-7, 0), (0, 1.5), (1.5, 7)]
        elif kind == "gap":
            self.w, kernel, self.time = np.linspace(-10, 10, points), fermion_kernel, TIME
            tail = np.where(np.abs(self.w) > 1.5, np.exp(-(np.abs(self.w) - 1.5) / 1.5), 0)
            density = tail * np.where(self.w > 0, 1.4, 0.6) / 3
            self.windows = [(-1, 1), (1, 3), (3, 10)]
        elif kind == "Drude and peak":
            self.w, kernel, self.time = np.linspace(0, 10, points), susceptibility_kernel, TIME[:17]
            density = 0.3 / np.pi / (self.w**2 + 0.09) + 0.5 * bump(self.w, 4, 0.8)
            self.windows = [(0, 1), (1, 2.5), (2.5, 10)]
        else:
            self.w, kernel, self.time = np.linspace(0, 6, points), boson_kernel, TIME[:17]
            density = 0.6 * bump(self.w, 0.8, 0.25) + 0.2 * bump(self.w, 2.5, 0.5)
            self.windows = [(0, 0.5), (0.5, 1.5), (1.5, 6)]
        self.weights = density * cell_widths(self.w)
        self.kernel = kernel(self.time, self.w, BETA)
        self.image = self.kernel @ self.weights
        self.total = (float(self.weights.sum()), 0.0) if kernel is fermion_kernel else None
        self.noise = Noise(correlated(self.time, self.image, size))
        self.root = np.linalg.cholesky(self.noise.covariance)

    def draw(self, rng):
        return self.image + self.root @ rng.normal(size=len(self.time))

    def solve(self, data, **options):
        return maximum_entropy(self.kernel, data, self.noise, self.w, total=self.total, **options)


# --- kernels ---------------------------------------------------------------------------------------


def test_kernels_are_their_formulas_and_never_overflow() -> None:
    w = np.linspace(-3, 3, 13)
    t = TIME[:, None]
    assert np.allclose(fermion_kernel(TIME, w, BETA), np.exp(-t * w) / (1 + np.exp(-BETA * w)), rtol=1e-13)
    assert np.allclose(fermion_kernel(np.array([0, BETA]), w, BETA).sum(axis=0), 1, atol=1e-15)
    up = w[w >= 0]
    pair = np.exp(-t * up) + np.exp(-(BETA - t) * up)
    assert np.allclose(boson_kernel(TIME, up, BETA), pair / (1 + np.exp(-BETA * up)), rtol=1e-13)
    some = up[1:]
    assert np.allclose(
        susceptibility_kernel(TIME, some, BETA), (some * pair[:, 1:]) / (1 - np.exp(-BETA * some))
    )
    assert np.allclose(susceptibility_kernel(TIME, np.zeros(1), BETA), 2 / BETA)
    with np.errstate(all="raise", under="ignore"):
        for kernel in (fermion_kernel, boson_kernel, susceptibility_kernel):
            assert np.all(np.isfinite(kernel(TIME, np.array([0.0, 1e-12, 1e5]), BETA)))


def test_weight_of_a_susceptibility_is_half_its_static_value() -> None:
    """integral of the kernel over 0 < t < beta is 2 for each energy: exact, midpoint rule of 1e5 steps."""
    t = (np.arange(100_000) + 0.5) * BETA / 100_000
    area = susceptibility_kernel(t, np.array([0.0, 0.01, 1.0, 6.0]), BETA).mean(axis=0) * BETA
    # the midpoint rule is wrong by (w h)^2/24 = 1.5e-8 at most
    assert np.allclose(area, 2, atol=1e-7)


def test_folding_keeps_an_even_correlation_and_halves_its_noise() -> None:
    w = np.linspace(0, 4, 20)
    even = boson_kernel(TIME, w, BETA).sum(axis=1)
    t, folded = fold(TIME, even, BETA)
    assert np.allclose(t, TIME[:17]) and np.allclose(folded, even[:17], rtol=1e-14)
    # without the last time the first has no image and keeps its value
    t, folded = fold(TIME[:-1], np.stack([even[:-1]] * 2), BETA)
    assert len(t) == 17 and np.allclose(folded, even[:17], rtol=1e-14)
    _, odd = fold(TIME, TIME - BETA / 2, BETA)
    assert np.allclose(odd, 0, atol=1e-14)


def test_window_shares_add_up() -> None:
    w = np.array([-2.0, -1.5, -0.7, 0.0, 0.1, 0.5, 1.0, 3.0])
    parts = [window_share(w, *x) for x in ((-2, -0.9), (-0.9, 0.3), (0.3, 9))]
    assert np.allclose(sum(parts), 1) and np.isclose(parts[1] @ cell_widths(w), 1.2)


# --- noise -----------------------------------------------------------------------------------------


def test_inverse_covariance_of_few_bins_is_right_on_average() -> None:
    """tr(C_estimated^-1 C) has mean p with Hartlap's factor; without it p (n - 1)/(n - p - 2) = 1.39 p here."""
    rng = np.random.default_rng(2)
    p, n, draws = 10, 40, 200
    root = np.linalg.cholesky(np.exp(-np.abs(np.subtract.outer(np.arange(p), np.arange(p))) / 3.0))
    traces = []
    for _ in range(draws):
        bins = rng.normal(size=(n, p)) @ root.T
        white = whiten(root, root.sum(axis=1), noise_of_bins(bins))
        traces.append(np.sum(white.kernel**2) / n)
    error = np.std(traces) / np.sqrt(draws)
    assert error < 0.2 and abs(np.mean(traces) - p) < 4 * error


def test_directions_without_noise_are_dropped() -> None:
    """Two equal times, and one that does not fluctuate: two directions less, and the spectrum unharmed."""
    made = Synthetic("two peaks", 1e-3)
    rng = np.random.default_rng(3)
    bins = made.image + np.sqrt(200) * rng.normal(size=(200, 33)) @ made.root.T
    bins = np.concatenate([bins, bins[:, :1]], axis=1)
    bins[:, 5] = 0.3
    kernel = np.concatenate([made.kernel, made.kernel[:1]])
    white = whiten(kernel, bins.mean(axis=0), noise_of_bins(bins))
    assert white.directions == 32 and white.dropped == 2
    found = maximum_entropy(kernel, bins.mean(axis=0), noise_of_bins(bins), made.w, total=made.total)
    assert found.dropped == 2 and doubts(found) == ()


def test_too_few_bins_are_refused() -> None:
    with pytest.raises(TooShort, match=r"39 bins for the covariance of 20 times; give at least 40"):
        noise_of_bins(np.zeros((39, 20)))
    with pytest.raises(TooShort, match="at least 5"):
        noise_of_bins(np.zeros((4, 2)))


# --- optimum, posterior, bounds --------------------------------------------------------------------


def test_every_solution_is_stationary() -> None:
    """alpha ln(a/d) = K^T (y - K a) at each alpha, so that the concave alpha S - chi^2/2 is at its maximum."""
    made = Synthetic("two peaks", 1e-3)
    white = whiten(made.kernel, made.draw(np.random.default_rng(4)), made.noise, made.total)
    path = maxent._path(white, cell_widths(made.w))
    assert len(path.alpha) > 30 and np.all(np.diff(path.chi2) < 1e-9 * path.chi2[:-1])
    model = cell_widths(made.w) * path.weights[0].sum() / 14
    # |v| is found to the tolerance 1e-8 sqrt(n) + 1e-13 |y| of the gradient over alpha, the model's weight to 1 %
    slack = np.linalg.norm(white.kernel, axis=0).max() * (1e-7 + 1e-13 * np.linalg.norm(white.data))
    for alpha, a in zip(path.alpha, path.weights, strict=True):
        force = white.kernel.T @ (white.data - white.kernel @ a) / alpha
        seen = a > 1e-100
        off = np.log(a[seen] / model[seen]) - force[seen]
        assert np.ptp(off) < slack / alpha + 1e-9 * np.ptp(force) + 1e-9
        assert np.abs(off).max() < slack / alpha + 1e-9 * np.abs(force).max() + 0.02


def test_posterior_is_the_inverse_of_the_curvature() -> None:
    rng = np.random.default_rng(5)
    K, a, alpha = rng.normal(size=(4, 9)), rng.uniform(0.1, 1, 9), 0.7
    white = Whitened(K, np.zeros(4), 0.0, 4, 0)
    covariance, good = maxent._posterior(white, a, alpha)
    dense = np.linalg.inv(alpha * np.diag(1 / a) + K.T @ K)
    assert np.allclose(covariance, dense, rtol=1e-10)
    levels = np.linalg.eigvalsh(np.sqrt(a)[:, None] * (K.T @ K) * np.sqrt(a))
    assert np.isclose(good, np.sum(levels / (alpha + levels)))


def test_bounds_of_a_problem_without_kernel() -> None:
    """K = 1: the bounds are y +- 1, cut at zero; of a sum of two y_1 + y_2 +- sqrt(2)."""
    white = Whitened(np.eye(2), np.array([0.1, 2.0]), 0.0, 2, 0)
    # the root of the excess is found to 2 %
    assert np.allclose(bounds(white, np.array([0.0, 1.0]), 1.0, 0.3), (1, 3), atol=0.03)
    assert np.allclose(bounds(white, np.array([1.0, 0.0]), 1.0, 0.3), (0, 1.1), atol=0.03)
    far = Whitened(np.eye(2), np.array([5.0, 4.0]), 0.0, 2, 0)
    assert np.allclose(bounds(far, np.ones(2), 1.0, 5.0), 9 + np.sqrt(2) * np.array([-1, 1]), atol=0.04)


def test_bounds_hold_every_spectrum_that_fits() -> None:
    """Any non-negative spectrum within the misfit has its weight inside; the truth without noise is one."""
    made = Synthetic("spin", 1e-3)
    found = made.solve(made.image)
    white = found.system
    misfit = np.sum((white.kernel @ made.weights - white.data) ** 2)
    assert misfit < 1e-6
    for low, high in made.windows:
        seen = window_integral(found, low, high)
        truth = window_share(made.w, low, high) @ made.weights
        assert seen.lower < truth < seen.upper
        wide = window_integral(found, low, high, sigmas=3.0)
        assert wide.lower <= seen.lower + 1e-9 and wide.upper >= seen.upper - 1e-9


# --- coverage --------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [16, pytest.param(100, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", ["two peaks", "gap", "Drude and peak", "spin"])
def test_errors_of_windows_cover(kind: str, n: int) -> None:
    """Over replicas the truth lies within one and two uncertainties at least as often as for a normal deviate.

    A count of n trials of probability p is at most 3 standard deviations sqrt(n p (1 - p)) below n p. Uncertainties
    hold a systematic part, so that they may cover more; they must not be larger than 10 times the actual error.
    """
    made, rng = Synthetic(kind, 1e-3), np.random.default_rng(6)
    spectra = [made.solve(made.draw(rng)) for _ in range(n)]
    for low, high in made.windows:
        assert all(narrow(one, low, high) is None for one in spectra[:12]) or kind == "spin"
        h = window_share(made.w, low, high)
        truth = h @ made.weights
        seen = [window_integral(one, low, high) for one in spectra[:12]]
        values = np.array([h @ (one.spectrum * one.width) for one in spectra])
        spread = np.array(
            [
                np.abs((one.alternatives * one.width) @ h - v).max()
                for one, v in zip(spectra, values, strict=True)
            ]
        )
        sigma = np.sqrt([h @ one.covariance @ h + s**2 for one, s in zip(spectra, spread, strict=True)])
        assert np.allclose([one.uncertainty for one in seen], sigma[:12], rtol=1e-6)
        off = np.abs(values - truth) / sigma
        for width, p in ((1, 0.6827), (2, 0.9545)):
            assert np.count_nonzero(off < width) > n * p - 3 * np.sqrt(n * p * (1 - p))
        assert np.mean(sigma) < 10 * np.sqrt(np.mean((values - truth) ** 2))
        inside = sum(one.lower <= truth <= one.upper for one in seen)
        assert inside > 12 * 0.6827 - 3 * np.sqrt(12 * 0.6827 * 0.3173)


def test_estimated_covariance_covers_too() -> None:
    """Of 80 bins for 33 times: the same counts."""
    made, rng, n = Synthetic("two peaks", 1e-3), np.random.default_rng(7), 12
    h = window_share(made.w, 0, 1.5)
    off = []
    for _ in range(n):
        bins = made.image + np.sqrt(80) * rng.normal(size=(80, 33)) @ made.root.T
        found = maximum_entropy(made.kernel, bins.mean(axis=0), noise_of_bins(bins), made.w, total=made.total)
        seen = window_integral(found, 0, 1.5)
        off.append(abs(seen.value - h @ made.weights) / seen.uncertainty)
    assert np.count_nonzero(np.array(off) < 1) > n * 0.6827 - 3 * np.sqrt(n * 0.6827 * 0.3173)


# --- sum rules and limits --------------------------------------------------------------------------


def test_sum_rules() -> None:
    """A given weight is kept to its error 1e-5; that of a boson is the datum at t = 0 within its noise."""
    made, rng = Synthetic("two peaks", 1e-2), np.random.default_rng(8)
    for criterion in maxent.CRITERIA:
        found = made.solve(made.draw(rng), criterion=criterion)
        assert abs(found.spectrum @ found.width - made.total[0]) < 5e-5
        assert abs(found.fit[0] + found.fit[-1] - made.total[0]) < 5e-5
    spin = Synthetic("spin", 1e-3)
    data = spin.draw(rng)
    found = spin.solve(data)
    sigma = np.sqrt(np.diag(spin.noise.covariance))
    assert abs(found.spectrum @ found.width - data[0]) < 4 * sigma[0]
    assert np.all(np.abs(found.fit - data) < 5 * sigma)


def test_less_noise_converges() -> None:
    """The distance to the truth falls with the noise, and so do error and resolution."""
    rng = np.random.default_rng(9)
    distance, error, width = [], [], []
    for size in (1e-2, 1e-4, 1e-6):
        made = Synthetic("two peaks", size)
        found = made.solve(made.draw(rng))
        distance.append(np.abs(found.spectrum * found.width - made.weights).sum())
        error.append(window_integral(found, 0, 1.5).error)
        width.append(np.interp(1.5, made.w, resolution(found)))
    # measured 0.24, 0.05, 0.011 and, for the errors, 0.05, 0.006, 0.001: every 100 in noise gives more than 2
    for series in (distance, error):
        assert series[1] < series[0] / 2 and series[2] < series[1] / 2
    assert distance[2] < 0.03
    # a resolution falls with the logarithm of the noise only, and is as wide as the peaks that it shows, or less
    assert width[2] < width[1] < width[0]


def test_resolution_of_perfect_data_is_a_cell() -> None:
    """K = 1 and no noise: weight reappears in its own cell, of (1)^2/(1/width) = width, times 0.664."""
    w = np.linspace(0, 5, 11)
    made = maximum_entropy(np.eye(11), np.full(11, 0.3), Noise(np.eye(11) * 1e-12), w)
    assert np.allclose(resolution(made), 0.664 * made.width, rtol=1e-3)


def test_criteria_and_defaults_are_told() -> None:
    made = Synthetic("two peaks", 1e-3)
    data = made.draw(np.random.default_rng(10))
    flat = made.solve(data)
    assert flat.choices == (
        "classic, flat",
        "bryan, flat",
        "kink, gaussian",
        "classic, gaussian",
        "bryan, gaussian",
    )
    classic = made.solve(data, criterion="classic", default="gaussian")
    assert np.allclose(classic.spectrum, flat.alternatives[3], rtol=1e-9)
    # -2 alpha S = good where P(alpha) is largest (Jarrell and Gubernatis): the path is a grid of steps 10^0.2 in alpha,
    # over which alpha S moves by less than half
    alpha, chi2, log_p = flat.path
    top = np.argmax(log_p)
    white = whiten(made.kernel, data, made.noise, made.total)
    path = maxent._path(white, cell_widths(made.w))
    _, good = maxent._posterior(white, path.weights[top], alpha[top])
    model = cell_widths(made.w) / 14 * path.weights[0].sum()
    a = path.weights[top]
    entropy = np.sum(a - model - a * np.log(a / model))
    assert np.isclose(-2 * alpha[top] * entropy, good, rtol=0.5)
    assert np.all(np.diff(chi2) < 1e-9 * chi2[:-1])


def test_the_kink_does_not_care_for_the_scale_of_the_noise() -> None:
    """Errors wrong by a factor of 3 move the classic spectrum more than that of the kink."""
    made = Synthetic("two peaks", 1e-3)
    data = made.draw(np.random.default_rng(11))
    wrong = Noise(made.noise.covariance / 9)
    moved = {}
    for criterion in ("kink", "classic"):
        right = made.solve(data, criterion=criterion)
        other = maximum_entropy(made.kernel, data, wrong, made.w, total=made.total, criterion=criterion)
        moved[criterion] = np.abs((right.spectrum - other.spectrum) * right.width).sum()
    assert moved["kink"] < 0.3 * moved["classic"]


def test_a_true_default_model_is_kept() -> None:
    """It fits without change: the spectrum stays near it, and the other default models show in the spread."""
    made = Synthetic("two peaks", 1e-2)
    data = made.draw(np.random.default_rng(12))
    density = made.weights / cell_widths(made.w) + 1e-9
    given = made.solve(data, default=density)
    flat = made.solve(data)

    def distance(one):
        return np.abs(one.spectrum * one.width - made.weights).sum()

    assert distance(given) < 0.5 * distance(flat) and given.choices[2] == "kink, flat"
    seen = window_integral(given, 0, 1.5)
    assert seen.systematic > 0.5 * abs(seen.value - window_integral(flat, 0, 1.5).value) > 0


def test_preblur_keeps_weight_and_smooths() -> None:
    """A blurred spectrum fits as well, has the same weight, and is smoother than without blur."""
    made = Synthetic("spin", 1e-4)
    data = made.draw(np.random.default_rng(13))
    plain, blurred = made.solve(data), made.solve(data, preblur=0.2)
    assert doubts(blurred, open_low=False) == ()
    assert np.isclose(blurred.spectrum @ blurred.width, plain.spectrum @ plain.width, rtol=1e-3)
    # the slope of a convolution with a Gaussian of 0.2 is below max(A)/0.2 sqrt(2/(pi e)) = 0.48 max/0.2
    slope = np.abs(np.gradient(blurred.spectrum, blurred.energy)).max()
    assert slope < 0.5 * blurred.spectrum.max() / 0.2 * 2
    reply = blurred.response.sum(axis=0)
    assert np.isclose(np.average(reply, weights=made.weights), 1, atol=0.05)


# --- doubts and mistakes ---------------------------------------------------------------------------


def test_doubts_are_named() -> None:
    rng = np.random.default_rng(14)
    loud = Synthetic("spin", 3.0)
    found = loud.solve(np.abs(loud.draw(rng)))
    assert any("the data fix only" in one for one in doubts(found, open_low=False))
    made = Synthetic("two peaks", 1e-3)
    wrong = maximum_entropy(made.kernel, made.draw(rng), Noise(made.noise.covariance / 25), made.w)
    assert any("the fit fails" in one for one in doubts(wrong))
    short = np.linspace(-7, 1.5, 100)
    cut = maximum_entropy(fermion_kernel(TIME, short, BETA), made.draw(rng), made.noise, short)
    assert any("at an end of the grid" in one for one in doubts(cut))
    good = made.solve(made.draw(rng))
    assert doubts(good) == () and narrow(good, -7, 0) is None
    least = resolution(good)[np.abs(made.w + 2) < 0.3].min()
    assert narrow(good, -2.2, -1.8) == pytest.approx(least, rel=0.05)


def test_mistakes_are_named() -> None:
    made = Synthetic("two peaks", 1e-3)
    for options, text in (
        ({"criterion": "best"}, "criterion 'best'"),
        ({"default": "round"}, "default model 'round'"),
        ({"default": np.zeros(101)}, "positive density"),
        ({"preblur": -1.0}, "preblur -1"),
    ):
        with pytest.raises(InvalidInput, match=text):
            made.solve(made.image, **options)
    with pytest.raises(InvalidInput, match="not finite"):
        made.solve(made.image * np.nan)
    with pytest.raises(InvalidInput, match="kernel"):
        made.solve(made.image[1:])
    with pytest.raises(InvalidInput, match="without noise"):
        maximum_entropy(made.kernel, made.image, Noise(np.zeros((33, 33))), made.w)
    with pytest.raises(InvalidInput, match="without positive weight"):
        maximum_entropy(made.kernel, -made.image, made.noise, made.w)
    with pytest.raises(InvalidInput, match="rising order"):
        made.solve(made.image) and cell_widths(made.w[::-1])
    found = made.solve(made.image)
    with pytest.raises(InvalidInput, match="low < high"):
        window_integral(found, 2, 1)
    with pytest.raises(InvalidInput, match="standard errors"):
        window_integral(found, 1, 2, sigmas=0.0)
    with pytest.raises(InvalidInput, match="finite numbers"):
        functional(found, np.ones(3))
    with pytest.raises(InvalidInput, match="outside 0"):
        fermion_kernel(np.array([BETA + 1]), made.w, BETA)
    with pytest.raises(InvalidInput, match="w >= 0"):
        boson_kernel(TIME, made.w, BETA)
    with pytest.raises(InvalidInput, match="inverse temperature"):
        boson_kernel(TIME, made.w, -1.0)
    with pytest.raises(InvalidInput, match="bins of shape"):
        noise_of_bins(np.zeros(4))
