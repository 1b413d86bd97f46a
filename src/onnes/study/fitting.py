"""A configuration fitted to measured data, one curve or map or several together: any of its numbers, by dotted path."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from onnes import compare
from onnes.compare.vary import require_distinct
from onnes.errors import InvalidInput
from onnes.study import entries
from onnes.study.config import RunConfig, validate
from onnes.study.points import Memory, predicted, require_given, require_number

NUISANCES = ("scale", "background")


def fit(
    config: RunConfig,
    data: compare.Data | compare.DataMap | None,
    vary: Sequence[compare.Vary],
    *,
    along: str | None = None,
    starts: int = 1,
    seed: int = 0,
    profile: bool = False,
    level: float = 0.95,
    step: float = 1e-3,
    max_iterations: int = 200,
    throw: bool = True,
) -> compare.Fit:
    """Return the entries of a configuration that describe measured data best; see `onnes.compare.fit`.

    The instrument of the configuration measures at the coordinates of the data where its table names them; where it
    has a grid of its own, such as a path, that is interpolated by cubic splines.

    Main arguments
    --------------
    config : what `onnes.study.config.read` or ``validate`` returned.
    data : a curve or a map; its ``y_name`` is a quantity that the run gives, its axes the coordinates of that.
        None where the configuration names its data in tables ``[data.NAME]``: these are fitted together, each with
        its own solver and instrument where its table has them.
    vary : parameters named by dotted path, such as ``"model.mu_star.value"``; a parameter with a unit is read in that
        unit, one without in the unit of its kind. ``"data.NAME.scale"`` and ``"data.NAME.background"`` belong to one
        measurement alone, and so do ``"data.NAME.probe.broadening"`` and the like where it has its own instrument.
    along : the entry that the abscissae of the data are values of, such as ``"solve.temperature"``; then every point
        is a run of its own. Of a map, the axis with the name of its last key.

    Other arguments
    ---------------
    starts, seed, profile, level, step, max_iterations, throw : as in `onnes.compare.fit`.

    Raises
    ------
    InvalidInput : an entry that is not there or no number, or data that the run does not give.
    UnitMismatch : abscissae in another unit than the entry that they run along.
    NotConverged : no search ended at a minimum.
    """
    varied = require_distinct(vary)
    given = entries.plain(config)
    start = {one.name: _written(one.start, one) for one in varied}
    for path in start:
        require_number(entries.at(given, path), path)
    # What is no entry, or of a wrong kind, is told now; what has no solution is a rejected point later.
    validate(entries.changed(given, start))
    parts = _parts(config, data, along)
    _require_used(parts, start)
    for part in parts:
        if part.along is not None and part.path(part.along) in {part.path(path) for path in start}:
            raise InvalidInput(f"{part.along} is varied, and the data run along it", "take it out of vary")
    memory = Memory(sum(2 * len(part.data) + 8 for part in parts))
    points = [predicted(part.config, part.data, part.along, memory) for part in parts]
    for part, point in zip(parts, points, strict=True):
        require_given(point, part.changes(start))
    with_unit = {one.name: one for one in varied}

    def predict(parameters: Mapping[str, float]) -> np.ndarray:
        written = {path: _written(value, with_unit[path]) for path, value in parameters.items()}
        return np.concatenate(
            [part.seen(point, written, parameters) for part, point in zip(parts, points, strict=True)]
        )

    return compare.fit(
        predict,
        parts[0].data if data is not None else compare.Joint({part.name: part.data for part in parts}),
        [replace(one, unit=one.unit or _unit(config, parts, one.name)) for one in varied],
        starts=starts,
        seed=seed,
        profile=profile,
        level=level,
        step=step,
        max_iterations=max_iterations,
        throw=throw,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One measurement: its run, its data, and which entries of the whole configuration change it."""

    name: str
    config: RunConfig
    data: compare.Data | compare.DataMap
    along: str | None
    own: frozenset[str]
    scale: float = 1.0
    background: float = 0.0

    def path(self, path: str) -> str | None:
        """Return where an entry of the whole configuration stands in this run; None where it does not."""
        table, _, rest = path.partition(".")
        if table != "data":
            return None if table in self.own else path
        name, _, inner = rest.partition(".")
        return inner if name == self.name and inner.partition(".")[0] in self.own else None

    def changes(self, whole: Mapping[str, Any]) -> dict[str, Any]:
        """Return the entries of this run that change."""
        found = {self.path(path): value for path, value in whole.items()}
        return {path: value for path, value in found.items() if path is not None}

    def nuisance(self, path: str) -> bool:
        """Whether an entry is the scale or the background of this measurement."""
        return bool(self.name) and path in {f"data.{self.name}.{kind}" for kind in NUISANCES}

    def seen(
        self,
        point: Callable[[Mapping[str, Any]], np.ndarray],
        written: Mapping[str, Any],
        values: Mapping[str, float],
    ) -> np.ndarray:
        """Return scale*prediction + background at the points of the data, float array (n,)."""
        scale = values.get(f"data.{self.name}.scale", self.scale)
        return scale * point(self.changes(written)) + values.get(
            f"data.{self.name}.background", self.background
        )


def _parts(config: RunConfig, data: compare.Data | compare.DataMap | None, along: str | None) -> list[_Part]:
    if data is not None:
        if config.data:
            raise InvalidInput(
                f"the configuration names its own data ({', '.join(config.data)})",
                "leave the other data out, or take the [data] tables out",
            )
        return [_Part("", config, data, along, frozenset())]
    if not config.data:
        raise InvalidInput("there are no data", "give a file of data, or name some in tables [data.NAME]")
    if along is not None:
        raise InvalidInput("several data that run along one entry", "write along = ... in [data.NAME]")
    found = []
    for name, one in config.data.items():
        read = compare.measured(one.file, x=one.x, y=one.y, error=one.error)
        own = frozenset(key for key in ("solve", "probe") if getattr(one, key) is not None)
        found.append(_Part(name, config.of_data(name), read, one.along, own, one.scale, one.background))
    return found


def _require_used(parts: Sequence[_Part], start: Mapping[str, Any]) -> None:
    for path in start:
        if not any(part.path(path) is not None or part.nuisance(path) for part in parts):
            raise InvalidInput(
                f"{path} changes none of the data",
                "vary the entries of their own tables, as in data.NAME.probe",
            )


def _written(value: float, one: compare.Vary) -> float | str:
    return f"{value!r} {one.unit}" if one.unit else value


def _unit(config: RunConfig, parts: Sequence[_Part], path: str) -> str:
    """Return the unit of an entry; that of a background is the one of its data."""
    mine = [part for part in parts if part.nuisance(path)]
    if mine:
        return mine[0].data.y_unit if path.endswith(".background") else "1"
    return entries.unit(config, path)
