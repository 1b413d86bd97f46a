"""What commands print: aligned lines for people, one JSON document for programs."""

import json
import math
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from onnes.errors import OnnesWarning


def emit_json(document: Any) -> None:
    """Print one JSON document and nothing else; NaN and infinity become null."""
    json.dump(_finite(document), sys.stdout, indent=2, ensure_ascii=False)
    print()


def rows(lines: Sequence[tuple[str, ...]]) -> None:
    """Print lines in aligned columns."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


@contextmanager
def collected_warnings() -> Iterator[list[str]]:
    """Collect the messages of onnes's warnings, and print them when the block ends."""
    messages: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", OnnesWarning)
        try:
            yield messages
        finally:
            messages.extend(str(w.message) for w in caught if issubclass(w.category, OnnesWarning))
            for message in messages:
                print(f"warning: {message}", file=sys.stderr)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    return value
