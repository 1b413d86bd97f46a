"""Claims: a computed number beside the published one, with its kind and its verdict.

The verdict is arithmetic: a claim holds when the two values differ by at most two combined
standard errors. ``error`` is the uncertainty of the *computed* value, inputs and theory included,
and is stated in the case where it is used; it is never widened to make a claim hold.
"""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from math import hypot, isfinite
from pathlib import Path
from typing import Any

from onnes.errors import InvalidInput, InvalidModel

COVERAGE = 2.0
"""Combined standard errors within which two values are called equal."""


class Kind(StrEnum):
    """What was known before the number was computed."""

    PREDICTED = "predicted"
    """Nothing was tuned to it."""
    FITTED = "fitted"
    """A parameter, named in ``fitted``, was tuned to it."""
    PHENOMENOLOGICAL = "phenomenological"
    """It follows from a form that was chosen because it resembles the data."""


@dataclass(frozen=True, slots=True)
class Published:
    """A published number: value, standard error (or half-range), unit, source and how it was checked.

    ``status`` is ``"verified"`` (read in the source), ``"derived"`` (follows from a formula that
    was derived) or ``"recalled"`` (neither; then every claim that uses it says so).
    """

    value: float
    error: float
    unit: str
    source: str
    status: str = "verified"
    note: str = ""

    def __post_init__(self) -> None:
        if self.status not in ("verified", "derived", "recalled"):
            raise InvalidModel("status", self.status, "verified, derived or recalled")


@dataclass(frozen=True, slots=True)
class Claim:
    """One computed number beside its published value."""

    name: str
    computed: float
    error: float
    published: Published
    kind: Kind
    fitted: str = ""
    note: str = ""
    rival: str = ""
    """Name of the rival explanation this number belongs to; empty for the case's own."""

    def __post_init__(self) -> None:
        if (self.kind is Kind.FITTED) != bool(self.fitted):
            raise InvalidModel(
                "fitted", self.fitted, "the tuned parameter's name for fitted claims, and empty for others"
            )
        if not (self.error >= 0 and self.published.error >= 0):
            raise InvalidModel("error", self.error, "a non-negative number")
        if self.error == 0 and self.published.error == 0:
            raise InvalidModel(
                "error", self.error, "positive on at least one side, or nothing can be compared"
            )

    @property
    def deviation(self) -> float:
        """Difference in combined standard errors."""
        return (self.computed - self.published.value) / hypot(self.error, self.published.error)

    @property
    def holds(self) -> bool:
        return bool(isfinite(self.computed) and abs(self.deviation) <= COVERAGE)

    def to_json(self) -> dict[str, Any]:
        """Return the documented JSON record of this claim."""
        recalled = "recalled, unverified" if self.published.status == "recalled" else ""
        fitted = f"fitted: {self.fitted}" if self.fitted else ""
        rival = f"rival: {self.rival}" if self.rival else ""
        note = "; ".join(part for part in (rival, fitted, self.note, self.published.note, recalled) if part)
        return {
            "name": self.name,
            "computed": float(self.computed) if isfinite(self.computed) else None,
            "error": float(self.error),
            "published": self.published.value,
            "published_error": self.published.error,
            "unit": self.published.unit,
            "kind": self.kind.value,
            "source": self.published.source,
            "holds": self.holds,
            "note": note,
        }


def references(path: str | Path) -> dict[str, Published]:
    """Read the published numbers of one case from its TOML file.

    Each table is ``[name]`` with ``value``, ``error``, ``unit``, ``source`` and optionally
    ``status`` and ``note``. Raises `InvalidInput` on a missing or unknown key.
    """
    entries = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    found = {}
    for name, entry in entries.items():
        try:
            found[name] = Published(**entry)
        except TypeError as error:
            raise InvalidInput(
                f"{path}: [{name}] is not a published number ({error})", "give value, error, unit, source"
            ) from None
    return found
