"""The cell of a vortex lattice: one flux quantum for each vortex, in any shape."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidModel
from onnes.model import codec
from onnes.units import PHI_0

MATERIAL = on.model.GinzburgLandau(10.0, 20.0)


@pytest.mark.parametrize(("angle", "ratio", "quanta"), [(60.0, 1.0, 1), (90.0, 1.0, 1), (75.0, 1.7, 3)])
def test_flux_through_the_cell(angle: float, ratio: float, quanta: int) -> None:
    lattice = on.model.VortexLattice(MATERIAL, 0.7, angle, ratio, quanta)
    (x1, y1), (x2, y2) = lattice.vectors
    assert 0.7 * (x1 * y2 - x2 * y1) == pytest.approx(quanta * PHI_0 * 1e18, rel=1e-12)
    assert np.hypot(x2, y2) / np.hypot(x1, y1) == pytest.approx(ratio)
    assert complex(x2, y2) / complex(x1, y1) == pytest.approx(lattice.modulus)
    assert lattice.reduced_induction == pytest.approx(0.7 / MATERIAL.upper_critical_field)
    assert codec.decode(codec.encode(lattice)) == lattice


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("induction", 0.0),
        ("induction", np.inf),
        ("ratio", -1.0),
        ("angle", 180.0),
        ("quanta", 0),
        ("quanta", 1.5),
    ],
)
def test_impossible_lattices(name: str, value: float) -> None:
    with pytest.raises(InvalidModel, match=f"VortexLattice.{name}"):
        on.model.VortexLattice(MATERIAL, **{"induction": 0.5, name: value})
