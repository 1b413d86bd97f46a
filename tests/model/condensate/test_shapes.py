"""Shapes, contacts and films: exact areas, and refusals that name the coordinates."""

from math import pi

import pytest

import onnes as on
from onnes.errors import InvalidModel
from onnes.model import codec

MATERIAL = on.model.GinzburgLandau(10.0, 100.0)
SQUARE = on.model.rectangle(40.0, 40.0)


def test_areas() -> None:
    assert on.model.disk(7.0).area == pytest.approx(pi * 49, rel=1e-12)
    assert on.model.ring(7.0, 3.0).area == pytest.approx(pi * 40, rel=1e-12)
    assert SQUARE.minus(on.model.rectangle(10.0, 10.0)).area == pytest.approx(1500.0)
    assert SQUARE.plus(on.model.rectangle(10.0, 10.0, (25.0, 0.0))).area == pytest.approx(1700.0)
    assert SQUARE.turned(0.3).moved(3.0, -8.0).area == pytest.approx(1600.0)
    assert len(on.model.antidots(SQUARE, 2.0, 4, 3).holes) == 12


def test_survives_the_codec() -> None:
    film = on.model.Film(
        on.model.ring(7.0, 3.0), 5.0, MATERIAL, strength=on.model.Spots(((0.0, 5.0),), 1.0, 0.2)
    )
    setup = on.model.Setup(film, on.model.as_fields((0.1, on.model.Field(on.model.Wire(5.0, (0, 0, 20.0))))))
    assert codec.decode(codec.encode(setup)) == setup


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: on.model.polygon([(0, 0), (4, 4), (4, 0), (0, 4)]), "Self-intersection.2 2"),
        (lambda: on.model.polygon([(0, 0), (4, 4)]), "three or more"),
        (lambda: on.model.polygon([(0, 0), (4, 4), (8, 8)]), "one line"),
        (lambda: on.model.Shape(SQUARE.outline, (on.model.disk(5.0, (20.0, 0.0)).outline,)), r"point \(2\d"),
        (
            lambda: on.model.Shape(
                SQUARE.outline, tuple(on.model.disk(5.0, (x, 0.0)).outline for x in (-4.0, 4.0))
            ),
            "two holes that share the point",
        ),
        (lambda: SQUARE.minus(on.model.rectangle(1.0, 60.0)), "2 separate pieces"),
        (lambda: on.model.ring(3.0, 7.0), "ring.inner"),
        (lambda: on.model.rectangle(-1.0, 2.0), "rectangle.width"),
    ],
)
def test_impossible_shapes(make, said: str) -> None:
    with pytest.raises(InvalidModel, match=said):
        make()


def test_terminals() -> None:
    left = on.model.side(SQUARE, "left")
    on.model.Film(SQUARE, 5.0, MATERIAL, (left, on.model.side(SQUARE, "right")))
    with pytest.raises(InvalidModel, match=r"off the edge"):
        on.model.Film(SQUARE, 5.0, MATERIAL, (on.model.Terminal("x", (-20, 0), (-18, 5)),))
    with pytest.raises(InvalidModel, match="different names"):
        on.model.Film(SQUARE, 5.0, MATERIAL, (left, left))
    with pytest.raises(InvalidModel, match="one of left"):
        on.model.side(SQUARE, "north")
    with pytest.raises(InvalidModel, match=r"Terminal\.end"):
        on.model.Terminal("x", (0, 0), (0, 0))


def test_setups() -> None:
    film = on.model.Film(
        SQUARE, 5.0, MATERIAL, (on.model.side(SQUARE, "left"), on.model.side(SQUARE, "right"))
    )
    up, down = on.model.ramp(0.0, 10.0, 5.0), on.model.ramp(0.0, -10.0, 5.0)
    assert on.model.Setup(film, currents=(up, down)).events == (0.0, 5.0)
    for wrong in ({"currents": (up, up)}, {"currents": (up,)}, {"noise": -1.0}):
        with pytest.raises(InvalidModel):
            on.model.Setup(film, **wrong)
    with pytest.raises(InvalidModel, match="no currents"):
        on.model.Setup(film, currents=(up, down), voltage=up)
    with pytest.raises(InvalidModel, match=r"Film\.thickness"):
        on.model.Film(SQUARE, 0.0, MATERIAL)
    with pytest.raises(InvalidModel, match="extrapolation"):
        on.model.Film(SQUARE, 5.0, MATERIAL, extrapolation=float("nan"))
