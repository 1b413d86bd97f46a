"""The named fields of a state from the blocks of all chains."""

import numpy as np

from onnes.solve.correlated.dqmc import evaluation
from onnes.solve.correlated.dqmc.chain import Chain, Sampling
from onnes.solve.correlated.dqmc.record import Record
from onnes.solve.correlated.dqmc.structure import equal_time_fields
from onnes.solve.correlated.dqmc.unequal_response import (
    current_correlation,
    superfluid_weight,
    unequal_time_fields,
)
from onnes.solve.correlated.dqmc.unequal_time import UnequalTime
from onnes.state import Check

BINNED = ("green_tau", "spin_correlation_tau", "current_correlation_tau")
"""Correlations whose bins are kept, because a continuation needs their covariance."""

Fields = dict[str, np.ndarray]


def equal_means(chain: Chain, sums: np.ndarray) -> Fields:
    """Return every equal-time mean and its error from bins of sums (bin, size)."""

    def means(total: np.ndarray) -> Fields:
        return equal_time_fields(chain.equal.means(total), chain.equal)

    values, errors = evaluation.jackknifed(sums, means)
    return values | {f"{name}_error": error for name, error in errors.items()}


def unequal_means(unequal: UnequalTime, sums: np.ndarray, step: float) -> Fields:
    """Return correlations in imaginary time and susceptibilities with errors, and bins for a continuation.

    A bin is the jackknife value n f(all) - (n - 1) f(all but one), so that each estimates the ratio to the sign by
    itself and the covariance of the mean is that of the bins over n.
    """

    def means(total: np.ndarray) -> Fields:
        found = unequal.means(total)
        fields = unequal_time_fields(found, unequal, step)
        if unequal.bonds:
            count = unequal.model.cluster.wavevectors.shape[1]
            fields["current_correlation_tau"] = current_correlation(found, unequal, 0)
            if count > 1:
                weights = [superfluid_weight(found, unequal, step, axis) for axis in range(count)]
                fields["superfluid_weight"] = np.stack(weights, axis=-1)
        return fields

    count = len(sums)
    whole, left = means(sums.sum(axis=0)), means(sums.sum(axis=0) - sums)
    times = whole.pop("imaginary_time")
    values = {name: count * value - (count - 1) * left[name].mean(axis=0) for name, value in whole.items()}
    errors = {f"{n}_error": np.sqrt((count - 1) * left[n].var(axis=0)) for n in whole}
    bins = {f"{n}_bins": count * whole[n] - (count - 1) * left[n] for n in BINNED if n in whole}
    return {"imaginary_time": times, "bin": np.arange(count)} | values | errors | bins


def axes(chain: Chain) -> Fields:
    """Return the coordinates of the fields: classes of pairs and bonds, wavevectors, orbitals."""
    cluster, classes, bonds = chain.model.cluster, chain.classes, chain.equal.bond_classes
    return {
        "pair_class": np.arange(len(classes.size)),
        "pair_displacement": classes.displacement,
        "pair_class_size": classes.size,
        "pair_orbital_from": classes.orbitals[:, 0],
        "pair_orbital_to": classes.orbitals[:, 1],
        "bond_class": np.arange(len(bonds.hop)),
        "bond_displacement": bonds.displacement,
        "bond_hopping": bonds.hop,
        "momentum": np.arange(len(cluster.wavevectors)),
        "wavevector": cluster.wavevectors,
    }


def sampling_fields(record: Record, times: np.ndarray, count: int, bins: int) -> Fields:
    """Return how long and how well was sampled: chains, sweeps, autocorrelation times, errors of wrapping."""
    return {
        "time_slices": np.array(count),
        "sampled_chains": np.array(len(np.unique(record.chain))),
        "sampled_sweeps": np.array(record.series.shape[0] * record.series.shape[1]),
        "sampled_bins": np.array(bins),
        "sign_autocorrelation": np.array(times[0]),
        "longest_autocorrelation": np.array(times.max()),
        "wrap_error": np.array(record.drift.max()),
        "sign_error": np.array(record.jump.max()),
        "accepted_flips": np.array(record.flips.mean()),
        "accepted_columns": np.array(record.columns.sum()),
        "factorisation_interval": np.array(record.interval.min()),
    }


def checks(record: Record, sampling: Sampling) -> tuple[Check, ...]:
    """Return what every run must pass, whatever it measured."""
    return (
        Check(
            "|G wrapped - G fresh|, largest of all blocks",
            float(np.median(record.drift)),
            10 * sampling.tolerance,
        ),
        Check("sign carried along less the one computed afresh", float(record.jump.max()), 1e-2),
    )
