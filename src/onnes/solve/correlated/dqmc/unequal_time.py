"""Unequal-time estimators of determinant Monte Carlo: <A(tau) B(0)> at every slice, averaged over translations.

Of one configuration, by Wick's theorem, with g = <c_i(tau) c+_j>, h = <c+_i(tau) c_j> = -G(0,tau)_ji of each spin:

- <n_i(tau) n_j> = n_i(tau) n_j + sum_s h_ij g_ij; 4 <S^z_i(tau) S^z_j> = m_i(tau) m_j + sum_s h_ij g_ij with
  m = n_up - n_dn
- <S^x_i(tau) S^x_j + S^y_i(tau) S^y_j>/2 = (h_up g_dn + h_dn g_up)_ij/4
- <Delta_i(tau) Delta_j+> = (g_up g_dn)_ij with Delta_i = c_i,up c_i,dn; pair fields of form factors as in `pair_fields`
- bonds (i -> j): K = sum_s (h_ij c+_i c_j + h_ji c+_j c_i), J = i sum_s (h_ij c+_i c_j - h_ji c+_j c_i), and
  Delta = (c_i,up c_j,dn - c_i,dn c_j,up)/sqrt 2, as in `bonds`.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numba import njit, types
from numba.extending import overload

from onnes.errors import InvalidInput, InvalidModel
from onnes.model.correlated.hubbard import Hubbard
from onnes.model.correlated.translations import PairClasses
from onnes.solve.correlated.dqmc.bonds import Bonds, bond_classes
from onnes.solve.correlated.dqmc.layout import Layout, layout_of, require_measurable
from onnes.solve.correlated.dqmc.pair_fields import NO_FORMS, PairForms, pair_forms
from onnes.solve.correlated.dqmc.unequal_lanes import LaneSpace, add_real, lane_space
from onnes.solve.correlated.dqmc.unequal_plain import add_plain

TWO_SITES = (
    "unequal_green_up",
    "unequal_green_down",
    "unequal_pair_on_site",
    "unequal_charge",
    "unequal_spin_zz",
    "unequal_spin_xx",
)
"""Correlations of two sites that are always measured, in the order of their sums."""

TWO_BONDS = ("unequal_bond_energy", "unequal_bond_current", "unequal_bond_pair")


class UnequalTimeTables(NamedTuple):
    """Arrays that the compiled estimator reads.

    Parameters
    ----------
    sites : N. start, end : uint64 (class, cell), i and j of the pairs (i, j) of each class.
    moves : int64 (cell, site), translations T_c. sums : uint64 (cell, cell), number of the translation T_t T_c.
    starts, stops : uint64 (cell, bond class), sites of every bond. hop : of the bond classes, meV.
    partner, weight : form factors of pair fields.
    correlated_bonds : whether correlations of bonds are measured.
    offsets : int64, places of the sums after the sign, in the order of `UnequalTime.layout`. space : scratch.
    """

    sites: int
    start: np.ndarray
    end: np.ndarray
    moves: np.ndarray
    sums: np.ndarray
    starts: np.ndarray
    stops: np.ndarray
    hop: np.ndarray
    partner: np.ndarray
    weight: np.ndarray
    correlated_bonds: bool
    offsets: np.ndarray
    space: LaneSpace


@dataclass(frozen=True, slots=True, eq=False)
class UnequalTime:
    """What is measured between two times, and where its sums lie.

    Sums, in the order of ``layout`` (each sign times the value): ``sign``; `TWO_SITES` (class, L); with pairs
    ``unequal_pair_extended_s`` and, in two dimensions, ``unequal_pair_d_wave`` (class, L); with bonds `TWO_BONDS`
    (bond class b, bond class b', cell c, L): bond T b at tau with bond T T_c b' at 0, mean over translations T;
    energies and currents in meV^2.

    Parameters
    ----------
    model : Hubbard model with U alone (V and J absent).
    classes : of ``model.cluster``, from `pair_classes`.
    steps : slices L; values lie at tau = l dt, l = 0 to L - 1.
    pairs : measure singlet pairs on neighbouring sites. bonds : measure correlations of bonds.

    Raises
    ------
    InvalidModel : a model with V or J, classes of another cluster, pairs on a cluster without neighbours,
        translations that keep a site in place (two of them that agree on a site).
    InvalidInput : fewer than one slice.
    """

    model: Hubbard
    classes: PairClasses
    steps: int
    pairs: bool = False
    bonds: bool = False
    bond_classes: Bonds = field(init=False)
    layout: Layout = field(init=False)
    tables: UnequalTimeTables = field(init=False)

    def __post_init__(self) -> None:
        require_measurable(self.model, self.classes)
        if self.steps < 1:
            raise InvalidInput(f"{self.steps} slices", "take at least 1")
        forms = pair_forms(self.model.cluster, self.classes) if self.pairs else NO_FORMS
        found = bond_classes(self.model.cluster, self.classes)
        object.__setattr__(self, "bond_classes", found)
        object.__setattr__(self, "layout", layout_of(_shapes(self, found, forms)))
        object.__setattr__(self, "tables", _tables(self, found, forms))

    def means(self, total: np.ndarray) -> dict[str, np.ndarray]:
        """Return the means of all sums ``total`` (..., size); see `Layout.means`."""
        return self.layout.means(total)


def _shapes(unequal: UnequalTime, found: Bonds, forms: PairForms) -> dict[str, tuple[int, ...]]:
    pairs, bonds = (len(unequal.classes.size), unequal.steps), (len(found.hop),)
    shapes: dict[str, tuple[int, ...]] = {"sign": ()}
    shapes |= dict.fromkeys(TWO_SITES, pairs)
    shapes |= {f"unequal_pair_{name}": pairs for name in forms.names}
    if unequal.bonds:
        cells = len(unequal.model.cluster.translations)
        shapes |= dict.fromkeys(TWO_BONDS, bonds + bonds + (cells, unequal.steps))
    return shapes


def _tables(unequal: UnequalTime, found: Bonds, forms: PairForms) -> UnequalTimeTables:
    cluster, classes = unequal.model.cluster, unequal.classes
    sites, moves = cluster.sites, np.ascontiguousarray(cluster.translations, dtype=np.int64)
    _, first = np.unique(classes.index, return_index=True)
    start, end = (moves[:, place].T for place in (first // sites, first % sites))
    number = np.full(sites, -1)
    number[moves[:, 0]] = np.arange(len(moves))
    if np.any(np.sort(moves, axis=0)[1:] == np.sort(moves, axis=0)[:-1]):
        raise InvalidModel(
            "translations", moves.shape, "free: no two of them may carry a site to the same place"
        )
    bonds = len(found.hop) if unequal.bonds else 0
    return UnequalTimeTables(
        sites,
        *(np.ascontiguousarray(a, dtype=np.uint64) for a in (start, end)),
        moves,
        number[moves[:, moves[:, 0]]].astype(np.uint64),
        *(np.ascontiguousarray(moves[:, end], dtype=np.uint64) for end in found.ends.T),
        found.hop,
        forms.partner,
        forms.weight,
        unequal.bonds,
        np.array(unequal.layout.offsets[1:], dtype=np.int64),
        lane_space(sites, len(moves), bonds, len(forms.names)),
    )


def _add(t0, ot, tt, sign, tables, total):  # type: ignore[no-untyped-def]
    """Add all estimators: eight slices at a time where all numbers are real."""


@overload(_add)
def _add_of(t0, ot, tt, sign, tables, total):  # type: ignore[no-untyped-def]
    if t0.dtype == types.float64:

        def real(t0, ot, tt, sign, tables, total):  # type: ignore[no-untyped-def]
            add_real(t0, ot, tt, sign, tables, tables.space, total)

        return real

    def general(t0, ot, tt, sign, tables, total):  # type: ignore[no-untyped-def]
        add_plain(t0, ot, tt, sign, tables, total)

    return general


@njit(cache=True)
def add_unequal_time(t0, ot, tt, sign, tables, total):  # type: ignore[no-untyped-def]
    """Add sign times every unequal-time value of one configuration to ``total``.

    Parameters
    ----------
    t0, ot, tt : float64 or complex128 (L, spin 2, N, N), G(tau,0), G(0,tau), G(tau,tau) as in `unequal_green`.
    sign : number of the same type. total : same type (layout.size,).
    tables : `UnequalTime.tables`; its scratch is written, so that two threads need two of them.
    """
    total[0] += sign
    _add(t0, ot, tt, sign, tables, total)
