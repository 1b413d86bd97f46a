"""Files that are either old or new, never half. Floor 1: imports nothing of onnes but errors."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from onnes.errors import InvalidInput


@contextmanager
def replacing(
    path: str | os.PathLike[str],
    remedy: str = "name a folder that exists and can be written",
    *,
    ending: str = "",
    make_folder: bool = False,
) -> Iterator[Path]:
    """Yield a hidden path beside ``path`` to write to; then flush that file to the disk and rename it over ``path``.

    A process killed at any moment leaves either the old file or the new one, and perhaps a hidden ``*.partial``; an
    exception inside leaves the old one.

    Parameters
    ----------
    remedy : what to do where the file cannot be written. ending : of the hidden name, for writers that read the kind of
        file from it. make_folder : whether the folder is made where it is missing.

    Raises
    ------
    InvalidInput : the file cannot be written.
    """
    target = Path(path)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial{ending}")
    try:
        if make_folder:
            target.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        with open(partial, "rb") as handle:
            os.fsync(handle.fileno())
        os.replace(partial, target)
    except OSError as error:
        raise InvalidInput(f"cannot write {target} ({error.strerror or error})", remedy) from None
    finally:
        with suppress(OSError):
            partial.unlink()
