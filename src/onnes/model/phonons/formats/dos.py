"""Electronic density of states from dos.x of Quantum ESPRESSO: ``prefix.dos``.

Layout: PP/src/dos.f90 of the QEF/q-e repository: energies in eV, then the density of states (of both spins, or of
spin up and spin down), then its integral; the Fermi energy stands in the header since version 5.
"""

import os
import re
import warnings
from pathlib import Path

import numpy as np

from onnes import units
from onnes.errors import InvalidInput, InvalidModel, OnnesWarning, UnreadableFile
from onnes.model.phonons.formats import text
from onnes.model.phonons.formats.text import Document
from onnes.model.phonons.glue import DensityOfStates

_FERMI = re.compile(r"EFermi\s*=\s*(\S+)\s*eV", re.IGNORECASE)
INTEGRAL_TOLERANCE = 0.02
"""Of the number of electrons: trapezoids on a step of the smearing width miss the printed integral by about 1 %."""


def read_dos(path: str | os.PathLike[str], *, fermi_energy: float | None = None) -> DensityOfStates:
    """Read the electronic density of states N(E), energies from the Fermi level in meV.

    Parameters
    ----------
    path : a ``.dos`` file of dos.x (eV).
    fermi_energy : eV, on the scale of the file; taken from the header where not given.

    Raises
    ------
    UnreadableFile : absent, binary, empty, truncated, without a Fermi energy, or zero there.

    Warns
    -----
    OnnesWarning : with the numbers, where negative values (cold smearing makes them) were set to zero, energies go
        back, or the integral that the file states is missed.
    """
    if not isinstance(path, str | os.PathLike):
        raise InvalidInput(f"path = {path!r} is not a path", "give the file's name")
    document = text.load(Path(path))
    numbers = text.table(document)
    if numbers.shape[1] not in (2, 3, 4):
        raise document.refuse(
            f"it has {numbers.shape[1]} columns", "a .dos file has energy, one or two spins, and the integral"
        )
    level = _fermi(document) if fermi_energy is None else fermi_energy
    energy, value, integral = numbers[:, 0], numbers[:, 1:-1].sum(axis=1), numbers[:, -1]
    if numbers.shape[1] == 2:
        value, integral = numbers[:, 1], None
    remarks = []
    if np.any(np.diff(energy) < 0):
        remarks.append(f"the energies go back {int(np.sum(np.diff(energy) < 0))} times: rows were sorted")
        order = np.argsort(energy, kind="stable")
        energy, value, integral = energy[order], value[order], None if integral is None else integral[order]
    with np.errstate(all="ignore"):
        remarks += _integral_remarks(energy, value, integral)
    if np.any(value < 0):
        remarks.append(
            f"{int(np.sum(value < 0))} negative values, the lowest {value.min():.4g}, were set to zero"
        )
    if remarks:
        warnings.warn(OnnesWarning(f"{document.path.name}: " + "; ".join(remarks)), stacklevel=2)
    try:
        shifted = (energy - level) * units.factor("eV", "energy")
        return DensityOfStates(shifted, np.maximum(value, 0), f"{document.path.name}, EFermi = {level:g} eV")
    except (InvalidModel, TypeError) as error:
        cause, remedy = (
            (error.cause, error.remedy)
            if isinstance(error, InvalidModel)
            else (str(error), "give a number in eV")
        )
        raise UnreadableFile(path, cause, remedy) from None


def _fermi(document: Document) -> float:
    stated = [text.floats(match.group(1)) for line in document.head for match in _FERMI.finditer(line)]
    if not stated or not stated[0]:
        raise document.refuse("its header does not state EFermi", "give fermi_energy in eV")
    return stated[0][0]


def _integral_remarks(energy: np.ndarray, value: np.ndarray, integral: np.ndarray | None) -> list[str]:
    if integral is None:
        return []
    own, stated = float(np.trapezoid(value, energy)), float(integral[-1] - integral[0])
    if abs(own - stated) <= INTEGRAL_TOLERANCE * abs(stated):
        return []
    return [f"the density of states integrates to {own:.5g} electrons, its last column says {stated:.5g}"]
