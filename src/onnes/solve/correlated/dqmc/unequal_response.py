"""From means of `UnequalTime` to correlations on 0 <= tau <= beta, susceptibilities, response to a vector potential.

Plain arithmetic on means (..., shape), so that it can be repeated on every jackknife sample. Integrals over tau are
taken by Simpson's rule: for a correlation smooth on the scale of the step their error is of its fourth order, below the
error of second order that the slices themselves have. Sums over q and normalisation are those of `structure`: per cell.
"""

from collections.abc import Mapping

import numpy as np

from onnes.errors import InvalidInput, InvalidModel
from onnes.model.correlated.hubbard import Cluster
from onnes.solve.correlated.dqmc.structure import transform
from onnes.solve.correlated.dqmc.unequal_time import UnequalTime, add_unequal_time

Means = Mapping[str, np.ndarray]

PAIRS = ("pair_on_site", "pair_extended_s", "pair_d_wave")
"""Pair fields whose correlations may have been measured."""


def through_beta(means: Means, unequal: UnequalTime) -> dict[str, np.ndarray]:
    """Return the means with the value at tau = beta appended: (..., L + 1).

    <A(beta) B> = <B A> = <A B> - <[A, B]>. All operators are bilinear, so that the commutator is bilinear too and its
    mean follows exactly from the mean Green functions at tau = 0: it is the difference of the estimators at
    G(beta,0) = 1 - G, G(0,beta) = -G and those at G(0+,0) = G, G(0,0+) = G - 1.
    """
    index = unequal.classes.index
    green = np.stack([means[f"unequal_green_{s}"][..., 0][..., index] for s in ("up", "down")], axis=-3)
    lead, one = green.shape[:-3], np.eye(len(index))
    moment = UnequalTime(unequal.model, unequal.classes, 1, pairs=unequal.pairs, bonds=unequal.bonds)
    ends = []
    for sample in green.reshape(-1, 1, *green.shape[-3:]):
        total = np.zeros((2, moment.layout.size), dtype=green.dtype)
        unit = green.dtype.type(1.0)
        add_unequal_time(one - sample, -sample, sample, unit, moment.tables, total[0])
        add_unequal_time(sample, sample - one, sample, unit, moment.tables, total[1])
        ends.append(total[0] - total[1])
    change = moment.layout.view(np.array(ends).reshape(*lead, moment.layout.size))
    return {
        name: np.concatenate([value, value[..., :1] + change[name]], axis=-1) for name, value in means.items()
    }


def simpson_weights(steps: int, step: float) -> np.ndarray:
    """Return the weights of L + 1 equidistant values, error of fourth order; for odd L the last three steps by 3/8.

    One step is a trapezoid, of second order.

    Raises
    ------
    InvalidInput : no step, or one of length zero or less.
    """
    if steps < 1 or not step > 0:
        raise InvalidInput(f"{steps} steps of {step}", "at least one step of positive length is needed")
    if steps == 1:
        return np.full(2, step / 2)
    weights, even = np.zeros(steps + 1), steps if steps % 2 == 0 else steps - 3
    for first in range(0, even, 2):
        weights[first : first + 3] += np.array([1, 4, 1]) * step / 3
    if steps % 2:
        weights[-4:] += np.array([1, 3, 3, 1]) * 3 * step / 8
    return weights


def matsubara_component(values: np.ndarray, step: float, order: int = 0) -> np.ndarray:
    """Return int_0^beta dtau cos(omega_m tau) values, omega_m = 2 pi m/beta: (...) of values (..., L + 1).

    The cosine alone, which is the mean over q and -q. Trustworthy while omega_m dt is well below one.

    Raises
    ------
    InvalidInput : as `simpson_weights`.
    """
    steps = values.shape[-1] - 1
    wave = np.cos(2 * np.pi * order * np.arange(steps + 1) / max(steps, 1))
    return values @ (simpson_weights(steps, step) * wave)


def unequal_time_fields(means: Means, unequal: UnequalTime, step: float) -> dict[str, np.ndarray]:
    """Return propagators and correlations by wavevector and imaginary time, and static susceptibilities.

    ``imaginary_time`` (L + 1,), 1/meV; ``green_tau``, mean of the two spins, ``spin_correlation_tau`` of S^z
    (..., momentum, L + 1); susceptibilities int_0^beta dtau (..., momentum), 1/meV: ``spin_susceptibility_zz``,
    ``isotropic_spin_susceptibility`` (mean of the three components), ``charge_susceptibility`` (product of means
    subtracted), ``<pair>_susceptibility`` and ``<pair>_uncorrelated_susceptibility``, the latter from the mean
    propagators alone.

    Parameters
    ----------
    means : of `UnequalTime.means`. step : dt, 1/meV.
    """
    cluster, classes, full = unequal.model.cluster, unequal.classes, through_beta(means, unequal)

    def by_momentum(values: np.ndarray) -> np.ndarray:
        return np.swapaxes(transform(np.swapaxes(values, -1, -2), classes, cluster), -1, -2)

    def static(values: np.ndarray) -> np.ndarray:
        return transform(matsubara_component(values, step), classes, cluster).real

    up, down = full["unequal_green_up"], full["unequal_green_down"]
    zz, xx = full["unequal_spin_zz"], full["unequal_spin_xx"]
    orbital = np.full(classes.orbitals.max() + 1, 0)
    for place in range(cluster.sites):
        orbital[classes.orbitals[classes.index[place, place], 0]] = classes.index[place, place]
    density = 2 - (up + down)[..., orbital, 0]
    apart = density[..., classes.orbitals[:, 0]] * density[..., classes.orbitals[:, 1]]
    fields = {
        "imaginary_time": step * np.arange(unequal.steps + 1),
        "green_tau": by_momentum((up + down) / 2).real,
        "spin_correlation_tau": by_momentum(zz).real,
        "spin_susceptibility_zz": static(zz),
        "isotropic_spin_susceptibility": static((zz + 2 * xx) / 3),
        "charge_susceptibility": static(full["unequal_charge"] - apart[..., None]),
    }
    for name, bubble in _uncorrelated_pairs(full, unequal).items():
        fields[f"{name}_susceptibility"] = static(full[f"unequal_{name}"])
        fields[f"{name}_uncorrelated_susceptibility"] = static(bubble)
    return fields


def _uncorrelated_pairs(full: Means, unequal: UnequalTime) -> dict[str, np.ndarray]:
    """Pair correlations (..., class, L + 1) of electrons that move independently with the mean propagators."""
    index, mean, tables = unequal.classes.index, unequal.classes.mean, unequal.tables
    up, down = (np.moveaxis(full[f"unequal_green_{spin}"], -1, -2)[..., index] for spin in ("up", "down"))
    found = {"pair_on_site": mean(up * down)}
    for f, name in zip(tables.weight, PAIRS[1:], strict=False):
        form = np.zeros(index.shape)
        np.add.at(form, (np.arange(len(form))[:, None], tables.partner), f)
        parts = sum(a * (form @ b @ form.T) + (a @ form.T) * (form @ b) for a, b in ((up, down), (down, up)))
        found[name] = mean(parts / 4)
    return {name: np.swapaxes(value, -1, -2) for name, value in found.items()}


def current_correlation(means: Means, unequal: UnequalTime, axis: int) -> np.ndarray:
    """Return <j_q(tau) j_-q> - <j_q><j_-q> per cell along one axis, real (..., momentum, L + 1), meV^2.

    ``j_q = sum_b d_b J_b exp(-i q.r_b)``, displacements d in units of the translations, r_b the middle of the bond, so
    that charge conservation reads exactly as in the continuum. Sides of at least three cells, where a bond has one
    direction.

    Raises
    ------
    InvalidModel : bonds that were not measured; an axis that the cluster has not.
    """
    name = "unequal_bond_current"
    if name not in means:
        raise InvalidModel("bonds", "not measured", "measured: give UnequalTime bonds=True")
    bonds, cluster = unequal.bond_classes, unequal.model.cluster
    if not 0 <= axis < bonds.displacement.shape[1]:
        raise InvalidModel("axis", axis, f"below {bonds.displacement.shape[1]}")
    waves = 2j * np.pi * cluster.wavevectors
    shift = cluster.positions[cluster.translations[:, 0]] - cluster.positions[0]
    share = bonds.displacement[:, axis] * bonds.count / len(cluster.translations)
    middle = cluster.positions[bonds.ends[:, 0]] + bonds.displacement / 2
    ends = share * np.exp(waves @ middle.T)  # (momentum, bond class)
    cell = np.exp(waves @ shift.T)
    mean = _bond_currents(means, unequal)
    apart = mean[..., :, None] * mean[..., None, :]
    full = through_beta(means, unequal)[name] - apart[..., None, None]
    return np.einsum("qa,qb,qc,...abct->...qt", ends.conj(), ends, cell, full, optimize=True).real


def _bond_currents(means: Means, unequal: UnequalTime) -> np.ndarray:
    """<J_b> (..., bond class): zero but where a flux drives a current round the cluster."""
    hop, (there, back) = unequal.bond_classes.hop, _bond_greens(means, unequal)
    return (-1j * (hop * there - np.conj(hop) * back)).real


def _bond_greens(means: Means, unequal: UnequalTime) -> tuple[np.ndarray, np.ndarray]:
    """-<c+_i c_j> and -<c+_j c_i> of both spins for every class of bonds (i, j)."""
    i, j = unequal.bond_classes.ends.T
    green = means["unequal_green_up"][..., 0] + means["unequal_green_down"][..., 0]
    return green[..., unequal.classes.index[j, i]], green[..., unequal.classes.index[i, j]]


def current_response(
    means: Means, unequal: UnequalTime, step: float, axis: int, order: int = 0
) -> np.ndarray:
    """Return Lambda_aa(q, i omega_m) = int_0^beta dtau cos(omega_m tau) <j_q(tau) j_-q> per cell, (..., momentum), meV.

    Raises
    ------
    InvalidModel, InvalidInput : as `current_correlation`, `simpson_weights`.
    """
    return matsubara_component(current_correlation(means, unequal, axis), step, order)


def diamagnetic_response(means: Means, unequal: UnequalTime) -> np.ndarray:
    """Return <-K_a> = -sum_b d_a^2 <K_b> per cell (..., axis), meV, from the propagators at tau = 0."""
    bonds, cluster = unequal.bond_classes, unequal.model.cluster
    there, back = _bond_greens(means, unequal)
    energy = -(bonds.hop * there + np.conj(bonds.hop) * back).real
    return -(energy * bonds.count) @ bonds.displacement**2 / len(cluster.translations)


def nearest_momentum(cluster: Cluster, axis: int, *, along: bool) -> int:
    """Return the number of the shortest wavevector along ``axis``, or at right angles to it, that is not zero.

    Raises
    ------
    InvalidModel : a cluster that has none.
    """
    waves = cluster.wavevectors - np.round(cluster.wavevectors)
    other = np.delete(waves, axis, axis=1)
    inside = np.all(np.isclose(other if along else waves[:, axis : axis + 1], 0.0), axis=1)
    length = np.where(inside & ~np.all(np.isclose(waves, 0.0), axis=1), np.sum(waves**2, axis=1), np.inf)
    if not np.isfinite(length).any():
        direction = "along" if along else "at right angles to"
        raise InvalidModel("wavevectors", "none", f"one other than zero {direction} axis {axis}")
    return int(np.argmin(length))


def superfluid_weight(means: Means, unequal: UnequalTime, step: float, axis: int) -> np.ndarray:
    """Return D_s/(pi e^2) = <-K_a> - Lambda_aa(q_a = 0, q -> 0 at right angles, omega = 0), meV, (...).

    q is the shortest of the cluster. Zero in a normal metal and an insulator on a large lattice; a superfluid keeps it
    (D. J. Scalapino, S. R. White and S. C. Zhang, Phys. Rev. B 47, 7995 (1993)). In two dimensions the superfluid
    stiffness of a phase theta is a quarter of it.

    Raises
    ------
    InvalidModel, InvalidInput : as `current_response`, `nearest_momentum`.
    """
    q = nearest_momentum(unequal.model.cluster, axis, along=False)
    response = current_response(means, unequal, step, axis)[..., q]
    return diamagnetic_response(means, unequal)[..., axis] - response


def drude_weight(means: Means, unequal: UnequalTime, step: float, axis: int, order: int = 1) -> np.ndarray:
    """Return D/(pi e^2) = <-K_a> - Lambda_aa(q = 0, i omega_m), meV, (...), to be extrapolated to omega -> 0.

    ``order`` is m; m = 0 contains the static response, which is not the limit in a metal on a finite cluster.

    Raises
    ------
    InvalidModel, InvalidInput : as `current_response`; a cluster without q = 0.
    """
    waves = unequal.model.cluster.wavevectors
    zero = np.flatnonzero(np.all(np.isclose(waves, np.round(waves)), axis=1))
    if not len(zero):
        raise InvalidModel("wavevectors", "without zero", "with zero among them")
    response = current_response(means, unequal, step, axis, order)[..., zero[0]]
    return diamagnetic_response(means, unequal)[..., axis] - response


def longitudinal_deficit(means: Means, unequal: UnequalTime, step: float, axis: int) -> np.ndarray:
    """Return <-K_a> - Lambda_aa(q along a, omega = 0), meV, (...): zero where charge is conserved, a check of the data.

    Exactly zero, but for the step, with hopping of one step along the axis; of the order of q^2 with longer bonds.

    Raises
    ------
    InvalidModel, InvalidInput : as `current_response`, `nearest_momentum`.
    """
    q = nearest_momentum(unequal.model.cluster, axis, along=True)
    response = current_response(means, unequal, step, axis)[..., q]
    return diamagnetic_response(means, unequal)[..., axis] - response
