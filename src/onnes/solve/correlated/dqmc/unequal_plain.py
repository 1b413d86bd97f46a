"""Unequal-time estimators one slice and one product at a time, for complex or real numbers.

Equations and tables are those of `unequal_time`; for real numbers `unequal_lanes` gives the same sums sooner.
"""

import numpy as np
from numba import njit

from onnes.solve.correlated.dqmc.bonds import FAST


@njit(**FAST)
def add_plain(t0, ot, tt, sign, tables, total):
    """Add sign times all estimators to ``total``; see `unequal_time.add_unequal_time`."""
    steps, n = t0.shape[0], tables.sites
    g = np.empty((2, n, n), t0.dtype)
    h = np.empty((2, n, n), t0.dtype)
    for l in range(steps):
        for s in range(2):
            for i in range(n):
                for j in range(n):
                    g[s, i, j] = t0[l, s, i, j]
                    h[s, i, j] = -ot[l, s, j, i]
        _add_sites(g, h, tt[l], tt[0], sign, l, steps, tables, total)
        for f in range(tables.weight.shape[0]):
            _add_form(g, f, sign, l, steps, tables, total)
        if tables.correlated_bonds:
            _add_bonds(g, h, tt[l], tt[0], sign, l, steps, tables, total)


@njit(**FAST)
def _add_sites(g, h, gtt, g00, sign, l, steps, tables, total):
    at, start = tables.offsets, tables.start
    cells, zero = start.shape[1], g.dtype.type(0.0)
    weight = sign / cells
    for d in range(len(start)):
        up = down = paired = alike = mixed = densities = moments = zero
        for t in range(cells):
            i, j = tables.start[d, t], tables.end[d, t]
            up += g[0, i, j]
            down += g[1, i, j]
            paired += g[0, i, j] * g[1, i, j]
            alike += g[0, i, j] * h[0, i, j] + g[1, i, j] * h[1, i, j]
            mixed += g[0, i, j] * h[1, i, j] + g[1, i, j] * h[0, i, j]
            densities += (2.0 - gtt[0, i, i] - gtt[1, i, i]) * (2.0 - g00[0, j, j] - g00[1, j, j])
            moments += (gtt[1, i, i] - gtt[0, i, i]) * (g00[1, j, j] - g00[0, j, j])
        place = d * steps + l
        total[at[0] + place] += weight * up
        total[at[1] + place] += weight * down
        total[at[2] + place] += weight * paired
        total[at[3] + place] += weight * (densities + alike)
        total[at[4] + place] += 0.25 * weight * (moments + alike)
        total[at[5] + place] += 0.25 * weight * mixed


@njit(**FAST)
def _add_form(g, f, sign, l, steps, tables, total):
    n, partner, weight = tables.sites, tables.partner, tables.weight[f]
    left, right, both = np.zeros_like(g), np.zeros_like(g), np.zeros_like(g)
    for s in range(2):
        for i in range(n):
            for j in range(n):
                for m in range(partner.shape[1]):
                    left[s, i, j] += weight[i, m] * g[s, partner[i, m], j]
                    right[s, i, j] += weight[j, m] * g[s, i, partner[j, m]]
        for i in range(n):
            for j in range(n):
                for m in range(partner.shape[1]):
                    both[s, i, j] += weight[j, m] * left[s, i, partner[j, m]]
    scale = sign / (4.0 * tables.start.shape[1])
    for d in range(len(tables.start)):
        value = g.dtype.type(0.0)
        for t in range(tables.start.shape[1]):
            i, j = tables.start[d, t], tables.end[d, t]
            value += g[0, i, j] * both[1, i, j] + g[1, i, j] * both[0, i, j]
            value += left[0, i, j] * right[1, i, j] + left[1, i, j] * right[0, i, j]
        total[tables.offsets[6 + f] + d * steps + l] += scale * value


@njit(**FAST)
def _add_bonds(g, h, gtt, g00, sign, l, steps, tables, total):
    """Add the products of two bonds: with a = c+_0 c_1, b = c+_1 c_0 of each, of both spins, and of their singlets."""
    starts, stops, hop, at = tables.starts, tables.stops, tables.hop, tables.offsets
    cells, last = len(starts), 6 + tables.weight.shape[0]
    for b in range(len(hop)):
        for e in range(len(hop)):
            both, mixed = hop[b] * hop[e], hop[b] * np.conj(hop[e])
            for c in range(cells):
                aa = bb = ab = ba = paired = g.dtype.type(0.0)
                for t in range(cells):
                    cell = tables.sums[t, c]
                    i0, i1, j0, j1 = starts[t, b], stops[t, b], starts[cell, e], stops[cell, e]
                    a, a0 = gtt[0, i1, i0] + gtt[1, i1, i0], g00[0, j1, j0] + g00[1, j1, j0]
                    d, d0 = gtt[0, i0, i1] + gtt[1, i0, i1], g00[0, j0, j1] + g00[1, j0, j1]
                    aa += a * a0 + h[0, i0, j1] * g[0, i1, j0] + h[1, i0, j1] * g[1, i1, j0]
                    bb += d * d0 + h[0, i1, j0] * g[0, i0, j1] + h[1, i1, j0] * g[1, i0, j1]
                    ab += a * d0 + h[0, i0, j0] * g[0, i1, j1] + h[1, i0, j0] * g[1, i1, j1]
                    ba += d * a0 + h[0, i1, j1] * g[0, i0, j0] + h[1, i1, j1] * g[1, i0, j0]
                    paired += g[0, i0, j0] * g[1, i1, j1] + g[0, i1, j1] * g[1, i0, j0]
                    paired += g[0, i0, j1] * g[1, i1, j0] + g[0, i1, j0] * g[1, i0, j1]
                crossed, parallel = both * aa + np.conj(both) * bb, mixed * ab + np.conj(mixed) * ba
                place = ((b * len(hop) + e) * cells + c) * steps + l
                total[at[last] + place] += sign / cells * (parallel + crossed)
                total[at[last + 1] + place] += sign / cells * (parallel - crossed)
                total[at[last + 2] + place] += 0.5 * sign / cells * paired
