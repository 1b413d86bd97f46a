"""Read and write alpha2F in the formats of Quantum ESPRESSO, EPW, ABINIT and plain text; read densities of states."""

import os
from dataclasses import replace
from pathlib import Path

from onnes.errors import InvalidInput
from onnes.model.phonons.formats import abinit, assemble, columns, companion, epw, espresso
from onnes.model.phonons.formats.dos import read_dos
from onnes.model.phonons.formats.sniff import FORMATS, sniff
from onnes.model.phonons.formats.tabulation import INTEGRATED_TOLERANCE, SUMMED_TOLERANCE, Tabulation
from onnes.model.phonons.formats.text import Document, load
from onnes.model.phonons.formats.write import write
from onnes.model.phonons.spectrum import Spectrum

__all__ = ["FORMATS", "INTEGRATED_TOLERANCE", "SUMMED_TOLERANCE", "read", "read_dos", "write"]


def read(
    path: str | os.PathLike[str], *, column: int = 1, unit: str | None = None, format: str | None = None
) -> Spectrum:
    """Read alpha2F(Omega) of one column of a file.

    Rows at and below zero frequency are left out. Lambda is integrated anew and compared with what the file, or the
    ``lambda.dat``, ``lambda.out``, ``lambda`` of Quantum ESPRESSO beside it, says.

    Parameters
    ----------
    path : the file.
    column : counted from 1 after the frequencies: the electronic smearing (QE ``alpha2F.dat``), the phonon smearing
        (EPW ``.a2f``), 1 for the total and then the branches (``a2F.dosN``, ``.a2f_iso``), spin or total (ABINIT).
    unit : of the frequencies (meV, THz, cm-1, Ry, ...), where the header does not say; given, it wins.
    format : one of ``csv espresso matdyn epw abinit`` where the file is not to be recognised by itself.

    Raises
    ------
    UnreadableFile : absent, binary, empty, truncated, damaged, with NaN, without a unit, or no alpha2F.
    InvalidInput : no such column or format.
    UnitMismatch : no such unit.

    Warns
    -----
    OnnesWarning : with the numbers, where lambda misses what the file says by more than 1 % (`INTEGRATED_TOLERANCE`;
        `SUMMED_TOLERANCE` for a sum over q), values or frequencies are negative, the grid goes back or has gaps, the
        branches miss their total, or lambda and the frequencies are outside what solids have.
    """
    if not isinstance(path, str | os.PathLike):
        raise InvalidInput(f"path = {path!r} is not a path", "give the file's name")
    if format is not None and format not in FORMATS:
        raise InvalidInput(f"format = {format!r} is not known", f"use one of {', '.join(FORMATS)}")
    document = load(Path(path))
    return assemble.spectrum(document.path, _tabulation(document, format or sniff(document)), column, unit)


def _tabulation(document: Document, format: str) -> Tabulation:
    match format:
        case "espresso":
            found = espresso.read_lambda_x(document)
            beside = companion.of_lambda_x(
                document.path, espresso.smearings(document), found.columns.shape[1]
            )
            return replace(found, declared=found.declared + tuple(beside))
        case "matdyn":
            found = espresso.read_matdyn(document)
            return replace(found, declared=found.declared + tuple(companion.of_matdyn(document.path)))
        case "epw":
            return epw.read(document)
        case "abinit":
            return abinit.read(document)
        case _:
            return columns.read(document)
