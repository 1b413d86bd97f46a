"""Correlations of one configuration, added into a vector (compiled)."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

from onnes.model.correlated.gutzwiller import ProjectedBCS
from onnes.model.correlated.translations import PairClasses, pair_classes
from onnes.solve.correlated.vmc.factors import factor_four
from onnes.solve.correlated.vmc.local_energy import AXES, spin_flip
from onnes.solve.correlated.vmc.tableau import pair_ratio


class Pairs(NamedTuple):
    """Bonds of the pair operator (bond, 2), their form factors, the class of each two bonds, -1 where they touch."""

    bond: np.ndarray
    form: np.ndarray
    index: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Places of the observables in a vector, and the classes of pairs they are averaged over."""

    slices: dict[str, slice]
    size: int
    classes: PairClasses
    pairs: Pairs
    pair_count: np.ndarray


def layout_of(trial: ProjectedBCS, dtype: np.dtype) -> Layout:
    """Return the layout of a trial state: parts of the energy, site averages, correlations by class of pair."""
    classes = pair_classes(trial.cluster)
    n, m, axes = trial.cluster.sites, len(classes.size), trial.cluster.positions.shape[1]
    pairs, count = _pairs(trial, classes, dtype)
    lengths = {
        "parts": AXES + axes,
        "square": 1,
        "occupation": n,
        "double": n,
        "moment": n,
        "zz": m,
        "spin": m,
        "charge": m,
        "pair": m,
    }
    slices, place = {}, 0
    for name, length in lengths.items():
        slices[name] = slice(place, place + length)
        place += length
    return Layout(slices, place, classes, pairs, count)


def pair_pattern(trial: ProjectedBCS) -> np.ndarray:
    """Return the first pairing of the mean field (site, site), zero where there is none: bonds of pair correlations."""
    patterns = [t.pairing for t in trial.terms if t.pairing is not None]
    return patterns[0] if patterns else np.zeros((trial.cluster.sites,) * 2)


def _pairs(trial: ProjectedBCS, classes: PairClasses, dtype: np.dtype) -> tuple[Pairs, np.ndarray]:
    pattern = pair_pattern(trial)
    reach = classes.displacement[classes.index]
    bond, form = [], []
    for i, j in np.argwhere(np.triu(np.abs(pattern) > 1e-12, 1)):
        step = reach[i, j]
        ahead = step[np.flatnonzero(np.abs(step) > 1e-6)[0]] > 0 if np.any(np.abs(step) > 1e-6) else True
        bond.append((i, j) if ahead else (j, i))
        form.append(pattern[i, j] / abs(pattern[i, j]))
    where = np.array(bond, dtype=np.int64).reshape(-1, 2)
    index = classes.index[where[:, :1], where[:, 0][None]].astype(np.int64)
    touch = np.any(where[:, None, :, None] == where[None, :, None, :], axis=(2, 3))
    index[touch] = -1
    count = np.bincount(index[index >= 0].ravel(), minlength=len(classes.size))
    phases = np.array(form, dtype=complex)
    if np.issubdtype(dtype, np.floating):
        phases = phases.real.copy()
    return Pairs(where, phases, np.ascontiguousarray(index)), count


@njit(cache=True, error_model="numpy", nogil=True)
def add_sites(sites, offset, out):  # type: ignore[no-untyped-def]
    """Add occupation, double occupancy and 2 S^z of every site, at ``offset`` of ``out``."""
    n = sites.shape[0]
    for i in range(n):
        up, down = sites[i] & 1, sites[i] >> 1
        out[offset + i] += up + down
        out[offset + n + i] += up * down
        out[offset + 2 * n + i] += up - down


@njit(cache=True, error_model="numpy", nogil=True)
def add_correlations(X, sites, slot, local, fac, index, offset, out):  # type: ignore[no-untyped-def]
    """Add S^z S^z, S.S and n n, summed over each class of pairs, at ``offset`` of ``out``."""
    n, m = sites.shape[0], index.max() + 1
    active, w = fac.active, fac.w
    for i in range(n):
        up, down = sites[i] & 1, sites[i] >> 1
        for j in range(n):
            k, l = sites[j] & 1, sites[j] >> 1
            place = offset + index[i, j]
            zz = 0.25 * (up - down) * (k - l)
            out[place] += zz
            out[place + m] += 3.0 * zz if i == j else zz
            out[place + 2 * m] += (up + down) * (k + l)
        if sites[i] != 1:
            continue
        for j in range(n):
            if sites[j] == 2:
                value = spin_flip(X, slot, local, active, w, i, j).real
                out[offset + m + index[i, j]] += value
                out[offset + m + index[j, i]] += value


@njit(cache=True, error_model="numpy", nogil=True)
def add_pairs(X, sites, slot, local, fac, pairs, offset, out):  # type: ignore[no-untyped-def]
    """Add f'_b' conj(f_b) <D+_b' D_b> of singlets D_b = (c_i,up c_j,dn + c_j,up c_i,dn)/sqrt 2, by class of (b, b').

    The configuration holds the pair on b' = (k, l); it moves to b = (i, j).
    """
    where, after = np.empty(4, np.int64), np.empty(4, np.int64)
    for b in range(pairs.bond.shape[0]):
        for turn in range(2):
            i, j = pairs.bond[b, turn], pairs.bond[b, 1 - turn]
            si, sj = sites[i], sites[j]
            if si & 1 or sj & 2 or (fac.full and (si or sj)):
                continue
            for c in range(pairs.bond.shape[0]):
                kind = pairs.index[b, c]
                if kind < 0:
                    continue
                for back in range(2):
                    k, l = pairs.bond[c, back], pairs.bond[c, 1 - back]
                    if not sites[k] & 1 or not sites[l] & 2:
                        continue
                    where[0], where[1], where[2], where[3] = i, j, k, l
                    after[0], after[1], after[2], after[3] = si | 1, sj | 2, sites[k] ^ 1, sites[l] ^ 2
                    ratio = pair_ratio(X, slot, k, i, l, j) * factor_four(local, sites, where, after, fac)
                    form = pairs.form[c] * np.conj(pairs.form[b])
                    out[offset + kind] += 0.5 * (form * ratio).real
