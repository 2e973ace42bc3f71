"""The network on a GPU: the torch engine beside plain half precision, and what it could be.

    python benchmarks/gpu.py [--device cuda] [--sides 1080x1920] [--rounds 7] [--model srgan]

Rows: a product of two matrices, the yardstick of what the device multiplies; the network as it
trains, whole, in channels-last fp16, eager, from uint8 to uint8 on the host, which is what
`engine` is to be twice as fast as; the engine, rows in and rows out; the same with copies that wait
for each other; one strip's arithmetic alone; and that as a CUDA graph. Then how many values fp16
has more than one level off the CPU's fp32 (fewer than 1 in 1,000 are allowed). All fits in a
quarter of an hour. `--device cpu --sides 96x128` runs the same lines in fp32 without a GPU, to see
that they run; what is CUDA's alone is left out and said.
"""

import argparse
from collections.abc import Callable
from statistics import median

import numpy as np
import torch
from inference import FLOP_A_PIXEL, picture
from upscale import measure

from fourfold.cli.machine import processor
from fourfold.networks import generator_from_weights
from fourfold.upscaling.pages import ROWS_A_PART
from fourfold.upscaling.torch_engine import TorchEngine, find_device
from fourfold.weights import fold, load_weights

Call = Callable[[], object]

SMALL = (256, 384)
"""Rows and columns of the picture that the CPU computes too."""


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


def rows_through(engine: TorchEngine, lr: np.ndarray) -> Callable[[], np.ndarray]:
    """The engine, some rows at a time, as files go through it."""

    def run() -> np.ndarray:
        stream, height = engine.open(lr.shape[1]), len(lr)
        parts = [
            stream.push(lr[top : top + ROWS_A_PART], last=top + ROWS_A_PART >= height)
            for top in range(0, height, ROWS_A_PART)
        ]
        return np.concatenate(parts)

    return run


def arithmetic(engine: TorchEngine, lr: np.ndarray, wait: Call) -> Call:
    """The whole picture as one strip, left on the device."""

    def run() -> None:
        engine.upscale_strip(lr, above=0, below=0)
        wait()

    return run


def captured(engine: TorchEngine, lr: np.ndarray, device: torch.device) -> Call:
    """The same arithmetic as a CUDA graph, replayed on another picture each time."""
    kept = torch.from_numpy(lr).to(device)

    def compute() -> torch.Tensor:
        tensor = kept.permute(2, 0, 1)[None].to(engine.dtype) / 255
        return engine.upscale_tensor(
            tensor.contiguous(memory_format=torch.channels_last), above=0, below=0
        )

    with torch.cuda.device(device), torch.inference_mode():
        beside = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        beside.wait_stream(torch.cuda.current_stream(device))
        with torch.cuda.stream(beside):
            for _ in range(3):
                compute()
        torch.cuda.current_stream(device).wait_stream(beside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            sr = compute()
        graph.replay()  # capturing computes nothing
        difference = (sr - compute()).abs().max().item()
    print(f"  the graph's result is {difference:g} off the plain one")
    rows = torch.from_numpy(lr).to(device)

    def run() -> None:
        kept.copy_(rows)
        graph.replay()
        torch.cuda.synchronize(device)

    return run


def compare(model: str, device: torch.device, dtype: torch.dtype) -> None:
    """Levels between this device's precision and fp32 on the CPU."""
    network, lr = fold(load_weights(model)), picture(*SMALL)
    here = rows_through(TorchEngine(network, device=device, precision=dtype), lr)()
    there = rows_through(TorchEngine(network, device=torch.device("cpu")), lr)()
    levels = np.abs(here.astype(int) - there)
    beyond = (levels > 1).mean()
    print(f"\n{model}, {dtype} here beside fp32 on the CPU, {SMALL[1]}x{SMALL[0]}:")
    print(f"  one level off {(levels == 1).mean():.2%}, more {beyond:.2e} of the values")
    print(f"  most {levels.max()} levels; fewer than 1e-3 beyond one: {bool(beyond < 1e-3)}")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="The network on a GPU.")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--sides", default="1080x1920", help="HEIGHTxWIDTH of the input")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--model", default="srgan")
    arguments = parser.parse_args()
    device = find_device(arguments.device)
    on_gpu = device.type == "cuda"
    dtype = torch.float16 if on_gpu else torch.float32
    named = torch.cuda.get_device_name(device) if on_gpu else processor()
    print(f"{named}; PyTorch {torch.__version__}; {arguments.model} in {dtype}")
    lr = picture(*map(int, arguments.sides.split("x")))
    network = fold(load_weights(arguments.model))
    engine = TorchEngine(network, device=device, precision=dtype, overlapped=True)
    waiting = TorchEngine(network, device=device, precision=dtype, overlapped=False)

    def wait() -> None:
        if on_gpu:
            torch.cuda.synchronize(device)

    side = 8192 if on_gpu else 1024
    multiply = product(device, dtype, side)

    def yardstick() -> None:
        multiply()
        wait()

    calls: dict[str, Call] = {
        "matrix product": yardstick,
        "plain eager network": eager(arguments.model, lr, device, dtype),
        "engine": rows_through(engine, lr),
        "engine, copies not overlapped": rows_through(waiting, lr),
        "one strip's arithmetic": arithmetic(engine, lr, wait),
    }
    if on_gpu:
        calls["one strip as a CUDA graph"] = captured(engine, lr, device)
    else:
        print("  no GPU: no CUDA graph, and copies take no time")
    show(measure(calls, arguments.rounds), lr.shape[0] * lr.shape[1], 2 * side**3)
    compare(arguments.model, device, dtype)


def show(seconds: dict[str, list[float]], pixels: int, product_flops: int) -> None:
    """Medians, rates, the share of the matrix rate, and how much faster than plain."""
    rate = product_flops / median(seconds["matrix product"])
    plain = median(seconds["plain eager network"])
    print(f"  {'':<32}{'ms':>9}{'spread':>8}{'MP/s':>9}{'share':>8}{'plain / it':>12}")
    for name, times in seconds.items():
        middle = median(times)
        line = f"  {name:<32}{1e3 * middle:>9.1f}{100 * (max(times) - min(times)) / middle:>7.0f}%"
        if name == "matrix product":
            print(f"{line}{'':>9}{'':>8}   {rate / 1e12:.2f} TFLOP/s")
            continue
        flops = FLOP_A_PIXEL * pixels / middle
        print(
            f"{line}{16 * pixels / middle / 1e6:>9.1f}{flops / rate:>8.3f}{plain / middle:>12.2f}"
        )


if __name__ == "__main__":
    main()
