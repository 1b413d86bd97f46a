"""States on disk, one file for each configuration, found again by the hash of what decides the result.

A file is written beside its destination and renamed over it. A program that is killed while it writes
leaves every file that was there before, and perhaps a hidden ``*.partial`` that is never read.
"""

import hashlib
import json
import math
import os
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from onnes.errors import InvalidInput
from onnes.model import codec
from onnes.state import State, load, read_dataset, save

STALE = 3600.0
"""Seconds after which a partial file belongs to no living writer."""
THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def canonical_json(config: Mapping[str, Any]) -> str:
    """Return the text that is hashed: sorted keys, no blanks, 2 and 2.0 the same number.

    Dataclasses and arrays are written as `onnes.model.codec` writes them. Raises `InvalidInput` on NaN,
    infinities, and on what is neither number, text, array nor dataclass.
    """
    plain = _plain(codec.encode(dict(config)))
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(config: Mapping[str, Any]) -> str:
    """Return the SHA-256 of `canonical_json` as 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(config).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InvalidInput(f"the number {value} in a configuration", "give finite numbers")
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return value


class Store:
    """A folder of solved states.

    Parameters
    ----------
    folder : made where it is missing.

    Raises
    ------
    InvalidInput : the folder cannot be made.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            cause = f"cannot make the folder {self.folder} ({error.strerror or error})"
            raise InvalidInput(cause, "name a folder that can be written") from None

    def path(self, config: Mapping[str, Any]) -> Path:
        """Return the file of a configuration, whether it is there or not."""
        return self.folder / f"{digest(config)}.nc"

    def get(self, config: Mapping[str, Any]) -> State | None:
        """Return the stored state, or None; raise `UnreadableFile` where its file is damaged."""
        path = self.path(config)
        return load(path) if path.is_file() else None

    def put(self, config: Mapping[str, Any], state: State) -> Path:
        """Store a state with its provenance, all or nothing, and return its file.

        A state of the same configuration is replaced in one step. The file holds the configuration; its
        attributes hold the hash, versions, revision, seed, threads, wall seconds, outcome and engine.
        """
        return save_run(config, state, self.path(config))

    def missing(self, configs: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Return the configurations without a file, in their order, each once."""
        absent = {digest(config): config for config in configs if not self.path(config).is_file()}
        return list(absent.values())

    def provenance(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """Return how a stored state came to be; raise `UnreadableFile` where there is none."""
        attributes = read_dataset(self.path(config)).attrs
        return {key: attributes[key] for key in attributes if key.startswith("run_")}

    def tidy(self) -> int:
        """Remove what killed writers left more than an hour ago; return how many files that were."""
        removed = 0
        for partial in self.folder.glob(".*.partial"):
            with suppress(OSError):
                if time.time() - partial.stat().st_mtime > STALE:
                    partial.unlink()
                    removed += 1
        return removed

    def __iter__(self) -> Iterator[State]:
        """Yield every stored state, in the order of their hashes."""
        return (load(path) for path in sorted(self.folder.glob("*.nc")))

    def __len__(self) -> int:
        return sum(1 for _ in self.folder.glob("*.nc"))


def save_run(config: Mapping[str, Any], state: State, path: str | os.PathLike[str]) -> Path:
    """Write a state with its provenance and its configuration (``onnes_config``) to one file."""
    return save(state, path, provenance(config, state), {"config": canonical_json(config)})


def provenance(config: Mapping[str, Any], state: State) -> dict[str, str | int | float]:
    """Return the attributes that say how a state came to be; absent facts are the empty text."""
    report = state.report
    return {
        "run_hash": digest(config),
        "run_versions": json.dumps(dict(report.versions), sort_keys=True),
        "run_revision": revision(),
        "run_seed": "" if report.seed is None else int(report.seed),
        "run_threads": json.dumps({name: os.environ[name] for name in THREAD_LIMITS if name in os.environ}),
        "run_processors": os.cpu_count() or 0,
        "run_seconds": float(report.seconds),
        "run_outcome": report.outcome.name,
        "run_engine": report.engine,
    }


@lru_cache(maxsize=1)
def revision() -> str:
    """Return the git revision of the source tree that runs, or the empty text for an installed package."""
    root = Path(__file__).resolve().parents[3]
    if not (root / ".git").exists():
        return ""
    try:
        asked = subprocess.run(
            ["git", "-C", str(root), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return asked.stdout.strip()
