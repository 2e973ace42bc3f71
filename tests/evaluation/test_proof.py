"""The control rows come out on a true copy, and whatever is wrong with a copy is named."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from fourfold.evaluation import Cache, Proof, find_dataset, prove
from fourfold.imaging import read_image, write_image
from fourfold.metrics import LITERATURE, PAPER, Protocol

WHOLE = ["baby", "bird", "butterfly", "head", "woman"]


@pytest.fixture
def copy(data: Path, tmp_path: Path) -> Path:
    """Set5's two smallest pictures, to be changed."""
    for name in ("butterfly", "woman"):
        for kind in ("HR", "LRx4"):
            (tmp_path / "Set5" / kind).mkdir(parents=True, exist_ok=True)
            shutil.copy(data / "test/Set5" / kind / f"{name}.png", tmp_path / "Set5" / kind)
    return tmp_path


def prove_copy(root: Path, protocol: Protocol = PAPER) -> Proof:
    return prove(find_dataset(root), protocol, cache=Cache(None))


@pytest.mark.parametrize("protocol", [PAPER, LITERATURE], ids=lambda protocol: protocol.name)
def test_a_true_copy_is_proven(data: Path, protocol: Protocol):
    proof = prove(find_dataset(data / "test", ["Set5"]), protocol, cache=Cache(None))
    assert proof.is_complete and proof.problems == ()
    assert [(row.test_set, row.method, row.pictures) for row in proof.rows] == [
        ("Set5", "nearest", 5),
        ("Set5", "bicubic", 5),
    ]
    assert all(row.is_matching for row in proof.rows)
    if protocol is PAPER:
        assert proof.rows[1].ours["psnr_y"] == pytest.approx(28.4302, abs=1e-4)


def test_a_changed_picture_is_named(copy: Path):
    path = copy / "Set5/HR/woman.png"
    changed = np.array(read_image(path))
    changed[100, 100, 1] ^= 1
    write_image(changed, path)
    proof = prove_copy(copy)
    assert not proof.is_complete
    assert "Set5/woman is not the picture that is known by that name." in proof.problems
    assert [row.pictures for row in proof.rows] == [1, 1]


def test_small_pictures_made_otherwise_are_named(copy: Path):
    for name in ("butterfly", "woman"):
        write_image(
            read_image(copy / f"Set5/HR/{name}.png")[::4, ::4], copy / f"Set5/LRx4/{name}.png"
        )
    proof = prove_copy(copy)
    assert [text for text in proof.problems if "bicubic" in text] == [
        "Small pictures of Set5 are not their originals' bicubic, so that scores compare with no "
        "published ones: butterfly, woman."
    ]
    assert [row.is_matching for row in proof.rows] == [False, False]


def test_scores_that_are_not_the_known_ones_are_named(copy: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("fourfold.evaluation.proof.TOLERANCE", {"psnr_y": -1.0})
    wrong = [text for text in prove_copy(copy).problems if "Set5/butterfly" in text]
    assert len(wrong) == 1 and "does not give its control rows: nearest PSNR" in wrong[0]


def test_pictures_are_recognised_under_any_name(copy: Path, tmp_path: Path):
    inside = tmp_path / "other" / "Set5" / "image_SRF_4"
    inside.mkdir(parents=True)
    for number, name in enumerate(("woman", "butterfly"), start=1):
        for kind, ending in (("HR", "HR"), ("LRx4", "LR")):
            target = inside / f"img_00{number}_SRF_4_{ending}.png"
            shutil.copy(copy / "Set5" / kind / f"{name}.png", target)
    proof = prove_copy(tmp_path / "other")
    assert [row.pictures for row in proof.rows] == [2, 2]
    assert all(row.is_matching for row in proof.rows)


def test_a_set_that_is_not_whole_is_said(copy: Path):
    assert prove_copy(copy).problems == (
        "Set5 is measured on 2 pictures; the whole set has 5, so its means are no others'.",
    )


def test_a_strange_set_is_unproven(tiny: Path):
    proof = prove_copy(tiny)
    assert proof.rows == ()
    assert proof.problems == ("No control rows are known for Tiny: its figures are unproven.",)


def test_a_strange_picture_in_a_known_set_is_named(copy: Path, photograph: np.ndarray):
    write_image(photograph, copy / "Set5/HR/panda.png")
    shutil.rmtree(copy / "Set5/LRx4")
    assert "Set5 has pictures without known control rows: panda." in prove_copy(copy).problems


def test_a_picture_that_cannot_be_read_is_named(copy: Path):
    (copy / "Set5/HR/woman.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    found = [text for text in prove_copy(copy).problems if "Set5/woman cannot be measured" in text]
    assert len(found) == 1
