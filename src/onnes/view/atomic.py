"""Bytes as files that are either old or new, never half."""

from pathlib import Path

from onnes.files import replacing


def write_bytes(target: Path, data: bytes) -> Path:
    """Write a file beside its destination, flush it to the disk and rename it over the old one.

    The folder is made where it is missing. Raises `InvalidInput` where the file cannot be written; the
    old file is then still there.
    """
    with replacing(target, "name a folder that can be written", make_folder=True) as partial:
        partial.write_bytes(data)
    return target
