"""`fourfold convert` and `fourfold export`, as a user runs them."""

import re
from pathlib import Path

import numpy as np
import onnx
import torch
from click.testing import CliRunner

from fourfold import Upscaler
from fourfold.cli.main import commands
from fourfold.errors import FourfoldError
from fourfold.networks import Generator
from fourfold.weights import GeneratorConfig

CONFIG = GeneratorConfig(scale=2, depth=1, width=4)


def run(*arguments: object):
    return CliRunner().invoke(commands, [str(argument) for argument in arguments])


def test_a_pickled_generator_upscales_once_it_is_converted(tmp_path: Path, photograph: np.ndarray):
    torch.save(Generator(CONFIG).state_dict(), tmp_path / "mine.pth")
    result = run("convert", tmp_path / "mine.pth", tmp_path / "mine.safetensors")
    assert result.exit_code == 0 and "x2, 1 blocks of 4 channels" in result.stdout
    assert Upscaler(tmp_path / "mine.safetensors")(photograph[:8, :9]).shape == (16, 18, 3)
    again = run("convert", tmp_path / "mine.pth", tmp_path / "mine.safetensors")
    assert isinstance(again.exception, FourfoldError)
    assert "is there already; --overwrite" in str(again.exception)


def test_weights_are_not_written_under_another_name(tmp_path: Path):
    torch.save(Generator(CONFIG).state_dict(), tmp_path / "mine.pth")
    result = run("convert", tmp_path / "mine.pth", tmp_path / "mine.png")
    assert "end its name with .safetensors" in str(result.exception)
    assert not (tmp_path / "mine.png").exists()


def test_export_writes_a_file_that_onnx_accepts(tmp_path: Path):
    torch.save(Generator(CONFIG).state_dict(), tmp_path / "mine.pth")
    run("convert", tmp_path / "mine.pth", tmp_path / "mine.safetensors")
    result = run("export", tmp_path / "mine.safetensors", tmp_path / "mine.onnx")
    assert result.exit_code == 0, result.exception
    assert re.search(r"mine.onnx  \d+\.\d kB", result.stdout)
    onnx.checker.check_model(onnx.load(tmp_path / "mine.onnx"))
    wrong = run("export", tmp_path / "mine.safetensors", tmp_path / "a.onnx", "--realism", "0.5")
    assert "has no partner" in str(wrong.exception) and not (tmp_path / "a.onnx").exists()
