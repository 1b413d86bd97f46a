"""The tensors of a crystal and the frame of a lattice across a field."""

from itertools import permutations

import numpy as np
import pytest

from onnes import model
from onnes.errors import InvalidModel
from onnes.model import codec


def test_the_tensor_is_symmetric_and_cubic():
    tensor = model.cubic_nonlocality(90.0, 10.0).tensor
    for order in permutations(range(4)):
        assert np.array_equal(tensor, tensor.transpose(order))
    turn = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1.0]])
    cycle = np.roll(np.eye(3), 1, axis=0)
    for rotation in (turn, cycle):
        turned = np.einsum("abcd,ia,jb,kc,ld->ijkl", tensor, *[rotation] * 4)
        assert np.allclose(turned, tensor, atol=1e-12)


def test_three_to_one_is_isotropic():
    tensor = model.cubic_nonlocality(30.0, 10.0).tensor
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    assert np.allclose(np.einsum("abcd,ia,jb,kc,ld->ijkl", tensor, *[rotation] * 4), tensor, atol=1e-12)


def test_tetragonal_has_four_components():
    found = model.tetragonal_nonlocality(4.0, 1.0, 9.0, 2.0)
    assert (found.xxxx, found.yyyy, found.zzzz, found.xxyy, found.yyzz, found.zzxx) == (4, 4, 9, 1, 2, 2)


@pytest.mark.parametrize(
    "make",
    [
        lambda: model.cubic_nonlocality(-1.0, 0.0),
        lambda: model.cubic_nonlocality(1.0, 2.0),  # <vx^2 vy^2> > <vx^4>
        lambda: model.uniaxial_masses(0.0),
        lambda: model.GradientTerms(cubic=float("nan")),
        lambda: model.GradientTerms(cubic=-0.1),
        lambda: model.GradientTerms(isotropic=-0.1, cubic=0.2),  # unbounded along [111]
        lambda: model.GradientTerms(sextic=-0.1),
        lambda: model.NonlocalLondon(0.0, 4.0),
        lambda: model.NonlocalLondon(100.0, 4.0, mass=(1.0, 1.0, 2.0)),
        lambda: model.NonlocalLondon(100.0, 4.0, mass=(1.0, 1.0, -1.0)),
        lambda: model.DirectedLattice(model.NonlocalLondon(100.0, 4.0), 0.0),
        lambda: model.DirectedLattice(model.NonlocalLondon(100.0, 4.0), 30.0),
        lambda: model.DirectedLattice(model.NonlocalLondon(100.0, 4.0), 1.0, (0, 0, 0)),
    ],
)
def test_what_cannot_be_is_refused(make):
    with pytest.raises(InvalidModel):
        make()


def test_masses_have_the_product_one():
    a, b, c = model.uniaxial_masses(5.0)
    assert a == b and np.isclose(c / a, 5.0) and np.isclose(a * b * c, 1.0)


@pytest.mark.parametrize("direction", [(0, 0, 1), (1, 1, 0), (1, 1, 1), (0.3, -2.0, 0.7), (0, 0, -3)])
def test_the_frame_is_right_handed(direction):
    axes = model.DirectedLattice(model.NonlocalLondon(100.0, 4.0), 1.0, direction).axes
    assert np.allclose(axes @ axes.T, np.eye(3), atol=1e-14)
    assert np.isclose(np.linalg.det(axes), 1.0)
    assert np.allclose(np.cross(axes[2], direction), 0, atol=1e-12)


def test_the_frame_of_the_main_directions():
    london = model.NonlocalLondon(100.0, 4.0)
    assert np.allclose(model.DirectedLattice(london, 1.0, (1, 1, 0)).axes[0], [0, 0, 1])
    assert np.allclose(model.DirectedLattice(london, 1.0, (0, 0, 1)).axes[:2], [[1, 0, 0], [0, 1, 0]])
    assert np.allclose(model.DirectedLattice(london, 1.0, (1, 1, 1)).axes[0], np.array([-1, -1, 2]) / 6**0.5)


def test_models_survive_as_text():
    london = model.NonlocalLondon(100.0, 4.0, model.uniaxial_masses(2.0), model.cubic_nonlocality(34.0, 8.0))
    ginzburg = model.CubicGinzburgLandau(model.GinzburgLandau(10.0, 800.0), model.GradientTerms(0.1, -0.1))
    for material in (london, ginzburg):
        lattice = model.DirectedLattice(material, 1.0, (1, 1, 0))
        assert codec.decode(codec.encode(lattice)) == lattice
