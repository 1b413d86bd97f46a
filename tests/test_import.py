"""``import onnes`` is cheap and pulls in nothing heavy; the public API changes only knowingly."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("numba", "jax", "matplotlib", "plotly", "xarray", "scipy", "pandas", "pydantic")
SNAPSHOT = Path(__file__).with_name("api.json")
ROOMS = ("model", "solve", "response", "probe", "compare", "study", "view", "numerics", "cases")


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def test_import_budget() -> None:
    """Less than 0.3 s of processor time, start of the interpreter excluded; measured 0.01 s."""
    spent = float(run("import time; t = time.process_time(); import onnes; print(time.process_time() - t)"))
    assert spent < 0.3


def test_import_is_light() -> None:
    loaded = json.loads(run("import sys, json, onnes; print(json.dumps(sorted(sys.modules)))"))
    assert not [name for name in HEAVY if name in loaded]


def public() -> dict[str, list[str]]:
    code = (
        "import json, importlib; "
        f"print(json.dumps({{r: sorted(importlib.import_module('onnes.' + r).__all__) for r in {ROOMS!r}}}))"
    )
    return json.loads(run(code))


def test_api_snapshot() -> None:
    """A name that appears or vanishes is a decision: run ``python tests/test_import.py`` to record it."""
    assert public() == json.loads(SNAPSHOT.read_text(encoding="utf-8"))


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_name_exists_and_is_documented(room: str) -> None:
    import importlib

    module = importlib.import_module(f"onnes.{room}")
    for name in module.__all__:
        value = getattr(module, name)
        if callable(value):
            assert (value.__doc__ or "").strip(), f"onnes.{room}.{name} has no docstring"
    with pytest.raises(AttributeError):
        _ = module.no_such_name


if __name__ == "__main__":
    SNAPSHOT.write_text(json.dumps(public(), indent=1) + "\n", encoding="utf-8")
