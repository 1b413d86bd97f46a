"""alpha2F files of Quantum ESPRESSO, EPW, ABINIT and plain text: what is read, refused and warned about."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from onnes import units
from onnes.errors import InvalidInput, OnnesError, OnnesWarning, UnitMismatch, UnreadableFile
from onnes.model.phonons.formats import FORMATS, read
from onnes.model.phonons.spectrum import Spectrum

KELVIN = units.K_B


def peak(grid: np.ndarray, centre: float = 20.0, width: float = 3.0, height: float = 1.0) -> np.ndarray:
    """A parabola of which nothing is left at the ends of the grid."""
    return height * np.maximum(1 - ((grid - centre) / width) ** 2, 0)


GRID = np.linspace(0.25, 40, 160)
"""meV"""
HEIGHTS = peak(GRID) + peak(GRID, 9.0, 4.0, 0.3)
LAMBDA = float(2 * np.sum(HEIGHTS / GRID) * 0.25)
"""Rectangles, as EPW integrates; the spectrum is zero at both ends, so that these are trapezoids too."""


def rows(*columns: np.ndarray, form: str = "%16.8E") -> str:
    return "\n".join("  ".join(form % value for value in row) for row in zip(*columns, strict=True)) + "\n"


# Layouts as functions of a scale of alpha2F, so that a wrong footer can be written beside right columns.


def lambda_x(scale: float = 1.0) -> str:
    """``alpha2F.dat`` of lambda.x: THz from zero on, three electronic smearings."""
    grid = np.concatenate([[0.0], GRID]) / units.PLANCK_THZ
    heights = np.concatenate([[0.0], HEIGHTS])
    return "# E(THz)     0.002     0.004     0.006\n" + rows(
        grid, 0.9 * heights, scale * heights, 1.1 * heights
    )


def matdyn(scale: float = 1.0) -> str:
    """``a2F.dosN`` of matdyn.x: Ry, the total and three branches, a footer."""
    head = " \n # Eliashberg function a2F (per both spin)\n #  frequencies in Rydberg  \n"
    head += " # DOS normalized to E in Rydberg: a2F_total, a2F(mode) \n \n"
    parts = [share * HEIGHTS for share in (0.5, 0.3, 0.2)]
    step = 0.25 / units.RYDBERG
    foot = f"  lambda =  {scale * LAMBDA:.15f}         Delta =   {step:.15E}\n"
    return head + rows(GRID / units.RYDBERG, HEIGHTS, *parts, form="%16.6E") + foot


def matdyn_broken_records(scale: float = 1.0) -> str:
    """Older matdyn.x: E and the total on one line, six branches on each of the next."""
    lines = ["", " # Eliashberg function a2F (per both spin)", " #  frequencies in Rydberg  ", ""]
    for energy, value in zip(GRID / units.RYDBERG, HEIGHTS, strict=True):
        lines += [f"   {energy:12.8f}{value:12.6f}", "".join(f"{value / 9:16.8f}" for _ in range(6))]
        lines += ["".join(f"{value / 9:16.8f}" for _ in range(3))]
    return "\n".join(
        [*lines, f"  lambda =  {scale * LAMBDA:.10f}    Delta = {0.25 / units.RYDBERG:.12f}", ""]
    )


def epw_footer(values: list[float], summed: float) -> str:
    smearings = "".join(f"{0.1 + 0.05 * i:12.7f}" for i in range(len(values)))
    lines = [" Integrated el-ph coupling", "  #         " + "".join(f"{value:12.7f}" for value in values)]
    lines += [" Phonon smearing (meV)", "  #         " + smearings, " Electron smearing (eV)   0.1000000"]
    return "\n".join([*lines, " Fermi window (eV)   0.4000000", f" Summed el-ph coupling {summed:12.7f}", ""])


def epw(scale: float = 1.0) -> str:
    """``prefix.a2f`` before EPW 5: two smearings, no header."""
    return rows(GRID, HEIGHTS, 1.02 * HEIGHTS, form="%12.7f") + epw_footer(
        [scale * LAMBDA, 1.02 * LAMBDA], LAMBDA
    )


def epw_running(scale: float = 1.0) -> str:
    """``prefix.a2f`` since: a header, and the running integral of each smearing."""
    running = 2 * np.cumsum(HEIGHTS / GRID) * 0.25
    head = " w[meV] a2f and integrated 2*a2f/w for    2 smearing values\n"
    table = rows(GRID, HEIGHTS, 1.02 * HEIGHTS, running, 1.02 * running, form="%12.7f")
    return head + table + epw_footer([scale * LAMBDA, 1.02 * LAMBDA], LAMBDA)


def epw_iso(scale: float = 1.0) -> str:
    """``prefix.a2f_iso``: the total and three branches."""
    parts = [share * HEIGHTS for share in (0.5, 0.3, 0.2)]
    foot = f"lambda_int = {scale * LAMBDA:18.7f}   lambda_sum = {LAMBDA:18.7f}\n"
    return rows(GRID, HEIGHTS, *parts, form="%12.7f") + foot


ABINIT_HEAD = """#
# ABINIT package : a2f file
#
# a2f function integrated over the FS. omega in a.u.
#  number of kpoints integrated over :      13824
#  number of energy points :        {points}
#  between omega_min =   {first:16.6E} Ha and omega_max =   {last:16.6E} Ha
#  and the smearing width for gaussians is     0.200000E-04
"""


def hartree(grid: np.ndarray) -> np.ndarray:
    return grid / (2 * units.RYDBERG)


def abinit(scale: float = 1.0, spins: int = 1, points: int | None = None) -> str:
    """``_A2F`` of anaddb: Hartree, from a little below zero, one block for each spin."""
    grid = np.concatenate([[-0.25, 0.0], GRID])
    heights = np.concatenate([[0.0, 0.0], HEIGHTS])
    text = ABINIT_HEAD.format(points=points or len(grid), first=hartree(grid)[0], last=hartree(grid)[-1])
    for spin in range(1, spins + 1):
        text += f"# The DOS at Fermi level for spin    {spin} is     0.270000E+01\n#\n"
        text += rows(hartree(grid), heights * (1 if spin == 1 else 0.5)) + "\n"
    return text


def abinit_running(scale: float = 1.0, convention: float = 1.0) -> str:
    """``_A2FW`` of the EPH code: alpha2F and the running lambda."""
    running = 2 * np.cumsum(HEIGHTS / GRID) * 0.25 * scale
    head = "#\n# ABINIT package: a2F(w) file\n#\n# a2F(w) function integrated over the FS. omega in a.u.\n"
    head += (
        f"# number of frequencies: {len(GRID)} between omega_min: {hartree(GRID)[0]:16.6E} Ha and omega_max: "
    )
    head += f"{hartree(GRID)[-1]:16.6E} Ha with step: {hartree(GRID)[1] - hartree(GRID)[0]:16.6E}\n"
    head += "# Total DOS at Fermi level     0.500000E+01\n# Frequency, a2F(w), lambda(w)\n"
    return head + rows(hartree(GRID), convention * HEIGHTS, running)


def csv(scale: float = 1.0) -> str:
    """A table with lambda in a comment."""
    lines = [f"{x:.8f},{y:.8f}" for x, y in zip(GRID, HEIGHTS, strict=True)]
    return "\n".join([f"# lambda = {scale * LAMBDA:.6f}", "omega (meV),alpha2F", *lines, ""])


LAYOUTS = {
    "alpha2F.dat": (lambda_x, "espresso", 2),
    "a2F.dos3": (matdyn, "matdyn", 1),
    "a2F.dos1": (matdyn_broken_records, "matdyn", 1),
    "old.a2f": (epw, "epw", 1),
    "new.a2f": (epw_running, "epw", 1),
    "x.a2f_iso": (epw_iso, "epw", 1),
    "x_A2F": (abinit, "abinit", 1),
    "x_A2FW": (abinit_running, "abinit", 1),
    "x.csv": (csv, "csv", 1),
}
STATING = {name: entry for name, entry in LAYOUTS.items() if name not in ("alpha2F.dat", "x_A2F")}
"""Those that state lambda themselves."""


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Write a file and return its path."""

    def write(name: str, text: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


# --- the real files --------------------------------------------------------------------------------------------


def test_niobium_of_isome(shared_data: Path) -> None:
    """Numbers of an independent integration of the same file (4 digits)."""
    spectrum = Spectrum.read(shared_data / "a2f/Nb.a2F", column=15)
    assert spectrum.lambda_ == pytest.approx(0.9377, abs=5e-5)
    assert spectrum.omega_log / KELVIN == pytest.approx(156.7, abs=0.05)
    assert spectrum.omega_2 / KELVIN == pytest.approx(185.0, abs=0.05)
    assert spectrum.frequency[-1] == pytest.approx(33.0853, abs=5e-5)
    assert len(spectrum.frequency) == 1999  # the row at zero frequency is left out
    assert "0.075 Ry" in spectrum.source
    assert "THz" in spectrum.source


def test_zirconium_nitride_of_epw(shared_data: Path) -> None:
    """Every column integrates to the lambda that EPW printed for it (its tolerance here is 1 %; found 1e-5)."""
    stated = [
        0.4353879,
        0.4360085,
        0.4360818,
        0.4361701,
        0.4362806,
        0.4364155,
        0.4365776,
        0.4367708,
        0.4370016,
        0.4372781,
    ]
    for column, value in enumerate(stated, 1):
        spectrum = read(shared_data / "a2f/ZrN.a2f", column=column)
        # EPW gives the first node its full rectangle, trapezoids half of it: 1.5e-5 where smearing reaches it.
        assert spectrum.lambda_ == pytest.approx(value, rel=3e-5)
    assert read(shared_data / "a2f/ZrN.a2f").omega_log / KELVIN == pytest.approx(323, abs=0.5)


def test_zirconium_nitride_branches(shared_data: Path) -> None:
    """The second column of ``a2f_iso`` is the total: it integrates to lambda_int, and its twelve branches to it."""
    path = shared_data / "a2f/ZrN.a2f_iso"
    total = read(path)
    assert total.lambda_ == pytest.approx(0.4353879, rel=3e-5)
    branches = [read(path, column=column).lambda_ for column in range(2, 14)]
    # Seven decimals, 500 rows, 1/Omega summed: 5e-8 * 2 * sqrt(sum 1/i^2) * 12 branches.
    assert sum(branches) == pytest.approx(total.lambda_, abs=2e-6)
    with pytest.raises(InvalidInput, match="1 to 13"):
        read(path, column=14)


# --- layouts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_is_recognised_and_read(name: str, put) -> None:
    """Six to eight printed decimals of a spectrum of height 1 give lambda to better than 1e-5."""
    make, format, column = LAYOUTS[name]
    path = put(name, make())
    for chosen in (None, format):
        spectrum = read(path, column=column, format=chosen)
        assert spectrum.lambda_ == pytest.approx(LAMBDA, rel=1e-5)
        # Eight decimals of Ry are 1.4e-4 meV: half of it on 0.25 meV.
        np.testing.assert_allclose(spectrum.frequency, GRID, rtol=3e-4)
        np.testing.assert_allclose(spectrum.alpha2F, HEIGHTS, atol=1e-5)


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_are_recognised_under_any_name(name: str, put) -> None:
    make, _, column = LAYOUTS[name]
    assert read(put("spectrum.txt", make()), column=column).lambda_ == pytest.approx(LAMBDA, rel=1e-5)


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_of_other_systems(name: str, end: str, put) -> None:
    make, _, column = LAYOUTS[name]
    text = make().replace("\n", end)
    assert read(put(name, text), column=column).lambda_ == pytest.approx(LAMBDA, rel=1e-5)


@pytest.mark.parametrize("name", ["alpha2F.dat", "a2F.dos3", "x_A2F", "x_A2FW"])
def test_fortran_exponents(name: str, put) -> None:
    """``1.0D-02``, and ``1.0-102`` without a letter where the exponent has three digits."""
    make, _, column = LAYOUTS[name]
    head, e, table = make().partition("\n0.0" if name == "alpha2F.dat" else "\n  ")
    double = table.replace("E-", "D-").replace("E+", "D+")
    assert read(put(name, head + e + double), column=column).lambda_ == pytest.approx(LAMBDA, rel=1e-5)
    tiny = make().replace(" 0.00000000E+00", "  1.23000-102").replace(" 0.000000E+00", "  1.23000-102")
    assert tiny != make()
    assert read(put(name, tiny), column=column).alpha2F.min() <= 1.3e-102


def test_modes_and_smearings_are_columns(put) -> None:
    for column, share in enumerate((1, 0.5, 0.3, 0.2), 1):
        assert read(put("a2F.dos3", matdyn()), column=column).lambda_ == pytest.approx(
            share * LAMBDA, rel=1e-5
        )
        assert read(put("x.a2f_iso", epw_iso()), column=column).lambda_ == pytest.approx(
            share * LAMBDA, rel=1e-5
        )
    for make in (epw, epw_running):
        assert read(put("x.a2f", make()), column=2).lambda_ == pytest.approx(1.02 * LAMBDA, rel=1e-5)
        with pytest.raises(InvalidInput, match="1 to 2"):
            read(put("x.a2f", make()), column=3)  # a running integral is no alpha2F
    assert read(put("x_A2F", abinit(spins=2)), column=2).lambda_ == pytest.approx(0.5 * LAMBDA, rel=1e-5)


def test_epw_58_announces_ten_smearings_and_writes_one(put) -> None:
    """write_a2f prints the input nqsmear in the header over a single column and its running integral."""
    running = 2 * np.cumsum(HEIGHTS / GRID) * 0.25
    text = " w[meV] a2f and integrated 2*a2f/w for   10 smearing values\n" + rows(
        GRID, HEIGHTS, running, form="%12.7f"
    )
    text += f" Integrated el-ph coupling\n  #  {LAMBDA:12.7f}\n Phonon smearing (meV)\n  #     0.5000000\n"
    assert read(put("al.a2f", text)).lambda_ == pytest.approx(LAMBDA, rel=1e-5)


def test_epw_iso_with_header_has_no_footer(put) -> None:
    assert read(
        put("x.a2f_iso", "w[meV] a2f\n" + rows(GRID, HEIGHTS, form="%12.7f"))
    ).lambda_ == pytest.approx(LAMBDA, rel=1e-5)


def test_abinit_branches(put) -> None:
    """``_PH_A2FW``: the total, then each branch, in blocks of one grid."""
    running = 2 * np.cumsum(HEIGHTS / GRID) * 0.25
    text = "# ABINIT package: a2F(w) file\n# a2F(w) function integrated over the FS. omega in a.u.\n"
    for branch, share in enumerate((1, 0.5, 0.3, 0.2)):
        text += f"# Phonon mode {branch}\n# Frequency, a2F(w), lambda(w)\n"
        text += rows(hartree(GRID), share * HEIGHTS, share * running) + "\n\n"
    path = put("x_PH_A2FW", text)
    for column, share in enumerate((1, 0.5, 0.3, 0.2), 1):
        assert read(path, column=column).lambda_ == pytest.approx(share * LAMBDA, rel=1e-5)
    with pytest.raises(InvalidInput, match="1 to 4"):
        read(path, column=5)


def test_abinit_spins_with_lines_broken_at_eighty_characters(put) -> None:
    running = 2 * np.cumsum(HEIGHTS / GRID) * 0.25
    text = "# ABINIT package: a2F(w) file\n# omega in a.u.\n"
    text += "# Frequency, a2F_tot(w), lambda_tot(w)dw, a2F_spin1(w), lambda_spin1(w) ...\n"
    for omega, height, value in zip(hartree(GRID), HEIGHTS, running, strict=True):
        text += f"  {omega:.16E} {height:.16E} {value:.16E}\n"
        text += f"  {0.7 * height:.16E} {0.7 * value:.16E} {0.3 * height:.16E}\n  {0.3 * value:.16E}\n"
    path = put("x_A2FW", text)
    for column, share in enumerate((1, 0.7, 0.3), 1):
        assert read(path, column=column).lambda_ == pytest.approx(share * LAMBDA, rel=1e-5)


# --- plain text ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "factor"),
    [
        ("omega (meV),alpha2F", 1.0),
        ("# frequency_meV, a2F", 1.0),
        ("# energy [THz]   alpha2F   lambda", units.PLANCK_THZ),
        ("Frequency in cm^-1 and alpha^2F", units.factor("cm-1", "energy")),
        ("# w (cm-1)  F (states/cm-1)", units.factor("cm-1", "energy")),
        ("w/meV a2F", None),
        ("% nu(eV);a2F", 1e3),
        ("# Omega in Rydberg", units.RYDBERG),
        ("# Omega in Hartree, alpha2F", 2 * units.RYDBERG),
        ("# T [K]", KELVIN),
    ],
)
def test_units_of_a_header(head: str, factor: float | None, put) -> None:
    heights = peak(GRID)
    path = put("x.txt", head + "\n" + rows(GRID / (factor or 1), heights))
    if factor is None:  # "w/meV" could be a quotient or a unit of a density: the user is asked
        with pytest.raises(UnreadableFile, match="unit"):
            read(path)
        assert read(path, unit="meV").frequency == pytest.approx(GRID, rel=1e-7)
        return
    assert read(path).frequency == pytest.approx(GRID, rel=1e-7)


@pytest.mark.parametrize(
    "head", ["", "frequency,alpha2F", "# MeV", "# omega (meV) of the Ry grid", "# f(K) T = 4 K"]
)
def test_a_table_without_a_unit_is_refused(head: str, put) -> None:
    path = put("x.csv", head + "\n" + rows(GRID, HEIGHTS, form="%.6f"))
    if "(K)" in head:
        assert "K" in read(path, unit="K").source
        return
    with pytest.raises(UnreadableFile, match=r"unit.*give unit='meV'"):
        read(path)
    assert read(path, unit="meV").lambda_ == pytest.approx(LAMBDA, rel=1e-4)


@pytest.mark.parametrize(
    "line",
    [
        "{0:.6f},{1:.6f}",
        "{0:.6f};{1:.6f}",
        "{0:.6f}\t{1:.6f}",
        " {0:.6f} , {1:.6f} ",
        "{0:.6e}   {1:.6e}  7.0  8.0",
    ],
)
def test_separators(line: str, put) -> None:
    text = "omega (meV), alpha2F\n" + "\n".join(line.format(x, y) for x, y in zip(GRID, HEIGHTS, strict=True))
    assert read(put("x.csv", text)).lambda_ == pytest.approx(LAMBDA, rel=1e-4)


def test_decimal_commas(put) -> None:
    lines = [f"{x:.6f};{y:.6f}".replace(".", ",") for x, y in zip(GRID, HEIGHTS, strict=True)]
    assert read(put("x.csv", "omega (meV);alpha2F\n" + "\n".join(lines))).lambda_ == pytest.approx(
        LAMBDA, rel=1e-4
    )
    mixed = "\n".join(line.replace(";", " ") for line in lines)
    with pytest.raises(UnreadableFile, match="commas and spaces"):
        read(put("x.csv", "omega (meV) alpha2F\n" + mixed))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_encodings(encoding: str, put) -> None:
    text = "# gemessen in Köln, 5 µm film\n# omega (meV)  alpha2F\n" + rows(GRID, HEIGHTS)
    assert read(put("x.txt", text.encode(encoding))).lambda_ == pytest.approx(LAMBDA, rel=1e-5)


def test_typographic_minus_signs(put) -> None:
    text = "# omega (meV)  alpha2F\n" + rows(GRID, HEIGHTS).replace("-", "\N{MINUS SIGN}")
    assert read(put("x.txt", text)).lambda_ == pytest.approx(LAMBDA, rel=1e-5)


def test_thousands_of_rows(put) -> None:
    grid = np.linspace(0.01, 40, 20_000)
    spectrum = read(put("x.txt", "# meV\n" + rows(grid, peak(grid))))
    # Second order in the step over the width, (0.002/3)^2, and nine printed digits.
    assert spectrum.moment(1) == pytest.approx(2 * 3 * 4 / 3, rel=1e-6)


def test_a_given_unit_wins_and_says_so(put) -> None:
    with pytest.warns(OnnesWarning, match=r"header says meV, unit='cm-1' was given"):
        spectrum = read(put("x.csv", csv()), unit="cm-1")
    assert spectrum.frequency == pytest.approx(GRID * units.factor("cm-1", "energy"), rel=1e-7)
    assert read(put("x.csv", csv()), unit="meV").frequency == pytest.approx(GRID)


@pytest.mark.parametrize(
    ("make", "old", "new", "message"),
    [
        (matdyn, "frequencies in Rydberg", "frequencies in eV", "header says eV, .* written in Ry"),
        (epw_running, "w[meV]", "w[THz]", "header says THz, .* written in meV"),
    ],
)
def test_a_unit_that_the_code_never_writes(make, old: str, new: str, message: str, put) -> None:
    """Lambda does not depend on units and cannot tell: the header is believed, and the doubt is spoken out."""
    path = put("x", make().replace(old, new))
    with pytest.warns(OnnesWarning, match=message):
        read(path)


def test_another_column_is_called_alpha2f(put) -> None:
    path = put(
        "x.csv", "omega (meV),F,alpha2F\n" + rows(GRID, 3 * HEIGHTS, HEIGHTS, form="%.6f").replace("  ", ",")
    )
    with pytest.warns(OnnesWarning, match=r"column 1 is called 'F', and 'alpha2F' is another"):
        read(path)
    assert read(path, column=2).lambda_ == pytest.approx(LAMBDA, rel=1e-4)


# --- refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("x.csv", b"", "empty"),
        ("x.csv", b" \n\n", "empty"),
        ("x.csv", b"\x00\x01\x02" * 50, "binary"),
        ("x.csv", csv().encode("utf-16"), "binary"),
        ("x.csv", "# omega (meV) alpha2F\n", "no row of numbers"),
        ("x.csv", "omega (meV)\n1.0\n2.0\n", "single column"),
        ("x.csv", "omega (meV),a2F\n1.0,0.1\n2.0,NaN\n", "line 3 holds 'NaN'"),
        ("x.csv", "omega (meV),a2F\nnan,0.1\n2.0,0.2\n", "holds 'nan'"),
        ("x.csv", "omega (meV),a2F\n1.0,inf\n2.0,0.2\n", "holds 'inf'"),
        ("x.csv", "omega (meV) a2F\n1.0 ******\n2.0 0.2\n", "holds '"),
        ("x.csv", "omega (meV),a2F\n1.0,1e999\n2.0,0.2\n", "too large"),
        ("x.csv", "omega (meV),a2F\n1.0,0.1\n2.0,\n", "misses a value"),
        ("x.csv", "omega (meV),a2F\n1.0,0.1\n2.0,0.2x\n", "line 3"),
        ("x.csv", "omega (meV),a2F\n1.0,0.1\n2.0,0.2.3\n", "no number"),
        ("x.csv", "omega (meV),a2F\n1.0,0.1\nend of part one\n2.0,0.2\n", "text between its rows"),
        ("x.csv", "omega (meV),a2F\n1.0,0.1\n2.0,0.2\n3.0\n", "line 4 has 1 columns"),
        ("x.csv", "omega (meV),a2F\n1.0,0.123\n2.0,0.245\n3.0,0.3", "cut off"),
        ("x.csv", "omega (meV),a2F\n-1.0,0.1\n0.0,0.2\n", "no positive frequency"),
        ("x.csv", "omega (meV),a2F\n1.0,0.0\n2.0,0.0\n", "zero everywhere"),
        ("x.csv", "omega (meV),a2F\n1.0,-0.3\n2.0,0.1\n", "integrates to lambda = -"),
        ("x.csv", "omega (meV),a2F\n1.0,0.3\n", "single positive frequency"),
        ("x.csv", "omega (meV),a2F\n1.0,0.3\n1.0,0.4\n2.0,0.1\n", "two values at frequency 1"),
        ("x.csv", "omega (meV),weight (meV)\n1.0,0.3\n2.0,0.1\n", "no column of alpha2F"),
        ("alpha2F.dat", lambda_x().replace("     0.006", ""), "lists 2 smearings, its rows have 3"),
        ("alpha2F.dat", lambda_x() + "JOB DONE.\n", "unexpected text"),
        ("a2F.dos3", matdyn()[: matdyn().index("  lambda =")], "'lambda = ...' is missing"),
        ("a2F.dos3", matdyn().replace("lambda =", "lamb"), "'lambda = ...' is missing"),
        ("a2F.dos3", matdyn().replace("Rydberg", "units"), "unit"),
        ("a2F.dos1", "\n".join([*matdyn_broken_records().split("\n")[:-3], " lambda = 1.0", ""]), "truncated"),
        ("old.a2f", epw()[: epw().index(" Integrated")], "truncated"),
        ("new.a2f", epw_running()[: epw_running().index(" Integrated")], "footer 'Integrated"),
        ("new.a2f", epw_running()[: epw_running().index(" Phonon") - 20], "lambda for 1 smearings, its rows have 4"),
        ("old.a2f", epw().replace("coupling\n  #", "coupling  #"), "lambda for 0 smearings"),
        ("x.a2f_iso", epw_iso()[: epw_iso().index("lambda_int")], "truncated"),
        ("x.a2f_iso", epw_iso()[: epw_iso().index("lambda_int") + 12], "truncated"),
        ("x_A2F", abinit(points=400), "promises 400 frequencies and holds 162"),
        ("x_A2F", abinit(spins=2)[:-400], "promises 162"),
        ("x_A2F", abinit().replace("omega in a.u.", "omega"), None),
    ],
)  # fmt: skip
def test_refused_files(name: str, content: str | bytes, cause: str | None, put) -> None:
    path = put(name, content)
    if cause is None:  # ABINIT repeats the unit beside the ends of its grid: this one is still readable
        assert read(path).lambda_ == pytest.approx(LAMBDA, rel=1e-5)
        return
    with pytest.raises(UnreadableFile, match="cannot read") as caught:
        read(path)
    assert cause in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.path == str(path)


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_file_that_ends_inside_a_row_is_refused(name: str, put) -> None:
    """Cut at every place inside a row on the slope of the peak: no number of it is taken for the whole one."""
    make, _, column = LAYOUTS[name]
    lines = make().split("\n")
    row = lines[len(lines) // 2]
    before = "\n".join(lines[: len(lines) // 2]) + "\n"
    for end in range(len(row) - len(row.lstrip()) + 1, len(row)):
        with pytest.raises(UnreadableFile):
            read(put(name, before + row[:end]), column=column)


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no such file"):
        read(tmp_path / "absent.a2f")
    with pytest.raises(UnreadableFile, match="folder"):
        read(tmp_path)
    with pytest.raises(UnreadableFile):
        read(str(tmp_path / "a\0b"))
    with pytest.raises(InvalidInput, match="not a path"):
        read(3)


def test_arguments_that_make_no_sense(put) -> None:
    path = put("x.csv", csv())
    for column in (0, 2, -1, 1.0, True, "1"):
        with pytest.raises(InvalidInput, match="give one from 1 to 1"):
            read(path, column=column)
    with pytest.raises(UnitMismatch, match="not a unit of energy"):
        read(path, unit="furlong")
    with pytest.raises(InvalidInput, match="unit = 3"):
        read(path, unit=3)
    with pytest.raises(InvalidInput, match=", ".join(FORMATS)):
        read(path, format="vasp")
    with pytest.raises(UnreadableFile, match="truncated"):
        read(path, format="epw")


# --- warned about ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STATING)
def test_a_stated_lambda_that_disagrees(name: str, put) -> None:
    """2 % away is beyond the tolerance of 1 %, 0.5 % is not."""
    make, _, column = STATING[name]
    read(put(name, make(1.005)), column=column)
    with pytest.warns(
        OnnesWarning, match=r"integrates to lambda = 0\.77161\d, .* says 0\.787048, 1\.96% away"
    ):
        read(put(name, make(1.02)), column=column)


def test_the_numbers_of_a_disagreement(put) -> None:
    with pytest.warns(OnnesWarning) as caught:
        spectrum = read(put("x.a2f_iso", epw_iso(0.5)))
    message = str(caught[0].message)
    assert f"{spectrum.lambda_:.6g}" in message
    assert f"{LAMBDA / 2:.6g}" in message
    assert "100.00%" in message


def test_abinit_without_the_half(put) -> None:
    """Where the EPH code means lambda = integral(alpha2F/Omega), twice the usual alpha2F stands in the file."""
    with pytest.warns(OnnesWarning, match="factor of two"):
        spectrum = read(put("x_A2FW", abinit_running(convention=2.0)))
    assert spectrum.scaled(coupling=0.5).lambda_ == pytest.approx(LAMBDA, rel=1e-5)


LAMBDA_OUT = """     lambda = {0:8.6f} ( {0:8.6f} )  <log w>=  150.000 K  N(Ef)=  3.1 at degauss= 0.002
     lambda = {1:8.6f} ( {1:8.6f} )  <log w>=  150.000 K  N(Ef)=  3.1 at degauss= 0.004
     lambda = {2:8.6f} ( {2:8.6f} )  <log w>=  150.000 K  N(Ef)=  3.1 at degauss= 0.006
lambda        omega_log          T_c
"""
LAMBDA_DAT = """# degauss   lambda    int alpha2F  <log w>     N(Ef)
  0.002    9.000000    {0:8.6f}   150.000    3.149770
  0.004    9.000000    {1:8.6f}   150.000    3.818143
  0.006    9.000000    {2:8.6f}   150.000    3.689269
"""
LAMBDA_PLAIN = """
  Electron-phonon coupling constant, lambda

 Broadening   0.0020 lambda       {0:6.4f} dos(Ef)  3.1498 omega_ln [K]     84.8603
 Broadening   0.0040 lambda       {1:6.4f} dos(Ef)  3.8181 omega_ln [K]     80.6771
 Broadening   0.0060 lambda       {2:6.4f} dos(Ef)  3.6893 omega_ln [K]     75.0935
"""


@pytest.mark.parametrize(
    ("beside", "text"), [("lambda.out", LAMBDA_OUT), ("lambda.dat", LAMBDA_DAT), ("lambda", LAMBDA_PLAIN)]
)
def test_files_beside_an_alpha2f_dat(beside: str, text: str, put) -> None:
    path = put("alpha2F.dat", lambda_x())
    right = [share * LAMBDA for share in (0.9, 1.0, 1.1)]
    put(beside, text.format(*right))
    for column in (1, 2, 3):
        assert beside in read(path, column=column).source
    put(beside, text.format(right[0], 0.7 * right[1], right[2]))
    read(path, column=1)
    with pytest.warns(
        OnnesWarning, match=rf"integrates to lambda = 0\.771\d+, the file {beside} says 0\.540"
    ):
        read(path, column=2)


def test_rows_beside_are_matched_by_smearing(put) -> None:
    """lambda.out in another order of smearings; each column still finds its own row."""
    path = put("alpha2F.dat", lambda_x())
    lines = LAMBDA_OUT.format(*[share * LAMBDA for share in (0.9, 1.0, 1.1)]).split("\n")
    put("lambda.out", "\n".join([lines[2], lines[0], lines[1]]))
    for column in (1, 2, 3):
        read(path, column=column)


def test_files_of_another_kind_beside_are_left_alone(put) -> None:
    path = put("alpha2F.dat", lambda_x())
    put("lambda.out", "Error in routine lambda (1):\n")
    put("lambda.dat", b"\x00\xff\xfe")
    assert read(path, column=2).lambda_ == pytest.approx(LAMBDA, rel=1e-5)


def test_matdyn_number_picks_the_row_of_lambda(put) -> None:
    path = put("a2F.dos3", matdyn())
    put("lambda", LAMBDA_PLAIN.format(9.0, 9.0, LAMBDA))
    read(path)
    put("lambda", LAMBDA_PLAIN.format(LAMBDA, LAMBDA, 1.3 * LAMBDA))
    with pytest.warns(OnnesWarning, match="the file lambda says"):
        read(path)


def tabulated(grid: np.ndarray, heights: np.ndarray) -> str:
    return "# omega (meV)  alpha2F\n" + rows(grid, heights, form="%.10E")


def test_negative_values(put) -> None:
    heights = HEIGHTS.copy()
    heights[30] = -0.05
    share = 2 * -0.05 / GRID[30] * 0.25
    with pytest.warns(
        OnnesWarning, match=rf"1 values are negative, the lowest -0.05 at 7.75 meV; they add {share:.4g}"
    ):
        spectrum = read(put("x.txt", tabulated(GRID, heights)))
    assert spectrum.alpha2F.min() == -0.05


def test_rounding_below_zero_is_not_worth_a_warning(put) -> None:
    heights = np.where(HEIGHTS > 0, HEIGHTS, -1e-9)
    assert read(put("x.txt", tabulated(GRID, heights))).alpha2F.min() == -1e-9


def test_grids_out_of_order(put) -> None:
    order = np.random.default_rng(3).permutation(len(GRID))
    with pytest.warns(OnnesWarning, match=r"go back \d+ times, first from .* rows were sorted"):
        spectrum = read(put("x.txt", tabulated(GRID[order], HEIGHTS[order])))
    np.testing.assert_allclose(spectrum.frequency, GRID, rtol=1e-9)
    np.testing.assert_allclose(spectrum.alpha2F, HEIGHTS, atol=1e-9)
    with pytest.warns(OnnesWarning, match="go back 159 times, first from 40 to 39.75"):
        read(put("x.txt", tabulated(GRID[::-1], HEIGHTS[::-1])))


def test_repeated_rows(put) -> None:
    grid, heights = np.repeat(GRID, 2), np.repeat(HEIGHTS, 2)
    with pytest.warns(OnnesWarning, match=r"160 repeated rows were dropped \(first at 0.25\)"):
        spectrum = read(put("x.txt", tabulated(grid, heights)))
    assert spectrum.lambda_ == pytest.approx(LAMBDA, rel=1e-8)


def test_missing_rows(put) -> None:
    keep = np.r_[0:70, 80:160]
    with pytest.warns(
        OnnesWarning, match="the grid of 0.25 meV jumps 1 times, first by 2.75 meV at 17.5 meV"
    ):
        read(put("x.txt", tabulated(GRID[keep], HEIGHTS[keep])))
    uneven = np.geomspace(0.2, 40, 160)
    read(put("x.txt", tabulated(uneven, peak(uneven))))


def test_imaginary_modes(put) -> None:
    """A mirror image at negative frequencies holds as much coupling as the spectrum itself."""
    grid = np.concatenate([-GRID[::-1], [0.0], GRID])
    heights = np.concatenate([0.5 * HEIGHTS[::-1], [0.0], HEIGHTS])
    with pytest.warns(OnnesWarning, match=rf"160 rows at imaginary .* down to -40 .* = {0.5 * LAMBDA:.4g}"):
        spectrum = read(put("x.txt", tabulated(grid, heights)))
    assert spectrum.lambda_ == pytest.approx(LAMBDA, rel=1e-8)
    quiet = np.concatenate([1e-6 * HEIGHTS[::-1], [0.0], HEIGHTS])
    assert read(put("x.txt", tabulated(grid, quiet))).lambda_ == pytest.approx(LAMBDA, rel=1e-8)


@pytest.mark.parametrize(
    ("factor", "scale", "remark"),
    [
        (1e3, 1.0, r"the highest frequency, 2\.27\de\+04 meV, is outside 0.5 to 2000 meV: check the unit"),
        (1e-3, 1.0, r"the highest frequency, 0\.0227\d* meV"),
        (1.0, 1e3, r"lambda = \d+\.?\d* is outside 0.001 to 100"),
        (1.0, 1e-5, r"lambda = 7\.\d+e-06 is outside"),
    ],
)
def test_spectra_of_no_solid(factor: float, scale: float, remark: str, put) -> None:
    with pytest.warns(OnnesWarning, match=remark):
        read(put("x.txt", tabulated(factor * GRID, scale * HEIGHTS)))


def test_a_spectrum_that_stops_high(put) -> None:
    """A file of lambda.x cut at 21 meV, 1 beyond the peak of half width 3, has no footer to tell; its end does."""
    text = "\n".join(lambda_x().split("\n")[:86]) + "\n"  # header, zero, 84 rows
    with pytest.warns(OnnesWarning, match=r"still is 88\.9% of its maximum at the last frequency, 21 meV"):
        read(put("alpha2F.dat", text), column=2)


def test_branches_that_miss_the_total(put) -> None:
    for name, make in (("a2F.dos3", matdyn), ("x.a2f_iso", epw_iso)):
        lines = make().split("\n")
        place = (
            next(i for i, line in enumerate(lines) if len(line.split()) == 5 and "#" not in line) + 77
        )  # 19.5 meV
        words = lines[place].split()
        lines[place] = "   ".join([*words[:3], "0.0", *words[4:]])
        with pytest.warns(OnnesWarning, match=r"the branches miss the total by 0\.\d+ at"):
            read(put(name, "\n".join(lines)))


def test_a_grid_in_another_unit_than_its_header_says(put) -> None:
    """The step that matdyn and ABINIT print apart from the grid gives it away; lambda does not depend on units."""
    text = matdyn().replace(f"{0.25 / units.RYDBERG:.15E}", f"{0.25 / units.PLANCK_THZ:.15E}")
    with pytest.warns(OnnesWarning, match=r"the step of the grid is 1\.83\d+e-05, the file states 0\.0604"):
        read(put("a2F.dos3", text))
    end = f"{hartree(GRID)[-1]:16.6E}"
    with pytest.warns(OnnesWarning, match="the step of the grid"):
        read(put("x_A2F", abinit().replace(end, f"{2 * hartree(GRID)[-1]:16.6E}")))


def test_one_warning_tells_everything(put) -> None:
    heights = HEIGHTS.copy()
    heights[30] = -0.05
    with pytest.warns(OnnesWarning) as caught:
        read(put("x.csv", "# lambda = 9.0\n" + tabulated(GRID[::-1], heights[::-1])))
    assert len(caught) == 1
    message = str(caught[0].message)
    assert all(part in message for part in ("x.csv, column 1", "go back", "negative", "its comment says 9"))


def test_errors_are_one_of_ours() -> None:
    assert issubclass(UnreadableFile, OnnesError)
