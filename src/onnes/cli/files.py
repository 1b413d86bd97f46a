"""``onnes show``, ``onnes plot`` and ``onnes probe``: what is in a file, and what an instrument says of it."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from onnes.cli import output


def show(file: Path, /, *, json: bool = False) -> int:
    """Print what a stored file holds: fields with units and ranges, the model, how it was solved.

    Parameters
    ----------
    file : a .nc file written by onnes.
    json : print one JSON document.
    """
    from onnes.state import read_dataset

    ds = read_dataset(file)
    record = {
        "file": str(file),
        "title": str(ds.attrs.get("title", "")),
        "schema": int(ds.attrs["onnes_schema"]),
        "attributes": {k: _plain(v) for k, v in ds.attrs.items() if k not in ("title", "onnes_schema")},
        "fields": [_field(name, ds[name]) for name in ds.variables if not str(name).startswith("onnes_")],
        "report": _report(file, ds),
    }
    if json:
        output.emit_json(record)
        return 0
    print(record["title"])
    output.rows([("field", "unit", "shape", "from", "to", "meaning")] + [_line(f) for f in record["fields"]])
    for key, value in record["attributes"].items():
        print(f"{key}: {value}")
    if record["report"]:
        print(record["report"]["summary"])
    return 0


def plot(
    file: Path,
    /,
    *,
    at: Annotated[tuple[str, ...], Parameter(name="--at")] = (),
    only: Annotated[tuple[str, ...], Parameter(name="--only")] = (),
    every: int = 1,
    run: Path | None = None,
    output_file: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
) -> int:
    """Draw what a stored file holds, as PNG, PDF or SVG by the suffix; frames of a film move, as HTML or MP4.

    Parameters
    ----------
    file : a .nc file written by onnes, or the frames of a run.
    at : hold a coordinate at its point nearest to a value, as in --at energy=3; may be repeated. Of frames, a time.
    only : a quantity to be drawn, such as conductance; may be repeated. All by default.
    every : of frames, show one of so many.
    run : of frames, the state of their run (.nc), with which the vortices are marked.
    output_file : the picture; beside the file by default.
    """
    from onnes import view
    from onnes.cli import pictures
    from onnes.errors import InvalidInput
    from onnes.state import read_dataset
    from onnes.view import selection
    from onnes.view.film_strip import has_frames

    if has_frames(file):
        return pictures.moving(file, at, only, every, run, output_file)
    if every != 1 or run is not None:
        raise InvalidInput(
            f"--every or --run, and {file} holds no frames", "give the frames of a run, or neither"
        )

    target = output_file or file.with_suffix(".png")
    if target.suffix not in (".png", ".pdf", ".svg"):
        raise InvalidInput(f"a picture named {target.name}", "end its name in .png, .pdf or .svg")
    with output.collected_warnings():
        ds = read_dataset(file)
        whole = not (at or only)
        if not whole or not (pictures.snapshot_of(file, ds, target) or pictures.correlated(file, ds, target)):
            view.save_dataset(ds, target, at=selection.parse(at), names=only)
    print(f"written: {target}")
    return 0


def probe(
    file: Path,
    instrument: str,
    /,
    *,
    bias: tuple[float, float, int] = (-5.0, 5.0, 501),
    broadening: float = 0.0,
    output_file: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
) -> int:
    """Measure a stored state with an instrument and store what it shows.

    Parameters
    ----------
    file : a state (.nc) written by onnes.
    instrument : tunneling.
    bias : lowest and highest bias energy in meV, and the number of points.
    broadening : Dynes broadening, meV.
    output_file : where the measurement is stored (.nc); beside the state by default.
    """
    from onnes import probe as instruments
    from onnes.errors import InvalidInput
    from onnes.state import load, write_dataset

    if instrument != "tunneling":
        raise InvalidInput(f"there is no instrument {instrument!r} for one stored state", "use tunneling")
    measured = instruments.tunneling(load(file), bias, broadening=broadening)
    target = output_file or file.with_name(f"{file.stem}.{instrument}.nc")
    print(f"written: {write_dataset(measured, target)}")
    return 0


def _field(name: Any, variable: Any) -> dict[str, Any]:
    import numpy as np

    values = np.abs(variable.values) if np.iscomplexobj(variable.values) else variable.values
    numeric = values.size and np.issubdtype(values.dtype, np.number)
    return {
        "name": str(name),
        "unit": variable.attrs.get("units", ""),
        "shape": list(variable.shape),
        "complex": bool(np.iscomplexobj(variable.values)),
        "min": float(np.nanmin(values)) if numeric else None,
        "max": float(np.nanmax(values)) if numeric else None,
        "meaning": variable.attrs.get("long_name", ""),
    }


def _line(field: dict[str, Any]) -> tuple[str, ...]:
    low, high = ("" if field[k] is None else f"{field[k]:.6g}" for k in ("min", "max"))
    shape = "x".join(map(str, field["shape"])) or "scalar"
    meaning = field["meaning"] + (" (moduli)" if field["complex"] else "")
    return field["name"], field["unit"], shape, low, high, meaning


def _report(file: Path, ds: Any) -> dict[str, Any] | None:
    if "onnes_report" not in ds:
        return None
    from onnes.state import load

    report = load(file).report
    return {
        "summary": report.summary(),
        "outcome": report.outcome.name,
        "engine": report.engine,
        "iterations": report.iterations,
        "seconds": report.seconds,
        "checks": [
            {"name": c.name, "value": c.value, "bound": c.bound, "passed": c.passed} for c in report.checks
        ],
        "warnings": list(report.warnings),
        "versions": dict(report.versions),
    }


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") and getattr(value, "size", 2) == 1 else str(value)
