"""What the judges compute in."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from fourfold.training.losses import ContentLoss
from fourfold.training.precision import has_bfloat16, judge, judges_dtype
from fourfold.training.start import new_discriminator
from tests.photographs import TINY_GAN, random_vgg
from tests.training.test_steps import CPU, batch


def test_it_is_what_the_recipe_says_and_auto_what_the_processor_has():
    dtypes = {
        judges: judges_dtype(replace(TINY_GAN, judges=judges), CPU)
        for judges in ("fp32", "bf16", "auto")
    }
    native = torch.bfloat16 if has_bfloat16(CPU) else torch.float32
    assert dtypes == {"fp32": torch.float32, "bf16": torch.bfloat16, "auto": native}


def test_logits_in_bf16_are_near_those_in_fp32_and_gradients_are_fp32(photograph: np.ndarray):
    discriminator, (_, hr) = new_discriminator(TINY_GAN), batch(photograph, 2)
    exact = judge(discriminator, hr, torch.float32)
    near = judge(discriminator, hr, torch.bfloat16)
    assert near.dtype == torch.float32 and not torch.equal(near, exact)
    torch.testing.assert_close(near, exact, atol=0.05, rtol=0.05)
    near.sum().backward()  # type: ignore[no-untyped-call]
    assert {p.grad.dtype for p in discriminator.parameters() if p.grad is not None} == {
        torch.float32
    }


def test_the_content_in_bf16_is_near_that_in_fp32(tmp_path: Path, photograph: np.ndarray):
    random_vgg(tmp_path / "vgg")
    _, hr = batch(photograph, 2)
    sr = (0.9 * hr).requires_grad_()
    values, gradients = [], []
    for dtype in (torch.float32, torch.bfloat16):
        loss = ContentLoss("vgg22", tmp_path / "vgg", device=CPU, dtype=dtype)(sr, hr)
        values.append(loss.item())
        gradients.append(torch.autograd.grad(loss, sr)[0])
    assert values[0] != values[1] and abs(values[1] / values[0] - 1) < 0.03
    assert (gradients[1] - gradients[0]).norm() < 0.2 * gradients[0].norm()
