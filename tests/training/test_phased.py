"""The generator in phases beside the plain one."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from fourfold.training import phased
from fourfold.training.native import NativeGenerator
from fourfold.training.phased import PhasedGenerator
from fourfold.training.precision import Precision, compute_in, has_amx
from fourfold.training.start import new_generator
from fourfold.training.state import begin
from fourfold.weights import GeneratorConfig
from tests.photographs import TINY
from tests.training.test_native import gradients, random_generator
from tests.training.test_steps import CPU, batch, step

CONFIG = GeneratorConfig(depth=5, width=8, normalisation="none")
BF16 = Precision(torch.bfloat16)


@pytest.mark.parametrize(
    "config",
    [
        CONFIG,
        replace(CONFIG, scale=2),
        replace(CONFIG, skips=False, depth=2),
        replace(CONFIG, scale=8),
    ],
    ids=str,
)
def test_result_and_gradients_are_the_plain_ones(config: GeneratorConfig):
    plain = random_generator(config).double()  # slopes of every kind, zero and below too
    lr = torch.rand(2, 3, 7, 10, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    expected, ours = gradients(plain, lr), gradients(PhasedGenerator(plain).double(), lr)
    assert ours.keys() == expected.keys()
    for name, exact in expected.items():
        assert (ours[name] - exact).abs().max() <= 1e-12 * exact.abs().max(), name


def test_in_bf16_it_errs_no_more_than_autocast_on_the_plain_one(photograph: np.ndarray):
    config = replace(CONFIG, width=16)
    plain, (lr, _) = new_generator(replace(TINY, generator=config)), batch(photograph, 4)
    exact = gradients(copy.deepcopy(plain), lr)

    def error(generator: torch.nn.Module) -> dict[str, float]:
        def under_autocast(lr: torch.Tensor) -> torch.Tensor:
            return compute_in(torch.bfloat16, generator, lr)

        under_autocast.named_parameters = generator.named_parameters  # type: ignore[attr-defined]
        return {
            name: ((value - exact[name]).norm() / exact[name].norm()).item()
            for name, value in gradients(under_autocast, lr).items()  # type: ignore[arg-type]
        }

    ours, theirs = error(PhasedGenerator(plain)), error(plain)
    for name, err in ours.items():
        assert 0 < err < max(1.5 * theirs[name], 0.02), name


def test_without_gradients_the_result_is_the_same():
    generator = PhasedGenerator(random_generator(CONFIG))
    lr = torch.rand(1, 3, 6, 6, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        result = generator(lr)
    assert not result.requires_grad and torch.equal(result, generator(lr))


@pytest.mark.skipif(not has_amx(), reason="the processor has no AMX")
def test_in_bf16_a_run_takes_it_where_it_can():
    of_channels = replace(TINY.generator, slopes="channel")
    of_batches = replace(TINY.generator, normalisation="batch")
    for config, precision, is_taken in (
        (TINY.generator, BF16, True),
        (TINY.generator, Precision(), False),
        (of_channels, BF16, False),
        (of_batches, BF16, False),
    ):
        recipe = replace(TINY, generator=config, start="kaiming")
        state = begin(recipe, new_generator(recipe), device=CPU, precision=precision)
        assert isinstance(state.generator, PhasedGenerator) == is_taken
        assert type(state.average) is type(state.generator)


def test_without_amx_bf16_is_pytorchs_autocast(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(phased, "has_amx", lambda: False)
    state = begin(TINY, new_generator(TINY), device=CPU, precision=BF16)
    assert isinstance(state.generator, NativeGenerator)  # which leaves autocast to PyTorch


@pytest.mark.skipif(not has_amx(), reason="the processor has no AMX")
def test_two_runs_of_it_learn_to_the_same_bits(photograph: np.ndarray):
    pair = batch(photograph, TINY.generator.scale)
    losses = []
    for _ in range(2):
        state = begin(TINY, new_generator(TINY), device=CPU, precision=BF16)
        losses.append([step(state, TINY, pair)["loss"] for _ in range(20)])
    assert losses[0] == losses[1] and losses[0][-1] < 0.9 * losses[0][0]
