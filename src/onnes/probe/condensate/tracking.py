"""Vortices in motion: tracks through frames, velocities, hops, mean square displacement, and the voltage they make."""

from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from onnes import schema
from onnes.errors import InvalidInput
from onnes.probe.condensate.linking import Event, Sighting, link
from onnes.probe.condensate.vortex_positions import FAINT, vortices
from onnes.response.condensate.film_fields import FilmFields, film_fields, require
from onnes.state import State
from onnes.units import PHI_0

if TYPE_CHECKING:
    import xarray as xr

FLUX_MV_PS = PHI_0 * 1e15
"""Flux quantum in mV ps."""


def tracks(frames: Iterable[State], *, reach: float | None = None, faint: float = FAINT) -> "xr.Dataset":
    """Follow the vortices of a film through frames.

    Vortices of equal winding in successive frames are the same where that makes the sum of squared ways least. What
    begins or ends is an entry or exit within ``reach`` of an edge (of the film or a hole), a creation or annihilation
    where an opposite winding begins or ends with it within twice that, and otherwise found or lost.

    Parameters
    ----------
    frames : states of one film in time (`probe.frames`), close enough that no vortex moves half the way to the next.
    reach : longest way between two frames, nm; two coherence lengths where not given.
    faint : as in `vortices`.

    Returns
    -------
    Dataset on track and frame: track_x, track_y (nm, NaN where absent), track_velocity_x, _y (nm/ps, since the frame
    before), track_winding, frame_time (ps); and on ``event``: event_time, event_track, event_kind, event_shift_x, _y.

    Raises
    ------
    InvalidInput : fewer than two frames, times that do not increase, a reach that is not positive.
    CannotProbe : a state is not of a film or lacks a field.
    """
    times, sightings, xi = [], [], 1.0
    for state in frames:
        seen = film_fields(state, "tracks")
        require(state, "tracks", "time")
        xi = seen.film.material.coherence_length
        times.append(float(state["time"][0]))
        sightings.append(_sight(state, seen, faint))
    time, reach = np.array(times), 2 * xi if reach is None else reach
    if len(time) < 2 or (np.diff(time) <= 0).any():
        raise InvalidInput(f"{len(time)} frames at times {times[:4]}", "give two or more, later and later")
    if not reach > 0:
        raise InvalidInput(f"a reach of {reach} nm", "give a positive length")
    chains, events = link(sightings, reach)
    return schema.dataset("tracks of vortices", _table(time, sightings, chains, events), reach=float(reach))


def _sight(state: State, seen: FilmFields, faint: float) -> Sighting:
    from shapely import get_coordinates, points, shortest_line

    found = vortices(state, faint=faint)
    place = np.stack([found["vortex_x"].values, found["vortex_y"].values], -1)
    boundary = seen.film.shape.polygon.boundary
    ways = get_coordinates(shortest_line(points(place), boundary)).reshape(-1, 2, 2)
    return Sighting(place, found["vortex_winding"].values, ways[:, 1] - ways[:, 0])


def _table(
    time: np.ndarray, sightings: list[Sighting], chains: list[dict[int, int]], events: list[Event]
) -> dict[str, np.ndarray]:
    path = np.full((2, len(chains), len(time)), np.nan)
    winding = np.zeros(len(chains), int)
    for number, chain in enumerate(chains):
        for k, v in chain.items():
            path[:, number, k] = sightings[k].place[v]
            winding[number] = sightings[k].winding[v]
    velocity = np.full(path.shape, np.nan)
    velocity[..., 1:] = np.diff(path, axis=-1) / np.diff(time)
    shifts = np.array([e.shift for e in events], float).reshape(-1, 2)
    return {
        "track": np.arange(len(chains)),
        "frame": np.arange(len(time)),
        "frame_time": time,
        "track_x": path[0],
        "track_y": path[1],
        "track_velocity_x": velocity[0],
        "track_velocity_y": velocity[1],
        "track_winding": winding,
        "event": np.arange(len(events)),
        "event_time": np.array([time[e.frame] for e in events], float),
        "event_track": np.array([e.track for e in events], int),
        "event_kind": np.array([e.kind for e in events], dtype="U12"),
        "event_shift_x": shifts[:, 0],
        "event_shift_y": shifts[:, 1],
    }


def mean_square_displacement(followed: "xr.Dataset") -> "xr.Dataset":
    """Return the mean square displacement of vortices against the time between two sightings.

    Parameters
    ----------
    followed : what `tracks` returned, of frames at equal intervals.

    Returns
    -------
    Dataset on lag (ps): mean_square_displacement (nm^2, over all tracks and starting times), displacement_count.

    Raises
    ------
    InvalidInput : frames at unequal intervals.
    """
    time = followed["frame_time"].values
    interval = np.diff(time).mean()
    if np.abs(np.diff(time) - interval).max() > 1e-3 * interval:
        raise InvalidInput("frames at unequal intervals", "record frames at equal ones")
    path = np.stack([followed["track_x"].values, followed["track_y"].values])
    means, counts = [], []
    for lag in range(1, len(time)):
        square = ((path[..., lag:] - path[..., :-lag]) ** 2).sum(0)
        counts.append(int(np.isfinite(square).sum()))
        means.append(float(np.nanmean(square)) if counts[-1] else np.nan)
    arrays = {
        "lag": interval * np.arange(1, len(time)),
        "mean_square_displacement": means,
        "displacement_count": counts,
    }
    return schema.dataset("mean square displacement of vortices", arrays)


def hops(followed: "xr.Dataset", *, radius: float, rest: float) -> "xr.Dataset":
    """Return the jumps of vortices between places of rest: creep, thermally or by a drive.

    A vortex rests while it stays within ``radius`` of the mean of its places since it came to rest, for ``rest`` at
    least. A jump is the passage from one rest to the next of the same track, if their places differ by more than
    ``radius``; a slow creep without rests is no jump, and the velocities show it.

    Parameters
    ----------
    followed : what `tracks` returned. radius : nm. rest : ps.

    Returns
    -------
    Dataset on ``hop``, in order of time: hop_time, hop_wait (ps), hop_length, hop_x, hop_y (nm), hop_track. Attribute
    hop_rate: jumps for each vortex and ps.

    Raises
    ------
    InvalidInput : a radius or a rest that is not positive.
    """
    if not (radius > 0 and rest > 0):
        raise InvalidInput(f"a radius of {radius} nm and a rest of {rest} ps", "give positive numbers")
    time, rows, present = followed["frame_time"].values, [], 0.0
    paths = np.stack([followed["track_x"].values, followed["track_y"].values], -1)
    for number, path in enumerate(paths):
        there = np.flatnonzero(np.isfinite(path[:, 0]))
        present += time[there[-1]] - time[there[0]]
        rests = _rests(time[there], path[there], radius, rest)
        for (t0, t1, place), (t2, _, after) in pairwise(rests):
            length = float(np.linalg.norm(after - place))
            if length > radius:
                rows.append(((t1 + t2) / 2, t1 - t0, length, place[0], place[1], number))
    rows.sort()
    table = np.array(rows, float).reshape(-1, 6)
    names = ("hop_time", "hop_wait", "hop_length", "hop_x", "hop_y")
    arrays = {"hop": np.arange(len(rows)), "hop_track": table[:, 5].astype(int)}
    arrays |= {name: table[:, c] for c, name in enumerate(names)}
    return schema.dataset("jumps of vortices", arrays, hop_rate=len(rows) / present if present else 0.0)


def _rests(
    time: np.ndarray, path: np.ndarray, radius: float, rest: float
) -> list[tuple[float, float, np.ndarray]]:
    """Return (begin, end, mean place) of the rests of one track."""
    found, start = [], 0
    for k in range(1, len(time) + 1):
        mean = path[start:k].mean(0)
        if k == len(time) or np.linalg.norm(path[k] - mean) > radius:
            if time[k - 1] - time[start] >= rest:
                found.append((time[start], time[k - 1], mean))
            start = k
    return found


def josephson_voltage(
    followed: "xr.Dataset", width: float, *, along: str = "x", within: tuple[float, float] | None = None
) -> float:
    r"""Return the mean voltage (mV) that moving vortices make along a strip, V = n_v v Phi_0 L.

    .. math:: E=B\times v,\qquad V=\mp\frac{\Phi_0}{w}\langle\sum_jn_jv_{j,\perp}\rangle

    the potential at the small end of the strip minus that at the large end; minus for a strip along x. The ways of
    vortices between an edge, or a partner, and their first or last sighting are counted.

    Parameters
    ----------
    followed : what `tracks` returned. width : of the strip, across, nm. along : ``"x"`` or ``"y"``.
    within : only motion between these two coordinates (nm) along the strip, where two taps lie.

    Raises
    ------
    InvalidInput : a width that is not positive, another direction than x and y.
    """
    if not width > 0 or along not in ("x", "y"):
        raise InvalidInput(
            f"a strip of width {width} nm along {along!r}", "give a positive width, and x or y"
        )
    across, sign = ("y", -1.0) if along == "x" else ("x", 1.0)
    position, sideways = followed[f"track_{along}"].values, followed[f"track_{across}"].values
    winding, time = followed["track_winding"].values, followed["frame_time"].values
    low, high = within or (-np.inf, np.inf)
    middle = (position[:, 1:] + position[:, :-1]) / 2
    steps = np.where((middle >= low) & (middle < high), np.diff(sideways, axis=1), 0.0)
    total = (winding[:, None] * np.nan_to_num(steps)).sum()
    born = np.isin(followed["event_kind"].values, ("entry", "creation", "found"))
    for number, shift, first in zip(
        followed["event_track"].values, followed[f"event_shift_{across}"].values, born, strict=True
    ):
        there = np.flatnonzero(np.isfinite(position[number]))
        if low <= position[number, there[0] if first else there[-1]] < high:
            total += winding[number] * shift
    return float(sign * FLUX_MV_PS * total / (width * (time[-1] - time[0])))
