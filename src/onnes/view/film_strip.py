"""The frames of a run as they lie in a file, when the run itself is not at hand."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from onnes import schema
from onnes.errors import InvalidInput, UnreadableFile

if TYPE_CHECKING:
    import h5py
    import xarray as xr

STORED = ("order_parameter", "electric_potential", "link_x", "link_y")


class FilmStrip(Sequence):
    """Frames of a file as Datasets, read one by one when asked for; the run may still be going on.

    ``times``: ps, (frame,). Cells in which psi is zero in the first, the middle and the last frame count as outside
    of the film; `probe.frames` knows the film itself, where the state of the run is given.

    Raises
    ------
    UnreadableFile : no such file, or no frames in it.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        if not has_frames(path):
            raise UnreadableFile(path, "no frames", "give the file of Recording(frames=)")
        with _open(self.path) as file:
            times = np.array(file["frame"][...], float)
            # a frame is whole once its time is there
            self.times = times[: min(len(file[name]) for name in STORED)]
            self._grid = {name: np.array(file[name][...]) for name in ("film_x", "film_y")}
            count = len(self.times)
            looked = {0, count // 2, count - 1} if count else set()
            psi = [np.abs(file["order_parameter"][k]) for k in sorted(looked)]
        inside = np.any(np.array(psi) > 0, axis=0) if psi else np.zeros((0, 0), bool)
        self._inside = inside if inside.any() else np.ones_like(inside)

    def __len__(self) -> int:
        return len(self.times)

    def __iter__(self) -> "Iterator[xr.Dataset]":
        return (self[k] for k in range(len(self)))

    def __getitem__(self, number: int) -> "xr.Dataset":  # type: ignore[override]
        number = range(len(self))[number]
        with _open(self.path) as file:
            arrays = {name: np.asarray(file[name][number]) for name in STORED}
        arrays |= self._grid | {
            "time": self.times[number : number + 1],
            "cell_weight": self._inside.astype(float),
        }
        return schema.dataset(f"frame {number}", arrays)


def nearest(times: np.ndarray, time: float) -> int:
    """Return the number of the frame nearest to ``time`` (ps); raise `InvalidInput` where the run was not there."""
    if not len(times):
        raise InvalidInput("a file without a frame", "wait for the run that writes it")
    step = float(np.diff(times).max()) if len(times) > 1 else 1e-9 * max(abs(float(times[0])), 1.0)
    if not times[0] - step / 2 <= time <= times[-1] + step / 2:
        raise InvalidInput(
            f"there is no frame at {time:g} ps", f"they go from {times[0]:.6g} to {times[-1]:.6g} ps"
        )
    return int(np.argmin(np.abs(times - time)))


def has_frames(path: str | os.PathLike[str]) -> bool:
    """Return whether there is a file that holds the frames of a run of a film."""
    import h5py

    if not Path(path).is_file() or not h5py.is_hdf5(path):
        return False
    try:
        with _open(Path(path)) as file:
            return "frame" in file and all(n in file and file[n].ndim == 3 for n in STORED)
    except (OSError, KeyError):
        return False


def _open(path: Path) -> "h5py.File":
    import h5py

    return h5py.File(path, "r", libver="latest", swmr=True)
