"""Susceptibilities and response to a vector potential: free electrons from their levels, sum rules, integration."""

import numpy as np
import pytest

from onnes.errors import InvalidInput, InvalidModel
from onnes.model.correlated.clusters import ring_cluster, square_cluster
from onnes.model.correlated.hubbard import Cluster, Hubbard
from onnes.model.correlated.translations import pair_classes
from onnes.solve.correlated.dqmc.trotter import slices
from onnes.solve.correlated.dqmc.unequal_green import compute_unequal_green, unequal_green_space
from onnes.solve.correlated.dqmc.unequal_response import (
    current_correlation,
    current_response,
    diamagnetic_response,
    drude_weight,
    longitudinal_deficit,
    matsubara_component,
    nearest_momentum,
    simpson_weights,
    superfluid_weight,
    through_beta,
    unequal_time_fields,
)
from onnes.solve.correlated.dqmc.unequal_time import UnequalTime, add_unequal_time

BETA, MU = 2.0, -0.6


def free(
    cluster: Cluster, steps: int, *, pairs: bool = False
) -> tuple[UnequalTime, dict[str, np.ndarray], float]:
    """Means of electrons without interaction, and the step."""
    model = Hubbard(cluster, 0.0, chemical_potential=MU)
    step = BETA / steps
    tables = slices(model, step)
    unequal = UnequalTime(model, pair_classes(cluster), steps, pairs=pairs, bonds=True)
    green, total = unequal_green_space(tables, steps, 5), np.zeros(unequal.layout.size, tables.half.dtype)
    assert compute_unequal_green(np.ones((steps, 2, cluster.sites)), tables, green)
    add_unequal_time(green.t0, green.ot, green.tt, total.dtype.type(1), unequal.tables, total)
    return unequal, unequal.means(total), step


def response(cluster: Cluster, operator: np.ndarray) -> float:
    """int_0^beta <A(tau) A+> per cell of the one-body operator A of both spins, means subtracted, from the levels."""
    levels, vectors = np.linalg.eigh(cluster.hopping - MU * np.eye(cluster.sites))
    fermi = 1 / (1 + np.exp(BETA * levels))
    matrix = np.abs(vectors.conj().T @ operator @ vectors) ** 2
    gap, change = levels[None, :] - levels[:, None], fermi[:, None] - fermi[None, :]
    same = np.abs(gap) < 1e-9
    ratio = np.where(same, BETA * fermi[:, None] * (1 - fermi[:, None]), change / np.where(same, 1.0, gap))
    return 2 * np.sum(matrix * ratio) / len(cluster.translations)


def current(cluster: Cluster, classes, q: np.ndarray, axis: int) -> np.ndarray:
    """Matrix of sum_b d_b J_b exp(-i q.r_b), each pair of sites a bond."""
    matrix = np.zeros(cluster.hopping.shape, dtype=complex)
    for i, j in np.argwhere(np.abs(np.triu(cluster.hopping, 1)) > 0):
        d = classes.displacement[classes.index[i, j]]
        phase = np.exp(-2j * np.pi * q @ (cluster.positions[i] + d / 2))
        matrix[i, j] += 1j * cluster.hopping[i, j] * d[axis] * phase
        matrix[j, i] -= 1j * cluster.hopping[j, i] * d[axis] * phase
    return matrix


CLUSTERS = [
    square_cluster(4, 3, 1.0, -0.3),
    square_cluster(3, 4, 1.0, -0.2, twist=(0.4, 0.9)),
    ring_cluster(6, 1.0),
]


@pytest.mark.parametrize("cluster", CLUSTERS, ids=["square", "twisted", "ring"])
def test_free_electrons_respond_as_their_levels_say(cluster):
    """Currents, charge and spin at every wavevector; Simpson leaves beta dt^4/180 (10t)^4 of them at most."""
    unequal, means, step = free(cluster, 40)
    bound = BETA * step**4 / 180 * 10.0**4
    fields = unequal_time_fields(means, unequal, step)
    lambda_ = current_response(means, unequal, step, 0)
    for m, q in enumerate(cluster.wavevectors):
        density = np.diag(np.exp(-2j * np.pi * cluster.positions @ q))
        charge = response(cluster, density)
        assert fields["charge_susceptibility"][m] == pytest.approx(charge, rel=bound)
        assert fields["isotropic_spin_susceptibility"][m] == pytest.approx(charge / 4, rel=bound)
        assert fields["spin_susceptibility_zz"][m] == pytest.approx(charge / 4, rel=bound)
        both = [
            response(cluster, current(cluster, unequal.classes, s * q, 0)) for s in (1, -1)
        ]  # cos: mean of +-q
        assert lambda_[m] == pytest.approx(np.mean(both), rel=bound, abs=1e-10)


def test_the_error_of_the_integral_is_of_fourth_order():
    cluster = square_cluster(4, 3, 1.0)
    exact = response(cluster, current(cluster, pair_classes(cluster), cluster.wavevectors[1], 0))
    errors = []
    for steps in (20, 40):
        unequal, means, step = free(cluster, steps)
        errors.append(current_response(means, unequal, step, 0)[1] - exact)
    assert 14 < errors[0] / errors[1] < 18  # 2^4, next order dt^2 (8t)^2/10 = 10 %


def test_charge_conservation_fixes_the_longitudinal_response():
    """Scalapino, White and Zhang: Lambda_xx(q along x, omega = 0) = <-K_x>; the same number from mean bond energies."""
    for cluster in (square_cluster(4, 3, 1.0), ring_cluster(6, 1.0, flux=0.5)):
        unequal, means, step = free(cluster, 80)
        assert abs(longitudinal_deficit(means, unequal, step, 0)) < BETA * step**4 / 180 * 10.0**4
        levels, vectors = np.linalg.eigh(cluster.hopping - MU * np.eye(cluster.sites))
        filled = (vectors / (1 + np.exp(BETA * levels))) @ vectors.conj().T  # <c+_j c_i> at [i, j]
        index = unequal.classes.index
        along = np.abs(unequal.classes.displacement[index][:, :, 0])
        kinetic = 2 * np.sum(along**2 * cluster.hopping * filled.T).real / cluster.sites
        assert diamagnetic_response(means, unequal)[0] == pytest.approx(-kinetic, rel=1e-12)


def weight_of_metal(side: int) -> float:
    unequal, means, step = free(square_cluster(3, side, 1.0), 20)
    return superfluid_weight(means, unequal, step, 0)


def test_weights_of_free_electrons():
    """[H, j] = 0 on a ring at U = 0, so that D = <-K> at any m > 0; a large metal has no D_s."""
    unequal, means, step = free(ring_cluster(6, 1.0), 80)
    assert drude_weight(means, unequal, step, 0) == pytest.approx(
        diamagnetic_response(means, unequal)[0], rel=1e-6
    )
    small, large = (weight_of_metal(side) for side in (4, 12))
    assert abs(large) < 0.2 * abs(small)


def test_without_interaction_pairs_have_no_vertex():
    """Measured pair susceptibilities equal those of the mean propagators; propagators at beta close the circle."""
    cluster = square_cluster(4, 3, 1.0, -0.3)
    unequal, means, step = free(cluster, 10, pairs=True)
    fields = unequal_time_fields(means, unequal, step)
    for name in ("pair_on_site", "pair_extended_s", "pair_d_wave"):
        plain, bubble = fields[f"{name}_susceptibility"], fields[f"{name}_uncorrelated_susceptibility"]
        assert np.abs(plain - bubble).max() < 1e-12 * np.abs(plain).max() * 100
    assert np.abs(fields["green_tau"][:, 0] + fields["green_tau"][:, -1] - 1).max() < 1e-12
    assert fields["imaginary_time"][-1] == pytest.approx(BETA)
    assert np.abs(fields["spin_correlation_tau"][:, 0] - fields["spin_correlation_tau"][:, -1]).max() < 1e-12


def test_samples_of_means_are_treated_one_by_one():
    unequal, means, step = free(ring_cluster(4, 1.0), 6, pairs=True)
    twice = {name: np.stack([value, 1.5 * value]) for name, value in means.items()}
    full, one = through_beta(twice, unequal), through_beta(means, unequal)
    for name, value in one.items():
        assert np.array_equal(full[name][0], value)
    assert drude_weight(twice, unequal, step, 0).shape == (2,)


@pytest.mark.parametrize("steps", [2, 3, 4, 7, 10])
def test_cubic_polynomials_are_integrated_exactly(steps):
    times = np.linspace(0, 1, steps + 1)
    assert simpson_weights(steps, 1 / steps) @ times**3 == pytest.approx(0.25, rel=1e-13)


def test_a_boson_of_one_frequency():
    """int cos(omega_m tau) cosh(w (tau - beta/2)) = 2 w sinh(w beta/2)/(w^2 + omega_m^2)."""
    tau = np.linspace(0, BETA, 201)
    for m in (0, 1, 2):
        wave = 2 * np.pi * m / BETA
        exact = 2 * 1.5 * np.sinh(1.5 * BETA / 2) / (1.5**2 + wave**2)
        value = matsubara_component(np.cosh(1.5 * (tau - BETA / 2)), BETA / 200, m)
        assert value == pytest.approx(exact, rel=1e-5)  # (omega dt)^4/180 = (0.06)^4/180


def test_bad_input_is_named():
    unequal, means, step = free(ring_cluster(4, 1.0), 6)
    with pytest.raises(InvalidModel, match="at right angles to axis 0"):
        superfluid_weight(means, unequal, step, 0)
    with pytest.raises(InvalidModel, match="axis"):
        current_correlation(means, unequal, 1)
    with pytest.raises(InvalidModel, match="bonds=True"):
        current_correlation({"unequal_green_up": means["unequal_green_up"]}, unequal, 0)
    with pytest.raises(InvalidInput, match="at least one step"):
        simpson_weights(0, 0.1)
    with pytest.raises(InvalidModel, match="other than zero along axis 0"):
        nearest_momentum(Cluster(np.zeros((2, 2))), 0, along=True)
