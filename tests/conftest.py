"""What every test may ask for: the test sets, a photograph, and how many examples are tried."""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import hypothesis
import numpy as np
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parent.parent

# A shell's background job ignores Ctrl-C, and so would every command that a test interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

hypothesis.settings.register_profile("test", max_examples=25, deadline=None, derandomize=True)
hypothesis.settings.register_profile("soak", max_examples=1000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "test"))


def skip_or_fail(need: str, reason: str) -> None:
    """Skip for a stranger; fail where FOURFOLD_REQUIRE says that `need` must be there."""
    if need in os.environ.get("FOURFOLD_REQUIRE", "").split(","):
        pytest.fail(f"{need} is required here: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder that holds the test sets, `test/Set5/HR` and so on."""
    if "FOURFOLD_DATA" not in os.environ:
        skip_or_fail("data", "FOURFOLD_DATA names no folder with the test sets")
    folder = Path(os.environ["FOURFOLD_DATA"])
    if not (folder / "test" / "Set5" / "HR").is_dir():
        skip_or_fail("data", f"FOURFOLD_DATA={folder} holds no test/Set5/HR")
    return folder


@pytest.fixture(scope="session")
def feature_weights() -> Path:
    """The folder that holds the public feature networks and LPIPS' example pictures."""
    if "FOURFOLD_WEIGHTS" not in os.environ:
        skip_or_fail("weights", "FOURFOLD_WEIGHTS names no folder with feature networks")
    folder = Path(os.environ["FOURFOLD_WEIGHTS"])
    if not (folder / "lpips_example").is_dir():
        skip_or_fail("weights", f"FOURFOLD_WEIGHTS={folder} holds no lpips_example")
    return folder


@pytest.fixture(scope="session")
def matlab_imresize(data: Path) -> Callable[..., np.ndarray]:
    """A reference implementation of MATLAB's imresize that lies beside the test sets."""
    return _reference(data, "imresize").imresize


@pytest.fixture(scope="session")
def reference_ssim_daala(data: Path) -> Callable[[np.ndarray, np.ndarray], float]:
    """A reference implementation of daala's SSIM that lies beside the test sets."""
    return _reference(data, "ssim_daala").ssim_daala


def _reference(data: Path, name: str) -> ModuleType:
    path = data.parent / "tools" / f"{name}.py"
    if not path.is_file():
        skip_or_fail("data", f"there is no reference implementation {path}")
    spec = spec_from_file_location(f"reference_{name}", path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.dont_write_bytecode, kept = True, sys.dont_write_bytecode
    spec.loader.exec_module(module)
    sys.dont_write_bytecode = kept
    return module


@pytest.fixture(scope="session")
def launch() -> "Iterator[Callable[..., Browser]]":
    """Starts Debian's Chromium without a window, which may reach no network by itself.

    The device-pixel ratio is the browser's own, as on a screen that has it: Playwright's emulated
    one would make a page believe in pixels that the browser does not lay out. One Playwright serves
    all tests, for a second beside it would not start.
    """
    executable = shutil.which("chromium")
    if executable is None:
        skip_or_fail("chromium", "there is no chromium on the path")
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        skip_or_fail("chromium", "playwright is not installed")

    quiet = ["background-networking", "component-update", "sync", "gpu"]
    flags = [f"--disable-{feature}" for feature in quiet]
    flags += ["--headless", "--no-first-run", "--force-color-profile=srgb"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        flags.append("--no-sandbox")
    with sync_playwright() as playwright:

        def start(*, ratio: float = 1, window: tuple[int, int] = (1000, 800)) -> "Browser":
            size = f"--window-size={window[0]},{window[1]}"
            return playwright.chromium.launch(
                executable_path=executable,
                args=[*flags, f"--force-device-scale-factor={ratio}", size],
            )

        yield start


@pytest.fixture(scope="session")
def chromium(launch: "Callable[..., Browser]") -> "Iterator[Browser]":
    """One at ratio 1, for all that asks for no other."""
    browser = launch()
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def photograph() -> np.ndarray:
    """A small photograph: 48 rows, 64 columns of the red panda's face, uint8 R'G'B'."""
    from fourfold.imaging import read_image

    return read_image(ROOT / "demo/photographs/lr/red-panda.png")[10:58, 80:144]
