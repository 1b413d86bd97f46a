"""Quantities that vary over a film: pinning spots, random patterns, images, functions of position."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import PathLike

import numpy as np

from onnes.errors import InvalidInput, InvalidModel, UnreadableFile
from onnes.numerics import philox


@dataclass(frozen=True, slots=True)
class Spots:
    """``background`` everywhere, ``value`` within ``radius`` of each of ``centres``, a smooth step between.

    .. math:: f(r)=f_0+(f_1-f_0)\\max_i\\tfrac12[1-\\tanh((|r-r_i|-R)/w)]

    Lengths in nm; ``edge`` is the width w of the step.
    """

    centres: tuple[tuple[float, float], ...]
    radius: float
    value: float
    background: float = 1.0
    edge: float = 1.0

    def __post_init__(self) -> None:
        centres = tuple((float(x), float(y)) for x, y in self.centres)
        object.__setattr__(self, "centres", centres)
        for name in ("radius", "edge"):
            if not getattr(self, name) > 0:
                raise InvalidModel(f"Spots.{name}", getattr(self, name), "positive", "nm")

    def at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the pattern at the points (x, y), nm."""
        inside = np.zeros(np.broadcast_shapes(np.shape(x), np.shape(y)))
        for cx, cy in self.centres:
            distance = np.hypot(x - cx, y - cy)
            np.maximum(inside, 0.5 * (1 - np.tanh((distance - self.radius) / self.edge)), out=inside)
        return self.background + (self.value - self.background) * inside


@dataclass(frozen=True, slots=True)
class RandomPattern:
    """A Gaussian random pattern of given mean, standard deviation and correlation length (nm).

    The correlation is exp(-r^2/2 l^2). It is a sum of ``waves`` plane waves whose wavevectors and phases come
    from a counter-based stream: the pattern is a function of position, and the same on every mesh.
    """

    mean: float
    deviation: float
    correlation_length: float
    seed: int
    waves: int = 400

    def __post_init__(self) -> None:
        if not (self.correlation_length > 0 and self.deviation >= 0 and self.waves >= 1):
            raise InvalidModel(
                "RandomPattern",
                (self.deviation, self.correlation_length, self.waves),
                "a deviation >= 0, a correlation length > 0 nm and waves >= 1",
            )

    def at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the pattern at the points (x, y), nm."""
        counters = np.zeros((self.waves, 3, 4), int)
        counters[:, :, 0], counters[:, :, 1] = np.arange(self.waves)[:, None], np.arange(3)
        kx, ky = (philox.normal(counters[:, i], self.seed) / self.correlation_length for i in (0, 1))
        phase = 2 * np.pi * philox.uniform(counters[:, 2], self.seed)[:, 0]
        total = np.zeros(np.broadcast_shapes(np.shape(x), np.shape(y)))
        for qx, qy, shift in zip(kx, ky, phase, strict=True):
            total += np.cos(qx * x + qy * y + shift)
        return self.mean + self.deviation * np.sqrt(2 / self.waves) * total


@dataclass(frozen=True, slots=True)
class Sampled:
    """A pattern known on a rectangular grid, bilinear between its points and constant beyond its edge.

    Parameters
    ----------
    x, y : increasing coordinates of columns and rows, nm.
    values : float array (y, x).
    """

    x: np.ndarray
    y: np.ndarray
    values: np.ndarray

    def __post_init__(self) -> None:
        for name in ("x", "y", "values"):
            array = np.array(getattr(self, name), float)
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if self.values.shape != (len(self.y), len(self.x)) or not np.isfinite(self.values).all():
            raise InvalidModel(
                "Sampled.values", self.values.shape, f"finite, of shape {(len(self.y), len(self.x))}"
            )
        if (np.diff(self.x) <= 0).any() or (np.diff(self.y) <= 0).any() or min(self.values.shape) < 2:
            raise InvalidModel(
                "Sampled.x", "a grid", "strictly increasing along both axes, two points at least"
            )

    def at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the pattern at the points (x, y), nm."""
        from scipy.interpolate import RegularGridInterpolator

        inside_x, inside_y = (np.clip(v, grid[0], grid[-1]) for v, grid in ((x, self.x), (y, self.y)))
        inside_x, inside_y = np.broadcast_arrays(inside_x, inside_y)
        return RegularGridInterpolator((self.y, self.x), self.values)(np.stack([inside_y, inside_x], -1))


@dataclass(frozen=True, slots=True)
class FunctionPattern:
    """A Python function of position; a state that holds one can be computed but not written to a file."""

    function: Callable[[np.ndarray, np.ndarray], np.ndarray]

    def at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the pattern at the points (x, y), nm; raises `InvalidInput` where it is not finite."""
        shape = np.broadcast_shapes(np.shape(x), np.shape(y))
        values = np.broadcast_to(np.asarray(self.function(x, y), float), shape)
        if not np.isfinite(values).all():
            raise InvalidInput(
                "a pattern function returned NaN or infinity", "make it finite on the whole film"
            )
        return values


Pattern = Spots | RandomPattern | Sampled | FunctionPattern


def image_pattern(
    path: str | PathLike[str],
    extent: tuple[float, float, float, float],
    levels: tuple[float, float] = (0.0, 1.0),
) -> Sampled:
    """Read a picture as a pattern: black is ``levels[0]``, white ``levels[1]``.

    Parameters
    ----------
    path : a picture that matplotlib reads; colours are averaged.
    extent : (x_min, y_min, x_max, y_max) that the picture covers, nm.

    Raises
    ------
    UnreadableFile : no such file, or no picture.
    """
    from matplotlib.image import imread

    try:
        picture = np.asarray(imread(path), float)
    except (OSError, ValueError, SyntaxError) as error:
        raise UnreadableFile(path, f"not a picture ({error})", "give a PNG file") from None
    grey = picture[..., :3].mean(-1) if picture.ndim == 3 else picture
    grey = grey / (255.0 if grey.max() > 1 else 1.0)
    x0, y0, x1, y1 = extent
    rows, columns = grey.shape
    x = x0 + (np.arange(columns) + 0.5) * (x1 - x0) / columns
    y = y0 + (np.arange(rows) + 0.5) * (y1 - y0) / rows
    low, high = levels
    return Sampled(x, y, low + (high - low) * grey[::-1])


def spot_array(bounds: Sequence[float], columns: int, rows: int) -> tuple[tuple[float, float], ...]:
    """Return the centres of a regular array of ``columns`` x ``rows`` spots within ``bounds`` (nm)."""
    x0, y0, x1, y1 = bounds
    xs = x0 + (np.arange(columns) + 0.5) * (x1 - x0) / columns
    ys = y0 + (np.arange(rows) + 0.5) * (y1 - y0) / rows
    return tuple((float(x), float(y)) for y in ys for x in xs)


def random_spots(bounds: Sequence[float], count: int, seed: int) -> tuple[tuple[float, float], ...]:
    """Return ``count`` centres placed independently and uniformly within ``bounds`` (nm)."""
    x0, y0, x1, y1 = bounds
    counters = np.zeros((count, 4), int)
    counters[:, 0] = np.arange(count)
    u = philox.uniform(counters, seed)
    return tuple(
        (float(x), float(y)) for x, y in zip(x0 + (x1 - x0) * u[:, 0], y0 + (y1 - y0) * u[:, 1], strict=True)
    )


def evaluate(pattern: "Pattern | float", x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return a pattern or a plain number at the points (x, y), as a float array of their shape."""
    shape = np.broadcast_shapes(np.shape(x), np.shape(y))
    if isinstance(pattern, int | float):
        return np.full(shape, float(pattern))
    return np.array(np.broadcast_to(pattern.at(x, y), shape), float)
