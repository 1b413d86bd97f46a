"""Measured numbers of superconductors, and spectra that are parametrised to their published moments.

The table is `materials.toml` beside this file. Every number carries unit, error, source and status:
``"verified"`` (read in the source), ``"derived"`` (follows from verified numbers) or ``"recalled"``
(neither: usable as an input, never as a proof). A spectrum is a sum of a few cut-off Lorentzian peaks
at energies of the known phonon structure whose couplings are solved so that lambda, omega_log and,
where published, omega_2 come out; it is labelled parametrised, and its fine structure is not measured.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from onnes import units
from onnes.errors import InvalidInput, InvalidModel, UnitMismatch
from onnes.model.phonons.glue import MultibandGlue, MuStar, PhononGlue
from onnes.model.phonons.peaks import lorentz
from onnes.model.phonons.spectrum import Spectrum

TABLE = Path(__file__).with_name("materials.toml")
NODES = 800
"""Nodes of a parametrised spectrum; lambda then lies within 1e-4 of the sum of its peaks."""
STATUSES = ("verified", "derived", "recalled")

KINDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "Tc": ("temperature", "transition temperature"),
        "gap": ("energy", "gap at T = 0"),
        "gap_small": ("energy", "smaller gap at T = 0"),
        "theta_D": ("temperature", "Debye temperature at T = 0"),
        "gamma": ("mJ/mol/K^2", "electronic specific heat coefficient"),
        "Hc": ("field", "thermodynamic critical field at T = 0"),
        "jump": ("1", "specific heat jump at Tc over gamma Tc"),
        "molar_volume": ("cm^3/mol", "molar volume"),
        "isotope_exponent": ("1", "isotope exponent -dlnTc/dlnM"),
        "lambda_L": ("condensate length", "London penetration depth at T = 0"),
        "lambda_0": ("condensate length", "measured penetration depth at T = 0"),
        "xi_0": ("condensate length", "coherence length"),
        "kappa": ("1", "Ginzburg-Landau parameter"),
        "lambda": ("1", "electron-phonon coupling constant"),
        "omega_log": ("energy", "logarithmic phonon average"),
        "omega_2": ("energy", "second-moment phonon average"),
        "mu_star": ("1", "Coulomb pseudopotential"),
    }
)
"""Number -> (kind of unit of `onnes.units`, or its one unit; meaning)."""
BAND_NUMBER = ("lambda_", "mu_star_")
"""Numbers of pairs of bands: ``lambda_12`` is scattered from band 1 to band 2."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One number with one standard error, in the own unit of its kind, and where it comes from."""

    value: float
    error: float
    unit: str
    source: str
    status: str
    note: str = ""

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise InvalidModel("status", self.status, f"one of {', '.join(STATUSES)}")
        if not (np.isfinite(self.value) and self.error >= 0):
            raise InvalidModel("error", self.error, "non-negative, with a finite value", self.unit)
        if not self.source:
            raise InvalidModel("source", "empty", "a reference")


@dataclass(frozen=True, slots=True)
class Peak:
    """One peak of alpha2F: energy meV, share of lambda (1), half width meV."""

    energy: float
    coupling: float
    width: float


@dataclass(frozen=True, slots=True)
class Material:
    """A superconductor of the table.

    Parameters
    ----------
    name, title : formula, and one line that says which phase, at which pressure.
    numbers : name -> `Measured`; energies meV, temperatures K, fields T, lengths nm.
    peaks : (band, band) of the `Peak` tuples of alpha2F_ij; empty where no spectrum is given.
    mu_star_cutoff : cutoff of the published mu* in units of the highest phonon frequency.
    dos_weights : relative densities of states of the bands.
    note : what a user of the spectrum must know.
    """

    name: str
    title: str
    numbers: Mapping[str, Measured]
    peaks: tuple[tuple[tuple[Peak, ...], ...], ...] = ()
    mu_star_cutoff: float = 1.0
    dos_weights: tuple[float, ...] = (1.0,)
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "numbers", MappingProxyType(dict(self.numbers)))
        n = len(self.peaks)
        if any(len(row) != n for row in self.peaks) or (n and len(self.dos_weights) != n):
            raise InvalidModel(
                "peaks", f"{n} rows", "a square matrix with one density-of-states weight for each band"
            )
        if not self.mu_star_cutoff > 0:
            raise InvalidModel(
                "mu_star_cutoff", self.mu_star_cutoff, "positive, in units of the highest phonon frequency"
            )

    @property
    def n_bands(self) -> int:
        return len(self.peaks)

    def spectrum(self, i: int = 0, j: int = 0) -> Spectrum:
        """Return the parametrised alpha2F_ij; `InvalidInput` where the table has none."""
        if not (0 <= i < self.n_bands and 0 <= j < self.n_bands):
            raise InvalidInput(
                f"{self.name} has no alpha2F of bands ({i}, {j})",
                f"it has {self.n_bands} bands, numbered from 0",
            )
        parts = [lorentz(p.energy, p.coupling, p.width) for p in self.peaks[i][j]]
        lowest, highest = min(p.frequency[0] for p in parts), max(p.frequency[-1] for p in parts)
        grid = np.linspace(lowest, highest, NODES)
        heights = sum(np.interp(grid, p.frequency, p.alpha2F, left=0.0, right=0.0) for p in parts)
        return Spectrum(
            grid, heights, source=f"{self.name}, parametrised to published moments", parametrised=True
        )

    def glue(self) -> PhononGlue | MultibandGlue:
        """Return the parametrised spectrum with the published mu* at its own cutoff.

        Raises
        ------
        InvalidInput : the table gives no spectrum for this material.
        """
        if not self.peaks:
            raise InvalidInput(
                f"the table has no spectrum of {self.name}", f"take one of {', '.join(with_spectrum())}"
            )
        bands = range(self.n_bands)
        spectra = tuple(tuple(self.spectrum(i, j) for j in bands) for i in bands)
        cutoff = self.mu_star_cutoff * max(s.omega_max for row in spectra for s in row)
        if self.n_bands == 1:
            return PhononGlue(spectra[0][0], MuStar(self.numbers["mu_star"].value, cutoff))
        matrix = tuple(tuple(self.numbers[f"mu_star_{i + 1}{j + 1}"].value for j in bands) for i in bands)
        return MultibandGlue(spectra, MuStar(matrix, cutoff), self.dos_weights)

    def rows(self) -> tuple[tuple[str, ...], ...]:
        """Return the numbers as display strings: symbol, meaning, value ± error, unit, status, source."""
        return tuple(
            (
                name,
                _meaning(name),
                _display(m),
                m.unit,
                m.status,
                f"{m.source}; {m.note}" if m.note else m.source,
            )
            for name, m in self.numbers.items()
        )


def material(name: str) -> Material:
    """Return a material of the table by its formula, such as ``"Nb"``.

    Raises
    ------
    InvalidInput : not in the table; the message lists near names and all names.
    """
    table = _table()
    if name not in table:
        same = {key.casefold(): key for key in table}
        near = [same[key] for key in get_close_matches(str(name).casefold(), same, 3, 0.4)]
        hint = f"did you mean {', '.join(near)}? " if near else ""
        raise InvalidInput(f"no material {name!r} in the table", f"{hint}the table has {', '.join(table)}")
    return table[name]


def material_names() -> tuple[str, ...]:
    """Return the names in the table."""
    return tuple(_table())


def with_spectrum() -> tuple[str, ...]:
    """Return the names of the materials that have a parametrised spectrum."""
    return tuple(name for name, entry in _table().items() if entry.peaks)


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Material]:
    return read_table(TABLE)


def read_table(path: Path) -> Mapping[str, Material]:
    """Read and check a table of materials.

    Raises
    ------
    InvalidInput : not TOML, or an entry that is unknown, incomplete or has the wrong unit; one line
        that names file, material and entry.
    """
    try:
        entries = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(
            f"{Path(path).name} is not a table of materials ({error})", "correct the TOML at that place"
        ) from None
    return MappingProxyType({name: _entry(Path(path).name, name, entry) for name, entry in entries.items()})


def _entry(file: str, name: str, entry: Any) -> Material:
    where = f"{file}: [{name}]"
    known = {"title", "note", "numbers", "peaks", "mu_star_cutoff", "dos_weights"}
    if not isinstance(entry, dict) or set(entry) - known or not {"title", "numbers"} <= set(entry):
        extra = ", ".join(sorted(set(entry) - known)) if isinstance(entry, dict) else "no table"
        raise InvalidInput(
            f"{where} is not a material ({extra or 'title or numbers missing'})",
            f"give {', '.join(sorted(known))}",
        )
    numbers = {key: _number(f"{where} {key}", key, given) for key, given in entry["numbers"].items()}
    try:
        peaks = _peaks(entry.get("peaks", []))
        found = Material(
            name,
            entry["title"],
            numbers,
            peaks,
            float(entry.get("mu_star_cutoff", 1.0)),
            tuple(float(w) for w in entry.get("dos_weights", [1.0])),
            entry.get("note", ""),
        )
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            f"{where} has malformed peaks or weights ({error})", "give peaks as [energy, coupling, width]"
        ) from None
    except InvalidModel as error:
        raise InvalidInput(f"{where}: {error.cause}", error.remedy) from None
    needed = _needed(found.n_bands)
    missing = [key for key in needed if key not in numbers]
    if missing:
        raise InvalidInput(
            f"{where} has peaks but no {', '.join(missing)}", "a spectrum needs the numbers it was matched to"
        )
    return found


def _needed(n_bands: int) -> list[str]:
    if n_bands == 0:
        return []
    if n_bands == 1:
        return ["lambda", "omega_log", "mu_star"]
    pairs = [f"{i + 1}{j + 1}" for i in range(n_bands) for j in range(n_bands)]
    return [f"{prefix}{pair}" for prefix in BAND_NUMBER for pair in pairs]


def _number(where: str, name: str, given: Any) -> Measured:
    """Check one number and bring it to the own unit of its kind."""
    needed, optional = {"value", "error", "unit", "source", "status"}, {"note"}
    if not isinstance(given, dict) or not needed <= set(given) <= needed | optional:
        raise InvalidInput(
            f"{where} is not a number with its source",
            f"give {', '.join(sorted(needed))} and optionally note",
        )
    kind = _kind(name)
    if kind is None:
        raise InvalidInput(
            f"{where} is not a known number", f"use one of {', '.join(KINDS)}, lambda_ij or mu_star_ij"
        )
    try:
        factor, unit = _conversion(given["unit"], kind)
        return Measured(
            float(given["value"]) * factor,
            float(given["error"]) * factor,
            unit,
            given["source"],
            given["status"],
            given.get("note", ""),
        )
    except (UnitMismatch, InvalidModel) as error:
        raise InvalidInput(f"{where}: {error.cause}", error.remedy) from None
    except (TypeError, ValueError):
        raise InvalidInput(f"{where} has a value or an error that is no number", "give two numbers") from None


def _kind(name: str) -> str | None:
    if name in KINDS:
        return KINDS[name][0]
    return "1" if name.startswith(BAND_NUMBER) and name[-2:].isdigit() else None


def _conversion(unit: str, kind: str) -> tuple[float, str]:
    if kind in units.UNIT_OF:
        return units.factor(unit, kind), units.UNIT_OF[kind]
    if unit != kind:
        raise UnitMismatch(f"{unit!r} is not the unit {kind}", f"give it in {kind}")
    return 1.0, kind


def _peaks(given: list[Any]) -> tuple[tuple[tuple[Peak, ...], ...], ...]:
    """Turn [[e, c, w], ...] (one band) or a matrix of such lists into nested tuples of `Peak`."""
    if not given:
        return ()
    matrix = [[given]] if isinstance(given[0][0], int | float) else given
    return tuple(tuple(tuple(Peak(*map(float, peak)) for peak in cell) for cell in row) for row in matrix)


def _meaning(name: str) -> str:
    if name in KINDS:
        return KINDS[name][1]
    word = "coupling constant" if name.startswith("lambda") else "Coulomb pseudopotential"
    return f"{word} of bands {name[-2]}, {name[-1]}"


def _display(measured: Measured) -> str:
    if measured.error == 0:
        return f"{measured.value:.4g}"
    places = max(0, 1 - int(np.floor(np.log10(measured.error))))
    return f"{measured.value:.{places}f} ± {measured.error:.{places}f}"
