"""The atlas: every case that ran, in one HTML file that needs no network and no other file."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from onnes.errors import InvalidInput
from onnes.state import versions
from onnes.study.case import CaseRun
from onnes.view import page, style
from onnes.view.atomic import write_bytes


def atlas(runs: Sequence[CaseRun], path: str | os.PathLike[str]) -> Path:
    """Write the atlas of ``runs`` to one self-contained HTML file, all or nothing, and return its path.

    plotly.js is inside, once; the figures are JSON; a content policy forbids the page every network
    request, so that what it shows is what it holds.

    Parameters
    ----------
    runs : the cases that ran, in order.
    path : the file, such as ``atlas/index.html``; its folder is made where it is missing.

    Raises
    ------
    InvalidInput : no case, two cases of one name, or a file that cannot be written.
    """
    target = Path(path)
    if not runs:
        raise InvalidInput("an atlas without cases", "run at least one case")
    names = [run.case.name for run in runs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidInput(f"the case {twice[0]!r} comes twice", "give every case once")
    return write_bytes(target, html(runs).encode())


def html(runs: Sequence[CaseRun]) -> str:
    """Return the whole page as text."""
    from plotly.offline import get_plotlyjs

    claims = [claim for run in runs for claim in run.result.claims]
    qualities = sorted({run.quality.value for run in runs})
    return Template(_template("atlas.html")).substitute(
        colours=_colours(),
        css=_template("atlas.css"),
        plotly=get_plotlyjs().replace("</script", "<\\/script"),
        js=_template("atlas.js"),
        version=escape(versions()["onnes"]),
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        quality=escape(" and ".join(qualities)),
        contents=page.contents(runs),
        overview=page.overview(runs),
        toolbar=page.toolbar(claims) if claims else "",
        cases="".join(page.section(run) for run in runs),
    )


def _template(name: str) -> str:
    return (files("onnes.view") / "templates" / name).read_text(encoding="utf-8")


def _colours() -> str:
    """The palette of `onnes.view.style` as custom properties, for light and for dark screens."""
    light, dark = _properties(style.LIGHT), _properties(style.DARK)
    return f":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"


def _properties(theme: style.Theme) -> str:
    lines = [f"--plot-paper:{theme.paper}", f"--plot-ink:{theme.ink}", f"--plot-faint:{theme.faint}"]
    for role, shades in theme.roles.items():
        lines += [f"--{role}-{turn}:{shade}" for turn, shade in enumerate(shades)]
    return ";".join(lines)
