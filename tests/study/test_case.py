"""Cases and the neutral description of their figures."""

import json

import numpy as np
import pytest

from onnes.compare import Claim, Kind, Published
from onnes.errors import InvalidInput
from onnes.state import Check, versions
from onnes.study.case import Case, CaseResult, Quality, run_case
from onnes.study.figure import Curve


def case(*checks: Check) -> Case:
    def run(quality: Quality) -> CaseResult:
        number = {Quality.QUICK: 1.0, Quality.FULL: 2.0}[quality]
        claim = Claim("n", number, 0.1, Published(2.0, 0.0, "1", "doi:x"), Kind.PREDICTED)
        return CaseResult((claim,), checks)

    return Case("made-up", 0, "A made-up case", ("solve.bcs",), 0.0, run)


def test_a_case_runs_in_the_quality_that_is_asked_for() -> None:
    quick, full = run_case(case()), run_case(case(), Quality.FULL)
    assert [c.holds for c in quick.result.claims + full.result.claims] == [False, True]
    assert quick.seconds >= 0 and quick.quality is Quality.QUICK


def test_the_record_is_complete_and_plain() -> None:
    record = run_case(case(Check("a", -1.0, 2.0))).to_json()
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record["case"] == "made-up" and record["quality"] == "quick" and record["versions"] == versions()
    assert record["checks"] == [{"name": "a", "value": -1.0, "bound": 2.0, "passed": True}]
    assert [c["holds"] for c in record["claims"]] == [False]


@pytest.mark.parametrize("value, passed", [(0.5, True), (-0.5, True), (0.51, False), (float("nan"), False)])
def test_one_failed_check_fails_the_run(value: float, passed: bool) -> None:
    assert run_case(case(Check("a", 0.0, 1.0), Check("b", value, 0.5))).checks_passed is passed


def test_curves_are_two_vectors_of_one_length() -> None:
    curve = Curve([1, 2], [3, 4], "c", error=[1, 1])
    assert curve.x.dtype == curve.y.dtype == curve.error.dtype == float
    assert Curve(1.0, 2.0, "point").x.shape == (1,)
    for x, y in (([1, 2], [1]), (np.ones((2, 2)), np.ones((2, 2)))):
        with pytest.raises(InvalidInput, match=r"curve 'c' has x .* give two vectors of one length"):
            Curve(x, y, "c")
