"""How fast a training step runs here, beside a plain matrix product in the same run.

    python benchmarks/training.py [--batches 8,16] [--rounds 5] [--threads N] [--brief]
                                  [--no-mse] [--no-adversarial]

Contenders: the step on fourfold's kernels; the same on PyTorch's (`--set kernels=torch`); and plain
eager, the paper's generator as anyone would write it in PyTorch: default layout and allocator, in a
process of its own. All are the SRResNet without batch normalisation, crops of 96x96, fp32, by Adam
(Muon, which srresnet-mse-cpu takes, adds 17 ms to each step of either). `loop`
is a whole run of `fourfold train`: crops cut and reduced from photographs, step, log; below stands
what share of a run's time its looks at the held-out photographs take. The adversarial step is
SRGAN-VGG54's, with a VGG19 of random weights, all in fp32. `--brief` leaves out plain eager, the
loop and the looks, which take most of the time.

Where the processor multiplies bfloat16 natively there are also `bf16`, as with `--precision bf16`,
a bf16 product, of which its share is printed, and `native, judges bf16`, what the recipe
srgan-vgg54-cpu takes there.

`fourfold train` sets GOMP_SPINCOUNT=10000, which libgomp reads when PyTorch loads: set it here too.

`hold_to_avx2.c` says how to hold all of it, PyTorch and yardstick too, to AVX2 on a processor with
more.

The yardstick is an fp32 product of two 2048x2048 matrices. Work is always counted as the
generator's 3 x 4.436 MFLOP for each pixel of the LR crops, so a ratio above 1 means fewer$
counted. Every contender runs in each round, so that a busy neighbour slows all of them; medians are
printed, with the spread of the rounds. With one thread it is CPU time, else wall time.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import torch
from inference import HELD
from safetensors.numpy import save_file

from fourfold.cli.machine import processor
from fourfold.engine import cores_at_hand
from fourfold.imaging import write_image
from fourfold.networks import Generator, VggFeatures
from fourfold.training import Recipe, find_recipe, train
from fourfold.training.losses import ContentLoss
from fourfold.training.memory import keep_freed_memory
from fourfold.training.native import kernels_for
from fourfold.training.packing import pack
from fourfold.training.photographs import LOOKED_AT, SAMPLE
from fourfold.training.precision import PrecisionName, choose_precision, has_bfloat16
from fourfold.training.start import new_generator
from fourfold.training.state import begin
from fourfold.training.steps import adversarial_step, content_step
from fourfold.training.validation import validate

FLOP_A_PIXEL = 3 * 2 * 2_218_176  # of the LR crops; backward counts twice
PRODUCT_SIDE = 2048
PRODUCT, BF16_PRODUCT = "fp32 product", "bf16 product"
CPU = torch.device("cpu")
LOOP_STEPS = 12
STEPS = 2  # timed in a row, after one that is not: what ran before has its data in the caches

Clock = Callable[[], float]
Call = Callable[[], float]
"""What is timed: gives its seconds."""

CHILD = """
import sys, time, torch
sys.path.insert(0, {folder!r})
from training import eager
torch.set_num_threads({threads})
print(eager({batch}, {clock}))
"""


def timed(call: Callable[[], object], clock: Clock) -> float:
    """Seconds of a call."""
    start = clock()
    call()
    return clock() - start


def product(clock: Clock, dtype: torch.dtype = torch.float32) -> Call:
    """The yardstick, into memory that is there already."""
    left, right = torch.rand(2, PRODUCT_SIDE, PRODUCT_SIDE).to(dtype)
    out = torch.empty_like(left)
    multiply = partial(torch.mm, left, right, out=out)

    def call() -> float:
        multiply()
        return timed(multiply, clock)

    return call


def random_batch(recipe: Recipe) -> tuple[torch.Tensor, torch.Tensor]:
    """LR and HR crops of noise."""
    rng = torch.Generator().manual_seed(1)
    shapes = ((recipe.batch, 3, side, side) for side in (recipe.lr_crop, recipe.hr_crop))
    lr, hr = (torch.rand(shape, generator=rng) for shape in shapes)
    last = torch.channels_last
    return lr.contiguous(memory_format=last), hr.contiguous(memory_format=last)


def step(
    recipe: Recipe, clock: Clock, vgg: Path | None = None, name: PrecisionName = "auto"
) -> Call:
    """A step alone, on crops of noise: the mean of some in a row."""
    precision = choose_precision(name, recipe, CPU)
    content = ContentLoss(
        recipe.content, vgg, device=CPU, dtype=precision.judges, kernels=kernels_for(recipe, CPU)
    )
    state = begin(recipe, new_generator(recipe), device=CPU, precision=precision)
    take = adversarial_step if recipe.adversarial else content_step
    lr, hr = random_batch(recipe)

    def steps(count: int) -> None:
        for _ in range(count):
            take(state, lr, hr, recipe=recipe, content=content)

    def call() -> float:
        steps(1)
        return timed(partial(steps, STEPS), clock) / STEPS

    return call


def eager(batch: int, clock: Clock) -> float:
    """Seconds of a step in plain PyTorch: the median of three, after one."""
    recipe = replace(find_recipe("srresnet-mse-cpu"), batch=batch)
    generator = Generator(recipe.generator)
    optimiser = torch.optim.Adam(generator.parameters())
    lr, hr = (image.contiguous() for image in random_batch(recipe))

    def take() -> None:
        optimiser.zero_grad()
        torch.autograd.backward((generator(lr) - hr).square().mean())
        optimiser.step()

    return median([timed(take, clock) for _ in range(4)][1:])


def eager_elsewhere(batch: int, threads: int, clock: str) -> Call:
    """The same in a fresh process."""
    code = CHILD.format(
        folder=str(Path(__file__).parent), threads=threads, batch=batch, clock=f"time.{clock}"
    )
    command = [sys.executable, "-c", code]

    def call() -> float:
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    return call


def loop(recipe: Recipe, photographs: Path, clock: Clock) -> Call:
    """A step of a whole run: the mean over a dozen, after one, without the looks."""
    recipe = replace(recipe, steps=LOOP_STEPS, validate_every=LOOP_STEPS, warm_up=0)

    def call() -> float:
        moments: list[float] = []
        with tempfile.TemporaryDirectory() as folder:
            train(
                recipe,
                Path(folder, "run"),
                data=[photographs],
                progress=lambda _step, _seen: moments.append(clock()),
            )
        return (moments[-1] - moments[0]) / (len(moments) - 1)

    return call


def look(recipe: Recipe, photographs: Path, clock: Clock) -> Call:
    """A look at as many photographs as a run takes at most, of a size that never counts whole."""

    def call() -> float:
        with tempfile.TemporaryDirectory() as folder:
            packed = pack([photographs], Path(folder, "pack"))
            generator = new_generator(recipe)
            seconds = timed(partial(validate, generator, packed, packed.places), clock)
        return seconds / len(packed.places) * (LOOKED_AT + SAMPLE)

    return call


def write_photographs(folder: Path) -> Path:
    """Eight pictures of smooth colour with some noise, 480x640."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:480, :640]
    for index in range(8):
        waves = np.sin(rows / (11 + index))[:, :, None] * np.cos(columns[:, :, None] / [23, 29, 31])
        pixels = np.clip(128 + 80 * waves + rng.normal(0, 8, waves.shape), 0, 255)
        write_image(pixels.astype(np.uint8), folder / f"{index}.png")
    return folder


def write_vgg(path: Path) -> Path:
    """A VGG19 of random weights, whose maps stay as large from layer to layer."""
    torch.manual_seed(1)
    tensors = VggFeatures("5_4").layers.state_dict()
    for tensor in tensors.values():
        if tensor.ndim == 4:
            torch.nn.init.kaiming_normal_(tensor)
    wanted = {"mean_rgb": "123.68,116.779,103.939", "std": "1,1,1"}  # as Oxford's weights do
    save_file({name: tensor.numpy() for name, tensor in tensors.items()}, path, metadata=wanted)
    return path


def measure(calls: dict[str, Call], rounds: int) -> dict[str, list[float]]:
    """Seconds of each call in each round, after one round that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for counted in range(-1, rounds):
        for name, call in calls.items():
            taken = call()
            if counted >= 0:
                seconds[name].append(taken)
    return seconds


def report(batch: int, seconds: dict[str, list[float]], *, beside: str) -> None:
    """Print a table; `beside` is the contender whose speed is 1."""
    rate = 2 * PRODUCT_SIDE**3 / median(seconds[PRODUCT])
    print(f"{'':<22}{'ms':>7}{'spread':>8}{'crops/s':>9}{'GFLOP/s':>9}{'ratio':>7}   {beside} = 1")
    for name, times in seconds.items():
        middle = median(times)
        line = f"{name:<22}{1e3 * middle:>7.0f}{100 * (max(times) - min(times)) / middle:>7.0f}%"
        if name in (PRODUCT, BF16_PRODUCT):
            flops = 2 * PRODUCT_SIDE**3 / middle
            print(f"{line}{'':>9}{flops / 1e9:>9.0f}{flops / rate:>7.2f}")
            continue
        flops = FLOP_A_PIXEL * batch * 24 * 24 / middle
        line += f"{batch / middle:>9.1f}{flops / 1e9:>9.0f}{flops / rate:>7.2f}"
        print(f"{line}{median(seconds[beside]) / middle:>8.2f}", flush=True)
    if BF16_PRODUCT in seconds:
        share = FLOP_A_PIXEL * batch * 24 * 24 * median(seconds[BF16_PRODUCT])
        share /= 2 * PRODUCT_SIDE**3 * median(seconds["bf16"])
        print(f"bf16, of the bf16 product: {share:.3f}")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="How fast a training step runs here.")
    parser.add_argument("--batches", default="8,16", help="crops a step, by commas")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=cores_at_hand())
    parser.add_argument("--brief", action="store_true")
    parser.add_argument("--no-mse", action="store_false", dest="mse")
    parser.add_argument("--no-adversarial", action="store_false", dest="adversarial")
    arguments = parser.parse_args()
    keep_freed_memory()
    threads = arguments.threads
    torch.set_num_threads(threads)
    clock_name = "process_time" if threads == 1 else "perf_counter"
    clock: Clock = getattr(time, clock_name)
    with_bf16 = has_bfloat16(CPU)
    print(f"{processor()}; PyTorch {torch.__version__}")
    if HELD in os.environ.get("LD_PRELOAD", ""):
        print("held to AVX2")
    print(f"{threads} thread{'s' * (threads > 1)}, {'CPU' if threads == 1 else 'wall'} time a step")
    with tempfile.TemporaryDirectory() as folder:
        photographs = write_photographs(Path(folder))
        for batch in map(int, arguments.batches.split(",")) if arguments.mse else ():
            native = replace(
                find_recipe("srresnet-mse-cpu"), content="mse", optimiser="adam", batch=batch
            )
            calls = {
                PRODUCT: product(clock),
                "native": step(native, clock),
                "torch": step(replace(native, kernels="torch"), clock),
            }
            if not arguments.brief:
                calls["native, loop"] = loop(native, photographs, clock)
                calls["plain eager"] = eager_elsewhere(batch, threads, clock_name)
            if with_bf16:
                calls[BF16_PRODUCT] = product(clock, torch.bfloat16)
                calls["bf16"] = step(native, clock, name="bf16")
            print(f"\nMSE, {batch} crops")
            report(batch, seconds := measure(calls, arguments.rounds), beside="torch")
            if not arguments.brief:
                looks = median(look(native, photographs, clock)() for _ in range(arguments.rounds))
                between = median(seconds["native, loop"]) * native.validate_every
                print(f"looks, of a whole run's time: {looks / (looks + between):.3f}")
        if not arguments.adversarial:
            return
        vgg = write_vgg(Path(folder, "vgg.safetensors"))
        native = replace(find_recipe("srgan-vgg54-cpu"), judges="fp32", discriminator_alone=0)
        calls = {
            PRODUCT: product(clock),
            "native": step(native, clock, vgg),
            "torch": step(replace(native, kernels="torch"), clock, vgg),
        }
        if with_bf16:
            calls["native, judges bf16"] = step(replace(native, judges="bf16"), clock, vgg)
            calls["bf16"] = step(native, clock, vgg, name="bf16")
        print(f"\nSRGAN-VGG54, {native.batch} crops")
        report(native.batch, measure(calls, arguments.rounds), beside="torch")


if __name__ == "__main__":
    main()
