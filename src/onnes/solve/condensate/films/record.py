"""What a run writes down, and its frames, streamed to a file that can be read while it grows.

The file is whole at any moment: frames are appended in the single-writer, multiple-reader mode of HDF5.
"""

import os
from dataclasses import dataclass
from math import floor
from pathlib import Path
from typing import Any

import numpy as np

from onnes import schema
from onnes.errors import InvalidInput, UnreadableFile
from onnes.solve.condensate.films.stepper import TDGL

PER_CELL = {"order_parameter": "c8", "electric_potential": "f4", "link_x": "f4", "link_y": "f4"}
"""What a frame holds of every cell, in single precision; a film that heats itself its temperature too."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What a run writes down.

    Parameters
    ----------
    sample : ps between samples of the history that the state carries; a hundredth of the run where not given.
    frames : file to which frames are streamed; it can be opened while the run goes on.
    frame_every : ps between frames.
    most_bytes : a run whose frames would be larger than this is refused before it starts.
    checkpoint : file from which the same call goes on after the process was killed.
    checkpoint_every : seconds between checkpoints.
    taps : points (nm) of the film whose potential is sampled, bilinear between the centres of cells. The mean of the
        potential over a connected film is zero: differences between taps and contacts have a meaning.
    means : also sample the potentials of contacts and taps averaged over the time since the sample before (trapezium
        rule over all steps): voltages of moving vortices oscillate faster than samples.

    Raises
    ------
    InvalidInput : intervals that are not positive; frames without their interval; taps that are not pairs of numbers.
    """

    sample: float | None = None
    frames: str | os.PathLike[str] | None = None
    frame_every: float | None = None
    most_bytes: float = 2e9
    checkpoint: str | os.PathLike[str] | None = None
    checkpoint_every: float = 60.0
    taps: tuple[tuple[float, float], ...] = ()
    means: bool = True

    def __post_init__(self) -> None:
        for name in ("sample", "frame_every", "most_bytes", "checkpoint_every"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                raise InvalidInput(f"Recording.{name} = {value}", "give a positive number")
        if (self.frames is None) != (self.frame_every is None):
            raise InvalidInput("frames without their interval", "give both frames= and frame_every=")
        places = np.array(self.taps, float) if self.taps else np.zeros((0, 2))
        if places.ndim != 2 or places.shape[1] != 2 or not np.isfinite(places).all():
            raise InvalidInput(f"taps = {self.taps}", "give pairs (x, y) in nm")
        object.__setattr__(self, "taps", tuple(map(tuple, places.tolist())))


def per_cell(engine: TDGL) -> dict[str, str]:
    """Return what a frame of a run holds of every cell, and in which precision."""
    return PER_CELL | ({} if engine.heating is None else {"film_temperature": "f4"})


def frame_bytes(engine: TDGL, recording: Recording, until: float) -> int:
    """Return the size of the frames of a run to ``until`` ps; raises `InvalidInput` above ``most_bytes``."""
    if recording.frames is None:
        return 0
    count = floor(until / recording.frame_every * (1 + 1e-12)) + 1
    each = sum(np.dtype(kind).itemsize for kind in per_cell(engine).values())
    size = count * (8 + each * int(np.prod(engine.mesh.shape)))
    if size > recording.most_bytes:
        raise InvalidInput(
            f"{count} frames would take {size / 1e9:.3g} GB, and {recording.most_bytes / 1e9:.3g} GB are allowed",
            "raise frame_every= or Recording(most_bytes=)",
        )
    return size


class Frames:
    """The file of frames of one run: time (frame) in ps and, in single precision, psi, mu and links of each cell."""

    def __init__(self, engine: TDGL, path: str | os.PathLike[str], kept: int = 0) -> None:
        import h5py

        self.path, self.count, self._per_cell = Path(path), kept, per_cell(engine)
        before = _first_frames(self.path, kept, tuple(self._per_cell)) if kept else {}
        try:
            self._file = h5py.File(self.path, "w", libver="latest")
        except OSError as error:
            raise InvalidInput(
                f"cannot write {self.path} ({error})", "name a folder that exists and can be written"
            ) from None
        self._lay_out(engine, before)
        self._file.swmr_mode = True

    def _lay_out(self, engine: TDGL, before: dict[str, np.ndarray]) -> None:
        file, mesh = self._file, engine.mesh
        file.attrs["title"] = "frames of a time-dependent Ginzburg-Landau run"
        file.attrs["onnes_schema"] = schema.VERSION
        for name, values in (("film_x", mesh.x), ("film_y", mesh.y)):
            _labelled(file.create_dataset(name, data=values), name).make_scale(name)
        time = file.create_dataset("frame", (self.count,), "f8", maxshape=(None,), chunks=(512,))
        time.attrs.update({"units": "ps", "long_name": "time of a frame"})
        time.make_scale("frame")
        for name, kind in self._per_cell.items():
            data = file.create_dataset(
                name, (self.count, *mesh.shape), kind, maxshape=(None, *mesh.shape), chunks=(1, *mesh.shape)
            )
            _labelled(data, name)
            for axis, scale in enumerate(("frame", "film_y", "film_x")):
                data.dims[axis].attach_scale(file[scale])
        for name, values in before.items():
            file[name][...] = values

    def append(self, values: dict[str, np.ndarray]) -> None:
        """Add one frame: ``time`` (1,) and the arrays of `per_cell`."""
        k, self.count = self.count, self.count + 1
        for name in self._per_cell:
            self._file[name].resize(self.count, axis=0)
            self._file[name][k] = values[name]
            self._file[name].flush()
        self._file["frame"].resize(self.count, axis=0)
        self._file["frame"][k] = values["time"][0]
        self._file["frame"].flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _labelled(data: Any, name: str) -> Any:
    quantity = schema.lookup(name)
    data.attrs.update({"units": quantity.unit, "long_name": quantity.long_name})
    return data


def _first_frames(path: Path, kept: int, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Return the frames before a checkpoint from a file whose writer may have been killed."""
    import h5py

    try:
        with h5py.File(path, "r", libver="latest", swmr=True) as file:
            found = {name: file[name][:kept] for name in ("frame", *names)}
    except (OSError, KeyError) as error:
        raise UnreadableFile(
            path,
            f"the frames before the checkpoint are not there ({error})",
            "put the file back, or remove the checkpoint to start again",
        ) from None
    if len(found["frame"]) < kept:
        raise UnreadableFile(
            path,
            f"{len(found['frame'])} frames instead of {kept}",
            "put the file back, or remove the checkpoint to start again",
        )
    return found
