"""Figure 8: the kept weights of a run are found, measured in order, and drawn."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from fourfold import Upscaler
from fourfold.errors import UnknownMethod
from fourfold.evaluation import (
    MEASURES,
    Cache,
    Snapshots,
    find_dataset,
    find_snapshots,
    measure_snapshots,
    snapshots_page,
    snapshots_text,
)
from fourfold.metrics import PAPER, psnr_y
from fourfold.weights import weights_path


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run that kept srgan at step 9 and srresnet at step 100."""
    (tmp_path / "first" / "snapshots").mkdir(parents=True)
    for step, name in ((100, "srresnet"), (9, "srgan")):
        shutil.copy(weights_path(name), tmp_path / "first/snapshots" / f"step-{step}.safetensors")
    return tmp_path / "first"


def measured(run: Path, tiny: Path) -> Snapshots:
    measures = [MEASURES["psnr_y"]]
    return measure_snapshots(run, find_dataset(tiny), measures, protocol=PAPER, cache=Cache(None))


def test_the_steps_come_in_order_each_with_its_own_weights(run: Path, tiny: Path):
    drawn = measured(run, tiny)
    lr, hr = drawn.pair.read()
    assert [each.step for each in drawn.steps] == [9, 100]
    for each, name in zip(drawn.steps, ("srgan", "srresnet"), strict=True):
        sr = Upscaler(name, device="cpu")(lr)
        assert each.scores == {"psnr_y": psnr_y(sr, hr, scale=4, protocol=PAPER)}


def test_the_baboon_is_taken_where_it_is(run: Path, tiny: Path, tmp_path: Path):
    for test_set, name in (("Set5", "face"), ("Set14", "mirror")):
        (tmp_path / "sets" / test_set / "HR").mkdir(parents=True)
        shutil.copy(
            tiny / "Tiny/HR" / f"{name}.png",
            tmp_path / "sets" / test_set / "HR" / f"{'baboon' if name == 'mirror' else name}.png",
        )
    assert measured(run, tmp_path / "sets").pair.title == "Set14/baboon"


def test_text_and_page_show_every_step(run: Path, tiny: Path):
    drawn = measured(run, tiny)
    assert snapshots_text(drawn).splitlines()[2].split()[0] == "9"
    html = snapshots_page(replace(drawn, run="<first>"))
    assert "100 steps" in html and "&lt;first&gt;" in html and html.count("<svg") == 1


def test_a_run_that_kept_nothing_says_how_to(tmp_path: Path):
    (tmp_path / "snapshots").mkdir()
    (tmp_path / "snapshots" / "other.safetensors").touch()
    with pytest.raises(UnknownMethod, match=r"holds no snapshots; train with --set snapshots="):
        find_snapshots(tmp_path)
