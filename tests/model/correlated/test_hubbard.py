"""Clusters and models of correlated electrons: bands, signs, translations, refusals."""

import json

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidModel
from onnes.model import codec


def bloch(cluster, orbitals):
    """Return levels of each wavevector from the phases of the translations: (cell, orbital)."""
    h, moves = cluster.hopping, cluster.translations
    shift = cluster.positions[moves[:, 0]] - cluster.positions[0]
    phases = np.exp(2j * np.pi * cluster.wavevectors @ shift.T)
    blocks = [h[np.ix_([a], moves[:, b])] @ phases.T for a in range(orbitals) for b in range(orbitals)]
    table = np.array(blocks).reshape(orbitals, orbitals, len(moves)).transpose(2, 0, 1)
    return np.linalg.eigvalsh(table)


def test_square_bands() -> None:
    cluster = on.model.square_cluster(4, 6, 1.0, -0.25, 0.1)
    kx, ky = 2 * np.pi * cluster.wavevectors.T
    expected = (
        -2 * (np.cos(kx) + np.cos(ky))
        + 1.0 * np.cos(kx) * np.cos(ky)
        - 0.2 * (np.cos(2 * kx) + np.cos(2 * ky))
    )
    assert np.allclose(bloch(cluster, 1)[:, 0], expected)
    assert np.allclose(np.linalg.eigvalsh(cluster.hopping), np.sort(expected))


def test_flux_of_a_ring_has_the_documented_sign() -> None:
    flux = 0.7
    cluster = on.model.ring_cluster(6, 1.0, flux=flux)
    k = 2 * np.pi * cluster.wavevectors[:, 0]
    assert np.allclose(bloch(cluster, 1)[:, 0], -2 * np.cos(k - flux / 6))
    forward = cluster.hopping[1, 0]  # a hop from 0 to 1
    assert np.isclose(forward, -np.exp(1j * flux / 6))


def test_honeycomb_bands() -> None:
    cluster = on.model.honeycomb_cluster(3, 3, 1.0)
    k1, k2 = 2 * np.pi * cluster.wavevectors.T
    modulus = np.abs(1 + np.exp(1j * k1) + np.exp(1j * k2))
    assert np.allclose(bloch(cluster, 2), np.column_stack([-modulus, modulus]))
    assert np.isclose(np.abs(bloch(cluster, 2)).min(), 0)  # 3 x 3 holds the Dirac points


def test_three_band_dispersion() -> None:
    """Holes: sin(k/2) form with the product of signs around d-px-py equal to -1."""
    tpd, tpp, delta = 1130.0, 490.0, 3240.0
    cluster = on.model.three_band_cluster(4, 4)
    found = bloch(cluster, 3)
    for (kx, ky), levels in zip(2 * np.pi * cluster.wavevectors, found, strict=True):
        sx, sy = 2 * np.sin(kx / 2), 2 * np.sin(ky / 2)
        h = np.array(
            [[0, tpd * sx, tpd * sy], [tpd * sx, delta, -tpp * sx * sy], [tpd * sy, -tpp * sx * sy, delta]]
        )
        assert np.allclose(levels, np.linalg.eigvalsh(h))
    # the lowest hole is at (pi, pi), and (pi, 0) lies above (pi/2, pi/2): t' < 0 for electrons
    lowest = dict(zip(map(tuple, cluster.wavevectors), found[:, 0], strict=True))
    assert min(lowest, key=lowest.get) == (0.5, 0.5)
    assert lowest[(0.5, 0.0)] > lowest[(0.25, 0.25)]
    U = on.model.three_band_interaction(cluster)
    assert U[0] == 8500.0 and U[1] == U[2] == 4100.0 and len(U) == 48


def test_ladder_bands_and_sublattices() -> None:
    cluster = on.model.ladder_cluster(4, 1.0, 0.5)
    k = 2 * np.pi * cluster.wavevectors[:, 0]
    expected = np.column_stack([-2 * np.cos(k) - 0.5, -2 * np.cos(k) + 0.5])
    assert np.allclose(bloch(cluster, 2), expected)
    assert np.array_equal(cluster.positions[:4], [[0, 0], [0, 1], [1, 0], [1, 1]])
    signs = cluster.bipartite
    assert signs is not None and signs.sum() == 0
    assert on.model.ring_cluster(5, 1.0).bipartite is None


def test_models_survive_the_codec() -> None:
    cluster = on.model.ring_cluster(4, 1.0, flux=0.3)
    model = on.model.Hubbard(
        cluster, [1.0, 2.0, 3.0, 4.0], V=on.model.nearest_bonds(cluster, 0.5), chemical_potential=0.1
    )
    back = codec.decode(json.loads(json.dumps(codec.encode(model))))
    assert np.array_equal(back.cluster.hopping, cluster.hopping) and np.array_equal(back.U, model.U)
    assert np.array_equal(back.V, model.V) and back.J is None and "1/2" in back.convention


@pytest.mark.parametrize(
    "make",
    [
        lambda: on.model.Cluster([[0.0, 1.0], [2.0, 0.0]]),
        lambda: on.model.Cluster([[0.0, np.nan], [np.nan, 0.0]]),
        lambda: on.model.Cluster([1.0, 2.0]),
        lambda: on.model.Cluster(
            np.diag([1.0, 2.0]), translations=[[0, 1], [1, 0]], wavevectors=[[0.0], [0.5]]
        ),
        lambda: on.model.Cluster(np.eye(2), translations=[[0, 0]]),
        lambda: on.model.Cluster(np.eye(2), positions=[[0.0]]),
        lambda: on.model.Cluster(np.eye(2), wavevectors=[[0.0], [0.5]]),
        lambda: on.model.Hubbard(on.model.chain_cluster(2, 1.0), [1.0, 2.0, 3.0]),
        lambda: on.model.Hubbard(on.model.chain_cluster(2, 1.0), np.inf),
        lambda: on.model.Hubbard(on.model.chain_cluster(2, 1.0), 1.0, V=np.eye(2)),
        lambda: on.model.Hubbard(on.model.chain_cluster(2, 1.0), 1.0, J=np.zeros((3, 3))),
        lambda: on.model.Hubbard(on.model.chain_cluster(2, 1.0), 1.0, chemical_potential=np.nan),
        lambda: on.model.TJ(on.model.chain_cluster(2, 1.0), 1j * np.array([[0, 1], [-1, 0]])),
        lambda: on.model.Hubbard(on.model.chain_cluster(2, 1.0), [1.0, 2.0]).plain_shift(2),
        lambda: on.model.ring_cluster(2, 1.0),
        lambda: on.model.ladder_cluster(2, 1.0),
        lambda: on.model.square_cluster(0, 2, 1.0),
        lambda: on.model.square_cluster(2, 2, 1.0, twist=(1.0,)),
        lambda: on.model.three_band_interaction(on.model.chain_cluster(2, 1.0)),
    ],
)
def test_what_cannot_be_is_refused(make) -> None:
    with pytest.raises(InvalidModel):
        make()
