"""A compiled loop over the rows of an array, shared among two threads where the array is large.

A kernel takes a first and a last row and touches no row beyond them, so that the threads change no bit.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

MANY_CELLS = 150_000
"""Number of cells from which rows are shared."""


class Rows:
    """Calls ``kernel(first, last, *arguments)``, in two halves at once on arrays of many cells."""

    def __init__(self, cells: int) -> None:
        self._pool = ThreadPoolExecutor(2) if cells >= MANY_CELLS else None

    def __call__(self, kernel: Callable[..., None], span: tuple[int, int], *arguments: object) -> None:
        if self._pool is None:
            kernel(*span, *arguments)
            return
        half = sum(span) // 2
        halves = (span[0], half), (half, span[1])
        for job in [self._pool.submit(kernel, *part, *arguments) for part in halves]:
            job.result()
