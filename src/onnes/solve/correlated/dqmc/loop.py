"""Sweeps with measurements and moves of whole columns, compiled as one loop."""

import numpy as np
from numba import njit

from onnes.solve.correlated.dqmc.equal_time import add_equal_time
from onnes.solve.correlated.dqmc.sweep import build, sweep
from onnes.solve.correlated.dqmc.trotter import CONJUGATE

GROSS = 1e-2
"""Drift at which a run is broken off. Close to a configuration of weight zero, where G is infinite, single drifts are a
thousand times the usual one; only errors of this size would be seen in a mean."""


@njit(cache=True)
def run(field, tables, bench, tally, plan, samples, phases, rng, equal, total, places, series):  # type: ignore[no-untyped-def]
    """Sweep and measure; return (sweeps done, column flips accepted, whether all factorisations went well).

    A run whose first sweep is number 0 begins with a build, so that it depends on the field and the generator alone. It
    ends early where the drift exceeds `GROSS` or a factorisation fails; that sweep counts.

    Parameters
    ----------
    plan : int64, number of the first sweep, sweeps, slices between samples or 0, pairs of sweeps between column
    moves or 0. equal : tables of the equal-time estimators. total : flat sums, added to.
    places : int64, of those sums that are followed. series : (sweep, 2 + places): sign and number of samples of each
        sweep, and its share of the sums at ``places``; filled.
    """
    first, sweeps, every, columns = plan
    good, accepted = True, 0
    if first == 0:
        good = build(field, tables, bench, tally)
        tally.drift[0], tally.jump[0], tally.refreshed[:] = 0.0, 0.0, 0
    before = total[places]
    for k in range(sweeps):
        number = first + k
        forwards = number % 2 == 0
        if forwards and columns > 0 and number % (2 * columns) == 0:
            accepted += flip_column(field, tables, bench, tally, rng)
        taken, fine = sweep(field, tables, bench, tally, forwards, every, samples, phases, rng)
        good &= fine
        sign = phases[0] * 0
        for m in range(taken):
            add_equal_time(samples[m], phases[m], equal, total)
            sign += phases[m]
        now = total[places]
        series[k, 0], series[k, 1] = sign, taken
        series[k, 2:] = now - before
        before = now
        if not good or not tally.drift[0] <= GROSS:
            return k + 1, accepted, good
    return sweeps, accepted, good


@njit(cache=True)
def flip_column(field, tables, bench, tally, rng):  # type: ignore[no-untyped-def]
    """Try to flip a random site at all times at once, by Metropolis; the bench is built for what holds afterwards.

    Single flips rarely turn a local moment over where U is large (R. T. Scalettar, R. M. Noack, R. R. P. Singh, Phys.
    Rev. B 44, 10502 (1991)).
    """
    site = rng.integers(0, field.shape[1])
    old_weight, old_phase = tally.weight[0], tally.phase[0]
    old = log_weight(field, tables, old_weight)
    _copy(bench.green, bench.clusters, bench.after, bench.kept_green, bench.kept_clusters, bench.kept_after)
    field[:, site] = 1 - field[:, site]
    drift, jump, refreshed = tally.drift[0], tally.jump[0], tally.refreshed.copy()
    good = build(field, tables, bench, tally)
    new = log_weight(field, tables, tally.weight[0])
    accept = good and np.log(rng.random()) < new - old
    if not accept:
        field[:, site] = 1 - field[:, site]
        _copy(
            bench.kept_green, bench.kept_clusters, bench.kept_after, bench.green, bench.clusters, bench.after
        )
        tally.weight[0], tally.phase[0] = old_weight, old_phase
    tally.drift[0], tally.jump[0], tally.refreshed[:] = drift, jump, refreshed
    return 1 if accept else 0


@njit(cache=True)
def _copy(green, clusters, after, to_green, to_clusters, to_after):  # type: ignore[no-untyped-def]
    """Copy what a build writes and a forward sweep reads."""
    to_green[:] = green
    to_clusters[:] = clusters
    to_after.q[:] = after.q
    to_after.d[:] = after.d
    to_after.x[:] = after.x
    to_after.phase[:] = after.phase


@njit(cache=True)
def log_weight(field, tables, weight):  # type: ignore[no-untyped-def]
    """Return the log of |weight| of a field from that of its determinants, up to a constant."""
    boson = 0.0
    for i in range(field.shape[1]):
        each = 0.5 * np.log(tables.boson[1, i])
        if tables.mirror == CONJUGATE:  # det_dn = det_up exp(-sum lambda x)
            each = np.log(tables.factor[1, 0, i])
        if each != 0:
            for l in range(field.shape[0]):
                boson -= each * (2 * field[l, i] - 1)
    return boson + (2 * weight if tables.mirror == CONJUGATE else weight)
