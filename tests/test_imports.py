"""What may load before it is needed: start-up is what a user of a command feels first."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from fourfold.imaging import write_image


def loaded_by(code: str) -> set[str]:
    """Top-level modules that are no part of Python itself, after `code` in a fresh process."""
    report = "import sys; print(' '.join(sorted({n.split('.')[0] for n in sys.modules})))"
    result = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, check=True
    )
    names = set(result.stdout.splitlines()[-1].split())
    return {
        name
        for name in names - sys.stdlib_module_names
        if not name.startswith(("_", "sitecustomize"))
    }


HELP = """
from fourfold.cli.main import commands
commands(["--help"], standalone_mode=False)
"""


def test_help_loads_click_and_nothing_else():
    assert loaded_by(HELP) == {"click", "fourfold"}


def test_the_help_of_a_verb_loads_click_and_nothing_else():
    assert loaded_by(HELP.replace('"--help"', '"upscale", "--help"')) == {"click", "fourfold"}


def test_training_tells_pytorchs_threads_to_wait_asleep_before_they_are_there():
    code = """
import os, sys
from fourfold.cli.main import commands
import fourfold.cli.train
assert "torch" not in sys.modules and "GOMP_SPINCOUNT" not in os.environ
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            print("spins", os.environ.get("GOMP_SPINCOUNT"))
sys.meta_path.insert(0, Watch())
commands(["train", "--list"], standalone_mode=False)
"""
    without = {name: value for name, value in os.environ.items() if name != "GOMP_SPINCOUNT"}
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, env=without, capture_output=True, text=True, check=True)
    assert result.stdout.startswith("spins 10000\n")


def test_importing_fourfold_loads_nothing():
    assert loaded_by("import fourfold") == {"fourfold"}


def test_reading_weights_needs_no_torch():
    loaded = loaded_by(
        "from fourfold.weights import fold, load_weights; fold(load_weights('srgan'))"
    )
    assert {"torch", "pyvips"}.isdisjoint(loaded) and "numpy" in loaded


def test_arrays_need_no_libvips():
    arrays = "import fourfold.imaging, fourfold.metrics, fourfold.upscaling"
    assert loaded_by(arrays).isdisjoint({"pyvips", "torch"})
    assert "pyvips" in loaded_by("from fourfold.imaging import read_image")


def test_only_lpips_loads_torch_among_the_metrics():
    metrics = "from fourfold.metrics import PAPER, psnr_y, ssim, ssim_daala"
    assert loaded_by(metrics).isdisjoint({"torch", "scipy"})
    assert "torch" in loaded_by("from fourfold.metrics import lpips")


def test_a_study_is_summed_up_without_what_draws():
    summing = "from fourfold.study.analysis import analyse, summarise"
    assert loaded_by(summing).isdisjoint({"matplotlib", "torch", "jinja2"})
    drawing = "from fourfold.study.analysis import write_report"
    assert "matplotlib" in loaded_by(drawing)


def test_what_loads_is_seen():
    assert "numpy" in loaded_by("import numpy")


def test_enlarging_without_a_terminal_loads_nothing_that_draws(
    tmp_path: Path, photograph: np.ndarray
):
    write_image(photograph[:8, :8], tmp_path / "lr.png")
    arguments = ["upscale", str(tmp_path / "lr.png"), "--model", "srresnet"]
    loaded = loaded_by(
        f"from fourfold.cli.main import commands\ncommands({arguments}, standalone_mode=False)"
    )
    assert "pyvips" in loaded and "tqdm" not in loaded
    assert (tmp_path / "lr_x4.png").exists()
