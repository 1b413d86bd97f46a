"""Measured curves from CSV: names, units, errors, and one line for every mistake."""

from pathlib import Path

import numpy as np
import pytest

from onnes.compare import Data
from onnes.errors import InvalidInput, UnitMismatch, UnreadableFile
from onnes.units import K_B


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "data.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_names_units_and_errors_are_read(tmp_path: Path) -> None:
    text = "# taken at 1.5 K\nbias (mV), conductance, conductance_error\n-1, 0.9, 0.01\n2.5, 1.1, 0.02\n"
    data = Data.read(written(tmp_path, text))
    assert (data.x_name, data.y_name, data.x_unit, data.y_unit) == ("bias", "conductance", "meV", "1")
    # e times one millivolt is one meV
    np.testing.assert_array_equal(data.x, [-1.0, 2.5])
    np.testing.assert_array_equal(data.y, [0.9, 1.1])
    np.testing.assert_array_equal(data.error, [0.01, 0.02])
    assert len(data) == 2 and data.source == "data.csv"


@pytest.mark.parametrize(
    ("heading", "factor"),
    [
        ("energy (meV)", 1.0),
        ("energy [eV]", 1e3),
        ("energy (K)", K_B),
        ("energy (µeV)", 1e-3),
        ("temperature (mK)", 1e-3),
    ],
)
def test_units_are_converted(tmp_path: Path, heading: str, factor: float) -> None:
    data = Data.read(written(tmp_path, f"{heading}; dos\n3;1\n"), error=0.1)
    assert data.x[0] == pytest.approx(3 * factor, rel=1e-14)


def test_the_error_has_the_unit_of_its_column_or_else_of_the_values(tmp_path: Path) -> None:
    first = Data.read(written(tmp_path, "temperature (K), gap_edge (eV), error\n1, 0.001, 0.0002\n"))
    assert first.y[0] == pytest.approx(1.0) and first.error[0] == pytest.approx(0.2)
    own = Data.read(written(tmp_path, "temperature (K), gap_edge (eV), error (ueV)\n1, 0.001, 20\n"))
    assert own.error[0] == pytest.approx(0.02)


def test_columns_are_chosen_by_name_and_a_commented_header_counts(tmp_path: Path) -> None:
    path = written(
        tmp_path, "# remark\n\n# bias (meV)\tother\tconductance\n1\t7\t2\n\n# late remark\n2\t8\t3\n"
    )
    assert Data.read(path, error=0.1).y_name == "other"
    data = Data.read(path, y="conductance", error=0.1)
    np.testing.assert_array_equal(data.y, [2.0, 3.0])
    # quantities that the library does not know keep their unit
    strange = Data.read(written(tmp_path, "dose (Gy), yield (1/h)\n1,2\n"), error=0.1)
    assert (strange.x_unit, strange.y_unit) == ("Gy", "1/h")


@pytest.mark.parametrize(
    ("text", "named", "told"),
    [
        ("bias (T), conductance, error\n1,2,3\n", UnitMismatch, "column 'bias' is in 'T'"),
        ("temperature (degC), conductance, error\n1,2,3\n", UnitMismatch, "use one of K, mK"),
        ("bias, conductance, error\n1,2,3\n", UnitMismatch, "has no unit; write bias \\(meV\\)"),
        ("bias (mV), conductance (nS), error\n1,2,3\n", UnitMismatch, "'nS'.*use 1"),
        ("bias (mV), conductance, error (mV)\n1,2,3\n", UnitMismatch, "column 'error' is in 'mV'"),
        ("bias (mV), conductance\n1,2\n", InvalidInput, "no errors of conductance; add a column"),
        ("bias (mV), conductance, error\n1,2\n", UnreadableFile, "line 2 has 2 cells and the header 3"),
        (
            "bias (mV), conductance, error\n1,2,3\n1,two,3\n",
            UnreadableFile,
            "'two' on line 3 is not a number",
        ),
        ("1,2,3\n", UnreadableFile, "no header"),
        ("", UnreadableFile, "no numbers"),
        ("bias (mV), conductance, error\n", UnreadableFile, "no numbers"),
        ("bias (mV)\n1\n", UnreadableFile, "one column"),
        ("bias (mV), bias (mV), error\n1,2,3\n", UnreadableFile, "two columns 'bias'"),
        ("bias (mV), conductance, error\n1,nan,3\n", InvalidInput, "point 0 of the data is not finite"),
        ("bias (mV), conductance, error\n1,2,0\n", InvalidInput, "has the error 0"),
        ("bias (mV), conductance, error\n1,2,-1\n", InvalidInput, "positive standard errors"),
    ],
)
def test_mistakes_are_one_named_line(tmp_path: Path, text: str, named: type, told: str) -> None:
    with pytest.raises(named, match=told) as caught:
        Data.read(written(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_absent_binary_and_unknown_column(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no such file"):
        Data.read(tmp_path / "nowhere.csv")
    (tmp_path / "binary.csv").write_bytes(bytes(range(128, 256)))
    with pytest.raises(UnreadableFile, match="not text"):
        Data.read(tmp_path / "binary.csv")
    path = written(tmp_path, "bias (mV), conductance, error\n1,2,3\n")
    with pytest.raises(InvalidInput, match="no column 'current'; it has bias"):
        Data.read(path, y="current")


def test_a_range_and_impossible_arrays() -> None:
    data = Data([1.0, 2.0, 3.0], [4.0, 5.0, 6.0], 0.1)
    np.testing.assert_array_equal(data.between(1.5, 3.0).y, [5.0, 6.0])
    with pytest.raises(InvalidInput, match="they lie between 1 and 3"):
        data.between(7.0, 8.0)
    with pytest.raises(InvalidInput, match="one length"):
        Data([1.0, 2.0], [1.0], 0.1)
    with pytest.raises(ValueError):
        data.y[0] = 0.0  # what was measured is not written over


def test_units_of_known_quantities_are_those_of_the_table() -> None:
    assert Data([1.0], [1.0], 0.1, "bias", "conductance").x_unit == "meV"
    assert (
        Data([1.0], [1.0], 0.1).x_unit == "1" and Data([1.0], [1.0], 0.1, "dose", x_unit="Gy").x_unit == "Gy"
    )
    with pytest.raises(UnitMismatch, match="bias is given in 'uV'; convert it to meV"):
        Data([1.0], [1.0], 0.1, "bias", "conductance", "uV")
