"""Batch normalisation's statistics: drift is seen, and mended."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from fourfold.networks import Generator
from fourfold.training import train
from fourfold.training.normalisation import drift, drift_warning, recalibrate
from fourfold.training.start import new_generator
from fourfold.weights import GeneratorConfig
from tests.photographs import TINY, write_photographs

NORMALISED = replace(
    TINY,
    generator=GeneratorConfig(scale=2, depth=1, width=4, normalisation="batch"),
    start="kaiming",
)


@pytest.fixture
def batches() -> list[torch.Tensor]:
    rng = torch.Generator().manual_seed(3)
    return [torch.rand(8, 3, 8, 8, generator=rng) for _ in range(20)]


@pytest.fixture
def generator() -> Generator:
    return new_generator(NORMALISED).eval()


def test_statistics_that_are_off_are_seen_and_estimated_anew(
    generator: Generator, batches: list[torch.Tensor]
):
    recalibrate(generator, batches)
    levels = drift(generator, batches[0])
    assert levels is not None and not generator.training
    good = {name: value.clone() for name, value in generator.named_buffers()}
    generator.blocks[0].norm1.running_mean += 1  # type: ignore[union-attr, operator]
    worse = drift(generator, batches[0])
    assert worse is not None and worse > 2 * levels
    recalibrate(generator, batches)
    for name, value in generator.named_buffers():
        torch.testing.assert_close(value, good[name], msg=name)


def test_the_statistics_are_plain_means_over_the_batches(
    generator: Generator, batches: list[torch.Tensor]
):
    recalibrate(generator, batches)
    maps = [generator.blocks[0].conv1(generator.head(lr)) for lr in batches]  # type: ignore[operator]
    means = torch.stack([each.mean(dim=(0, 2, 3)) for each in maps]).mean(dim=0)
    torch.testing.assert_close(generator.blocks[0].norm1.running_mean, means)  # type: ignore[union-attr]


def test_looking_for_drift_changes_nothing(generator: Generator, batches: list[torch.Tensor]):
    before = {name: value.clone() for name, value in generator.state_dict().items()}
    drift(generator, batches[0])
    assert all(torch.equal(value, before[name]) for name, value in generator.state_dict().items())


def test_without_normalisation_there_is_nothing_to_drift(batches: list[torch.Tensor]):
    assert drift(new_generator(TINY).eval(), batches[0]) is None
    assert drift_warning(None) == drift_warning(1.0) == ""
    assert "3.2 levels off; --set recalibrate=200" in drift_warning(3.2)


def test_a_run_recalibrates_at_its_end_and_is_watched(tmp_path: Path):
    photographs = write_photographs(tmp_path / "in")
    said: list[str] = []
    for name, count in (("without", 0), ("with", 5)):
        recipe = replace(NORMALISED, recalibrate=count, learning_rate=0.02, warm_up=0, decay=0)
        train(recipe, tmp_path / name, data=[photographs], say=said.append)
    assert any("Batch normalisation has drifted" in line for line in said)
    kept = [
        torch.load(tmp_path / name / "last/state.pt", weights_only=True)["average"]
        for name in ("without", "with")
    ]
    parameters = [key for key in kept[0] if "running" not in key and "tracked" not in key]
    assert all(torch.equal(kept[0][key], kept[1][key]) for key in parameters)
    assert not torch.equal(*(each["trunk.norm.running_mean"] for each in kept))
    assert "drift" in (tmp_path / "with/log.jsonl").read_text()
