"""Files that are either old or new, never half."""

import os

import pytest

from onnes.errors import InvalidInput
from onnes.files import replacing


def test_a_whole_file_takes_the_place_of_the_old_one(tmp_path):
    target = tmp_path / "run.bin"
    target.write_bytes(b"old")
    with replacing(target) as partial:
        partial.write_bytes(b"new")
        assert target.read_bytes() == b"old"
        assert partial.parent == tmp_path and partial.name == f".run.bin.{os.getpid()}.partial"
    assert target.read_bytes() == b"new" and list(tmp_path.iterdir()) == [target]


def test_half_a_file_leaves_the_old_one(tmp_path):
    target = tmp_path / "run.bin"
    target.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), replacing(target, ending=".mp4") as partial:
        assert partial.suffix == ".mp4"
        partial.write_bytes(b"ne")
        raise ZeroDivisionError
    assert target.read_bytes() == b"old" and list(tmp_path.iterdir()) == [target]


def test_folder_is_made_where_asked(tmp_path):
    target = tmp_path / "new" / "run.bin"
    with (
        pytest.raises(InvalidInput, match=r"cannot write .*run.bin .*; go elsewhere"),
        replacing(target, "go elsewhere") as partial,
    ):
        partial.write_bytes(b"new")
    assert not target.parent.exists()
    with replacing(target, make_folder=True) as partial:
        partial.write_bytes(b"new")
    assert target.read_bytes() == b"new"


def test_nothing_written_is_named(tmp_path):
    with pytest.raises(InvalidInput, match="cannot write"), replacing(tmp_path / "run.bin"):
        pass
