"""``onnes run FILE.toml``: a calculation that a configuration describes."""

import time
from pathlib import Path
from typing import Any

from onnes.cli import output


def run_file(path: Path, overrides: tuple[str, ...], target: Path | None, as_json: bool) -> int:
    """Solve, store and measure what a TOML file describes; see `onnes.study.config`.

    Parameters
    ----------
    overrides : ``"solve.temperature=4 K"`` and the like.
    target : the state's file; beside the TOML file where not given.
    as_json : print one JSON document instead of lines.
    """
    from onnes.state import State, versions
    from onnes.study import config

    begin = time.perf_counter()
    with output.collected_warnings() as messages:
        run = config.read(path, overrides).resolve()
        solved = run.solve()
        record: dict[str, Any] = {
            "file": str(path),
            "critical_temperature_K": None,
            "written": [],
            "report": None,
        }
        if isinstance(solved, State | tuple):
            record["written"] = [str(p) for p in _store(run, solved, target or path.with_suffix(".nc"))]
            states = solved if isinstance(solved, tuple) else (solved,)
            record["report"] = "; ".join(state.report.summary() for state in states)
        else:
            record["critical_temperature_K"] = solved
    record |= {
        "warnings": messages,
        "seconds": round(time.perf_counter() - begin, 3),
        "versions": dict(versions()),
    }
    if as_json:
        output.emit_json(record)
    elif record["written"]:
        print(record["report"].replace("; ", "\n"))
        for name in record["written"]:
            print(f"written: {name}")
    else:
        print(f"Tc = {solved:.4f} K")
    return 0


def _store(run: Any, state: Any, target: Path) -> list[Path]:
    from onnes.state import write_dataset
    from onnes.study.store import save_run

    # Several states are a means of the measurement and are not kept.
    written = [] if isinstance(state, tuple) else [save_run(run.canonical(), state, target)]
    if run.config.probe is not None:
        measured = target.with_name(f"{target.stem}.{run.config.probe.kind}.nc")
        written.append(write_dataset(run.probe(state), measured))
    return written
