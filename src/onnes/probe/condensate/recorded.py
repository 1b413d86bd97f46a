"""The frames that a run streamed to a file, as states that every instrument reads."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from onnes.errors import UnreadableFile
from onnes.model.condensate.film import Setup
from onnes.response.condensate.mesh import FilmMesh, film_mesh, link_phases
from onnes.state import Outcome, Report, State

if TYPE_CHECKING:
    import h5py

STORED = ("order_parameter", "electric_potential", "link_x", "link_y")
SINGLE = 1e-5
"""Link phases in single precision agree with the applied ones to this share of the largest, else they hold more."""


class Frames:
    """States of a run at the times of its frames; they are read one by one, when asked for.

    ``times``: ps, (frame,). The rates of the links are those of the applied field; a run whose links hold more than
    that field (its own, screening one) gives frames without rates, and instruments that need them say so.
    """

    def __init__(self, path: Path, setup: Setup, mesh: FilmMesh, times: np.ndarray) -> None:
        self.path, self.setup, self.mesh, self.times = path, setup, mesh, times
        self._profiles = [link_phases(mesh, f.profile) for f in setup.fields]

    def __len__(self) -> int:
        return len(self.times)

    def __iter__(self) -> Iterator[State]:
        return (self[k] for k in range(len(self)))

    def __getitem__(self, number: int) -> State:
        number = range(len(self))[number]
        with _open(self.path) as file:
            found = {name: np.asarray(file[name][number]) for name in STORED}
        mesh, time = self.mesh, float(self.times[number])
        fields = {name: a.astype(complex if np.iscomplexobj(a) else float) for name, a in found.items()}
        fields |= {
            "film_x": mesh.x,
            "film_y": mesh.y,
            "time": np.array([time]),
            "cell_weight": mesh.cell,
            "face_weight_x": mesh.face_x,
            "face_weight_y": mesh.face_y,
            "pair_strength": mesh.strength,
            "edge_loss": mesh.loss,
        }
        applied = self._links([f.schedule.at(time) for f in self.setup.fields])
        if all(_alike(found[n], a) for n, a in zip(("link_x", "link_y"), applied, strict=True)):
            rates = self._links([f.schedule.rate(time) for f in self.setup.fields])
            fields |= {"link_rate_x": rates[0], "link_rate_y": rates[1]}
        return State(self.setup, "tdgl", fields, Report(Outcome.CONVERGED, f"frame {number}"))

    def _links(self, factors: list[float]) -> tuple[np.ndarray, np.ndarray]:
        totals = np.zeros(self.mesh.shape), np.zeros(self.mesh.shape)
        for factor, profile in zip(factors, self._profiles, strict=True):
            for total, part in zip(totals, profile, strict=True):
                total += factor * part
        return totals


def frames(path: str | os.PathLike[str], run: State | Setup) -> Frames:
    """Return the frames of a run; the run may still be going on.

    Parameters
    ----------
    path : the file given to `solve.Recording(frames=)`.
    run : the state that the run returned, or its setup.

    Raises
    ------
    UnreadableFile : no such file, no frames in it, or those of another film.
    """
    setup = run.model if isinstance(run, State) else run
    try:
        with _open(Path(path)) as file:
            times = np.array(file["frame"][...], float)
            x, y = np.array(file["film_x"][...]), np.array(file["film_y"][...])
            times = times[: min(len(file[name]) for name in STORED)]
            # the writer adds the time of a frame last: one that is not later than those before is still being written
            later = np.append(True, np.diff(times) > 0)
            times = times[: len(times) if later.all() else int(np.argmin(later))]
    except (OSError, KeyError) as error:
        raise UnreadableFile(
            path, f"no frames ({type(error).__name__})", "give the file of Recording(frames=)"
        ) from None
    mesh = film_mesh(setup.film, max(x[1] - x[0], y[1] - y[0]))
    same = mesh.shape == (len(y), len(x)) and np.allclose(mesh.x, x) and np.allclose(mesh.y, y)
    if not same:
        raise UnreadableFile(path, "the frames of another film", "give the state of the run that wrote them")
    return Frames(Path(path), setup, mesh, times)


def _open(path: Path) -> "h5py.File":
    import h5py

    return h5py.File(path, "r", libver="latest", swmr=True)


def _alike(stored: np.ndarray, applied: np.ndarray) -> bool:
    return bool(np.abs(stored - applied).max() <= SINGLE * max(float(np.abs(applied).max()), 1e-12))
