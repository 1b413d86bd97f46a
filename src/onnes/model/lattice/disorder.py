"""Impurities, reproducible random fields, and a finite sample of a crystal that carries them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from onnes.errors import InvalidInput, InvalidModel
from onnes.model.lattice.pairing import Superconductor
from onnes.model.lattice.tightbinding import TightBinding
from onnes.numerics import philox

KINDS = ("potential", "gap", "bond")


@dataclass(frozen=True, slots=True)
class Impurity:
    """One point defect.

    ``"potential"`` adds V n to one orbital of one cell; ``"bond"`` adds V (c†_r c_{r+R} + h.c.) to one
    hopping; ``"gap"`` adds V f(R) to the pairing on every bond that ends in the cell, f being the form
    factor of the host.

    Parameters
    ----------
    potential : V, meV.
    site : cell, two or three integers.
    kind : ``"potential"``, ``"gap"`` or ``"bond"``.
    orbital : orbital of the cell (potential and bond).
    bond : R, cells (bond only).
    """

    potential: float
    site: tuple[int, ...] = (0, 0)
    kind: str = "potential"
    orbital: int = 0
    bond: tuple[int, ...] = (1, 0)

    def __post_init__(self) -> None:
        if not np.isfinite(self.potential):
            raise InvalidModel("potential", self.potential, "finite", "meV")
        if self.kind not in KINDS:
            raise InvalidModel("kind", self.kind, " or ".join(KINDS))
        if self.orbital < 0:
            raise InvalidModel("orbital", self.orbital, "zero or more")
        for name in ("site", "bond"):
            object.__setattr__(self, name, cell(getattr(self, name), name))
        if self.kind == "bond" and not any(self.bond):
            raise InvalidModel("bond", self.bond, "between two cells; an on-site term is a potential")


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A finite piece of a crystal: a host, its size, its defects, and the flux through it.

    Parameters
    ----------
    host : bands, or a superconductor.
    shape : cells along each translation, one to three numbers.
    impurities : point defects.
    potential : float array (shape), meV, added to every orbital of a cell.
    gap_factor : float array (shape): multiplies the pairing; a bond takes the mean of its two ends.
    hopping_factor : the same for every hopping between two cells.
    flux : flux of h/e through the cell spanned by the first two translations, B along a1 x a2. Through a
        periodic sample it must be a whole number of flux quanta.
    twist : flux of h/e through each hole of the periodic sample.
    periodic : whether the sample closes on itself.
    """

    host: Superconductor | TightBinding
    shape: tuple[int, ...]
    impurities: tuple[Impurity, ...] = ()
    potential: np.ndarray | None = None
    gap_factor: np.ndarray | None = None
    hopping_factor: np.ndarray | None = None
    flux: float = 0.0
    twist: tuple[float, ...] = (0.0, 0.0, 0.0)
    periodic: bool = True

    def __post_init__(self) -> None:
        given = np.asarray(self.shape)
        if given.ndim != 1 or not 1 <= len(given) <= 3 or given.dtype.kind not in "iu" or np.any(given < 1):
            raise InvalidModel("shape", self.shape, "one to three positive whole numbers", "cells")
        shape = tuple(int(n) for n in given) + (1,) * (3 - len(given))
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "twist", tuple(float(x) for x in (*self.twist, 0.0, 0.0, 0.0)[:3]))
        object.__setattr__(self, "impurities", tuple(self.impurities))
        for name in ("potential", "gap_factor", "hopping_factor"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, self._field(name))
        for impurity in self.impurities:
            self._require_fits(impurity)
        quanta = self.flux * shape[0] * shape[1]
        if self.periodic and abs(quanta - round(quanta)) > 1e-9:
            raise InvalidModel("flux", self.flux, f"a multiple of 1/{shape[0] * shape[1]}", "h/e per cell")

    @property
    def bands(self) -> TightBinding:
        return self.host.bands if isinstance(self.host, Superconductor) else self.host

    @property
    def n_cells(self) -> int:
        return int(np.prod(self.shape))

    def cell_numbers(self) -> np.ndarray:
        """Return the cells, int (n_cells, 3), last axis fastest."""
        return np.stack(np.unravel_index(np.arange(self.n_cells), self.shape), axis=-1)

    def _field(self, name: str) -> np.ndarray:
        values = np.array(getattr(self, name), float)
        if values.size != self.n_cells or not np.all(np.isfinite(values)):
            raise InvalidModel(name, values.shape, f"finite, one number for each of the {self.shape} cells")
        values = values.reshape(self.shape)
        values.setflags(write=False)
        return values

    def _require_fits(self, impurity: Impurity) -> None:
        if impurity.orbital >= self.bands.n_orbitals:
            raise InvalidModel("orbital", impurity.orbital, f"below {self.bands.n_orbitals}")
        if any(not 0 <= x < n for x, n in zip(impurity.site, self.shape, strict=True)):
            raise InvalidModel("site", impurity.site, f"inside the sample of {self.shape} cells")
        if impurity.kind == "gap" and not isinstance(self.host, Superconductor):
            raise InvalidModel("kind", "gap", "potential or bond: the host is a normal metal")


def cell(given: Sequence[int], name: str = "cell") -> tuple[int, int, int]:
    """Return one to three whole numbers as three."""
    array = np.asarray(given)
    if array.ndim != 1 or not 1 <= len(array) <= 3 or array.dtype.kind not in "iu":
        raise InvalidModel(name, given, "one to three whole numbers", "cells")
    return tuple(int(x) for x in array) + (0,) * (3 - len(array))


def random_field(
    shape: Sequence[int],
    seed: int,
    *,
    width: float,
    distribution: str = "uniform",
    stream: int = 0,
    correlation: float = 0.0,
) -> np.ndarray:
    """Return a random field, float (n1, n2, n3), in the unit of ``width``.

    Without correlations the value at a cell depends on the seed, the stream and the cell alone, and not
    on the size of the sample.

    Parameters
    ----------
    width : full width of the uniform distribution, or standard deviation of the normal one; mean zero.
    distribution : ``"uniform"`` or ``"normal"``.
    stream : number of an independent field with the same seed.
    correlation : length l, in cells, of a Gaussian average exp(-r^2/2l^2) over the periodic sample, which
        leaves the standard deviation unchanged on average.

    Raises
    ------
    InvalidInput : an unknown distribution, a negative width or correlation length.
    """
    counters = _counters(shape, stream)
    if distribution not in ("uniform", "normal"):
        raise InvalidInput(f"distribution {distribution!r}", "use uniform or normal")
    if not (width >= 0 and correlation >= 0):
        raise InvalidInput(
            f"width {width}, correlation {correlation}", "give numbers that are zero or positive"
        )
    if distribution == "normal":
        field = width * philox.normal(counters, seed)
    else:
        field = width * (philox.uniform(counters, seed)[..., 0] - 0.5)
    return _averaged(field, correlation) if correlation else field


def random_impurities(
    shape: Sequence[int],
    seed: int,
    *,
    concentration: float,
    potential: float,
    kind: str = "potential",
    stream: int = 0,
) -> tuple[Impurity, ...]:
    """Return equal impurities on random cells, each cell with the probability ``concentration``.

    Whether a cell holds one depends on the seed, the stream and the cell alone. Raises `InvalidInput`
    where the concentration is not between 0 and 1.
    """
    if not 0 <= concentration <= 1:
        raise InvalidInput(f"concentration = {concentration}", "give a number between 0 and 1")
    chosen = philox.uniform(_counters(shape, stream), seed)[..., 0] < concentration
    return tuple(Impurity(potential, tuple(site), kind) for site in np.argwhere(chosen).tolist())


def _counters(shape: Sequence[int], stream: int) -> np.ndarray:
    sizes = tuple(int(n) for n in shape) + (1,) * (3 - len(shape))
    if len(sizes) != 3 or min(sizes) < 1:
        raise InvalidInput(f"a sample of {tuple(shape)} cells", "give one to three positive numbers")
    cells = np.stack(np.indices(sizes), axis=-1)
    return np.concatenate([cells, np.full((*sizes, 1), int(stream))], axis=-1)


def _averaged(field: np.ndarray, length: float) -> np.ndarray:
    """Convolve with a Gaussian on the torus, in Fourier space, normalised to keep the variance."""
    q = np.stack(np.meshgrid(*(np.fft.fftfreq(n) for n in field.shape), indexing="ij"))
    kernel = np.exp(-0.5 * (2 * np.pi * length) ** 2 * np.sum(q**2, axis=0))
    kernel /= np.sqrt(np.mean(kernel**2))
    return np.fft.ifftn(np.fft.fftn(field) * kernel).real
