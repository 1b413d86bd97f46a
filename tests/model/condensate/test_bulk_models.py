"""Bulk bodies: what is refused, patterns in space, fields of a setup, and the way to a file and back."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput, InvalidModel
from onnes.model import codec
from onnes.model.condensate.bulk import space_pattern

MATERIAL = on.model.GinzburgLandau(10.0, 20.0, resistivity=10.0)
PLATE = on.model.rectangle(100.0, 60.0)


def along(x: float, y: float, z: float, size: float = 1.0) -> on.model.Field:
    return on.model.Field(on.model.Uniform(direction=(x, y, z)), on.model.steady(size))


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: on.model.Bulk(PLATE, MATERIAL, extrapolation=-1.0), "Bulk.extrapolation"),
        (lambda: on.model.Box((10.0, 0.0, 10.0), MATERIAL), "Box.lengths"),
        (lambda: on.model.Box((10.0, 10.0), MATERIAL), "Box.lengths"),
        (lambda: on.model.Box((9.0, 9.0, 9.0), MATERIAL, extrapolation=-2.0), "Box.extrapolation"),
        (lambda: on.model.Box((9.0, 9.0, 9.0), MATERIAL, quanta=(0, 0, 1)), "Box.quanta"),
        (
            lambda: on.model.Box((9.0, 9.0, 9.0), MATERIAL, periodic=(True,) * 3, quanta=(0, 0, 0.5)),
            "Box.quanta",
        ),
        (lambda: on.model.Spheres(((0.0, 0.0, 0.0),), 0.0, 0.0), "Spheres.radius"),
        (lambda: on.model.BulkSetup(on.model.Bulk(PLATE, MATERIAL), (along(1, 0, 1),)), "BulkSetup.fields"),
        (
            lambda: on.model.BulkSetup(
                on.model.Bulk(PLATE, MATERIAL), (on.model.Field(on.model.Wire(1.0, (0.0, 0.0, 9.0))),)
            ),
            "BulkSetup.fields",
        ),
        (
            lambda: on.model.BulkSetup(
                on.model.Box((9.0, 9.0, 9.0), MATERIAL, periodic=(True, True, False)), (along(0, 0, 1),)
            ),
            "BulkSetup.fields",
        ),
    ],
)
def test_refused(make, field: str) -> None:
    with pytest.raises(InvalidModel) as caught:
        make()
    assert caught.value.field == field


def test_patterns_in_space() -> None:
    x = np.linspace(-20, 20, 9)
    y, z = x[:, None], x[:, None, None]
    ball = on.model.Spheres(((0.0, 0.0, 10.0),), 5.0, -1.0, edge=0.1)
    values = space_pattern(ball, x, y, z)
    # the step is 0.1 nm wide: 5 nm off the surface it is over to exp(-100)
    assert values[6, 4, 4] == pytest.approx(-1) and values[2, 4, 4] == pytest.approx(1)
    columns = space_pattern(on.model.Spots(((0.0, 0.0),), 4.0, 0.0, edge=0.5), x, y, z)
    assert columns.shape == (9, 9, 9) and np.ptp(columns, axis=0).max() == 0 and columns[0, 4, 4] < 1e-3
    assert np.allclose(
        space_pattern(on.model.SpaceFunction(lambda a, b, c: a + 2 * b + 4 * c), x, y, z), x + 2 * y + 4 * z
    )
    with pytest.raises(InvalidInput, match="NaN"):
        space_pattern(on.model.SpaceFunction(lambda a, b, c: np.where(a > 0, 1.0, np.nan)), x, y, z)


def test_fields_add_as_vectors() -> None:
    box = on.model.Box((30.0, 30.0, 30.0), MATERIAL)
    setup = on.model.BulkSetup(
        box, (along(3, 0, 4, 0.5), on.model.Field(on.model.Uniform(), on.model.ramp(0, 1, 10)))
    )
    assert np.allclose(setup.applied(5.0), [0.3, 0.0, 0.9])
    assert setup.events == (0.0, 10.0)
    assert box.volume == pytest.approx(27e3)


def test_to_text_and_back() -> None:
    balls = on.model.Spheres(((0.0, 0.0, 1.0),), 3.0, 0.0)
    box = on.model.Box((30.0, 20.0, 10.0), MATERIAL, balls, (True, True, False), (0, 0, 3), 50.0)
    setup = on.model.BulkSetup(box, (along(1, 0, 0),))
    assert codec.decode(codec.encode(setup)) == setup
