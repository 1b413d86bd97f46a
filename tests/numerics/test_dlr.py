"""The compact basis reproduces functions of definite parity on every Matsubara frequency."""

import numpy as np
import pytest

from onnes.numerics.dlr import parity_basis

COUNTS = [1, 2, 7, 64, 611, 4700]
# Dropped singular values are 1e-12 of the largest; the interpolation amplifies them by the Lebesgue
# constant of the nodes and by the oscillation of high singular vectors, together below 1e5.
BOUND = 1e-7


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("gap", [0.01, 1.3, 30.0])
def test_bcs_functions_are_interpolated(count: int, gap: float) -> None:
    w = 2 * np.arange(count) + 1.0
    basis = parity_basis(count)
    anomalous, normal = 1 / np.sqrt(w**2 + gap**2), w / np.sqrt(w**2 + gap**2) - 1
    assert np.max(np.abs(basis.even(anomalous[basis.nodes]) - anomalous) * np.sqrt(w**2 + gap**2)) < BOUND
    assert np.max(np.abs(basis.odd(normal[basis.nodes]) - normal)) < BOUND


@pytest.mark.parametrize("pole", [0.3, 10.0, 1e3])
def test_single_poles_are_interpolated(pole: float) -> None:
    """Any Lehmann pole, on the basis's own grid or off it."""
    w = 2 * np.arange(2000) + 1.0
    basis = parity_basis(len(w))
    even, odd = 2 * pole / (w**2 + pole**2), 2 * w / (w**2 + pole**2)
    assert np.max(np.abs(basis.even(even[basis.nodes]) - even) / np.max(even)) < BOUND
    assert np.max(np.abs(basis.odd(odd[basis.nodes]) - odd) / np.max(odd)) < BOUND


def test_nodes_keep_their_values() -> None:
    basis = parity_basis(500)
    values = np.random.default_rng(1).normal(size=len(basis.nodes))
    # The interpolation matrix restricted to the nodes is the unit matrix, up to the solve's rounding.
    assert np.allclose(basis.odd(values)[basis.nodes], values, atol=1e-8)


def test_rank_grows_like_a_logarithm() -> None:
    """Ten times the frequencies cost a fixed number of nodes more, not ten times as many."""
    ranks = [len(parity_basis(n).nodes) for n in (100, 1000, 10_000)]
    assert ranks[2] - ranks[1] < 2 * (ranks[1] - ranks[0]) + 4
    assert ranks[2] < 60
