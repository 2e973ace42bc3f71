"""Test sets are found in every layout, and what cannot be measured on is named."""

from pathlib import Path

import numpy as np
import pytest

from fourfold.errors import InvalidDataset
from fourfold.evaluation import Dataset, find_dataset
from fourfold.imaging import reduce, write_image

HR = np.arange(16 * 24 * 3, dtype=np.uint32).reshape(16, 24, 3).astype(np.uint8)
LR = reduce(HR, 4)


def lay(root: Path, *names: str, image: np.ndarray = HR) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        write_image(image, root / name)


def names(dataset: Dataset) -> list[str]:
    return [pair.title for pair in dataset.pairs]


@pytest.mark.parametrize(
    ("hr", "lr", "name"),
    [
        ("S/HR/one.png", "S/LRx4/one.png", "one"),
        ("S/HR/one.png", "S/LR_bicubic/X4/onex4.png", "one"),
        ("S/image_SRF_4/img_001_SRF_4_HR.png", "S/image_SRF_4/img_001_SRF_4_LR.png", "img_001"),
        ("S/GTmod12/one.png", "S/LRbicx4/one.png", "one"),
    ],
)
def test_the_layouts_of_the_field_are_read(tmp_path: Path, hr: str, lr: str, name: str):
    lay(tmp_path, hr)
    lay(tmp_path, lr, image=255 - LR)  # not what the bicubic would make
    dataset = find_dataset(tmp_path)
    assert names(dataset) == [f"S/{name}"]
    small, large = dataset.pairs[0].read()
    np.testing.assert_array_equal(large, HR)
    np.testing.assert_array_equal(small, 255 - LR)


@pytest.mark.parametrize("hr", ["S/HR/one.png", "S/GTmod12/one.png", "S/one.png"])
def test_missing_small_pictures_are_made_by_the_exact_bicubic(tmp_path: Path, hr: str):
    lay(tmp_path, hr)
    small, large = find_dataset(tmp_path).pairs[0].read()
    np.testing.assert_array_equal(large, HR)
    np.testing.assert_array_equal(small, LR)


def test_a_folder_of_pictures_is_a_set_itself(tmp_path: Path):
    lay(tmp_path / "album", "b10.png", "b9.png", "a.png")
    assert names(find_dataset(tmp_path / "album")) == ["album/a", "album/b9", "album/b10"]


def test_sides_that_do_not_divide_are_cut_at_the_right_and_bottom(tmp_path: Path):
    lay(tmp_path, "S/HR/one.png", image=HR[:15, :23])
    small, large = find_dataset(tmp_path).pairs[0].read()
    np.testing.assert_array_equal(large, HR[:12, :20])
    assert small.shape == (3, 5, 3)


def test_the_papers_sets_are_taken_first_and_others_when_they_are_named(tmp_path: Path):
    lay(tmp_path, "Set14/HR/b.png", "Set5/HR/a.png", "Mine/HR/c.png")
    assert find_dataset(tmp_path).sets == ["Set5", "Set14"]
    assert find_dataset(tmp_path, ["Mine", "Set5"]).sets == ["Mine", "Set5"]


def test_the_limit_counts_pictures_of_each_set(tmp_path: Path):
    lay(tmp_path, "Set5/HR/a.png", "Set5/HR/b.png", "Set14/HR/c.png", "Set14/HR/d.png")
    assert names(find_dataset(tmp_path, limit=1)) == ["Set5/a", "Set14/c"]


def test_an_unknown_set_is_named_with_the_nearest(tmp_path: Path):
    lay(tmp_path, "Set14/HR/a.png")
    with pytest.raises(InvalidDataset, match=r"no test set 'Set41'.*Did you mean 'Set14'"):
        find_dataset(tmp_path, ["Set41"])


def test_a_root_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(InvalidDataset, match=r"nowhere is no folder.*--data"):
        find_dataset(tmp_path / "nowhere")


def test_a_set_without_pictures_is_named(tmp_path: Path):
    (tmp_path / "Set5").mkdir()
    with pytest.raises(InvalidDataset, match=r"Set5 holds no pictures in a known layout"):
        find_dataset(tmp_path)


def test_a_small_picture_that_is_missing_is_named(tmp_path: Path):
    lay(tmp_path, "S/HR/one.png", "S/HR/two.png")
    lay(tmp_path, "S/LRx4/one.png", image=LR)
    with pytest.raises(InvalidDataset, match=r"LRx4/two\.png is missing"):
        find_dataset(tmp_path, ["S"])


@pytest.mark.parametrize(
    ("hr", "lr", "complaint"),
    [
        (HR, LR[:, :-1], r"LRx4/one\.png is 5x4, and one\.png 24x16: it must be 4 times"),
        (HR, LR[:, :, 0], r"LRx4/one\.png and .*HR/one\.png one alone is grey"),
        (HR.astype(np.uint16), LR, r"HR/one\.png has 16 bits a sample"),
        (np.dstack([HR, HR[:, :, 0]]), LR, r"HR/one\.png has transparency"),
        (HR[:3], LR, r"HR/one\.png has a side below 4 pixels"),
    ],
)
def test_a_pair_that_cannot_be_measured_says_why(
    tmp_path: Path, hr: np.ndarray, lr: np.ndarray, complaint: str
):
    lay(tmp_path, "S/HR/one.png", image=hr)
    lay(tmp_path, "S/LRx4/one.png", image=lr)
    with pytest.raises(InvalidDataset, match=complaint):
        find_dataset(tmp_path).pairs[0].read()


def test_a_file_that_is_no_picture_is_named(tmp_path: Path):
    (tmp_path / "S").mkdir()
    (tmp_path / "S" / "one.png").write_bytes(b"nothing")
    with pytest.raises(InvalidDataset, match=r"S.one\.png is "):
        find_dataset(tmp_path, ["S"]).pairs[0].read()
