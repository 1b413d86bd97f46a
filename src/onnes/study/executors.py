"""Independent tasks on many workers: chains of a Monte Carlo run, points of a sweep.

Tasks go to anything with ``submit`` (processes of `workers`, ``concurrent.futures``, a ``dask.distributed`` client).
A result is written to its own file, beside its destination and renamed over it, as soon as it arrives. A worker that
is killed costs the task that it was at, which is submitted again; a run that is killed costs the tasks that were
under way, and finds the others when it is started again. Nothing depends on which worker did what, or when.
"""

import hashlib
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np

from onnes import schema
from onnes.errors import InvalidInput, OnnesError
from onnes.state import read_dataset, write_dataset
from onnes.study.store import THREAD_LIMITS, Store, canonical_json

Arrays = dict[str, np.ndarray]
TASKS = "tasks"
"""Folder, inside that of the states, of the results of tasks."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is, told after every task: tasks done, of which found in the store, and all."""

    done: int
    found: int
    total: int


def run_tasks(
    function: Callable[[Any], Mapping[str, Any]],
    tasks: Mapping[str, Any],
    *,
    executor: Any = None,
    store: Store | None = None,
    attempts: int = 3,
    monitor: Callable[[Progress], None] | None = None,
) -> dict[str, Arrays]:
    """Return ``function(task)`` of every task, in the order of the tasks, whoever computed it and when.

    Parameters
    ----------
    function : of a module (or a `functools.partial` of one), from a task to named arrays of numbers. It draws its
        random numbers from what is in the task, such as a `task_seed`, never from the worker.
    tasks : what to compute, by name; each is made of numbers, texts, arrays, tuples, mappings and models. Names are
        those of files: letters, digits, dots, hyphens and underscores.
    executor : anything with ``submit``, such as `workers`, or a ``dask.distributed.Client``; this process where not
        given. Dask's nannies pin its workers to one BLAS thread unless told otherwise.
    store : where results are kept, and found again if function and task are the same; nowhere if not given.
    attempts : how often a task is begun whose worker dies, before it is given up.
    monitor : called after every task with a `Progress`.

    Returns
    -------
    The arrays by name for each task by name.

    Raises
    ------
    InvalidInput : a name that is no file name, a task that cannot be written, fewer than one attempt, a result that
        is not named arrays of numbers.
    OnnesError : a task lost its worker ``attempts`` times, perhaps for want of memory.
    Exception : what the first task in order raised; the others are computed and stored before.
    """
    if attempts < 1:
        raise InvalidInput(f"attempts = {attempts}", "begin every task at least once")
    files = {name: _file(function, name, task, store) for name, task in tasks.items()}
    results = {name: _read(path) for name, path in files.items() if path is not None and path.is_file()}
    found, missing, failures = len(results), [name for name in tasks if name not in results], {}

    def keep(number: int, result: Any) -> None:
        name = missing[number]
        results[name] = _require_arrays(name, result)
        if files[name] is not None:
            _write(files[name], results[name], _described(function, tasks[name]))

    def tell(done: int) -> None:
        if monitor is not None:
            monitor(Progress(done, found, len(tasks)))

    tell(found)
    computed = completed(function, [tasks[name] for name in missing], executor, attempts=attempts, keep=keep)
    for done, (number, _, error) in enumerate(computed, found + 1):
        if error is not None:
            failures[missing[number]] = error
        tell(done)
    for name in tasks:
        if name in failures:
            raise _explained(failures[name], name, attempts, store is not None)
    return {name: results[name] for name in tasks}


def joined(results: Mapping[str, Mapping[str, np.ndarray]]) -> Arrays:
    """Return the arrays of all tasks one after the other along their first axis, in the order of the tasks.

    A single number of a task counts as an axis of one entry.

    Raises
    ------
    InvalidInput : no tasks, or tasks whose arrays differ in name, in number of axes, or in another axis.
    """
    if not results:
        raise InvalidInput("no results to join", "give those of at least one task")
    first, *others = ({n: np.atleast_1d(a) for n, a in result.items()} for result in results.values())
    if any(one.keys() != first.keys() for one in others):
        raise InvalidInput("tasks with other arrays than the first", "join the results of one function")
    try:
        return {name: np.concatenate([one[name] for one in (first, *others)]) for name in first}
    except ValueError as error:
        raise InvalidInput(
            f"arrays that do not fit ({error})", "give each task's bins along a first axis"
        ) from None


def task_seed(seed: int, name: str) -> int:
    """Return the seed of one task, 0 to 2^64 - 1: decided by the seed of the run and the task's name alone."""
    return int.from_bytes(hashlib.sha256(f"{int(seed)}/{name}".encode()).digest()[:8], "little")


# --- the loop ----------------------------------------------------------------------------------


def completed(
    function: Callable[[Any], Any],
    tasks: Sequence[Any],
    executor: Any,
    *,
    attempts: int = 1,
    keep: Callable[[int, Any], None] = lambda number, result: None,
) -> Iterator[tuple[int, Any, BaseException | None]]:
    """Yield (number, result, error) of every task as soon as it is done; the result is None where there is an error.

    ``keep(number, result)`` is called before, and also for what is done but not yet handed out when the loop is
    left early, by a keyboard for instance. A task whose worker died is begun ``attempts`` times. An executor with
    ``map`` alone hands its results out in order.
    """
    if executor is None:
        yield from _here(function, tasks, keep)
    elif hasattr(executor, "submit"):
        yield from _submitted(function, tasks, _submit_of(executor), attempts, keep)
    else:
        for number, result in enumerate(executor.map(function, tasks)):
            keep(number, result)
            yield number, result, None


def lost(error: BaseException | None) -> bool:
    """Return whether an error says that a worker died, not that the task failed."""
    distributed = sys.modules.get("distributed")
    kinds = (BrokenExecutor, *((distributed.KilledWorker,) if distributed is not None else ()))
    return isinstance(error, kinds)


def _here(
    function: Callable[[Any], Any], tasks: Sequence[Any], keep: Callable[[int, Any], None]
) -> Iterator[tuple[int, Any, BaseException | None]]:
    for number, task in enumerate(tasks):
        try:
            result = function(task)
        except Exception as error:
            yield number, None, error
        else:
            keep(number, result)
            yield number, result, None


def _submitted(
    function: Callable[[Any], Any],
    tasks: Sequence[Any],
    submit: Callable[..., Any],
    attempts: int,
    keep: Callable[[int, Any], None],
) -> Iterator[tuple[int, Any, BaseException | None]]:
    finished: SimpleQueue[int] = SimpleQueue()
    running: dict[int, Any] = {}
    losses: Counter[int] = Counter()

    def begin(number: int) -> None:
        try:
            running[number] = submit(function, tasks[number])
        except BrokenExecutor as error:
            running[number] = Future()
            running[number].set_exception(error)
        running[number].add_done_callback(lambda _: finished.put(number))

    try:
        for number in range(len(tasks)):
            begin(number)
        while running:
            number = finished.get()
            result, error = _outcome(running[number])
            losses[number] += lost(error)
            if lost(error) and losses[number] < attempts:
                begin(number)
                continue
            if error is None:
                keep(number, result)
            # nothing may hold on to it: dask computes again what its dead workers held for a living future
            del running[number]
            yield number, result, error
    finally:
        for number, future in running.items():
            if not future.done():
                future.cancel()
                continue
            result, error = _outcome(future)
            if error is None:
                with suppress(OnnesError):
                    keep(number, result)


def _outcome(future: Any) -> tuple[Any, BaseException | None]:
    """Return (result, error) of a future that is done, or was: dask may have lost the result since and computes it."""
    try:
        return future.result(), None
    except Exception as error:
        return None, error


def _submit_of(executor: Any) -> Callable[..., Any]:
    """Return how to submit a task; dask is told that equal tasks are to be computed separately.

    Its own futures are used, not those of its executor for ``concurrent.futures``, which takes a result for an error
    if the worker dies between the end of a task and the transfer of its result (distributed 2026.8).
    """
    return partial(executor.submit, pure=False) if hasattr(executor, "get_executor") else executor.submit


# --- files -------------------------------------------------------------------------------------


def _described(function: Callable[..., Any], task: Any) -> dict[str, Any]:
    """Return what decides a result, as far as it can be written."""
    if isinstance(function, partial):
        given = {"arguments": list(function.args), "keywords": dict(function.keywords)}
        return {**_described(function.func, task), **given}
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", "<lambda>")
    if module is None or "<" in name:
        raise InvalidInput(f"the function {name} cannot be found by its name", "define it in a module")
    return {"function": f"{module}.{name}", "task": task}


def _file(function: Callable[..., Any], name: str, task: Any, store: Store | None) -> Path | None:
    plain = (
        isinstance(name, str) and name.isascii() and name.replace("-", "").replace("_", "").replace(".", "")
    )
    if not (plain and plain.isalnum() and not name.startswith(".") and len(name) < 200):
        raise InvalidInput(f"the task name {name!r}", "use letters, digits, dots, hyphens and underscores")
    if store is None:
        return None
    decides = hashlib.sha256(canonical_json(_described(function, task)).encode()).hexdigest()
    return store.folder / TASKS / f"{name}-{decides[:16]}.nc"


def _require_arrays(name: str, result: Any) -> Arrays:
    if not isinstance(result, Mapping) or not all(isinstance(key, str) for key in result):
        raise InvalidInput(f"task {name} gave a {type(result).__name__}", "return a dict of named arrays")
    arrays = {key: np.asarray(value) for key, value in result.items()}
    for key, array in arrays.items():
        if array.dtype.kind not in "biufc":
            raise InvalidInput(f"{key} of task {name} is of type {array.dtype}", "return arrays of numbers")
    return arrays


def _write(path: Path, arrays: Arrays, decided: Mapping[str, Any]) -> None:
    import xarray as xr

    path.parent.mkdir(exist_ok=True)
    variables = {
        name: (tuple(f"{name}_{axis}" for axis in range(array.ndim)), array) for name, array in arrays.items()
    }
    ds = xr.Dataset(variables, attrs={"onnes_schema": schema.VERSION, "title": path.stem})
    ds["onnes_config"] = ((), canonical_json(decided))
    write_dataset(ds, path)


def _read(path: Path) -> Arrays:
    ds = read_dataset(path)
    return {str(name): ds[name].values for name in ds.variables if str(name) != "onnes_config"}


def _explained(error: BaseException, name: str, attempts: int, stored: bool) -> BaseException:
    kept = "; the others are stored" if stored else ""
    if lost(error):
        times = "once" if attempts == 1 else f"{attempts} times"
        return OnnesError(
            f"the worker of task {name} was ended from outside {times}, perhaps for want of memory{kept}",
            "start it again with fewer workers",
        )
    error.add_note(f"raised by task {name}{kept}")
    return error


# --- processes ---------------------------------------------------------------------------------


@contextmanager
def workers(count: int) -> Iterator["Workers"]:
    """Give an executor of ``count`` spawned processes with one BLAS thread each, for `run_tasks` and `sweep`.

    They end with the process that started them, however that ends; an exception or a keyboard interrupt ends them
    at once. Use it under ``if __name__ == "__main__":`` in scripts, as spawned processes import the script.

    Raises
    ------
    InvalidInput : fewer than one.
    """
    if count < 1:
        raise InvalidInput(f"{count} workers", "use at least one")
    before = {name: os.environ.get(name) for name in THREAD_LIMITS}
    # Read when numpy is imported, so that they must be set before a worker starts.
    os.environ.update(dict.fromkeys(THREAD_LIMITS, "1"))
    pool = Workers(count)
    try:
        yield pool
    except BaseException:
        pool.end()
        raise
    finally:
        pool.shutdown()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class Workers(Executor):
    """Threads that own one process each, so that a process that dies takes one task with it.

    The future of that task raises ``BrokenExecutor``; the next task of the same thread starts a new process.
    """

    def __init__(self, count: int) -> None:
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="onnes-worker")
        self._mine = threading.local()
        self._living: dict[ProcessPoolExecutor, int] = {}
        self._lock = threading.Lock()
        self._ended = False

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Queue a call; a free worker takes it."""
        return self._threads.submit(self._run, function, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the workers finish what is queued, unless it is cancelled, and end them."""
        self._threads.shutdown(wait=wait, cancel_futures=cancel_futures)
        for process in list(self._living):
            process.shutdown(wait=wait)

    def end(self) -> None:
        """Drop what is queued and end the processes at once, whatever they are at."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._ended = True
            for pid in self._living.values():
                with suppress(OSError):
                    os.kill(pid, signal.SIGTERM)

    def _run(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        process = getattr(self._mine, "process", None) or self._start()
        try:
            return process.submit(function, *args, **kwargs).result()
        except BrokenExecutor:
            self._mine.process = None
            with self._lock:
                self._living.pop(process, None)
            process.shutdown(wait=False)
            raise

    def _start(self) -> ProcessPoolExecutor:
        process = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_obey_parent)
        pid = process.submit(os.getpid).result()
        with self._lock:
            self._living[process] = pid
            if self._ended:
                os.kill(pid, signal.SIGTERM)
        self._mine.process = process
        return process


def _obey_parent() -> None:
    """A worker whose parent was killed would wait for work for ever; a keyboard interrupts the parent alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:

        def watch() -> None:
            wait([parent.sentinel])
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()
