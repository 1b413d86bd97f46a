"""EPW: ``prefix.a2f`` (meV, a column for each phonon smearing, footer with lambda) and ``prefix.a2f_iso`` or
``prefix.a2f_proj`` (meV, the total and one column for each phonon branch).

Layouts: EPW/src/supercond.f90 of the QEF/q-e repository. Versions before 5 have no header; since 5.3 the
cumulative 2*integral(alpha2F/Omega) follows the columns of alpha2F, and ``a2f_iso`` has a header and no footer.
"""

import re

import numpy as np

from onnes.model.phonons.formats import text
from onnes.model.phonons.formats.tabulation import SUMMED_TOLERANCE, Declared, Tabulation, unit_in
from onnes.model.phonons.formats.text import Document

_HEADER = re.compile(r"w\s*\[\s*([^\]]*)\]\s*a2f", re.IGNORECASE)
_ISO = re.compile(r"lambda_int\s*=\s*(\S+)(?:\s+lambda_sum\s*=\s*(\S+))?")


def read(document: Document) -> Tabulation:
    """Read either kind of file."""
    header = next((match for line in document.head for match in _HEADER.finditer(line)), None)
    iso = next((match for line in document.tail for match in _ISO.finditer(line)), None)
    integrated = _after(document, "Integrated el-ph coupling")
    if header is None and iso is None and integrated is None:
        raise document.refuse(
            "neither EPW's header nor its footer with lambda is there",
            "the file looks truncated: copy it again",
        )
    numbers = text.table(document)
    # The frequencies of EPW are meV in every version; a header that says otherwise is believed.
    unit = "meV" if header is None else unit_in(f"[{header.group(1)}]")
    if integrated is not None:
        return _by_smearing(document, numbers, unit, integrated)
    if iso is None and "integrated" in " ".join(document.head):
        raise document.refuse(
            "the footer 'Integrated el-ph coupling' is missing", "the file looks truncated: copy it again"
        )
    return _by_branch(document, numbers, unit, iso)


def _by_smearing(
    document: Document, numbers: np.ndarray, unit: str | None, integrated: list[float]
) -> Tabulation:
    count, columns = len(integrated), numbers.shape[1] - 1
    if count == 0 or columns not in (count, 2 * count):
        raise document.refuse(
            f"its footer gives lambda for {count} smearings, its rows have {columns} columns",
            "the file looks truncated or damaged: copy it again",
        )
    declared = [Declared("its footer", i, value) for i, value in enumerate(integrated, 1)]
    if columns == 2 * count:
        declared += [
            Declared("its last integral", i, float(numbers[-1, count + i])) for i in range(1, count + 1)
        ]
    summed = [text.floats(line) for line in document.tail if line.startswith("Summed el-ph coupling")]
    if summed and summed[0]:
        declared += [
            Declared("its sum over q", i, summed[0][-1], SUMMED_TOLERANCE) for i in range(1, count + 1)
        ]
    widths = _after(document, "Phonon smearing") or []
    return Tabulation(
        numbers[:, 0],
        numbers[:, 1 : count + 1],
        unit,
        native="meV",
        declared=tuple(declared),
        labels=tuple(f"smearing {width:g} meV" for width in widths) if len(widths) == count else (),
        whole_band=True,
    )


def _by_branch(
    document: Document, numbers: np.ndarray, unit: str | None, iso: re.Match[str] | None
) -> Tabulation:
    declared = []
    if iso is not None:
        stated, summed = text.floats(iso.group(1)), text.floats(iso.group(2) or "")
        if not stated:
            raise document.refuse(
                "lambda_int in its footer is no number", "the file looks truncated: copy it again"
            )
        declared = [Declared("lambda_int in its footer", 1, stated[0])]
        declared += [Declared("lambda_sum in its footer", 1, value, SUMMED_TOLERANCE) for value in summed]
    elif numbers.shape[1] > 2:
        raise document.refuse(
            "the footer 'lambda_int = ...' is missing", "the file looks truncated: copy it again"
        )
    return Tabulation(
        numbers[:, 0],
        numbers[:, 1:],
        unit,
        native="meV",
        declared=tuple(declared),
        labels=("total", *(f"branch {i}" for i in range(1, numbers.shape[1] - 1))),
        total_first=numbers.shape[1] > 2,
        whole_band=True,
    )


def _after(document: Document, title: str) -> list[float] | None:
    """Return the numbers on the line below a title in the footer; None where the title is missing."""
    tail = document.tail
    for place, line in enumerate(tail):
        if line.startswith(title):
            below = tail[place + 1] if place + 1 < len(tail) else ""
            return text.floats(below.lstrip("#")) if below.startswith("#") else []
    return None
