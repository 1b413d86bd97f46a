"""``onnes fit`` and ``onnes sweep``: one configuration, many values of its entries."""

import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from onnes.cli import output

CHECK_FAILED = 3


def fit(
    file: Path,
    data: Path | None = None,
    /,
    *,
    vary: Annotated[tuple[str, ...], Parameter(name="--vary")] = (),
    along: str | None = None,
    x: Annotated[tuple[str, ...], Parameter(name="--x")] = (),
    y: str | None = None,
    error: float | None = None,
    between: tuple[float, float] | None = None,
    within: Annotated[tuple[str, ...], Parameter(name="--within")] = (),
    starts: int = 1,
    seed: int = 0,
    profile: bool = False,
    level: float = 0.95,
    set: Annotated[tuple[str, ...], Parameter(name="--set")] = (),
    json: bool = False,
) -> int:
    """Fit entries of a TOML file to a measured curve or map, or to all data that the file names.

    Parameters
    ----------
    file : the .toml file.
    data : a CSV file whose header names quantities and units, as in bias (mV), conductance, error; or a NetCDF
        file. Left out where the TOML file names its data in tables [data.NAME], which are fitted together.
    vary : an entry with its start and bounds, as in probe.broadening=0.1:0:1; may be repeated.
    along : the entry that the abscissae are values of, such as solve.temperature.
    x : column of the abscissae, the first by default; repeated for the coordinates of a map.
    y : column of the values; the second by default, of a map the last.
    error : one standard error for all points; the column error by default.
    between : lowest and highest abscissa that is fitted.
    within : a part of a map, as in energy_transfer=2:10; may be repeated.
    starts : number of searches, from points within the bounds.
    seed : of these points.
    profile : intervals from profile likelihood rather than from the covariance.
    level : probability that an interval holds the truth.
    set : change one entry before the fit, as in --set model.symmetry=d; may be repeated.
    json : print one JSON document.
    """
    from onnes import compare
    from onnes.errors import InvalidInput
    from onnes.study import config, fitting

    if not vary:
        raise InvalidInput("nothing is varied", "add --vary path=start:low:high")
    begin = time.perf_counter()
    with output.collected_warnings() as messages:
        measured = None
        if data is not None:
            measured = _part(compare.measured(data, x=x, y=y, error=error), between, within)
        elif x or y or error is not None or between or within:
            raise InvalidInput("columns without a file of data", "name the file after the TOML file")
        found = fitting.fit(
            config.read(file, set),
            measured,
            [compare.Vary.parse(one) for one in vary],
            along=along,
            starts=starts,
            seed=seed,
            profile=profile,
            level=level,
            throw=False,
        )
    if json:
        names = [] if measured is None else [name for name, _, _ in measured.axes]
        facts = {
            "file": str(file),
            "data": "" if data is None else str(data),
            "x": ", ".join(names),
            "y": "" if measured is None else measured.y_name,
        }
        output.emit_json(facts | found.to_json() | _circumstances(messages, begin))
    else:
        print(found.summary())
    return 0 if found.report.converged else CHECK_FAILED


def _part(measured: Any, between: tuple[float, float] | None, within: tuple[str, ...]) -> Any:
    """Return the points of a curve or map that are fitted."""
    from onnes.compare import Data
    from onnes.errors import InvalidInput

    if between is not None:
        if not isinstance(measured, Data):
            names = ", ".join(measured.x_names)
            raise InvalidInput(
                f"--between for a map of {names}", f"write --within {measured.x_names[0]}=low:high"
            )
        measured = measured.between(*between)
    for text in within:
        name, _, given = text.partition("=")
        try:
            low, high = (float(part) for part in given.split(":"))
        except ValueError:
            raise InvalidInput(f"--within {text!r} is no range", "write energy_transfer=2:10") from None
        if not isinstance(measured, Data):
            measured = measured.between(name, low, high)
        elif name != measured.x_name:
            raise InvalidInput(f"the data have no axis {name!r}", f"they have {measured.x_name}")
        else:
            measured = measured.between(low, high)
    return measured


def sweep(
    file: Path,
    /,
    *,
    axis: Annotated[tuple[str, ...], Parameter(name="--axis")] = (),
    output_file: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    store: Path | None = None,
    workers: int = 1,
    set: Annotated[tuple[str, ...], Parameter(name="--set")] = (),
    json: bool = False,
) -> int:
    """Run a TOML file for many values of some entries; started again, it computes what is missing.

    Parameters
    ----------
    file : the .toml file.
    axis : an entry with first:last:count, or with values separated by commas, as in
        solve.temperature=1:9:17; may be repeated.
    output_file : the result (.nc); beside the TOML file by default.
    store : folder of the single points; beside the TOML file by default.
    workers : processes.
    set : change one entry before the sweep; may be repeated.
    json : print one JSON document.
    """
    from onnes.state import write_dataset
    from onnes.study import Store, config, sweeps

    begin = time.perf_counter()
    axes = _axes(axis)
    target = output_file or file.with_suffix(".sweep.nc")
    last: dict[str, int] = {}

    def monitor(progress: Any) -> None:
        last.update(computed=progress.done - progress.found, found=progress.found, total=progress.total)
        if sys.stderr.isatty():
            print(f"\r{progress.done} of {progress.total}", end="", file=sys.stderr, flush=True)

    with output.collected_warnings() as messages:
        asked = config.read(file, set)
        folder = Store(store or file.with_suffix(".sweep"))
        pool = sweeps.workers(workers) if workers != 1 else nullcontext()
        with pool as executor:
            result = sweeps.sweep(asked, axes, executor=executor, store=folder, monitor=monitor)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    written = write_dataset(result, target)
    if json:
        record = {"file": str(file), "written": str(written), "store": str(folder.folder), "points": last}
        output.emit_json(record | _content(result, tuple(axes)) | _circumstances(messages, begin))
    else:
        print(f"{last['computed']} of {last['total']} points computed, {last['found']} found")
        print(f"written: {written}")
    return 0


def _circumstances(messages: list[str], begin: float) -> dict[str, Any]:
    from onnes.state import versions

    seconds = round(time.perf_counter() - begin, 3)
    return {"warnings": messages, "seconds": seconds, "versions": dict(versions())}


def _content(result: Any, axes: tuple[str, ...]) -> dict[str, Any]:
    """Say what a swept Dataset holds, and which of its points it lacks."""
    from json import loads

    failures = [
        {"point": [{"name": n, "value": v} for n, v in one["point"].items()], "cause": one["cause"]}
        for one in loads(result.attrs["sweep_failures"])
    ]
    values = [
        {"name": path, "unit": result[path].attrs["units"], "values": result[path].values.tolist()}
        for path in axes
    ]
    return {"axes": values, "quantities": [str(name) for name in result.data_vars], "failures": failures}


def _axes(texts: tuple[str, ...]) -> dict[str, list[Any]]:
    """Read ``path=first:last:count`` and ``path=value,value``; numbers where they are numbers."""
    from onnes.errors import InvalidInput

    if not texts:
        raise InvalidInput("nothing is swept", "add --axis path=first:last:count")
    axes: dict[str, list[Any]] = {}
    for text in texts:
        path, equals, given = (part.strip() for part in text.partition("="))
        if not (equals and path and given):
            raise InvalidInput(f"--axis {text!r} sweeps nothing", "write solve.temperature=1:9:17, or =1,2,4")
        if path in axes:
            raise InvalidInput(f"--axis {path} is given twice", "give each entry once")
        axes[path] = _range(text, given) if ":" in given else [_number(v.strip()) for v in given.split(",")]
    return axes


def _range(text: str, given: str) -> list[float]:
    import numpy as np

    from onnes.errors import InvalidInput
    from onnes.study.sweeps import LARGEST

    parts: list[Any] = [_number(part.strip()) for part in given.split(":")]
    if len(parts) != 3 or not all(isinstance(part, float) and np.isfinite(part) for part in parts):
        raise InvalidInput(f"--axis {text!r} is no range", "write first:last:count, such as 1:9:17")
    first, last, count = parts
    if count != int(count) or not 1 <= count <= LARGEST:
        raise InvalidInput(f"--axis {text!r} has {count:g} values", f"give a count from 1 to {LARGEST}")
    return np.linspace(first, last, int(count)).tolist()


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
