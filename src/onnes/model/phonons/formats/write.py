"""Write alpha2F: csv, or the layouts that Quantum ESPRESSO, EPW and ABINIT read. Sixteen decimals: nothing is lost."""

import os
from pathlib import Path

import numpy as np

from onnes import units
from onnes.errors import InvalidInput
from onnes.model.phonons.spectrum import Spectrum

WRITTEN = ("csv", "espresso", "matdyn", "epw", "abinit")


def write(spectrum: Spectrum, path: str | os.PathLike[str], *, format: str = "csv") -> None:
    """Write alpha2F(Omega) to a file that `read` returns unchanged (1e-12).

    Parameters
    ----------
    spectrum : alpha2F.
    path : the file; one that is there is replaced.
    format : ``csv`` (meV; with quadrature weights where they are not trapezoidal), ``espresso`` (alpha2F.dat, THz),
        ``matdyn`` (a2F.dosN, Ry), ``epw`` (.a2f, meV), ``abinit`` (_A2F, Ha).

    Raises
    ------
    InvalidInput : no such format, a path that cannot be written, or a spectrum of Einstein modes in a format that
        knows only values on a grid.
    """
    if format not in WRITTEN:
        raise InvalidInput(f"format = {format!r} is not known", f"use one of {', '.join(WRITTEN)}")
    if format != "csv" and not _on_grid(spectrum):
        raise InvalidInput(
            f"this spectrum ({spectrum.source or 'of modes'}) is a set of modes, which {format!r} files cannot hold",
            "write format='csv'",
        )
    layout = {"csv": _csv, "espresso": _espresso, "matdyn": _matdyn, "epw": _epw, "abinit": _abinit}[format]
    try:
        Path(path).write_text("\n".join(layout(spectrum)) + "\n", encoding="utf-8")
    except (OSError, TypeError, ValueError) as error:
        raise InvalidInput(f"cannot write {path}: {error}", "give a path in a folder that exists") from None


def _on_grid(spectrum: Spectrum) -> bool:
    """True where the weights are those that a reader gives to the grid."""
    if len(spectrum.frequency) < 2:
        return False
    plain = Spectrum(spectrum.frequency, spectrum.alpha2F).weights
    return bool(np.allclose(spectrum.weights, plain, rtol=1e-9, atol=0))


def _table(*columns: np.ndarray, separator: str = "  ") -> list[str]:
    return [separator.join(f"{value:.16E}" for value in row) for row in zip(*columns, strict=True)]


def _csv(spectrum: Spectrum) -> list[str]:
    head = ["# alpha2F, the electron-phonon spectral function"]
    head += [f"# source: {' '.join(spectrum.source.split())}"] if spectrum.source else []
    head += ["# parametrised: true"] if spectrum.parametrised else []
    head += [f"# lambda = {spectrum.lambda_:.16E}"]
    if _on_grid(spectrum):
        return [
            *head,
            "frequency (meV),alpha2F",
            *_table(spectrum.frequency, spectrum.alpha2F, separator=","),
        ]
    rows = _table(spectrum.frequency, spectrum.alpha2F, spectrum.weights, separator=",")
    return [*head, "frequency (meV),alpha2F,weight (meV)", *rows]


def _espresso(spectrum: Spectrum) -> list[str]:
    # The smearing in the header is that of the electrons; a spectrum from elsewhere has none.
    return ["# E(THz)     0.000", *_table(spectrum.frequency / units.PLANCK_THZ, spectrum.alpha2F)]


def _matdyn(spectrum: Spectrum) -> list[str]:
    rydberg = spectrum.frequency / units.RYDBERG
    step = (rydberg[-1] - rydberg[0]) / (len(rydberg) - 1)
    head = ["", "# Eliashberg function a2F (per both spin)", "#  frequencies in Rydberg"]
    head += ["# DOS normalized to E in Rydberg: a2F_total", ""]
    return [
        *head,
        *_table(rydberg, spectrum.alpha2F),
        f"  lambda = {spectrum.lambda_:.16E}   Delta = {step:.16E}",
    ]


def _epw(spectrum: Spectrum) -> list[str]:
    running = 2 * np.cumsum(spectrum.measure / spectrum.frequency)
    foot = [" Integrated el-ph coupling", f"  #  {spectrum.lambda_:.16E}"]
    foot += [
        " Phonon smearing (meV)",
        f"  #  {0:.7f}",
        " Electron smearing (eV)   0.0000000",
        " Fermi window (eV)   0.0000000",
    ]
    foot += [f" Summed el-ph coupling  {spectrum.lambda_:.16E}"]
    return [
        " w[meV] a2f and integrated 2*a2f/w for    1 smearing values",
        *_table(spectrum.frequency, spectrum.alpha2F, running),
        *foot,
    ]


def _abinit(spectrum: Spectrum) -> list[str]:
    hartree = spectrum.frequency / (2 * units.RYDBERG)
    head = ["#", "# ABINIT package : a2f file", "#", "# a2f function integrated over the FS. omega in a.u."]
    head += [f"#  number of energy points : {len(hartree):10d}"]
    head += [f"#  between omega_min = {hartree[0]:16.6E} Ha and omega_max = {hartree[-1]:16.6E} Ha", "#"]
    return [*head, *_table(hartree, spectrum.alpha2F), ""]
