"""Counter-based random numbers: published answers, and moments within their statistical errors."""

import numpy as np
import pytest

from onnes.numerics.philox import normal, philox, uniform


@pytest.mark.parametrize(
    ("counter", "seed", "words"),
    [
        ([0, 0, 0, 0], 0, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ([2**32 - 1] * 4, 2**64 - 1, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ],
)
def test_known_answers(counter: list[int], seed: int, words: str) -> None:
    """The known answers of Philox4x32-10 published with the generator (Salmon et al.)."""
    assert [f"{int(w):08x}" for w in philox(np.array(counter), seed)] == words.split()


def test_moments() -> None:
    counters = np.stack(np.indices((40, 50, 20, 1)), axis=-1).reshape(-1, 4)
    u, g = uniform(counters, 7), normal(counters, 7)
    n = len(counters)
    # Five standard errors of the mean, of the variance, and of the correlation of the two streams.
    assert abs(u.mean() - 0.5) < 5 / np.sqrt(12 * 2 * n)
    assert abs(np.corrcoef(u.T)[0, 1]) < 5 / np.sqrt(n)
    assert abs(g.mean()) < 5 / np.sqrt(n)
    assert abs(g.var() - 1) < 5 * np.sqrt(2 / n)
    assert u.min() > 0 and u.max() < 1


def test_negative_counters_are_distinct() -> None:
    a, b = philox(np.array([[-1, 0, 0, 0], [1, 0, 0, 0]]), 3)
    assert not np.array_equal(a, b)
