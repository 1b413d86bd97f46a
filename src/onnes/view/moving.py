"""Moving pictures of a film: a page that needs nothing but itself, or a film for a projector."""

import base64
import json
import os
from collections.abc import Callable, Sequence
from html import escape
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from onnes.errors import InvalidInput
from onnes.files import replacing
from onnes.state import State
from onnes.view.atomic import write_bytes
from onnes.view.condensate import FEWEST_PAIRS, order_parameter
from onnes.view.film_sheets import (
    aspect,
    density_of,
    largest,
    marks,
    moments,
    new_sheet,
    rendered,
    suffix_of,
    time_of,
)
from onnes.view.film_strip import FilmStrip
from onnes.view.style import LIGHT

if TYPE_CHECKING:
    import xarray as xr

FORMATS = ("html", "mp4", "png", "pdf", "svg")
MOST_BYTES = 40e6
"""Largest page that is written where no other size is allowed."""


def animate(
    frames: "str | os.PathLike[str] | Sequence[State | xr.Dataset]",
    path: str | os.PathLike[str],
    *,
    every: int = 1,
    per_second: float = 12.0,
    most_bytes: float = MOST_BYTES,
    tell: Callable[[str], None] | None = None,
) -> Path:
    """Show how a film changes in time: its pair density, with a mark on each vortex, and its phase.

    Parameters
    ----------
    frames : the file of `solve.Recording(frames=)`, what `probe.frames` returned (it knows the vortices and the edge
        of the film), or states or Datasets of one film.
    path : ``.html`` is one page that needs no other file and no network; ``.mp4`` needs ffmpeg on the path; ``.png``,
        ``.pdf`` and ``.svg`` show the frames side by side.
    every : of how many frames one is shown.
    per_second : frames shown in a second.
    most_bytes : a page that would be larger is refused before it is drawn.
    tell : called once before the drawing begins, with a line that says how much it will be.

    Returns
    -------
    The path of the file, which is written all or nothing.

    Raises
    ------
    InvalidInput : no frames, a page too large, another suffix, no ffmpeg, a file that cannot be written.
    UnreadableFile : a file without frames.
    """
    target, suffix = Path(path), suffix_of(path, FORMATS)
    if every < 1 or not 0 < per_second < float("inf"):
        raise InvalidInput(f"every = {every}, {per_second} frames a second", "give positive numbers")
    whole = FilmStrip(frames) if isinstance(frames, str | os.PathLike) else frames
    count = len(range(0, len(whole), every))
    if not count:
        raise InvalidInput("no frame to show", "record some with solve.Recording(frames=, frame_every=)")
    if suffix not in ("html", "mp4"):
        if tell is not None:
            tell(f"{count} frames on one sheet")
        return moments([whole[k * every] for k in range(count)], target)
    if suffix == "mp4":
        require_ffmpeg()
    reel = _Reel(whole, every, count)
    about = _weight(reel)
    if suffix == "html" and about > most_bytes:
        raise InvalidInput(
            f"{count} frames would make a page of {about / 1e6:.3g} MB, and {most_bytes / 1e6:.3g} MB are allowed",
            f"show one of {every * ceil(about / most_bytes)} frames (every), or raise most_bytes",
        )
    if tell is not None:
        tell(f"{count} frames, " + (f"about {about / 1e6:.2g} MB" if suffix == "html" else "a film"))
    return (_page if suffix == "html" else _film)(reel, target, per_second)


def require_ffmpeg() -> None:
    """Raise `InvalidInput` where there is no ffmpeg on the path."""
    if not has_ffmpeg():
        raise InvalidInput(
            "a film in mp4 needs ffmpeg, which is not on the path", "install it, or end the name in .html"
        )


def has_ffmpeg() -> bool:
    """Return whether there is an ffmpeg on the path."""
    from matplotlib.animation import FFMpegWriter

    return bool(FFMpegWriter.isAvailable())


class _Reel:
    """One sheet whose pictures are exchanged from frame to frame."""

    def __init__(self, frames: "Sequence[State | xr.Dataset]", every: int, count: int) -> None:
        self.frames, self.every, self.count = frames, every, count
        first = frames[0]
        self.sheet = new_sheet(2, 1, aspect(first))
        axes = self.sheet.add_subplot(1, 2, 1), self.sheet.add_subplot(1, 2, 2)
        order_parameter(first, axes[0])
        order_parameter(first, axes[1], part="phase")
        self.density, self.phase = axes[0].collections[0], axes[1].collections[-1]
        looked = np.unique(np.linspace(0, count - 1, min(count, 20)).astype(int))
        self.density.set_clim(0, largest([frames[int(k) * every] for k in looked]))
        for ax in axes:
            ax.set_title("")
            ax.set_title("", loc="left")
        self.dots = axes[0].scatter(
            [], [], s=26, color=LIGHT.colour("measured"), edgecolors="white", zorder=3
        )
        self.heading = self.sheet.suptitle("0 ps", fontsize="medium")
        self.turn(0)
        rendered(self.sheet, "png")
        self.sheet.set_layout_engine("none")  # laid out once: panels that keep still, in half the time

    def turn(self, number: int) -> float:
        """Put a frame on the sheet and return its time, ps."""
        one = self.frames[number * self.every]
        density = density_of(one)
        self.density.set_array(density)
        psi = np.asarray(one["order_parameter"])
        # where the pairs are few the phase is noise; NaN, outside, is no pair either
        self.phase.set_array(np.where(density > FEWEST_PAIRS, np.angle(psi) / np.pi, np.nan))
        words = f"{time_of(one):.4g} ps"
        if isinstance(one, State):
            places = marks(one)
            self.dots.set_offsets(places)
            words += f", {len(places)} vortices"
        self.heading.set_text(words)
        return time_of(one)

    def picture(self, number: int) -> bytes:
        """Return a frame as PNG."""
        self.turn(number)
        return rendered(self.sheet, "png")


def _weight(reel: _Reel) -> float:
    """Return about how many bytes a page takes: the largest of three frames for all, in base64."""
    looked = {0, reel.count // 2, reel.count - 1}
    return max(len(reel.picture(k)) for k in looked) * reel.count * 4 / 3


def _page(reel: _Reel, target: Path, per_second: float) -> Path:
    pictures = [base64.b64encode(reel.picture(k)).decode() for k in range(reel.count)]
    title = escape(target.stem)
    filled = PAGE.replace("{title}", title).replace("{wait}", f"{1000 / per_second:.0f}")
    filled = filled.replace("{last}", str(reel.count - 1)).replace("{pictures}", json.dumps(pictures))
    return write_bytes(target, filled.encode())


def _film(reel: _Reel, target: Path, per_second: float) -> Path:
    from matplotlib.animation import FFMpegWriter
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(reel.sheet)
    # the coding of colours halves both sides of a picture: they must be even
    wide, high = (
        2 * round(side * reel.sheet.dpi / 2) / reel.sheet.dpi for side in reel.sheet.get_size_inches()
    )
    reel.sheet.set_size_inches(wide, high)
    writer: Any = FFMpegWriter(fps=per_second, extra_args=["-pix_fmt", "yuv420p"])
    with (
        replacing(target, "name a folder that can be written", ending=".mp4") as partial,
        writer.saving(reel.sheet, str(partial), reel.sheet.dpi),
    ):
        for number in range(reel.count):
            reel.turn(number)
            writer.grab_frame()
    return target


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body{margin:1rem auto;max-width:72rem;padding:0 1rem;font:16px system-ui,sans-serif;background:#fff;color:#1c2430}
img{width:100%;height:auto}
form{display:flex;gap:.8rem;align-items:center}
input{flex:1}
button{font:inherit;padding:.3rem 1rem}
</style></head><body>
<img id="picture" alt="pair density and phase of a film">
<form onsubmit="return false"><button id="play" type="button">Play</button>
<input id="where" type="range" min="0" max="{last}" value="0" aria-label="frame"><output id="number">0</output></form>
<script>
const pictures={pictures};
const picture=document.getElementById("picture"),where=document.getElementById("where");
const play=document.getElementById("play"),number=document.getElementById("number");
let running=null;
function show(k){where.value=k;number.value=k+"/{last}";picture.src="data:image/png;base64,"+pictures[k];}
function stop(){clearInterval(running);running=null;play.textContent="Play";}
play.onclick=()=>{if(running){stop();return;}play.textContent="Pause";
running=setInterval(()=>show((+where.value+1)%pictures.length),{wait});};
where.oninput=()=>{stop();show(+where.value);};
show(0);
</script></body></html>
"""
