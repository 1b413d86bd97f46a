"""What the documents show is what happens: examples, README and guide run, and the README's output is exact."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from onnes.cli import main

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("[0-9][0-9]_*.py"))
PAGES = [ROOT / "README.md", ROOT / "docs" / "index.md", *sorted((ROOT / "docs" / "guide").glob("*.md"))]
PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda p: p.stem)
def test_example_runs_and_ends_in_its_table(script: Path, tmp_path: Path) -> None:
    limits = {"MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, script],
        cwd=tmp_path,
        env=os.environ | limits,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "this work" in done.stdout and "published" in done.stdout
    assert "Warning" not in done.stderr
    assert not list(tmp_path.iterdir()), "an example leaves no file behind"


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda p: p.stem)
def test_example_says_its_physics_and_checks_something(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert "**Physics background.**" in text and "**What it shows.**" in text
    assert "# This work / published" in text
    assert re.search(r"^\s*assert ", text, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_python_of_the_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text, namespace = page.read_text(encoding="utf-8"), {"__name__": page.stem}
    for match in PYTHON.finditer(text):
        # The leading newlines make the number of a failing line the one in the page.
        lead = "\n" * (text.count("\n", 0, match.start()) + 1)
        exec(compile(lead + match.group(1), str(page), "exec"), namespace)


def test_numbers_in_the_readme_are_those_it_computes(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    code = PYTHON.search((ROOT / "README.md").read_text(encoding="utf-8")).group(1)
    namespace: dict = {}
    exec(code, namespace)
    said = dict(re.findall(r"^(\w+) = .*# (?:.*?)([\d.]+) (?:K|meV)", code, re.MULTILINE))
    assert set(said) == {"tc", "edge"}
    assert f"{namespace['tc']:.2f}" == said["tc"] and f"{namespace['edge']:.2f}" == said["edge"]
    assert (tmp_path / "lead.nc").is_file()


def test_command_line_of_the_readme_prints_what_it_shows(shared_data, monkeypatch, capsys) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = next(b for b in CONSOLE.findall(text) if b.startswith("$ onnes tc"))
    command, *shown = block.splitlines()
    monkeypatch.chdir(shared_data / "a2f")
    with pytest.raises(SystemExit) as stop:
        main(shlex.split(command)[2:])
    assert stop.value.code == 0
    assert capsys.readouterr().out.splitlines() == shown


def test_paths_that_the_readme_names_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#]+)\)", text)
    assert len(targets) >= 5
    assert not [t for t in targets if "://" not in t and not (ROOT / t).exists()]
    assert (ROOT / "docs" / "images" / "one-glue.png").stat().st_size < 150_000
