"""Frames of a run, streamed to a file that can be read while it grows, and checkpoints from which it goes on.

Both are whole at any moment: frames are appended in the single-writer, multiple-reader mode of HDF5, and a checkpoint
is written beside its destination and renamed over it.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from math import floor
from pathlib import Path
from typing import Any

import numpy as np

from onnes import schema
from onnes.errors import InvalidInput, UnreadableFile
from onnes.solve.condensate.observe import SERIES
from onnes.solve.condensate.stepper import TDGL, Moment

PER_CELL = {"order_parameter": "c8", "electric_potential": "f4", "link_x": "f4", "link_y": "f4"}
"""What a frame holds of every cell, in single precision."""


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

    Raises
    ------
    InvalidInput : intervals that are not positive; frames without their interval.
    """

    sample: float | None = None
    frames: str | os.PathLike[str] | None = None
    frame_every: float | None = None
    most_bytes: float = 2e9
    checkpoint: str | os.PathLike[str] | None = None
    checkpoint_every: float = 60.0

    def __post_init__(self) -> None:
        for name in ("sample", "frame_every", "most_bytes", "checkpoint_every"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                raise InvalidInput(f"Recording.{name} = {value}", "give a positive number")
        if (self.frames is None) != (self.frame_every is None):
            raise InvalidInput("frames without their interval", "give both frames= and frame_every=")


def frame_bytes(engine: TDGL, recording: Recording, until: float) -> int:
    """Return the size of the frames of a run to ``until`` ps; raises `InvalidInput` above ``most_bytes``."""
    if recording.frames is None:
        return 0
    count = floor(until / recording.frame_every * (1 + 1e-12)) + 1
    each = sum(np.dtype(kind).itemsize for kind in PER_CELL.values())
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

        self.path, self.count = Path(path), kept
        before = _first_frames(self.path, kept) if kept else {}
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
        for name, kind in PER_CELL.items():
            data = file.create_dataset(
                name, (self.count, *mesh.shape), kind, maxshape=(None, *mesh.shape), chunks=(1, *mesh.shape)
            )
            _labelled(data, name)
            for axis, scale in enumerate(("frame", "film_y", "film_x")):
                data.dims[axis].attach_scale(file[scale])
        for name, values in before.items():
            file[name][...] = values

    def append(self, values: dict[str, np.ndarray]) -> None:
        """Add one frame: ``time`` (1,) and the arrays of `PER_CELL`."""
        k, self.count = self.count, self.count + 1
        for name in PER_CELL:
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


def _first_frames(path: Path, kept: int) -> dict[str, np.ndarray]:
    """Return the frames before a checkpoint from a file whose writer may have been killed."""
    import h5py

    try:
        with h5py.File(path, "r", libver="latest", swmr=True) as file:
            found = {name: file[name][:kept] for name in ("frame", *PER_CELL)}
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


# --- checkpoints -----------------------------------------------------------------------------


def digest(engine: TDGL, first: np.ndarray, intervals: tuple[float, float], seed: int) -> str:
    """Return a fingerprint of everything that decides a run but how long it lasts; intervals of samples and frames."""
    mesh, found = engine.mesh, hashlib.sha256()
    arrays = [getattr(mesh, name) for name in type(mesh).__slots__] + [first]
    for value in arrays + [link for profile in engine.drive.profiles for link in profile]:
        found.update(np.ascontiguousarray(value).tobytes())
    film, setup = engine.setup.film, engine.setup
    facts = (
        film.material,
        film.thickness,
        engine.drive.schedules,
        setup.currents,
        setup.voltage,
        setup.noise,
        engine.stepping,
        intervals,
        seed,
    )
    found.update(repr(facts).encode())
    return found.hexdigest()


def write_checkpoint(
    path: str | os.PathLike[str], mark: str, moment: Moment, series: dict[str, np.ndarray], frames: int
) -> None:
    """Write a moment and what was sampled before it, all or nothing."""
    target = Path(path)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    arrays = {name: getattr(moment, name) for name in ("psi", "velocity", "potential", "previous")}
    plain = {n: getattr(moment, n) for n in Moment.__slots__ if n not in arrays}
    text = json.dumps({"digest": mark, "frames": frames, "moment": plain})
    try:
        with open(partial, "wb") as handle:
            np.savez(handle, onnes_checkpoint=np.array(text), **arrays, **series)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(partial, target)
    except OSError as error:
        raise InvalidInput(
            f"cannot write {target} ({error.strerror or error})",
            "name a folder that exists and can be written",
        ) from None
    finally:
        partial.unlink(missing_ok=True)


def read_checkpoint(
    path: str | os.PathLike[str], mark: str
) -> tuple[Moment, dict[str, np.ndarray], int] | None:
    """Return the moment, the series and the number of frames of a checkpoint; None where there is no file.

    Raises
    ------
    UnreadableFile : not a checkpoint. InvalidInput : the checkpoint of another run.
    """
    if not Path(path).is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            plain = json.loads(str(file["onnes_checkpoint"]))
            arrays = {n: file[n] for n in ("psi", "velocity", "potential", "previous")}
            series = {n: file[n] for n in SERIES if n in file}
    except (OSError, ValueError, KeyError, EOFError, AttributeError) as error:
        raise UnreadableFile(
            path, f"not a checkpoint ({type(error).__name__})", "name another file, or remove this one"
        ) from None
    if plain["digest"] != mark:
        raise InvalidInput(
            f"{path} is the checkpoint of another run", "name another file, or remove this one"
        )
    for array in arrays.values():
        array.setflags(write=False)
    return Moment(**plain["moment"], **arrays), series, plain["frames"]
