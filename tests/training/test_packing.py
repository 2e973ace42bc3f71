"""Packed photographs: what goes in comes out, and what cannot be used is named."""

import json
import resource
from pathlib import Path

import numpy as np
import pytest

from fourfold.errors import InvalidData, UnwritableImage
from fourfold.imaging import read_image, write_image
from fourfold.training import Sample, open_pack, pack
from tests.photographs import write_photographs


def test_every_photograph_of_every_folder_comes_out_as_it_went_in(tmp_path: Path):
    source = write_photographs(tmp_path / "photographs", 5)
    packed = pack([source], tmp_path / "packed")
    assert [place.name for place in packed.places] == [
        "0.png", "2.png", "4.png", "more/1.png", "more/3.png",
    ]  # fmt: skip
    for place in packed.places:
        np.testing.assert_array_equal(packed.read(place), read_image(source / place.name))
    assert open_pack(tmp_path / "packed") == packed


def test_grey_and_sixteen_bits_become_bytes_of_three_channels(tmp_path: Path):
    (tmp_path / "in").mkdir()
    grey = np.array([[0, 200]], np.uint8)
    write_image(grey, tmp_path / "in/grey.png")
    deep = np.array([[[0, 128, 129], [257 * 7, 65_535, 65_406]]], np.uint16)
    write_image(deep, tmp_path / "in/deep.png")
    packed = pack([tmp_path / "in"], tmp_path / "out")
    assert packed.read(packed.places[0]).tolist() == [[[0, 0, 1], [7, 255, 254]]]
    assert packed.read(packed.places[1]).tolist() == [[[0] * 3, [200] * 3]]


def test_what_cannot_be_used_is_left_out_with_a_line_each(tmp_path: Path):
    source = write_photographs(tmp_path / "in", 1)
    write_image(np.zeros((40, 9, 3), np.uint8), source / "narrow.png")
    write_image(np.zeros((40, 40, 4), np.uint8), source / "glass.png")
    (source / "text.jpg").write_text("Dear diary")
    (source / "notes.txt").write_text("no picture, and not called one")
    said: list[str] = []
    packed = pack([source], tmp_path / "out", smallest=10, say=said.append)
    assert [place.name for place in packed.places] == ["0.png"]
    assert said == [
        "glass.png is left out: it is transparent.",
        "narrow.png is left out: it is 9x40, a side is below 10 pixels.",
        f"text.jpg is left out: {source / 'text.jpg'} is no PNG, JPEG, WebP, TIFF, AVIF, GIF, "
        "BMP, PPM or HEIC picture.",
        "1 of 4 photographs can be used, 0.0 megapixels.",
    ]


def test_a_folder_with_nothing_usable_is_one_sentence_and_leaves_no_pack(tmp_path: Path):
    source = write_photographs(tmp_path / "in", 2)
    with pytest.raises(InvalidData, match=r"None of the 2 files in .* can be used: photographs"):
        pack([source], tmp_path / "out", smallest=1_000)
    assert list((tmp_path / "out").iterdir()) == []
    with pytest.raises(InvalidData, match="is no folder"):
        pack([tmp_path / "none"], tmp_path / "out")


def test_a_full_disk_is_one_sentence_and_leaves_no_pack(tmp_path: Path):
    source = write_photographs(tmp_path / "in", 3)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(UnwritableImage, match=r"out cannot be written: File too large\."):
            pack([source], tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_pack_that_is_cut_short_is_named(tmp_path: Path):
    packed = pack([write_photographs(tmp_path / "in", 2)], tmp_path / "out")
    packed.pixels.write_bytes(packed.pixels.read_bytes()[:-1])
    with pytest.raises(InvalidData, match="cut short; pack them anew"):
        open_pack(tmp_path / "out")


def test_what_is_no_pack_is_named(tmp_path: Path):
    with pytest.raises(InvalidData, match="holds no packed photographs"):
        open_pack(tmp_path)
    (tmp_path / "index.json").write_text(json.dumps({"format": 9, "places": []}))
    with pytest.raises(InvalidData, match="format 9; pack it anew"):
        open_pack(tmp_path)


def test_a_sample_is_fixed_by_its_seed_and_its_names_are_kept(tmp_path: Path):
    source = write_photographs(tmp_path / "in", 6)
    (source / "text.jpg").write_text("Dear diary")  # drawn or not, another takes its place
    drawn = {
        name: [
            place.name for place in pack([source], tmp_path / name, sample=Sample(4, seed)).places
        ]
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    }
    assert drawn["a"] == drawn["b"] != drawn["c"]
    assert len(set(drawn["a"])) == 4 and "text.jpg" not in drawn["a"] + drawn["c"]
    assert json.loads((tmp_path / "a/index.json").read_text())["sample"] == {"count": 4, "seed": 1}
    with pytest.raises(InvalidData, match="6 photographs can be used, fewer than a sample of 7"):
        pack([source], tmp_path / "d", sample=Sample(7, 1))
