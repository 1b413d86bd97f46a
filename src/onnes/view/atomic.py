"""Files that are either old or new, never half."""

import os
from contextlib import suppress
from pathlib import Path

from onnes.errors import InvalidInput


def write_bytes(target: Path, data: bytes) -> Path:
    """Write a file beside its destination, flush it to the disk and rename it over the old one.

    The folder is made where it is missing. Raises `InvalidInput` where the file cannot be written; the
    old file is then still there.
    """
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(partial, "wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(partial, target)
    except OSError as error:
        cause = f"cannot write {target} ({error.strerror or error})"
        raise InvalidInput(cause, "name a folder that can be written") from None
    finally:
        with suppress(OSError):
            partial.unlink()
    return target
