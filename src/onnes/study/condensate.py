"""Configuration entries of films: shapes, materials, patterns, contacts, and what an experimenter turns in time.

Quantities are written with their units, or in units of the material: ``"500 tau0"``, ``"20 xi"``, ``"0.3 Bc2"``.
"""

import re
from collections.abc import Iterable
from math import pi
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from onnes import model
from onnes.errors import InvalidInput, UnitMismatch
from onnes.study.strict import File, Strict, Temperature, told
from onnes.units import UNIT_OF, parse

# --- quantities, in units of their kind or of the material ------------------------------------------------


def _scaled(kind: str, word: str) -> Any:
    """The type of a quantity that may be a multiple of the scale ``word`` of the material."""
    multiple = re.compile(rf"^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*{word}\s*$")

    def read(given: Any) -> float | str:
        found = multiple.match(given) if isinstance(given, str) else None
        if found:
            return f"{float(found.group(1))!r} {word}"
        try:
            return parse(given, kind)
        except UnitMismatch as error:
            context = {"cause": error.cause, "remedy": f"{error.remedy}, or {word}"}
            raise PydanticCustomError("unit", "{cause}; {remedy}", context) from None

    described = f"{kind}: a string with a unit, such as '5 {word}', or a number in {UNIT_OF[kind]}"
    return Annotated[
        float | str,
        BeforeValidator(read),
        WithJsonSchema({"type": ["number", "string"], "description": described}),
    ]


Length = _scaled("condensate length", "xi")
Time = _scaled("time", "tau0")
Induction = _scaled("field", "Bc2")
Current = _scaled("current", "Idep")
Voltage = _scaled("voltage", "V0")
Point = tuple[Length, Length]


class Scales:
    """The scales of a material that words stand for: xi (nm), tau0 (ps), Bc2 (T), V0 (mV)."""

    def __init__(self, material: model.GinzburgLandau) -> None:
        self.material = material

    def __call__(self, given: float | str) -> float:
        """Return a quantity in the unit of its kind."""
        if isinstance(given, int | float):
            return float(given)
        number, word = given.split()
        return float(number) * self._unit(word)

    def _unit(self, word: str) -> float:
        material = self.material
        if word == "xi":
            return material.coherence_length
        if word == "tau0":
            return material.time
        return material.upper_critical_field if word == "Bc2" else material.voltage

    def point(self, given: Iterable[float | str]) -> tuple[float, float]:
        """Return a point, nm."""
        x, y = given
        return self(x), self(y)


class FilmScales(Scales):
    """The scales of a film: those of its material and Idep, the depairing current of its narrowest contact (uA)."""

    def __init__(self, film: model.Film) -> None:
        super().__init__(film.material)
        self.film = film

    def _unit(self, word: str) -> float:
        if word != "Idep":
            return super()._unit(word)
        ends = [(t.start, t.end) for t in self.film.terminals]
        if not ends:
            raise InvalidInput("a current in Idep into a film without terminals", "give it terminals")
        width = min(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5 for a, b in ends)
        return self.material.depairing_current_density * width * self.film.thickness * 1e-12


# --- shapes ------------------------------------------------------------------------------------------------

OUTLINES = ("rectangle", "disk", "ellipse", "ring", "polygon")


class AntidotsEntry(Strict):
    """``{radius = "20 nm", columns = 4, rows = 3}``: round holes in a regular array."""

    radius: Length
    columns: int = Field(ge=1)
    rows: int = Field(ge=1)


class ShapeEntry(Strict):
    """``{rectangle = ["400 nm", "200 nm"], holes = [{disk = "30 nm", centre = [50, 0]}]}``.

    One outline: rectangle (width, height), disk (radius), ellipse (half axes), ring (outer, inner) or polygon
    (corners); turned by ``angle`` degrees and moved to ``centre``; then ``joined`` with shapes and ``cut`` by shapes;
    at last its ``holes``, which lie within it and apart, and ``antidots``.
    """

    rectangle: tuple[Length, Length] | None = None
    disk: Length | None = None
    ellipse: tuple[Length, Length] | None = None
    ring: tuple[Length, Length] | None = None
    polygon: tuple[Point, ...] | None = None
    centre: Point = (0.0, 0.0)
    angle: float = 0.0
    joined: tuple["ShapeEntry", ...] = ()
    cut: tuple["ShapeEntry", ...] = ()
    holes: tuple["ShapeEntry", ...] = ()
    antidots: AntidotsEntry | None = None

    @model_validator(mode="after")
    def _one_outline(self) -> "ShapeEntry":
        given = [name for name in OUTLINES if getattr(self, name) is not None]
        if len(given) != 1:
            said = " and ".join(given) or "no outline"
            raise told(f"has {said}", f"give one of {', '.join(OUTLINES)}")
        return self

    def build(self, scale: Scales) -> model.Shape:
        shape = self._outline(scale)
        if self.angle:
            shape = shape.turned(self.angle * pi / 180)
        shape = shape.moved(*scale.point(self.centre))
        shape = shape.plus(*(one.build(scale) for one in self.joined)) if self.joined else shape
        shape = shape.minus(*(one.build(scale) for one in self.cut)) if self.cut else shape
        inner = [one.build(scale) for one in self.holes]
        if any(one.holes for one in inner):
            raise InvalidInput("model.shape: a hole that has a hole itself", "give the hole without it")
        # Not by cutting: holes that overlap, or leave the shape, are a mistake.
        shape = model.Shape(shape.outline, shape.holes + tuple(one.outline for one in inner))
        dots = self.antidots
        return shape if dots is None else model.antidots(shape, scale(dots.radius), dots.columns, dots.rows)

    def _outline(self, scale: Scales) -> model.Shape:
        if self.rectangle is not None:
            return model.rectangle(*scale.point(self.rectangle))
        if self.disk is not None:
            return model.disk(scale(self.disk))
        if self.ellipse is not None:
            return model.ellipse(*scale.point(self.ellipse))
        if self.ring is not None:
            return model.ring(*scale.point(self.ring))
        return model.polygon([scale.point(corner) for corner in self.polygon or ()])


# --- patterns: told apart by the key they have ---------------------------------------------------------------


class SpotsEntry(Strict):
    """``{spots = [[0, 0], [50, 0]], radius = "10 nm", value = -1}``: ``value`` within, ``background`` elsewhere.

    The centres are ``spots``, or a regular ``array = [columns, rows]``, or ``random = 20`` of them with a ``seed``.
    """

    spots: tuple[Point, ...] | None = Field(default=None, min_length=1)
    array: tuple[int, int] | None = None
    random: int | None = Field(default=None, ge=1)
    seed: int = 0
    radius: Length
    value: float
    background: float = 1.0
    edge: Length = "0.5 xi"

    @model_validator(mode="after")
    def _one_kind(self) -> "SpotsEntry":
        if sum(one is not None for one in (self.spots, self.array, self.random)) != 1:
            raise told("has several kinds of spots", "give one of spots, array, random")
        return self

    def build(self, scale: Scales, shape: model.Shape) -> model.Spots:
        if self.spots is not None:
            centres = tuple(scale.point(one) for one in self.spots)
        elif self.array is not None:
            centres = model.spot_array(shape.bounds, *self.array)
        else:
            centres = model.random_spots(shape.bounds, self.random or 0, self.seed)
        return model.Spots(centres, scale(self.radius), self.value, self.background, scale(self.edge))


class RandomEntry(Strict):
    """``{mean = 1, deviation = 0.1, correlation_length = "15 nm", seed = 3}``: a Gaussian random pattern."""

    mean: float
    deviation: float
    correlation_length: Length
    seed: int

    def build(self, scale: Scales, shape: model.Shape) -> model.RandomPattern:
        return model.RandomPattern(self.mean, self.deviation, scale(self.correlation_length), self.seed)


class ImageEntry(Strict):
    """``{image = "pins.png", levels = [-1, 1]}``: black and white of a picture that covers the film's bounds."""

    image: File
    levels: tuple[float, float] = (0.0, 1.0)

    def build(self, scale: Scales, shape: model.Shape) -> model.Sampled:
        return model.image_pattern(self.image, shape.bounds, self.levels)


def _which(given: Any) -> str:
    if isinstance(given, int | float):
        return "<number"
    has = given.__contains__ if isinstance(given, dict) else lambda key: hasattr(given, key)
    spots = any(map(has, ("spots", "array", "random")))
    return "<spots" if spots else "<image" if has("image") else "<mean"


PatternEntry = Annotated[
    Annotated[float, Tag("<number")]
    | Annotated[SpotsEntry, Tag("<spots")]
    | Annotated[ImageEntry, Tag("<image")]
    | Annotated[RandomEntry, Tag("<mean")],
    Discriminator(_which),
]

# --- what is turned in time ------------------------------------------------------------------------------------

Q = TypeVar("Q")


class RampEntry(Strict, Generic[Q]):
    """``{from = 0, to = "50 mT", during = "200 tau0", begin = 0}``."""

    from_: Q = Field(alias="from")
    to: Q
    during: Time
    begin: Time = 0.0

    def build(self, scale: Scales) -> model.Schedule:
        return model.ramp(scale(self.from_), scale(self.to), scale(self.during), scale(self.begin))


class LinesEntry(Strict, Generic[Q]):
    """``{values = [0, "10 mT", 0], times = [0, "5 ps", "10 ps"]}``: straight lines between."""

    values: tuple[Q, ...] = Field(min_length=1)
    times: tuple[Time, ...] = Field(min_length=1)

    def build(self, scale: Scales) -> model.Schedule:
        return model.Schedule(tuple(map(scale, self.values)), tuple(map(scale, self.times)))


class OscillationEntry(Strict, Generic[Q]):
    """``{amplitude = "1 mT", period = "100 ps", mean = 0}``."""

    amplitude: Q
    period: Time
    mean: Q = 0.0
    phase: float = 0.0

    def build(self, scale: Scales) -> model.Schedule:
        return model.oscillation(scale(self.amplitude), scale(self.period), scale(self.mean), self.phase)


def _turned(given: Any) -> str:
    if isinstance(given, int | float | str):
        return "<number"
    has = given.__contains__ if isinstance(given, dict) else lambda key: hasattr(given, key)
    return "<values" if has("values") else "<amplitude" if has("amplitude") else "<from"


def _drive(quantity: Any) -> Any:
    return Annotated[
        Annotated[quantity, Tag("<number")]
        | Annotated[RampEntry[quantity], Tag("<from")]
        | Annotated[LinesEntry[quantity], Tag("<values")]
        | Annotated[OscillationEntry[quantity], Tag("<amplitude")],
        Discriminator(_turned),
    ]


FieldDrive, CurrentDrive, VoltageDrive = _drive(Induction), _drive(Current), _drive(Voltage)


def schedule(given: Any, scale: Scales) -> Any:
    """Return the number or the schedule that an entry describes."""
    return scale(given) if isinstance(given, int | float | str) else given.build(scale)


# --- the film --------------------------------------------------------------------------------------------------


class MaterialEntry(Strict):
    """``{coherence_length = "10 nm", penetration_depth = "200 nm", resistivity = 20}`` (uOhm cm)."""

    coherence_length: Annotated[float, BeforeValidator(lambda v: _plain_length(v))]
    penetration_depth: Annotated[float, BeforeValidator(lambda v: _plain_length(v))]
    resistivity: float | None = Field(default=None, description="uOhm cm")
    relaxation: float = 5.79
    inelastic: float = 10.0
    critical_temperature: Temperature | None = None
    temperature: Temperature | None = None

    def build(self) -> model.GinzburgLandau:
        return model.GinzburgLandau(**self.model_dump())


def _plain_length(given: Any) -> float:
    try:
        return parse(given, "condensate length")
    except UnitMismatch as error:
        raise PydanticCustomError(
            "unit", "{cause}; {remedy}", {"cause": error.cause, "remedy": error.remedy}
        ) from None


Side = Literal["left", "right", "top", "bottom"]


class FilmEntry(Strict):
    """A thin film: its shape, thickness and material, its contacts, and what varies over it.

    ``terminals = {source = "left", drain = [[200, -20], [200, 20]]}``: sides of the bounding box, or both ends; those
    named in ``superconducting = ["source"]`` are so. ``periodic = ["x"]``: the axes along which the film repeats.
    """

    kind: Literal["film"]
    shape: ShapeEntry
    thickness: Length
    material: MaterialEntry
    terminals: dict[str, Side | tuple[Point, Point]] = Field(default_factory=dict)
    superconducting: tuple[str, ...] = ()
    periodic: tuple[Literal["x", "y"], ...] = ()
    strength: PatternEntry = 1.0
    diffusion: PatternEntry = 1.0
    thickness_ratio: PatternEntry = 1.0
    extrapolation: Length | None = None

    @model_validator(mode="after")
    def _known_terminals(self) -> "FilmEntry":
        unknown = [name for name in self.superconducting if name not in self.terminals]
        if unknown:
            raise told(
                f"has no terminal {unknown[0]!r}", f"give one of {', '.join(self.terminals) or '(none)'}"
            )
        return self

    def build(self) -> model.Film:
        material = self.material.build()
        scale = Scales(material)
        shape = self.shape.build(scale)
        return model.Film(
            shape,
            scale(self.thickness),
            material,
            terminals=tuple(self._terminal(shape, scale, *one) for one in self.terminals.items()),
            strength=_pattern(self.strength, scale, shape),
            diffusion=_pattern(self.diffusion, scale, shape),
            thickness_ratio=_pattern(self.thickness_ratio, scale, shape),
            extrapolation=float("inf") if self.extrapolation is None else scale(self.extrapolation),
            periodic=("x" in self.periodic, "y" in self.periodic),
        )

    def _terminal(self, shape: model.Shape, scale: Scales, name: str, where: Any) -> model.Terminal:
        kind = "superconducting" if name in self.superconducting else "normal"
        if isinstance(where, str):
            return model.side(shape, where, name, kind)
        return model.Terminal(name, *(scale.point(end) for end in where), kind)


def _pattern(given: Any, scale: Scales, shape: model.Shape) -> Any:
    return float(given) if isinstance(given, int | float) else given.build(scale, shape)
