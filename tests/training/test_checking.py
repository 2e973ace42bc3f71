"""What a run would leave out, said beforehand."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from fourfold.errors import InvalidData
from fourfold.training import check_data, pack, train
from tests.photographs import TINY, write_photographs, write_shards


def test_it_says_what_a_run_says_and_writes_nothing(tmp_path: Path):
    source = write_photographs(tmp_path / "in", 7)
    others = write_photographs(tmp_path / "others", 3, left=200)
    shutil.copy(others / "0.png", source / "leaked.png")
    (source / "text.jpg").write_text("Dear diary")
    before = sorted(tmp_path.rglob("*"))
    checked: list[str] = []
    check_data(TINY, [source], others, say=checked.append)
    assert sorted(tmp_path.rglob("*")) == before
    assert checked[-1] == "7 photographs to train on, 3 to look at."
    ran: list[str] = []
    train(replace(TINY, steps=3), tmp_path / "run", data=[source], held_out=others, say=ran.append)
    left_out = [line for line in ran if "left out" in line]
    assert len(left_out) == 2 and left_out == [line for line in checked if "left out" in line]


def test_without_a_folder_of_others_some_are_held_out_of_a_pack_too(tmp_path: Path):
    source = write_photographs(tmp_path / "in", 7)
    pack([source], tmp_path / "packed")
    for data in (source, tmp_path / "packed"):
        said: list[str] = []
        check_data(TINY, [data], None, say=said.append)
        assert said[-1] == "3 photographs to train on, 4 to look at."


def test_every_shard_is_read_and_what_it_holds_that_cannot_serve_is_named(tmp_path: Path):
    source = write_photographs(tmp_path / "in", 4)
    others = write_photographs(tmp_path / "others", 3, left=200)
    shutil.copy(others / "0.png", source / "0.png")
    shards = write_shards(source, tmp_path / "shards")
    said: list[str] = []
    check_data(TINY, [], others, shards=shards, say=said.append)
    assert [line for line in said if "000000.png" in line] == [
        f"000000.png of {shards[0]} is left out: it is nearly the same as a held-out photograph."
    ]
    assert all(any(f"broken.jpg of {shard}" in line for line in said) for shard in shards)
    assert said[-1] == "3 photographs to train on, 3 to look at."
    with pytest.raises(InvalidData, match="name other photographs with --validate"):
        check_data(TINY, [], None, shards=shards, say=said.append)


def test_photographs_that_are_all_too_small_are_one_sentence(tmp_path: Path):
    source = write_photographs(tmp_path / "in", 2)
    with pytest.raises(InvalidData, match="None of the 2 files"):
        check_data(replace(TINY, hr_crop=96), [source], None, say=lambda _: None)
