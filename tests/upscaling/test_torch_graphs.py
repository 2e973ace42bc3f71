"""Which strips are captured, and for how long; on a CUDA GPU, that they compute the same."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from fourfold.upscaling import torch_engine, torch_layers
from fourfold.upscaling.torch_engine import TorchEngine
from fourfold.upscaling.torch_graphs import Captured, StripGraphs, capture
from fourfold.weights import fold, load_weights


class Recording:
    """A capture that runs the arithmetic plainly, and notes what is alive."""

    def __init__(self, *, fails_at: int | None = None) -> None:
        self.captured: list[int] = []  # the heights of strips
        self.released: list[int] = []
        self.replayed: list[int] = []
        self.fails_at = fails_at

    def __call__(
        self, compute: Callable[[torch.Tensor], torch.Tensor], lr: torch.Tensor, beside: object
    ) -> Captured:
        assert (beside is None) == (len(self.captured) == len(self.released))
        height = lr.shape[2]
        if height == self.fails_at:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        self.captured.append(height)
        recording = self

        class Strip:
            is_released = False

            def __call__(self, lr: torch.Tensor) -> torch.Tensor:
                assert not self.is_released
                recording.replayed.append(height)
                return compute(lr)

            def release(self) -> None:
                self.is_released = True
                recording.released.append(height)

        return Strip()


def double(lr: torch.Tensor, *, above: int, below: int) -> torch.Tensor:
    return 2 * lr[:, :, above : lr.shape[2] - below]


def strips(graphs: StripGraphs, heights: list[int]) -> None:
    for height in heights:
        lr = torch.rand(1, 3, height, 5)
        assert torch.equal(graphs(double, lr, above=0, below=0), 2 * lr)


def test_a_shape_is_captured_when_it_comes_the_third_time():
    recording = Recording()
    graphs = StripGraphs(recording)
    strips(graphs, [8, 8])
    assert recording.captured == []
    strips(graphs, [8, 8, 9])
    assert recording.captured == [8] and recording.replayed == [8, 8]


def test_another_halo_is_another_shape():
    recording = Recording()
    graphs, lr = StripGraphs(recording), torch.rand(1, 3, 9, 5)
    for above, below in [(0, 0), (0, 2), (2, 0), (2, 2)] * 2:
        graphs(double, lr, above=above, below=below)
    assert recording.captured == []
    for above, below in [(0, 2), (2, 0)]:
        sr = graphs(double, lr, above=above, below=below)
        assert torch.equal(sr, double(lr, above=above, below=below))
    assert recording.captured == [9, 9]


def test_pictures_of_which_every_one_is_another_are_never_captured():
    recording = Recording()
    strips(StripGraphs(recording), list(range(10, 50)) * 3)
    assert recording.captured == []


def test_large_strips_are_never_captured():
    recording = Recording()
    strips(StripGraphs(recording, largest=40), [8, 9] * 4)
    assert recording.captured == [8]  # 8 x 5 pixels


def test_four_are_kept_and_one_in_use_never_goes_for_another():
    recording = Recording()
    strips(StripGraphs(recording), [10, 11, 12, 13, 14] * 20)
    assert recording.captured == [10, 11, 12, 13] and recording.released == []


def test_what_has_not_come_of_late_goes_first_the_oldest():
    recording = Recording()
    graphs = StripGraphs(recording)
    strips(graphs, [10] * 3 + [11] * 3 + [12] * 3 + [13] * 3 + [14] * 32)
    assert recording.captured == [10, 11, 12, 13, 14] and recording.released == [10]
    strips(graphs, [10] * 3)
    assert recording.captured[5:] == [10] and recording.released == [10, 11]


def test_graphs_are_dropped_and_made_anew():
    recording = Recording()
    graphs = StripGraphs(recording)
    assert not graphs.drop()
    strips(graphs, [8] * 3 + [9] * 3)
    assert graphs.drop() and not graphs.drop()
    assert sorted(recording.released) == [8, 9]
    strips(graphs, [8] * 2)
    assert recording.captured == [8, 9]
    strips(graphs, [8])
    assert recording.captured == [8, 9, 8]


def test_a_device_that_cannot_capture_computes_plainly_from_then_on():
    recording = Recording(fails_at=9)
    graphs = StripGraphs(recording)
    strips(graphs, [8] * 3 + [9] * 5 + [8] * 5)
    assert recording.captured == [8] == recording.released == recording.replayed


def test_out_of_memory_the_graphs_go_first_and_the_strip_is_computed_again(
    monkeypatch: pytest.MonkeyPatch,
):
    engine = TorchEngine(fold(load_weights("srresnet")), device=torch.device("cpu"))
    recording, refused = Recording(), []
    convolve = torch_layers.convolve
    lr = np.random.default_rng(0).integers(0, 256, (8, 6, 3), dtype=np.uint8)
    expected = engine.open(6).push(lr, last=True)
    monkeypatch.setattr(engine, "_graphs", StripGraphs(recording))
    for _ in range(3):
        np.testing.assert_array_equal(engine.open(6).push(lr, last=True), expected)

    def full(maps, layer, skip=None):
        if recording.captured != recording.released:
            refused.append(maps.shape)
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return convolve(maps, layer, skip)

    monkeypatch.setattr(torch_engine, "convolve", full)
    np.testing.assert_array_equal(engine.open(6).push(lr, last=True), expected)
    assert len(refused) == 1 and recording.released == [8]


needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")


def picture(seed: int, height: int, width: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def gpu_engine(
    precision: torch.dtype = torch.float16, *, captures: bool = True, memory: int = 2 << 30
) -> TorchEngine:
    device = torch.device("cuda", torch.cuda.device_count() - 1)  # not the current one, if it can
    engine = TorchEngine(
        fold(load_weights("srgan")), device=device, precision=precision, memory=memory
    )
    engine._graphs = StripGraphs(capture) if captures else None
    return engine


def kept(engine: TorchEngine) -> int:
    assert engine._graphs is not None
    return len(engine._graphs._kept)


@needs_gpu
@pytest.mark.parametrize("precision", [torch.float16, torch.bfloat16, torch.float32])
def test_replayed_strips_are_those_computed_plainly_to_the_last_bit(precision: torch.dtype):
    # The same kernels run: cuDNN's choice among its own depends on the shapes alone.
    captured, plain = gpu_engine(precision), gpu_engine(precision, captures=False)
    for seed in range(6):
        lr = picture(seed, 150, 70) / np.float32(255)  # four strips, each of another shape
        ours, theirs = (
            engine.open(70, strip=30).push(lr, last=True) for engine in (captured, plain)
        )
        np.testing.assert_array_equal(ours, theirs)
    assert kept(captured) == 4


@needs_gpu
def test_several_threads_replay_one_engines_graphs():
    engine, plain = gpu_engine(), gpu_engine(captures=False)
    pictures = [picture(seed, 96 + 16 * (seed % 3), 64) for seed in range(24)]
    expected = [plain.open(64).push(lr, last=True) for lr in pictures]

    def upscale(lr: np.ndarray) -> np.ndarray:
        # As other libraries' threads may be: on a stream of its own.
        with torch.cuda.stream(torch.cuda.Stream(engine.device)):  # type: ignore[no-untyped-call]
            return engine.open(64).push(lr, last=True)

    with ThreadPoolExecutor(4) as threads:
        for ours, theirs in zip(threads.map(upscale, pictures), expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)
    assert kept(engine) == 3


@needs_gpu
def test_several_engines_capture_at_once():
    engines = [gpu_engine() for _ in range(3)]
    lr = picture(1, 80, 60)
    expected = gpu_engine(captures=False).open(60).push(lr, last=True)
    with ThreadPoolExecutor(3) as threads:
        for results in threads.map(
            lambda engine: [engine.open(60).push(lr, last=True) for _ in range(6)], engines
        ):
            for result in results:
                np.testing.assert_array_equal(result, expected)
    assert [kept(engine) for engine in engines] == [1, 1, 1]


@needs_gpu
def test_dropped_graphs_give_their_memory_back():
    engine, lr = gpu_engine(), picture(2, 300, 400)
    torch.cuda.empty_cache()
    before = torch.cuda.memory_reserved(engine.device)
    first = engine.open(400).push(lr, last=True)
    for _ in range(4):
        np.testing.assert_array_equal(engine.open(400).push(lr, last=True), first)
    assert kept(engine) == 1 and engine.drop_graphs() and kept(engine) == 0
    torch.cuda.empty_cache()
    assert torch.cuda.memory_reserved(engine.device) - before < 32 << 20  # cuBLAS' and cuDNN's own
    for _ in range(4):
        np.testing.assert_array_equal(engine.open(400).push(lr, last=True), first)
    assert kept(engine) == 1


@needs_gpu
def test_other_precisions_and_half_the_strip_have_graphs_of_their_own():
    engine, lr = gpu_engine(memory=64 << 20), picture(3, 150, 100)
    for made in (engine, engine.in_fp32(), engine.with_half_the_strip(100)):
        results = [made.open(100).push(lr, last=True) for _ in range(5)]
        assert all(np.array_equal(result, results[0]) for result in results)
        assert kept(made) >= 1


@needs_gpu
def test_out_of_a_gpus_memory_nothing_of_graphs_stands_in_the_way():
    engine, lr = gpu_engine(), picture(4, 200, 300)
    expected = [engine.open(300).push(lr, last=True) for _ in range(4)][-1]
    assert kept(engine) == 1
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(engine.device).total_memory
    # Another shape finds no room beside the graph, and takes what the graph gives back.
    in_use = torch.cuda.memory_reserved(engine.device)
    torch.cuda.set_per_process_memory_fraction((in_use + (4 << 20)) / total, engine.device)
    try:
        lower = engine.open(300).push(lr[:150], last=True)
        assert kept(engine) == 0
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, engine.device)
    np.testing.assert_array_equal(engine.open(300).push(lr, last=True), expected)
    plain = gpu_engine(captures=False).open(300).push(lr[:150], last=True)
    np.testing.assert_array_equal(lower, plain)
