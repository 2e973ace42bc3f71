"""The run's folder."""

import json
import resource
from dataclasses import replace
from pathlib import Path

import pytest

from fourfold.errors import InvalidRun
from fourfold.imaging import read_image, write_image
from fourfold.training.packing import pack
from fourfold.training.photographs import few_of, open_photographs
from fourfold.training.recipes import find_recipe
from fourfold.training.run import Log, Origin, open_run
from tests.photographs import TINY, TINY_GAN, write_photographs


def test_the_recipe_is_kept_and_opening_again_is_fine(tmp_path: Path):
    open_run(tmp_path / "deep/run", TINY, None, say=pytest.fail)
    content = json.loads((tmp_path / "deep/run/recipe.json").read_text())
    assert content["recipe"]["generator"]["depth"] == 1
    open_run(tmp_path / "deep/run", TINY, None, say=pytest.fail)


def test_what_it_started_from_is_remembered(tmp_path: Path):
    origin = Origin("srresnet", "0" * 64, 7)
    assert open_run(tmp_path, TINY, origin, say=pytest.fail) == origin
    assert open_run(tmp_path, TINY, None, say=pytest.fail) == origin
    assert open_run(tmp_path / "other", TINY, None, say=pytest.fail) is None


def test_a_run_that_began_from_weights_goes_on_whatever_the_recipes_own_start(tmp_path: Path):
    older, newer = replace(TINY, start="kaiming"), replace(TINY, start="srresnet")
    open_run(tmp_path / "given", older, Origin("srresnet", "0" * 64, 7), say=pytest.fail)
    open_run(tmp_path / "given", newer, None, say=pytest.fail)
    open_run(tmp_path / "random", older, None, say=pytest.fail)
    with pytest.raises(InvalidRun, match="is a run with start 'kaiming', not 'srresnet'"):
        open_run(tmp_path / "random", newer, None, say=pytest.fail)


def test_what_it_started_from_is_that_of_the_command_that_made_its_first_steps(tmp_path: Path):
    open_run(tmp_path, TINY, Origin("srresnet", "0" * 64, 7), say=pytest.fail)
    other = Origin("srgan", "1" * 64, 8)
    assert open_run(tmp_path, TINY, other, say=pytest.fail) == other
    assert open_run(tmp_path, TINY, None, say=pytest.fail) == other


def test_another_recipe_is_refused_and_what_differs_is_named(tmp_path: Path):
    open_run(tmp_path, TINY, None, say=pytest.fail)
    before = (tmp_path / "recipe.json").read_text()
    with pytest.raises(InvalidRun, match="is a run with batch 2, not 3"):
        open_run(tmp_path, replace(TINY, batch=3), None, say=pytest.fail)
    with pytest.raises(InvalidRun, match="is a run with depth 1, not 2"):
        other = replace(TINY, generator=replace(TINY.generator, depth=2))
        open_run(tmp_path, other, None, say=pytest.fail)
    assert (tmp_path / "recipe.json").read_text() == before


def test_a_run_can_be_lengthened_and_it_is_said(tmp_path: Path):
    open_run(tmp_path, TINY, None, say=pytest.fail)
    said: list[str] = []
    open_run(tmp_path, replace(TINY, steps=9), None, say=said.append)
    assert said == [
        "steps was 6 in this run and is 9 from here on. The rate goes on as if it had been so "
        "from the start."
    ]


def test_the_share_of_clean_crops_may_change_on_the_way(tmp_path: Path):
    photo = find_recipe("srgan-photo-cpu")
    open_run(tmp_path, replace(photo, clean=0.0), None, say=pytest.fail)
    said: list[str] = []
    open_run(tmp_path, photo, None, say=said.append)
    assert said == [f"clean was 0.0 in this run and is {photo.clean} from here on."]


def test_the_adversarial_loss_may_weigh_more_as_the_health_line_advises_but_not_come_or_go(
    tmp_path: Path,
):
    open_run(tmp_path, TINY_GAN, None, say=pytest.fail)
    said: list[str] = []
    open_run(tmp_path, replace(TINY_GAN, adversarial=0.25), None, say=said.append)
    assert said == [f"adversarial was {TINY_GAN.adversarial} in this run and is 0.25 from here on."]
    with pytest.raises(InvalidRun, match=r"is a run with adversarial 0\.25, not 0\.0"):
        open_run(tmp_path, replace(TINY_GAN, adversarial=0.0), None, say=pytest.fail)


def test_a_run_of_an_older_version_that_lacked_a_key_goes_on(tmp_path: Path):
    open_run(tmp_path, TINY, None, say=pytest.fail)
    written = json.loads((tmp_path / "recipe.json").read_text())
    del written["recipe"]["clip"], written["recipe"]["total_variation"]
    (tmp_path / "recipe.json").write_text(json.dumps(written))
    with pytest.raises(InvalidRun, match=r"clip 0\.0, not 1\.0"):
        open_run(tmp_path, TINY, None, say=pytest.fail)
    written["recipe"]["clip"] = TINY.clip
    (tmp_path / "recipe.json").write_text(json.dumps(written))
    open_run(tmp_path, TINY, None, say=pytest.fail)


def test_another_machine_is_said(tmp_path: Path):
    open_run(tmp_path, TINY, None, say=pytest.fail)
    path = tmp_path / "recipe.json"
    path.write_text(path.read_text().replace('"torch": "', '"torch": "0.'))
    said: list[str] = []
    open_run(tmp_path, TINY, None, say=said.append)
    assert len(said) == 1 and "another machine or library" in said[0]


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path):
    (tmp_path / "novel.txt").write_text("Chapter one")
    with pytest.raises(InvalidRun, match="is no run, and not empty"):
        open_run(tmp_path, TINY, None, say=pytest.fail)
    assert [path.name for path in tmp_path.iterdir()] == ["novel.txt"]


def test_a_damaged_recipe_is_named(tmp_path: Path):
    (tmp_path / "recipe.json").write_text("{")
    with pytest.raises(InvalidRun, match=r"recipe\.json cannot be read"):
        open_run(tmp_path, TINY, None, say=pytest.fail)


def test_photographs_are_packed_once_and_then_live_in_the_run(tmp_path: Path):
    source = write_photographs(tmp_path / "in")
    held_out = write_photographs(tmp_path / "others", 3, left=200)
    (tmp_path / "run").mkdir()
    said: list[str] = []
    first = open_photographs(tmp_path / "run", [source], held_out, recipe=TINY, say=said.append)
    assert len(said) == 2 and len(first.places) == 6 and len(first.held_out) == 3
    assert first.names == "6 photographs from in"
    source.rename(tmp_path / "gone")
    assert (
        open_photographs(tmp_path / "run", [source], held_out, recipe=TINY, say=pytest.fail)
        == first
    )


def test_a_run_tells_other_photographs_from_those_that_it_began_with(tmp_path: Path):
    (tmp_path / "run").mkdir()
    source = write_photographs(tmp_path / "in")
    first = open_photographs(tmp_path / "run", [source], None, recipe=TINY, say=lambda _: None)
    others = write_photographs(tmp_path / "others", 3, left=200)
    said: list[str] = []
    again = open_photographs(tmp_path / "run", [others], None, recipe=TINY, say=said.append)
    assert again == first
    assert said == [f"The run goes on with what it holds, {first.names}; others is not looked at."]
    packs = [pack([each], tmp_path / f"{each.name}-packed") for each in (source, others)]
    assert len(packs[0].places) == 6
    (tmp_path / "second").mkdir()
    places = tmp_path / "in-packed", tmp_path / "others-packed"
    for _ in range(2):
        open_photographs(tmp_path / "second", places[:1], others, recipe=TINY, say=lambda _: None)
    with pytest.raises(InvalidRun, match="begun on other photographs: 6 photographs from in-pa"):
        open_photographs(tmp_path / "second", places[1:], others, recipe=TINY, say=lambda _: None)


def test_held_out_photographs_stay_so_where_a_run_goes_on_without_their_folder(tmp_path: Path):
    source = write_photographs(tmp_path / "in")
    held_out = write_photographs(tmp_path / "others", 3, left=200)
    first, again = (
        open_photographs(tmp_path / "run", [source], folder, recipe=TINY, say=lambda _: None)
        for folder in (held_out, None)
    )
    assert first == again and len(first.held_out) == 3


def test_the_log_forgets_what_was_not_saved(tmp_path: Path):
    log = Log(tmp_path, step=0)
    for step in (1, 2, 3):
        log.write(step, loss=step / 2)
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write('{"step": 2, "lo')
    Log(tmp_path, step=2).write(3, loss=9)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert lines == [{"step": 1, "loss": 0.5}, {"step": 2, "loss": 1.0}, {"step": 3, "loss": 9}]


def test_a_log_that_cannot_be_written_is_one_sentence(tmp_path: Path):
    log = Log(tmp_path, step=0)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        with pytest.raises(InvalidRun, match=r"log\.jsonl cannot be written: File too large\."):
            log.write(1, loss=0.5)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_what_is_nearly_the_same_as_a_held_out_photograph_is_left_out(tmp_path: Path):
    source = write_photographs(tmp_path / "in")
    held_out = write_photographs(tmp_path / "others", 3, left=200)
    (source / "0.png").rename(held_out / "copy.png")
    write_image(read_image(held_out / "copy.png"), source / "0.jpg")  # other bytes and pixels
    (tmp_path / "run").mkdir()
    said: list[str] = []
    photographs = open_photographs(
        tmp_path / "run", [source], held_out, recipe=TINY, say=said.append
    )
    assert said[2:] == ["0.jpg is left out: it is nearly the same as a held-out photograph."]
    assert len(photographs.places) == 5
    assert "0.jpg" not in [place.name for place in photographs.places]


def test_a_few_of_many_photographs_are_the_sample_of_those_trained_on(tmp_path: Path):
    source = write_photographs(tmp_path / "in", 20)
    (tmp_path / "run").mkdir()
    photographs = open_photographs(
        tmp_path / "run", [source], None, recipe=TINY, say=lambda _: None
    )
    assert 5 <= len(photographs.sample) <= 8 < len(photographs.places) <= 16
    assert set(photographs.sample) <= set(photographs.places)
    assert not set(photographs.sample) & set(photographs.held_out)


def test_a_look_takes_a_few_of_many_held_out_photographs_and_all_of_few(tmp_path: Path):
    places = pack([write_photographs(tmp_path / "in", 9)], tmp_path / "out").places
    assert set(few_of(places, 9)) == set(places)
    few = few_of(places, 4)
    assert len(few) == 3 and set(few) <= set(places) and few == few_of(places, 4)
