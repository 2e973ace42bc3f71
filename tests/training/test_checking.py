"""What a run would leave out, said beforehand."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from fourfold.errors import InvalidData
from fourfold.training import check_data, pack, train
from tests.photographs import TINY, write_photographs


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


def test_photographs_that_are_all_too_small_are_one_sentence(tmp_path: Path):
    source = write_photographs(tmp_path / "in", 2)
    with pytest.raises(InvalidData, match="None of the 2 files"):
        check_data(replace(TINY, hr_crop=96), [source], None, say=lambda _: None)
