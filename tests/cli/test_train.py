"""`fourfold train` and `fourfold pack` as a user runs them, and the mistakes a user makes."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import pyvips
import torch
from click.testing import CliRunner, Result

from fourfold.cli.main import commands
from fourfold.errors import FourfoldError
from fourfold.training import MEASURED, RECIPES, Measured
from fourfold.weights import load_weights
from tests.photographs import write_photographs, write_shards
from tests.training.test_loop import assert_same_bits

TINY = ["depth=1", "width=4", "scale=2", "hr_crop=16", "batch=2", "warm_up=1", "validate_every=3"]
SETTINGS = [part for setting in TINY for part in ("--set", setting)]


@pytest.fixture(autouse=True)
def process_as_it_was() -> Iterator[None]:
    """The command blocks loaders and takes signals for its whole process, which is the tests'."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    pyvips.operation_block_set("VipsForeignLoad", False)
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_photographs(tmp_path_factory.mktemp("cli") / "photographs")


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_photographs(tmp_path_factory.mktemp("cli") / "others", 3, left=200)


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(commands, [str(argument) for argument in arguments])


def train(*arguments: object, recipe: str = "srresnet-mse-cpu", steps: int = 6) -> Result:
    return invoke("train", recipe, *SETTINGS, "--set", f"steps={steps}", "--threads", 1, *arguments)


def fails(*arguments: object) -> str:
    """The one sentence with which the command fails, run as a process of its own."""
    result = subprocess.run(
        [sys.executable, "-m", "fourfold", *map(str, arguments)], capture_output=True, text=True
    )
    assert result.returncode == 1, result.stderr
    assert "Traceback" not in result.stderr
    return result.stderr.splitlines()[-1]


def test_photographs_become_weights_that_upscale_takes(
    tmp_path: Path, photographs: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    result = train("--data", photographs, "--run", "first")
    assert result.exit_code == 0, result.output
    assert result.stdout == "runs/first/best/weights.safetensors\n"
    assert "6 of 6 photographs can be used" in result.stderr
    assert load_weights("runs/first").config.depth == 1
    upscaled = invoke("upscale", photographs / "0.png", "-o", "out.png", "--model", "runs/first")
    assert upscaled.exit_code == 0, upscaled.output


def test_runs_lie_where_the_environment_says_and_paths_where_they_say(
    tmp_path: Path, photographs: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FOURFOLD_RUNS", str(tmp_path / "elsewhere"))
    assert train("--data", photographs, "--run", "a", steps=3).exit_code == 0
    assert (tmp_path / "elsewhere/a/last").is_dir()
    assert train("--data", photographs, "--run", tmp_path / "b", steps=3).exit_code == 0
    assert (tmp_path / "b/last").is_dir()


def test_a_pack_serves_as_data(tmp_path: Path, photographs: Path, others: Path):
    packed = invoke("pack", photographs, tmp_path / "packed", "--smallest", 32)
    assert packed.exit_code == 0, packed.output
    assert packed.stdout == f"{tmp_path / 'packed'}\n"
    result = train("--data", tmp_path / "packed", "--validate", others, "--run", tmp_path / "run")
    assert result.exit_code == 0, result.output
    assert not (tmp_path / "run/data").exists()


def test_init_starts_from_weights(tmp_path: Path, photographs: Path):
    assert train("--data", photographs, "--run", tmp_path / "a").exit_code == 0
    result = train("--data", photographs, "--run", tmp_path / "b", "--init", tmp_path / "a")
    assert result.exit_code == 0, result.output
    before, after = (load_weights(tmp_path / name).card.crops for name in "ab")
    assert before is not None and after is not None and after > before


def test_a_run_goes_on_elsewhere_without_where_its_photographs_came_from(
    tmp_path: Path, others: Path
):
    source = shutil.copytree(others, tmp_path / "photographs")
    write_photographs(source / "below", 4)
    first = train("--data", source, "--run", tmp_path / "run", steps=3)
    assert first.exit_code == 0, first.output
    shutil.rmtree(source)
    (tmp_path / "run").rename(tmp_path / "elsewhere")
    again = train("--data", source, "--run", tmp_path / "elsewhere", steps=6)
    assert again.exit_code == 0, again.output
    assert "Going on after step 3 of 6." in again.stderr


def test_a_dry_run_says_what_it_takes_and_writes_nothing(
    tmp_path: Path, photographs: Path, others: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    result = train("--data", photographs, "--run", "dry", "--dry-run", "--validate", others)
    assert result.exit_code == 0, result.output
    start = "start       random weights that enlarge by nearest neighbour\n"
    parts = "photographs 6, 0.0 megapixels; to look at 3, 0.0 megapixels\n"
    for fact in (parts, start, "6 of 2 crops", "crops a second"):
        assert fact in result.stdout
    assert re.search(r"^memory +\d+\.?\d* [MG]B$", result.stdout, re.MULTILINE)
    assert re.search(r"^disk +\d+\.?\d* kB$", result.stdout, re.MULTILINE)
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_says_what_an_srgans_recipe_starts_from_whatever_its_losses_weigh(
    photographs: Path,
):
    dry = ["train", "srgan-mse", "--data", photographs, "--dry-run", "--threads", 1]
    sets = ["adversarial=0", "hr_crop=16", "batch=1", "steps=2", "tenth=1", "scale=2"]
    result = invoke(*dry, *(part for setting in sets for part in ("--set", setting)))
    assert result.exit_code == 0, result.output
    assert "start       srresnet, normalisation none: a x4, of which" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_a_dry_run_fetches_nothing_and_says_what_will_be(
    tmp_path: Path, photographs: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "hub"))
    result = train("--data", photographs, "--dry-run", "--set", "content=vgg22")
    assert result.exit_code == 0, result.output
    assert "VGG19       is fetched first" in result.stdout
    assert not (tmp_path / "hub").exists()


def test_shards_are_planned_and_checked_before_a_run(
    tmp_path: Path, photographs: Path, others: Path, monkeypatch: pytest.MonkeyPatch
):
    write_shards(photographs, tmp_path)
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    shards = ["--data", "shard-{00..02}.tar", "--validate", others]
    planned = train(*shards, "--dry-run")
    assert planned.exit_code == 0, planned.output
    assert "photographs 2, 0.0 megapixels, in the first of 3 shards; to look at 3" in planned.stdout
    checked = train(*shards, "--check-data")
    assert checked.exit_code == 0, checked.output
    assert checked.stdout.splitlines()[-1] == "6 photographs to train on, 3 to look at."
    assert sorted(tmp_path.rglob("*")) == before
    both = refused("train", "srresnet-mse-cpu", *shards, "--data", photographs, "--dry-run")
    assert both == "Shards stand for themselves; name them without folders."


WITHOUT_WHAT_READS_FILES = """
import sys
sys.modules |= dict.fromkeys(["pyvips", "fsspec", "webdataset"])
from fourfold.cli.main import main
main()
"""


def test_packed_photographs_are_trained_on_without_libvips(
    tmp_path: Path, photographs: Path, others: Path
):
    for source, name in ((photographs, "packed"), (others, "others")):
        assert invoke("pack", source, tmp_path / name, "--smallest", 32).exit_code == 0
    data = ["--data", tmp_path / "packed", "--validate", tmp_path / "others"]
    arguments = ["train", "srresnet-mse-cpu", *SETTINGS, "--set", "steps=6", "--threads", 1]

    def without(*more: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", WITHOUT_WHAT_READS_FILES, *arguments, *more]
        return subprocess.run(list(map(str, command)), capture_output=True, text=True)

    for more in (["--run", tmp_path / "without"], ["--dry-run"], ["--check-data"]):
        result = without(*data, *more)
        assert result.returncode == 0, result.stderr
    assert train(*data, "--run", tmp_path / "with").exit_code == 0
    assert_same_bits(tmp_path / "without", tmp_path / "with")
    logs = [(tmp_path / run / "log.jsonl").read_text() for run in ("without", "with")]
    scores = [
        [e for line in log.splitlines() if "held_out" in (e := json.loads(line))] for log in logs
    ]
    assert scores[0] == scores[1] and len(scores[0]) == 2
    files = without("--data", photographs, "--run", tmp_path / "files")
    assert files.returncode == 1 and files.stderr.splitlines()[-1] == (
        "Error: Picture files are read and written by pyvips: pip install 'pyvips[binary]'."
    )


@pytest.mark.slow
def test_two_devices_are_two_processes_and_their_mistakes_one_sentence(
    tmp_path: Path, photographs: Path
):
    command = [sys.executable, "-m", "fourfold", "train", "srresnet-mse-cpu", *SETTINGS]
    command += ["--data", str(photographs), "--devices", "2", "--set", "steps=4"]
    two = subprocess.run([*command, "--run", str(tmp_path / "run")], capture_output=True, text=True)
    assert two.returncode == 0, two.stderr
    assert two.stdout == f"{tmp_path / 'run/best/weights.safetensors'}\n"
    assert two.stderr.count("Whole: ") == 1
    odd = [*SETTINGS, "--set", "batch=3", "--data", photographs, "--run", tmp_path / "odd"]
    message = refused("train", "srresnet-mse-cpu", *odd, "--devices", 2)
    assert "Batches of 3 cannot be parted among 2" in message
    assert not (tmp_path / "odd").exists()


def test_photographs_are_checked_without_a_run(photographs: Path):
    result = train("--data", photographs, "--check-data")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == "2 photographs to train on, 4 to look at."


def test_a_sample_is_packed(tmp_path: Path, photographs: Path):
    arguments = ["--smallest", 16, "--sample", 3, "--seed", 5]
    result = invoke("pack", photographs, tmp_path / "packed", *arguments)
    assert result.exit_code == 0 and "3 of 3 photographs can be used" in result.stderr


def test_recipes_are_listed_with_what_they_take():
    output = invoke("train", "--list").output
    assert "srresnet-mse\n" in output and "srresnet-mse-cpu\n" in output
    assert "1,000,000 steps, 16,000,000 crops of 96x96" in output
    assert max(len(line) for line in output.splitlines()) <= 80


def test_a_recipes_keys_are_listed_with_their_values_and_what_they_mean():
    output = invoke("train", "srgan-photo", "--list", "--set", "batch=4").output
    assert "\nbatch=4\n    Crops in a step.\n" in output
    assert "\nstart=srgan\n    Weights to start from where none are named" in output
    assert "\ndepth=16\n    Residual blocks, B in the paper.\n" in output
    assert max(len(line) for line in output.splitlines()) <= 80
    assert "Did you mean 'srgan-photo'?" in refused("train", "srgan-foto", "--list")


def test_time_and_score_are_listed_where_they_were_measured_with_the_machine(
    monkeypatch: pytest.MonkeyPatch,
):
    assert set(MEASURED) <= set(RECIPES)
    ours = Measured(crops=20_000, minutes=31.4, machine="two cores", score="30.00 dB on Set5")
    monkeypatch.setitem(MEASURED, "srresnet-mse-cpu", ours)
    monkeypatch.delitem(MEASURED, "srgan-vgg54", raising=False)
    listed = " ".join(invoke("train", "--list").output.split())
    assert "crops of 96x96 20,000 crops in 31 minutes on two cores: 30.00 dB on Set5" in listed
    assert "3,200,000 crops of 96x96 time and score not yet measured" in listed


@pytest.mark.parametrize(
    ("number", "devices"), [(signal.SIGTERM, "1"), (signal.SIGINT, "1"), (signal.SIGTERM, "2")]
)
def test_an_interrupted_run_saves_says_so_and_goes_on(
    number: signal.Signals, devices: str, tmp_path: Path, photographs: Path
):
    command = [sys.executable, "-m", "fourfold", "train", "srresnet-mse-cpu", *SETTINGS]
    command += ["--devices", devices]
    command += ["--data", str(photographs), "--run", str(tmp_path / "run")]
    process = subprocess.Popen(
        [*command, "--set", "steps=1M"], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 120
    while not (tmp_path / "run/last").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 0, stderr
    assert f"Saved in {tmp_path / 'run'}; the same command goes on." in stderr
    assert stdout == f"{tmp_path / 'run/best/weights.safetensors'}\n"
    step = torch.load(tmp_path / "run/last/state.pt", weights_only=True)["step"]
    again = subprocess.run(
        [*command, "--set", f"steps={step + 2}"], check=True, capture_output=True, text=True
    )
    assert f"Going on after step {step:,} of {step + 2:,}." in again.stderr


def refused(*arguments: object) -> str:
    """The sentence with which the command is refused, run in this process, which costs less."""
    result = invoke(*arguments)
    assert isinstance(result.exception, FourfoldError), result.output
    return str(result.exception)


def test_a_mistake_is_one_sentence_and_exit_code_one(tmp_path: Path, photographs: Path):
    message = fails("train", "srresnet-mze", "--data", photographs, "--run", tmp_path / "run")
    assert message.endswith("There is no recipe 'srresnet-mze'. Did you mean 'srresnet-mse'?")


def test_each_mistake_has_its_sentence(
    tmp_path: Path, photographs: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("fourfold.training.features.URL", "file:///none/vgg19-dcbb9e9d.pth")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "hub"))
    cpu, run = "srresnet-mse-cpu", ["--run", tmp_path / "run"]
    data = ["--data", photographs]
    assert "Did you mean 'depth'?" in refused("train", cpu, *data, *run, "--set", "dept=3")
    assert "none is no folder" in refused("train", cpu, "--data", tmp_path / "none", *run)
    assert "Did you mean 'srgan'?" in refused("train", cpu, *data, *run, "--init", "sgran")
    vgg = "vgg54 looks through VGG19, which could not be fetched"
    assert vgg in refused("train", "srgan-vgg54", *data, *run)
    named = refused("train", "srgan-vgg54", *data, *run, "--vgg", tmp_path / "none")
    assert named.endswith("none is not there.")
    folder = refused("train", "srgan-vgg54", *data, *run, "--vgg", photographs)
    assert folder == f"{photographs} is a folder; name a safetensors file."
    other = "have depth 16, the recipe's generator has 1. Set depth=16"
    assert other in refused("train", cpu, *SETTINGS, *data, *run, "--init", "srgan")
    assert not (tmp_path / "run").exists()
    assert "None of the 6 files" in refused("train", cpu, *data, *run)  # all below 96 pixels
    assert "is no folder" in refused("pack", tmp_path / "none", tmp_path / "out")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    assert "not an empty folder" in refused("pack", photographs, tmp_path / "full")


def test_a_device_that_is_not_there_is_one_sentence_and_leaves_no_run(
    tmp_path: Path, photographs: Path
):
    arguments = ["train", "srresnet-mse-cpu", *SETTINGS, "--data", photographs]
    for more in (["--run", tmp_path / "run"], ["--dry-run"]):
        assert "Did you mean 'cpu'?" in refused(*arguments, *more, "--device", "cpi")
        absent = refused(*arguments, *more, "--device", "cuda:99")
        assert absent.startswith("Device 'cuda:99' is not there: this PyTorch sees ")
        many = refused(*arguments, *more, "--device", "cuda", "--devices", 99)
        assert many.startswith("99 CUDA GPUs are not there: this PyTorch sees ")
    assert not (tmp_path / "run").exists()


def test_a_dry_run_refuses_what_the_run_would(tmp_path: Path, photographs: Path):
    dry = ["train", "srresnet-mse-cpu", *SETTINGS, "--data", photographs, "--dry-run"]
    assert "have depth 16, the recipe's generator has 1" in refused(*dry, "--init", "srgan")
    few = write_photographs(tmp_path / "few", 4)
    dry[dry.index(photographs)] = few
    assert "There are 4 photographs, and 4 must be held out" in refused(*dry)
    assert "Batches of 2 cannot be parted among 3" in refused(*dry, "--devices", 3)


def test_a_run_that_found_no_photographs_leaves_room_for_another_recipe(
    tmp_path: Path, photographs: Path
):
    large = train("--data", photographs, "--run", tmp_path / "run", "--set", "hr_crop=96")
    assert isinstance(large.exception, FourfoldError)
    assert not (tmp_path / "run").exists()
    assert train("--data", photographs, "--run", tmp_path / "run", steps=3).exit_code == 0
    again = train("--data", photographs, "--run", tmp_path / "run", "--set", "hr_crop=96")
    assert isinstance(again.exception, FourfoldError)
    assert (tmp_path / "run/last").is_dir()


def test_wrong_usage_exits_with_two(photographs: Path):
    result = invoke("train", "srresnet-mse-cpu", "--data", photographs)
    assert result.exit_code == 2 and "are needed; --list" in result.stderr


WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None
from fourfold.cli.main import main
main()
"""


@pytest.mark.parametrize("arguments", [["train", "--list"], ["pack", "in", "out"]])
def test_without_pytorch_one_sentence_says_what_to_install(arguments: list[str]):
    result = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, *arguments], capture_output=True, text=True
    )
    assert result.returncode == 1
    assert result.stderr == (
        "Error: Training needs torch: in fourfold's checkout, pip install '.[train]'.\n"
    )
