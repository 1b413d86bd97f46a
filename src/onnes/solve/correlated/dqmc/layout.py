"""Where named quantities lie in one flat vector of sums, so that compiled code adds to a single array."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import numpy as np

from onnes.errors import InvalidInput, InvalidModel
from onnes.model.correlated.hubbard import Hubbard
from onnes.model.correlated.translations import PairClasses


@dataclass(frozen=True, slots=True)
class Layout:
    """Places of named arrays, one after another in a flat vector; built by `layout_of`.

    Parameters
    ----------
    names : one for each array, each once. offsets : int, first element of each. shapes : of each, () for a number.

    Raises
    ------
    InvalidModel : a name given twice.
    """

    names: tuple[str, ...]
    offsets: tuple[int, ...]
    shapes: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        if len(set(self.names)) != len(self.names):
            raise InvalidModel("names", self.names, "different from each other")

    @property
    def size(self) -> int:
        """Length of the flat vector."""
        return sum(prod(shape) for shape in self.shapes)

    def offset(self, name: str) -> int:
        """Return the first element of ``name``; raise `InvalidModel` where the name is absent."""
        return self.offsets[self._place(name)]

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of ``name``; raise `InvalidModel` where the name is absent."""
        return self.shapes[self._place(name)]

    def view(self, total: np.ndarray) -> dict[str, np.ndarray]:
        """Return the named arrays of ``total`` (..., size), as views of shape (..., shape of the name).

        Raises
        ------
        InvalidModel : a last axis of another length.
        """
        if total.shape[-1] != self.size:
            raise InvalidModel("total", total.shape, f"a last axis of {self.size}")
        lead = total.shape[:-1]
        return {
            name: total[..., start : start + prod(shape)].reshape(lead + shape)
            for name, start, shape in zip(self.names, self.offsets, self.shapes, strict=True)
        }

    def means(self, total: np.ndarray) -> dict[str, np.ndarray]:
        """Return the means of all sums ``total`` (..., size), each over the sum of signs, without ``sign``.

        Raises
        ------
        InvalidInput : a sum of signs that is zero.
        """
        arrays = self.view(total)
        sign = arrays.pop("sign")
        if np.any(sign == 0):
            raise InvalidInput("the sum of the signs is zero", "measure longer, or at a higher temperature")
        return {
            name: a / sign.reshape(sign.shape + (1,) * (a.ndim - sign.ndim)) for name, a in arrays.items()
        }

    def _place(self, name: str) -> int:
        if name not in self.names:
            raise InvalidModel("name", name, f"one of {', '.join(self.names)}")
        return self.names.index(name)


def layout_of(shapes: Mapping[str, tuple[int, ...]]) -> Layout:
    """Return the `Layout` of arrays of these shapes, in the order given."""
    lengths = [prod(shape) for shape in shapes.values()]
    offsets = tuple(sum(lengths[:i]) for i in range(len(lengths)))
    return Layout(tuple(shapes), offsets, tuple(tuple(shape) for shape in shapes.values()))


def require_measurable(model: Hubbard, classes: PairClasses) -> None:
    """Raise `InvalidModel` for a model with V or J, which the estimators do not know, or classes of another cluster."""
    if model.V is not None or model.J is not None:
        raise InvalidModel("V, J", "given", "absent: the estimators know U alone")
    if classes.index.shape != (model.cluster.sites, model.cluster.sites):
        raise InvalidModel("classes", classes.index.shape, "the pair classes of the model's cluster")
