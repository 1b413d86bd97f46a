"""From means by class of pairs to energies, structure factors, staggered correlations, pairs and nematic order.

Everything here is plain arithmetic on means (..., shape), so that it can be repeated on every jackknife sample.
Structure factors are per cell: ``S(q) = <A_q A_q+>`` with ``A_q = N_c^-1/2 sum_i exp(-i q.r_i) A_i``, that is
``1/N_c sum_ij exp(i q.(r_j - r_i)) <A_i A_j+>``, summed over the orbitals of a cell; q: wavevectors of the cluster.
"""

from collections.abc import Mapping

import numpy as np

from onnes.errors import InvalidModel
from onnes.model.correlated.hubbard import Cluster
from onnes.model.correlated.translations import PairClasses, site_classes
from onnes.solve.correlated.dqmc.bonds import Bonds
from onnes.solve.correlated.dqmc.equal_time import EqualTime

Means = Mapping[str, np.ndarray]

PAIRS = ("pair_on_site", "pair_extended_s", "pair_d_wave")
"""Pair fields whose correlations may have been measured."""


def equal_time_fields(means: Means, equal: EqualTime) -> dict[str, np.ndarray]:
    """Return all named quantities that follow from the means of `EqualTime.means`.

    Means of Hermitian operators are handed out as real numbers; Green functions and pair correlations are complex where
    the hopping is.
    """
    cluster, classes = equal.model.cluster, equal.classes
    fields = {name: value if name.startswith(_COMPLEX) else value.real for name, value in means.items()}
    fields |= energies(means, equal)
    zz, xx = fields["spin_zz_by_class"], fields["spin_xx_by_class"]
    fields["spin_by_class"] = zz + 2 * xx
    fields |= structure_factors(means, classes, cluster)
    signs = sublattice_signs(cluster, classes)
    if signs is not None:
        fields["staggered_spin_by_class"] = signs * (zz + 2 * xx) / 3
    if equal.pairs:
        fields |= uncorrelated_pairs(means, equal)
    if equal.bonds:
        fields |= bond_structure_factors(means, equal.bond_classes, cluster)
    return fields


_COMPLEX = ("green_", "pair_", "bond_energy_", "bond_current_")


def energies(means: Means, equal: EqualTime) -> dict[str, np.ndarray]:
    """Return energies per site (meV, without -mu N), electrons per site, local moments, nematic order.

    ``kinetic_energy`` = sum_ij h_ij <c+_i c_j>/N off the diagonal, ``orbital_energy`` its diagonal,
    ``diamagnetic_energy`` (axis,) = -<K_a> = -sum_bonds d_a^2 <K_b>/N_c (d in units of the translations),
    ``nematic_order`` = <K_x - K_y>, the kinetic energy per cell on bonds of one step along the first axis less that
    along the second, zero on one axis.
    """
    cluster, bonds = equal.model.cluster, equal.bond_classes
    kinds, cells, sites = site_classes(cluster), len(cluster.translations), cluster.sites
    density = (means["density_up"] + means["density_down"]).real
    share, doubly = kinds.size / sites, means["orbital_double_occupancy"].real
    level = np.array([np.diag(cluster.hopping).real[kinds.index == o][0] for o in range(len(kinds.size))])
    on_bonds = means["bond_energy"].real * bonds.count
    found = {
        "electrons_per_site": density @ share,
        "double_occupancy_per_site": doubly @ share,
        "local_moment": density - 2 * doubly,
        "kinetic_energy": on_bonds.sum(axis=-1) / sites,
        "orbital_energy": density @ (share * level),
        "diamagnetic_energy": -(on_bonds @ bonds.displacement**2) / cells,
        "nematic_order": on_bonds @ nematic_weights(bonds) / cells,
    }
    found["energy_per_site"] = (
        found["kinetic_energy"] + found["orbital_energy"] + means["hubbard_energy"].real
    )
    return found


def transform(values: np.ndarray, classes: PairClasses, cluster: Cluster) -> np.ndarray:
    """Return ``1/N_c sum_ij exp(i q.(r_j - r_i)) values_ij``, complex (..., momentum), of values (..., class)."""
    phase = np.exp(2j * np.pi * classes.displacement @ cluster.wavevectors.T)
    return (values * (classes.size / len(cluster.translations))) @ phase


def structure_factors(means: Means, classes: PairClasses, cluster: Cluster) -> dict[str, np.ndarray]:
    """Return the structure factors (..., momentum) of spin, charge and pairs, and the occupation of wavevectors.

    ``spin_structure_factor`` is the mean of the three components of <S^a S^a>; the means of the charge are subtracted:
    <n_i n_j> - <n_i><n_j>. ``momentum_occupation_up`` is <c+_k c_k> summed over the orbitals of a cell.
    """
    zz, xx = means["spin_zz_by_class"], means["spin_xx_by_class"]
    density = (means["density_up"] + means["density_down"]).real
    apart = density[..., classes.orbitals[:, 0]] * density[..., classes.orbitals[:, 1]]
    values = {
        "spin_structure_factor_zz": zz,
        "spin_structure_factor_xx": xx,
        "spin_structure_factor": (zz + 2 * xx) / 3,
        "charge_structure_factor": means["charge_by_class"].real - apart,
    }
    values |= {f"{p}_structure_factor": means[f"{p}_by_class"] for p in PAIRS if f"{p}_by_class" in means}
    found = {name: transform(value, classes, cluster).real for name, value in values.items()}
    orbitals = cluster.sites / len(cluster.translations)
    for spin in ("up", "down"):
        empty = transform(means[f"green_{spin}_by_class"], classes, cluster).real
        found[f"momentum_occupation_{spin}"] = orbitals - empty
    return found


def sublattice_signs(cluster: Cluster, classes: PairClasses) -> np.ndarray | None:
    """Return +1 for classes of pairs on one sublattice and -1 between two, or None where there are no two.

    Sublattices are those that the hopping joins; where it joins sites of one sublattice too (t') and all places are
    whole numbers, even and odd sums of coordinates, as long as translations respect them.
    """
    signs = cluster.bipartite
    if signs is None:
        if np.any(cluster.positions != np.round(cluster.positions)):
            return None
        signs = 1 - 2 * (cluster.positions.sum(axis=1).astype(int) % 2)
    product = np.outer(signs, signs)
    by_class = np.empty(len(classes.size))
    by_class[classes.index] = product
    return by_class if np.array_equal(by_class[classes.index], product) else None


def uncorrelated_pairs(means: Means, equal: EqualTime) -> dict[str, np.ndarray]:
    """Return pair correlations of electrons that move independently: Wick's theorem with the *mean* Green functions.

    What a measured pair correlation has beyond this is the work of the interaction between the two electrons.
    Translation-invariant means only, as those by class are.
    """
    index, mean = equal.classes.index, equal.classes.mean
    up, down = (means[f"green_{spin}_by_class"][..., index] for spin in ("up", "down"))
    found = {"pair_on_site_uncorrelated_by_class": mean(up * down)}
    partner, weight = equal.tables.partner, equal.tables.weight
    for f, name in zip(weight, PAIRS[1:], strict=False):
        form = np.zeros(index.shape)
        np.add.at(form, (np.arange(len(form))[:, None], partner), f)
        parts = sum(a * (form @ b @ form.T) + (a @ form.T) * (form @ b) for a, b in ((up, down), (down, up)))
        found[f"{name}_uncorrelated_by_class"] = mean(parts / 4)
    return found


def nematic_weights(bonds: Bonds) -> np.ndarray:
    """Return +1, -1 for bonds of one step along the first, the second axis; zero for all others (bond class,)."""
    if bonds.displacement.shape[1] < 2:
        return np.zeros(len(bonds.hop))
    steps = np.abs(bonds.displacement)
    single = np.isclose(steps.sum(axis=1), 1.0) & np.isclose(steps.max(axis=1), 1.0)
    return np.where(single, steps[:, 0] - steps[:, 1], 0.0)


def bond_structure_factor(
    correlation: np.ndarray, weights: np.ndarray, bonds: Bonds, cluster: Cluster
) -> np.ndarray:
    """Return the structure factor per cell of a quantity X of bonds with weights w, (..., momentum).

    ``<X_q X_q+>`` with ``X_q = N_c^-1/2 sum_b w_b X_b (exp(-i q.r_i) + exp(-i q.r_j))/2``: half of a bond belongs
    to each of its ends, so that q and -q are alike and reciprocal vectors change nothing.

    Parameters
    ----------
    correlation : (..., bond class, bond class, cell), as `EqualTime` measures. weights : float (bond class,).

    Raises
    ------
    InvalidModel : weights of another number of classes.
    """
    if weights.shape != bonds.hop.shape:
        raise InvalidModel("weights", weights.shape, f"one for each of the {len(bonds.hop)} classes of bonds")
    waves = 2j * np.pi * cluster.wavevectors
    shift = cluster.positions[cluster.translations[:, 0]] - cluster.positions[0]
    start = cluster.positions[bonds.ends[:, 0]]
    both = (np.exp(waves @ start.T) + np.exp(waves @ (start + bonds.displacement).T)) / 2
    cell = np.exp(waves @ shift.T)
    ends = both * weights * bonds.count / len(cluster.translations)  # (momentum, bond class)
    return np.einsum("qa,qb,qc,...abc->...q", ends.conj(), ends, cell, correlation, optimize=True).real


def bond_structure_factors(means: Means, bonds: Bonds, cluster: Cluster) -> dict[str, np.ndarray]:
    """Return the structure factors of K_x - K_y (means subtracted) and of the current along each axis, meV^2.

    ``nematic_structure_factor`` (..., momentum); ``current_structure_factor`` (..., axis, momentum), currents times
    displacement in units of the translations. Sides of at least three cells, where a bond has one direction.
    """
    mean = means["bond_energy"]
    apart = means["bond_energy_correlation"] - (mean[..., :, None] * mean[..., None, :])[..., None]
    currents = [
        bond_structure_factor(means["bond_current_correlation"], d, bonds, cluster)
        for d in bonds.displacement.T
    ]
    return {
        "nematic_structure_factor": bond_structure_factor(apart, nematic_weights(bonds), bonds, cluster),
        "current_structure_factor": np.stack(currents, axis=-2),
    }
