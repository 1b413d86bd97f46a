"""Run two ways of computing one number alternately, and report the median of the ratios of their times."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

LEAST = 0.05
"""Seconds that one measurement lasts at least."""


@dataclass(frozen=True)
class Benchmark:
    """One promise. ``ours`` and ``peer`` return the number they computed; both must agree to ``tolerance``."""

    name: str
    peer_name: str
    ours: Callable[[], float]
    peer: Callable[[], float] | None
    tolerance: float
    promise: str
    goal: Callable[[float, float], bool]
    """Takes (our median seconds, median ratio peer/ours) and says whether the promise is kept."""
    rounds: int = 7


@dataclass(frozen=True)
class Result:
    benchmark: Benchmark
    seconds: float
    peer_seconds: float | None
    ratio: float | None
    difference: float | None

    @property
    def kept(self) -> bool:
        agree = self.difference is None or self.difference <= self.benchmark.tolerance
        return agree and self.benchmark.goal(self.seconds, self.ratio or float("nan"))

    def row(self) -> str:
        peer = "" if self.peer_seconds is None else f"{1e3 * self.peer_seconds:.3g} ms"
        ratio = "" if self.ratio is None else f"{self.ratio:.3g}x"
        difference = "" if self.difference is None else f"{self.difference:.1e}"
        b = self.benchmark
        verdict = "kept" if self.kept else "NOT KEPT"
        cells = (
            b.name,
            f"{1e3 * self.seconds:.3g} ms",
            b.peer_name,
            peer,
            ratio,
            difference,
            b.promise,
            verdict,
        )
        return "| " + " | ".join(cells) + " |"


def measure(benchmark: Benchmark) -> Result:
    """Warm both up once, then time them alternately."""
    value = benchmark.ours()
    if benchmark.peer is None:
        times = [_time(benchmark.ours) for _ in range(benchmark.rounds)]
        return Result(benchmark, statistics.median(times), None, None, None)
    difference = abs(benchmark.peer() / value - 1)
    pairs = [(_time(benchmark.ours), _time(benchmark.peer)) for _ in range(benchmark.rounds)]
    return Result(
        benchmark,
        statistics.median(ours for ours, _ in pairs),
        statistics.median(peer for _, peer in pairs),
        statistics.median(peer / ours for ours, peer in pairs),
        difference,
    )


def _time(function: Callable[[], float]) -> float:
    """Return the seconds of one call, from as many calls as fill ``LEAST``: short calls are then timed in their
    own steady state and not in the caches that the other side has left."""
    calls, begin = 0, time.perf_counter()
    while (spent := time.perf_counter() - begin) < LEAST:
        function()
        calls += 1
    return spent / calls
