"""Plain text and csv: frequencies and one or more columns of alpha2F, the unit in the header or given.

The csv that `write` leaves has a third column of quadrature weights where they are not those of the trapezoidal rule
(Einstein modes), and states lambda in a comment.
"""

import re

from onnes.model.phonons.formats import text
from onnes.model.phonons.formats.tabulation import Declared, Tabulation, unit_in
from onnes.model.phonons.formats.text import Document

_LAMBDA = re.compile(r"^#?\s*lambda\s*=\s*(\S+)", re.IGNORECASE)
_SOURCE = re.compile(r"^#?\s*source\s*:\s*(.*)", re.IGNORECASE)
_SPECTRUM = re.compile(r"a(?:lpha)?\s*[\^{(]*2[)}]*\s*_?\(?f|α²f|eliashberg", re.IGNORECASE)


def read(document: Document) -> Tabulation:
    """Read a table of at least two columns."""
    numbers = text.table(document)
    labels = _labels(document, numbers.shape[1])
    weighted = [i for i, label in enumerate(labels) if label.lower().startswith("weight")]
    kept = [i for i in range(1, numbers.shape[1]) if i not in weighted]
    if not kept:
        raise document.refuse("it has no column of alpha2F", "give frequencies and alpha2F side by side")
    stated = [text.floats(match.group(1)) for line in _words(document) if (match := _LAMBDA.match(line))]
    origin = next((match.group(1) for _, line in document.words if (match := _SOURCE.match(line))), "")
    return Tabulation(
        numbers[:, 0],
        numbers[:, kept],
        _unit(document, labels),
        declared=tuple(Declared("its comment", 1, found[0]) for found in stated if found),
        labels=tuple(labels[i] for i in kept) if labels else (),
        weights=numbers[:, weighted[0]] if weighted else None,
        parametrised=any(re.match(r"#?\s*parametrised\s*:\s*true", line) for line in document.head),
        origin=origin,
    )


def unnamed(labels: tuple[str, ...], column: int) -> str | None:
    """Return the label of the column that is called alpha2F where the one that was asked for is not."""
    chosen = labels[column - 1] if column <= len(labels) else ""
    others = [label for label in labels if _SPECTRUM.search(label)]
    return others[0] if chosen and others and not _SPECTRUM.search(chosen) else None


def _words(document: Document) -> list[str]:
    return [line for _, line in document.words if not _SOURCE.match(line)]


def _labels(document: Document, count: int) -> list[str]:
    """Return the names of the columns: the last line above the table, where it has as many cells as the table."""
    head = [line for line in document.head if not _SOURCE.match(line)]
    if not head:
        return []
    line = head[-1].lstrip("#!%@ ")
    for separator in (r"[,;]", r"\t", r"\s{2,}", r"\s+"):
        cells = [cell.strip() for cell in re.split(separator, line) if cell.strip()]
        if len(cells) == count:
            return cells
    return []


def _unit(document: Document, labels: list[str]) -> str | None:
    """The label of the first column is asked first, then the line of labels, then the rest of the header."""
    head = [line for line in document.head if not _SOURCE.match(line)]
    sources = [labels[0] if labels else "", head[-1] if head else "", " ".join(head)]
    # "frequency_meV": an underscore separates the unit from the name.
    return next((found for line in sources if (found := unit_in(line.replace("_", " ")))), None)
