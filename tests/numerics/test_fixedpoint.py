"""Anderson mixing: linear problems in as many steps as unknowns, limits, cancellation, overflow."""

import numpy as np

from onnes.numerics.fixedpoint import Anderson, anderson


def test_linear_problem_ends_in_as_many_steps_as_unknowns() -> None:
    """With a full history Anderson is GMRES: n unknowns need at most n + 2 evaluations."""
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(6, 6))
    matrix *= 0.9 / np.max(np.abs(np.linalg.eigvals(matrix)))
    b = rng.normal(size=6)
    found = anderson(lambda x: matrix @ x + b, np.zeros(6), Anderson(history=6, tolerance=1e-9))
    assert found.converged and found.iterations <= 9
    assert np.allclose(found.x, np.linalg.solve(np.eye(6) - matrix, b), atol=1e-7)


def test_converges_where_plain_iteration_diverges() -> None:
    found = anderson(lambda x: np.array([3.0]) - 2.0 * x, np.zeros(1), Anderson())
    assert found.converged and np.isclose(found.x[0], 1.0)


def test_says_how_it_stopped() -> None:
    slow = anderson(lambda x: x + 1, np.ones(1), Anderson(max_iterations=3))
    assert not slow.converged and slow.iterations == 3 and slow.finite
    burst = anderson(lambda x: x * np.inf, np.ones(1), Anderson())
    assert not burst.converged and not burst.finite
    seen: list[tuple[int, float]] = []
    halted = anderson(
        lambda x: 0.5 * x + 1, np.zeros(1), Anderson(), monitor=lambda i, r: seen.append((i, r)) or i == 1
    )
    assert halted.cancelled and [i for i, _ in seen] == [0, 1]
