"""What networks are computed in, and gradients that half precision cannot hold."""

import copy
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fourfold.errors import DivergedTraining
from fourfold.training.health import health_line
from fourfold.training.losses import ContentLoss
from fourfold.training.precision import Precision, choose_precision, compute_in, has_bfloat16
from fourfold.training.start import new_discriminator, new_generator
from fourfold.training.state import begin
from tests.photographs import TINY, TINY_GAN, random_vgg
from tests.training.test_steps import CPU, batch, step

NATIVE = torch.bfloat16 if has_bfloat16(CPU) else torch.float32
FULL, HALF, BRAIN = torch.float32, torch.float16, torch.bfloat16


def test_on_a_cpu_auto_is_what_the_recipe_says_and_what_the_processor_has():
    recipes = {
        FULL: replace(TINY_GAN, judges="fp32"),
        BRAIN: replace(TINY_GAN, judges="bf16"),
    }
    assert choose_precision("auto", replace(TINY_GAN, judges="auto"), CPU).judges == NATIVE
    for expected, recipe in recipes.items():
        assert choose_precision("auto", recipe, CPU) == Precision(FULL, expected)


def test_what_is_named_outweighs_the_recipe():
    recipe = replace(TINY_GAN, judges="bf16")
    assert choose_precision("fp32", recipe, CPU) == Precision(FULL, FULL)
    assert choose_precision("fp16", recipe, CPU) == Precision(HALF, NATIVE)
    assert choose_precision("bf16", recipe, CPU) == Precision(BRAIN, NATIVE)


def test_logits_in_bf16_are_near_those_in_fp32_and_gradients_are_fp32(photograph: np.ndarray):
    discriminator, (_, hr) = new_discriminator(TINY_GAN), batch(photograph, 2)
    exact = compute_in(FULL, discriminator, hr)
    near = compute_in(BRAIN, discriminator, hr)
    assert near.dtype == FULL and not torch.equal(near, exact)
    torch.testing.assert_close(near, exact, atol=0.05, rtol=0.05)
    torch.autograd.backward(near.sum())
    assert {p.grad.dtype for p in discriminator.parameters() if p.grad is not None} == {FULL}


def gradient(precision: Precision, pair: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    """The generator's gradient of one step, flat."""
    recipe = replace(TINY, clip=0)
    state = begin(recipe, new_generator(recipe), device=CPU, precision=precision)
    step(state, recipe, pair)
    return torch.cat([p.grad.flatten() for p in state.generator.parameters() if p.grad is not None])


def test_the_scaled_gradient_in_fp16_is_that_in_fp32(photograph: np.ndarray):
    pair = batch(photograph, 2)
    exact = gradient(Precision(), pair)
    for dtype, bound in ((HALF, 0.01), (BRAIN, 0.08)):
        error = (gradient(Precision(dtype), pair) - exact).norm() / exact.norm()
        assert 0 < error < bound


def test_a_gradient_too_small_for_fp16_survives_by_its_scale(photograph: np.ndarray):
    lr, hr = batch(photograph, 2)
    recipe = replace(TINY, clip=0)
    moved = {}
    for scale in (1 / 128, 1e-9):  # as it is, and as good as none
        state = begin(recipe, new_generator(recipe), device=CPU, precision=Precision(HALF))
        state.loss_scale.fill_(scale)
        step(state, recipe, (lr, hr))
        gradients = (p.grad for p in state.generator.parameters() if p.grad is not None)
        moved[scale] = sum(int(each.count_nonzero()) for each in gradients)
    assert moved[1 / 128] > 2 * moved[1e-9]


def test_a_gradient_that_fp16_cannot_hold_skips_halves_and_goes_on(photograph: np.ndarray):
    state = begin(TINY, new_generator(TINY), device=CPU, precision=Precision(HALF))
    pair = batch(photograph, 2)
    step(state, TINY, pair)
    before = copy.deepcopy(state)
    state.loss_scale.fill_(1e6)
    seen = step(state, TINY, pair)
    assert seen["skipped"] == 1 and "norm" not in seen
    assert state.loss_scale.item() == 5e5 and state.skipped == 1 and state.step == 2
    for name, value in state.generator.named_parameters():
        assert torch.equal(value, before.generator.get_parameter(name)), name
    for ours, theirs in zip(
        state.optimiser.state.values(), before.optimiser.state.values(), strict=True
    ):
        assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    state.loss_scale.fill_(1 / 128)
    seen = step(state, TINY, pair)
    assert seen["skipped"] == 0 and seen["norm"] > 0 and state.skipped == 0
    assert "50% of the updates left out" in health_line({"skipped": 0.5})
    assert health_line({"skipped": 0.0}) == ""


def test_ten_such_gradients_in_a_row_stop_the_run(photograph: np.ndarray):
    state = begin(TINY, new_generator(TINY), device=CPU, precision=Precision(HALF))
    state.loss_scale.fill_(1e30)
    for _ in range(9):
        step(state, TINY, batch(photograph, 2))
    with pytest.raises(DivergedTraining, match="not finite 10 times in a row, lastly at step 10"):
        step(state, TINY, batch(photograph, 2))


def test_in_fp32_one_such_gradient_stops_the_run(photograph: np.ndarray):
    state, (lr, hr) = begin(TINY, new_generator(TINY), device=CPU), batch(photograph, 2)
    hook = state.generator.tail.weight.register_hook
    hook(lambda gradient: gradient * math.inf)  # type: ignore[no-untyped-call]
    with pytest.raises(DivergedTraining, match="The gradient is not finite at step 1"):
        step(state, TINY, (lr, hr))


def test_scale_and_count_are_part_of_the_state(photograph: np.ndarray):
    state, other = (
        begin(TINY, new_generator(TINY), device=CPU, precision=Precision(HALF)) for _ in range(2)
    )
    hook = state.generator.tail.weight.register_hook
    hook(lambda gradient: gradient * math.inf)  # type: ignore[no-untyped-call]
    step(state, TINY, batch(photograph, 2))
    other.restore(state.content())
    assert (other.loss_scale.item(), other.skipped, other.step) == (1 / 256, 1, 1)


def test_a_run_that_began_in_fp32_goes_on_in_fp16_with_a_scale_that_it_holds():
    began = begin(TINY, new_generator(TINY), device=CPU)
    state = begin(TINY, new_generator(TINY), device=CPU, precision=Precision(HALF))
    assert began.loss_scale.item() == 1
    state.restore(began.content())
    assert state.loss_scale.item() == 1 / 128


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
