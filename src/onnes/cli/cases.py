"""``onnes list``, ``onnes run`` and ``onnes atlas``: published results, reproduced."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from onnes.cli import output
from onnes.study.case import CaseRun, Quality, run_case

CHECK_FAILED = 3


def list_cases(*, json: bool = False) -> int:
    """List the cases: published results that onnes reproduces.

    Parameters
    ----------
    json : print one JSON document.
    """
    from onnes.cases.registry import CASES

    if json:
        output.emit_json(
            [
                {
                    "name": case.name,
                    "row": case.row,
                    "title": case.title,
                    "engines": list(case.engines),
                    "quick_seconds": case.quick_seconds,
                }
                for case in CASES
            ]
        )
    else:
        output.rows([(case.name, f"{case.quick_seconds:4.0f} s", case.title) for case in CASES])
    return 0


def run(
    case: str,
    /,
    *,
    quality: Quality = Quality.QUICK,
    set: Annotated[tuple[str, ...], Parameter(name="--set")] = (),
    output_file: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    json: bool = False,
) -> int:
    """Run a case by name, or a calculation described by a TOML file.

    Parameters
    ----------
    case : a name of ``onnes list``, or the path of a .toml file.
    quality : quick (seconds) or full (published quality).
    set : change one entry of the TOML file, as in --set model.mu_star.value=0.1; may be repeated.
    output_file : where a TOML calculation is stored (.nc); beside the TOML file by default.
    json : print one JSON document.
    """
    if case.endswith(".toml"):
        from onnes.cli.configured import run_file

        return run_file(Path(case), set, output_file, json)
    from onnes.cases.registry import find
    from onnes.errors import InvalidInput

    if set or output_file:
        raise InvalidInput(
            f"--set or --output with the case {case!r}",
            "these belong to a .toml file; a case has no free entries",
        )
    finished = run_case(find(case), quality)
    if json:
        output.emit_json(finished.to_json())
    else:
        print_claims([finished])
    return 0 if finished.checks_passed else CHECK_FAILED


def atlas(
    *,
    output_file: Annotated[Path, Parameter(name=["--output", "-o"])] = Path("atlas/index.html"),
    full: bool = False,
    only: tuple[str, ...] = (),
) -> int:
    """Run every case and write the atlas: one HTML page with figures, claims and verdicts.

    Parameters
    ----------
    output_file : the page.
    full : published quality instead of the quick one.
    only : names of cases, to run these alone; may be repeated.
    """
    from onnes import view
    from onnes.cases.registry import CASES, find

    chosen = [find(name) for name in only] or list(CASES)
    total = sum(case.quick_seconds for case in chosen)
    print(f"{len(chosen)} cases, about {total:.0f} s in quick quality", file=sys.stderr)
    runs = []
    for case in chosen:
        print(f"  {case.name:<24} ...", end="", file=sys.stderr, flush=True)
        runs.append(run_case(case, Quality.FULL if full else Quality.QUICK))
        print(f" {runs[-1].seconds:.1f} s", file=sys.stderr)
    output_file.parent.mkdir(parents=True, exist_ok=True)
    print_claims(runs)
    print(f"\nwritten: {view.atlas(runs, output_file)}")
    return 0 if all(one.checks_passed for one in runs) else CHECK_FAILED


def print_claims(runs: list[CaseRun]) -> None:
    """Print the table of claims with its verdicts, and the checks that failed."""
    lines = [("case", "claim", "this work", "published", "kind", "verdict")]
    for one in runs:
        for claim in one.result.claims:
            published = claim.published
            lines.append(
                (
                    one.case.name,
                    claim.name + (f" [rival: {claim.rival}]" if claim.rival else ""),
                    f"{_number(claim.computed, claim.error)} {published.unit}".replace(" 1", "")
                    if published.unit == "1"
                    else f"{_number(claim.computed, claim.error)} {published.unit}",
                    _number(published.value, published.error),
                    claim.kind.value,
                    "holds" if claim.holds else "DOES NOT HOLD",
                )
            )
    output.rows(lines)
    for one in runs:
        for check in one.result.checks:
            if not check.passed:
                print(
                    f"check failed in {one.case.name}: {check.name} = {check.value:.3g}, bound {check.bound:.3g}"
                )


def _number(value: float, error: float) -> str:
    if not error:
        return f"{value:.5g}"
    from math import floor, log10

    digits = max(0, 1 - floor(log10(error))) if error < 10 else 0
    return f"{value:.{digits}f} ± {error:.{digits}f}"
