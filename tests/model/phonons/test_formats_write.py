"""Written spectra come back unchanged; densities of states."""

import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from onnes import units
from onnes.errors import InvalidInput, OnnesWarning, UnreadableFile
from onnes.model.phonons.formats import FORMATS, read, read_dos, write
from onnes.model.phonons.peaks import debye, einstein, from_peaks, lorentz
from onnes.model.phonons.spectrum import Spectrum

FLOAT_OF = {"csv": "meV", "espresso": "THz", "matdyn": "Rydberg", "epw": "meV", "abinit": "Ha"}


def smooth(points: int = 120) -> Spectrum:
    grid = np.linspace(0.3, 36, points)
    return Spectrum(
        grid, np.exp(-(((grid - 17) / 4) ** 2)) + 0.2 * np.exp(-(((grid - 8) / 2) ** 2)), source="two peaks"
    )


@pytest.mark.parametrize("format", FORMATS)
def test_round_trip(format: str, tmp_path: Path) -> None:
    """Sixteen decimals and one division by the unit: 1e-15, asked is 1e-12."""
    spectrum = smooth()
    path = tmp_path / "spectrum.txt"
    spectrum.write(path, format=format)
    assert FLOAT_OF[format] in path.read_text()
    for chosen in (None, format):
        back = Spectrum.read(path, format=chosen)
        np.testing.assert_allclose(back.frequency, spectrum.frequency, rtol=1e-12)
        np.testing.assert_allclose(back.alpha2F, spectrum.alpha2F, rtol=1e-12)
        np.testing.assert_allclose(back.weights, spectrum.weights, rtol=1e-11)  # differences of the grid
        assert back.lambda_ == pytest.approx(spectrum.lambda_, rel=1e-12)
        assert not back.parametrised


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("written") / "any.txt"


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.floats(0.01, 10),
    arrays(float, 30, elements=st.floats(0.01, 10)),
    arrays(float, 30, elements=st.floats(0, 2)),
    st.sampled_from(FORMATS),
)
def test_round_trip_of_any_grid(
    scratch: Path, start: float, steps: np.ndarray, heights: np.ndarray, format: str
) -> None:
    """Grids that are not uniform, spectra that end high: they may be warned about, the numbers are kept."""
    grid = start + np.cumsum(steps)
    spectrum = Spectrum(grid, heights + 0.01)
    write(spectrum, scratch, format=format)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OnnesWarning)
        back = read(scratch)
    np.testing.assert_allclose(back.frequency, grid, rtol=1e-12)
    np.testing.assert_allclose(back.alpha2F, spectrum.alpha2F, rtol=1e-12)


@pytest.mark.parametrize("name", ["a2f/Nb.a2F", "a2f/ZrN.a2f", "a2f/ZrN.a2f_iso"])
@pytest.mark.parametrize("format", FORMATS)
def test_round_trip_of_the_real_files(name: str, format: str, shared_data: Path, tmp_path: Path) -> None:
    spectrum = read(shared_data / name)
    write(spectrum, tmp_path / "copy", format=format)
    back = read(tmp_path / "copy")
    np.testing.assert_allclose(back.frequency, spectrum.frequency, rtol=1e-12)
    np.testing.assert_allclose(back.alpha2F, spectrum.alpha2F, rtol=1e-12)
    assert back.omega_max == pytest.approx(spectrum.omega_max, rel=1e-12)


@pytest.mark.parametrize(
    "spectrum",
    [
        einstein(12.0, 0.7),
        from_peaks([5.0, 20.0], [0.3, 0.9]),
        einstein(9.0, 0.2) + lorentz(30.0, 1.0, 2.0, nodes=50),
    ],
)
def test_modes_keep_their_quadrature_in_csv(spectrum: Spectrum, tmp_path: Path) -> None:
    spectrum.write(tmp_path / "modes.csv")
    back = Spectrum.read(tmp_path / "modes.csv")
    np.testing.assert_allclose(back.measure, spectrum.measure, rtol=1e-12)
    assert back.omega_log == pytest.approx(spectrum.omega_log, rel=1e-12)
    assert back.parametrised
    assert spectrum.source in back.source


@pytest.mark.parametrize("format", [name for name in FORMATS if name != "csv"])
def test_modes_fit_into_no_other_format(format: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="write format='csv'"):
        einstein(12.0, 0.7).write(tmp_path / "modes", format=format)
    assert not (tmp_path / "modes").exists()


@pytest.mark.parametrize("format", ["csv", "matdyn", "epw"])
def test_a_debye_spectrum_ends_high_and_is_known_to_be_whole(format: str, tmp_path: Path) -> None:
    debye(25.0, 1.0).write(tmp_path / "debye", format=format)
    assert read(tmp_path / "debye").lambda_ == pytest.approx(1.0, rel=1e-12)


def test_a_damaged_copy_is_noticed(tmp_path: Path) -> None:
    """One digit changed at the peak: csv states its lambda, so that the reader can tell."""
    smooth().write(tmp_path / "x.csv")
    lines = (tmp_path / "x.csv").read_text().split("\n")
    place = next(i for i, line in enumerate(lines) if re.match(r"1\.71\d+E\+01", line))
    lines[place] = lines[place].replace(",9", ",29", 1)
    assert lines[place] not in (tmp_path / "x.csv").read_text()
    (tmp_path / "x.csv").write_text("\n".join(lines))
    with pytest.warns(OnnesWarning, match="its comment says"):
        read(tmp_path / "x.csv")


def test_columns_of_the_running_integral_end_at_lambda(tmp_path: Path) -> None:
    spectrum = smooth()
    spectrum.write(tmp_path / "x.a2f", format="epw")
    last = (tmp_path / "x.a2f").read_text().split(" Integrated")[0].split("\n")[-2]
    assert float(last.split()[2]) == pytest.approx(spectrum.lambda_, rel=1e-14)


def test_what_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="csv, espresso, matdyn, epw, abinit"):
        smooth().write(tmp_path / "x", format="vasp")
    with pytest.raises(InvalidInput, match="cannot write"):
        smooth().write(tmp_path / "no" / "folder" / "x.csv")
    with pytest.raises(InvalidInput, match="cannot write"):
        smooth().write(tmp_path)


def test_a_source_over_several_lines_does_not_break_the_header(tmp_path: Path) -> None:
    spectrum = smooth()
    told = Spectrum(spectrum.frequency, spectrum.alpha2F, source="a\n1.0,2.0\nfrequency (THz)")
    told.write(tmp_path / "x.csv")
    back = read(tmp_path / "x.csv")
    np.testing.assert_allclose(back.frequency, spectrum.frequency, rtol=1e-12)
    assert "a 1.0,2.0 frequency (THz)" in back.source


# --- densities of states ---------------------------------------------------------------------------------------

ENERGY = np.linspace(-5, 5, 201)
HEAD = "#  E (eV)   dos(E)     Int dos(E) EFermi =  {:6.3f} eV\n"


def dos_text(
    value: np.ndarray, fermi: float = 0.4, shown: np.ndarray | None = None, spin: bool = False
) -> str:
    step = ENERGY[1] - ENERGY[0]
    # dos.x sums rectangles as it goes.
    integral = np.cumsum(value) * step if shown is None else shown
    parts = (0.7 * value, 0.3 * value) if spin else (value,)
    lines = [" ".join(f"{x:12.4E}" for x in row) for row in zip(ENERGY, *parts, integral, strict=True)]
    return HEAD.format(fermi) + "\n".join(lines) + "\n"


FLAT = 1.5 + 0.2 * np.tanh(ENERGY)


def test_niobium_density_of_states(shared_data: Path) -> None:
    """Energies in meV from 17.850 eV; N(0) between the rows at 17.804 and 17.854 eV."""
    path = shared_data / "a2f/Nb.dos"
    dos = read_dos(path)
    table = np.loadtxt(path)
    below = int(np.searchsorted(table[:, 0], 17.850)) - 1
    share = (17.850 - table[below, 0]) / (table[below + 1, 0] - table[below, 0])
    expected = (1 - share) * table[below, 1] + share * table[below + 1, 1]
    assert dos.at_fermi_level == pytest.approx(expected, rel=1e-9)
    assert dos.energy[0] == pytest.approx(-36.496e3 - 17.850e3)
    assert len(dos.energy) == len(table) == 1843


@pytest.mark.parametrize("spin", [False, True])
def test_densities_of_one_and_two_spins(spin: bool, tmp_path: Path) -> None:
    (tmp_path / "x.dos").write_text(dos_text(FLAT, spin=spin))
    dos = read_dos(tmp_path / "x.dos")
    # Five printed digits.
    assert dos.at_fermi_level == pytest.approx(np.interp(0.4, ENERGY, FLAT), rel=1e-4)
    assert dos.energy == pytest.approx((ENERGY - 0.4) * units.factor("eV", "energy"), abs=0.5)


def test_a_given_fermi_energy_wins(tmp_path: Path) -> None:
    path = tmp_path / "x.dos"
    path.write_text(dos_text(FLAT).replace("EFermi =   0.400 eV", ""))
    with pytest.raises(UnreadableFile, match="does not state EFermi"):
        read_dos(path)
    assert read_dos(path, fermi_energy=-1.0).at_fermi_level == pytest.approx(
        np.interp(-1.0, ENERGY, FLAT), rel=1e-4
    )
    with pytest.raises(UnreadableFile, match="increasing through 0"):
        read_dos(path, fermi_energy=7.0)
    with pytest.raises(UnreadableFile):
        read_dos(path, fermi_energy=float("nan"))


def test_warnings_of_a_density_of_states(tmp_path: Path) -> None:
    path = tmp_path / "x.dos"
    dipped = FLAT.copy()
    dipped[20] = -0.01
    path.write_text(dos_text(dipped))
    with pytest.warns(OnnesWarning, match=r"1 negative values, the lowest -0\.01, were set to zero"):
        assert read_dos(path).value.min() == 0
    path.write_text(dos_text(FLAT, shown=np.cumsum(FLAT) * 0.06))
    with pytest.warns(OnnesWarning, match=r"integrates to 15 electrons, its last column says 18\.\d+"):
        read_dos(path)
    text = dos_text(FLAT).split("\n")
    path.write_text("\n".join([text[0], *text[101:-1], *text[1:101], ""]))
    with pytest.warns(OnnesWarning, match="go back 1 times"):
        assert read_dos(path).at_fermi_level == pytest.approx(np.interp(0.4, ENERGY, FLAT), rel=1e-4)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "empty"),
        (HEAD.format(0.4), "no row of numbers"),
        (HEAD.format(0.4) + "1 2 3\n4 NaN 6\n", "NaN"),
        (HEAD.format(0.4) + "-1 2 3\n4 5\n", "truncated"),
        (HEAD.format(0.4) + "-1 2 3 4 5\n1 2 3 4 5\n", "5 columns"),
        (HEAD.format(0.4) + "-1 0 0\n1 0 0\n", "positive at the Fermi level"),
        (HEAD.format(0.4).replace("0.400", "x"), "no row"),
        (HEAD.format(0.4).replace("0.400", "x") + "-1 2 3\n1 2 7\n", "EFermi"),
    ],
)
def test_refused_densities_of_states(text: str, cause: str, tmp_path: Path) -> None:
    (tmp_path / "x.dos").write_text(text)
    with pytest.raises(UnreadableFile) as caught:
        read_dos(tmp_path / "x.dos")
    assert cause in str(caught.value)
    with pytest.raises(InvalidInput, match="not a path"):
        read_dos(None)
