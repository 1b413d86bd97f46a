"""Classes of sites and of pairs under translations."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidModel
from onnes.model.correlated.translations import neighbours, pair_classes, site_classes

CLUSTERS = [
    on.model.ring_cluster(5, 1.0, flux=0.3),
    on.model.square_cluster(4, 3, 1.0, 0.2),
    on.model.ladder_cluster(3, 1.0),
    on.model.honeycomb_cluster(3, 2, 1.0),
    on.model.three_band_cluster(2, 2),
    on.model.chain_cluster(3, 1.0),
]


@pytest.mark.parametrize("cluster", CLUSTERS, ids=lambda c: c.name)
def test_classes_are_orbits(cluster):
    """Two pairs share a class exactly where a translation joins them; sizes count pairs."""
    found = pair_classes(cluster)
    n = cluster.sites
    for i in range(n):
        for j in range(n):
            orbit = {(int(m[i]), int(m[j])) for m in cluster.translations}
            members = {tuple(pair) for pair in np.argwhere(found.index == found.index[i, j]).tolist()}
            assert orbit == members
    assert found.size.sum() == n * n and found.index[0, 0] == 0
    assert np.array_equal(found.size, np.bincount(found.index.ravel()))
    assert np.array_equal(found.reverse[found.index], found.index.T)


@pytest.mark.parametrize("cluster", CLUSTERS, ids=lambda c: c.name)
def test_displacements(cluster):
    """Each is the difference of places up to a period: every wavevector of the cluster sees the same phase."""
    found = pair_classes(cluster)
    raw = cluster.positions[None, :] - cluster.positions[:, None]
    phase = np.exp(2j * np.pi * (found.displacement[found.index] - raw) @ cluster.wavevectors.T)
    assert np.allclose(phase, 1, rtol=0, atol=1e-12)
    # a nearest image is no longer than the difference of places within the cluster
    assert np.all(
        np.linalg.norm(found.displacement[found.index], axis=-1) <= np.linalg.norm(raw, axis=-1) + 1e-9
    )
    kinds = site_classes(cluster).index
    assert np.array_equal(
        found.orbitals[found.index][..., 0], np.broadcast_to(kinds[:, None], found.index.shape)
    )
    assert np.array_equal(found.orbitals[found.index][..., 1], np.broadcast_to(kinds, found.index.shape))


def test_nearest_images():
    """Displacements on eight cells run from -3 to 4; on an oblique cluster they are the shortest."""
    ring = pair_classes(on.model.ring_cluster(8, 1.0))
    assert ring.displacement[:, 0].tolist() == [0, 1, 2, 3, 4, -3, -2, -1]
    found = pair_classes(oblique_cluster())
    assert found.size.tolist() == [10] * 10
    # periods (3, 1), (-1, 3): the origin, four neighbours, four diagonals, and (1, 2), which is (2, -1) too
    lengths = sorted(np.sum(found.displacement**2, axis=1).tolist())
    assert np.allclose(lengths, [0, 1, 1, 1, 1, 2, 2, 2, 2, 5])


def oblique_cluster():
    """Ten sites of the square lattice with periods (3, 1) and (-1, 3)."""
    cells = sorted(((x, y) for x in range(-3, 4) for y in range(-3, 4)), key=lambda r: r[0] ** 2 + r[1] ** 2)
    number = [(x - 3 * y) % 10 for x, y in cells]  # constant along both periods
    places = np.array([cells[number.index(n)] for n in range(10)], float)
    hop = np.zeros((10, 10))
    for n in range(10):
        for step in (1, 7):  # (1, 0) and (0, 1)
            hop[n, (n + step) % 10] = hop[(n + step) % 10, n] = -1.0
    moves = (np.arange(10)[:, None] + np.arange(10)) % 10
    waves = np.array([[n / 10, -3 * n / 10] for n in range(10)])
    return on.model.Cluster(hop, places, moves, waves, "oblique")


def test_identity_alone():
    """Without translations every site and every pair is a class of its own."""
    cluster = on.model.chain_cluster(4, 1.0)
    assert np.array_equal(pair_classes(cluster).index, np.arange(16).reshape(4, 4))
    assert site_classes(cluster).size.tolist() == [1] * 4


def test_mean_over_classes():
    """A matrix that translations leave alone is its mean; any matrix keeps its sum."""
    cluster = on.model.square_cluster(3, 3, 1.0, twist=(0.2, 0.5))
    found = pair_classes(cluster)
    assert np.allclose(found.mean(cluster.hopping)[found.index], cluster.hopping, rtol=0, atol=1e-15)
    matrix = np.random.default_rng(0).normal(size=(2, 9, 9))
    # 81 terms of order one
    assert np.allclose(found.mean(matrix) @ found.size, matrix.sum(axis=(1, 2)), rtol=0, atol=1e-13)


def test_neighbours():
    """One step leads to the site that hopping joins, around the boundary where it is closed."""
    square = on.model.square_cluster(4, 3, 1.0)
    found = neighbours(square, pair_classes(square), (0.0, 1.0))
    assert np.array_equal(found, [3 * x + (y + 1) % 3 for x in range(4) for y in range(3)])
    chain = on.model.chain_cluster(3, 1.0)
    assert neighbours(chain, pair_classes(chain), (1.0,)).tolist() == [1, 2, -1]
    with pytest.raises(InvalidModel, match="step"):
        neighbours(chain, pair_classes(chain), (1.0, 0.0))
    # two orbitals at one place: the neighbour of the same kind, and no answer where the kinds are unknown
    twice = on.model.periodic_cluster((3,), np.zeros((2, 1)), [(0, 0, (1,), -1.0), (0, 1, (0,), -0.5)])
    assert neighbours(twice, pair_classes(twice), (1.0,)).tolist() == [2, 3, 4, 5, 0, 1]
    unknown = on.model.Cluster(twice.hopping, twice.positions)
    with pytest.raises(InvalidModel, match="one place"):
        neighbours(unknown, pair_classes(unknown), (1.0,))


def test_translations_that_are_no_group():
    """A quarter turn of a ring without its powers is refused."""
    ring = on.model.ring_cluster(4, 1.0)
    some = on.model.Cluster(ring.hopping, ring.positions, ring.translations[:2], ring.wavevectors[:2])
    for build in (pair_classes, site_classes):
        with pytest.raises(InvalidModel, match="group"):
            build(some)
