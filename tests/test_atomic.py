"""Files written whole or not at all."""

import os
from pathlib import Path

import pytest

from fourfold.atomic import written_whole


def test_the_file_appears_under_its_name_when_the_block_ends(tmp_path: Path):
    target = tmp_path / "result"
    with written_whole(target) as temporary:
        temporary.write_bytes(b"new")
        assert not target.exists()
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path: Path):
    target = tmp_path / "result"
    target.write_bytes(b"old")
    with pytest.raises(RuntimeError), written_whole(target) as temporary:
        temporary.write_bytes(b"half of the n")
        raise RuntimeError
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_the_file_has_the_permissions_that_the_user_asks_for(tmp_path: Path):
    mask = os.umask(0o027)
    try:
        with written_whole(tmp_path / "result"):
            pass
    finally:
        os.umask(mask)
    assert (tmp_path / "result").stat().st_mode & 0o777 == 0o640


def test_a_name_of_the_greatest_length_can_be_written(tmp_path: Path):
    target = tmp_path / ("n" * 251 + ".png")
    with written_whole(target) as temporary:
        temporary.write_bytes(b"new")
    assert target.read_bytes() == b"new"
