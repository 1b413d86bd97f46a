"""What a fit may change: named parameters with a start and bounds, and models with parameters put in."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from difflib import get_close_matches
from math import inf, isfinite, isnan
from typing import Any

import numpy as np

from onnes.errors import InvalidInput, InvalidModel

NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?inf"
_QUANTITY = re.compile(rf"^\s*({NUMBER})\s*([A-Za-z_][\w\-]*)?\s*$")

Predict = Callable[[Mapping[str, float]], Any]
"""From the values of the parameters to an array of the shape of the data."""


@dataclass(frozen=True, slots=True)
class Vary:
    """One parameter of a fit.

    Parameters
    ----------
    name : the parameter; the dotted path of an entry where a model or a configuration is fitted.
    start : first value, within the bounds.
    low, high : bounds; infinite by default.
    unit : of all three; a display string for functions, and read for configurations.
    """

    name: str
    start: float
    low: float = -inf
    high: float = inf
    unit: str = ""

    def __post_init__(self) -> None:
        if not self.name:
            raise InvalidModel("name", self.name, "the name or dotted path of a parameter")
        for label in ("start", "low", "high"):
            value = getattr(self, label)
            if isinstance(value, bool) or not isinstance(value, int | float | np.number) or isnan(value):
                raise InvalidModel(f"{label} of {self.name}", value, "a number")
            object.__setattr__(self, label, float(value))
        if not (self.low < self.high and isfinite(self.start) and self.low <= self.start <= self.high):
            given = f"{self.start:g}:{self.low:g}:{self.high:g}"
            raise InvalidModel(
                f"start:low:high of {self.name}", given, "ordered low <= start <= high", self.unit
            )

    @classmethod
    def parse(cls, text: str) -> "Vary":
        """Read ``"a.b=start:low:high"`` or ``"a.b=start"``; each number may carry one and the same unit.

        Raises
        ------
        InvalidInput : another form, or two units.
        """
        name, equals, numbers = text.partition("=")
        parts = numbers.split(":")
        found = [_QUANTITY.match(part) for part in parts]
        if not equals or len(parts) not in (1, 3) or not all(found) or not name.strip():
            raise InvalidInput(
                f"{text!r} is not a parameter", "write path=start:low:high, such as probe.broadening=0.1:0:1"
            )
        units = sorted({match.group(2) for match in found if match and match.group(2)})
        if len(units) > 1:
            raise InvalidInput(f"{text!r} mixes the units {' and '.join(units)}", "use one of them")
        values = [float(match.group(1)) for match in found if match]
        return cls(name.strip(), *values, unit=units[0] if units else "")

    @property
    def span(self) -> float:
        """The scale of the parameter: the distance of its bounds, or its size where they are infinite."""
        width = self.high - self.low
        return width if isfinite(width) else max(abs(self.start), 1e-3 if self.start else 1.0)


def require_distinct(vary: Sequence[Vary]) -> tuple[Vary, ...]:
    """Return the parameters as a tuple; raise `InvalidInput` where there is none or a name comes twice."""
    names = [one.name for one in vary]
    if not names:
        raise InvalidInput("a fit without a parameter", "name at least one in vary")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidInput(f"{twice[0]} is varied twice", "name each parameter once")
    return tuple(vary)


def of_model(model: Any, pipeline: Callable[[Any], Any]) -> Predict:
    """Return the prediction ``pipeline(model with the parameters put in)``.

    Parameters
    ----------
    model : a frozen dataclass of `onnes.model`; parameters are dotted paths into it, such as
        ``"mu_star.value"`` or, for entries of tuples and arrays, ``"spectra.0.1.coupling"``.
    pipeline : from a model to the predicted values.
    """

    def predict(parameters: Mapping[str, float]) -> Any:
        changed = model
        for path, value in parameters.items():
            changed = with_value(changed, path, value)
        return pipeline(changed)

    return predict


def value_at(model: Any, path: str) -> float:
    """Return the number that a dotted path leads to; raise `InvalidInput` where it leads elsewhere."""
    here = model
    for key in path.split("."):
        here = _entry(here, key, path)
    if isinstance(here, bool) or not isinstance(here, int | float | np.number):
        raise InvalidInput(f"{path} is a {type(here).__name__} and not a number", "vary a number")
    return float(here)


def with_value(model: Any, path: str, value: float) -> Any:
    """Return a copy of a model with one number replaced; everything is validated again.

    Raises
    ------
    InvalidInput : the path leads nowhere.
    InvalidModel : the value is impossible there.
    """
    key, _, rest = path.partition(".")
    inner = _entry(model, key, path)
    new = with_value(inner, rest, value) if rest else value
    if is_dataclass(model):
        return replace(model, **{key: new})
    if isinstance(model, tuple):
        return (*model[: int(key)], new, *model[int(key) + 1 :])
    changed = np.array(model, dtype=float)
    changed[int(key)] = new
    return changed


def _entry(here: Any, key: str, path: str) -> Any:
    if is_dataclass(here):
        names = [f.name for f in fields(here) if f.init]
        if key in names:
            return getattr(here, key)
        near = ", ".join(get_close_matches(key, names, 1) or names)
        raise InvalidInput(f"{path}: {type(here).__name__} has no parameter {key!r}", f"did you mean {near}")
    if isinstance(here, tuple | np.ndarray):
        if key.isdecimal() and int(key) < len(here):
            return here[int(key)]
        raise InvalidInput(f"{path}: {key!r} is not an entry of {len(here)}", f"use 0 to {len(here) - 1}")
    raise InvalidInput(f"{path}: {key!r} goes into a {type(here).__name__}", "name a number of the model")
