"""One file for each configuration: found by its hash, written whole, safe from a sudden end."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import onnes as on
from onnes.errors import InvalidInput, UnreadableFile
from onnes.state import Outcome, Report, State, load, read_dataset
from onnes.study import Store
from onnes.study.store import canonical_json, digest, revision

MODEL = on.model.PhononGlue(on.model.einstein(20.0, 1.0), on.model.MuStar(0.1))


def make_state(number: float, size: int = 5) -> State:
    fields = {
        "energy": np.arange(float(size)),
        "gap_real": np.full((1, size), number + 1j * number),
    }
    return State(MODEL, "made up", fields, Report(Outcome.CONVERGED, "none", seed=7, seconds=1.5))


def test_what_is_put_is_got(tmp_path: Path) -> None:
    store = Store(tmp_path / "new" / "folder")
    config = {"temperature": 2.0, "model": MODEL}
    assert store.get(config) is None and len(store) == 0
    path = store.put(config, make_state(3.25))
    found = store.get(config)
    assert path.name == f"{digest(config)}.nc"
    np.testing.assert_array_equal(found["gap_real"], np.full((1, 5), 3.25 + 3.25j))
    assert found.report == make_state(3.25).report
    assert load(path).method == "made up"
    assert [s.method for s in store] == ["made up"] and len(store) == 1
    assert [p.name for p in store.folder.iterdir()] == [path.name]


def test_provenance_says_how_it_came_to_be(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    store = Store(tmp_path)
    store.put({"a": 1}, make_state(1.0))
    told = store.provenance({"a": 1})
    assert json.loads(read_dataset(store.path({"a": 1}))["onnes_config"].item()) == {"mapping": {"a": 1}}
    assert told["run_hash"] == digest({"a": 1})
    assert (told["run_outcome"], told["run_engine"]) == ("CONVERGED", "none")
    assert told["run_seed"] == 7 and told["run_seconds"] == 1.5
    assert json.loads(told["run_threads"])["OMP_NUM_THREADS"] == "3"
    assert set(json.loads(told["run_versions"])) == {"python", "onnes", "numpy", "scipy"}
    assert told["run_revision"] == revision()
    with pytest.raises(UnreadableFile, match="no such file"):
        store.provenance({"a": 2})


def test_missing_keeps_order_and_counts_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    configs = [{"T": t} for t in (3.0, 1.0, 2.0, 1)]
    assert store.missing(configs) == [{"T": 3.0}, {"T": 1}, {"T": 2.0}]
    store.put({"T": 1.0}, make_state(0.0))
    assert store.missing(configs) == [{"T": 3.0}, {"T": 2.0}]


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), json_values, max_size=4), st.randoms())
def test_hash_does_not_know_order_or_how_a_number_is_written(config: dict, chance: random.Random) -> None:
    items = list(config.items())
    chance.shuffle(items)

    def as_float(value: object) -> object:
        return float(value) if isinstance(value, int) and not isinstance(value, bool) else value

    assert digest({key: as_float(value) for key, value in items}) == digest(config)


def test_hash_knows_what_differs() -> None:
    seen = [{"a": 1}, {"a": "1"}, {"a": True}, {"a": None}, {"a": [1]}, {"a": 1 + 1e-15}, {"b": 1}, {}]
    assert len({digest(config) for config in seen}) == len(seen)
    assert digest({"m": MODEL}) != digest({"m": on.model.PhononGlue(MODEL.spectrum, on.model.MuStar(0.11))})


def test_hash_is_the_same_in_every_release() -> None:
    """Stored results stay reachable. The hash is that of the text by an independent program (sha256sum)."""
    assert canonical_json({"b": 2.0, "a": [1, "ω"]}) == '{"mapping":{"a":[1,"ω"],"b":2}}'
    assert digest({}) == "c2b263ef0dd7c2a54104c89123d8013513ea1b891464610e70f77c1c5189c92f"


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), object()])
def test_what_cannot_be_hashed_is_refused(bad: object) -> None:
    with pytest.raises(InvalidInput):
        digest({"a": bad})


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="cannot make the folder"):
        Store(tmp_path / "file" / "store")


def test_a_damaged_file_is_not_passed_over(tmp_path: Path) -> None:
    store = Store(tmp_path)
    path = store.put({"a": 1}, make_state(1.0))
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(UnreadableFile, match="not a NetCDF4 file"):
        store.get({"a": 1})


def test_tidy_removes_only_what_is_old(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put({"a": 1}, make_state(1.0))
    old, new = tmp_path / ".x.nc.1.partial", tmp_path / ".y.nc.2.partial"
    for partial in (old, new):
        partial.write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    assert store.tidy() == 1
    assert not old.exists() and new.exists() and store.get({"a": 1}) is not None


WRITER = """
import sys
import numpy as np
import onnes as on
from onnes.state import Outcome, Report, State
from onnes.study import Store

store = Store(sys.argv[1])
model = on.model.PhononGlue(on.model.einstein(20.0, 1.0), on.model.MuStar(0.1))
print("ready", flush=True)
for turn in range(1, 10**6):
    for place in range(4):
        fields = {"energy": np.arange(20000.0), "gap_real": np.full((1, 20000), turn + 1j * turn)}
        store.put({"place": place}, State(model, "writer", fields, Report(Outcome.CONVERGED)))
    print(turn, flush=True)
"""


def test_a_killed_writer_loses_nothing(tmp_path: Path) -> None:
    """SIGKILL at random moments: every file present loads, is whole, and is never older than what was reported."""
    store = Store(tmp_path)
    store.put({"kept": True}, make_state(42.0))
    chance = random.Random(2)
    for _ in range(4):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout.readline() == "ready\n"
        assert writer.stdout.readline() == "1\n"
        time.sleep(chance.uniform(0.0, 0.25))
        writer.send_signal(signal.SIGKILL)
        reported = [1, *map(int, writer.stdout.read().split())]
        writer.wait()
        np.testing.assert_array_equal(store.get({"kept": True})["gap_real"], make_state(42.0)["gap_real"])
        assert len(store) == 5
        for place in range(4):
            values = store.get({"place": place})["gap_real"]
            assert values.shape == (1, 20000) and np.all(values == values[0, 0])
            assert reported[-1] <= values[0, 0].real <= reported[-1] + 1
