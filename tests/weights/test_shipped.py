"""The shipped weights keep what their cards promise."""

import json
from pathlib import Path

import numpy as np
import pytest

from fourfold.imaging import read_image, reduce
from fourfold.metrics import PAPER, lpips, psnr_y, ssim_daala_y
from fourfold.training import find_recipe
from fourfold.training.inputs import lr_of
from fourfold.upscaling import Upscaler
from fourfold.weights import (
    GeneratorConfig,
    load_weights,
    shipped_names,
    tensors_sha256,
    weights_path,
)

SETS = {"Set5": 5, "Set14": 14, "BSD100": 100}


@pytest.mark.parametrize("name", shipped_names())
@pytest.mark.parametrize(
    "test_set",
    ["Set5", *(pytest.param(name, marks=pytest.mark.slow) for name in ("Set14", "BSD100"))],
)
def test_the_scores_are_those_of_the_card(data: Path, name: str, test_set: str):
    upscaler = Upscaler(name, device="cpu", consistent=False)
    scale, scores = upscaler.config.scale, []
    for path in sorted((data / "test" / test_set / "HR").glob("*.png")):
        hr = read_image(path)
        sr = upscaler(reduce(hr, scale))
        psnr = psnr_y(sr, hr, scale=scale, protocol=PAPER)
        ssim = ssim_daala_y(sr, hr, scale=scale, protocol=PAPER)
        if hr.ndim == 2:  # cards score the three channels that the network itself gives of grey
            hr = np.stack([hr] * 3, axis=2)
            sr = upscaler(reduce(hr, scale))
        scores.append((psnr, ssim, lpips(sr, hr)))
    assert len(scores) == SETS[test_set]
    psnr, ssim, distance = (sum(column) / len(scores) for column in zip(*scores, strict=True))
    card = load_weights(name).card.scores["paper"][test_set]
    assert psnr == pytest.approx(card["psnr_y"], abs=0.02)
    assert ssim == pytest.approx(card["ssim_daala"], abs=0.0005)
    assert distance == pytest.approx(card["lpips_alex"], abs=0.001)


@pytest.mark.parametrize("name", shipped_names())
@pytest.mark.parametrize(
    "test_set",
    ["Set5", *(pytest.param(name, marks=pytest.mark.slow) for name in ("Set14", "BSD100"))],
)
def test_consistency_is_the_default_and_scores_as_the_card_says(
    data: Path, name: str, test_set: str
):
    card = load_weights(name).card
    upscaler, scores, distances = Upscaler(name, device="cpu", consistent=True), [], []
    assert card.consistent is not name.endswith("-photo"), "degraded inputs are not to be kept"
    assert Upscaler(name, device="cpu").consistent is card.consistent
    for path in sorted((data / "test" / test_set / "HR").glob("*.png")):
        hr = read_image(path)
        sr = upscaler(reduce(hr, upscaler.config.scale))
        scores.append(psnr_y(sr, hr, scale=upscaler.config.scale, protocol=PAPER))
        if test_set == "Set5":  # which takes far longer than the network
            distances.append(lpips(sr, hr))
    with_it, without = (kind["paper"][test_set] for kind in (card.consistent_scores, card.scores))
    assert np.mean(scores) == pytest.approx(with_it["psnr_y"], abs=0.02)
    assert with_it["psnr_y"] > without["psnr_y"]
    assert not distances or np.mean(distances) == pytest.approx(with_it["lpips_alex"], abs=0.001)


@pytest.mark.parametrize("name", shipped_names())
def test_the_readable_card_tells_the_same_scores(name: str):
    text = weights_path(name).with_suffix(".md").read_text()
    card = load_weights(name).card
    kinds = (*card.scores.values(), *card.consistent_scores.values())
    for scores in (scores for kind in kinds for scores in kind.values()):
        row = f"{scores['psnr_y']:.3f} | {scores['ssim_daala']:.4f} | {scores['lpips_alex']:.4f}"
        assert row in text
    assert tensors_sha256(load_weights(name).tensors) in text
    assert card.purpose in text and json.dumps(card.crops) in text.replace(",", "")


@pytest.mark.parametrize("name", [name for name in shipped_names() if name.endswith("-photo")])
def test_the_scores_on_degraded_pictures_are_those_of_the_card(data: Path, name: str):
    upscaler, scores = Upscaler(name, device="cpu"), []
    for path in sorted((data / "test/Set5/HR").glob("*.png")):
        hr = read_image(path)
        sr = upscaler(lr_of(find_recipe("srgan-photo-cpu"), hr, f"Set5/{path.stem}"))
        psnr = psnr_y(sr, hr, scale=upscaler.config.scale, protocol=PAPER)
        scores.append((psnr, lpips(sr, hr)))
    card = load_weights(name).card.scores["paper, degraded"]["Set5"]
    psnr, distance = np.mean(scores, axis=0)
    assert psnr == pytest.approx(card["psnr_y"], abs=0.02)
    assert distance == pytest.approx(card["lpips_alex"], abs=0.001)


@pytest.mark.parametrize("name", ["srgan", "srgan-photo"])
def test_an_srgan_names_its_partner(name: str):
    partner = load_weights(name).card.partner
    assert partner is not None and partner.name == name.replace("srgan", "srresnet")
    assert partner.sha256 == tensors_sha256(load_weights(partner.name).tensors)


def test_all_are_the_papers_generator_without_batch_normalisation():
    for name in shipped_names():
        assert load_weights(name).config == GeneratorConfig(normalisation="none")
