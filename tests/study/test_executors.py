"""Tasks on many workers: the same result whoever computes it, and nothing lost when a worker or the run is killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput, OnnesError, UnreadableFile
from onnes.study import Store, executors

CHAINS = '''
"""Tasks that processes import."""

import os
import signal
import time
from pathlib import Path

import numpy as np

from onnes.study import task_seed


def chain(task):
    """Bins of a Markov chain x -> 0.9 x + noise; where asked to, it is killed half way the first few times."""
    name, kills, folder = task["name"], task.get("kills", 0), Path(task["folder"])
    with open(folder / f"{name}.begun", "a") as begun:
        begun.write("x")
        begun.flush()
        times = begun.tell()
    time.sleep(task.get("seconds", 0.0))
    generator, x, bins = np.random.default_rng(task_seed(7, name)), 0.0, []
    for step in range(2000):
        if step == 1000 and times <= kills:
            os.kill(os.getpid(), signal.SIGKILL)
        x = 0.9 * x + generator.normal()
        if step % 100 == 99:
            bins.append(x)
    return {"bins": np.array(bins), "phase": np.exp(1j * np.array(bins)), "seed": np.array(task_seed(7, name))}


def fails(task):
    if task == 2:
        raise ValueError("two is bad")
    return {"x": np.array([task])}


def threads(task):
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return {name: np.array(int(os.environ.get(name, "0"))) for name in names}


def scaled(factor, task):
    return {"x": factor * np.arange(task)}
'''

KILLED = """
import sys
sys.path.insert(0, {modules!r})
import onnes_test_chains
from onnes.study import Store, run_tasks, workers
if __name__ == "__main__":
    with workers(2) as pool:
        run_tasks(onnes_test_chains.chain, {tasks!r}, executor=pool, store=Store({store!r}))
"""


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folder of the module that spawned processes import: they are given the path of the one that spawns them."""
    folder = tmp_path_factory.mktemp("modules")
    (folder / "onnes_test_chains.py").write_text(CHAINS)
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


@pytest.fixture
def chains(modules: Path):
    import onnes_test_chains

    return onnes_test_chains


def asked(folder: Path, count: int = 6, **changes: dict) -> dict[str, dict]:
    tasks = {f"chain-{i}": {"name": f"chain-{i}", "folder": str(folder)} for i in range(count)}
    for name, change in changes.items():
        tasks[name.replace("_", "-")] |= change
    return tasks


def begun(folder: Path) -> dict[str, int]:
    """How often each task was begun."""
    return {path.stem: len(path.read_text()) for path in folder.glob("*.begun")}


def serial(chains, folder: Path, tasks: dict[str, dict]) -> dict[str, dict[str, np.ndarray]]:
    """The plain loop, without anything that kills."""
    folder.mkdir()
    return {
        name: chains.chain(task | {"folder": str(folder), "kills": 0, "seconds": 0.0})
        for name, task in tasks.items()
    }


def same(one: dict, other: dict) -> bool:
    """Same names in the same order, same types, same bits."""
    return list(one) == list(other) and all(
        one[task].keys() == other[task].keys()
        and all(
            np.asarray(one[task][key]).dtype == np.asarray(other[task][key]).dtype
            and np.array_equal(one[task][key], other[task][key])
            for key in one[task]
        )
        for task in one
    )


class Backwards:
    """An executor that computes the last task first, when all are there."""

    def __init__(self, total: int) -> None:
        self.total, self.waiting = total, []

    def submit(self, function, task) -> Future:
        future: Future = Future()
        self.waiting.append((future, function, task))
        if len(self.waiting) == self.total:
            for future_, function_, task_ in reversed(self.waiting):
                future_.set_result(function_(task_))
        return future


def test_every_executor_gives_the_plain_loop(chains, tmp_path: Path) -> None:
    tasks = asked(tmp_path)
    expected = serial(chains, tmp_path / "serial", tasks)
    with ThreadPoolExecutor(3) as threads:
        for executor in (None, threads, Backwards(len(tasks))):
            assert same(on.study.run_tasks(chains.chain, tasks, executor=executor), expected)
    merged = on.study.joined(expected)
    assert merged["bins"].shape == (120,)
    np.testing.assert_array_equal(merged["seed"], [on.study.task_seed(7, name) for name in tasks])


def test_a_killed_worker_costs_its_task_only_which_is_begun_again(chains, tmp_path: Path) -> None:
    tasks = asked(tmp_path, chain_1={"kills": 1}, chain_4={"kills": 2})
    told: list[executors.Progress] = []
    with on.study.workers(2) as pool:
        found = on.study.run_tasks(
            chains.chain, tasks, executor=pool, store=Store(tmp_path / "store"), monitor=told.append
        )
    assert begun(tmp_path) == {"chain-1": 2, "chain-4": 3} | {f"chain-{i}": 1 for i in (0, 2, 3, 5)}
    assert same(found, serial(chains, tmp_path / "serial", tasks))
    assert [p.done for p in told] == list(range(7)) and told[-1].total == 6 and told[-1].found == 0
    # what is stored is what was handed out, to the bit
    again = on.study.run_tasks(chains.chain, tasks, store=Store(tmp_path / "store"))
    assert same(again, found) and sum(begun(tmp_path).values()) == 9
    for key in ("bins", "phase"):
        bins = on.study.joined({name: {key: found[name][key]} for name in tasks})[key]
        np.testing.assert_array_equal(bins, np.concatenate([found[f"chain-{i}"][key] for i in range(6)]))


def test_a_worker_killed_from_outside_in_the_middle(chains, tmp_path: Path) -> None:
    """The signal comes from another process, to whichever worker is at work."""
    tasks = asked(tmp_path, count=3, chain_1={"seconds": 0.5})
    with on.study.workers(1) as pool:
        pid = pool.submit(os.getpid).result()

        def kill(progress: executors.Progress) -> None:
            if progress.done == 1:
                while "chain-1" not in begun(tmp_path):
                    time.sleep(0.01)
                os.kill(pid, signal.SIGKILL)

        found = on.study.run_tasks(chains.chain, tasks, executor=pool, monitor=kill)
        assert pool.submit(os.getpid).result() != pid
    assert begun(tmp_path)["chain-1"] == 2 and begun(tmp_path)["chain-0"] == 1
    assert same(found, serial(chains, tmp_path / "serial", tasks))


def test_a_task_that_always_kills_is_given_up_and_the_others_are_kept(chains, tmp_path: Path) -> None:
    tasks, store = asked(tmp_path, count=4, chain_1={"kills": 9}), Store(tmp_path / "store")
    with (
        pytest.raises(OnnesError, match=r"worker of task chain-1 was ended from outside 2 times.*others are"),
        on.study.workers(2) as pool,
    ):
        on.study.run_tasks(chains.chain, tasks, executor=pool, store=store, attempts=2)
    assert begun(tmp_path) == {"chain-0": 1, "chain-1": 2, "chain-2": 1, "chain-3": 1}
    assert len(list((store.folder / executors.TASKS).glob("*.nc"))) == 3
    # a plain pool is broken for good: what it did not compute is told, not waited for
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        pytest.raises(OnnesError, match="chain-1"),
    ):
        on.study.run_tasks(chains.chain, tasks, executor=pool, store=store, attempts=2)


def test_killing_the_run_loses_what_was_under_way_only(chains, modules: Path, tmp_path: Path) -> None:
    slow = {f"chain_{i}": {"seconds": 0.25} for i in range(6)}
    tasks, store = asked(tmp_path, **slow), Store(tmp_path / "store")
    code = KILLED.format(modules=str(modules), tasks=tasks, store=str(store.folder))
    script = tmp_path / "script.py"
    script.write_text(code)
    process = subprocess.Popen([sys.executable, str(script)])
    results, begin = store.folder / executors.TASKS, time.monotonic()
    while len(list(results.glob("[!.]*.nc"))) < 2:
        assert process.poll() is None and time.monotonic() - begin < 60
        time.sleep(0.01)
    process.kill()
    process.wait()
    stored = {path.name[:7] for path in results.glob("[!.]*.nc")}
    assert 2 <= len(stored) < 6, "killed in the middle"
    before = begun(tmp_path)
    resumed = on.study.run_tasks(chains.chain, tasks, store=store)
    after = begun(tmp_path)
    assert {name for name in tasks if after[name] == before.get(name, 0)} == stored
    assert same(resumed, serial(chains, tmp_path / "serial", tasks))


def test_a_keyboard_interrupt_keeps_what_is_done_and_ends_the_rest(chains, tmp_path: Path) -> None:
    tasks = asked(tmp_path, count=4, chain_2={"seconds": 60.0}, chain_3={"seconds": 60.0})
    store, begin = Store(tmp_path / "store"), time.monotonic()

    def interrupt(progress: executors.Progress) -> None:
        if progress.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), on.study.workers(2) as pool:
        on.study.run_tasks(chains.chain, tasks, executor=pool, store=store, monitor=interrupt)
    assert time.monotonic() - begin < 30, "the tasks of a minute were ended"
    assert len(list((store.folder / executors.TASKS).glob("*.nc"))) == 2
    # what is done but not handed out when the loop is left is stored too
    other = Store(tmp_path / "other")
    with pytest.raises(KeyboardInterrupt):
        on.study.run_tasks(
            chains.fails, {"a": 0, "b": 1, "c": 3}, executor=Backwards(3), store=other, monitor=raise_at_one
        )
    assert len(list((other.folder / executors.TASKS).glob("*.nc"))) == 3


def raise_at_one(progress: executors.Progress) -> None:
    if progress.done == 1:
        raise KeyboardInterrupt


def test_an_error_of_a_task_is_its_own_and_the_others_are_kept(chains, tmp_path: Path) -> None:
    store, tasks = Store(tmp_path), {"a": 1, "b": 2, "c": 3}
    for executor in (None, ThreadPoolExecutor(1)):
        with pytest.raises(ValueError, match="two is bad") as caught:
            on.study.run_tasks(chains.fails, tasks, executor=executor, store=store)
        assert caught.value.__notes__ == ["raised by task b; the others are stored"]
    assert len(list((tmp_path / executors.TASKS).glob("*.nc"))) == 2


def test_what_decides_a_result_is_the_function_and_the_task(chains, tmp_path: Path) -> None:
    store = Store(tmp_path)
    for factor in (2, 3):
        for length in (4, 5):
            found = on.study.run_tasks(partial(chains.scaled, factor), {"a": length}, store=store)
            np.testing.assert_array_equal(found["a"]["x"], factor * np.arange(length))
    assert len(list((tmp_path / executors.TASKS).glob("*.nc"))) == 4
    (broken, *_) = (tmp_path / executors.TASKS).glob("*.nc")
    broken.write_bytes(b"no file")
    with pytest.raises(UnreadableFile):
        for factor in (2, 3):
            for length in (4, 5):
                on.study.run_tasks(partial(chains.scaled, factor), {"a": length}, store=store)


def every_type(task: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(task)
    return {
        "double": np.append(rng.normal(size=3), [np.nan, np.inf, -0.0]).reshape(2, 3),
        "single": rng.normal(size=4).astype(np.float32),
        "complex": rng.normal(size=2) + 1j * rng.normal(size=2),
        "long": rng.integers(0, 2**63, 3),
        "unsigned": np.array(2**64 - 1, np.uint64),
        "flags": np.array([True, False]),
        "number": np.float64(rng.normal()),
        "none": np.zeros((0, 3)),
        "same": rng.normal(size=(2, 2)),
    }


def test_arrays_of_every_type_survive_their_file(tmp_path: Path) -> None:
    computed = on.study.run_tasks(every_type, {"a": 1}, store=Store(tmp_path))["a"]
    found = on.study.run_tasks(every_type, {"a": 1}, store=Store(tmp_path))["a"]
    assert list(found) == list(computed) == list(every_type(1))
    for name, array in every_type(1).items():
        for other in (found[name], computed[name]):
            assert isinstance(other, np.ndarray) and other.dtype == array.dtype and other.shape == array.shape
            np.testing.assert_array_equal(other, array)


def test_seeds_belong_to_tasks() -> None:
    seeds = {on.study.task_seed(seed, f"chain-{i}") for seed in (0, 1) for i in range(1000)}
    # of 2000 numbers of 64 bits two are equal with probability 2000^2/2^65 = 1e-13
    assert len(seeds) == 2000 and all(0 <= seed < 2**64 for seed in seeds)
    assert on.study.task_seed(1, "a") == on.study.task_seed(1, "a")
    bits = np.array([[seed >> bit & 1 for bit in range(64)] for seed in seeds])
    # each bit is a fair coin: 2000 throws, 64 bits, five standard errors of 1/sqrt(4 * 2000)
    assert np.max(np.abs(bits.mean(axis=0) - 0.5)) < 5 / np.sqrt(4 * 2000)


def test_workers_have_one_thread(chains) -> None:
    with on.study.workers(2) as pool:
        found = on.study.run_tasks(chains.threads, {"a": 0, "b": 1}, executor=pool)
    assert all(count == 1 for task in found.values() for count in task.values())


@pytest.fixture(scope="module")
def client(modules: Path):
    """A dask cluster of three worker processes, each watched by a nanny that replaces it when it dies."""
    distributed = pytest.importorskip("distributed", reason="needs the dask extra")
    with (
        distributed.LocalCluster(n_workers=3, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def test_dask_loses_nothing_when_workers_are_killed(chains, client, tmp_path: Path) -> None:
    tasks = asked(tmp_path, 9, chain_1={"kills": 1}, chain_4={"kills": 2}, **{"chain_8": {"seconds": 1.0}})
    pids, store = client.run(os.getpid), Store(tmp_path / "store")
    assert len(set(pids.values())) == 3 and os.getpid() not in pids.values()

    def kill(progress: executors.Progress) -> None:
        # whichever process is at work, at its task or between two
        if progress.done == 4:
            # one that dies by itself just now does not answer
            answers = client.run(os.getpid, on_error="return").values()
            os.kill(next(answer for answer in answers if isinstance(answer, int)), signal.SIGKILL)

    found = on.study.run_tasks(chains.chain, tasks, executor=client, store=store, monitor=kill)
    assert same(found, serial(chains, tmp_path / "serial", tasks))
    times = begun(tmp_path)
    assert times["chain-1"] >= 2 and times["chain-4"] >= 3
    assert len(list((store.folder / executors.TASKS).glob("*.nc"))) == 9
    assert same(on.study.run_tasks(chains.chain, tasks, store=store), found) and begun(tmp_path) == times


def test_dask_gives_up_a_task_that_always_kills(chains, client, tmp_path: Path) -> None:
    tasks = asked(tmp_path, 3, chain_1={"kills": 99})
    store = Store(tmp_path / "store")
    with pytest.raises(OnnesError, match="worker of task chain-1 was ended from outside once"):
        on.study.run_tasks(chains.chain, tasks, executor=client, store=store, attempts=1)
    assert len(list((store.folder / executors.TASKS).glob("*.nc"))) == 2


def test_dask_workers_have_one_thread_and_sweeps_run_on_them(chains, client, tmp_path: Path) -> None:
    found = on.study.run_tasks(chains.threads, {"a": 0, "b": 0}, executor=client)
    assert all(count == 1 for task in found.values() for count in task.values())
    given = {
        "model": {"kind": "bcs", "critical_temperature": 7.2},
        "solve": {"kind": "bcs", "temperature": 1.5},
        "probe": {"kind": "tunneling", "bias": {"from": -3, "to": 3, "points": 5}, "broadening": 0.1},
    }
    axes = {"solve.temperature": [1.0, 3.0]}
    configured = on.study.config.validate(given)
    swept = on.study.sweep(configured, axes, executor=client, store=Store(tmp_path))
    assert swept.identical(on.study.sweep(configured, axes))


def lonely(task: int) -> dict[str, str]:
    return {"x": "text"}


@pytest.mark.parametrize(
    ("function", "tasks", "attempts", "told"),
    [
        (every_type, {"a/b": 1}, 3, "task name 'a/b'"),
        (every_type, {"": 1}, 3, "task name ''"),
        (every_type, {".a": 1}, 3, "task name"),
        (every_type, {"a": 1}, 0, "at least once"),
        (every_type, {"a": object()}, 3, "cannot be stored"),
        (every_type, {"a": np.nan}, 3, "finite numbers"),
        (lambda task: {}, {"a": 1}, 3, "define it in a module"),
        (lonely, {"a": 1}, 3, "arrays of numbers"),
        (np.sum, {"a": 1}, 3, "named arrays"),
    ],
)
def test_mistakes_are_named(function, tasks, attempts: int, told: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=told):
        on.study.run_tasks(function, tasks, store=Store(tmp_path), attempts=attempts)


def test_only_equal_results_are_joined() -> None:
    with pytest.raises(InvalidInput, match="no results"):
        on.study.joined({})
    with pytest.raises(InvalidInput, match="other arrays"):
        on.study.joined({"a": {"x": np.ones(1)}, "b": {"y": np.ones(1)}})
    with pytest.raises(InvalidInput, match="do not fit"):
        on.study.joined({"a": {"x": np.ones((1, 2))}, "b": {"x": np.ones((1, 3))}})
