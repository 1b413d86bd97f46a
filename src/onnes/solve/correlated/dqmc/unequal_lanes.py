"""Real unequal-time estimators, eight slices at a time.

Matrices of eight slices lie so that the eight values of one pair of sites are neighbours in memory: every product of
the estimators is then one instruction on a vector, whatever the lattice, and sites are shifted by plain indices. Rows
are an odd number of pairs apart, so that they do not fall on the same lines of the cache.
Equations and tables are those of `unequal_time`; `unequal_plain` is the same for complex numbers, one slice at a time.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from onnes.solve.correlated.dqmc.bonds import FAST
from onnes.solve.correlated.dqmc.unequal_simd import (
    LANES,
    add_product,
    added,
    aligned_zeros,
    load,
    product,
    spread,
    store,
)

TILE = 8
"""Cells whose bond correlations are summed together: sums and rows of the matrices stay in the nearest cache."""


class LaneSpace(NamedTuple):
    """Flat scratch, eight slices of: ``g`` = <c_i(tau) c+_j>, ``h`` = <c+_i(tau) c_j> (spin, site, site); ``charge``,
    ``moment`` (site,); ``ahead``, ``back`` (bond class, cell): <c+_0 c_1>, <c+_1 c_0> of both spins; ``crossed``,
    ``parallel``, ``paired`` (cell, bond class): sums; ``left``, ``right``, ``both`` (spin, site, site): F g, g F^T,
    F g F^T with the form factor F.
    """

    g: np.ndarray
    h: np.ndarray
    charge: np.ndarray
    moment: np.ndarray
    ahead: np.ndarray
    back: np.ndarray
    crossed: np.ndarray
    parallel: np.ndarray
    paired: np.ndarray
    left: np.ndarray
    right: np.ndarray
    both: np.ndarray


def lane_space(sites: int, cells: int, bonds: int, forms: int) -> LaneSpace:
    """Return the scratch of a cluster; without bonds or forms theirs is empty."""
    pairs = 2 * sites * (sites | 1)
    sizes = [pairs, pairs, sites, sites] + [bonds * cells] * 5 + [pairs if forms else 0] * 3
    return LaneSpace(*(aligned_zeros((size * LANES,)) for size in sizes))


@njit(**FAST)
def add_real(t0, ot, tt, sign, tables, space, total):
    """Add sign times all estimators to ``total``; see `unequal_time.add_unequal_time`."""
    steps = t0.shape[0]
    n_forms = tables.weight.shape[0]
    ahead, back = _bond_means(tt[0], tables)
    for first in range(0, steps, LANES):
        count = min(LANES, steps - first)
        _fill(t0, ot, first, count, tables.sites, space)
        _fill_densities(tt, first, count, space)
        _add_sites(tt[0], sign, first, count, steps, tables, space, total)
        for f in range(n_forms):
            _add_form(f, sign, first, count, steps, tables, space, total)
        if tables.correlated_bonds:
            _fill_bonds(tt, first, count, tables, space)
            for b in range(len(tables.hop)):
                _add_bond(b, ahead, back, tables, space)
                _keep_bond(b, sign, first, count, steps, tables, space, total)


@njit(**FAST)
def _fill(t0, ot, first, count, n, space):
    """Spread the matrices of ``count`` slices; ot is transposed and its sign turned, eight rows at a time."""
    g, h, pitch = space.g, space.h, n | 1
    if count < LANES:
        g[:] = 0.0
        h[:] = 0.0
    for s in range(2):
        for top in range(0, n, 8):
            for j in range(n):
                for i in range(top, min(top + 8, n)):
                    place = ((s * n + i) * pitch + j) * LANES
                    if count == LANES:
                        for t in range(LANES):
                            h[place + t] = -ot[first + t, s, j, i]
                    else:
                        for t in range(count):
                            h[place + t] = -ot[first + t, s, j, i]
        for i in range(n):
            for j in range(n):
                place = ((s * n + i) * pitch + j) * LANES
                if count == LANES:
                    for t in range(LANES):
                        g[place + t] = t0[first + t, s, i, j]
                else:
                    for t in range(count):
                        g[place + t] = t0[first + t, s, i, j]


@njit(**FAST)
def _fill_densities(tt, first, count, space):
    for i in range(len(space.charge) // LANES):
        for t in range(count):
            up, down = tt[first + t, 0, i, i], tt[first + t, 1, i, i]
            space.charge[i * LANES + t] = 2.0 - up - down
            space.moment[i * LANES + t] = down - up


@njit(**FAST)
def _keep(value, weight, buffer, out, place, count):
    """Add weight times ``count`` of the eight numbers to ``out`` from ``place`` on."""
    if count == LANES:
        store(out, place, add_product(spread(weight), value, load(out, place)))
    else:
        store(buffer, 0, value)
        for t in range(count):
            out[place + t] += weight * buffer[t]


@njit(**FAST)
def _add_sites(g00, sign, first, count, steps, tables, space, total):
    """Add the correlations of two sites, class by class."""
    g, h, at, n = space.g, space.h, tables.offsets, tables.sites
    start, end, pitch = tables.start, tables.end, n | 1
    cells = start.shape[1]
    weight, shift, zero = sign / cells, n * pitch * LANES, spread(0.0)
    buffer, charge, moment = np.empty(LANES), np.empty(n), np.empty(n)
    for i in range(n):
        charge[i] = 2.0 - g00[0, i, i] - g00[1, i, i]
        moment[i] = g00[1, i, i] - g00[0, i, i]
    for d in range(len(start)):
        up = down = alike = mixed = paired = densities = moments = zero
        for t in range(cells):
            i, j = np.int64(start[d, t]) * LANES, end[d, t]
            p = i * pitch + np.int64(j) * LANES
            gu, gd, hu, hd = load(g, p), load(g, p + shift), load(h, p), load(h, p + shift)
            up, down = add_product(spread(1.0), gu, up), add_product(spread(1.0), gd, down)
            alike = add_product(gu, hu, add_product(gd, hd, alike))
            mixed = add_product(gu, hd, add_product(gd, hu, mixed))
            paired = add_product(gu, gd, paired)
            densities = add_product(load(space.charge, i), spread(charge[j]), densities)
            moments = add_product(load(space.moment, i), spread(moment[j]), moments)
        place = d * steps + first
        _keep(up, weight, buffer, total, at[0] + place, count)
        _keep(down, weight, buffer, total, at[1] + place, count)
        _keep(paired, weight, buffer, total, at[2] + place, count)
        one = spread(1.0)
        _keep(add_product(one, alike, densities), weight, buffer, total, at[3] + place, count)
        _keep(add_product(one, alike, moments), 0.25 * weight, buffer, total, at[4] + place, count)
        _keep(mixed, 0.25 * weight, buffer, total, at[5] + place, count)


@njit(**FAST)
def _add_form(f, sign, first, count, steps, tables, space, total):
    """Add the correlation of the pair field of one form factor."""
    n, partner, weight = tables.sites, tables.partner, tables.weight[f]
    pitch = n | 1
    g, left, right, both = space.g, space.left, space.right, space.both
    for s in range(2):
        for i in range(n):
            for j in range(n):
                row = rows = spread(0.0)
                for m in range(partner.shape[1]):
                    row = add_product(
                        spread(weight[i, m]), load(g, ((s * n + partner[i, m]) * pitch + j) * LANES), row
                    )
                    rows = add_product(
                        spread(weight[j, m]), load(g, ((s * n + i) * pitch + partner[j, m]) * LANES), rows
                    )
                store(left, ((s * n + i) * pitch + j) * LANES, row)
                store(right, ((s * n + i) * pitch + j) * LANES, rows)
        for i in range(n):
            for j in range(n):
                rows = spread(0.0)
                for m in range(partner.shape[1]):
                    rows = add_product(
                        spread(weight[j, m]), load(left, ((s * n + i) * pitch + partner[j, m]) * LANES), rows
                    )
                store(both, ((s * n + i) * pitch + j) * LANES, rows)
    buffer, shift = np.empty(LANES), n * pitch * LANES
    scale = sign / (4.0 * tables.start.shape[1])
    for d in range(len(tables.start)):
        value = spread(0.0)
        for t in range(tables.start.shape[1]):
            p = (np.int64(tables.start[d, t]) * pitch + np.int64(tables.end[d, t])) * LANES
            q = p + shift
            value = add_product(load(g, p), load(both, q), value)
            value = add_product(load(g, q), load(both, p), value)
            value = add_product(load(left, p), load(right, q), value)
            value = add_product(load(left, q), load(right, p), value)
        place = tables.offsets[6 + f] + d * steps + first
        _keep(value, scale, buffer, total, place, count)


@njit(**FAST)
def _bond_means(green, tables):
    """Return <c+_0 c_1> = -G_10 and <c+_1 c_0> = -G_01 of every bond (0, 1), both spins: (cell, bond class)."""
    starts, stops = tables.starts, tables.stops
    ahead, back = np.empty(starts.shape), np.empty(starts.shape)
    for t in range(starts.shape[0]):
        for b in range(starts.shape[1]):
            i, j = starts[t, b], stops[t, b]
            ahead[t, b] = -green[0, j, i] - green[1, j, i]
            back[t, b] = -green[0, i, j] - green[1, i, j]
    return ahead, back


@njit(**FAST)
def _fill_bonds(tt, first, count, tables, space):
    """Spread `_bond_means` of ``count`` slices."""
    cells = len(tables.moves)
    for l in range(count):
        ahead, back = _bond_means(tt[first + l], tables)
        for t in range(cells):
            for b in range(len(tables.hop)):
                place = (b * cells + t) * LANES + l
                space.ahead[place], space.back[place] = ahead[t, b], back[t, b]


@njit(**FAST)
def _add_bond(b, ahead, back, tables, space):
    """Sum the products of one class of bonds with all others over translations.

    ``ahead``, ``back`` (cell, bond class): <c+_0 c_1>, <c+_1 c_0> of both spins at time 0.
    """
    cells = len(tables.moves)
    space.crossed[:] = 0.0
    space.parallel[:] = 0.0
    space.paired[:] = 0.0
    for low in range(0, cells, TILE):
        for t in range(cells):
            _add_pairs(b, t, low, min(low + TILE, cells), ahead, back, tables, space)


@njit(**FAST)
def _add_pairs(b, t, low, high, ahead0, back0, tables, space):
    """Add the products of the bond b in cell t with all bonds in cells ``low`` to ``high`` further.

    crossed: <c+_1 c_0 c+_1 c_0> + <c+_0 c_1 c+_0 c_1>; parallel: the other two; paired: <Delta Delta+>.
    """
    g, h, starts, stops, sums = space.g, space.h, tables.starts, tables.stops, tables.sums[t]
    crossed, parallel, paired = space.crossed, space.parallel, space.paired
    n, n_bonds = tables.sites, starts.shape[1]
    pitch = (n | 1) * LANES
    u0, u1 = np.int64(starts[t, b]) * pitch, np.int64(stops[t, b]) * pitch
    d0, d1 = u0 + n * pitch, u1 + n * pitch
    source = (b * starts.shape[0] + t) * LANES
    ahead, back = load(space.ahead, source), load(space.back, source)
    place = low * n_bonds * LANES
    for c in range(low, high):
        cell, last = np.uint64(sums[c]), n
        u00 = u10 = d00 = d10 = hu00 = hu10 = hd00 = hd10 = ahead
        for e in range(n_bonds):
            j = np.int64(starts[cell, e])
            if j != last:
                last = j
                j *= LANES
                u00, u10, d00, d10 = load(g, u0 + j), load(g, u1 + j), load(g, d0 + j), load(g, d1 + j)
                hu00, hu10, hd00, hd10 = load(h, u0 + j), load(h, u1 + j), load(h, d0 + j), load(h, d1 + j)
            j = np.int64(stops[cell, e]) * LANES
            u01, u11, d01, d11 = load(g, u0 + j), load(g, u1 + j), load(g, d0 + j), load(g, d1 + j)
            p, q = spread(ahead0[cell, e]), spread(back0[cell, e])
            x, y = add_product(ahead, p, product(back, q)), add_product(ahead, q, product(back, p))
            x = add_product(hu10, u01, add_product(load(h, u0 + j), u10, x))
            y = add_product(hu00, u11, add_product(load(h, u1 + j), u00, y))
            x = add_product(hd10, d01, add_product(load(h, d0 + j), d10, x))
            y = add_product(hd00, d11, add_product(load(h, d1 + j), d00, y))
            store(crossed, place, added(load(crossed, place), x))
            store(parallel, place, added(load(parallel, place), y))
            x, y = add_product(u00, d11, product(u11, d00)), add_product(u01, d10, product(u10, d01))
            store(paired, place, added(load(paired, place), added(x, y)))
            place += LANES


@njit(**FAST)
def _keep_bond(b, sign, first, count, steps, tables, space, total):
    """Add the sums of one class of bonds to energy, current and pair correlations."""
    cells, n_bonds, at = len(tables.moves), len(tables.hop), tables.offsets
    buffer, last = np.empty(LANES), 6 + tables.weight.shape[0]
    one, minus = spread(1.0), spread(-1.0)
    for e in range(n_bonds):
        weight = sign * tables.hop[b] * tables.hop[e] / cells
        for c in range(cells):
            source = (c * n_bonds + e) * LANES
            place = ((b * n_bonds + e) * cells + c) * steps + first
            crossed, parallel = load(space.crossed, source), load(space.parallel, source)
            _keep(add_product(one, crossed, parallel), weight, buffer, total, at[last] + place, count)
            _keep(add_product(minus, crossed, parallel), weight, buffer, total, at[last + 1] + place, count)
            paired = load(space.paired, source)
            _keep(product(paired, spread(0.5)), sign / cells, buffer, total, at[last + 2] + place, count)
