"""A network as an ONNX file: what ONNX Runtime makes of it is what the engine here makes."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from fourfold import Upscaler
from fourfold.errors import BrokenResult, MissingExtra, UnknownModel, UnwritableImage
from fourfold.upscaling import onnx_export
from fourfold.upscaling.onnx_export import export_onnx
from fourfold.weights import GeneratorConfig, write_weights
from tests.generators import random_weights


def run(path: Path, lr: np.ndarray) -> np.ndarray:
    """Pictures (N, H, W, 3) through ONNX Runtime."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    planes = np.ascontiguousarray(np.moveaxis(lr, 3, 1))
    return np.moveaxis(session.run(None, {"lr": planes})[0], 1, 3)


def test_the_shipped_network_gives_the_same_picture_there(tmp_path: Path, photograph: np.ndarray):
    export_onnx(tmp_path / "srgan.onnx", "srgan")
    lr = np.stack([photograph, photograph[::-1]]).astype(np.float32) / 255
    sr = np.clip(run(tmp_path / "srgan.onnx", lr), 0, 1)
    upscaler = Upscaler("srgan", consistent=False)
    for picture, result in zip(lr, sr, strict=True):
        assert np.abs(upscaler(picture) - result).max() <= 1e-4
    assert run(tmp_path / "srgan.onnx", lr[:1, :3, :5]).shape == (1, 12, 20, 3)


def test_the_file_says_what_it_is(tmp_path: Path):
    export_onnx(tmp_path / "between.onnx", "srgan", realism=0.5)
    model = onnx.load(tmp_path / "between.onnx")
    facts = {entry.key: entry.value for entry in model.metadata_props}
    assert facts["model"] == "srgan" and facts["realism"] == "0.5" and facts["scale"] == "4"
    assert "medical" in facts["purpose"] and len(facts["weights_sha256"]) == 64
    (lr,), (sr,) = model.graph.input, model.graph.output
    sides = [
        [side.dim_param or side.dim_value for side in value.type.tensor_type.shape.dim]
        for value in (lr, sr)
    ]
    assert sides == [["batch", 3, "height", "width"], ["batch", 3, "4*height", "4*width"]]


def test_realism_0_is_the_partner(tmp_path: Path, photograph: np.ndarray):
    export_onnx(tmp_path / "0.onnx", "srgan", realism=0)
    export_onnx(tmp_path / "partner.onnx", "srresnet")
    lr = photograph[None].astype(np.float32) / 255
    difference = run(tmp_path / "0.onnx", lr) - run(tmp_path / "partner.onnx", lr)
    assert np.abs(difference).max() < 1e-5


@pytest.mark.parametrize("scale", [2, 8])
@pytest.mark.parametrize("skips", [True, False])
def test_every_kind_of_network_can_be_exported(tmp_path: Path, scale: int, skips: bool):
    config = GeneratorConfig(scale=scale, depth=2, width=5, slopes="channel", skips=skips)
    write_weights(tmp_path / "odd.safetensors", random_weights(config, seed=scale))
    export_onnx(tmp_path / "odd.onnx", tmp_path / "odd.safetensors")
    lr = np.random.default_rng(0).random((1, 6, 7, 3), np.float32)
    assert run(tmp_path / "odd.onnx", lr).shape == (1, 6 * scale, 7 * scale, 3)


def test_a_file_that_computes_something_else_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shuffle = onnx_export._Graph.shuffle

    def wrong(graph, maps: str, *, output: str = "") -> str:
        """As PyTorch's PixelShuffle orders channels, which the folded layers do not."""
        return graph.add("DepthToSpace", [maps], output=output, blocksize=2, mode="CRD")

    monkeypatch.setattr(onnx_export._Graph, "shuffle", wrong)
    with pytest.raises(BrokenResult, match="the file was not kept"):
        export_onnx(tmp_path / "srgan.onnx", "srgan")
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(onnx_export._Graph, "shuffle", shuffle)
    export_onnx(tmp_path / "srgan.onnx", "srgan")


def test_mistakes_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "there.onnx").write_bytes(b"mine")
    with pytest.raises(UnwritableImage, match=r"there\.onnx is there already; --overwrite"):
        export_onnx(tmp_path / "there.onnx")
    assert (tmp_path / "there.onnx").read_bytes() == b"mine"
    with pytest.raises(UnknownModel, match="Did you mean 'srgan'"):
        export_onnx(tmp_path / "new.onnx", "srgna")
    with pytest.raises(UnwritableImage, match="cannot be written"):
        export_onnx(tmp_path / "none" / "new.onnx")
    with pytest.raises(UnwritableImage, match=r"new\.png is no name .* end it with \.onnx"):
        export_onnx(tmp_path / "new.png")
    assert [path.name for path in tmp_path.iterdir()] == ["there.onnx"]
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(MissingExtra, match=r"package onnx: .* pip install '\.\[export\]'"):
        export_onnx(tmp_path / "new.onnx")
