"""Damaged files: every reader answers with a named error, a warning, or the right number."""

import re
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onnes.errors import OnnesError, OnnesWarning
from onnes.model.phonons.formats import INTEGRATED_TOLERANCE, read, read_dos
from onnes.model.phonons.formats.assemble import FREQUENCIES, LAMBDAS
from onnes.model.phonons.peaks import lorentz

FLOAT = re.compile(rb"[-+]?\d+\.\d*(?:[eE][-+]?\d+)?")


def thinned_smearings(text: str, footer: bool) -> str:
    """Every other row of a real ``.a2f``; its footer is integrated anew by rectangles, as EPW does."""
    lines = text.split("\n")
    end = next(i for i, line in enumerate(lines) if "Integrated" in line)
    rows = lines[1:end:2]
    table = np.array([row.split() for row in rows], dtype=float)
    coupling = 2 * np.sum(table[:, 1:] / table[:, :1], axis=0) * table[0, 0]
    foot = lines[end:]
    foot[1] = "  #         " + "".join(f"{value:12.7f}" for value in coupling)
    foot[-2] = f" Summed el-ph coupling {coupling[0]:12.7f}"
    return "\n".join(rows + (foot if footer else []))


def thinned_branches(text: str) -> str:
    rows = text.split("\n")[1:500:2]
    table = np.array([row.split() for row in rows], dtype=float)
    coupling = 2 * np.sum(table[:, 1] / table[:, 0]) * table[0, 0]
    return "\n".join([*rows, f"lambda_int = {coupling:18.7f}   lambda_sum = {coupling:18.7f}", ""])


def thinned_lambda_x(text: str) -> str:
    lines = text.split("\n")
    head = " ".join(lines[0].split()[:6])
    return "\n".join([head, *("   ".join(line.split()[:4]) for line in lines[1:-1:16]), ""])


@pytest.fixture(scope="module")
def originals(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Small copies of the real files, and one file of each layout that no real file is at hand for."""
    folder, place = shared_data / "a2f", tmp_path_factory.mktemp("written")
    made = {
        "Nb.a2F": thinned_lambda_x((folder / "Nb.a2F").read_text()),
        "ZrN.a2f": thinned_smearings((folder / "ZrN.a2f").read_text(), footer=True),
        "ZrN.a2f_iso": thinned_branches((folder / "ZrN.a2f_iso").read_text()),
    }
    peak = lorentz(20.0, 1.2, 3.0, nodes=60)
    for name, layout in (
        ("peak.csv", "csv"),
        ("a2F.dos3", "matdyn"),
        ("peak_A2F", "abinit"),
        ("new.a2f", "epw"),
    ):
        peak.write(place / name, format=layout)
        made[name] = (place / name).read_text()
    return {name: text.encode() for name, text in made.items()}


# --- mutations: each takes the bytes and three integers that say where and how --------------------------------


def delete(data: bytes, a: int, b: int, c: int) -> bytes:
    place = a % len(data)
    return data[:place] + data[place + 1 + b % 40 :]


def insert(data: bytes, a: int, b: int, c: int) -> bytes:
    junk = (
        b"\x00",
        b"\xff",
        b"7",
        b"-",
        b".",
        b"e",
        b",",
        b"\n",
        b"\r",
        b"#",
        b" ",
        b"9999",
        b"D",
        b"_",
        b"\x85",
        b";",
    )
    place = a % len(data)
    return data[:place] + junk[b % len(junk)] * (1 + c % 3) + data[place:]


def replace_byte(data: bytes, a: int, b: int, c: int) -> bytes:
    place = a % len(data)
    return data[:place] + bytes([b % 256]) + data[place + 1 :]


def cut(data: bytes, a: int, b: int, c: int) -> bytes:
    return data[: a % len(data)]


def behead(data: bytes, a: int, b: int, c: int) -> bytes:
    return data[a % len(data) :]


def swap_columns(data: bytes, a: int, b: int, c: int) -> bytes:
    return _by_row(data, lambda words: _swapped(words, a, b))


def scale_column(data: bytes, a: int, b: int, c: int) -> bytes:
    factor = (10.0, 0.1, -1.0, 1e9, 1e300, 1e-300, 1.05, 0.0)[b % 8]

    def scaled(words: list[bytes]) -> list[bytes]:
        place = a % len(words)
        return [*words[:place], repr(float(words[place]) * factor).encode(), *words[place + 1 :]]

    return _by_row(data, scaled)


def inject(data: bytes, a: int, b: int, c: int) -> bytes:
    """Put a number that is none, or that is wild, in the place of one that is."""
    wild = (
        b"NaN",
        b"nan",
        b"inf",
        b"-Infinity",
        b"************",
        b"1e999",
        b"-5.0",
        b"1.0E+30",
        b"1.2-101",
        b"1.2.3",
        b"",
    )
    found = list(FLOAT.finditer(data))
    if not found:
        return data
    match = found[a % len(found)]
    return data[: match.start()] + wild[b % len(wild)] + data[match.end() :]


def change_unit(data: bytes, a: int, b: int, c: int) -> bytes:
    names = (b"THz", b"meV", b"Rydberg", b"a.u.", b"Ha", b"eV")
    others = (b"GHz", b"eV", b"furlong", b"", b"meV Ry", b"cm-1")
    return data.replace(names[a % len(names)], others[b % len(others)])


def duplicate_lines(data: bytes, a: int, b: int, c: int) -> bytes:
    lines = data.split(b"\n")
    place = a % len(lines)
    return b"\n".join(lines[:place] + lines[place : place + 1 + b % 9] + lines[place:])


def drop_lines(data: bytes, a: int, b: int, c: int) -> bytes:
    lines = data.split(b"\n")
    place = a % len(lines)
    return b"\n".join(lines[:place] + lines[place + 1 + b % 30 :])


def shuffle_rows(data: bytes, a: int, b: int, c: int) -> bytes:
    lines = data.split(b"\n")
    first, last = sorted((a % len(lines), b % len(lines)))
    part = lines[first:last]
    np.random.default_rng(c).shuffle(part)
    return b"\n".join(lines[:first] + part + lines[last:])


def reverse_rows(data: bytes, a: int, b: int, c: int) -> bytes:
    return b"\n".join(reversed(data.split(b"\n")))


def windows_ends(data: bytes, a: int, b: int, c: int) -> bytes:
    return data.replace(b"\n", b"\r\n" if a % 2 else b"\r")


def fortran_exponents(data: bytes, a: int, b: int, c: int) -> bytes:
    return data.replace(b"E", b"D") if a % 2 else data.replace(b"E-0", b"-0")


MUTATIONS = (
    delete, insert, replace_byte, cut, behead, swap_columns, scale_column, inject, change_unit, duplicate_lines,
    drop_lines, shuffle_rows, reverse_rows, windows_ends, fortran_exponents,
)  # fmt: skip


def _swapped(words: list[bytes], a: int, b: int) -> list[bytes]:
    words = list(words)
    i, j = a % len(words), b % len(words)
    words[i], words[j] = words[j], words[i]
    return words


def _by_row(data: bytes, change: Callable[[list[bytes]], list[bytes]]) -> bytes:
    separator = b"," if b",alpha2F" in data else b"  "
    lines = []
    for line in data.split(b"\n"):
        words = line.replace(b",", b" ").split()
        numeric = len(words) > 1 and all(FLOAT.fullmatch(word) for word in words)
        lines.append(separator.join(change(words)) if numeric else line)
    return b"\n".join(lines)


# --- the check ------------------------------------------------------------------------------------------------


def footer_lambda(data: bytes, column: int) -> float | None:
    """What the file states for a column, found without the reader: None where nothing legible is stated."""
    text = data.decode("latin-1").replace("\r", "\n")
    block = re.search(r"Integrated el-ph coupling *\n+ *#([-+.\dEe ]*)\n", text)
    if block is not None:
        words = block.group(1).split()
        match = words[column - 1] if column <= len(words) else ""
    else:
        found = re.search(r"lambda(?:_int)? = +(\S+)", text) if column == 1 else None
        match = found.group(1) if found else ""
    return float(match) if re.fullmatch(r"\d+\.\d+([Ee][-+]?\d+)?", match) else None


def check(path: Path, data: bytes, column: int) -> bool:
    """Read the damaged bytes; return whether a spectrum came out."""
    path.write_bytes(data)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = read(path, column=column)
        except OnnesError as error:
            assert "\n" not in str(error) and len(str(error)) < 500
            return False
    assert all(issubclass(entry.category, OnnesWarning) for entry in caught), [str(e.message) for e in caught]
    assert np.isfinite([result.lambda_, result.omega_log, result.omega_2]).all()
    assert result.lambda_ > 0
    if not caught:
        assert LAMBDAS[0] <= result.lambda_ <= LAMBDAS[1]
        assert FREQUENCIES[0] <= result.omega_max <= FREQUENCIES[1]
        stated = footer_lambda(data, column)
        if stated is not None:
            assert abs(result.lambda_ - stated) <= INTEGRATED_TOLERANCE * stated * (1 + 1e-9)
    return True


NUMBER = st.integers(0, 2**20)
DAMAGE = st.lists(st.tuples(st.sampled_from(MUTATIONS), NUMBER, NUMBER, NUMBER), min_size=1, max_size=3)
SPECIES = ("Nb.a2F", "ZrN.a2f", "ZrN.a2f_iso", "peak.csv", "a2F.dos3", "peak_A2F", "new.a2f")
QUIET = {"deadline": None, "derandomize": True, "database": None, "suppress_health_check": list(HealthCheck)}


def damaged(data: bytes, damage: list[tuple[Callable[..., bytes], int, int, int]]) -> bytes:
    for mutation, a, b, c in damage:
        data = mutation(data, a, b, c) if data else data
    return data


def run(originals: dict[str, bytes], folder: Path, examples: int) -> None:
    read_back = []

    @settings(max_examples=examples, **QUIET)
    @given(st.sampled_from(SPECIES), DAMAGE, st.integers(1, 3))
    def mutate(name: str, damage: list, column: int) -> None:
        read_back.append(check(folder / name, damaged(originals[name], damage), column))

    mutate()
    # A reader that refused everything, or nothing, would pass the checks above without being tested.
    assert 0.02 < np.mean(read_back) < 0.9


def test_two_hundred_damages(originals: dict[str, bytes], tmp_path: Path) -> None:
    run(originals, tmp_path, 200)


@pytest.mark.slow
def test_ten_thousand_damages(originals: dict[str, bytes], tmp_path: Path) -> None:
    run(originals, tmp_path, 10_000)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Nb.a2F", "ZrN.a2f", "ZrN.a2f_iso"])
def test_damages_of_the_whole_real_files(name: str, shared_data: Path, tmp_path: Path) -> None:
    whole = {name: (shared_data / "a2f" / name).read_bytes()}

    @settings(max_examples=150, **QUIET)
    @given(DAMAGE, st.integers(1, 3))
    def mutate(damage: list, column: int) -> None:
        check(tmp_path / name, damaged(whole[name], damage), column)

    mutate()


def test_damaged_densities_of_states(shared_data: Path, tmp_path: Path) -> None:
    lines = (shared_data / "a2f/Nb.dos").read_bytes().split(b"\n")
    original, read_back = b"\n".join([lines[0], *lines[600:1500:6], b""]), []

    @settings(max_examples=200, **QUIET)
    @given(DAMAGE)
    def mutate(damage: list) -> None:
        (tmp_path / "x.dos").write_bytes(damaged(original, damage))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                read_back.append(read_dos(tmp_path / "x.dos").at_fermi_level)
            except OnnesError as error:
                assert "\n" not in str(error)
        assert all(issubclass(entry.category, OnnesWarning) for entry in caught)

    mutate()
    assert read_back
    assert min(read_back) > 0


def test_undamaged_originals_are_read_without_a_warning(originals: dict[str, bytes], tmp_path: Path) -> None:
    for name, data in originals.items():
        (tmp_path / name).write_bytes(data)
        result = read(tmp_path / name)  # a warning would be an error here
        stated = footer_lambda(data, 1)
        assert stated is None or result.lambda_ == pytest.approx(stated, rel=INTEGRATED_TOLERANCE)


def test_every_kind_of_damage_is_tried(originals: dict[str, bytes]) -> None:
    """Each mutation changes at least one of the files: none is a no-op by mistake."""
    for mutation in MUTATIONS:
        assert any(mutation(data, 3, 22, 5) != data for data in originals.values()), mutation.__name__
