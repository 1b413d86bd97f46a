"""Thermodynamics of clusters against all levels, and the errors that random vectors quote."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput
from onnes.units import K_B

QUARTER = 0.25 / K_B
"""Temperature of beta = 4 in units of the hopping."""


@pytest.mark.parametrize(("U", "double"), [(4.0, 0.078395), (6.0, 0.046074), (8.0, 0.028775)])
def test_ring_of_four(U, double) -> None:
    """Double occupancies of an independent full diagonalisation at beta = 4, to their last digit."""
    found = on.solve.exact_thermodynamics(on.model.Hubbard(on.model.ring_cluster(4, 1.0), U), [QUARTER])
    assert np.isclose(found["mean_double_occupancy"][0], double, atol=6e-7)
    assert np.isclose(found["cluster_electrons"][0], 4.0)


def test_ring_of_six() -> None:
    """As above: 0.106627 at U = 4."""
    found = on.solve.exact_thermodynamics(on.model.Hubbard(on.model.ring_cluster(6, 1.0), 4.0), [QUARTER])
    assert np.isclose(found["mean_double_occupancy"][0], 0.106627, atol=6e-7)


def test_entropy_is_the_integral_of_the_heat() -> None:
    """dE/dT = C, dS/dT = C/T at fixed mu and N; ln of the number of states at high temperature."""
    model = on.model.Hubbard(on.model.ring_cluster(3, 1.0), 3.0)
    kt = np.array([0.5, 0.5 + 1e-4, 0.5 + 2e-4])
    found = on.solve.exact_thermodynamics(model, kt / K_B)
    assert np.isclose(np.gradient(found["cluster_energy"], kt)[1], found["cluster_heat"][1], rtol=1e-6)
    assert np.isclose(
        np.gradient(found["cluster_entropy"], kt)[1] * kt[1], found["cluster_heat"][1], rtol=1e-6
    )
    hot = on.solve.exact_thermodynamics(model, [1e5 / K_B])
    assert np.isclose(hot["cluster_entropy"][0], 3 * np.log(4))


def test_random_vectors_agree_within_their_errors() -> None:
    model = on.model.Hubbard(on.model.ring_cluster(6, 1.0), 4.0)
    kt = np.array([0.3, 1.0, 4.0])
    exact = on.solve.exact_thermodynamics(model, kt / K_B, (3, 3))
    drawn = on.solve.exact_thermodynamics(
        model, kt / K_B, (3, 3), dense_limit=50, samples=30, steps=60, seed=2
    )
    assert drawn.report.engine == "finite-temperature lanczos"
    for name in ("cluster_energy", "cluster_heat", "cluster_entropy", "mean_double_occupancy"):
        error = drawn[f"{name}_error"]
        # four standard errors: one chance in ten thousand each, and the seed is fixed
        assert np.all(np.abs(drawn[name] - exact[name]) < 4 * error + 1e-12), name
        assert np.all(error > 0) and np.all(exact[f"{name}_error"] == 0)


def test_tj_counts_only_single_occupancy() -> None:
    cluster = on.model.ring_cluster(4, 1.0)
    model = on.model.TJ(cluster, on.model.nearest_bonds(cluster, 0.3))
    hot = on.solve.exact_thermodynamics(model, [1e5 / K_B])
    assert np.isclose(hot["cluster_entropy"][0], 4 * np.log(3)) and hot["mean_double_occupancy"][0] == 0


@pytest.mark.parametrize("temperature", [[0.0], [2.0, 1.0], [np.nan], []])
def test_impossible_temperatures(temperature) -> None:
    with pytest.raises(InvalidInput, match="positive"):
        on.solve.exact_thermodynamics(on.model.Hubbard(on.model.ring_cluster(3, 1.0), 1.0), temperature)


def test_impossible_options() -> None:
    model = on.model.Hubbard(on.model.ring_cluster(3, 1.0), 1.0)
    with pytest.raises(InvalidInput, match="at least two"):
        on.solve.exact_thermodynamics(model, [1.0], samples=1)
    with pytest.raises(InvalidInput, match="GB"):
        on.solve.exact_thermodynamics(on.model.Hubbard(on.model.square_cluster(4, 4, 1.0), 1.0), [1.0])
    with pytest.raises(InvalidInput, match="sites"):
        on.solve.exact_thermodynamics(model, [1.0], (4, 0))
