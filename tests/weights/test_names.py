"""Names of weights."""

from pathlib import Path

import pytest

from fourfold.errors import InvalidWeights, UnknownModel
from fourfold.weights import (
    load_weights,
    model_at,
    run_weights,
    shipped_names,
    weights_path,
    write_weights,
)
from tests.generators import random_weights
from tests.weights.test_files import SMALL


def test_srgan_and_srresnet_are_shipped():
    assert {"srgan", "srresnet"} <= set(shipped_names())


def test_a_path_stands_for_its_file(tmp_path: Path):
    write_weights(tmp_path / "mine.safetensors", random_weights(SMALL, seed=3))
    assert load_weights(tmp_path / "mine.safetensors").config == SMALL
    assert load_weights(str(tmp_path / "mine.safetensors")).config == SMALL


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(UnknownModel, match=r"'srgna'. Did you mean 'srgan'"):
        weights_path("srgna")


def test_a_run_stands_for_its_best_weights_and_another_folder_for_none(tmp_path: Path):
    with pytest.raises(UnknownModel, match="is a folder, and no run that has weights"):
        weights_path(tmp_path)
    (tmp_path / "best").mkdir()
    write_weights(run_weights(tmp_path), random_weights(SMALL, seed=3))
    assert weights_path(tmp_path) == tmp_path / "best" / "weights.safetensors"


def test_a_runs_bare_name_suggests_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs/first/best").mkdir(parents=True)
    write_weights(run_weights(Path("runs/first")), random_weights(SMALL, seed=3))
    with pytest.raises(UnknownModel, match=r"'first'. Did you mean 'runs/first'"):
        weights_path("first")


def test_a_file_that_is_no_weights_file_is_named(tmp_path: Path):
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    with pytest.raises(InvalidWeights, match=r"photo\.png is not a readable"):
        load_weights(tmp_path / "photo.png")


def test_at_2_a_model_s_twin_for_2_runs_if_there_is_one(tmp_path: Path):
    mine = tmp_path / "mine.safetensors"
    write_weights(mine, random_weights(SMALL, seed=3))
    assert model_at(mine, 2) == model_at(mine, 4) == model_at(mine, None) == mine
    write_weights(tmp_path / "mine-x2.safetensors", random_weights(SMALL, seed=4))
    assert model_at(mine, 2) == tmp_path / "mine-x2.safetensors"
    assert model_at(mine, 2.5) == model_at(mine, None) == mine
    assert model_at("srgan", 2) in ("srgan", "srgan-x2")
