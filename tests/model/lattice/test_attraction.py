"""Attractions and dirty d waves: what they refuse, and bonds to gap functions and back."""

import numpy as np
import pytest

from onnes import model
from onnes.errors import InvalidModel
from onnes.model import codec


def test_nearest_neighbours_hold_extended_s_and_d_alike():
    """2 cos(kx - k'x) + 2 cos(ky - k'y), even in k, is ss' + dd' with s, d = cos kx +- cos ky."""
    bond = model.attraction({(1, 0): 1.0})
    k, p = np.random.default_rng(1).uniform(-0.5, 0.5, (2, 7, 3))

    def potential(q):
        return np.exp(2j * np.pi * (q @ bond.cells.T)).sum(axis=-1).real

    even = (potential(k - p) + potential(k + p)) / 2
    cosine, cosine_p = np.cos(2 * np.pi * k), np.cos(2 * np.pi * p)
    s, s_p = cosine[:, 0] + cosine[:, 1], cosine_p[:, 0] + cosine_p[:, 1]
    d, d_p = cosine[:, 0] - cosine[:, 1], cosine_p[:, 0] - cosine_p[:, 1]
    assert np.allclose(even, s * s_p + d * d_p, atol=1e-14)


def test_bonds_and_gap_functions_are_the_same_thing():
    bond = model.attraction({(0, 0): 3.0, (1, 0): 1.0}, 2)
    wanted = model.d_wave(7.0, 2)
    there = bond.pairing(bond.on_bonds(wanted), wanted.irrep)
    k = np.random.default_rng(2).uniform(-0.5, 0.5, (5, 3))
    assert np.allclose(there.at(k), wanted.at(k), atol=1e-14)
    again = codec.decode(codec.encode(bond))
    assert np.array_equal(again.strength, bond.strength) and np.array_equal(again.cells, bond.cells)


def test_no_bonds_no_gap():
    bond = model.attraction({(1, 0): 1.0})
    assert bond.pairing(np.zeros(4)).amplitude == 0.0


@pytest.mark.parametrize(
    ("cells", "strength"),
    [
        ([[0, 0, 0]], [[[-1.0]]]),
        ([[0, 0, 0]], [[[np.nan]]]),
        ([[1, 0, 0]], [[[1.0]]]),
        ([[1, 0, 0], [-1, 0, 0]], [[[1.0]], [[2.0]]]),
        ([[0, 0, 0], [0, 0, 0]], [[[1.0]], [[1.0]]]),
        ([[0, 0, 0]], [[[1.0, 0.0]]]),
        ([[0, 0]], [[[1.0]]]),
    ],
)
def test_impossible_attractions(cells, strength):
    with pytest.raises(InvalidModel):
        model.PairingInteraction(np.array(cells), np.array(strength))


def test_impossible_dirt():
    with pytest.raises(InvalidModel, match="scattering rate"):
        model.PointScatterers(-1.0)
    with pytest.raises(InvalidModel, match="cotangent"):
        model.PointScatterers(1.0, -0.5)
    with pytest.raises(InvalidModel, match="critical_temperature"):
        model.DirtyDWave(0.0, model.PointScatterers(1.0))
    two = model.TightBinding(np.eye(3), [[0, 0, 0]], [np.eye(2)], ("a", "b"))
    with pytest.raises(InvalidModel, match="one orbital"):
        model.DirtyDWave(10.0, model.PointScatterers(1.0), two)
    dirty = model.DirtyDWave(10.0, model.PointScatterers(1.0, 0.3))
    assert dirty.with_rate(2.0).scatterers == model.PointScatterers(2.0, 0.3)
