"""Small pieces of HTML: escaped text, numbers with their errors, links, tables. No page knows plotly here."""

import math
import re
from collections.abc import Iterable, Sequence
from html import escape

from onnes.view import labels

_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/[^\s,;\"'<>]+)", re.IGNORECASE)
_ARXIV = re.compile(r"arXiv:\s*(\d{4}\.\d{4,5}(?:v\d+)?|[a-z\-]+(?:\.[A-Z]{2})?/\d{7})", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>\"']+")


def tag(name: str, inner: str = "", **attributes: str | bool) -> str:
    """Return an element; ``inner`` is HTML already, attribute values are escaped.

    A trailing underscore is dropped from attribute names (``class_``), others become hyphens.
    """
    words = []
    for key, value in attributes.items():
        shown = key.rstrip("_").replace("_", "-")
        if value is True:
            words.append(f" {shown}")
        elif value is not False:
            words.append(f' {shown}="{escape(str(value))}"')
    return f"<{name}{''.join(words)}>{inner}</{name}>"


def prose(text: str) -> str:
    """Return escaped text with symbols as they are printed: ``omega_log`` is an omega with a subscript."""
    return labels.html(escape(text))


def slug(*parts: str) -> str:
    """Return an identifier for anchors made of letters, digits and hyphens."""
    return re.sub(r"[^A-Za-z0-9]+", "-", "-".join(parts)).strip("-").lower() or "x"


def paragraphs(text: str) -> str:
    """Return plain text as paragraphs, parted at empty lines."""
    parts = (part.strip() for part in re.split(r"\n\s*\n", text))
    return "".join(tag("p", linked(" ".join(part.split()))) for part in parts if part)


def linked(text: str) -> str:
    """Return escaped text in which DOIs, arXiv numbers and addresses are links."""
    found = sorted(
        [
            *_matches(_URL, text, ""),
            *_matches(_DOI, text, "https://doi.org/"),
            *_matches(_ARXIV, text, "https://arxiv.org/abs/"),
        ],
        key=lambda m: (m[0], -m[1]),
    )
    parts, at = [], 0
    for begin, end, target in found:
        if begin < at:
            continue
        shown = target if target.startswith("https://doi.org/") else text[begin:end]
        parts += [prose(text[at:begin]), tag("a", escape(shown), href=target, rel="noopener noreferrer")]
        at = end
    return "".join([*parts, prose(text[at:])])


def _matches(pattern: re.Pattern[str], text: str, prefix: str) -> Iterable[tuple[int, int, str]]:
    for match in pattern.finditer(text):
        body = match.group(match.lastindex or 0)
        kept = _without_punctuation(body)
        if not prefix and _DOI.fullmatch(kept):
            continue
        yield match.start(), match.end() - (len(body) - len(kept)), prefix + kept


def _without_punctuation(address: str) -> str:
    """Drop what a sentence put behind an address; a closing bracket stays where one was opened."""
    while address and (address[-1] in ".:!?" or (address[-1] in ")]" and not _balanced(address))):
        address = address[:-1]
    return address


def _balanced(address: str) -> bool:
    return address.count("(") >= address.count(")") and address.count("[") >= address.count("]")


def with_error(value: float, error: float) -> str:
    """Return ``value ± error``: two digits of the error decide how many of the value are shown.

    An error of zero means an exact or plain number: up to ten significant digits.
    """
    if not math.isfinite(value):
        return "no value"
    if not error > 0 or not math.isfinite(error):
        return minus(f"{value:.10g}")
    top = max(abs(value), error)
    decimals = 1 - math.floor(math.log10(error))
    if top >= 1e6 or top < 1e-4:
        scale = math.floor(math.log10(top))
        places = max(0, min(12, scale + decimals))
        pair = f"{minus(f'{value / 10.0**scale:.{places}f}')} ±\u00a0{error / 10.0**scale:.{places}f}"
        return f"({pair}) × 10{labels.superscript(scale)}"
    if decimals > 6:
        mantissa, power = f"{error:.0e}".split("e")
        return f"{minus(f'{value:.{min(decimals - 1, 10)}f}')} ±\u00a0{mantissa}×10{labels.superscript(int(power))}"
    rounded = (round(v, decimals) if decimals < 0 else v for v in (value, error))
    shown, spread = (f"{v:.{max(0, decimals)}f}" for v in rounded)
    return f"{minus(shown)} ±\u00a0{spread}"


def minus(text: str) -> str:
    """Replace the hyphen of a negative number by a minus sign."""
    return text.replace("-", "\u2212")


def duration(seconds: float) -> str:
    """Return a wall time for people."""
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min"


def table(header: Sequence[str], rows: Iterable[Sequence[str]], caption: str) -> str:
    """Return a plain table from text; columns whose every entry is a number are set to the right."""
    body = [tuple(row) for row in rows]
    right = [bool(body) and all(_numeric(row[i]) for row in body if i < len(row)) for i in range(len(header))]
    head = "".join(
        tag("th", prose(h), scope="col", class_="n" if r else "") for h, r in zip(header, right, strict=True)
    )
    lines = (
        "".join(
            tag("td", linked(str(c)), class_="n" if i < len(right) and right[i] else "")
            for i, c in enumerate(row)
        )
        for row in body
    )
    inner = (
        tag("caption", escape(caption))
        + tag("thead", tag("tr", head))
        + tag("tbody", "".join(tag("tr", line) for line in lines))
    )
    return tag("div", tag("table", inner), class_="scroll", tabindex="0", role="region", aria_label=caption)


def _numeric(text: object) -> bool:
    return bool(
        re.fullmatch(
            r"\s*[-+\u2212]?[\d.]+(e[-+]?\d+)?(\s*(±|\+-)\s*[\d.]+)?\s*%?\s*", str(text), re.IGNORECASE
        )
    )
