"""The table of claims and the scoreboard: what holds and what does not, said equally plainly."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from onnes.compare.claim import COVERAGE, Claim, Kind
from onnes.view.markup import linked, minus, prose, tag, with_error

_KIND_MEANS = {
    Kind.PREDICTED: "nothing was tuned to it",
    Kind.FITTED: "a parameter was tuned to it",
    Kind.PHENOMENOLOGICAL: "its form was chosen to resemble the data",
}
_SHOWN_SIGMA = 5.0
"""Deviations beyond this are drawn at the edge of the scale."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many claims hold, and how many there are."""

    holds: int
    total: int

    @property
    def fails(self) -> int:
        return self.total - self.holds


def tally(claims: Iterable[Claim]) -> Tally:
    verdicts = [claim.holds for claim in claims]
    return Tally(sum(verdicts), len(verdicts))


def scoreboard(claims: Sequence[Claim]) -> str:
    """Return one card for each kind of claim, and one for the rival explanations."""
    own = [c for c in claims if not c.rival]
    cards = [
        _card(kind.value.capitalize(), _KIND_MEANS[kind], tally(c for c in own if c.kind is kind), kind.value)
        for kind in Kind
    ]
    rivals = [c for c in claims if c.rival]
    if rivals:
        cards.append(_card("Rivals", "other explanations, run on the same footing", tally(rivals), "rival"))
    return tag("div", "".join(cards), class_="cards")


def _card(title: str, means: str, score: Tally, kind: str) -> str:
    if not score.total:
        numbers = tag("p", "none", class_="none")
        return tag(
            "section",
            tag("h3", escape(title)) + numbers + tag("p", escape(means), class_="means"),
            class_=f"card {kind}",
        )
    share = 100 * score.holds / score.total
    bar = tag(
        "div", tag("span", "", class_="fill", style=f"width:{share:.1f}%"), class_="bar", aria_hidden="true"
    )
    holding = tag("span", f"<b>{score.holds}</b> hold{'s' if score.holds == 1 else ''}", class_="yes")
    failing = tag(
        "span",
        f"<b>{score.fails}</b> {'does' if score.fails == 1 else 'do'} not",
        class_="no" if score.fails else "zero",
    )
    inner = (
        tag("h3", escape(title))
        + tag("p", holding + failing, class_="score")
        + bar
        + tag("p", escape(means), class_="means")
    )
    return tag("section", inner, class_=f"card {kind}")


def dots(claims: Sequence[Claim]) -> str:
    """Return one mark for each claim, in order: full where it holds, crossed where it does not."""
    score = tally(claims)
    marks = "".join(tag("i", "", class_="dot yes" if c.holds else "dot no", title=c.name) for c in claims)
    return tag(
        "span", marks, class_="dots", role="img", aria_label=f"{score.holds} of {score.total} claims hold"
    )


def claims_table(claims: Sequence[Claim], label: str) -> str:
    """Return the filterable table of the claims of one case."""
    heads = (
        ("Quantity", ""),
        ("This work", "n"),
        ("Published", "n"),
        ("Unit", ""),
        ("Deviation", "dev"),
        ("Verdict and kind", ""),
        ("Source and note", "src"),
    )
    head = "".join(tag("th", h, scope="col", class_=c) for h, c in heads)
    body = "".join(_row(claim) for claim in claims)
    caption = tag("caption", escape(f"Claims: {label}"), class_="hidden")
    inner = caption + tag("thead", tag("tr", head)) + tag("tbody", body)
    return tag(
        "div",
        tag("table", inner, class_="claims"),
        class_="scroll",
        tabindex="0",
        role="region",
        aria_label=f"Claims: {label}",
    )


def _row(claim: Claim) -> str:
    published = claim.published
    verdict = "holds" if claim.holds else "does not hold"
    name = prose(claim.name) + (
        tag("span", prose(f"rival: {claim.rival}"), class_="rivalname") if claim.rival else ""
    )
    cells = (
        tag("th", name, scope="row"),
        _cell("This work", escape(with_error(claim.computed, claim.error)), "n"),
        _cell("Published", escape(with_error(published.value, published.error)), "n"),
        _cell("Unit", escape("" if published.unit == "1" else published.unit), "unit"),
        _cell("Deviation", deviation(claim), "dev"),
        _cell(
            "Verdict",
            tag("span", verdict, class_=f"verdict {'yes' if claim.holds else 'no'}") + badge(claim),
            "say",
        ),
        _cell("Source", _source(claim), "src"),
    )
    return tag(
        "tr",
        "".join(cells),
        class_="claim" + (" rival" if claim.rival else ""),
        data_kind="rival" if claim.rival else claim.kind.value,
        data_verdict=verdict,
        data_name=claim.name,
    )


def _cell(label: str, inner: str, css: str = "") -> str:
    return tag("td", inner, data_label=label, class_=css)


def badge(claim: Claim) -> str:
    """Return the kind as a badge whose border, not only its colour, tells the kinds apart."""
    return tag("span", claim.kind.value, class_=f"kind {claim.kind.value}", title=_KIND_MEANS[claim.kind])


def deviation(claim: Claim) -> str:
    """Return the deviation in combined standard errors, with a small scale: the band is +-2."""
    value = claim.deviation
    if not math.isfinite(value):
        return tag("span", "no value", class_="sigma")
    number = f"{value:+.1f}" if abs(value) < 1000 else f"{value:+.0e}"
    number = "0.0" if abs(value) < 0.05 else number
    place = 50 + 50 * max(-1.0, min(1.0, value / _SHOWN_SIGMA))
    beyond = " beyond" if abs(value) > _SHOWN_SIGMA else ""
    mark = tag("i", "", class_=("yes" if claim.holds else "no") + beyond, style=f"left:{place:.1f}%")
    band = tag(
        "b",
        "",
        style=f"left:{50 - 50 * COVERAGE / _SHOWN_SIGMA:.0f}%;width:{100 * COVERAGE / _SHOWN_SIGMA:.0f}%",
    )
    return tag("span", f"{minus(number)} σ", class_="sigma") + tag(
        "span", band + mark, class_="scale", aria_hidden="true"
    )


def _source(claim: Claim) -> str:
    published = claim.published
    parts = [linked(published.source)]
    if published.status != "verified":
        words = {"recalled": "recalled, unverified", "derived": "derived"}[published.status]
        parts.append(tag("span", words, class_=f"status {published.status}"))
    if claim.fitted:
        parts.append(tag("span", f"tuned: {prose(claim.fitted)}", class_="status fitted"))
    notes = "; ".join(note for note in (claim.note, published.note) if note)
    return " ".join(parts) + (tag("p", linked(notes), class_="note") if notes else "")
