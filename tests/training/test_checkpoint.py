"""Checkpoints: whole or not at all, and never the only one destroyed."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch

from fourfold.engine import load_training_kernels
from fourfold.errors import InvalidRun
from fourfold.networks import Discriminator, DiscriminatorConfig, Generator
from fourfold.training.checkpoint import load_checkpoint, save_checkpoint
from fourfold.training.fused import FusedGenerator
from fourfold.training.fused_judges import FusedDiscriminator
from fourfold.training.native import NativeGenerator
from fourfold.training.native_judges import discriminator_on
from fourfold.training.start import new_generator
from fourfold.training.state import State, begin
from fourfold.weights import GeneratorConfig
from tests.photographs import TINY_GAN
from tests.training.test_steps import CPU, batch, step


@pytest.fixture
def state(photograph: np.ndarray) -> State:
    state = begin(TINY_GAN, new_generator(TINY_GAN), device=CPU)
    step(state, TINY_GAN, batch(photograph, 2))
    return state


def fresh() -> State:
    return begin(TINY_GAN, new_generator(TINY_GAN), device=CPU)


def loaded(run: Path) -> tuple[State, list[str]]:
    state, said = fresh(), list[str]()
    assert load_checkpoint(run, state, say=said.append)
    return state, said


def test_the_next_step_after_loading_has_the_same_bits(
    tmp_path: Path, state: State, photograph: np.ndarray
):
    state.best = 31.5
    save_checkpoint(tmp_path, state)
    other, said = loaded(tmp_path)
    assert (other.step, other.best, said) == (1, 31.5, [])
    for each in (state, other):
        step(each, TINY_GAN, batch(photograph, 2))
    for network in ("generator", "average", "discriminator"):
        ours, theirs = getattr(state, network).state_dict(), getattr(other, network).state_dict()
        for name, value in ours.items():
            assert torch.equal(value, theirs[name]), name


def test_without_a_checkpoint_nothing_is_loaded(tmp_path: Path):
    assert not load_checkpoint(tmp_path, fresh(), say=pytest.fail)


def test_a_damaged_last_falls_back_to_the_previous(tmp_path: Path, state: State):
    save_checkpoint(tmp_path, state)
    state.step = 2
    save_checkpoint(tmp_path, state)
    assert loaded(tmp_path)[0].step == 2
    file = tmp_path / "last" / "state.pt"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    other, said = loaded(tmp_path)
    assert other.step == 1 and said == [f"The checkpoint {tmp_path / 'last'} is damaged."]


def test_a_crash_between_the_two_renames_loses_nothing(tmp_path: Path, state: State):
    save_checkpoint(tmp_path, state)
    (tmp_path / "last").rename(tmp_path / "previous")
    assert loaded(tmp_path)[0].step == 1


def test_where_none_is_sound_it_is_said(tmp_path: Path, state: State):
    save_checkpoint(tmp_path, state)
    (tmp_path / "last" / "state.sha256").unlink()
    with pytest.raises(InvalidRun, match=r"No checkpoint in .* is sound"):
        load_checkpoint(tmp_path, fresh(), say=lambda _: None)


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path, state: State):
    with pytest.raises(InvalidRun, match="cannot be saved: No such file or directory"):
        save_checkpoint(tmp_path / "none", state)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_leaves_the_last_checkpoint(
    tmp_path: Path, state: State, monkeypatch: pytest.MonkeyPatch
):
    save_checkpoint(tmp_path, state)
    before = (tmp_path / "last" / "state.pt").read_bytes()

    def full(_path: Path, content: bytes) -> int:
        with Path("/dev/full").open("wb", buffering=0) as disk:
            return disk.write(content) or 0

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InvalidRun, match="No space left on device"):
        save_checkpoint(tmp_path, state)
    assert (tmp_path / "last" / "state.pt").read_bytes() == before


def as_on_a_gpu(state: State) -> None:
    """Leave in the optimisers what those of a GPU have: rates as tensors, and no moments for the
    biases that its discriminator leaves out."""
    assert state.discriminator is not None and state.discriminator_optimiser is not None
    for optimiser in (state.optimiser, state.discriminator_optimiser):
        for group in optimiser.param_groups:
            group |= {"lr": torch.tensor(0.5), "capturable": True}
    for name, value in state.discriminator.named_parameters():
        if name.startswith("convolutions.") and name.endswith(".bias") and value.ndim == 1:
            del state.discriminator_optimiser.state[value]


def test_a_gpus_checkpoint_goes_on_on_a_cpu(
    tmp_path: Path, state: State, photograph: np.ndarray, monkeypatch: pytest.MonkeyPatch
):
    as_on_a_gpu(state)
    with monkeypatch.context() as there:
        there.setattr(torch.serialization, "location_tag", lambda _storage: "cuda:0")
        save_checkpoint(tmp_path, state)
    other, _ = loaded(tmp_path)
    assert other.discriminator is not None and other.discriminator_optimiser is not None
    before = {name: value.clone() for name, value in other.discriminator.named_parameters()}
    step(other, TINY_GAN, batch(photograph, 2))
    for optimiser in (other.optimiser, other.discriminator_optimiser):
        for group in optimiser.param_groups:
            assert isinstance(group["lr"], float) and not group["capturable"]
    for name, value in other.discriminator.named_parameters():
        assert value.isfinite().all() and not torch.equal(value, before[name]), name


def test_networks_of_cpus_and_gpus_have_their_tensors_by_the_same_names_in_the_same_order():
    generator = Generator(GeneratorConfig(depth=2, normalisation="none"))
    discriminator = Discriminator(DiscriminatorConfig(side=16, dense=8))
    kernels = load_training_kernels()
    for plain, others in (
        (generator, [FusedGenerator(generator), NativeGenerator(generator, kernels)]),
        (
            discriminator,
            [
                FusedDiscriminator(discriminator),
                discriminator_on(copy.deepcopy(discriminator), kernels),
            ],
        ),
    ):
        parameters = [name for name, _ in plain.named_parameters()]
        for other in others:
            assert list(other.state_dict()) == list(plain.state_dict())
            # an optimiser knows its parameters by their places
            assert [name for name, _ in other.named_parameters()] == parameters
