"""The atlas as text: complete, escaped, alone, and honest about what does not hold."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from onnes import view
from onnes.errors import InvalidInput
from onnes.view.atomic import write_bytes
from onnes.view.claims import deviation
from onnes.view.markup import duration, linked, paragraphs, slug, table, tag, with_error
from onnes.view.page import safe_json
from onnes.view.report import html

VOID = {"meta", "input", "br", "link", "img"}


class Reader(HTMLParser):
    """Collects identifiers, addresses, tags and the text outside scripts; notes elements that do not close."""

    def __init__(self) -> None:
        super().__init__()
        self.open, self.wrong, self.ids, self.loads, self.links, self.tags, self.text = (
            [],
            [],
            [],
            [],
            [],
            [],
            [],
        )
        self.data: list[str] = []

    def handle_starttag(self, name, attributes) -> None:
        given = dict(attributes)
        self.tags.append(name)
        self.ids += [given["id"]] if "id" in given else []
        self.loads += [given[key] for key in ("src", "srcset", "action", "data", "poster") if key in given]
        (self.links if name == "a" else self.loads).extend([given["href"]] if "href" in given else [])
        if name == "script" and given.get("type") == "application/json":
            self.data.append("")
        if name not in VOID:
            self.open.append((name, given))

    def handle_endtag(self, name) -> None:
        if not self.open or self.open[-1][0] != name:
            self.wrong.append(name)
        else:
            self.open.pop()

    def handle_data(self, data) -> None:
        inside = self.open[-1] if self.open else ("", {})
        if inside[0] == "script" and inside[1].get("type") == "application/json":
            self.data[-1] += data
        elif inside[0] not in ("script", "style"):
            self.text.append(data)


@pytest.fixture(scope="module")
def text(runs) -> str:
    return html(runs)


@pytest.fixture(scope="module")
def read(text) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader


def test_every_element_closes_and_every_name_is_unique(read) -> None:
    assert read.wrong == [] and read.open == []
    assert len(read.ids) == len(set(read.ids))


def test_nothing_is_loaded_from_anywhere(read, text) -> None:
    assert read.loads == []
    assert {link.split(":")[0] for link in read.links if not link.startswith("#")} == {"https"}
    assert {link[1:] for link in read.links if link.startswith("#")} <= set(read.ids)
    assert "default-src 'none'" in text and "connect-src 'none'" in text


def test_plotly_is_there_once(text) -> None:
    assert len(re.findall(r"\* plotly\.js v\d", text)) == 1


def test_figures_are_json(read, runs) -> None:
    figures = [f for run in runs for f in run.result.figures]
    assert len(read.data) == len(figures)
    for given, figure in zip(read.data, figures, strict=True):
        assert len(json.loads(given)["data"]) >= len(figure.curves) + len(figure.maps)


def test_hostile_text_stays_text(read) -> None:
    assert "img" not in read.tags
    assert '<script>alert("x")</script>' in "".join(read.text)


def test_headings_go_down_one_by_one(read) -> None:
    levels = [int(name[1]) for name in read.tags if re.fullmatch(r"h[1-6]", name)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_scoreboard_counts_every_claim(runs, text) -> None:
    """Own claims by kind, rivals apart: far off, hostile, no value, Tc are predictions; two of four hold."""
    cards = re.findall(
        r'<section class="card (\w+)"><h3>.*?</h3>(?:<p class="score">.*?<b>(\d+)</b>.*?<b>(\d+)</b>)?', text
    )
    counted = {kind: (int(yes), int(no)) for kind, yes, no in cards if yes}
    assert counted == {"predicted": (2, 2), "fitted": (1, 0), "phenomenological": (1, 0), "rival": (1, 0)}
    assert "2 of 3 internal checks passed" in text


def test_verdicts_are_words(text, runs) -> None:
    claims = [c for run in runs for c in run.result.claims]
    for verdict, holds in (("holds", True), ("does not hold", False)):
        shown = re.findall(rf'<span class="verdict \w+">{verdict}</span>', text)
        assert len(shown) == sum(c.holds is holds for c in claims)
    assert "no value" in text and "recalled, unverified" in text and "tuned: μ*" in text


def test_failed_checks_are_opened(text) -> None:
    assert "<details open><summary>Checks <span>1 of 2 passed" in text
    assert "<details><summary>Checks <span>1 of 1 passed" in text


def test_atlas_is_written_whole(runs, tmp_path) -> None:
    path = view.atlas(runs[:1], tmp_path / "new" / "atlas.html")
    assert path.read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert [p.name for p in path.parent.iterdir()] == ["atlas.html"]


def test_a_failed_write_keeps_the_old_page(runs, tmp_path, monkeypatch) -> None:
    old = view.atlas(runs[:1], tmp_path / "atlas.html").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(InvalidInput, match="No space left"):
        view.atlas(runs, tmp_path / "atlas.html")
    assert (tmp_path / "atlas.html").read_bytes() == old
    assert [p.name for p in tmp_path.iterdir()] == ["atlas.html"]


def test_bad_input_is_refused(runs, tmp_path) -> None:
    with pytest.raises(InvalidInput, match="without cases"):
        view.atlas([], tmp_path / "a.html")
    with pytest.raises(InvalidInput, match="'holding' comes twice"):
        view.atlas([runs[0], replace(runs[0])], tmp_path / "a.html")
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="cannot write"):
        write_bytes(Path(tmp_path / "file" / "a.html"), b"x")


# --- pieces -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value, error, shown",
    [
        (9.2634, 0.021, "9.263 ± 0.021"),
        (-203.4, 4.0, "−203.4 ± 4.0"),
        (1234.0, 150.0, "1230 ± 150"),
        (3.5277539777, 1e-9, "3.527753978 ± 1×10⁻⁹"),
        (1.23e-5, 2e-7, "(1.230 ± 0.020) × 10⁻⁵"),
        (5.0e8, 1e6, "(5.000 ± 0.010) × 10⁸"),
        (0.462, 0.0, "0.462"),
        (float("nan"), 1.0, "no value"),
    ],
)
def test_numbers_show_the_digits_that_their_error_allows(value, error, shown) -> None:
    assert with_error(value, error).replace("\u00a0", " ") == shown


def test_sources_become_links() -> None:
    said = linked(
        "X, doi:10.1016/S0022(98)00-0, (see https://doi.org/10.1103/a.b.) and arXiv:1501.06336v2 <i>"
    )
    assert re.findall(r'href="([^"]*)"', said) == [
        "https://doi.org/10.1016/S0022(98)00-0",
        "https://doi.org/10.1103/a.b",
        "https://arxiv.org/abs/1501.06336v2",
    ]
    assert ">https://doi.org/10.1016/S0022(98)00-0</a>, (see" in said and said.endswith("&lt;i&gt;")


def test_paragraphs_are_parted_at_empty_lines() -> None:
    assert paragraphs("a\nb\n\n\nω_n < 1") == "<p>a b</p><p>ω<sub>n</sub> &lt; 1</p>"


def test_tables_set_numbers_to_the_right() -> None:
    said = table(("metal", "Tc"), (("Nb", "9.25"), ("Pb", "7.2 ± 0.1")), "metals")
    assert said.count('class="n"') == 3 and '<td class="">Nb</td>' in said


def test_attributes_are_escaped() -> None:
    assert (
        tag("p", "x", title='"><b>', hidden=True, open=False) == '<p title="&quot;&gt;&lt;b&gt;" hidden>x</p>'
    )
    assert slug("case", "H3S (203 K)") == "case-h3s-203-k" and slug("§") == "x"


def test_json_cannot_end_its_script() -> None:
    value = {"a": "</script><!-- \u2028"}
    assert "<" not in safe_json(value) and json.loads(safe_json(value)) == value
    with pytest.raises(ValueError):
        safe_json(float("nan"))


def test_deviation_scale(runs) -> None:
    far, _, near = runs[1].result.claims[:3]
    assert "left:100.0%" in deviation(far) and "beyond" in deviation(far) and "+52.0 σ" in deviation(far)
    assert "beyond" not in deviation(near)
    assert "no value" in deviation(runs[1].result.claims[4])


def test_times_are_for_people() -> None:
    assert [duration(s) for s in (0.0123, 12.34, 300.0)] == ["12 ms", "12.3 s", "5.0 min"]
