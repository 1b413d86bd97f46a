"""Errors: one line, a cause and a remedy, and each of them met somewhere in the tests."""

import inspect
import re
from pathlib import Path

import pytest

from onnes import errors
from onnes.state import Outcome, Report

NAMED = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if cls.__module__ == errors.__name__]
ERRORS = [cls for cls in NAMED if issubclass(cls, errors.OnnesError) and cls is not errors.OnnesError]

MADE = {
    errors.InvalidModel: errors.InvalidModel("lambda", -1.0, "positive", "meV"),
    errors.InvalidInput: errors.InvalidInput("cause", "remedy"),
    errors.UnreadableFile: errors.UnreadableFile(Path("a.nc"), "it is\nempty", "give another"),
    errors.UnitMismatch: errors.UnitMismatch("cause", "remedy"),
    errors.NotConverged: errors.NotConverged(Report(Outcome.MAX_ITERATIONS, "fft", (1.0,), 1e-9, 5)),
    errors.CannotProbe: errors.CannotProbe("tunneling", "dos", "solve it"),
    errors.TooShort: errors.TooShort("cause", "remedy"),
    errors.NoSuperconductivity: errors.NoSuperconductivity("cause", "remedy"),
}


@pytest.mark.parametrize("cls", ERRORS, ids=lambda c: c.__name__)
def test_every_error_is_one_line_with_cause_and_remedy(cls: type) -> None:
    made = MADE[cls]
    assert isinstance(made, errors.OnnesError)
    assert str(made) == f"{made.cause}; {made.remedy}" and "\n" not in str(made)
    assert made.cause and made.remedy


@pytest.mark.parametrize("cls", NAMED, ids=lambda c: c.__name__)
def test_every_error_is_met_in_a_test(cls: type) -> None:
    """``pytest.raises(Name`` or ``pytest.warns(Name`` in some test file other than this one."""
    if cls is errors.OnnesError:
        return
    met = re.compile(rf"(raises|warns)\(\s*(\(?[\w., ]*\b)?{cls.__name__}\b")
    files = [p for p in Path(__file__).parent.rglob("test_*.py") if p != Path(__file__)]
    assert any(met.search(path.read_text(encoding="utf-8")) for path in files)


def test_every_error_says_what_it_is_for() -> None:
    assert all(cls.__doc__ and cls.__doc__.strip() for cls in NAMED)


def test_messages() -> None:
    assert str(MADE[errors.InvalidModel]) == "lambda = -1 meV is not possible; it must be positive meV"
    assert str(MADE[errors.UnreadableFile]) == "cannot read a.nc: it is empty; give another"
    assert MADE[errors.CannotProbe].missing == "dos" and "probe.tunneling needs dos" in str(
        MADE[errors.CannotProbe]
    )
    stopped = MADE[errors.NotConverged]
    assert stopped.report.iterations == 5 and stopped.remedy == Outcome.MAX_ITERATIONS.value
    long = errors.InvalidModel("x", "y" * 500, "short")
    assert len(str(long)) < 120 and "..." in str(long)
    assert issubclass(errors.OnnesWarning, UserWarning)
