"""What a batch has done already."""

from pathlib import Path

import pytest

from fourfold.errors import UnreadableImage
from fourfold.upscaling import Ledger, fingerprint


def test_what_was_recorded_is_done_while_the_result_is_there(tmp_path: Path):
    Ledger(tmp_path).record(tmp_path / "a.png", "f")
    assert not Ledger(tmp_path).is_done(tmp_path / "a.png", "f")
    (tmp_path / "a.png").touch()
    assert Ledger(tmp_path).is_done(tmp_path / "a.png", "f")
    assert not Ledger(tmp_path).is_done(tmp_path / "a.png", "g")
    assert not Ledger(tmp_path).is_done(tmp_path / "b.png", "f")


def test_the_last_line_counts(tmp_path: Path):
    (tmp_path / "a.png").touch()
    for value in ("f", "g"):
        Ledger(tmp_path).record(tmp_path / "a.png", value)
    assert Ledger(tmp_path).is_done(tmp_path / "a.png", "g")
    assert not Ledger(tmp_path).is_done(tmp_path / "a.png", "f")


def test_a_torn_line_means_again_and_spoils_no_other(tmp_path: Path):
    names = ("a.png", "b.png", "c.png")
    for name in names:
        (tmp_path / name).touch()
    ledger = Ledger(tmp_path)
    ledger.record(tmp_path / "a.png", "f")
    ledger.record(tmp_path / "b.png", "f")
    path = tmp_path / "fourfold.jsonl"
    path.write_bytes(path.read_bytes()[:-9])
    Ledger(tmp_path).record(tmp_path / "c.png", "f")
    done = [Ledger(tmp_path).is_done(tmp_path / name, "f") for name in names]
    assert done == [True, False, True]


def test_a_fingerprint_is_of_the_bytes_and_the_settings(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"1")
    first = fingerprint(tmp_path / "a", {"scale": 2, "model": "m"})
    assert fingerprint(tmp_path / "a", {"model": "m", "scale": 2}) == first
    assert fingerprint(tmp_path / "a", {"scale": 3, "model": "m"}) != first
    (tmp_path / "a").write_bytes(b"2")
    assert fingerprint(tmp_path / "a", {"scale": 2, "model": "m"}) != first
    with pytest.raises(UnreadableImage, match="cannot be read"):
        fingerprint(tmp_path / "none", {})
