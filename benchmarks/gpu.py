"""The network on a GPU: the torch engine beside plain half precision, and what it could be.

    python benchmarks/gpu.py [--device cuda] [--sides 1080x1920] [--rounds 5] [--model srgan]

Rows: a product of two matrices, the yardstick of what the device multiplies; the network as it
trains, whole, in channels-last fp16, eager, from uint8 to uint8 on the host, which is what
`engine` is to be twice as fast as. The engine, rows in and rows out: as it is, with copies that
wait for each other, and with PyTorch's operators between the convolutions instead of our kernels.
Then one strip's arithmetic, which neither comes nor goes: by operators, by kernels, both as CUDA
graphs, without zeros that fill 3 and 12 channels up to 8 and 16, and with the convolutions that
cuDNN finds fastest (no choice for the engine: which it finds changes from run to run, and with it
the last bits). At last the same for a small picture. First is said how many values fp16 has more
than one level off the CPU's fp32 (fewer than 1 in 1,000 are allowed). All takes 40 seconds on an
H100. `--device cpu --sides 96x128` runs the same lines in fp32 without a GPU, to see that they
run; what is CUDA's alone is left out and said.
"""

import argparse
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from statistics import median
from unittest.mock import patch

import numpy as np
import torch
from inference import FLOP_A_PIXEL, picture
from upscale import measure

from fourfold.cli.machine import processor
from fourfold.networks import generator_from_weights
from fourfold.upscaling import torch_engine
from fourfold.upscaling.pages import ROWS_A_PART
from fourfold.upscaling.torch_engine import TorchEngine, find_device
from fourfold.upscaling.torch_graphs import StripGraphs, capture
from fourfold.upscaling.torch_layers import kernels_for
from fourfold.weights import FoldedGenerator, fold, load_weights

Call = Callable[[], object]

SMALL = (256, 384)
"""Rows and columns of the picture that the CPU computes too."""
PRODUCT = "matrix product"
PLAIN = "plain eager network"


def product(device: torch.device, dtype: torch.dtype, side: int) -> Call:
    """Two square matrices, into memory that is there."""
    left, right = torch.rand(2, side, side, device=device).to(dtype)
    out = torch.empty_like(left)
    return lambda: torch.mm(left, right, out=out)


def eager(model: str, lr: np.ndarray, device: torch.device, dtype: torch.dtype) -> Call:
    """The network as it trains, on the whole picture: what a user of PyTorch would write."""
    network = generator_from_weights(load_weights(model)).to(device, dtype)
    for weights in network.parameters():
        if weights.dim() == 4:
            weights.data = weights.data.contiguous(memory_format=torch.channels_last)

    @torch.inference_mode()
    def run() -> np.ndarray:
        tensor = torch.from_numpy(lr).to(device).permute(2, 0, 1)[None].to(dtype) / 255
        sr = network(tensor.contiguous(memory_format=torch.channels_last)).float()
        levels = (sr.clamp(0, 1) * 255 + 0.5).to(torch.uint8)
        result: np.ndarray = levels[0].permute(1, 2, 0).contiguous().cpu().numpy()
        return result

    return run


def rows_through(engine: TorchEngine, lr: np.ndarray) -> Callable[[], list[np.ndarray]]:
    """The engine, some rows at a time, as files go through it."""

    def run() -> list[np.ndarray]:
        stream, height = engine.open(lr.shape[1]), len(lr)
        return [
            stream.push(lr[top : top + ROWS_A_PART], last=top + ROWS_A_PART >= height)
            for top in range(0, height, ROWS_A_PART)
        ]

    return run


class Contenders:
    """What is measured on one picture, on one device."""

    def __init__(self, model: str, lr: np.ndarray, device: torch.device, dtype: torch.dtype):
        self.network: FoldedGenerator = fold(load_weights(model))
        self.model, self.lr, self.device, self.dtype = model, lr, device, dtype
        tensor = torch.from_numpy(lr).to(device).permute(2, 0, 1)[None].to(dtype) / 255
        self.tensor = tensor.contiguous(memory_format=torch.channels_last)

    def engine(self, *, overlapped: bool = True) -> TorchEngine:
        """As the product opens it."""
        return TorchEngine(
            self.network, device=self.device, precision=self.dtype, overlapped=overlapped
        )

    def by_operators(self) -> TorchEngine:
        """With PyTorch's operators between the convolutions."""
        with patch.object(torch_engine, "kernels_for", lambda *_: None):
            return self.engine()

    def not_filled_up(self) -> TorchEngine:
        """With 3 channels of the picture and 12 of the tail as they are."""
        with patch.object(torch_engine, "TENSOR_CORES_TAKE", 1):
            return self.engine()

    def wait(self) -> None:
        """Until all that was launched is done."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)

    def arithmetic(self, engine: TorchEngine) -> Call:
        """The whole picture as one strip, which is on the device and stays there."""

        @torch.inference_mode()
        def run() -> None:
            engine.upscale_tensor(self.tensor, above=0, below=0)
            self.wait()

        return run

    def captured(self, engine: TorchEngine) -> Call:
        """The same arithmetic as a CUDA graph."""
        compute = partial(engine.upscale_tensor, above=0, below=0)
        with torch.cuda.device(self.device), torch.inference_mode():
            replay = capture(compute, self.tensor, None)
            difference = (replay(self.tensor) - compute(self.tensor)).abs().max().item()
        print(f"  a graph's result is {difference:g} off the plain one")

        @torch.inference_mode()
        def run() -> None:
            with torch.cuda.device(self.device):
                replay(self.tensor)
            self.wait()

        return run

    def fastest_found(self, engine: TorchEngine) -> Call:
        """With the convolutions that cuDNN finds fastest, which takes its time once a shape.

        In a thread of its own: PyTorch keeps what it chose for each thread, and asks no more.
        """
        run, thread = self.arithmetic(engine), ThreadPoolExecutor(1)

        def search() -> None:
            torch.backends.cudnn.benchmark = True
            run()
            torch.backends.cudnn.benchmark = False

        return lambda: thread.submit(search).result()

    def end_to_end(self) -> dict[str, Call]:
        """From uint8 to uint8 on the host."""
        calls: dict[str, Call] = {
            PLAIN: eager(self.model, self.lr, self.device, self.dtype),
            "engine": rows_through(self.engine(), self.lr),
            "engine, copies waited for": rows_through(self.engine(overlapped=False), self.lr),
        }
        if self.device.type == "cuda":
            calls["engine, by operators"] = rows_through(self.by_operators(), self.lr)
            always, never = self.engine(), self.engine()
            always._graphs = StripGraphs(capture, largest=1 << 40)
            never._graphs = None
            calls["engine, always graphs"] = rows_through(always, self.lr)
            calls["engine, never graphs"] = rows_through(never, self.lr)
        return calls

    def one_strip(self) -> dict[str, Call]:
        """The arithmetic alone."""
        if self.device.type != "cuda":
            return {"strip by operators": self.arithmetic(self.engine())}
        return {
            "strip by operators": self.arithmetic(self.by_operators()),
            "strip by operators, graph": self.captured(self.by_operators()),
            "strip by kernels": self.arithmetic(self.engine()),
            "strip by kernels, graph": self.captured(self.engine()),
            "strip by kernels, not filled up": self.arithmetic(self.not_filled_up()),
            "strip by kernels, cuDNN's fastest": self.fastest_found(self.engine()),
        }


def compare(model: str, device: torch.device, dtype: torch.dtype) -> None:
    """Levels between this device's precision and fp32 on the CPU."""
    network, lr = fold(load_weights(model)), picture(*SMALL)
    here, there = (
        np.concatenate(rows_through(engine, lr)())
        for engine in (
            TorchEngine(network, device=device, precision=dtype),
            TorchEngine(network, device=torch.device("cpu")),
        )
    )
    levels = np.abs(here.astype(int) - there)
    beyond = (levels > 1).mean()
    print(
        f"  {model}, {dtype} here beside fp32 on the CPU, {SMALL[1]}x{SMALL[0]}: one level off "
        f"{(levels == 1).mean():.2%},\n  more {beyond:.2e} of the values, most {levels.max()} "
        f"levels; fewer than 1e-3 beyond one: {bool(beyond < 1e-3)}"
    )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="The network on a GPU.")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--sides", default="1080x1920", help="HEIGHTxWIDTH of the input")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--model", default="srgan")
    arguments = parser.parse_args()
    device = find_device(arguments.device)
    on_gpu = device.type == "cuda"
    dtype = torch.float16 if on_gpu else torch.float32
    named = torch.cuda.get_device_name(device) if on_gpu else processor()
    print(f"{named}; PyTorch {torch.__version__}; {arguments.model} in {dtype}")
    if not on_gpu:
        print("  no GPU: no kernels, no CUDA graphs, and copies take no time")
    elif kernels_for(device, dtype) is None:
        print("  the kernels do not run here: all is by operators")
    compare(arguments.model, device, dtype)
    side = 8192 if on_gpu else 1024
    large, small = (
        Contenders(arguments.model, lr, device, dtype)
        for lr in (picture(*map(int, arguments.sides.split("x"))), picture(*SMALL))
    )
    multiply = product(device, dtype, side)

    def yardstick() -> None:
        multiply()
        large.wait()

    calls = {PRODUCT: yardstick, **large.end_to_end(), **large.one_strip()}
    seconds = measure(calls, arguments.rounds)
    beside = measure({**small.end_to_end(), **small.one_strip()}, arguments.rounds)
    rate = 2 * side**3 / median(seconds.pop(PRODUCT))
    print(f"  {PRODUCT}: {rate / 1e12:.2f} TFLOP/s")
    for contenders, times in ((large, seconds), (small, beside)):
        show(times, contenders.lr.shape, rate)


def show(seconds: dict[str, list[float]], shape: tuple[int, ...], rate: float) -> None:
    """Medians, rates, the share of the matrix rate, and how much faster than plain."""
    plain, pixels = median(seconds[PLAIN]), shape[0] * shape[1]
    title = f"{shape[0]}x{shape[1]}"
    print(f"  {title:<34}{'ms':>9}{'spread':>8}{'MP/s':>9}{'share':>7}{'plain/it':>10}")
    for name, times in seconds.items():
        middle = median(times)
        spread = 100 * (max(times) - min(times)) / middle
        share = FLOP_A_PIXEL * pixels / middle / rate
        print(
            f"  {name:<34}{1e3 * middle:>9.2f}{spread:>7.0f}%"
            f"{16 * pixels / middle / 1e6:>9.1f}{share:>7.3f}{plain / middle:>10.2f}"
        )


if __name__ == "__main__":
    main()
