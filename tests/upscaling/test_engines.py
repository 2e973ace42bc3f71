"""Which engine runs, and what is said where none can."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from fourfold import Upscaler
from fourfold.engine import instruction_sets
from fourfold.engine.library import INTERFACE
from fourfold.errors import InvalidConfig, UnavailableDevice
from fourfold.upscaling.engines import open_engine
from fourfold.weights import GeneratorConfig, fold
from tests.generators import random_weights

NARROW = fold(random_weights(GeneratorConfig(depth=1, width=8), seed=1))
WIDE = fold(random_weights(GeneratorConfig(depth=1, width=64), seed=1))


def name(network=WIDE, *, engine="auto", device="auto") -> str:
    return open_engine(network, engine=engine, device=device, memory=1 << 30).name


def test_a_cpu_runs_the_native_engine_on_its_best_instruction_set():
    assert name(device="cpu") == f"native {instruction_sets()[0]}"
    if not torch.cuda.is_available():
        assert name() == name(device="cpu")


def test_other_widths_run_on_the_torch_engine():
    assert name(NARROW, device="cpu") == "torch cpu"
    with pytest.raises(InvalidConfig, match="networks of 64 feature maps, not 8"):
        name(NARROW, engine="native")


def test_the_torch_engine_can_be_asked_for():
    assert name(engine="torch", device="cpu") == "torch cpu"


def test_both_engines_make_the_same_picture(photograph: np.ndarray):
    native = Upscaler("srgan", engine="native")(photograph)
    reference = Upscaler("srgan", engine="torch", device="cpu")(photograph)
    assert (native != reference).mean() < 1 / 4000
    assert np.abs(native.astype(int) - reference).max() <= 1


def test_the_native_engine_runs_on_the_cpu_alone():
    with pytest.raises(UnavailableDevice, match="runs on the CPU, not on 'cuda:0'"):
        name(engine="native", device="cuda:0")


def test_unknown_engines_and_devices_are_named():
    with pytest.raises(UnavailableDevice, match=r"no engine 'nativ'\. Did you mean 'native'"):
        name(engine="nativ")
    with pytest.raises(UnavailableDevice, match=r"no device 'gpu'\. Did you mean 'cpu'"):
        name(device="gpu")
    for device in ("cpu:1", "cuda:", "cuda:x"):
        if device != "cuda:":
            with pytest.raises(UnavailableDevice, match=f"no device '{device}'"):
                name(device=device)


def test_a_device_that_is_not_there_is_named():
    with pytest.raises(UnavailableDevice, match="'mps' is not there"):
        name(device="mps")


LACKING = """
import sys
from pathlib import Path
import fourfold.engine.library as library
library.find_library = lambda: Path(sys.argv[1])
from fourfold.engine import why_not
print(why_not())
"""


def test_a_library_that_lacks_a_function_is_of_another_version(tmp_path: Path):
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    source, library = tmp_path / "a.c", tmp_path / "liba.so"
    source.write_text(f"int fourfold_interface(void) {{ return {INTERFACE}; }}")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)
    command = [sys.executable, "-c", LACKING, str(library)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout == f"{library} is of another version: install fourfold again.\n"


WITHOUT_TORCH = """
import importlib.util, sys
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "torch" else find_spec(name, *rest)
sys.modules["torch"] = None
import numpy as np
from fourfold.errors import MissingExtra
from fourfold import Upscaler
print(Upscaler()(np.zeros((2, 3, 3), np.uint8)).shape)
for options in ({"engine": "torch"}, {"device": "cuda"}):
    try:
        Upscaler(**options)
    except MissingExtra as error:
        print(error)
"""


def test_without_pytorch_the_native_engine_runs_and_the_rest_says_what_to_install():
    result = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH], capture_output=True, text=True, check=True
    )
    shape, *sentences = result.stdout.splitlines()
    assert shape == "(8, 12, 3)"
    assert len(sentences) == 2
    for sentence in sentences:
        assert "needs PyTorch: in fourfold's checkout, pip install '.[torch]'" in sentence
