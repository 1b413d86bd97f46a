"""Equal-time estimators against traces over all many-body states of free electrons, and their sum rules.

In one configuration the electrons are free, with different Green functions for the two spins, and nothing makes
these Hermitian. The operator exp(-sum a_ij c+_i c_j)/Z on four sites with a random matrix for each spin, not Hermitian
either, is as general as a configuration can be, and 256 states are few enough to take every trace without Wick's
theorem.
"""

from functools import lru_cache, reduce
from itertools import permutations

import numpy as np
import pytest
from scipy.linalg import expm

import onnes as on
from onnes.errors import InvalidInput, InvalidModel
from onnes.model.correlated.translations import pair_classes
from onnes.solve.correlated.dqmc.equal_time import EqualTime, add_equal_time
from onnes.solve.correlated.dqmc.structure import (
    bond_structure_factor,
    equal_time_fields,
    nematic_weights,
)

EXACT = 2e-12
"""Rounding of traces over 256 states with operators of size 10."""


def annihilators(sites):
    """c[s][i] of both spins by Jordan-Wigner, as matrices 4^sites."""
    lower, parity, one = np.array([[0.0, 1.0], [0.0, 0.0]]), np.diag([1.0, -1.0]), np.eye(2)
    modes = [reduce(np.kron, [parity] * m + [lower] + [one] * (2 * sites - m - 1)) for m in range(2 * sites)]
    return modes[:sites], modes[sites:]


def random_hermitian(rng, sites, complex_):
    matrix = rng.normal(size=(sites, sites)) + (1j * rng.normal(size=(sites, sites)) if complex_ else 0)
    return (matrix + matrix.conj().T) / 2


@lru_cache
def free(sites, complex_, seed):
    """One `Free` for all tests that ask for the same."""
    return Free(sites, complex_, seed)


class Free:
    """Free electrons with a random one-particle matrix for each spin in place of h/kT."""

    def __init__(self, sites, complex_, seed):
        rng = np.random.default_rng(seed)
        a = 0.7 * (
            rng.normal(size=(2, sites, sites)) + (1j * rng.normal(size=(2, sites, sites)) if complex_ else 0)
        )
        self.c = annihilators(sites)
        self.dag = tuple([m.T for m in ops] for ops in self.c)
        many = sum(
            a[s, i, j] * self.dag[s][i] @ self.c[s][j]
            for s in range(2)
            for i in range(sites)
            for j in range(sites)
        )
        weight = expm(-many)
        self.rho = weight / np.trace(weight)
        # <c_i c+_j> of free electrons is the empty part 1/(1 + exp(-a))
        self.green = np.ascontiguousarray([np.linalg.inv(np.eye(sites) + expm(-m)) for m in a])

    def mean(self, operator):
        return np.sum(self.rho.T * operator)

    def means(self, first, second):
        """Tr(rho A_a B_b) of two lists of operators: (a, b)."""
        left = np.array([(self.rho @ a).T.ravel() for a in first])
        return left @ np.array([b.ravel() for b in second]).T


def measured(equal, green, sign=1.0):
    total = np.zeros(equal.layout.size, green.dtype)
    add_equal_time(green, green.dtype.type(sign), equal.tables, total)
    return equal.means(total)


def open_square(complex_):
    """Four sites in a square, all joined by random hopping; every pair is its own class."""
    h = random_hermitian(np.random.default_rng(11), 4, complex_)
    return on.model.Cluster(h, positions=np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float))


def closed_square(complex_):
    """2 x 2 cells with t and t'; wrapped bonds add, and translations turn bonds round."""
    return on.model.square_cluster(2, 2, 1.0, -0.3)


def ring(complex_):
    return on.model.ring_cluster(4, 1.0, flux=0.7 if complex_ else 0.0)


def two_orbitals(complex_):
    """Two cells with two orbitals, levels and a bond across cells; real hopping in a complex state too."""
    bonds = [(0, 1, (0,), -1.0), (1, 0, (1,), -0.4), (0, 0, (1,), 0.3)]
    twist = (0.9,) if complex_ else ()
    return on.model.periodic_cluster(
        (2,), np.array([[0.0], [0.4]]), bonds, onsite=(0.5, -0.2), twist=twist, name="two"
    )


@pytest.fixture(
    params=[(c, z) for c in (open_square, closed_square, ring, two_orbitals) for z in (False, True)],
    ids=lambda p: f"{p[0].__name__}-{'complex' if p[1] else 'real'}",
)
def setting(request):
    build, complex_ = request.param
    cluster = build(complex_)
    model = on.model.Hubbard(cluster, np.arange(1.0, 5.0))
    equal = EqualTime(model, pair_classes(cluster), pairs=True, bonds=True)
    state = free(4, complex_, 5)
    assert np.iscomplexobj(state.green) == complex_
    return equal, state, measured(equal, state.green, sign=-1.0)


def class_mean(equal, state, first, second):
    """Mean over each class of Tr(rho A_i B_j)."""
    matrix, index = state.means(first, second), equal.classes.index
    return np.array([matrix[index == d].mean() for d in range(len(equal.classes.size))])


def test_local_means(setting):
    """Densities, double occupancies, interaction energy; the sign of -1 divides out."""
    equal, state, found = setting
    n = [[d @ a for d, a in zip(state.dag[s], state.c[s], strict=True)] for s in range(2)]
    orbit = on.model.site_classes(equal.model.cluster).index
    for o in range(orbit.max() + 1):
        sites = np.flatnonzero(orbit == o)
        for name, s in (("density_up", 0), ("density_down", 1)):
            expected = np.mean([state.mean(n[s][i]) for i in sites])
            assert np.isclose(found[name][o], expected, rtol=0, atol=EXACT)
        expected = np.mean([state.mean(n[0][i] @ n[1][i]) for i in sites])
        assert np.isclose(found["orbital_double_occupancy"][o], expected, rtol=0, atol=EXACT)
    half = 0.5 * np.eye(256)
    energy = sum(u * (n[0][i] - half) @ (n[1][i] - half) for i, u in enumerate(equal.model.U))
    assert np.isclose(found["hubbard_energy"], state.mean(energy) / 4, rtol=0, atol=EXACT)


def test_energy(setting):
    """Kinetic and level energy against the trace with the whole one-particle Hamiltonian."""
    equal, state, found = setting
    h = equal.model.cluster.hopping
    hop = [h[i, j] * state.dag[s][i] @ state.c[s][j] for s in range(2) for i in range(4) for j in range(4)]
    fields = equal_time_fields(found, equal)
    one_particle = fields["kinetic_energy"] + fields["orbital_energy"]
    levels = np.diag(h).real @ (2 - np.einsum("sii->i", state.green).real) / 4
    averaged = on.model.site_classes(equal.model.cluster)
    if len(averaged.size) == 4:  # levels of single sites meet their own densities only without translations
        assert np.isclose(fields["orbital_energy"], levels, rtol=0, atol=EXACT)
    assert np.isclose(one_particle, state.mean(sum(hop)).real / 4, rtol=0, atol=EXACT)
    assert np.isclose(
        fields["energy_per_site"], one_particle + found["hubbard_energy"].real, rtol=0, atol=EXACT
    )


def test_correlations_of_sites(setting):
    """Green functions, charge, both spin components and local pairs, class by class."""
    equal, state, found = setting
    (up, down), (up_, down_) = state.c, state.dag
    n = [[d @ a for d, a in zip(state.dag[s], state.c[s], strict=True)] for s in range(2)]
    charge = [n[0][i] + n[1][i] for i in range(4)]
    sz = [(n[0][i] - n[1][i]) / 2 for i in range(4)]
    raised = [up_[i] @ down[i] for i in range(4)]
    sx = [(r + r.T) / 2 for r in raised]
    sy = [(r - r.T) / 2j for r in raised]
    pair = [up[i] @ down[i] for i in range(4)]
    operators = {
        "green_up_by_class": [(up, up_)],
        "green_down_by_class": [(down, down_)],
        "charge_by_class": [(charge, charge)],
        "spin_zz_by_class": [(sz, sz)],
        "spin_xx_by_class": [(sx, sx), (sy, sy)],
        "pair_on_site_by_class": [(pair, [p.T for p in pair])],
    }
    for name, products in operators.items():
        expected = np.mean([class_mean(equal, state, a, b) for a, b in products], axis=0)
        assert np.allclose(found[name], expected, rtol=0, atol=EXACT), name
    dot = sum(class_mean(equal, state, s, s) for s in (sx, sy, sz))
    fields = equal_time_fields(found, equal)
    assert np.allclose(fields["spin_by_class"], dot.real, rtol=0, atol=EXACT)


def steps_of(equal, i):
    """(site one step away, axis) of site i, found from places alone."""
    cluster = equal.model.cluster
    periodic = len(cluster.translations) > 1
    size = {1: {"ring": 4, "two": 2}.get(cluster.name), 2: 2}[cluster.positions.shape[1]]
    for axis, sign in ((a, s) for a in range(cluster.positions.shape[1]) for s in (1, -1)):
        place = cluster.positions[i].copy()
        place[axis] += sign
        if periodic:
            place = place % size
        for j in np.flatnonzero(np.abs(cluster.positions - place).max(axis=1) < 1e-9):
            yield int(j), axis


def test_pair_fields(setting):
    """Delta_f(i) = 1/2 sum f (c_i,up c_j,dn - c_i,dn c_j,up), extended s and d."""
    equal, state, found = setting
    up, down = state.c

    def field(i, second):
        bonds = [(second if axis else 1.0, j) for j, axis in steps_of(equal, i)]
        return sum((f / 2 * (up[i] @ down[j] - down[i] @ up[j]) for f, j in bonds), np.zeros((256, 256)))

    names = {"pair_extended_s_by_class": 1.0}
    if equal.model.cluster.positions.shape[1] == 2:
        names["pair_d_wave_by_class"] = -1.0
    for name, second in names.items():
        delta = [field(i, second) for i in range(4)]
        expected = class_mean(equal, state, delta, [d.T for d in delta])
        assert np.abs(expected).max() > 1e-3
        assert np.allclose(found[name], expected, rtol=0, atol=EXACT), name
    assert ("pair_d_wave_by_class" in found) == (len(names) == 2)


def bond_operators(equal, state):
    """K and J of the bond (i -> j)."""
    h = equal.model.cluster.hopping

    def both(i, j):
        hop = sum(state.dag[s][i] @ state.c[s][j] for s in range(2))
        return h[i, j] * hop + h[j, i] * hop.T, 1j * (h[i, j] * hop - h[j, i] * hop.T)

    return both


def test_bonds(setting):
    """Kinetic energies of bonds, their correlations and those of currents, in the order of the operators."""
    equal, state, found = setting
    moves, ends = equal.model.cluster.translations, equal.bond_classes.ends
    both = bond_operators(equal, state)
    assert np.isclose(
        np.sum(equal.bond_classes.count), np.count_nonzero(np.triu(equal.model.cluster.hopping, 1))
    )
    number = {p: n for n, p in enumerate(permutations(range(4), 2))}
    operators = list(zip(*(both(i, j) for i, j in number), strict=True))
    traces = [state.means(ops, ops) for ops in operators]
    names = ("bond_energy_correlation", "bond_current_correlation")
    for b, (i, j) in enumerate(ends):
        images = [number[m[i], m[j]] for m in moves]
        expected = np.mean([state.mean(operators[0][n]) for n in images])
        assert np.isclose(found["bond_energy"][b], expected, rtol=0, atol=EXACT)
        for e, (k, l) in enumerate(ends):
            for c, shift in enumerate(moves):
                others = [number[m[shift[k]], m[shift[l]]] for m in moves]
                for trace, name in zip(traces, names, strict=True):
                    expected = trace[images, others].mean()
                    assert np.isclose(found[name][b, e, c], expected, rtol=0, atol=10 * EXACT), name


def test_current_obeys_continuity():
    """hbar dn_i/dt = i[H, n_i] = -sum_j J(i -> j): the current that is measured carries the charge."""
    cluster = ring(True)
    equal = EqualTime(on.model.Hubbard(cluster, 0.0), pair_classes(cluster), bonds=True)
    state = free(4, True, 5)
    both = bond_operators(equal, state)
    h = cluster.hopping
    many = sum(
        h[i, j] * state.dag[s][i] @ state.c[s][j] for s in range(2) for i in range(4) for j in range(4)
    )
    for i in range(4):
        n = sum(state.dag[s][i] @ state.c[s][i] for s in range(2))
        away = sum(both(i, j)[1] for j in range(4) if h[i, j] != 0)
        assert np.allclose(1j * (many @ n - n @ many), -away, rtol=0, atol=EXACT)


def free_green(model, kt):
    """Green function (2, N, N) of free electrons in the grand canonical ensemble."""
    h = model.cluster.hopping - model.chemical_potential * np.eye(model.cluster.sites)
    g = np.linalg.inv(np.eye(len(h)) + expm(-h / kt))
    return np.ascontiguousarray([g, g])


@pytest.mark.parametrize("twist", [(), (0.4, 1.1)])
def test_free_electrons_on_a_lattice(twist):
    """Occupation of each wavevector is the Fermi function; spin and pair structure factors are its convolutions.

    S^zz(q) = 1/2N sum_k f_k (1 - f_k+q); Delta_d: 1/N sum_k phi_k^2 (1 - f_k)(1 - f_-k+q) at q = 0 with
    phi = 2 (cos kx - cos ky).
    """
    cluster = on.model.square_cluster(6, 4, 1.0, -0.2, twist=twist)
    model = on.model.Hubbard(cluster, 0.0, chemical_potential=-0.7)
    equal = EqualTime(model, pair_classes(cluster), pairs=True, bonds=True)
    fields = equal_time_fields(measured(equal, free_green(model, 0.3)), equal)
    k = 2 * np.pi * cluster.wavevectors
    shift = np.array(twist) / np.array([6, 4]) if twist else np.zeros(2)

    def fermi(k):
        x, y = (k - shift).T
        level = -2 * (np.cos(x) + np.cos(y)) + 0.8 * np.cos(x) * np.cos(y)
        return 1 / (np.exp((level + 0.7) / 0.3) + 1)

    f = fermi(k)
    assert np.allclose(fields["momentum_occupation_up"], f, rtol=0, atol=EXACT)
    for n, q in enumerate(k):
        expected = np.mean(f * (1 - fermi(k + q))) / 2
        for name in ("spin_structure_factor_zz", "spin_structure_factor_xx", "spin_structure_factor"):
            assert np.isclose(fields[name][n], expected, rtol=0, atol=EXACT)
        assert np.isclose(fields["charge_structure_factor"][n], 4 * expected, rtol=0, atol=EXACT)
        pairs = np.mean((1 - f) * (1 - fermi(q - k)))
        assert np.isclose(fields["pair_on_site_structure_factor"][n], pairs, rtol=0, atol=EXACT)
    phi = 2 * (np.cos(k[:, 0]) - np.cos(k[:, 1]))
    d_wave = np.mean(phi**2 * (1 - f) * (1 - fermi(-k)))
    assert np.isclose(fields["pair_d_wave_structure_factor"][0], d_wave, rtol=0, atol=10 * EXACT)
    for name in ("pair_on_site", "pair_extended_s", "pair_d_wave"):  # nothing beyond Wick's theorem
        assert np.allclose(
            fields[f"{name}_by_class"], fields[f"{name}_uncorrelated_by_class"], rtol=0, atol=EXACT
        )


def test_bonds_of_free_electrons():
    """Diamagnetic energy is 2/N sum_k f d2e/dk2; a bond quantity g fluctuates as sums over f_k (1 - f_k+q).

    Half of each bond at either end: <X_q X_q+> = 2/N sum_k [(g_k + g_k+q)/2]^2 f_k (1 - f_k+q), g the velocity for the
    current and the d-wave part of the band for the nematic order. The mean current that the twist drives adds N <j>^2
    at q = 0.
    """
    cluster = on.model.square_cluster(5, 4, 1.0, -0.2, twist=(0.5, 0.0))
    model = on.model.Hubbard(cluster, 0.0, chemical_potential=-0.7)
    equal = EqualTime(model, pair_classes(cluster), bonds=True)
    fields = equal_time_fields(measured(equal, free_green(model, 0.5)), equal)
    k = 2 * np.pi * cluster.wavevectors

    def band(k):
        """f, velocity (axis,), d2e/dk2 (axis,), d-wave part of the energy."""
        x, y = (k - np.array([0.1, 0.0])).T
        (cx, cy), (sx, sy) = (np.cos(x), np.cos(y)), (np.sin(x), np.sin(y))
        f = 1 / (np.exp((-2 * (cx + cy) + 0.8 * cx * cy + 0.7) / 0.5) + 1)
        speed = np.array([2 * sx - 0.8 * sx * cy, 2 * sy - 0.8 * cx * sy])
        return f, speed, np.array([2 * cx, 2 * cy]) - 0.8 * cx * cy, -2 * (cx - cy)

    f, speed, mass, shape = band(k)
    assert np.allclose(fields["diamagnetic_energy"], 2 * np.mean(f * mass, axis=1), rtol=0, atol=EXACT)
    assert np.isclose(fields["nematic_order"], 2 * np.mean(f * shape), rtol=0, atol=EXACT)
    drift = 2 * np.mean(f * speed, axis=1)
    assert abs(drift[0]) > 1e-3
    for n, q in enumerate(k):
        f_q, speed_q, _, shape_q = band(k + q)
        weight = 2 * f * (1 - f_q)
        currents = (
            np.mean(weight * ((speed + speed_q) / 2) ** 2, axis=1) + (n == 0) * cluster.sites * drift**2
        )
        nematic = np.mean(weight * ((shape + shape_q) / 2) ** 2)
        assert np.allclose(fields["current_structure_factor"][:, n], currents, rtol=0, atol=50 * EXACT)
        assert np.isclose(fields["nematic_structure_factor"][n], nematic, rtol=0, atol=50 * EXACT)


def test_sum_rules_of_any_configuration():
    """<S^z_i S^z_i> = (n - 2 docc)/4, mean of S(q) over q the same, total charge and spin, local pairs."""
    cluster = on.model.square_cluster(4, 4, 1.0, 0.2)
    equal = EqualTime(on.model.Hubbard(cluster, 4.0), pair_classes(cluster))
    green = np.random.default_rng(2).normal(size=(2, 16, 16))
    found = measured(equal, green)
    fields = equal_time_fields(found, equal)
    density, doubly = (found["density_up"] + found["density_down"])[0], found["orbital_double_occupancy"][0]
    moment = (density - 2 * doubly) / 4
    # 1e-12: sums of 256 products of order one
    assert np.isclose(found["spin_zz_by_class"][0], moment, rtol=0, atol=1e-12)
    assert np.isclose(found["spin_xx_by_class"][0], moment, rtol=0, atol=1e-12)
    assert np.isclose(fields["local_moment"][0], 4 * moment, rtol=0, atol=1e-12)
    assert np.isclose(found["charge_by_class"][0], density + 2 * doubly, rtol=0, atol=1e-12)
    for name in ("spin_structure_factor_zz", "spin_structure_factor_xx"):
        assert np.isclose(fields[name].mean(), moment, rtol=0, atol=1e-12)
    assert np.isclose(found["pair_on_site_by_class"][0], 1 - density + doubly, rtol=0, atol=1e-12)
    # the nesting vector sees each site with its sublattice sign
    nesting = np.flatnonzero(np.all(cluster.wavevectors == 0.5, axis=1))[0]
    weighted = fields["staggered_spin_by_class"] @ equal.classes.size / 16
    assert np.isclose(weighted, fields["spin_structure_factor"][nesting], rtol=0, atol=1e-11)


def test_translated_configurations_measure_the_same():
    """A configuration and its image under a translation give the same sums."""
    cluster = on.model.three_band_cluster(3, 2, tpd=1.0, tpp=0.4, level_p=2.0)
    equal = EqualTime(on.model.Hubbard(cluster, 4.0), pair_classes(cluster), pairs=True, bonds=True)
    green = np.random.default_rng(3).normal(size=(2, 18, 18))
    move = cluster.translations[4]
    first, second = (measured(equal, g) for g in (green, np.ascontiguousarray(green[:, move][:, :, move])))
    for name in first:
        # values of order ten: sums of up to 18 products, in another order
        assert np.allclose(first[name], second[name], rtol=0, atol=1e-10), name


def test_signs_weigh_configurations():
    """Two configurations with signs 2/3 and -1/3 count as sum s O / sum s."""
    cluster = on.model.ring_cluster(4, 1.0)
    equal = EqualTime(on.model.Hubbard(cluster, 4.0), pair_classes(cluster))
    states = [free(4, False, seed).green for seed in (1, 2)]
    total = np.zeros(equal.layout.size)
    for green, sign in zip(states, (2.0, -1.0), strict=True):
        add_equal_time(green, sign, equal.tables, total)
    both = [measured(equal, green) for green in states]
    for name, value in equal.means(total).items():
        assert np.allclose(value, 2 * both[0][name] - both[1][name], rtol=0, atol=1e-13), name
    with pytest.raises(InvalidInput, match="sum of the signs"):
        equal.means(np.zeros(equal.layout.size))


def test_many_samples_at_once():
    """Fields of means with a leading axis of samples are those of each sample."""
    cluster = on.model.square_cluster(4, 2, 1.0, -0.2, twist=(0.3, 0.0))
    equal = EqualTime(on.model.Hubbard(cluster, 4.0), pair_classes(cluster), pairs=True, bonds=True)
    rng = np.random.default_rng(7)
    total = np.zeros((3, equal.layout.size), complex)
    for row in total:
        green = rng.normal(size=(2, 8, 8)) + 1j * rng.normal(size=(2, 8, 8))
        add_equal_time(green, np.exp(1j * rng.normal()), equal.tables, row)
    together = equal_time_fields(equal.means(total), equal)
    for n, row in enumerate(total):
        for name, value in equal_time_fields(equal.means(row), equal).items():
            # values up to 1e3 from sums in another order
            assert np.allclose(together[name][n], value, rtol=1e-11, atol=1e-10), name


def test_every_field_has_a_name():
    """All that is handed out stands in the table, with its error, and with the dimensions stated there."""
    cluster = on.model.square_cluster(4, 3, 1.0, -0.2)
    equal = EqualTime(on.model.Hubbard(cluster, 4.0), pair_classes(cluster), pairs=True, bonds=True)
    green = free_green(equal.model, 0.5)
    for name, value in equal_time_fields(measured(equal, green), equal).items():
        for entry in (on.schema.lookup(name), on.schema.lookup(f"{name}_error")):
            assert len(entry.dims) == value.ndim, name


def test_what_cannot_be_measured():
    cluster = on.model.ring_cluster(4, 1.0)
    classes = pair_classes(cluster)
    coupling = on.model.nearest_bonds(cluster, 1.0)
    with pytest.raises(InvalidModel, match="V, J"):
        EqualTime(on.model.Hubbard(cluster, 4.0, V=coupling), classes)
    with pytest.raises(InvalidModel, match="classes"):
        EqualTime(on.model.Hubbard(on.model.ring_cluster(6, 1.0), 4.0), classes)
    lonely = on.model.Cluster(np.eye(2), positions=np.array([[0.0], [0.3]]))
    with pytest.raises(InvalidModel, match="one step"):
        EqualTime(on.model.Hubbard(lonely, 4.0), pair_classes(lonely), pairs=True)
    equal = EqualTime(on.model.Hubbard(cluster, 4.0), classes, bonds=True)
    with pytest.raises(InvalidModel, match="weights"):
        bond_structure_factor(np.zeros((1, 1, 4)), np.ones(2), equal.bond_classes, cluster)
    assert not nematic_weights(equal.bond_classes).any()
    with pytest.raises(InvalidModel, match="name"):
        equal.layout.offset("pairs")
