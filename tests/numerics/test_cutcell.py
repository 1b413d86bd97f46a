"""Cut cells keep area and length of the polygon, and refuse what they cannot resolve."""

import numpy as np
import pytest

from onnes.errors import InvalidInput
from onnes.model import antidots, disk, rectangle, ring
from onnes.numerics.cutcell import cut, lengths

SHAPES = [
    rectangle(40.0, 20.0),
    disk(10.0),
    ring(10.0, 4.0),
    antidots(rectangle(40.0, 40.0), 2.0, 4, 4),
    rectangle(30.0, 12.0).turned(0.4),
]


@pytest.mark.parametrize("shape", SHAPES, ids=range(len(SHAPES)))
def test_area_and_length(shape) -> None:
    grid = cut(shape.polygon, 0.37)
    # cells below a thousandth are left out: at most that for each cell of the edge
    assert grid.area.sum() * grid.hx * grid.hy == pytest.approx(shape.area, rel=1e-4)
    assert grid.wall.sum() == pytest.approx(shape.polygon.boundary.length, rel=2e-3)
    assert (grid.face_x[:, -1] == 0).all() and (grid.face_y[-1] == 0).all()
    open_x = grid.face_x > 0
    assert (grid.inside & np.roll(grid.inside, -1, 1))[open_x].all()


@pytest.mark.parametrize("shape", SHAPES, ids=range(len(SHAPES)))
def test_closed_surface(shape) -> None:
    """The open faces of a cell and its wall close: the two faces across x differ by the wall's projection."""
    grid = cut(shape.polygon, 0.5)
    across = grid.face_x * grid.hy
    projected = np.abs(across - np.roll(across, 1, 1))
    assert (projected <= grid.wall + grid.hy * 1e-2 + 1e-9)[grid.area > 1e-2].all()


def test_full_cells_in_a_rectangle() -> None:
    grid = cut(rectangle(40.0, 20.0).polygon, 0.5)
    assert grid.shape == (40, 80)
    assert (grid.area == 1).all()
    assert (grid.face_x[:, :-1] == 1).all() and (grid.face_y[:-1] == 1).all()


def test_a_contact_is_found_once() -> None:
    from shapely import LineString

    grid = cut(rectangle(40.0, 20.0).polygon, 0.5)
    found = lengths(LineString([(-20, -5), (-20, 5)]), grid.x, grid.y, grid.hx, grid.hy, grid.inside)
    assert found.sum() == pytest.approx(10.0, rel=1e-6)
    assert found[:, 1:].sum() == 0


def test_too_narrow() -> None:
    bridge = rectangle(10.0, 10.0, (-8.0, 0.0)).plus(rectangle(10.0, 10.0, (8.0, 0.0)), rectangle(10.0, 0.6))
    with pytest.raises(InvalidInput, match=r"narrower than two cells of 0.5 at \(-?[0-2]"):
        cut(bridge.polygon, 0.5)
    short = rectangle(10.0, 10.0, (-6.0, 0.0)).plus(rectangle(10.0, 10.0, (6.0, 0.0)), rectangle(4.0, 0.6))
    with pytest.raises(InvalidInput, match=r"narrower than two cells of 1 at \(-?[\d.e-]+, -?0"):
        cut(short.polygon, 1.0)
    with pytest.raises(InvalidInput, match="positive"):
        cut(bridge.polygon, 0.0)
