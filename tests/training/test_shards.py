"""Photographs in shards: read in order, drawn as any others, gone on with exactly."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fourfold.errors import InvalidData
from fourfold.imaging import read_image, write_image
from fourfold.training import is_shards, pack, shard_names, train
from fourfold.training.crops import Crops
from fourfold.training.likeness import fingerprint
from fourfold.training.shards import ShardCrops, photographs_of
from tests.photographs import TINY, write_photographs, write_shards
from tests.training.test_loop import after, assert_same_bits
from tests.training.test_steps import CPU

RECIPE = replace(TINY, shard_steps=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_photographs(tmp_path_factory.mktemp("shards") / "photographs")


@pytest.fixture(scope="module")
def shards(folder: Path) -> list[str]:
    return write_shards(folder, folder.parent)


def test_a_range_stands_for_its_shards():
    assert is_shards("s3://bucket/shards-{0000..0099}.tar") and not is_shards("album/")
    names = shard_names("s3://bucket/a-{0..1}/shards-{0008..0011}.tar")
    assert names[0] == "s3://bucket/a-0/shards-0008.tar" and len(names) == 8
    assert names[-1] == "s3://bucket/a-1/shards-0011.tar"
    assert shard_names("one.tar") == ["one.tar"]
    with pytest.raises(InvalidData, match=r"run backwards; write \{1..9\}"):
        shard_names("shards-{9..1}.tar")


def test_the_photographs_come_out_and_what_is_none_is_passed(folder: Path, shards: list[str]):
    (name, first), (_, second) = photographs_of(f"file://{shards[0]}", smallest=16)
    assert name == "000000.png"
    np.testing.assert_array_equal(first, read_image(folder / "0.png"))
    np.testing.assert_array_equal(second, read_image(folder / "2.png"))
    assert len(list(photographs_of(shards[0], smallest=38))) == 1  # the other is 37 pixels high


def test_crops_are_those_of_a_folder_with_the_shards_photographs(
    tmp_path: Path, folder: Path, shards: list[str]
):
    crops = ShardCrops(shards, RECIPE, device=CPU)
    for turn in range(4):
        index = shards.index(crops.shard_of(turn))
        (tmp_path / str(turn)).mkdir()
        two = sorted(folder.rglob("*.png"))[2 * index : 2 * index + 2]
        for key, path in enumerate(two):  # in the shard's order
            (tmp_path / str(turn) / f"{key}.png").symlink_to(path)
        packed = pack([tmp_path / str(turn)], tmp_path / f"packed-{turn}")
        expected = Crops(packed, packed.places, RECIPE, device=CPU).batch(2 * turn + 1)
        assert all(map(torch.equal, crops.batch(2 * turn + 1), expected))


def test_what_is_nearly_the_same_as_a_held_out_photograph_serves_no_crop(
    tmp_path: Path, folder: Path, shards: list[str]
):
    (_, first), (_, second) = photographs_of(shards[0], smallest=16)
    crops = ShardCrops(shards[:1], RECIPE, device=CPU, held_out=[fingerprint(first)])
    (tmp_path / "second").mkdir()
    write_image(second, tmp_path / "second" / "000001.png")
    packed = pack([tmp_path / "second"], tmp_path / "packed")
    expected = Crops(packed, packed.places, RECIPE, device=CPU).batch(0)
    assert all(map(torch.equal, crops.batch(0), expected))


def test_each_shard_serves_once_each_time_round_in_another_order(shards: list[str]):
    crops = ShardCrops(shards * 4, RECIPE, device=CPU)
    rounds = [[crops.shard_of(12 * time + turn) for turn in range(12)] for time in range(2)]
    assert sorted(rounds[0]) == sorted(rounds[1]) == sorted(shards * 4)
    assert rounds[0] != rounds[1]


def test_a_run_on_shards_goes_on_to_the_same_bits(tmp_path: Path, shards: list[str]):
    others = write_photographs(tmp_path / "others", 3, left=200)
    train(RECIPE, tmp_path / "straight", shards=shards, held_out=others)
    train(RECIPE, tmp_path / "cut", shards=shards, held_out=others, stop=after(3))
    train(RECIPE, tmp_path / "cut", shards=shards)
    assert_same_bits(tmp_path / "straight", tmp_path / "cut")


def test_shards_that_cannot_serve_are_one_sentence(tmp_path: Path, shards: list[str]):
    with pytest.raises(InvalidData, match="name other photographs with --validate"):
        train(RECIPE, tmp_path / "run", shards=shards)
    with pytest.raises(InvalidData, match=r"The shard .*none.tar cannot be read"):
        list(photographs_of(str(tmp_path / "none.tar"), smallest=16))
    (tmp_path / "text.tar").write_text("no shard")
    with pytest.raises(InvalidData, match=r"The shard .*text.tar cannot be read"):
        list(photographs_of(str(tmp_path / "text.tar"), smallest=16))
    held_out = [fingerprint(pixels) for _, pixels in photographs_of(shards[0], smallest=16)]
    crops = ShardCrops(shards[:1], RECIPE, device=CPU, held_out=held_out)
    with pytest.raises(InvalidData, match="pixels a side, but held-out ones"):
        crops.batch(0)
    larger = replace(RECIPE, hr_crop=64)
    with pytest.raises(InvalidData, match="holds no photographs of at least 64 pixels"):
        ShardCrops(shards, larger, device=CPU).batch(0)
