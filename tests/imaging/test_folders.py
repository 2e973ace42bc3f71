"""Folders for results, made and tried before any work."""

from pathlib import Path

import pytest

from fourfold.errors import UnwritableImage
from fourfold.imaging import prepare_folder


def test_a_folder_is_made_and_tried_before_any_work(tmp_path: Path):
    prepare_folder(tmp_path / "new" / "deeper")
    assert list((tmp_path / "new" / "deeper").iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(UnwritableImage, match="cannot be written: Not a directory"):
        prepare_folder(tmp_path / "file" / "folder")
