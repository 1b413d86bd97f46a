"""Equal-time estimators of determinant Monte Carlo: from the Green function of one configuration to flat sums.

``green[s, i, j] = <c_i,s c+_j,s>``. In one configuration the electrons are free and the spins independent, so
every product follows from Wick's theorem with G_ij and D_ij = <c+_i c_j> = delta_ij - G_ji:

- <n_i n_j> = n_i n_j + sum_s D_ij G_ij, 4 <S^z_i S^z_j> = m_i m_j + sum_s D_ij G_ij, m = n_up - n_dn
- <S^x_i S^x_j + S^y_i S^y_j>/2 = (D_up G_dn + D_dn G_up)_ij / 4
- <Delta_i Delta_j+> = (G_up G_dn)_ij with Delta_i = c_i,up c_i,dn

Added up is sign times the value, mean over translations; the mean is its sum over the sum of signs.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numba import njit

from onnes.model.correlated.hubbard import Hubbard
from onnes.model.correlated.translations import PairClasses, site_classes
from onnes.solve.correlated.dqmc.bonds import FAST, Bonds, add_bond_energies, add_bond_pairs, bond_classes
from onnes.solve.correlated.dqmc.layout import Layout, layout_of, require_measurable
from onnes.solve.correlated.dqmc.pair_fields import NO_FORMS, PairForms, add_pair_fields, pair_forms


class EqualTimeTables(NamedTuple):
    """Arrays that the compiled estimator reads; sites a, b of a pair in the order (class, translation).

    Parameters
    ----------
    forward, backward : uint64 (class, cell), a*N + b and b*N + a, for one pair of each class and its images.
    start, end : uint64 (class, cell), a and b.
    reverse : int64 (class,), class of the pairs (b, a).
    orbital, orbital_size : int64 (site,), (orbital,). U : float (site,), meV.
    moves : int64 (cell, site), translations. ends, hop : of the bond classes.
    partner, weight : form factors of pair fields; no forms where they are not measured.
    correlated_bonds : whether correlations of bonds are measured.
    offsets : int64, places of the sums in the order of `EqualTime.layout`.
    """

    forward: np.ndarray
    backward: np.ndarray
    start: np.ndarray
    end: np.ndarray
    reverse: np.ndarray
    orbital: np.ndarray
    orbital_size: np.ndarray
    U: np.ndarray
    moves: np.ndarray
    ends: np.ndarray
    hop: np.ndarray
    partner: np.ndarray
    weight: np.ndarray
    correlated_bonds: bool
    offsets: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class EqualTime:
    """What is measured at one time, and where its sums lie.

    Sums, in the order of ``layout`` (each sign times the value): ``sign``; ``density_up``, ``density_down``,
    ``orbital_double_occupancy`` (orbital,); ``hubbard_energy`` per site, meV; ``bond_energy`` (bond class,), meV;
    ``green_up_by_class``, ``green_down_by_class``, ``charge_by_class``, ``spin_zz_by_class``, ``spin_xx_by_class``,
    ``pair_on_site_by_class`` (class,); with pairs ``pair_extended_s_by_class`` and, in two dimensions,
    ``pair_d_wave_by_class``; with bonds ``bond_energy_correlation`` and ``bond_current_correlation``
    (bond class, bond class, cell), meV^2.

    Parameters
    ----------
    model : Hubbard model with U alone (V and J absent).
    classes : of ``model.cluster``, from `pair_classes`.
    pairs : measure singlet pairs on neighbouring sites. bonds : measure correlations of bonds.

    Raises
    ------
    InvalidModel : a model with V or J, classes of another cluster, pairs on a cluster without neighbours.
    """

    model: Hubbard
    classes: PairClasses
    pairs: bool = False
    bonds: bool = False
    bond_classes: Bonds = field(init=False)
    layout: Layout = field(init=False)
    tables: EqualTimeTables = field(init=False)

    def __post_init__(self) -> None:
        require_measurable(self.model, self.classes)
        forms = pair_forms(self.model.cluster, self.classes) if self.pairs else NO_FORMS
        found = bond_classes(self.model.cluster, self.classes)
        layout = layout_of(_shapes(self, found, forms))
        object.__setattr__(self, "bond_classes", found)
        object.__setattr__(self, "layout", layout)
        object.__setattr__(self, "tables", _tables(self, found, forms, layout))

    def means(self, total: np.ndarray) -> dict[str, np.ndarray]:
        """Return the means of all sums ``total`` (..., size); see `Layout.means`."""
        return self.layout.means(total)


def _shapes(equal: EqualTime, found: Bonds, forms: PairForms) -> dict[str, tuple[int, ...]]:
    cluster = equal.model.cluster
    orbitals, pairs, bonds = (len(site_classes(cluster).size),), (len(equal.classes.size),), (len(found.hop),)
    shapes: dict[str, tuple[int, ...]] = {"sign": ()}
    shapes |= dict.fromkeys(("density_up", "density_down", "orbital_double_occupancy"), orbitals)
    shapes |= {"hubbard_energy": (), "bond_energy": bonds}
    shapes |= dict.fromkeys(BY_CLASS, pairs)
    shapes |= {f"pair_{name}_by_class": pairs for name in forms.names}
    if equal.bonds:
        names = ("bond_energy_correlation", "bond_current_correlation")
        shapes |= dict.fromkeys(names, bonds + bonds + (len(cluster.translations),))
    return shapes


BY_CLASS = (
    "green_up_by_class",
    "green_down_by_class",
    "pair_on_site_by_class",
    "charge_by_class",
    "spin_zz_by_class",
    "spin_xx_by_class",
)
"""Correlations of two sites that are always measured, in the order of their sums."""


def _tables(equal: EqualTime, found: Bonds, forms: PairForms, layout: Layout) -> EqualTimeTables:
    cluster, classes, kinds = equal.model.cluster, equal.classes, site_classes(equal.model.cluster)
    sites, moves = cluster.sites, np.ascontiguousarray(cluster.translations, dtype=np.int64)
    _, first = np.unique(classes.index, return_index=True)
    start, end = (moves[:, place].T for place in (first // sites, first % sites))
    names = ("density_up", "density_down", "orbital_double_occupancy", "hubbard_energy", "bond_energy")
    places = [layout.offset(name) for name in (*names, *BY_CLASS)]
    return EqualTimeTables(
        *(_unsigned(a) for a in (start * sites + end, end * sites + start, start, end)),
        classes.reverse,
        kinds.index.copy(),
        kinds.size.copy(),
        equal.model.U.copy(),
        moves,
        found.ends,
        found.hop,
        forms.partner,
        forms.weight,
        equal.bonds,
        np.array(places, dtype=np.int64),
    )


def _unsigned(array: np.ndarray) -> np.ndarray:
    """Indices that compiled code need not test for being negative."""
    return np.ascontiguousarray(array, dtype=np.uint64)


@njit(**FAST)
def add_equal_time(green, sign, tables, total):
    """Add sign times every equal-time value of one configuration to ``total``.

    Parameters
    ----------
    green : float64 or complex128 (2, N, N), C order. sign : number of the same type.
    tables : `EqualTime.tables`. total : same type (layout.size,).
    """
    total[0] += sign
    at, n_class = tables.offsets, len(tables.reverse)
    _add_local(green, sign, tables, total)
    stop = at[4] + len(tables.hop)
    add_bond_energies(green, sign, tables.moves, tables.ends, tables.hop, total[at[4] : stop])
    _add_ordered(green, sign, tables, total)
    _add_unordered(green, sign, tables, total)
    stop = at[5] + 6 * n_class
    n_forms = len(tables.weight)
    if n_forms > 0:
        out = total[stop : stop + n_forms * n_class].reshape((n_forms, n_class))
        add_pair_fields(green, sign, tables.forward, tables.backward, tables.partner, tables.weight, out)
        stop += n_forms * n_class
    if tables.correlated_bonds:
        shape = (len(tables.hop), len(tables.hop), len(tables.moves))
        length = shape[0] * shape[1] * shape[2]
        energy, current = total[stop : stop + length], total[stop + length : stop + 2 * length]
        add_bond_pairs(
            green, sign, tables.moves, tables.ends, tables.hop, energy.reshape(shape), current.reshape(shape)
        )


@njit(**FAST)
def _add_local(green, sign, tables, total):
    """Densities and double occupancies of each orbital, interaction energy U (n_up - 1/2)(n_dn - 1/2) per site."""
    at, sites = tables.offsets, green.shape[1]
    energy = green.dtype.type(0.0)
    for i in range(sites):
        up, down = 1.0 - green[0, i, i], 1.0 - green[1, i, i]
        o = tables.orbital[i]
        weight = sign / tables.orbital_size[o]
        total[at[0] + o] += weight * up
        total[at[1] + o] += weight * down
        total[at[2] + o] += weight * up * down
        energy += tables.U[i] * (up - 0.5) * (down - 0.5)
    total[at[3]] += sign * energy / sites


@njit(**FAST)
def _add_ordered(green, sign, tables, total):
    """Green functions and local pairs, for which (i, j) and (j, i) differ."""
    at, forward = tables.offsets, tables.forward
    up, down = green[0].reshape(-1), green[1].reshape(-1)
    weight = sign / forward.shape[1]
    for d in range(len(forward)):
        line = forward[d]
        sum_up = sum_down = sum_pair = green.dtype.type(0.0)
        for t in range(len(line)):
            a, b = up[line[t]], down[line[t]]
            sum_up += a
            sum_down += b
            sum_pair += a * b
        total[at[5] + d] += weight * sum_up
        total[at[6] + d] += weight * sum_down
        total[at[7] + d] += weight * sum_pair


@njit(**FAST)
def _add_unordered(green, sign, tables, total):
    """Charge and spin correlations, once for (i, j) and (j, i): D_ij G_ij = -G_ji G_ij, and G_ii more where i = j."""
    at, forward, backward = tables.offsets, tables.forward, tables.backward
    start, end, sites = tables.start, tables.end, green.shape[1]
    up, down = green[0].reshape(-1), green[1].reshape(-1)
    weight = sign / forward.shape[1]
    charge, moment = np.empty(sites, green.dtype), np.empty(sites, green.dtype)
    for i in range(sites):
        charge[i] = 2.0 - green[0, i, i] - green[1, i, i]
        moment[i] = green[1, i, i] - green[0, i, i]
    for d in range(len(forward)):
        e = tables.reverse[d]
        if e < d:
            continue
        densities = moments = alike = mixed = green.dtype.type(0.0)
        for t in range(forward.shape[1]):
            p, q, i, j = forward[d, t], backward[d, t], start[d, t], end[d, t]
            densities += charge[i] * charge[j]
            moments += moment[i] * moment[j]
            alike -= up[p] * up[q] + down[p] * down[q]
            mixed -= up[p] * down[q] + down[p] * up[q]
        if start[d, 0] == end[d, 0]:
            for t in range(forward.shape[1]):
                both = up[forward[d, t]] + down[forward[d, t]]
                alike += both
                mixed += both
        share = weight if d != e else 0.5 * weight  # a class that is its own reverse is met twice below
        for c in (d, e):
            total[at[8] + c] += share * (densities + alike)
            total[at[9] + c] += 0.25 * share * (moments + alike)
            total[at[10] + c] += 0.25 * share * mixed
