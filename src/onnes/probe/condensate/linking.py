"""Which vortex of one frame is which of the next, and what became of those that are not there."""

from dataclasses import dataclass

import numpy as np

KINDS = ("entry", "exit", "creation", "annihilation", "found", "lost")


@dataclass(frozen=True, slots=True)
class Sighting:
    """The vortices of one frame: places (vortex, 2) in nm, windings, and the ways to the nearest edge (vortex, 2)."""

    place: np.ndarray
    winding: np.ndarray
    to_edge: np.ndarray


@dataclass(frozen=True, slots=True)
class Event:
    """Track ``track`` begins or ends in frame ``frame``; ``shift``: the way between sighting and event, nm."""

    frame: int
    track: int
    kind: str
    shift: tuple[float, float]


def assign(before: Sighting, after: Sighting, reach: float) -> list[tuple[int, int]]:
    """Return the pairs of equal winding that make the sum of squared ways least; no way is longer than ``reach``.

    To leave two sightings apart costs what a way of ``reach`` costs.
    """
    from scipy.optimize import linear_sum_assignment

    n, m = len(before.place), len(after.place)
    if not (n and m):
        return []
    square = ((before.place[:, None] - after.place[None]) ** 2).sum(-1)
    allowed = (square <= reach**2) & (before.winding[:, None] == after.winding[None])
    never = 4.0 * (n + m) * reach**2
    cost = np.full((n + m, n + m), never)
    cost[:n, :m] = np.where(allowed, square, never)
    cost[:n, m:] = cost[n:, :m] = reach**2 / 2
    cost[n:, m:] = 0.0
    rows, columns = linear_sum_assignment(cost)
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if i < n and j < m and allowed[i, j]]


def link(sightings: list[Sighting], reach: float) -> tuple[list[dict[int, int]], list[Event]]:
    """Return for each track which vortex of which frame it is, {frame: vortex}, and the events between frames."""
    tracks: list[dict[int, int]] = []
    events: list[Event] = []
    current: dict[int, int] = {}  # vortex of the latest frame -> track
    for k, now in enumerate(sightings):
        following: dict[int, int] = {}
        if k:
            before = sightings[k - 1]
            for i, j in assign(before, now, reach):
                following[j] = current.pop(i)
            events += _ends(before, current, k - 1, reach)
        for j, number in following.items():
            tracks[number][k] = j
        born = {j: len(tracks) + c for c, j in enumerate(set(range(len(now.place))) - set(following))}
        tracks += [{k: j} for j in born]
        if k:
            events += _starts(now, born, k, reach)
        current = following | born
    return tracks, events


def _ends(seen: Sighting, gone: dict[int, int], frame: int, reach: float) -> list[Event]:
    return [
        Event(frame, gone[v], kind, shift)
        for v, (kind, shift) in _fates(seen, sorted(gone), reach, ("exit", "annihilation", "lost")).items()
    ]


def _starts(seen: Sighting, born: dict[int, int], frame: int, reach: float) -> list[Event]:
    return [
        Event(frame, born[v], kind, (-shift[0], -shift[1]))
        for v, (kind, shift) in _fates(seen, sorted(born), reach, ("entry", "creation", "found")).items()
    ]


def _fates(
    seen: Sighting, some: list[int], reach: float, words: tuple[str, str, str]
) -> dict[int, tuple[str, tuple[float, float]]]:
    """Return for each of ``some`` vortices the kind of its end and the way to it.

    Opposite windings within 2 ``reach`` of one another, nearer than their edges, meet halfway; what is within ``reach``
    of an edge meets it; of the rest nothing is known.
    """
    at_edge, meeting, unknown = words
    edge = np.linalg.norm(seen.to_edge, axis=1)
    found: dict[int, tuple[str, tuple[float, float]]] = {}
    pairs = [
        (float(np.linalg.norm(seen.place[a] - seen.place[b])), a, b)
        for a in some
        for b in some
        if a < b and seen.winding[a] == -seen.winding[b]
    ]
    for distance, a, b in sorted(pairs):
        if a in found or b in found or distance > min(2 * reach, edge[a] + edge[b]):
            continue
        half = (seen.place[b] - seen.place[a]) / 2
        found[a] = meeting, (float(half[0]), float(half[1]))
        found[b] = meeting, (float(-half[0]), float(-half[1]))
    for v in some:
        if v not in found:
            near = edge[v] <= reach
            shift = (float(seen.to_edge[v, 0]), float(seen.to_edge[v, 1])) if near else (0.0, 0.0)
            found[v] = (at_edge if near else unknown), shift
    return found
