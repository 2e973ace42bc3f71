"""Whole steps as CUDA graphs beside plain ones; without a GPU, what captured steps rely on."""

import copy
import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from fourfold.errors import DivergedTraining
from fourfold.training.graphs import Graphs, Values
from fourfold.training.losses import ContentLoss
from fourfold.training.precision import Precision
from fourfold.training.recipe import Recipe
from fourfold.training.seen import Seen, settle
from fourfold.training.start import new_generator
from fourfold.training.state import State, begin
from fourfold.training.steps import content_step
from fourfold.weights import GeneratorConfig

RECIPE = Recipe(
    name="tiny",
    reference="a test",
    generator=GeneratorConfig(scale=2, depth=1, width=8, normalisation="none"),
    start="nearest",
    hr_crop=16,
    batch=2,
    steps=20,
    warm_up=0,
    decay=20,  # another rate at each step
    learning_rate=1e-3,
    clip=1.0,
    average=0.0,  # another one follows the generator on while that stands still
)
HALF = Precision(torch.float16)
CAPTURED = 5  # steps, of which the last two were replays
TOO_LARGE, SOUND = 1e30, 1 / 128


class StandIn:
    """What stands for `Graphs` on a CPU: the step is computed at once and read late."""

    def __call__(self, _kind: object, compute: Callable[..., Values], *batch: Tensor) -> Values:
        return compute(*batch)


DEVICES = [
    "cpu",
    pytest.param(
        "cuda",
        marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU"),
    ),
]
on_each = pytest.mark.parametrize("device", DEVICES)


def begun(device: str, precision: Precision = HALF, recipe: Recipe = RECIPE) -> State:
    """A state whose steps are captured, or stand for such."""
    place = torch.device(device)
    state = begin(recipe, new_generator(recipe), device=place, precision=precision)
    if place.type == "cpu":
        state.graphs = StandIn()  # type: ignore[assignment]
    assert state.graphs is not None
    return state


def step(state: State, recipe: Recipe = RECIPE, number: int = 0) -> Seen:
    """One step on crops of noise, the same for a number; what it returns is the one before's."""
    place, side = next(state.generator.parameters()).device, recipe.lr_crop
    rng = torch.Generator().manual_seed(number)
    lr = torch.rand(2, 3, side, side, generator=rng)
    hr = torch.nn.functional.interpolate(lr, scale_factor=2, mode="bicubic")
    content = ContentLoss(recipe.content, None, device=place)
    return content_step(state, lr.to(place), hr.to(place), recipe=recipe, content=content)


def moved(state: State) -> dict[str, Tensor]:
    """Copies of all that a step moves: parameters, moments and their counts, the average."""
    parts = {"generator": state.generator.state_dict(), "average": state.average.state_dict()}
    moments = state.optimiser.state_dict()["state"]
    parts |= {f"moments {index}": values for index, values in moments.items()}
    return {
        f"{part} {name}": value.clone()
        for part, values in parts.items()
        for name, value in values.items()
    }


@on_each
def test_a_gradient_that_is_not_finite_moves_nothing_and_the_same_graph_goes_on(device: str):
    state = begun(device)
    for number in range(CAPTURED):
        step(state, number=number)
    settle(state)
    before = moved(state)
    state.loss_scale.fill_(TOO_LARGE)
    step(state)
    seen = settle(state)
    assert seen["skipped"] == 1 and "norm" not in seen and seen["loss"] > 0
    assert state.loss_scale.item() == torch.tensor(TOO_LARGE).item() / 2
    assert (state.skipped, state.step) == (1, CAPTURED + 1)
    for name, value in moved(state).items():
        assert torch.equal(value, before[name]), name
    state.loss_scale.fill_(SOUND)
    step(state)
    seen = settle(state)
    assert seen["skipped"] == 0 and seen["norm"] > 0
    assert (state.skipped, state.loss_scale.item()) == (0, SOUND)
    after = moved(state)
    for name in ("generator tail.weight", "average tail.weight", "moments 0 step"):
        assert not torch.equal(after[name], before[name]), name
    if isinstance(state.graphs, Graphs):
        assert len(state.graphs._captured) == 1


@on_each
def test_ten_such_gradients_in_a_row_stop_the_run_one_step_later(device: str):
    state = begun(device)
    for number in range(CAPTURED):
        step(state, number=number)
    settle(state)
    before = moved(state)
    state.loss_scale.fill_(TOO_LARGE)
    for _ in range(10):
        step(state)
    with pytest.raises(DivergedTraining, match="not finite 10 times in a row, lastly at step 15"):
        step(state)
    for name, value in moved(state).items():
        assert torch.equal(value, before[name]), name


@on_each
def test_the_scale_is_halved_no_further_where_steps_are_read_late(device: str):
    scales = []
    for is_late in (False, True):
        state = begun(device)
        for _ in range(CAPTURED):
            step(state)
        state.loss_scale.fill_(2.0**14)
        skipped = 0.0
        for _ in range(9):
            skipped += step(state).get("skipped", 0.0)
            skipped += 0.0 if is_late else settle(state)["skipped"]
        skipped += settle(state).get("skipped", 0.0)
        assert 1 < skipped < 9
        assert state.loss_scale.item() == 2.0 ** (14 - skipped)
        scales.append(state.loss_scale.item())
    assert scales[0] == scales[1]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
@pytest.mark.parametrize("precision", [Precision(), HALF], ids=["fp32", "fp16"])
def test_a_captured_step_is_a_plain_one(precision: Precision):
    """A GPU adds in any order, and convolves as it likes: a tenth of what was moved is left to it.

    A batch, a rate or a moment that did not reach the graph would move all of it otherwise.
    """
    captured, plain = begun("cuda", precision), begun("cuda", precision)
    plain.graphs = StandIn()  # type: ignore[assignment]
    for number in range(CAPTURED):
        step(captured, number=number)
    settle(captured)
    plain.restore(copy.deepcopy(captured.content()))
    assert_alike(captured, plain)


def assert_alike(state: State, other: State) -> None:
    """Ten more steps of both, each on another batch, move them alike."""
    before = moved(other)
    for number in range(CAPTURED, CAPTURED + 10):
        seen = []
        for each in (state, other):
            step(each, number=number)
            seen.append(settle(each))
        for name in ("loss", "content", "norm"):
            assert seen[0][name] == pytest.approx(seen[1][name], rel=5e-2), name
    ours, theirs = moved(state), moved(other)
    for part in ("generator", "average", "moments"):
        names = [name for name in theirs if name.startswith(part) and not name.endswith(" step")]
        apart, far = (
            math.hypot(*((a[name] - b[name]).norm().item() for name in names))
            for a, b in ((ours, theirs), (theirs, before))
        )
        assert apart < 0.1 * far, part


def test_steps_in_half_precision_move_as_those_in_full_do():
    """So far apart at most is what may be left to a GPU."""
    half, full = begun("cpu"), begun("cpu", Precision())
    for number in range(CAPTURED):
        step(half, number=number)
    settle(half)
    full.restore(copy.deepcopy(half.content()))
    assert_alike(half, full)
