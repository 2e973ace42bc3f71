"""What the networks compute in."""

import numpy as np
import pytest

from fourfold import Upscaler
from fourfold.engine import why_not
from fourfold.errors import UnavailableDevice
from fourfold.upscaling import precision
from fourfold.upscaling.precision import choose_precision


def test_cpus_compute_in_fp32_and_cuda_gpus_in_half_precision():
    assert choose_precision("auto", "cpu") == choose_precision("auto", "mps") == "fp32"
    assert choose_precision("auto", "cuda") == "fp16"
    for asked in ("fp32", "fp16", "bf16"):
        assert choose_precision(asked, "cuda") == asked


@pytest.mark.parametrize("asked", ["fp16", "bf16"])
def test_a_processor_that_would_imitate_half_precision_is_not_asked_to(
    monkeypatch: pytest.MonkeyPatch, asked: str
):
    monkeypatch.setattr(precision, "_processor_flags", lambda: {"avx2", "avx512f"})
    with pytest.raises(UnavailableDevice, match=f"no instructions for {asked}"):
        choose_precision(asked, "cpu")
    monkeypatch.setattr(precision, "_processor_flags", lambda: {f"avx512_{asked}"})
    assert choose_precision(asked, "cpu") == asked


def test_unknown_precisions_and_those_of_another_engine_are_named():
    with pytest.raises(UnavailableDevice, match=r"no precision 'fp8'\. Known are: auto, bf16"):
        Upscaler(precision="fp8")  # type: ignore[arg-type]
    with pytest.raises(UnavailableDevice, match="native engine computes in fp32 or bf16, not in"):
        Upscaler(precision="fp16", engine="native")


def test_bf16_is_about_the_picture_where_the_processor_has_it(photograph: np.ndarray):
    if not {"avx512_bf16", "amx_bf16"} & precision._processor_flags():
        pytest.skip("this processor has no bf16")
    half = Upscaler("srresnet", precision="bf16", device="cpu", engine="torch")
    assert half.engine == "torch cpu"
    expected = Upscaler("srresnet")(photograph)
    levels = np.abs(half(photograph).astype(int) - expected)
    assert 0.01 < (levels != 0).mean() < 0.6 and levels.mean() < 0.6


def test_bf16_is_the_native_engines_where_the_processor_has_tiles(photograph: np.ndarray):
    if why_not(precision="bf16") is not None:
        pytest.skip("this processor has no tiles")
    half = Upscaler("srresnet", precision="bf16", device="cpu")
    assert half.engine == "native amx_bf16"
    np.testing.assert_array_equal(
        half(photograph), Upscaler("srresnet", precision="bf16", engine="native")(photograph)
    )
