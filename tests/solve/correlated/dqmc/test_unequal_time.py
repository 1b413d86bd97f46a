"""Every unequal-time estimator against dense operators in Fock space, electrons driven by random one-body evolution."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.linalg import expm

from onnes.errors import InvalidInput, InvalidModel
from onnes.model.correlated.clusters import chain_cluster, periodic_cluster, ring_cluster, square_cluster
from onnes.model.correlated.hubbard import Cluster, Hubbard
from onnes.model.correlated.translations import pair_classes
from onnes.solve.correlated.dqmc.equal_time import EqualTime, add_equal_time
from onnes.solve.correlated.dqmc.trotter import slices
from onnes.solve.correlated.dqmc.unequal_green import (
    compute_unequal_green,
    slice_factors,
    unequal_green_space,
)
from onnes.solve.correlated.dqmc.unequal_plain import add_plain
from onnes.solve.correlated.dqmc.unequal_response import through_beta
from onnes.solve.correlated.dqmc.unequal_time import TWO_BONDS, TWO_SITES, UnequalTime, add_unequal_time


class Fock:
    """Up and down electrons on n sites; each spin evolves by its own product of exp(-h_l)."""

    def __init__(self, n: int, steps: int, *, complex_numbers: bool, seed: int) -> None:
        rng = np.random.default_rng(seed)
        lower, parity = np.array([[0.0, 1.0], [0.0, 0.0]]), np.diag([1.0, -1.0])
        modes = []
        for m in range(2 * n):
            matrix = np.eye(1)
            for k in range(2 * n):
                matrix = np.kron(matrix, lower if k == m else parity if k < m else np.eye(2))
            modes.append(matrix)
        self.c = [modes[:n], modes[n:]]
        size = len(modes[0])
        bodies = []
        for _ in range(steps):
            body = np.zeros((size, size), dtype=complex if complex_numbers else float)
            for s in range(2):
                h = rng.normal(size=(n, n)) + (1j * rng.normal(size=(n, n)) if complex_numbers else 0)
                for i in range(n):
                    for j in range(n):
                        body = body + 0.2 * (h + h.conj().T)[i, j] * self.c[s][i].conj().T @ self.c[s][j]
            bodies.append(expm(-body))
        self.evolve(bodies)

    def evolve(self, slices_: list[np.ndarray]) -> None:
        """Set the evolution from time 0 to every slice."""
        self.evolution = [np.eye(len(self.c[0][0]))]
        for one in slices_:
            self.evolution.append(one @ self.evolution[-1])
        self.weight = np.trace(self.evolution[-1])

    def mean(self, first: np.ndarray, l: int, second: np.ndarray) -> complex:
        """<first(tau_l) second(0)>."""
        whole, before = self.evolution[-1], self.evolution[l]
        return np.trace(whole @ np.linalg.solve(before, first @ before) @ second) / self.weight

    def table(self, firsts: list[np.ndarray], l: int, seconds: list[np.ndarray]) -> np.ndarray:
        """The means of all pairs of two lists of operators."""
        whole, before = self.evolution[-1], self.evolution[l]
        left = np.array([whole @ np.linalg.solve(before, a @ before) for a in firsts])
        right = np.array([b.T for b in seconds])
        return left.reshape(len(left), -1) @ right.reshape(len(right), -1).T / self.weight

    def greens(self, steps: int) -> list[np.ndarray]:
        """G(tau,0), G(0,tau), G(tau,tau) at all slices, (L, spin, n, n)."""
        up_to = [[], [], []]
        for l in range(steps):
            rows = [[], [], []]
            for s in range(2):
                c = self.c[s]
                dagger = [a.conj().T for a in c]
                rows[0].append(self.table(c, l, dagger))
                rows[1].append(-self.table(dagger, l, c).T)
                one = np.eye(len(c[0]))
                rows[2].append(np.array([[self.mean(a @ b, l, one) for b in dagger] for a in c]))
            for kept, row in zip(up_to, rows, strict=True):
                kept.append(row)
        return [np.array(kept) for kept in up_to]


def by_class(classes, matrix: np.ndarray) -> np.ndarray:
    return np.array([matrix[classes.index == d].mean() for d in range(len(classes.size))])


def pair_fields(fock: Fock, unequal: UnequalTime, f: int) -> list[np.ndarray]:
    """Delta(i) = 1/2 sum_d f(d) (c_i,up c_i+d,dn - c_i,dn c_i+d,up)."""
    up, down = fock.c
    partner, weight = unequal.tables.partner, unequal.tables.weight[f]
    return [
        sum(0.5 * w * (up[i] @ down[k] - down[i] @ up[k]) for k, w in zip(partner[i], weight[i], strict=True))
        for i in range(len(up))
    ]


def bond_operators(fock: Fock, unequal: UnequalTime) -> dict[str, list[list[np.ndarray]]]:
    """Energy, current and singlet of the bonds, [class][translation]."""
    h, found = unequal.model.cluster.hopping, {name: [] for name in TWO_BONDS}
    up, down = fock.c
    for first, second in unequal.bond_classes.ends:
        rows = [[], [], []]
        for move in unequal.model.cluster.translations:
            i, j = move[first], move[second]
            ahead = sum(h[i, j] * c[i].conj().T @ c[j] for c in fock.c)
            back = sum(h[j, i] * c[j].conj().T @ c[i] for c in fock.c)
            rows[0].append(ahead + back)
            rows[1].append(1j * (ahead - back))
            rows[2].append((up[i] @ down[j] - down[i] @ up[j]) / np.sqrt(2))
        for name, row in zip(TWO_BONDS, rows, strict=True):
            found[name].append(row)
    return found


def expected(fock: Fock, unequal: UnequalTime, steps: int) -> dict[str, np.ndarray]:
    """All means of one configuration at the first slices, from operators."""
    classes = unequal.classes
    up, down = fock.c
    n_up, n_dn = ([a.conj().T @ a for a in c] for c in fock.c)
    raise_ = [a.conj().T @ b for a, b in zip(up, down, strict=True)]
    lists = {
        "unequal_green_up": (up, [a.conj().T for a in up]),
        "unequal_green_down": (down, [a.conj().T for a in down]),
        "unequal_charge": ([a + b for a, b in zip(n_up, n_dn, strict=True)],) * 2,
        "unequal_spin_zz": ([(a - b) / 2 for a, b in zip(n_up, n_dn, strict=True)],) * 2,
    }
    fields = {"unequal_pair_on_site": [a @ b for a, b in zip(up, down, strict=True)]}
    names = [
        name for name in unequal.layout.names if name in ("unequal_pair_extended_s", "unequal_pair_d_wave")
    ]
    fields |= {name: pair_fields(fock, unequal, f) for f, name in enumerate(names)}
    lists |= {name: (a, [x.conj().T for x in a]) for name, a in fields.items()}
    found = {
        name: np.array([by_class(classes, fock.table(a, l, b)) for l in range(steps)]).T
        for name, (a, b) in lists.items()
    }
    x, y = [(r + r.conj().T) / 2 for r in raise_], [(r - r.conj().T) / 2j for r in raise_]
    found["unequal_spin_xx"] = np.array(
        [by_class(classes, fock.table(x, l, x) + fock.table(y, l, y)) / 2 for l in range(steps)]
    ).T
    return found | expected_bonds(fock, unequal, steps)


def expected_bonds(fock: Fock, unequal: UnequalTime, steps: int) -> dict[str, np.ndarray]:
    moves = unequal.model.cluster.translations
    n_bonds, cells = len(unequal.bond_classes.hop), len(moves)
    number = {tuple(move): t for t, move in enumerate(moves)}
    found = {}
    for name, rows in bond_operators(fock, unequal).items():
        flat = [a for row in rows for a in row]
        out = np.zeros((n_bonds, n_bonds, cells, steps), dtype=complex)
        for l in range(steps):
            table = fock.table(flat, l, [a.conj().T for a in flat]).reshape(n_bonds, cells, n_bonds, cells)
            for t in range(cells):
                for c in range(cells):
                    out[:, :, c, l] += table[:, t, :, number[tuple(moves[t][moves[c]])]] / cells
        found[name] = out
    return found


CLUSTERS = {
    "ring": ring_cluster(3, 1.0),
    "plaquette": square_cluster(2, 2, 1.0, -0.4),
    "two orbitals": periodic_cluster(
        (2,), np.array([[0.0], [0.3]]), [(0, 0, (1,), -0.6), (0, 1, (0,), 1.3), (1, 0, (1,), 0.7)]
    ),
    "open chain": chain_cluster(3, 1.0),
    "flux": ring_cluster(3, 1.0, flux=0.8),
}


@pytest.mark.parametrize("name", CLUSTERS)
def test_every_estimator_agrees_with_operators_in_fock_space(name):
    """Random evolution of each spin by itself, no symmetry; averages over translations taken of the operators' means.

    The last slice is beta, which `through_beta` derives from the commutators.
    """
    cluster, steps, complex_numbers = CLUSTERS[name], 3, name == "flux"
    unequal = UnequalTime(
        Hubbard(cluster, 1.0), pair_classes(cluster), steps, pairs=name != "two orbitals", bonds=True
    )
    fock = Fock(cluster.sites, steps, complex_numbers=complex_numbers, seed=len(name))
    greens = fock.greens(steps)
    sign = 0.6 - 0.8j if complex_numbers else -1.0
    total = np.zeros(unequal.layout.size, dtype=greens[0].dtype)
    add_unequal_time(*greens, sign, unequal.tables, total)
    assert total[0] == sign
    means, theory = unequal.means(total), expected(fock, unequal, steps + 1)
    assert all(value.shape[-1] == steps for value in means.values())
    means = through_beta(means, unequal)
    assert set(means) == set(theory)
    for key, value in means.items():
        # traces over at most 256 states of operators that evolution stretches by e^(2 * 3): 256 * 400 * 1e-16
        assert np.abs(value - theory[key]).max() < 1e-10, key
        assert np.abs(theory[key]).max() > 1e-3, key


@pytest.mark.parametrize("U", [4.0, -3.0])
def test_the_sum_over_all_fields_is_the_interacting_answer(U):
    """Three sites, two slices, all 64 fields with their weights: the square of exp(-dt K/2) exp(-dt V) exp(-dt K/2)."""
    steps, step, mu = 2, 0.3, 0.4
    model = Hubbard(ring_cluster(3, 1.0), U, chemical_potential=mu)
    classes = pair_classes(model.cluster)
    unequal = UnequalTime(model, classes, steps, pairs=True, bonds=True)
    tables = slices(model, step, mirrored=False)
    green, v, total = (
        unequal_green_space(tables, steps, 1),
        np.empty((steps, 2, 3)),
        np.zeros(unequal.layout.size),
    )
    for number in range(64):
        field = np.array([number >> k & 1 for k in range(6)], dtype=np.int8).reshape(2, 3)
        slice_factors(field, tables, v)
        assert compute_unequal_green(v, tables, green)
        weight = np.prod([1 / np.linalg.det(green.tt[0, s]) for s in range(2)])
        if U < 0:  # exp(lambda x (n_up + n_dn - 1)): the last term is left out of v
            weight /= np.prod(v[:, 0])
        add_unequal_time(green.t0, green.ot, green.tt, weight, unequal.tables, total)
    fock = Fock(3, 0, complex_numbers=False, seed=0)
    n = [[a.conj().T @ a for a in c] for c in fock.c]
    h, one = model.cluster.hopping - mu * np.eye(3), np.eye(64)
    kinetic = sum(h[i, j] * c[i].conj().T @ c[j] for c in fock.c for i in range(3) for j in range(3))
    onsite = sum(U * (n[0][i] - one / 2) @ (n[1][i] - one / 2) for i in range(3))
    half = expm(-step * kinetic / 2)
    fock.evolve([half @ expm(-step * onsite) @ half] * steps)
    means, theory = through_beta(unequal.means(total), unequal), expected(fock, unequal, steps + 1)
    for key, value in means.items():
        assert np.abs(value - theory[key]).max() < 1e-10, key  # as above: traces over 64 states


@pytest.mark.parametrize("steps", [5, 8, 19])
def test_eight_slices_at_a_time_equal_one_at_a_time(steps):
    """Any number of slices, also over earlier sums."""
    cluster = square_cluster(4, 3, 1.0, -0.3)
    unequal = UnequalTime(Hubbard(cluster, 1.0), pair_classes(cluster), steps, pairs=True, bonds=True)
    greens = np.random.default_rng(1).normal(size=(3, steps, 2, 12, 12))
    lanes, plain = np.full((2, unequal.layout.size), 0.25)
    plain[0] += 0.5
    add_unequal_time(*greens, 0.5, unequal.tables, lanes)
    add_plain(*greens, 0.5, unequal.tables, plain)
    assert np.abs(lanes - plain).max() < 1e-12  # sums of some 100 products of order 10, in another order


def test_time_zero_equals_the_equal_time_estimators():
    """Same classes, order of operators and factors as the independent code for one time."""
    cluster = square_cluster(4, 3, 1.0, -0.3)
    model, classes = Hubbard(cluster, 1.0), pair_classes(cluster)
    unequal = UnequalTime(model, classes, 1, pairs=True, bonds=True)
    equal = EqualTime(model, classes, pairs=True, bonds=True)
    green = np.random.default_rng(2).normal(size=(1, 2, 12, 12))
    total, other = np.zeros(unequal.layout.size), np.zeros(equal.layout.size)
    add_unequal_time(green, green - np.eye(12), green, 1.0, unequal.tables, total)
    add_equal_time(green[0], 1.0, equal.tables, other)
    now, same = unequal.means(total), equal.means(other)
    names = {
        name: name.removeprefix("unequal_") + "_by_class" for name in (*TWO_SITES, "unequal_pair_d_wave")
    }
    names |= {"unequal_pair_extended_s": "pair_extended_s_by_class"}
    names |= {name: name.removeprefix("unequal_") + "_correlation" for name in TWO_BONDS[:2]}
    for mine, theirs in names.items():
        assert np.abs(now[mine][..., 0] - same[theirs]).max() < 1e-12, mine


def test_bad_input_is_named():
    cluster = ring_cluster(4, 1.0)
    classes = pair_classes(cluster)
    with pytest.raises(InvalidModel, match="the estimators know U alone"):
        UnequalTime(Hubbard(cluster, 1.0, V=np.zeros((4, 4))), classes, 5)
    with pytest.raises(InvalidModel, match="pair classes of the model's cluster"):
        UnequalTime(Hubbard(ring_cluster(5, 1.0), 1.0), classes, 5)
    with pytest.raises(InvalidInput, match="at least 1"):
        UnequalTime(Hubbard(cluster, 1.0), classes, 0)
    twice = Cluster(cluster.hopping, None, np.tile(np.arange(4), (2, 1)), np.zeros((2, 1)))
    with pytest.raises(InvalidModel, match="free"):
        UnequalTime(Hubbard(twice, 1.0), pair_classes(twice), 5)
    unequal = UnequalTime(Hubbard(cluster, 1.0), classes, 5)
    with pytest.raises(InvalidInput, match="sum of the signs is zero"):
        unequal.means(np.zeros(unequal.layout.size))
    assert all(a < b for a, b in pairwise(unequal.layout.offsets))
