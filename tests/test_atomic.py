"""Files written whole or not at all."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fourfold.atomic import written_whole


def test_the_file_appears_under_its_name_when_the_block_ends(tmp_path: Path):
    target = tmp_path / "result"
    with written_whole(target) as temporary:
        temporary.write_bytes(b"new")
        assert not target.exists()
        assert temporary.parent == tmp_path  # else the last step would be a copy
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


def test_who_reads_the_old_file_goes_on_reading_it(tmp_path: Path):
    target = tmp_path / "result"
    target.write_bytes(b"old")
    with target.open("rb") as reader:
        with written_whole(target) as temporary:
            temporary.write_bytes(b"new")
        assert reader.read() == b"old"


def test_the_file_is_on_the_disk_before_it_takes_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    calls: list[str] = []

    def recorded(name: str) -> Callable[..., None]:
        real = getattr(os, name)

        def call(*given: object) -> None:
            calls.append(name)
            real(*given)

        return call

    for name in ("fsync", "replace", "link"):
        monkeypatch.setattr(os, name, recorded(name))
    with written_whole(tmp_path / "one"):
        pass
    with written_whole(tmp_path / "two", overwrite=False):
        pass
    assert calls == ["fsync", "replace", "fsync", "link"]


def test_a_name_that_was_taken_meanwhile_is_left_alone(tmp_path: Path):
    target = tmp_path / "result"
    with (
        pytest.raises(FileExistsError),
        written_whole(target, overwrite=False) as temporary,
    ):
        temporary.write_bytes(b"ours")
        target.write_bytes(b"somebody else's")
    assert target.read_bytes() == b"somebody else's"
    assert list(tmp_path.iterdir()) == [target]


def test_without_links_a_taken_name_is_left_alone_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", no_links)
    with written_whole(tmp_path / "free", overwrite=False) as temporary:
        temporary.write_bytes(b"ours")
    assert (tmp_path / "free").read_bytes() == b"ours"
    with pytest.raises(FileExistsError), written_whole(tmp_path / "free", overwrite=False):
        pass


def test_a_name_as_long_as_a_name_may_be_is_written(tmp_path: Path):
    for name in ("a" * 251 + ".png", "像" * 83 + "a.png"):
        with written_whole(tmp_path / name) as temporary:
            temporary.write_bytes(b"new")
        assert (tmp_path / name).read_bytes() == b"new"
