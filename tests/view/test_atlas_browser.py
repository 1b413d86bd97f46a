"""The atlas in a real browser with the network off: drawn, silent, self-contained, filterable.

``ONNES_ATLAS`` names an atlas to open instead of the small made-up one; ``ONNES_SCREENSHOT`` a folder
for pictures of it on a wide and a narrow screen, light and dark.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from onnes import view

pytestmark = pytest.mark.browser
sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)
WAIT = 60_000
"""Milliseconds granted to a slow machine; a page of a hundred figures takes some five seconds."""


@dataclass
class Opened:
    """A page and everything that it said or asked for."""

    page: "sync_api.Page"
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def goto(self, path: Path) -> None:
        self.page.on(
            "console", lambda m: self.said.append(m.text) if m.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.resolve().as_uri())
        self.page.wait_for_load_state("load")

    def wait_until_drawn(self) -> int:
        count = self.page.locator(".plot").count()
        self.page.wait_for_function(
            "n => document.querySelectorAll('.js-plotly-plot .main-svg:first-of-type').length >= n",
            arg=count,
            timeout=WAIT,
        )
        return count


@pytest.fixture(scope="module")
def browser() -> Iterator["sync_api.Browser"]:
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip(f"no browser is installed (looked for {', '.join(PROGRAMS)})")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def atlas_file(runs, tmp_path_factory) -> Path:
    given = os.environ.get("ONNES_ATLAS")
    return Path(given) if given else view.atlas(runs, tmp_path_factory.mktemp("atlas") / "atlas.html")


@pytest.fixture
def opened(browser, atlas_file) -> Iterator[Opened]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    opened = Opened(context.new_page())
    opened.goto(atlas_file)
    yield opened
    context.close()


def test_every_figure_is_drawn_without_network_or_complaint(opened: Opened) -> None:
    count = opened.wait_until_drawn()
    assert count > 0
    assert opened.page.locator(".js-plotly-plot").count() == count
    # a plot that is drawn but empty has neither lines, points nor an image
    drawn = opened.page.evaluate(
        "[...document.querySelectorAll('.js-plotly-plot')].filter(p => p.querySelector("
        "'.scatterlayer path, .heatmaplayer image')).length"
    )
    assert drawn == count
    assert opened.said == []
    # blob: is where plotly keeps its own pictures, within the page
    assert [url for url in opened.asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert sum(url.startswith("file:") for url in opened.asked) == 1


def test_nothing_is_wider_than_a_phone(browser, atlas_file) -> None:
    context = browser.new_context(viewport={"width": 400, "height": 800}, offline=True)
    opened = Opened(context.new_page())
    opened.goto(atlas_file)
    opened.wait_until_drawn()
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 400
    context.close()


def test_the_filter_shows_what_it_is_asked_for(opened: Opened) -> None:
    page = opened.page
    total = page.locator("tr.claim").count()
    failing = page.locator("tr.claim[data-verdict='does not hold']").count()
    page.select_option("#filter-verdict", "does not hold")
    assert page.locator("tr.claim:visible").count() == failing
    assert page.locator("#filter-count").inner_text() == f"{failing} of {total} claims"
    page.select_option("#filter-verdict", "")
    kind = page.locator("tr.claim").first.get_attribute("data-kind")
    page.select_option("#filter-kind", kind)
    assert page.locator("tr.claim:visible").count() == page.locator(f"tr.claim[data-kind='{kind}']").count()
    page.fill("#filter-words", "no claim speaks of this")
    assert page.locator("tr.claim:visible").count() == 0
    assert page.locator("section.case:visible").count() == 0
    assert page.locator("#nothing").is_visible()
    page.fill("#filter-words", "")
    page.select_option("#filter-kind", "")
    assert page.locator("tr.claim:visible").count() == total
    assert opened.said == []


def test_colours_follow_the_screen(opened: Opened) -> None:
    """A dark screen gets the dark shades, in the figures too, and back."""
    page = opened.page
    opened.wait_until_drawn()
    ink = "getComputedStyle(document.querySelector('.js-plotly-plot .xtick text')).fill"
    light = page.evaluate(ink)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"before => {ink} !== before", arg=light, timeout=WAIT)
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"before => {ink} === before", arg=light, timeout=WAIT)
    assert opened.said == []


def test_markup_in_the_data_stays_text(opened: Opened) -> None:
    if os.environ.get("ONNES_ATLAS"):
        pytest.skip("the real atlas holds no hostile names")
    opened.wait_until_drawn()
    assert opened.page.locator("main img").count() == 0
    assert opened.page.locator(".legendtext, .gtitle, .xtitle", has_text="<script>").count() >= 1


def test_data_of_a_figure_can_be_saved(opened: Opened) -> None:
    opened.wait_until_drawn()
    with opened.page.expect_download() as saved:
        opened.page.locator("button.csv").first.click()
    lines = Path(saved.value.path()).read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("series,") and len(lines) > 2


def test_pictures(browser, atlas_file, tmp_path) -> None:
    """Pictures of the whole page for a person to look at; here only that they are not blank."""
    folder = Path(os.environ.get("ONNES_SCREENSHOT", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    views = [("wide-light", 1600, "light"), ("phone-dark", 400, "dark")]
    if "ONNES_SCREENSHOT" in os.environ:
        views += [("wide-dark", 1600, "dark"), ("phone-light", 400, "light")]
    for name, width, scheme in views:
        context = browser.new_context(
            viewport={"width": width, "height": 1000}, offline=True, color_scheme=scheme
        )
        opened = Opened(context.new_page())
        opened.goto(atlas_file)
        opened.wait_until_drawn()
        # A flat picture of this size compresses to a few kB.
        assert len(opened.page.screenshot(path=folder / f"{name}.png", full_page=True)) > 30_000
        context.close()
