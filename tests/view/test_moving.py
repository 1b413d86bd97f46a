"""Moving pictures of films: pages that hold what they say and no more than is allowed."""

import base64
import json
import re
from html.parser import HTMLParser

import matplotlib
import numpy as np
import pytest

from onnes import model, probe, solve, view
from onnes.errors import InvalidInput, UnreadableFile
from onnes.view.film_strip import FilmStrip, has_frames, nearest
from onnes.view.moving import has_ffmpeg

matplotlib.use("Agg")
MATERIAL = model.GinzburgLandau(10.0, 200.0, resistivity=20.0, inelastic=2.0)
TAU, BC2 = MATERIAL.time, MATERIAL.upper_critical_field
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A film with a hole that a rising field enters: 7 frames."""
    path = tmp_path_factory.mktemp("frames") / "run.h5"
    film = model.Film(model.rectangle(120, 80).minus(model.disk(12)), 10.0, MATERIAL)
    writing = solve.Recording(frames=path, frame_every=5 * TAU)
    field = model.ramp(0, 0.8 * BC2, 20 * TAU)
    return path, solve.tdgl(film, until=30 * TAU, field=field, spacing=5.0, recording=writing)


def pictures(page):
    """Return the pictures of a page, which is whole and asks for no other file."""
    text = page.read_text(encoding="utf-8")
    HTMLParser().feed(text)
    assert text.startswith("<!doctype html>") and "http" not in text and " src=" not in text
    return [base64.b64decode(p) for p in json.loads(re.search(r"const pictures=(\[.*?\]);", text).group(1))]


def test_page_shows_every_second_frame(recorded, tmp_path):
    path, _ = recorded
    said = []
    page = view.animate(path, tmp_path / "a.html", every=2, tell=said.append)
    shown = pictures(page)
    assert len(shown) == 4 and all(p.startswith(PNG) for p in shown) and len(set(shown)) == 4
    about = float(re.fullmatch(r"4 frames, about ([\d.]+) MB", said[0]).group(1))
    assert page.stat().st_size == pytest.approx(about * 1e6, rel=0.3)


def test_frames_of_a_known_run_show_its_vortices(recorded, tmp_path):
    path, state = recorded
    frames = probe.frames(path, state)
    assert len(pictures(view.animate(frames, tmp_path / "b.html", every=3))) == 3
    sheet = view.animate(frames, tmp_path / "b.png")
    assert sheet.read_bytes().startswith(PNG) and sheet.stat().st_size < 2e6
    assert len(probe.vortices(frames[-1])["vortex"]) > 0


def test_page_is_bounded(recorded, tmp_path):
    with pytest.raises(InvalidInput, match=r"7 frames would make a page .* show one of \d+ frames"):
        view.animate(recorded[0], tmp_path / "c.html", most_bytes=1e4)
    assert not list(tmp_path.iterdir())


def test_film_in_mp4(recorded, tmp_path):
    if not has_ffmpeg():
        with pytest.raises(InvalidInput, match="needs ffmpeg"):
            view.animate(recorded[0], tmp_path / "d.mp4")
        pytest.skip("no ffmpeg on the path: the film itself is not tested")
    film = view.animate(recorded[0], tmp_path / "d.mp4", every=2)
    assert film.read_bytes()[4:8] == b"ftyp" and [p.name for p in tmp_path.iterdir()] == ["d.mp4"]


def test_snapshot(recorded, tmp_path):
    path, state = recorded
    whole = view.snapshot(state, tmp_path / "e.png")
    assert whole.read_bytes().startswith(PNG) and 2e4 < whole.stat().st_size < 1e6
    for number, suffix in enumerate(("svg", "pdf")):
        assert view.snapshot(FilmStrip(path)[number], tmp_path / f"e.{suffix}").stat().st_size > 5e3
    loop = solve.magnetisation_loop(
        model.Film(model.rectangle(60, 40), 10.0, MATERIAL), [0.1, 0.2], ramp=TAU, hold=TAU
    )
    assert view.snapshot(loop, tmp_path / "f.png").stat().st_size > 2e4


def test_strip_is_what_the_run_wrote(recorded):
    path, state = recorded
    strip, frames = FilmStrip(path), probe.frames(path, state)
    assert has_frames(path) and len(strip) == len(frames) == 7
    for a, b in zip(strip, frames, strict=True):
        np.testing.assert_allclose(a["order_parameter"], b["order_parameter"], atol=1e-6)
        # single precision keeps psi = 0 outside exactly, and nothing inside is exactly zero thrice
        np.testing.assert_array_equal(a["cell_weight"] > 0, b["cell_weight"] > 0)
    assert nearest(strip.times, 11 * TAU) == 2


def test_frames_can_be_seen_while_they_are_written(tmp_path):
    path, seen = tmp_path / "growing.h5", []
    film = model.Film(model.rectangle(40, 40), 10.0, MATERIAL)

    def look(progress):
        if progress.time > 5 * TAU and not seen:
            assert has_frames(path)
            strip = FilmStrip(path)
            seen.append((len(strip), pictures(view.animate(strip, tmp_path / "now.html"))))

    solve.tdgl(film, until=8 * TAU, recording=solve.Recording(frames=path, frame_every=2 * TAU), monitor=look)
    assert len(seen) == 1 and seen[0][0] == len(seen[0][1]) == 3


def test_errors(recorded, tmp_path):
    path, state = recorded
    strip = FilmStrip(path)
    with pytest.raises(InvalidInput, match=r"\.html, \.mp4"):
        view.animate(path, tmp_path / "x.gif")
    with pytest.raises(InvalidInput, match="every = 0"):
        view.animate(path, tmp_path / "x.html", every=0)
    with pytest.raises(InvalidInput, match="no frame to show"):
        view.animate([], tmp_path / "x.html")
    with pytest.raises(InvalidInput, match=r"40 moments on one sheet; show 1 to 36: every = 2"):
        view.moments([strip[0]] * 40, tmp_path / "x.png")
    with pytest.raises(InvalidInput, match=r"no frame at 99 ps; they go from 0 to"):
        nearest(strip.times, 99.0)
    with pytest.raises(InvalidInput, match="without a frame"):
        nearest(np.array([]), 0.0)
    with pytest.raises(InvalidInput, match=r"end its name in one of \.png"):
        view.snapshot(state, tmp_path / "x.html")
    with pytest.raises(InvalidInput, match="no film_x"):
        view.snapshot(state.to_dataset()[["time"]], tmp_path / "x.png")
    for name, content in (("absent.h5", None), ("text.h5", "x")):
        if content:
            (tmp_path / name).write_text(content)
        with pytest.raises(UnreadableFile, match="no frames"):
            FilmStrip(tmp_path / name)
        assert not has_frames(tmp_path / name)
