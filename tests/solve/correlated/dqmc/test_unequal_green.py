"""Green functions between two times against arithmetic of 150 digits, free electrons, and relations of the boundary."""

from decimal import Decimal, localcontext

import numpy as np
import pytest

from onnes.errors import InvalidInput
from onnes.model.correlated.clusters import ring_cluster, square_cluster
from onnes.model.correlated.hubbard import Cluster, Hubbard
from onnes.solve.correlated.dqmc.trotter import ALONE, CONJUGATE, EQUAL, Slices, slices
from onnes.solve.correlated.dqmc.unequal_green import (
    UnequalGreen,
    compute_unequal_green,
    slice_factors,
    unequal_green_space,
)


def computed(tables: Slices, steps: int, interval: int, seed: int = 3) -> tuple[UnequalGreen, np.ndarray]:
    """Green functions of a random field, and its factors."""
    n = len(tables.half)
    field = np.random.default_rng(seed).integers(0, 2, (steps, n)).astype(np.int8)
    v = np.empty((steps, 2, n))
    slice_factors(field, tables, v)
    green = unequal_green_space(tables, steps, interval)
    assert compute_unequal_green(v, tables, green)
    return green, v


def exact_inverse(matrix: np.ndarray) -> np.ndarray:
    """Gauss-Jordan elimination of Decimal numbers with the largest pivot of each column."""
    n = len(matrix)
    wide = np.concatenate(
        [matrix, np.array([[Decimal(int(i == j)) for j in range(n)] for i in range(n)])], axis=1
    )
    for i in range(n):
        pivot = i + max(range(n - i), key=lambda k: abs(wide[i + k, i]))
        wide[[i, pivot]] = wide[[pivot, i]]
        wide[i] = wide[i] / wide[i, i]
        for k in range(n):
            if k != i:
                wide[k] = wide[k] - wide[i] * wide[k, i]
    return wide[:, n:]


@pytest.mark.parametrize(("U", "mu"), [(8.0, 0.0), (8.0, -2.0), (-8.0, 0.5)])
def test_long_times_and_strong_coupling_agree_with_150_digits(U, mu):
    """beta U = 64: the scales of the product span some 10^60."""
    steps, n = 64, 4
    tables = slices(Hubbard(ring_cluster(n, 1.0), U, chemical_potential=mu), 0.125, mirrored=False)
    green, v = computed(tables, steps, 8)
    with localcontext() as context:
        context.prec = 150
        decimal = np.vectorize(lambda x: Decimal(float(x)), otypes=[object])
        one, half = decimal(np.eye(n)), decimal(tables.half)
        for s in range(2):
            factors = [half.dot(decimal(np.diag(row)).dot(half)) for row in v[:, s]]
            before = [one]
            for factor in factors:
                before.append(factor.dot(before[-1]))
            after = one
            for l in range(steps - 1, -1, -1):
                after = after.dot(factors[l])
                equal = exact_inverse(one + before[l].dot(after))
                # clusters of 8 slices span e^(8 dt (8t + 2 lambda/dt)) ~ 1e9 at most; times 1e-16 and a few products
                for mine, theirs in (
                    (green.tt, equal),
                    (green.t0, equal.dot(before[l])),
                    (green.ot, -after.dot(equal)),
                ):
                    assert np.abs(mine[l, s] - theirs.astype(float)).max() < 1e-9


@pytest.mark.parametrize("flux", [0.0, 0.7])
def test_free_electrons(flux):
    """U = 0: G(tau,0) = exp(-tau K)/(1 + exp(-beta K)) exactly; complex hopping too."""
    tables = slices(
        Hubbard(ring_cluster(6, 1.0, flux=flux), 0.0, chemical_potential=0.3), 0.1, mirrored=False
    )
    green, _ = computed(tables, 45, 7)
    kinetic = ring_cluster(6, 1.0, flux=flux).hopping - 0.3 * np.eye(6)
    levels, vectors = np.linalg.eigh(kinetic)

    def matrix(values: np.ndarray) -> np.ndarray:
        return (vectors * values) @ vectors.conj().T

    for l in range(45):
        electrons = matrix(np.exp(-0.1 * l * levels) / (1 + np.exp(-4.5 * levels)))
        holes = -matrix(np.exp(0.1 * l * levels) / (1 + np.exp(4.5 * levels)))
        for s in range(2):
            # rounding 1e-16 times the growth within half a cluster, e^(0.35 * 2.3) squared, and sums of 6
            assert np.abs(green.t0[l, s] - electrons).max() < 1e-13
            assert np.abs(green.ot[l, s] - holes).max() < 1e-13
            assert np.abs(green.tt[l, s] - green.t0[0, s]).max() < 1e-13


@pytest.mark.parametrize("interval", [1, 4, 5, 20])
def test_the_last_slice_leads_to_the_anticommutator(interval):
    """S_(L-1) G(tau_(L-1), 0) = 1 - G(0, 0) = -G(0, 0+) at any interval, dividing L or not."""
    tables = slices(Hubbard(square_cluster(4, 2, 1.0, -0.3), 4.0, chemical_potential=-0.5), 0.1)
    green, v = computed(tables, 18, interval)
    assert green.bounds[-1] == 18
    for s in range(2):
        last = tables.half @ np.diag(v[-1, s]) @ tables.half
        assert np.abs(last @ green.t0[-1, s] + green.tt[0, s] - np.eye(8)).max() < 1e-10
        assert np.abs(green.ot[-1, s] @ np.linalg.inv(last) + green.tt[0, s]).max() < 1e-10
        assert np.abs(green.t0[0, s] - green.tt[0, s]).max() < 1e-13
        assert np.abs(green.ot[0, s] - green.tt[0, s] + np.eye(8)).max() < 1e-13


@pytest.mark.parametrize(("U", "kind"), [(5.0, CONJUGATE), (-5.0, EQUAL)])
def test_a_mirrored_spin_equals_a_computed_one(U, kind):
    """Half filling on a bipartite ring for U > 0, any attraction for U < 0."""
    model = Hubbard(ring_cluster(6, 1.0), U)
    mirrored, plain = slices(model, 0.1), slices(model, 0.1, mirrored=False)
    assert mirrored.mirror == kind
    assert plain.mirror == ALONE
    one, _ = computed(mirrored, 30, 6)
    two, _ = computed(plain, 30, 6)
    for mine, theirs in ((one.t0, two.t0), (one.ot, two.ot), (one.tt, two.tt)):
        assert np.abs(mine - theirs).max() < 1e-10


def test_the_interval_does_not_matter():
    """Fresh at every slice against carried over four slices, on a cluster without any symmetry, real and complex."""
    rng = np.random.default_rng(5)
    matrix = rng.normal(size=(9, 9)) + 1j * rng.normal(size=(9, 9))
    for hopping in ((matrix + matrix.conj().T) / 2, matrix.real + matrix.real.T):
        tables = slices(Hubbard(Cluster(hopping), rng.uniform(0, 6, 9)), 0.05, mirrored=False)
        fresh, _ = computed(tables, 32, 1)
        carried, _ = computed(tables, 32, 8)
        assert fresh.t0.dtype == hopping.dtype
        for mine, theirs in ((fresh.t0, carried.t0), (fresh.ot, carried.ot), (fresh.tt, carried.tt)):
            assert np.abs(mine - theirs).max() < 1e-10


def test_numbers_below_one_are_refused():
    tables = slices(Hubbard(ring_cluster(4, 1.0), 4.0), 0.1)
    with pytest.raises(InvalidInput, match="at least 1"):
        unequal_green_space(tables, 0, 5)
    with pytest.raises(InvalidInput, match="at least 1"):
        unequal_green_space(tables, 10, 0)
