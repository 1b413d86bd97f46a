"""Split a text file into rows of numbers and the words around them. Knows no format and no physics."""

import re
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from onnes.errors import UnreadableFile

LARGEST = 256 * 2**20
"""Bytes; a spectrum of a hundred columns on 10^5 points is a tenth of this."""

_NUMERIC = "0123456789+-.eEdD \t,;"
_COMMENT = ("#", "!", "%", "@")
_FORTRAN = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:[eEdD]([+-]?\d{1,4})|([+-]\d{3}))?")
_NOT_FINITE = re.compile(r"\b[+-]?(nan|inf|infinity)\b|\*{3,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Document:
    """A text file, taken apart.

    Parameters
    ----------
    path : where it lies.
    rows : words of every numeric line.
    numbers : line number of every numeric line, counted from 1.
    words : (numeric lines before it, text) of every other non-empty line, comment signs kept.
    cut : True when the file ends in a numeric line without a line end.
    """

    path: Path
    rows: list[list[str]]
    numbers: list[int]
    words: list[tuple[int, str]]
    cut: bool

    @property
    def head(self) -> list[str]:
        """Text above the first row of numbers."""
        return [text for before, text in self.words if before == 0]

    @property
    def tail(self) -> list[str]:
        """Text below the last row of numbers."""
        return [text for before, text in self.words if before == len(self.rows)]

    @property
    def counts(self) -> list[int]:
        """How many numbers each row holds."""
        return [len(row) for row in self.rows]

    def refuse(self, cause: str, remedy: str) -> UnreadableFile:
        """Return the error that refuses this file."""
        return UnreadableFile(self.path, cause, remedy)


def load(path: Path) -> Document:
    """Read a text file and split it. Raises `UnreadableFile` where it is absent, empty or binary, or holds NaN."""
    raw = _bytes(path)
    text = _decoded(path, raw)
    lines = re.split(r"\r\n|\r|\n", text)
    document = _split(path, lines)
    if not document.rows:
        raise document.refuse("it holds no row of numbers", "give a table: frequencies, then alpha2F")
    return document


def table(document: Document) -> np.ndarray:
    """Return the numbers as an array (row, column); every row must hold equally many, all finite."""
    counts = document.counts
    stray = [
        line for before, line in document.words if 0 < before < len(counts) and not line.startswith(_COMMENT)
    ]
    if stray:
        raise document.refuse(
            f"text between its rows: {stray[0][:40]!r}", "the file looks damaged: copy it again"
        )
    width = max(set(counts), key=counts.count)
    odd = [i for i, count in enumerate(counts) if count != width]
    if odd:
        raise document.refuse(
            f"line {document.numbers[odd[0]]} has {counts[odd[0]]} columns where the others have {width}",
            "the file looks truncated or damaged: copy it again",
        )
    _refuse_cut(document)
    if width < 2:
        raise document.refuse("it has a single column", "give frequencies and alpha2F side by side")
    return values(document).reshape(len(counts), width)


def _refuse_cut(document: Document) -> None:
    """Refuse a last number that is shorter than all others of its column and ends with the file."""
    last = [row[-1] for row in document.rows]
    if document.cut and len(last) > 2 and last[-1].strip("0.") and len(last[-1]) < min(map(len, last[:-1])):
        raise document.refuse(
            f"its last number, {last[-1]}, is cut off", "copy it again, or end the last line if it is whole"
        )


def values(document: Document) -> np.ndarray:
    """Return all numbers in reading order. Fortran's ``1D-3`` and ``1.0-100`` are understood."""
    try:
        flat = np.array(list(chain.from_iterable(document.rows)), dtype=float)
    except ValueError:
        flat = np.array([_number(document, i, word) for i, row in enumerate(document.rows) for word in row])
    if not np.all(np.isfinite(flat)):
        raise document.refuse("it holds a number too large to represent", "check the run that wrote it")
    return flat


def floats(text: str) -> list[float]:
    """Return the numbers among the words of a line of text."""
    found = (_FORTRAN.fullmatch(word) for word in text.replace(",", " ").split())
    return [_value(match) for match in found if match]


def joined(document: Document, width: int) -> Document | None:
    """Return the document with records that were broken over several lines put together, or None if they do not fit."""
    rows: list[list[str]] = []
    numbers: list[int] = []
    for row, number in zip(document.rows, document.numbers, strict=True):
        if rows and len(rows[-1]) < width:
            rows[-1] = rows[-1] + row
        else:
            rows.append(list(row))
            numbers.append(number)
    if any(len(row) != width for row in rows):
        return None
    end = len(document.rows)
    words = [
        (len(rows) if before == end else before, text)
        for before, text in document.words
        if before in (0, end)
    ]
    return Document(document.path, rows, numbers, words, False)


def _bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise UnreadableFile(path, "it is a folder", "give the file itself")
        if path.stat().st_size > LARGEST:
            raise UnreadableFile(
                path, f"it has {path.stat().st_size} bytes", f"an alpha2F file has less than {LARGEST}"
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise UnreadableFile(path, "there is no such file", "check the path") from None
    except (OSError, ValueError) as error:
        raise UnreadableFile(
            path, str(error) or type(error).__name__, "check the path and its permissions"
        ) from None


def _decoded(path: Path, raw: bytes) -> str:
    if not raw.strip():
        raise UnreadableFile(path, "it is empty", "copy it again or rerun the code that writes it")
    control = len(raw) - len(raw.translate(None, bytes({*range(32), 127} - {9, 10, 12, 13})))
    if control:
        raise UnreadableFile(path, f"it is binary ({control} control bytes)", "give a text file")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    # A minus sign or a space pasted from a document is no reason to refuse a table.
    return text if text.isascii() else text.replace("\u2212", "-").replace("\xa0", " ")


def _split(path: Path, lines: list[str]) -> Document:
    rows: list[list[str]] = []
    numbers: list[int] = []
    words: list[tuple[int, str]] = []
    document = Document(path, rows, numbers, words, bool(lines[-1]) and _is_numeric(lines[-1]))
    for number, line in enumerate(lines, 1):
        if _is_numeric(line):
            rows.append(_cells(document, number, line))
            numbers.append(number)
        elif line.strip():
            _refuse_broken(document, number, line)
            words.append((len(rows), line.strip()))
    return document


def _is_numeric(line: str) -> bool:
    # strip() runs in C: what remains is empty only where every character is allowed in a number.
    return not line.strip(_NUMERIC) and any("0" <= c <= "9" for c in line)


def _cells(document: Document, number: int, line: str) -> list[str]:
    if "," not in line and ";" not in line:
        return line.split()
    if ";" in line:
        line = line.replace(",", ".").replace(";", ",")
    elif re.search(r"\d\s+[-+.\d]", line):
        raise document.refuse(
            f"line {number} mixes commas and spaces",
            "use decimal points, or ';' between columns that have decimal commas",
        )
    cells = [cell.strip() for cell in line.split(",")]
    if not all(cells) or any(" " in cell or "\t" in cell for cell in cells):
        raise document.refuse(f"line {number} misses a value", "fill it in, or delete the line")
    return cells


def _refuse_broken(document: Document, number: int, line: str) -> None:
    """Refuse a line that was meant to be numbers: NaN, stars of a Fortran overflow, damaged digits."""
    text = line.strip()
    if text.startswith(_COMMENT):
        return
    first = re.split(r"[\s,;]+", text)[0]
    tabular = _FORTRAN.fullmatch(first) is not None
    found = _NOT_FINITE.search(text)
    stars = found is not None and found.group(1) is None
    if found and (tabular or (found.start() == 0 and (document.rows or not stars))):
        raise document.refuse(
            f"line {number} holds {found.group(0)!r}", "rerun the code that wrote it, or remove the column"
        )
    if tabular and document.rows:
        raise document.refuse(
            f"line {number} holds something that is no number", "the file looks damaged: copy it again"
        )


def _number(document: Document, row: int, word: str) -> float:
    match = _FORTRAN.fullmatch(word)
    if match is None:
        raise document.refuse(
            f"line {document.numbers[row]} holds {word[:40]!r}, which is no number",
            "the file looks damaged: copy it again",
        )
    return _value(match)


def _value(match: re.Match[str]) -> float:
    mantissa, exponent, bare = match.groups()
    return float(f"{mantissa}e{exponent or bare or 0}")
