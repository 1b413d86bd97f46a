"""Quantum ESPRESSO: ``alpha2F.dat`` of lambda.x (THz, a column for each electronic smearing) and ``a2F.dosN`` of
matdyn.x (Ry, the total and one column for each phonon branch, footer with lambda).

Layouts: PHonon/PH/lambda.f90 and matdyn.f90 of the QEF/q-e repository. Older matdyn.x breaks each record over
several lines; older lambda.x prints four decimals.
"""

import re

from onnes.model.phonons.formats import text
from onnes.model.phonons.formats.tabulation import Declared, Tabulation, unit_in
from onnes.model.phonons.formats.text import Document

_ENERGY = re.compile(r"#?\s*E\s*\(\s*[A-Za-z0-9^-]+\s*\)(.*)")
_LAMBDA = re.compile(r"\blambda\s*=\s*(\S+)")
_DELTA = re.compile(r"\bDelta\s*=\s*(\S+)")


def smearings(document: Document) -> list[float]:
    """Return the electronic smearings (Ry) that the header of an alpha2F.dat lists, one for each column."""
    for line in document.head:
        match = _ENERGY.match(line)
        if match:
            return text.floats(match.group(1))
    return []


def read_lambda_x(document: Document) -> Tabulation:
    """Read ``alpha2F.dat``: frequencies, then alpha2F for each electronic smearing."""
    numbers = text.table(document)
    promised = smearings(document)
    if promised and len(promised) != numbers.shape[1] - 1:
        raise document.refuse(
            f"its header lists {len(promised)} smearings, its rows have {numbers.shape[1] - 1}",
            "the file looks truncated or damaged: copy it again",
        )
    if document.tail:
        raise document.refuse(f"unexpected text after the table: {document.tail[0][:40]!r}", "copy it again")
    return Tabulation(
        numbers[:, 0],
        numbers[:, 1:],
        _header_unit(document),
        native="THz",
        labels=tuple(f"smearing {width:g} Ry" for width in promised),
        whole_band=True,
    )


def read_matdyn(document: Document) -> Tabulation:
    """Read ``a2F.dosN``: frequencies, total alpha2F, one column for each branch, and lambda below."""
    footer = next((match for line in document.tail for match in _LAMBDA.finditer(line)), None)
    stated = text.floats(footer.group(1)) if footer else []
    if not stated:
        raise document.refuse(
            "the closing line 'lambda = ...' is missing", "the file looks truncated: copy it again"
        )
    numbers = text.table(_records(document))
    step = [text.floats(match.group(1)) for line in document.tail for match in _DELTA.finditer(line)]
    return Tabulation(
        numbers[:, 0],
        numbers[:, 1:],
        _header_unit(document),
        native="Ry",
        declared=(Declared("its footer", 1, stated[0]),),
        labels=("total", *(f"branch {i}" for i in range(1, numbers.shape[1] - 1))),
        total_first=numbers.shape[1] > 2,
        step=step[0][0] if step and step[0] else None,
        whole_band=True,
    )


def _header_unit(document: Document) -> str | None:
    # "DOS normalized to E in Rydberg" repeats the unit of the grid, never another one.
    return unit_in(" ".join(line for line in document.head if "DOS normalized" not in line))


def _records(document: Document) -> Document:
    """Put together records that older versions wrote as (E, total) followed by lines of six branches."""
    counts = document.counts
    if len(counts) > 1 and counts[0] == 2 and counts[1] != 2:
        period = counts.index(2, 1) if 2 in counts[1:] else len(counts)
        whole = text.joined(document, sum(counts[:period]))
        if whole is None:
            raise document.refuse(
                "its records do not hold equally many numbers", "the file looks truncated: copy it again"
            )
        return whole
    return document
