"""Weak-coupling models: what is accepted, what is refused."""

import pytest

import onnes as on
from onnes.errors import InvalidModel
from onnes.model import codec


def test_models_survive_storage():
    for model in (on.model.BCS(1.163, "d", on.model.PairBreaking(0.02)), on.model.SquareWell(0.25, 30.0)):
        assert codec.decode(codec.encode(model)) == model


def test_heavier_ions_vibrate_slower():
    assert on.model.SquareWell(0.3, 40.0).with_mass(4.0) == on.model.SquareWell(0.3, 20.0)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: on.model.BCS(0.0), "critical_temperature"),
        (lambda: on.model.BCS(float("nan")), "critical_temperature"),
        (lambda: on.model.BCS(1.0, "p"), "symmetry"),
        (lambda: on.model.BCS(1.0, "s", 0.1), "pair_breaking"),
        (lambda: on.model.PairBreaking(-1e-3), "pair-breaking rate"),
        (lambda: on.model.SquareWell(-0.2, 30.0), "coupling"),
        (lambda: on.model.SquareWell(0.2, 0.0), "cutoff"),
        (lambda: on.model.SquareWell(0.2, 30.0).with_mass(0.0), "mass ratio"),
    ],
)
def test_impossible_models_are_named(make, field):
    with pytest.raises(InvalidModel) as caught:
        make()
    assert caught.value.field == field
