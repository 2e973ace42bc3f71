"""Orthogonal steps."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from fourfold.training.muon import Muon, orthogonal
from fourfold.training.start import new_generator
from fourfold.training.state import begin
from tests.photographs import TINY
from tests.training.test_steps import CPU, batch, step


@pytest.mark.parametrize("shape", [(12, 72), (72, 12), (9, 9)])
def test_singular_values_become_one_and_vectors_stay(shape: tuple[int, int]):
    rng = torch.Generator().manual_seed(1)
    matrix = torch.randn(shape, generator=rng)
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    inside = left.T @ orthogonal(matrix[None])[0] @ right.T
    values = inside.diagonal()
    assert (inside - values.diag()).abs().max() < 1e-4
    assert values.min() > 0.6 and values.max() < 1.25


def test_small_singular_values_come_out_as_by_the_plain_iteration():
    rng = torch.Generator().manual_seed(4)
    random = torch.randn(2, 16, 40, generator=rng, dtype=torch.float64)
    left, _, right = torch.linalg.svd(random, full_matrices=False)
    matrices = left * torch.logspace(0, -6, 16, dtype=torch.float64) @ right
    plain = matrices / torch.linalg.matrix_norm(matrices)[:, None, None]
    for _ in range(5):  # Jordan's, one product after the other
        square = plain @ plain.mT
        plain = 3.4445 * plain + (-4.7750 * square + 2.0315 * square @ square) @ plain
    apart = torch.linalg.matrix_norm(orthogonal(matrices.float()) - plain, ord=2)
    assert apart.max() < 2e-4  # where the largest singular value is about 1


def test_kernels_of_one_shape_move_as_each_would_alone():
    rng = torch.Generator().manual_seed(5)
    starts = [torch.randn(shape, generator=rng) for shape in [(4, 8, 3, 3)] * 3 + [(16, 4, 3, 3)]]
    gradients = [torch.randn(start.shape, generator=rng) for start in starts]

    def moved(*which: int) -> list[torch.Tensor]:
        kernels = [torch.nn.Parameter(starts[index].clone()) for index in which]
        for kernel, index in zip(kernels, which, strict=True):
            kernel.grad = gradients[index]
        muon = Muon(kernels, rate=0.01)
        muon.step()
        muon.step()
        return [kernel.detach() for kernel in kernels]

    for together, index in zip(moved(0, 1, 2, 3), range(4), strict=True):
        assert not torch.equal(together, starts[index])
        torch.testing.assert_close(together, moved(index)[0], rtol=0, atol=1e-6)


def test_a_first_step_goes_down_and_is_a_fifth_of_the_rate_in_the_mean():
    rng = torch.Generator().manual_seed(2)
    kernel = torch.nn.Parameter(torch.randn(8, 16, 3, 3, generator=rng))
    before = kernel.detach().clone()
    kernel.grad = 1e-6 * torch.randn(kernel.shape, generator=rng)  # its size does not count
    muon = Muon([kernel], rate=0.01)
    muon.step()
    moved = kernel.detach() - before
    # 8 orthonormal rows of 144: mean square 1 / 144, times 0.04 * 144.
    assert moved.square().mean().sqrt().item() == pytest.approx(0.2 * 0.01, rel=0.2)
    assert (moved * kernel.grad).sum() < 0


def test_momentum_carries_on_where_the_gradient_has_gone():
    kernel = torch.nn.Parameter(torch.zeros(2, 2, 3, 3))
    muon = Muon([kernel], rate=0.01)
    kernel.grad = torch.rand(kernel.shape, generator=torch.Generator().manual_seed(3))
    muon.step()
    once = kernel.detach().clone()
    kernel.grad = torch.zeros_like(kernel)
    muon.step()
    assert ((kernel.detach() - once) * once).sum() > 0


def test_a_gradient_that_is_not_sound_moves_nothing():
    kernel = torch.nn.Parameter(torch.ones(2, 2, 3, 3))
    muon = Muon([kernel], rate=0.01)
    kernel.grad = torch.rand(kernel.shape, generator=torch.Generator().manual_seed(3))
    muon.step()
    before, memory = kernel.detach().clone(), copy.deepcopy(muon.state[kernel])
    kernel.grad = torch.full_like(kernel, torch.nan)
    muon.found_inf = torch.tensor(1.0)
    muon.step()
    assert torch.equal(kernel, before)
    assert torch.equal(muon.state[kernel]["momentum"], memory["momentum"])


def test_a_recipe_gives_it_the_kernels_and_adam_the_rest(photograph: np.ndarray):
    recipe = replace(TINY, optimiser="muon", steps=30, warm_up=0, decay=0)
    state = begin(recipe, new_generator(recipe), device=CPU)
    assert state.muon is not None
    by_muon = {id(value) for group in state.muon.param_groups for value in group["params"]}
    by_adam = {id(value) for group in state.optimiser.param_groups for value in group["params"]}
    for name, value in state.generator.named_parameters():
        is_kernel = value.ndim == 4 and value.shape[-1] == 3
        assert (id(value) in by_muon, id(value) in by_adam) == (is_kernel, not is_kernel), name
    pair = batch(photograph, recipe.generator.scale)
    losses = [step(state, recipe, pair)["loss"] for _ in range(30)]
    assert losses[-1] < 0.9 * losses[0]
