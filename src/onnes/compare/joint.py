"""Several measurements described by one model: residuals side by side, each with its own scale and background."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from onnes.compare.data import Data
from onnes.compare.datamap import DataMap
from onnes.compare.vary import Predict, Vary, of_model
from onnes.errors import InvalidInput

NUISANCES = ("scale", "background")
"""``NAME.scale`` and ``NAME.background`` of a part make ``scale*prediction + background``."""


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """Data of several measurements, one after the other.

    Parameters
    ----------
    parts : curves and maps by name.

    Raises
    ------
    InvalidInput : no parts.
    """

    parts: Mapping[str, Data | DataMap]

    def __post_init__(self) -> None:
        if not self.parts:
            raise InvalidInput("a joint fit without data", "give at least one curve or map")
        for name, part in self.parts.items():
            if not isinstance(part, Data | DataMap):
                raise InvalidInput(f"{name} is a {type(part).__name__}", "give onnes.compare.Data or DataMap")
        object.__setattr__(self, "parts", dict(self.parts))

    @property
    def x(self) -> np.ndarray:
        """All coordinates, float array (m,)."""
        return np.concatenate([part.x.ravel() for part in self.parts.values()])

    @property
    def y(self) -> np.ndarray:
        """What was measured, float array (n,)."""
        return np.concatenate([part.y for part in self.parts.values()])

    @property
    def error(self) -> np.ndarray:
        """One standard error, float array (n,)."""
        return np.concatenate([part.error for part in self.parts.values()])

    def __len__(self) -> int:
        return sum(len(part) for part in self.parts.values())

    def split(self, values: np.ndarray) -> dict[str, np.ndarray]:
        """Return numbers (n,), such as residuals, by part."""
        ends = np.cumsum([len(part) for part in self.parts.values()])[:-1]
        return dict(zip(self.parts, np.split(values, ends), strict=True))


def joined(predict: Mapping[str, Predict | tuple[Any, Any]], data: Joint, vary: Sequence[Vary]) -> Predict:
    """Return one prediction of all parts, float array (n,).

    Parameters
    ----------
    predict : by part: a function of all parameters but the nuisances, or a model and a function of it.
    data : the parts.
    vary : parameters; `NUISANCES` of a part act on it alone.

    Raises
    ------
    InvalidInput : a part without prediction, or a prediction without part.
    """
    if set(predict) != set(data.parts):
        odd = sorted(set(predict) ^ set(data.parts))[0]
        raise InvalidInput(
            f"{odd!r} has {'no data' if odd in predict else 'no prediction'}",
            "name predictions and data alike",
        )
    functions = {n: of_model(*p) if isinstance(p, tuple) else p for n, p in predict.items()}
    own = {f"{name}.{kind}" for name in data.parts for kind in NUISANCES}
    sizes = {name: part.y.shape for name, part in data.parts.items()}

    def together(parameters: Mapping[str, float]) -> np.ndarray:
        physical = {name: value for name, value in parameters.items() if name not in own}
        found = []
        for name in data.parts:
            scale = parameters.get(f"{name}.scale", 1.0)
            background = parameters.get(f"{name}.background", 0.0)
            values = np.asarray(functions[name](physical), dtype=float)
            if values.shape != sizes[name]:
                raise InvalidInput(
                    f"the prediction of {name} has shape {values.shape} and its data {sizes[name]}",
                    "predict one number for each point of the data",
                )
            found.append(scale * values + background)
        return np.concatenate(found)

    return together
