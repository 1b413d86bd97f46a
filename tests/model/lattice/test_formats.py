"""Tables of hoppings: read back what was written, refuse what is damaged."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import onnes as on
from onnes.errors import InvalidInput, InvalidModel, OnnesError, UnitMismatch, UnreadableFile
from onnes.model.lattice.tightbinding import TightBinding

CUBE = 3.0 * np.eye(3)


def small(seed: int = 0, orbitals: int = 2, imaginary: float = 1.0) -> TightBinding:
    """Random Hermitian hoppings, of the size of electron volts."""
    rng = np.random.default_rng(seed)
    table = {
        (cell, a, b): rng.normal(scale=300) + 1j * imaginary * rng.normal(scale=300)
        for cell in ((1, 0, 0), (0, 1, 0), (1, -1, 2))
        for a in range(orbitals)
        for b in range(orbitals)
    }
    table |= {((0, 0, 0), a, a): rng.normal(scale=500) for a in range(orbitals)}
    names = tuple(f"w{i + 1}" for i in range(orbitals))
    positions = rng.uniform(size=(orbitals, 3))
    return on.model.hoppings(table, vectors=CUBE, orbitals=names, positions=positions, electrons=1.5)


def same(one: TightBinding, other: TightBinding, tolerance: float = 0.0) -> bool:
    k = np.random.default_rng(9).uniform(-1, 1, (30, 3))
    return bool(np.max(abs(one.bloch(k) - other.bloch(k))) <= tolerance)


# --- a table of Python ------------------------------------------------------------------------------------------


def test_a_chain_from_a_table():
    bands = on.model.hoppings({((1, 0, 0), 0, 0): -100 * np.exp(0.3j), ((0, 0, 0), 0, 0): 20.0})
    # H(k) = 20 - 200 cos(2 pi k + 0.3): the conjugate at -R is added
    k = np.linspace(-0.5, 0.5, 11)
    energies = bands.bloch(np.column_stack([k, 0 * k, 0 * k]))[:, 0, 0]
    assert np.allclose(energies, 20 - 200 * np.cos(2 * np.pi * k + 0.3), atol=1e-12)


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        ({((1, 0, 0), 0, 0): 1.0, ((-1, 0, 0), 0, 0): 2.0}, {}, "Hermitian"),
        ({((0, 0, 0), 0, 0): 1.0j}, {}, "Hermitian"),
        ({((1, 0, 0), 0, 1): 1.0}, {}, "orbital = 1"),
        ({}, {}, "orbital = none"),
        ({((1, 0, 0.5), 0, 0): 1.0}, {}, "whole numbers"),
        ({((1, 0), 0, 0): 1.0}, {}, "whole numbers"),
        ({((1, 0, 0), 0, 0): np.nan}, {}, "finite"),
        ({((1, 0, 0), 0, 0): 1.0}, {"vectors": [[1, 0], [0, 1, 0]]}, "an array of numbers"),
        ({((1, 0, 0), 0, 0): 1.0}, {"vectors": np.full((3, 3), np.nan)}, "finite everywhere"),
        ({((1, 0, 0), 0, 0): 1.0}, {"vectors": np.zeros((3, 3))}, "three independent"),
        ({((1, 0, 0), 0, 0): 1.0}, {"positions": [[0, 0]]}, "three numbers"),
        ({((1, 0, 0), 0, 0): 1.0}, {"electrons": float("nan")}, "a number"),
    ],
)
def test_impossible_tables_are_named(table, options, message):
    with pytest.raises(InvalidModel, match=message) as caught:
        on.model.hoppings(table, **options)
    assert "\n" not in str(caught.value)


# --- what is written is read back -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_csv_keeps_every_digit(seed, tmp_path):
    bands = small(seed, orbitals=seed + 1)
    on.model.write_hoppings(bands, tmp_path / "x.csv")
    back = on.model.read_hoppings(tmp_path / "x.csv")
    assert same(bands, back)
    assert np.array_equal(back.positions, bands.positions)
    assert (back.orbitals, back.electrons) == (bands.orbitals, bands.electrons)


@pytest.mark.parametrize("name", ["Graser", "graphene", "Nd-LSCO"])
def test_ready_sets_go_round(name, tmp_path):
    bands = on.model.bands(name)
    on.model.write_hoppings(bands, tmp_path / "x.csv")
    # the cells come back sorted: rounding of a sum of 61 terms below 1e4 meV in another order
    assert same(bands, on.model.read_hoppings(tmp_path / "x.csv"), 1e-10)
    on.model.write_wannier90(bands, tmp_path / "x_hr.dat")
    back = on.model.read_wannier90(
        tmp_path / "x_hr.dat", vectors=bands.vectors, positions=bands.positions, orbitals=bands.orbitals
    )
    assert same(bands, back, 1e-9)  # sixteen digits in eV: rounding of 25 terms of 1e4 meV
    # the velocity knows the lattice and the positions
    k = (0.1, 0.2, 0.3)
    assert np.allclose(back.velocity(k), bands.velocity(k), atol=1e-8)


def wannier_text(bands: TightBinding, weights: list[int], digits: int = 6) -> str:
    """What Wannier90 prints: H(R) times its weight, six digits, fifteen weights in a line."""
    n = bands.n_orbitals
    lines = [" written on  1Jan2026 at 12:00:00", f"{n:12d}", f"{len(weights):12d}"]
    lines += ["".join(f"{w:5d}" for w in weights[i : i + 15]) for i in range(0, len(weights), 15)]
    for cell, t, weight in zip(bands.cells.tolist(), bands.hoppings, weights, strict=True):
        for b in range(n):
            for a in range(n):
                value = t[a, b] * weight / 1e3
                where = "".join(f"{x:5d}" for x in (*cell, a + 1, b + 1))
                lines.append(f"{where}{value.real:12.{digits}f}{value.imag:12.{digits}f}")
    return "\n".join([*lines, ""])


def test_wannier90_weights_and_units(tmp_path):
    bands = small(3)
    weights = [1 if not any(c) else 2 for c in bands.cells.tolist()]
    (tmp_path / "x_hr.dat").write_text(wannier_text(bands, weights))
    back = on.model.read_wannier90(tmp_path / "x_hr.dat", vectors=CUBE, positions=bands.positions)
    # half a unit of the sixth digit of an eV, for each of 7 cells, 2 x 2 orbitals, two parts
    assert same(bands, back, 7 * 1e-3)
    fermi = on.model.read_wannier90(tmp_path / "x_hr.dat", vectors=CUBE, fermi=0.25)
    shift = fermi.bloch((0, 0, 0)) - back.bloch((0, 0, 0))
    assert np.allclose(shift, -250.0 * np.eye(2))
    # the same numbers said to be meV
    scaled = on.model.read_wannier90(tmp_path / "x_hr.dat", vectors=CUBE, unit="meV")
    assert np.allclose(1e3 * scaled.bloch((0.1, 0.2, 0.3)), back.bloch((0.1, 0.2, 0.3)))


def test_many_weights_fill_several_lines(tmp_path):
    cells = [(x, y, 0) for x in range(-2, 3) for y in range(-2, 3)]
    bands = on.model.hoppings({(c, 0, 0): 10.0 + sum(abs(x) for x in c) for c in cells}, vectors=CUBE)
    weights = [1 + (i % 3) for i in range(13)]
    weights += weights[-2::-1]
    (tmp_path / "x_hr.dat").write_text(wannier_text(bands, weights, 9))
    back = on.model.read_wannier90(tmp_path / "x_hr.dat", vectors=CUBE)
    assert same(bands, back, 25 * 0.5e-6)


def test_rounding_is_averaged_and_more_is_refused(tmp_path):
    text = wannier_text(small(3), [1] * 7)
    lines = text.split("\n")
    words = lines[5].split()
    for by, refused in ((1e-6, False), (3e-6, True)):
        lines[5] = "  ".join([*words[:5], f"{float(words[5]) + by:.6f}", words[6]])
        (tmp_path / "x_hr.dat").write_text("\n".join(lines))
        if refused:
            with pytest.raises(UnreadableFile, match="not Hermitian"):
                on.model.read_wannier90(tmp_path / "x_hr.dat", vectors=CUBE)
        else:
            bands = on.model.read_wannier90(tmp_path / "x_hr.dat", vectors=CUBE)
            h = bands.bloch((0.2, 0.1, 0.4))
            assert np.allclose(h, h.conj().T, atol=1e-10)


def test_a_table_without_a_header(tmp_path):
    """The layout of public collections: seven columns and nothing else."""
    (tmp_path / "x.csv").write_text("1,0,0,1,1,-0.1,0\n-1, 0, 0, 1, 1, -0.1, 0\n0,0,0,1,1,0.02,0\n")
    with pytest.raises(UnreadableFile, match="no unit in its header"):
        on.model.read_hoppings(tmp_path / "x.csv")
    with pytest.raises(UnreadableFile, match="no lattice vectors"):
        on.model.read_hoppings(tmp_path / "x.csv", unit="eV")
    bands = on.model.read_hoppings(tmp_path / "x.csv", unit="eV", vectors=CUBE)
    assert bands.bloch((0, 0, 0))[0, 0] == pytest.approx(-180.0)
    with pytest.raises(UnreadableFile, match="one name for each orbital"):
        on.model.read_hoppings(tmp_path / "x.csv", unit="eV", vectors=CUBE, orbitals=("a", "b"))
    (tmp_path / "y.csv").write_text(
        (tmp_path / "x.csv").read_text().replace(",1,1,", ",0,0,").replace("1, 1,", "0, 0,")
    )
    with pytest.raises(UnreadableFile, match="first_orbital"):
        on.model.read_hoppings(tmp_path / "y.csv", unit="eV", vectors=CUBE)
    assert same(bands, on.model.read_hoppings(tmp_path / "y.csv", unit="eV", vectors=CUBE, first_orbital=0))


# --- bad files --------------------------------------------------------------------------------------------------


def csv_text(**header) -> str:
    head = {"units": "eV", "vectors": CUBE.tolist()} | header
    return f"# {json.dumps(head)}\n1,0,0,1,1,-0.1,0.0\n-1,0,0,1,1,-0.1,0.0\n"


BAD_CSV = [
    (b"", "empty"),
    (b"\x89HDF\r\n\x1a\n\x00\x00", "binary"),
    (b"\xff\xfe1,0,0", "binary"),
    (b"# nothing\n", "no row of hoppings"),
    (csv_text().replace("-1,0,0,1,1,-0.1,0.0", "-1,0,0,1,1,-0.2,0.0").encode(), "not Hermitian.*0.1 away"),
    (csv_text().replace("-1,0,0,1,1,-0.1,0.0\n", "").encode(), "not Hermitian"),
    (csv_text(rows=3).encode(), "2 rows, its header says 3"),
    (csv_text(orbitals=["a", "b"]).encode(), "hoppings of 1 orbitals"),
    (csv_text(orbitals="s").encode(), "one name for each orbital"),
    (csv_text().replace("-0.1", "nan").encode(), "NaN"),
    (csv_text().replace("-0.1", "1e999").encode(), "NaN or an infinite"),
    (csv_text().replace("-0.1", "0.1eV").encode(), "no number"),
    (csv_text().replace("-0.1,0.0", "-0.1").encode(), "6 numbers"),
    (csv_text().replace("1,0,0,1", "0.5,0,0,1").encode(), "whole numbers"),
    (csv_text().replace("-0.1", "-100.0").encode(), "give the unit of the file"),
    (csv_text().replace("-1,0,0", "1,0,0").encode(), "given twice"),
    (csv_text(unit="eV").encode(), "'unit' in its header is not known"),
    (csv_text().replace('"units"', "units").encode(), "no JSON"),
]


@pytest.mark.parametrize(("raw", "message"), BAD_CSV)
def test_bad_csv(raw, message, tmp_path):
    (tmp_path / "x.csv").write_bytes(raw)
    with pytest.raises(UnreadableFile, match=message) as caught:
        on.model.read_hoppings(tmp_path / "x.csv")
    assert "\n" not in str(caught.value)


def test_a_unit_of_nothing(tmp_path):
    (tmp_path / "x.csv").write_text(csv_text(units="furlong"))
    with pytest.raises(UnitMismatch, match="furlong"):
        on.model.read_hoppings(tmp_path / "x.csv")
    (tmp_path / "x.csv").write_text(csv_text(vectors=[[1, 2], 3]))
    with pytest.raises(InvalidModel, match="vectors"):
        on.model.read_hoppings(tmp_path / "x.csv")
    (tmp_path / "x.csv").write_text(csv_text(electrons="many"))
    with pytest.raises(InvalidModel, match="electrons"):
        on.model.read_hoppings(tmp_path / "x.csv")


def test_no_file(tmp_path):
    with pytest.raises(UnreadableFile, match="No such file"):
        on.model.read_hoppings(tmp_path / "none.csv")
    with pytest.raises(UnreadableFile, match="directory"):
        on.model.read_wannier90(tmp_path, vectors=CUBE)
    with pytest.raises(InvalidInput, match="not a path"):
        on.model.read_hoppings(3)


BAD_HR = [
    (lambda text: text[: len(text) // 2], "rows of hoppings, its head says 28|numbers"),
    (lambda text: "\n".join(text.split("\n")[:3]), "0 weights of 7 cells"),
    (lambda text: "one line", "lines 2 and 3"),
    (lambda text: text.replace("           2\n", "           0\n"), "0 orbitals"),
    (lambda text: text.replace("           2\n", "           3\n"), "its head says 63"),
    (
        lambda text: text.replace(
            "    1    1    1    1    1    1    1", "    1    1    0    1    1    1    1"
        ),
        "weights",
    ),
    (lambda text: text.replace("    1    2", "    2    1", 1), "out of order"),
    (lambda text: re.sub(r"(\d)\.\d{6}\n", "\\1.NaN\n", text, count=1), "no number"),
    (lambda text: re.sub(r"-?\d+\.\d{6}\n", " NaN\n", text, count=1), "NaN"),
    (lambda text: text.replace("\n", "\0", 1), "binary"),
    (lambda text: text.replace("    0    0    0", "    1    0    0"), "given twice"),
]


@pytest.mark.parametrize(("damage", "message"), BAD_HR)
def test_bad_wannier90(damage, message, tmp_path):
    text = wannier_text(small(3), [1] * 7)
    assert damage(text) != text
    (tmp_path / "x_hr.dat").write_text(damage(text))
    with pytest.raises(UnreadableFile, match=message) as caught:
        on.model.read_wannier90(tmp_path / "x_hr.dat", vectors=CUBE)
    assert "\n" not in str(caught.value)


def test_wannier90_in_another_unit(tmp_path):
    (tmp_path / "x_hr.dat").write_text(wannier_text(small(3).scaled(1e3), [1] * 7))
    with pytest.raises(UnreadableFile, match="give the unit of the file"):
        on.model.read_wannier90(tmp_path / "x_hr.dat", vectors=CUBE)
    assert on.model.read_wannier90(tmp_path / "x_hr.dat", vectors=CUBE, unit="meV").n_orbitals == 2
    with pytest.raises(InvalidInput, match="fermi"):
        on.model.read_wannier90(tmp_path / "x_hr.dat", vectors=CUBE, unit="meV", fermi=float("nan"))
    with pytest.raises(InvalidModel, match="hoppings"):
        on.model.read_wannier90(tmp_path / "x_hr.dat", vectors=CUBE, unit="meV", orbitals=("one",))


# --- mutations --------------------------------------------------------------------------------------------------

WILD = (
    b"NaN",
    b"inf",
    b"-1e999",
    b"1e300",
    b"9" * 30,
    b"-1",
    b"0",
    b"",
    b"***",
    b"1.5",
    b"\xff",
    b"\x00",
    b"[]",
    b"{",
)
NUMBER = st.integers(0, 2**20)
DAMAGE = st.lists(st.tuples(st.integers(0, 5), NUMBER, NUMBER), min_size=1, max_size=3)


def damaged(data: bytes, damage: list[tuple[int, int, int]]) -> bytes:
    for kind, a, b in damage:
        place = a % max(len(data), 1)
        lines = data.split(b"\n")
        line = a % len(lines)
        if kind == 0:
            data = data[:place]
        elif kind == 1:
            data = data[:place] + WILD[b % len(WILD)] + data[place + 1 :]
        elif kind == 2:
            data = data[:place] + data[place + 1 + b % 30 :]
        elif kind == 3:
            data = b"\n".join(lines[:line] + lines[line + 1 + b % 3 :])
        elif kind == 4:
            data = b"\n".join([*lines[:line], lines[b % len(lines)], *lines[line:]])
        else:
            words = list(re.finditer(rb"-?\d+\.?\d*", data))
            if words:
                word = words[a % len(words)]
                data = data[: word.start()] + WILD[b % len(WILD)] + data[word.end() :]
    return data


@pytest.mark.parametrize("kind", ["csv", "hr"])
def test_damaged_files_give_named_errors_or_bands(kind, tmp_path):
    bands, read_back = small(5), []
    path = tmp_path / "x"
    if kind == "csv":
        on.model.write_hoppings(bands, path)
    else:
        path.write_text(wannier_text(bands, [1] * 7))
    original = path.read_bytes()

    @settings(
        max_examples=250,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(DAMAGE)
    def mutate(damage):
        path.write_bytes(damaged(original, damage))
        try:
            found = (
                on.model.read_hoppings(path) if kind == "csv" else on.model.read_wannier90(path, vectors=CUBE)
            )
        except OnnesError as error:
            assert "\n" not in str(error) and len(str(error)) < 600
            read_back.append(False)
        else:
            h = found.bloch((0.1, 0.2, 0.3))
            assert np.all(np.isfinite(h)) and np.allclose(h, h.conj().T, atol=1e-6 * (1 + np.max(abs(h))))
            read_back.append(True)

    mutate()
    # a reader that refused everything, or nothing, would pass without being tested
    assert 0.01 < np.mean(read_back) < 0.9


def test_paths_may_be_text(tmp_path):
    on.model.write_hoppings(small(), str(tmp_path / "x.csv"))
    assert Path(tmp_path / "x.csv").read_text().startswith("# {")
    assert on.model.read_hoppings(str(tmp_path / "x.csv")).n_orbitals == 2
