"""One entry of the table of named quantities."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quantity:
    """One named quantity. ``dims`` are names of coordinates, themselves quantities of this table."""

    symbol: str
    unit: str
    dims: tuple[str, ...]
    long_name: str


def quantity(symbol: str, unit: str, dims: str, long_name: str) -> Quantity:
    """Return an entry; ``dims`` is a text of names with blanks between."""
    return Quantity(symbol, unit, tuple(dims.split()), long_name)
