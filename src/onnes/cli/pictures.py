"""``onnes plot`` of what has pictures of its own: films and their frames, states of correlated electrons."""

from pathlib import Path
from typing import Any


def snapshot_of(file: Path, ds: Any, target: Path) -> bool:
    """Draw the state of a film and return True; return False where the file holds something else."""
    if "order_parameter" not in ds or "cell_weight" not in ds or "onnes_model" not in ds:
        return False
    from onnes import view
    from onnes.model import Setup
    from onnes.state import load

    state = load(file)
    if not isinstance(state.model, Setup):
        return False
    view.snapshot(state, target)
    return True


def correlated(file: Path, ds: Any, target: Path) -> bool:
    """Draw a state or a continued spectrum of correlated electrons, or a sweep of states along one axis.

    Return False where the file holds something else.
    """
    from onnes.state import load
    from onnes.study import correlated_figures as figures
    from onnes.view.figure_sheet import save_panels
    from onnes.view.selection import sweep_axes

    axes, title = sweep_axes(ds), str(ds.attrs.get("title", ""))
    ours = ds.attrs.get("method") in figures.METHODS
    if ours and len(axes) == 1:
        panels = figures.of_sweep(ds, axes[0])
    elif ours and "onnes_model" in ds:
        title, panels = figures.of_state(load(file))
    else:
        panels = () if axes else figures.of_spectrum(ds)
    if not panels:
        return False
    save_panels(panels, target, title=title)
    return True


def moving(
    file: Path, at: tuple[str, ...], only: tuple[str, ...], every: int, run: Path | None, target: Path | None
) -> int:
    """Draw the frames of a run: one of them where a time is given, all of them otherwise.

    Parameters
    ----------
    run : the state of the run, which knows the edge of the film and, with it, the vortices.
    target : by its suffix a page (.html), a film (.mp4) or one sheet (.png, .pdf, .svg); where not given, a film
        beside the file where there is an ffmpeg, and a page otherwise.
    """
    from onnes import probe, view
    from onnes.errors import InvalidInput
    from onnes.state import load
    from onnes.view.film_strip import FilmStrip, nearest
    from onnes.view.moving import has_ffmpeg

    if only:
        raise InvalidInput("--only of a file of frames", "take it out: pair density and phase are drawn")
    frames = FilmStrip(file) if run is None else probe.frames(file, load(run))
    if at:
        number = nearest(frames.times, _time(at))
        written = view.snapshot(frames[number], target or file.with_suffix(".png"))
    else:
        beside = file.with_suffix(".mp4" if has_ffmpeg() else ".html")
        written = view.animate(frames, target or beside, every=every, tell=print)
    print(f"written: {written}")
    return 0


def _time(at: tuple[str, ...]) -> float:
    """Return the time (ps) of ``--at 12.5``, ``--at "12.5 ps"`` or ``--at time=12.5``."""
    from onnes.errors import InvalidInput, UnitMismatch
    from onnes.units import parse

    name, equals, value = at[0].rpartition("=")
    if len(at) > 1 or (equals and name != "time"):
        raise InvalidInput(
            f"--at {' --at '.join(at)} of a file of frames", "give one time, as in --at '12.5 ps'"
        )
    try:
        return float(value)
    except ValueError:
        pass
    try:
        return parse(value, "time")
    except UnitMismatch as error:
        raise InvalidInput(f"--at {at[0]}: {error.cause}", error.remedy) from None
