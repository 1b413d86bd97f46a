"""ABINIT: ``_A2F`` of anaddb (Hartree, one block for each spin) and ``_A2FW``, ``_PH_A2FW`` of the EPH code
(Hartree, alpha2F and the running lambda side by side, one block for each phonon branch).

Layouts: mka2f of m_elphon.F90 and a2fw_write of m_phgamma.F90 in the abinit repository. Blocks count as columns:
column 1 is the first spin, or the total.
"""

import re

import numpy as np

from onnes.model.phonons.formats import text
from onnes.model.phonons.formats.tabulation import Declared, Tabulation, unit_in
from onnes.model.phonons.formats.text import Document

_POINTS = re.compile(r"number of (?:energy points|frequencies)\s*:\s*(\d+)")
_ENDS = re.compile(
    r"omega_min\s*[=:]\s*(\S+)\s*Ha and omega_max\s*[=:]\s*(\S+)\s*Ha(?:\s*with step:\s*(\S+))?"
)
_RUNNING = re.compile(r"Frequency,.*lambda", re.IGNORECASE)
_HALF = (
    "a factor of two: versions of the EPH code keep lambda = integral(alpha2F/Omega); "
    "scaled(coupling=0.5) restores the usual alpha2F"
)


def read(document: Document) -> Tabulation:
    """Read any of the three files."""
    every = [line for _, line in document.words]
    running = any(_RUNNING.search(line) for line in every)
    numbers = text.table(_records(document, 7) if any("a2F_spin1" in line for line in every) else document)
    blocks = _blocks(document, numbers, every)
    grid = blocks[0][:, 0]
    if any(not np.array_equal(block[:, 0], grid) for block in blocks):
        raise document.refuse("its blocks do not share one grid", "the file looks damaged: copy it again")
    heights = [block[:, i] for block in blocks for i in range(1, block.shape[1], 2 if running else 1)]
    declared = _running_lambda(grid, blocks) if running else []
    branches = any("Phonon mode" in line for line in every)
    return Tabulation(
        grid,
        np.column_stack(heights),
        _unit(every),
        native="Ha",
        declared=tuple(declared),
        step=_step(every, len(grid)),
        total_first=branches and len(heights) > 2 and blocks[0].shape[1] == 3,
        whole_band=True,
    )


def _step(words: list[str], points: int) -> float | None:
    """The step of the grid from its ends in the header; the EPH code prints the step itself, its ends are rounded."""
    ends = next((match for line in words if (match := _ENDS.search(line))), None)
    stated = text.floats(" ".join(group for group in ends.groups() if group)) if ends else []
    if len(stated) == 3:
        return stated[2]
    return (stated[1] - stated[0]) / (points - 1) if len(stated) == 2 and points > 1 else None


def _unit(words: list[str]) -> str | None:
    if any(re.search(r"omega in a\.u\.", line) for line in words):
        return "Ha"
    return unit_in(" ".join(line for line in words if "DOS" not in line))


def _blocks(document: Document, numbers: np.ndarray, words: list[str]) -> list[np.ndarray]:
    """Split where the grid starts again, and compare with the number of points that the header promises."""
    starts = np.flatnonzero(numbers[1:, 0] == numbers[0, 0]) + 1
    blocks = np.split(numbers, starts)
    promised = next(
        (int(match.group(1)) for line in words for match in _POINTS.finditer(line)), len(blocks[0])
    )
    for block in blocks:
        if len(block) != promised:
            raise document.refuse(
                f"it promises {promised} frequencies and holds {len(block)}",
                "the file looks truncated: copy it again",
            )
    return blocks


def _running_lambda(grid: np.ndarray, blocks: list[np.ndarray]) -> list[Declared]:
    """Lambda of each column from its running integral, less what belongs to imaginary modes."""
    imaginary = np.flatnonzero(grid <= 0)
    finals = []
    for block in blocks:
        for i in range(2, block.shape[1], 2):
            below = block[imaginary[-1], i] if imaginary.size else 0.0
            finals.append(float(block[-1, i] - below))
    return [Declared("its running integral", i, value, hint=_HALF) for i, value in enumerate(finals, 1)]


def _records(document: Document, width: int) -> Document:
    """Put together records that list-directed output broke at 80 characters."""
    if set(document.counts) == {width}:
        return document
    whole = text.joined(document, width)
    if whole is None:
        raise document.refuse(
            f"its records do not hold {width} numbers each", "the file looks truncated: copy it again"
        )
    return whole
