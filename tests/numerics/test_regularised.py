"""Tikhonov-regularised non-negative least squares: limits, and the two rules for its strength."""

import numpy as np
import pytest

from onnes.numerics.regularised import by_discrepancy, by_evidence, freedom, regularised, second_difference

N = 40
GRID = np.linspace(0, 1, N)
TRUTH = np.exp(-((GRID - 0.4) ** 2) / 0.02)
BLUR = np.exp(-((GRID[:, None] - GRID) ** 2) / 0.005)
SMOOTH = second_difference(N)


def data(seed: int, sigma: float = 0.05) -> tuple[np.ndarray, np.ndarray]:
    noise = sigma * np.random.default_rng(seed).standard_normal(N)
    return BLUR / sigma, (BLUR @ TRUTH + noise) / sigma


def test_strong_and_weak_limits() -> None:
    a, b = data(0)
    # L has no null vector (zero beyond both ends): a large strength leaves (alpha L^T L)^-1 A^T b, falling as 1/alpha.
    strong, stronger = (np.max(regularised(a, b, SMOOTH, alpha)) for alpha in (1e12, 1e14))
    assert 0 < stronger == pytest.approx(strong / 100, rel=0.01)
    assert freedom(a, SMOOTH, 1e14, np.ones(N, bool)) < 1e-3
    assert freedom(np.eye(N), SMOOTH, 1e-12, np.ones(N, bool)) == pytest.approx(N, rel=1e-9)


def test_discrepancy_fits_to_the_noise() -> None:
    for seed in range(3):
        a, b = data(seed)
        alpha = by_discrepancy(a, b, SMOOTH)
        x = regularised(a, b, SMOOTH, alpha)
        left = N - freedom(a, SMOOTH, alpha, x > 0)
        ratio = np.sum((a @ x - b) ** 2) / left
        # The largest strength tried with ratio <= 1; the grid is a factor 1.6, chi^2 changes slower.
        assert 0.5 < ratio <= 1


def test_evidence_finds_the_strength_the_truth_was_drawn_with() -> None:
    # x drawn from the prior exp(-alpha |Lx|^2/2); draws that meet the bound are left out. About 10 numbers
    # are determined, so that ln alpha scatters by sqrt(2/10) = 0.45 from draw to draw.
    alpha, found = 400.0, []
    for seed in range(40):
        random = np.random.default_rng(seed)
        x = np.linalg.solve(SMOOTH, random.standard_normal(N)) / np.sqrt(alpha)
        a = BLUR / 0.01
        if np.min(x) >= 0:
            found.append(np.log(by_evidence(a, a @ x + random.standard_normal(N), SMOOTH) / alpha))
    assert len(found) >= 6
    assert abs(np.mean(found)) < 4 * 0.45 / np.sqrt(len(found))


def test_replicas_have_the_posterior_covariance() -> None:
    # Far from the bound the draws are exact: variances agree to sqrt(2/400) each, 5 of them in the mean.
    a, b = data(1)
    b = b + a @ np.full(N, 50.0)
    noise = np.random.default_rng(5)
    smooth = np.diag(np.full(N, 0.1))
    drawn = np.array([regularised(a, b, smooth, 1.0, noise) for _ in range(400)])
    expected = np.diag(np.linalg.inv(a.T @ a + 0.01 * np.eye(N)))
    assert np.min(drawn) > 0
    assert np.mean(drawn.var(axis=0) / expected) == pytest.approx(1, abs=5 * np.sqrt(2 / 400))
