"""A case: one published result, reproduced. The engine is elsewhere; a case only uses it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from onnes.compare.claim import Claim
from onnes.state import Check, versions
from onnes.study.figure import Figure


class Quality(StrEnum):
    """How much work a case may do: the atlas in minutes, or the published quality."""

    QUICK = "quick"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What a case hands to the atlas.

    ``text`` is a short methods section (plain paragraphs); ``parameters`` are the inputs that a
    reader needs to repeat it, as display strings; ``tables`` are (title, header, rows).
    """

    claims: tuple[Claim, ...]
    checks: tuple[Check, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]], ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A registered case.

    Parameters
    ----------
    name : command-line name, such as ``"h3s"``.
    row : the row of the mission table it answers; 0 for none.
    title : one sentence.
    engines : the public solvers and probes it uses.
    quick_seconds : what the quick quality costs on two cores, measured.
    run : the function that does it.
    """

    name: str
    row: int
    title: str
    engines: tuple[str, ...]
    quick_seconds: float
    run: Callable[[Quality], CaseResult]


@dataclass(frozen=True, slots=True)
class CaseRun:
    """A case that ran: its result, the wall time and the versions."""

    case: Case
    quality: Quality
    result: CaseResult
    seconds: float

    @property
    def checks_passed(self) -> bool:
        return all(check.passed for check in self.result.checks)

    def to_json(self) -> dict[str, Any]:
        """Return the documented record printed by ``onnes run NAME --json``."""
        return {
            "case": self.case.name,
            "quality": self.quality.value,
            "claims": [claim.to_json() for claim in self.result.claims],
            "checks": [
                {"name": c.name, "value": c.value, "bound": c.bound, "passed": c.passed}
                for c in self.result.checks
            ],
            "seconds": round(self.seconds, 3),
            "versions": dict(versions()),
        }


def run_case(case: Case, quality: Quality = Quality.QUICK) -> CaseRun:
    """Run one case and time it."""
    begin = time.perf_counter()
    result = case.run(quality)
    return CaseRun(case, quality, result, time.perf_counter() - begin)
