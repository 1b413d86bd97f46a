"""The conventions page runs: every python block, in order, in one namespace; each section that can, asserts."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "conventions.md"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_page_runs() -> None:
    text, namespace = PAGE.read_text(encoding="utf-8"), {"__name__": "conventions"}
    for match in BLOCK.finditer(text):
        # The leading newlines make the number of a failing line the one in the page.
        lead = "\n" * (text.count("\n", 0, match.start()) + 1)
        exec(compile(lead + match.group(1), str(PAGE), "exec"), namespace)
    assert namespace["tc"] > 0


def test_every_section_is_shown_by_an_assertion() -> None:
    text = PAGE.read_text(encoding="utf-8")
    sections = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    silent = [s.splitlines()[0] for s in sections if not re.search(r"^assert ", s, re.MULTILINE)]
    assert len(sections) > 10 and not silent
