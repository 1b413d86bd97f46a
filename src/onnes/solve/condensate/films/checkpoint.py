"""Checkpoints of a run, from which it goes on to the bit; written beside their destination and renamed over it."""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from onnes.errors import InvalidInput, UnreadableFile
from onnes.files import replacing
from onnes.solve.condensate.films.instant import Moment
from onnes.solve.condensate.films.stepper import TDGL

MARK = "onnes_checkpoint"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A run in the middle.

    ``series``: what was sampled before. ``integral``: of the potentials since the last sample (V_0 tau_0), and
    ``since``: its time. ``frames``: number of frames written.
    """

    moment: Moment
    series: dict[str, np.ndarray]
    integral: np.ndarray
    since: float
    frames: int


def digest(
    engine: TDGL, first: tuple[np.ndarray | None, ...], recorded: tuple[object, ...], seed: int
) -> str:
    """Return a fingerprint of everything that decides a run but how long it lasts.

    Parameters
    ----------
    first : arrays of the start. recorded : what decides steps and series: intervals, taps, means.
    """
    mesh, found = engine.mesh, hashlib.sha256()
    arrays = [getattr(mesh, name) for name in type(mesh).__slots__]
    arrays += [value for value in first if value is not None]
    arrays += [] if engine.heating is None else [engine.heating.loss]
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
        setup.screening and engine.self_field.tolerance,
        setup.thermal,
        setup.circulating,
        film.terminals,
        engine.stepping,
        recorded,
        seed,
    )
    found.update(repr(facts).encode())
    return found.hexdigest()


def write_checkpoint(path: str | os.PathLike[str], mark: str, now: Checkpoint) -> None:
    """Write a run in the middle, all or nothing; ``mark`` is its digest."""
    moment = {name: getattr(now.moment, name) for name in Moment.__slots__}
    arrays = {f"moment.{n}": v for n, v in moment.items() if isinstance(v, np.ndarray)}
    arrays |= {f"series.{n}": v for n, v in now.series.items()} | {"integral": now.integral}
    plain = {n: v for n, v in moment.items() if not isinstance(v, np.ndarray)}
    text = json.dumps({"digest": mark, "frames": now.frames, "since": now.since, "moment": plain})
    with replacing(path) as partial, open(partial, "wb") as handle:
        np.savez(handle, **{MARK: np.array(text)}, **arrays)


def read_checkpoint(path: str | os.PathLike[str], mark: str) -> Checkpoint | None:
    """Return what was written; None where there is no file.

    Raises
    ------
    UnreadableFile : not a checkpoint. InvalidInput : the checkpoint of another run.
    """
    if not Path(path).is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            plain = json.loads(str(file[MARK]))
            arrays, series = (_named(file, prefix) for prefix in ("moment.", "series."))
            integral = file["integral"]
        for array in arrays.values():
            array.setflags(write=False)
        if plain["digest"] != mark:
            raise InvalidInput(
                f"{path} is the checkpoint of another run", "name another file, or remove this one"
            )
        moment = Moment(**(plain["moment"] | arrays))
    except (OSError, ValueError, KeyError, EOFError, AttributeError, TypeError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise UnreadableFile(
            path, f"not a checkpoint ({type(error).__name__})", "name another file, or remove this one"
        ) from None
    return Checkpoint(moment, series, integral, plain["since"], plain["frames"])


def _named(file: "np.lib.npyio.NpzFile", prefix: str) -> dict[str, np.ndarray]:
    return {n.removeprefix(prefix): file[n] for n in file.files if n.startswith(prefix)}
