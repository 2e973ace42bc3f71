"""Crops drawn ahead: the same ones, by a thread that ends with its context."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from torch import Tensor

from fourfold.errors import InvalidData
from fourfold.training import Pack, Recipe, loop, pack, train
from fourfold.training.ahead import Drawn, drawn_ahead
from fourfold.training.crops import Crops
from fourfold.training.degradation import Degradation
from fourfold.training.graphs import Graphs
from fourfold.training.shards import ShardCrops
from tests.photographs import TINY, write_photographs, write_shards

CPU = torch.device("cpu")
STEPS = 8
GROWING = replace(
    TINY, steps=STEPS, late_share=0.5, late_hr_crop=2 * TINY.hr_crop, late_batch=3, warm_up=1
)
DEGRADED = replace(TINY, steps=STEPS, degradation=Degradation(), clean=0.4, warm_up=1)


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    folder = tmp_path_factory.mktemp("ahead")
    return pack([write_photographs(folder / "in")], folder / "out")


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    assert not [each for each in threading.enumerate() if each.name.startswith("crops")]


class Told:
    """Crops that note what is asked of them and by whom, and refuse one step."""

    def __init__(self, refused: int = -1) -> None:
        self.refused = refused
        self.drawn: list[tuple[int, str]] = []
        self.may_draw = threading.Event()
        self.may_draw.set()

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        self.may_draw.wait()
        self.drawn.append((step, threading.current_thread().name))
        if step == self.refused:
            raise InvalidData(f"Nothing for step {step}.")
        return torch.full((1,), float(step)), torch.zeros(1)


def assert_same(crops: Drawn, device: torch.device, steps: int) -> None:
    """What is drawn ahead is what is drawn when it is asked for, bit for bit."""
    expected = [crops.batch(step) for step in range(steps)]
    with drawn_ahead(crops, device, until=steps, is_threaded=True) as ahead:
        for step, pair in enumerate(expected):
            for ours, theirs in zip(ahead.batch(step), pair, strict=True):
                assert ours.stride() == theirs.stride()
                torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


@pytest.mark.parametrize("recipe", [TINY, GROWING, DEGRADED], ids=["plain", "growing", "degraded"])
def test_batches_are_those_drawn_when_asked_for(packed: Pack, recipe: Recipe):
    assert_same(Crops(packed, packed.places, recipe, device=CPU), CPU, STEPS)


def test_shapes_change_where_the_recipe_does(packed: Pack):
    crops = Crops(packed, packed.places, GROWING, device=CPU)
    with drawn_ahead(crops, CPU, until=STEPS, is_threaded=True) as ahead:
        shapes = [ahead.batch(step)[1].shape for step in range(STEPS)]
    side = TINY.hr_crop
    assert shapes == 4 * [(TINY.batch, 3, side, side)] + 4 * [(3, 3, 2 * side, 2 * side)]


def test_steps_come_in_any_order(packed: Pack):
    crops = Crops(packed, packed.places, TINY, device=CPU)
    with drawn_ahead(crops, CPU, until=STEPS, is_threaded=True) as ahead:
        for step in (5, 6, 2, 2, 100, 3):
            torch.testing.assert_close(ahead.batch(step)[0], crops.batch(step)[0], rtol=0, atol=0)


def test_another_thread_draws_each_step_once_and_none_beyond_the_end():
    told = Told()
    with drawn_ahead(told, CPU, until=3, is_threaded=True) as ahead:
        assert [ahead.batch(step)[0].item() for step in range(3)] == [0, 1, 2]
        ahead.rest()
        assert told.drawn == [(0, "crops_0"), (1, "crops_0"), (2, "crops_0")]
        assert ahead.batch(3)[0].item() == 3  # asked for, as a recalibration does


def test_it_draws_while_nobody_asks():
    told = Told()
    with drawn_ahead(told, CPU, until=9, is_threaded=True) as ahead:
        ahead.batch(0)
        ahead.rest()
        assert [step for step, _ in told.drawn] == [0, 1]


def test_on_a_cpu_no_thread_is_begun():
    told = Told()
    with drawn_ahead(told, CPU, until=9) as ahead:
        ahead.batch(0)
        ahead.rest()
    assert told.drawn == [(0, threading.current_thread().name)]


def test_what_drawing_raises_comes_out_at_its_step():
    told = Told(refused=2)
    with drawn_ahead(told, CPU, until=9, is_threaded=True) as ahead:
        ahead.batch(0)
        ahead.batch(1)
        ahead.rest()
        assert told.drawn[-1][0] == 2
        with pytest.raises(InvalidData, match="Nothing for step 2"):
            ahead.batch(2)
        assert ahead.batch(3)[0].item() == 3


def test_a_refused_batch_that_nobody_takes_is_no_error():
    with drawn_ahead(Told(refused=1), CPU, until=9, is_threaded=True) as ahead:
        ahead.batch(0)


def test_it_ends_with_an_error_of_the_loop_and_draws_nothing_after():
    told = Told()
    with (
        pytest.raises(KeyboardInterrupt),
        drawn_ahead(told, CPU, until=9, is_threaded=True) as ahead,
    ):
        ahead.batch(0)
        raise KeyboardInterrupt
    count = len(told.drawn)
    assert count <= 2
    told.may_draw.wait(0.05)
    assert len(told.drawn) == count


def test_shards_are_drawn_ahead_too(tmp_path: Path):
    shards = write_shards(write_photographs(tmp_path / "in"), tmp_path / "shards")
    recipe = replace(TINY, shard_steps=2)
    expected = ShardCrops(shards, recipe, device=CPU)
    crops = ShardCrops(shards, recipe, device=CPU)
    with drawn_ahead(crops, CPU, until=STEPS, is_threaded=True) as ahead:
        for step in range(STEPS):
            ours, theirs = ahead.batch(step), expected.batch(step)
            torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


def test_a_run_that_draws_ahead_stops_and_goes_on_to_the_same_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    data = write_photographs(tmp_path / "in")
    plain = load_file(train(GROWING, tmp_path / "plain", data=[data]))
    monkeypatch.setattr(loop, "drawn_ahead", partial(drawn_ahead, is_threaded=True))
    asked = iter([False, False, False, True])
    train(GROWING, tmp_path / "cut", data=[data], stop=lambda: next(asked))
    weights = load_file(train(GROWING, tmp_path / "cut", data=[data]))
    assert plain.keys() == weights.keys()
    for name, expected in plain.items():
        np.testing.assert_array_equal(weights[name], expected)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
@pytest.mark.parametrize("recipe", [TINY, GROWING, DEGRADED], ids=["plain", "growing", "degraded"])
def test_on_a_gpu_20_batches_are_the_same_beside_steps_and_their_capture(
    packed: Pack, recipe: Recipe
):
    device, steps = torch.device("cuda"), 20
    crops = Crops(packed, packed.places, replace(recipe, steps=steps), device=device)
    expected = [crops.batch(step) for step in range(steps)]
    graphs, weight = Graphs(), torch.randn(1024, 1024, device=device)

    def compute(lr: Tensor, hr: Tensor) -> dict[str, Tensor]:
        busy = weight
        for _ in range(20):
            busy = (busy @ weight).tanh()
        return {"lr": lr.clone(), "hr": hr.clone(), "busy": busy.sum()}

    with drawn_ahead(crops, device, until=steps) as ahead:
        for step, (lr, hr) in enumerate(expected):
            ours = ahead.batch(step)
            seen = graphs(ours[0].shape, compute, *ours)
            torch.testing.assert_close((seen["lr"], seen["hr"]), (lr, hr), rtol=0, atol=0)
            torch.testing.assert_close(ours, (lr, hr), rtol=0, atol=0)
