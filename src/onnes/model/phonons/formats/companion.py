"""The lambda that Quantum ESPRESSO leaves in a neighbouring file: ``lambda.dat``, ``lambda.out``, ``lambda``."""

import re
from pathlib import Path

from onnes.model.phonons.formats.tabulation import Declared
from onnes.model.phonons.formats.text import floats

_OUT = re.compile(r"lambda\s*=\s*(\S+)\s*\(\s*(\S+?)\s*\).*at\s+degauss\s*=\s*(\S+)")
_BROADENING = re.compile(r"Broadening\s+(\S+)\s+lambda\s+(\S+)")
_SAME_SMEARING = 6e-4
"""Ry; lambda.x prints three decimals."""


def of_lambda_x(path: Path, smearings: list[float], columns: int) -> list[Declared]:
    """Return what the files beside an ``alpha2F.dat`` say about each of its columns; ``lambda.dat`` is asked first."""
    for name in ("lambda.dat", "lambda.out", "lambdax.out", "lambda"):
        rows = _rows(path.with_name(name)) if path.name != name else []
        if rows:
            return [_matched(name, rows, smearings, i) for i in range(min(columns, len(rows)))]
    return []


def of_matdyn(path: Path) -> list[Declared]:
    """Return what the file ``lambda`` says about ``a2F.dosN``: its row N."""
    number = re.fullmatch(r"a2F\.dos(\d+)", path.name)
    rows = _rows(path.with_name("lambda")) if number else []
    place = int(number.group(1)) - 1 if number else 0
    return [Declared("the file lambda", 1, rows[place][1])] if 0 <= place < len(rows) else []


def _matched(name: str, rows: list[tuple[float, float]], smearings: list[float], place: int) -> Declared:
    """Rows are matched by smearing where the header lists them, else by order."""
    value = rows[place][1]
    if place < len(smearings):
        near = [row for row in rows if abs(row[0] - smearings[place]) < _SAME_SMEARING]
        value = near[0][1] if len(near) == 1 else value
    return Declared(f"the file {name}", place + 1, value)


def _rows(path: Path) -> list[tuple[float, float]]:
    """Return (smearing, lambda integrated from alpha2F) of each row; empty where the file is of another kind."""
    try:
        lines = path.read_text(encoding="latin-1").splitlines() if path.is_file() else []
    except OSError:
        return []
    if path.name == "lambda.dat":
        table = [floats(line) for line in lines if not line.lstrip().startswith("#")]
        return [(row[0], row[2]) for row in table if len(row) >= 3]
    patterns = ((_OUT, (3, 2)), (_BROADENING, (1, 2)))
    matches = [
        (match, groups) for line in lines for pattern, groups in patterns if (match := pattern.search(line))
    ]
    pairs = [floats(" ".join(match.group(*groups))) for match, groups in matches]
    return [(pair[0], pair[1]) for pair in pairs if len(pair) == 2]
