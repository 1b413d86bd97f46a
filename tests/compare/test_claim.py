"""The verdict is arithmetic, and a claim cannot hide what it is."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onnes.compare import Claim, Kind, Published, references
from onnes.errors import InvalidInput, InvalidModel

SOURCE = "doi:10.1103/PhysRev.108.1175"
finite = st.floats(-1e6, 1e6)
positive = st.floats(1e-6, 1e6)


def claim(computed: float, error: float, value: float = 10.0, spread: float = 0.3, **more: str) -> Claim:
    return Claim("Tc", computed, error, Published(value, spread, "K", SOURCE), Kind.PREDICTED, **more)


def test_two_combined_standard_errors_decide() -> None:
    """Errors 0.4 and 0.3 combine to 0.5: the bound is at 11 and 9, itself included."""
    assert claim(10.0, 0.4).deviation == 0.0
    assert claim(10.5, 0.4).deviation == pytest.approx(1.0, rel=1e-14)
    assert claim(10.999, 0.4).holds and claim(9.001, 0.4).holds
    assert not claim(11.001, 0.4).holds and not claim(8.999, 0.4).holds


@given(finite, positive, finite, positive)
def test_the_verdict_does_not_know_which_side_is_which(a: float, ea: float, b: float, eb: float) -> None:
    one, other = claim(a, ea, b, eb), claim(b, eb, a, ea)
    assert one.deviation == -other.deviation and one.holds == other.holds


@given(finite, positive, finite, positive, st.floats(1e-3, 1e3))
def test_the_verdict_does_not_know_the_unit(a: float, ea: float, b: float, eb: float, scale: float) -> None:
    """Rounding moves the deviation by a few parts in 1e16 of value/error; beyond 1e-6 of the bound it cannot."""
    one, other = claim(a, ea, b, eb), claim(a * scale, ea * scale, b * scale, eb * scale)
    slack = 1e-15 * (abs(a) + abs(b)) / math.hypot(ea, eb) + 1e-12
    assert other.deviation == pytest.approx(one.deviation, rel=1e-12, abs=slack)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_no_value_holds_nothing(value: float) -> None:
    made = claim(value, 0.1)
    assert not made.holds and made.to_json()["computed"] is None
    json.dumps(made.to_json(), allow_nan=False)


def test_one_side_may_be_exact_but_not_both() -> None:
    assert claim(10.0, 0.0).holds and claim(10.0, 0.1, spread=0.0).holds
    with pytest.raises(InvalidModel, match="positive on at least one side"):
        claim(10.0, 0.0, spread=0.0)
    for error, spread in ((-0.1, 0.1), (0.1, -0.1), (math.nan, 0.1)):
        with pytest.raises(InvalidModel, match="non-negative"):
            claim(10.0, error, spread=spread)


def test_what_was_tuned_is_named() -> None:
    given = Published(1.0, 0.1, "K", SOURCE)
    assert Claim("Tc", 1.0, 0.1, given, Kind.FITTED, fitted="mu*").to_json()["note"] == "fitted: mu*"
    with pytest.raises(InvalidModel, match="fitted"):
        Claim("Tc", 1.0, 0.1, given, Kind.FITTED)
    with pytest.raises(InvalidModel, match="fitted"):
        Claim("Tc", 1.0, 0.1, given, Kind.PREDICTED, fitted="mu*")


def test_a_recalled_number_says_so() -> None:
    given = Published(1.0, 0.1, "K", SOURCE, "recalled", "from memory")
    note = Claim("Tc", 1.0, 0.1, given, Kind.PREDICTED, note="quick", rival="d wave").to_json()["note"]
    assert note == "rival: d wave; quick; from memory; recalled, unverified"
    with pytest.raises(InvalidModel, match="status = guessed"):
        Published(1.0, 0.1, "K", SOURCE, "guessed")


def test_the_record_is_complete() -> None:
    assert claim(10.0, 0.4).to_json() == {
        "name": "Tc",
        "computed": 10.0,
        "error": 0.4,
        "published": 10.0,
        "published_error": 0.3,
        "unit": "K",
        "kind": "predicted",
        "source": SOURCE,
        "holds": True,
        "note": "",
    }


def test_published_numbers_are_read_from_toml(tmp_path: Path) -> None:
    path = tmp_path / "case.toml"
    entry = '[tc]\nvalue = 9.25\nerror = 0.01\nunit = "K"\nsource = "doi:x"\n'
    path.write_text(entry + 'status = "derived"\nnote = "n"\n', encoding="utf-8")
    assert references(path) == {"tc": Published(9.25, 0.01, "K", "doi:x", "derived", "n")}
    for wrong in (entry.replace("error", "sigma"), entry.replace('unit = "K"\n', "")):
        path.write_text(wrong, encoding="utf-8")
        with pytest.raises(
            InvalidInput, match=r"\[tc\] is not a published number.*give value, error, unit, source"
        ):
            references(path)
