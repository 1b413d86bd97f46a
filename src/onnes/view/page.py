"""The body of the atlas: header with the scoreboard, contents, and one section for each case."""

import json
from collections.abc import Sequence
from html import escape

from onnes.compare.claim import Claim, Kind
from onnes.state import Check, versions
from onnes.study.case import CaseRun
from onnes.study.figure import Figure
from onnes.view.claims import claims_table, dots, scoreboard, tally
from onnes.view.interactive import figure_json
from onnes.view.markup import duration, linked, minus, paragraphs, prose, slug, table, tag


def contents(runs: Sequence[CaseRun]) -> str:
    """Return the table of contents: each case with how many of its own claims hold."""
    items = []
    for run in runs:
        score = tally(own(run))
        share = (
            tag("span", f"{score.holds}/{score.total}", class_="share" + ("" if score.fails else " all"))
            if score.total
            else ""
        )
        link = tag("a", escape(run.case.name) + share, href=f"#{anchor(run)}", title=run.case.title)
        items.append(tag("li", link, data_case=anchor(run)))
    return tag("ol", "".join(items))


def overview(runs: Sequence[CaseRun]) -> str:
    """Return the scoreboard over all cases and one line for each case."""
    claims = [claim for run in runs for claim in run.result.claims]
    checks = [check for run in runs for check in run.result.checks]
    passed = sum(check.passed for check in checks)
    figures = sum(len(run.result.figures) for run in runs)
    facts = (
        (len(runs), "case", "cases"),
        (len(claims), "claim", "claims"),
        (figures, "figure", "figures"),
    )
    words = [f"{n} {one if n == 1 else many}" for n, one, many in facts]
    words.append(f"{passed} of {len(checks)} internal checks passed")
    words.append(f"computed in {duration(sum(run.seconds for run in runs))}")
    return scoreboard(claims) + tag("p", escape(" · ".join(words)), class_="facts") + _case_lines(runs)


def _case_lines(runs: Sequence[CaseRun]) -> str:
    lines = []
    for run in runs:
        mine = own(run)
        score = tally(mine)
        says = f"{score.holds} of {score.total} hold" if score.total else "no claims"
        cells = (
            tag("th", tag("a", prose(run.case.title), href=f"#{anchor(run)}"), scope="row"),
            tag("td", dots(mine) if mine else "", data_label="Claims"),
            tag("td", says, class_="n"),
        )
        lines.append(tag("tr", "".join(cells)))
    head = "".join(
        tag("th", h, scope="col", class_=c)
        for h, c in (("Case", ""), ("Claims, in order", ""), ("Hold", "n"))
    )
    inner = (
        tag("caption", "Cases", class_="hidden")
        + tag("thead", tag("tr", head))
        + tag("tbody", "".join(lines))
    )
    return tag("table", inner, class_="cases")


def own(run: CaseRun) -> list[Claim]:
    """Return the claims of a case that are its own, not those of a rival explanation."""
    return [claim for claim in run.result.claims if not claim.rival]


def anchor(run: CaseRun) -> str:
    return slug("case", run.case.name)


def toolbar(claims: Sequence[Claim]) -> str:
    """Return the filter over all tables of claims: kind, verdict, words."""
    kinds = [kind.value for kind in Kind if any(c.kind is kind and not c.rival for c in claims)]
    if any(c.rival for c in claims):
        kinds.append("rival")
    kind = _select("filter-kind", "Kind", ("every kind", *kinds))
    verdict = _select("filter-verdict", "Verdict", ("every verdict", "holds", "does not hold"))
    words = tag(
        "label", 'Search <input id="filter-words" type="search" placeholder="quantity, source, note">'
    )
    count = tag("output", f"{len(claims)} claims", id="filter-count", aria_live="polite")
    return tag(
        "form", kind + verdict + words + count, id="filter", role="search", aria_label="Filter the claims"
    )


def _select(name: str, label: str, options: Sequence[str]) -> str:
    first, *rest = options
    inner = tag("option", escape(first), value="") + "".join(tag("option", escape(o), value=o) for o in rest)
    return tag("label", f"{label} {tag('select', inner, id=name)}")


def section(run: CaseRun) -> str:
    """Return everything about one case."""
    case, result, name = run.case, run.result, anchor(run)
    row = tag("span", f"row {case.row} of the mission", class_="row") if case.row else ""
    eyebrow = tag(
        "p",
        tag("code", escape(case.name)) + row + tag("span", f"{run.quality.value} quality"),
        class_="eyebrow",
    )
    heading = tag("h2", tag("a", prose(case.title), href=f"#{name}"), id=f"{name}-title")
    parts = [eyebrow, heading]
    if result.text:
        parts.append(tag("div", paragraphs(result.text), class_="text"))
    if result.figures:
        figures = "".join(_figure(f, f"{name}-figure-{i}") for i, f in enumerate(result.figures, 1))
        parts.append(tag("h3", "Figures") + tag("div", figures, class_="figures"))
    if result.claims:
        parts.append(tag("h3", "Claims") + claims_table(result.claims, case.title))
    parts += [tag("h3", prose(title)) + table(header, rows, title) for title, header, rows in result.tables]
    parts.append(tag("div", _details(run), class_="details"))
    return tag("section", "".join(parts), class_="case", id=name, aria_labelledby=f"{name}-title")


def _figure(figure: Figure, name: str) -> str:
    described = f"{figure.title}. {figure.caption}" if figure.caption else figure.title
    plot = tag("div", "", class_="plot", id=name, role="img", aria_label=described)
    data = tag("script", safe_json(figure_json(figure)), type="application/json", class_="figure-data")
    caption = tag("p", linked(figure.caption)) if figure.caption else ""
    button = tag(
        "button", "data as CSV", type="button", class_="csv", aria_label=f"Save the data of: {figure.title}"
    )
    inner = tag("h4", prose(figure.title)) + plot + tag("figcaption", caption + button) + data
    return tag("figure", inner)


def safe_json(value: object) -> str:
    """Return compact JSON that cannot end the script element it stands in; NaN is refused."""
    dumped = json.dumps(value, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
    return dumped.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _details(run: CaseRun) -> str:
    result = run.result
    blocks = []
    if result.checks:
        blocks.append(
            _fold("Checks", _checks_summary(result.checks), _checks(result.checks), not run.checks_passed)
        )
    if result.parameters:
        blocks.append(_fold("Parameters", f"{len(result.parameters)}", _pairs(result.parameters), False))
    facts = {
        "quality": run.quality.value,
        "wall time": duration(run.seconds),
        "engines": ", ".join(run.case.engines),
        "repeat": f"onnes run {run.case.name}" + (" --full" if run.quality.value == "full" else ""),
        **{f"version of {key}": value for key, value in versions().items()},
    }
    blocks.append(_fold("Provenance", duration(run.seconds), _pairs(facts), False))
    return "".join(blocks)


def _fold(title: str, summary: str, inner: str, opened: bool) -> str:
    head = tag("summary", escape(title) + " " + tag("span", escape(summary)))
    return tag("details", head + inner, open=opened)


def _checks_summary(checks: Sequence[Check]) -> str:
    passed = sum(check.passed for check in checks)
    return f"{passed} of {len(checks)} passed"


def _checks(checks: Sequence[Check]) -> str:
    head = "".join(
        tag("th", h, scope="col", class_=c)
        for h, c in (("Check", ""), ("Value", "n"), ("Bound", "n"), ("Verdict", ""))
    )
    rows = []
    for check in checks:
        verdict = tag(
            "span",
            "passed" if check.passed else "failed",
            class_=f"verdict {'yes' if check.passed else 'no'}",
        )
        cells = (
            tag("th", prose(check.name), scope="row"),
            tag("td", minus(f"{check.value:.2e}"), class_="n"),
            tag("td", f"{check.bound:.1e}", class_="n"),
            tag("td", verdict),
        )
        rows.append(tag("tr", "".join(cells)))
    inner = (
        tag("caption", "Internal checks", class_="hidden")
        + tag("thead", tag("tr", head))
        + tag("tbody", "".join(rows))
    )
    return tag(
        "div", tag("table", inner), class_="scroll", tabindex="0", role="region", aria_label="Internal checks"
    )


def _pairs(pairs: "dict[str, str]") -> str:
    return tag(
        "dl", "".join(tag("div", tag("dt", prose(k)) + tag("dd", linked(str(v)))) for k, v in pairs.items())
    )
