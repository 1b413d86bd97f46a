"""Configuration entries of instruments for films."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from onnes import probe
from onnes.state import State
from onnes.study.condensate import FilmScales, Length
from onnes.study.instruments import ONE, SEVERAL, as_states
from onnes.study.strict import Strict

if TYPE_CHECKING:
    import xarray as xr


class VorticesEntry(Strict):
    """Places and windings of vortices, and the windings around holes."""

    measures: ClassVar[tuple[str, ...]] = ONE
    kind: Literal["vortices"]

    def run(self, state: State) -> "xr.Dataset":
        return probe.vortices(state)


class MagnetisationEntry(Strict):
    """Moment and magnetisation of one state after another."""

    measures: ClassVar[tuple[str, ...]] = SEVERAL
    kind: Literal["magnetisation"]

    def run(self, states: Any) -> "xr.Dataset":
        return probe.magnetisation_history(as_states(states))


class FieldImageEntry(Strict):
    """The field of a film's currents above it, seen by a point, a round ``loop`` or a square ``cross``."""

    measures: ClassVar[tuple[str, ...]] = ONE
    kind: Literal["field-image"]
    height: Length
    loop: Length | None = None
    cross: Length | None = None
    margin: Length = 0.0

    def run(self, state: State) -> "xr.Dataset":
        scale = FilmScales(state.model.film)
        sizes = {
            name: None if getattr(self, name) is None else scale(getattr(self, name))
            for name in ("loop", "cross")
        }
        return probe.field_image(state, scale(self.height), margin=scale(self.margin), **sizes)


class BraggEntry(Strict):
    """Structure factor and bond order of the vortices, peaks above ``least``, up to ``reach``."""

    measures: ClassVar[tuple[str, ...]] = ONE
    kind: Literal["bragg"]
    reach: float = Field(default=2.5, gt=0)

    def run(self, state: State) -> "xr.Dataset":
        return probe.bragg(state, reach=self.reach)


class SheetCurrentEntry(Strict):
    """The sheet current of pairs, of normal electrons, and of both."""

    measures: ClassVar[tuple[str, ...]] = ONE
    kind: Literal["sheet-current"]

    def run(self, state: State) -> "xr.Dataset":
        return probe.sheet_current(state)


FILM_INSTRUMENTS: tuple[type[Strict], ...] = (
    VorticesEntry,
    MagnetisationEntry,
    FieldImageEntry,
    BraggEntry,
    SheetCurrentEntry,
)
