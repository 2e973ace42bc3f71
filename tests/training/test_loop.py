"""Whole runs: cut short and gone on with, lengthened, started from weights."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from fourfold.errors import DivergedTraining, InvalidRun, InvalidWeights
from fourfold.networks import generator_tensors
from fourfold.training import Recipe, loop, train
from fourfold.training.losses import ContentLoss
from fourfold.training.seen import mean_of
from fourfold.training.start import new_generator
from fourfold.training.state import State, begin
from fourfold.weights import (
    GeneratorConfig,
    Partner,
    Weights,
    load_weights,
    tensors_sha256,
    write_weights,
)
from tests.generators import CARD, random_weights
from tests.photographs import TINY, TINY_GAN, random_vgg, write_photographs

MUON = replace(TINY, optimiser="muon")
ALONE = replace(TINY_GAN, discriminator_alone=1, judges="bf16")


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_photographs(tmp_path_factory.mktemp("loop") / "photographs")


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights that enlarge by nearest neighbour."""
    path = tmp_path_factory.mktemp("start") / "nearest.safetensors"
    tensors = generator_tensors(new_generator(TINY))
    write_weights(path, Weights(config=TINY.generator, tensors=tensors, card=CARD))
    return path


def after(steps: int) -> Callable[[], bool]:
    """Ask to stop after that many steps: the loop asks before each."""
    asked = iter(range(10**9))
    return lambda: next(asked) >= steps


def state_of(run: Path) -> dict[str, object]:
    content = torch.load(run / "last" / "state.pt", weights_only=True)
    flat = {name: content.pop(name) for name in ("step", "best", "skipped", "loss_scale")}
    for part, values in content.items():
        if "param_groups" in values:  # an optimiser
            for index, moments in values["state"].items():
                flat |= {f"{part}.{index}.{k}": v for k, v in moments.items()}
        else:
            flat |= {f"{part}.{k}": v for k, v in values.items()}
    return flat


def assert_same_bits(run: Path, other: Path) -> None:
    ours, theirs = state_of(run), state_of(other)
    assert ours.keys() == theirs.keys() and len(ours) > 50
    for name, value in ours.items():
        if isinstance(value, torch.Tensor):
            assert torch.equal(value, theirs[name]), name  # type: ignore[arg-type]
        else:
            assert value == theirs[name], name


def test_a_run_ends_with_weights_that_carry_their_scores(tmp_path: Path, photographs: Path):
    said: list[str] = []
    seen: list[int] = []
    result = train(
        TINY,
        tmp_path / "run",
        data=[photographs],
        say=said.append,
        progress=lambda step, _loss: seen.append(step),
    )
    assert seen == [1, 2, 3, 4, 5, 6]
    assert said[0] == "Starting from random weights that enlarge by nearest neighbour."
    weights = load_weights(result)
    assert tensors_sha256(load_weights(tmp_path / "run").tensors) == tensors_sha256(weights.tensors)
    assert weights.config == TINY.generator
    assert weights.card.recipe == "tiny" and weights.card.data == "2 photographs from photographs"
    entries = [json.loads(s) for s in (tmp_path / "run/log.jsonl").read_text().splitlines()]
    looks = {entry["step"]: entry["held_out"] for entry in entries if "held_out" in entry}
    assert list(looks) == [3, 6]
    best = max(looks, key=lambda step: looks[step]["psnr_y"])
    assert weights.card.crops == best * TINY.batch
    assert weights.card.scores["paper"]["held-out"] == looks[best]
    (look,) = [line for line in said if line.startswith("Step 6, 12 crops: held-out photographs")]
    trained_on = next(e["trained_on"] for e in entries if e["step"] == 6 and "trained_on" in e)
    assert look.endswith(f" on the bicubic, {trained_on['gain']:+.2f} where trained on.")
    assert said[-1].startswith("Whole: ")


@pytest.mark.parametrize("recipe", [TINY, MUON, ALONE], ids=["content", "muon", "adversarial"])
def test_what_was_stopped_goes_on_to_the_same_bits(
    recipe: Recipe, tmp_path: Path, photographs: Path, start: Path
):
    train(recipe, tmp_path / "straight", data=[photographs], init=start)
    for steps in (2, 2, 9):
        train(recipe, tmp_path / "cut", data=[photographs], init=start, stop=after(steps))
    assert_same_bits(tmp_path / "straight", tmp_path / "cut")


def test_so_it_does_on_the_native_kernels_and_it_is_said_where_pytorchs_go_on(
    tmp_path: Path, photographs: Path
):
    said: list[str] = []
    wide = replace(TINY, generator=replace(TINY.generator, width=64), steps=3)
    train(wide, tmp_path / "straight", data=[photographs])
    for steps in (1, 9):
        train(wide, tmp_path / "cut", data=[photographs], stop=after(steps))
    assert_same_bits(tmp_path / "straight", tmp_path / "cut")
    other = replace(wide, kernels="torch", steps=4)
    train(other, tmp_path / "cut", data=[photographs], say=said.append)
    assert "kernels was native in this run and is torch from here on." in said
    assert "This is another machine or library than before: the last bits may differ." in said


def test_so_it_does_in_bf16(tmp_path: Path, photographs: Path):
    bf16 = partial(train, MUON, data=[photographs], precision="bf16")
    bf16(tmp_path / "straight")
    for steps in (2, 9):
        bf16(tmp_path / "cut", stop=after(steps))
    assert_same_bits(tmp_path / "straight", tmp_path / "cut")


def test_batch_normalisation_resumes_to_the_same_bits(tmp_path: Path, photographs: Path):
    paper = Recipe(
        name="bn",
        reference="a test",
        generator=replace(TINY.generator, normalisation="batch"),
        hr_crop=16,
        batch=2,
        steps=4,
        validate_every=2,
    )
    train(paper, tmp_path / "straight", data=[photographs])
    for steps in (3, 9):
        train(paper, tmp_path / "cut", data=[photographs], stop=after(steps))
    assert_same_bits(tmp_path / "straight", tmp_path / "cut")


ENDLESS = """
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
import torch
from fourfold.training import train
from tests.photographs import TINY
torch.set_num_threads(1)  # as in this process: other counts give other last bits
train(replace(TINY, steps=10**6, decay=0), Path(sys.argv[1]), data=[Path(sys.argv[2])])
"""


def test_a_run_is_one_commands_and_goes_on_to_the_same_bits_once_that_is_killed(
    tmp_path: Path, photographs: Path
):
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, str(tmp_path / "cut"), str(photographs)]
    )
    deadline = time.monotonic() + 120
    while not (tmp_path / "cut/previous").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    with pytest.raises(InvalidRun, match="Another command trains in "):
        train(TINY, tmp_path / "cut", data=[photographs])
    process.kill()
    process.wait()
    reached = 3 + max(
        torch.load(path, weights_only=True)["step"]
        for path in (tmp_path / "cut").glob("*/state.pt")
        if path.parent.name in ("last", "previous")
    )
    recipe = replace(TINY, steps=reached, decay=0)
    train(recipe, tmp_path / "cut", data=[photographs])
    train(recipe, tmp_path / "straight", data=[photographs])
    assert_same_bits(tmp_path / "straight", tmp_path / "cut")


def test_a_finished_run_does_nothing_more_and_can_be_lengthened(tmp_path: Path, photographs: Path):
    train(TINY, tmp_path / "run", data=[photographs])
    steps: list[int] = []
    train(TINY, tmp_path / "run", data=[photographs], progress=lambda step, _: steps.append(step))
    assert steps == []
    longer = replace(TINY, steps=8)
    said: list[str] = []
    train(TINY, tmp_path / "run", data=[photographs], init="srgan", say=said.append)
    assert said[0] == "The run goes on from its own weights; srgan is not looked at."
    assert said[1] == "The run has done all its 6 steps; with more it goes on."
    train(
        longer,
        tmp_path / "run",
        data=[photographs],
        progress=lambda step, _: steps.append(step),
        say=said.append,
    )
    assert steps == [7, 8]
    assert any(
        line.startswith("steps was 6 in this run and is 8 from here on. The rate goes on as if")
        for line in said
    )


def test_snapshots_keep_the_weights_on_the_way(tmp_path: Path, photographs: Path):
    recipe = replace(TINY, average=0.0, snapshots=(2, 5), reduction="gaussian")
    train(recipe, tmp_path / "run", data=[photographs], stop=after(4))
    train(recipe, tmp_path / "run", data=[photographs])
    kept = sorted(path.name for path in (tmp_path / "run/snapshots").iterdir())
    assert kept == ["step-2.safetensors", "step-5.safetensors"]
    early, late = (load_weights(tmp_path / "run/snapshots" / name) for name in kept)
    assert "step 2 of 6" in early.card.purpose and (early.card.crops, late.card.crops) == (4, 10)
    train(recipe, tmp_path / "again", data=[photographs], stop=after(2))
    exact = state_of(tmp_path / "again")["average.tail.weight"]
    assert torch.equal(torch.from_numpy(early.tensors["tail.weight"]), exact)  # type: ignore[arg-type]
    assert (early.tensors["tail.weight"] != late.tensors["tail.weight"]).any()


def test_it_starts_from_weights_and_remembers_them(tmp_path: Path, photographs: Path):
    weights = random_weights(TINY.generator, seed=5)
    write_weights(tmp_path / "start", replace(weights, card=replace(weights.card, crops=1_000)))
    slow = replace(TINY, learning_rate=1e-12)
    train(slow, tmp_path / "run", data=[photographs], init=tmp_path / "start", stop=after(2))
    (tmp_path / "start").unlink()  # a run goes on without what it started from
    said: list[str] = []
    result = load_weights(
        train(
            slow,
            tmp_path / "run",
            data=[photographs],
            init=tmp_path / "start",
            say=said.append,
        )
    )
    assert said[0] == "Going on after step 2 of 6."
    assert result.card.crops in (1_006, 1_012)
    assert result.card.partner == Partner(name="start", sha256=tensors_sha256(weights.tensors))
    for name, tensor in result.tensors.items():
        assert abs(tensor - weights.tensors[name]).max() < 1e-6, name


def test_an_srgan_starts_from_the_shipped_srresnet(tmp_path: Path, photographs: Path):
    generator = GeneratorConfig(normalisation="batch")  # as the paper's recipe has it
    said: list[str] = []
    recipe = replace(
        TINY_GAN,
        generator=generator,
        start="srresnet",
        decay=0,
        steps=1,
        hr_crop=32,
        learning_rate=1e-12,
    )
    result = load_weights(train(recipe, tmp_path / "run", data=[photographs], say=said.append))
    assert said[0] == "Starting from srresnet, normalisation none."
    assert result.card.partner is not None and result.card.partner.name == "srresnet"
    for name, tensor in load_weights("srresnet").tensors.items():
        assert abs(result.tensors[name] - tensor).max() < 1e-6, name


def test_nothing_is_written_where_the_recipe_cannot_be_followed(tmp_path: Path, photographs: Path):
    recipe = replace(TINY, content="vgg22")
    (tmp_path / "text").write_text("no weights")
    with pytest.raises(InvalidWeights, match="is not a readable safetensors file"):
        train(recipe, tmp_path / "run", data=[photographs], vgg=tmp_path / "text")
    assert [path.name for path in tmp_path.iterdir()] == ["text"]


def test_another_recipe_in_the_same_folder_is_refused(tmp_path: Path, photographs: Path):
    train(TINY, tmp_path / "run", data=[photographs], stop=after(1))
    with pytest.raises(InvalidRun, match="batch 2, not 4"):
        train(replace(TINY, batch=4), tmp_path / "run", data=[photographs])


def test_a_run_from_before_a_key_of_recipes_goes_on(tmp_path: Path, photographs: Path):
    train(TINY, tmp_path / "run", data=[photographs], stop=after(1))
    path = tmp_path / "run/recipe.json"
    content = json.loads(path.read_text())
    for key in ("late_share", "snapshots", "degradation"):
        del content["recipe"][key]
    path.write_text(json.dumps(content))
    train(TINY, tmp_path / "run", data=[photographs], stop=after(1))
    assert state_of(tmp_path / "run")["step"] == 2
    path.write_text(json.dumps(content))
    with pytest.raises(InvalidRun, match=r"late_share 0.0, not 0.5"):
        late = replace(TINY, late_share=0.5, late_hr_crop=16)
        train(late, tmp_path / "run", data=[photographs])


def test_a_diverged_run_keeps_its_last_checkpoint(
    tmp_path: Path, photographs: Path, monkeypatch: pytest.MonkeyPatch
):
    calls = iter(range(100))

    true_loss = ContentLoss.__call__

    def loss(*arguments: Any) -> torch.Tensor:
        return true_loss(*arguments) * (float("inf") if next(calls) == 4 else 1)

    monkeypatch.setattr(ContentLoss, "__call__", loss)
    with pytest.raises(DivergedTraining, match="The loss is inf at step 5"):
        train(TINY, tmp_path / "run", data=[photographs])
    assert state_of(tmp_path / "run")["step"] == 3
    monkeypatch.setattr(ContentLoss, "__call__", true_loss)
    said: list[str] = []
    slower = replace(TINY, learning_rate=1e-4)  # as the sentence says
    train(slower, tmp_path / "run", data=[photographs], say=said.append)
    assert "learning_rate was 0.001 in this run and is 0.0001 from here on." in said
    assert state_of(tmp_path / "run")["step"] == 6


@pytest.fixture
def read_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let steps be read when the next is on its way, as on a GPU."""

    def begin_so(*arguments: Any, **named: Any) -> State:
        state = begin(*arguments, **named)
        state.graphs = lambda _kind, compute, *batch: compute(*batch)  # type: ignore[assignment]
        return state

    monkeypatch.setattr(loop, "begin", begin_so)


@pytest.mark.usefixtures("read_late")
def test_nothing_is_kept_of_a_step_that_went_wrong_and_is_read_late(
    tmp_path: Path, photographs: Path, monkeypatch: pytest.MonkeyPatch
):
    recipe = replace(TINY, snapshots=(1, 2), validate_every=2)
    losses, true_loss = iter([1.0, float("inf")]), ContentLoss.__call__
    monkeypatch.setattr(
        ContentLoss, "__call__", lambda *arguments: true_loss(*arguments) * next(losses)
    )
    with pytest.raises(DivergedTraining, match="The loss is inf at step 2"):
        train(recipe, tmp_path / "run", data=[photographs])
    (snapshot,) = (tmp_path / "run/snapshots").iterdir()
    assert snapshot.name == "step-1.safetensors"
    assert (tmp_path / "run/log.jsonl").read_text() == ""
    assert not (tmp_path / "run/last").exists()


@pytest.mark.usefixtures("read_late")
def test_no_step_is_lost_to_the_log_where_steps_are_read_late(
    tmp_path: Path, photographs: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(loop, "_LOG_EVERY", 3)
    noted: list[list[float]] = []

    def mean(seen: list[dict[str, float]]) -> dict[str, float]:
        noted.append([each["loss"] for each in seen if each])
        return mean_of(seen)

    monkeypatch.setattr(loop, "mean_of", mean)
    train(replace(TINY, validate_every=2), tmp_path / "run", data=[photographs])
    # read when the next one is on its way, or at a look: after steps 2, 4 and 6
    assert [len(losses) for losses in noted] == [2, 3]
    entries = [json.loads(s) for s in (tmp_path / "run/log.jsonl").read_text().splitlines()]
    assert all(entry["speed"] > 0 for entry in entries if "loss" in entry)


def test_what_trains_for_the_eye_alone_keeps_what_looks_best_too(tmp_path: Path, photographs: Path):
    random_vgg(tmp_path / "vgg.safetensors")
    recipe = replace(TINY, content="vgg22", steps=8, validate_every=2, average=0.0, decay=0)
    vgg = tmp_path / "vgg.safetensors"
    result = train(
        replace(recipe, learning_rate=2e-2), tmp_path / "run", data=[photographs], vgg=vgg
    )
    entries = [json.loads(s) for s in (tmp_path / "run/log.jsonl").read_text().splitlines()]
    looks = [entry["held_out"] for entry in entries if "held_out" in entry]
    best = min(looks, key=lambda scores: scores["lpips_alex"])
    assert best != max(looks, key=lambda scores: scores["psnr_y"])  # else nothing is tested here
    assert load_weights(result).card.scores["paper"]["held-out"] == best


def test_an_adversarial_run_says_how_the_game_stands_and_keeps_what_looks_best(
    tmp_path: Path, photographs: Path, start: Path
):
    said: list[str] = []
    recipe = replace(ALONE, steps=50, validate_every=10)
    result = train(recipe, tmp_path / "run", data=[photographs], init=start, say=said.append)
    assert [line for line in said if line.startswith("Step 50: D(hr)")]
    entries = [json.loads(s) for s in (tmp_path / "run/log.jsonl").read_text().splitlines()]
    looks = [entry["held_out"] for entry in entries if "held_out" in entry]
    best = min(looks, key=lambda scores: scores["lpips_alex"])
    assert load_weights(result).card.scores["paper"]["held-out"] == best
    last = next(entry for entry in entries if entry["step"] == 50 and "ratio" in entry)
    assert {"adversarial", "content", "tones", "discriminator", "d_hr", "d_sr"} <= last.keys()
