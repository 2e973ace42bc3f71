"""How fast a GPU trains: a step beside the matrix rate, and a whole run beside its step.

    python benchmarks/gpu_training.py [--device cuda] [--recipes srresnet-mse,srgan-vgg54-fast]
                                      [--photographs FOLDER] [--vgg FILE] [--logs 5]

For each recipe: the step alone on crops of noise, as `fourfold train` sizes runs by it (captured
as a CUDA graph where it is one); drawing its crops alone, which a run on a GPU does beside its
steps; and a whole run, crops cut and reduced from photographs, update, log, without the looks at
held-out ones. Then, of the paper's generator, a plain step: fp32, eager,
default layout, Adam. The yardstick is an fp16 product of two matrices; work is counted as in
training.py: 3 x 4.436 MFLOP for each pixel of the LR crops, of the generator alone.

Goals: a run at 0.95 of its step or more; 20,000 crops a second of SRResNet, 5,000 of SRGAN. All
fits in five minutes. `--device cpu --recipes srresnet-mse-cpu --logs 1` runs the same lines without
a GPU.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

import torch
from gpu import product
from training import FLOP_A_PIXEL, write_photographs, write_vgg

from fourfold.cli.machine import processor
from fourfold.networks import Generator
from fourfold.training import Recipe, find_recipe, train
from fourfold.training.crops import Crops
from fourfold.training.devices import find_device
from fourfold.training.memory import keep_freed_memory
from fourfold.training.packing import is_pack, open_pack, pack
from fourfold.training.sizing import seconds_a_step

RECIPES = "srresnet-mse,srresnet-mse-fast,srgan-vgg54,srgan-vgg54-fast"
LOG_EVERY = 50  # steps, after which a run waits for its device


def multiplied(device: torch.device) -> float:
    """Floating-point operations a second of a product: the median of five."""
    dtype, side = (torch.float16, 8192) if device.type == "cuda" else (torch.float32, 1024)
    multiply, seconds = product(device, dtype, side), []
    for _ in range(7):
        start = time.perf_counter()
        multiply()
        wait(device)
        seconds.append(time.perf_counter() - start)
    return 2 * side**3 / median(seconds[2:])


def wait(device: torch.device) -> None:
    """Until the device has done what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def seconds_in_a_run(recipe: Recipe, photographs: Path, vgg: Path, device: str, logs: int) -> float:
    """Seconds of a step in a run, between the first log and the last."""
    steps = (logs + 1) * LOG_EVERY + 1
    recipe = replace(recipe, steps=steps, tenth=0, minutes=0.0, validate_every=steps, warm_up=1)
    recipe = replace(recipe, discriminator_alone=0, late_share=0.0, recalibrate=0)
    moments: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        train(
            recipe,
            Path(folder, "run"),
            data=[photographs],
            vgg=vgg,
            device=device,
            progress=lambda _step, _seen: moments.append(time.perf_counter()),
        )
    return (moments[-1] - moments[LOG_EVERY]) / (steps - 1 - LOG_EVERY)


def seconds_a_batch(recipe: Recipe, photographs: Path, device: torch.device) -> float:
    """Seconds of drawing a batch: the median of 20, after those that are captured."""
    packed, seconds = open_pack(photographs), []
    crops = Crops(packed, packed.places, recipe, device=device)
    for step in range(25):
        start = time.perf_counter()
        crops.batch(step)
        wait(device)
        seconds.append(time.perf_counter() - start)
    return median(seconds[5:])


def plain(recipe: Recipe, device: torch.device) -> float:
    """Seconds of a step in plain PyTorch: the median of ten, after three."""
    generator = Generator(recipe.generator).to(device)
    optimiser = torch.optim.Adam(generator.parameters())
    lr, hr = (
        torch.rand(recipe.batch, 3, side, side, device=device)
        for side in (recipe.lr_crop, recipe.hr_crop)
    )
    seconds = []
    for _ in range(13):
        start = time.perf_counter()
        optimiser.zero_grad()
        torch.autograd.backward((generator(lr) - hr).square().mean())
        optimiser.step()
        wait(device)
        seconds.append(time.perf_counter() - start)
    return median(seconds[3:])


def line(name: str, batch: int, seconds: float, pixels: int, rate: float) -> str:
    """A row: what it took, crops a second, the generator's share of the matrix rate."""
    share = FLOP_A_PIXEL * pixels / seconds / rate
    return f"  {name:<30}{batch:>6}{1e3 * seconds:>10.2f} ms{batch / seconds:>12,.1f}{share:>9.3f}"


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="How fast a GPU trains.")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--recipes", default=RECIPES)
    parser.add_argument("--photographs", type=Path, help="a folder or a packed set [made ones]")
    parser.add_argument("--vgg", type=Path, help="VGG19's weights [random ones]")
    parser.add_argument("--logs", type=int, default=5, help="of 50 steps each, that a run is timed")
    arguments = parser.parse_args()
    device = find_device(arguments.device)
    keep_freed_memory()
    named = torch.cuda.get_device_name(device) if device.type == "cuda" else processor()
    rate = multiplied(device)
    print(f"{named}; PyTorch {torch.__version__}; matrix product {rate / 1e12:.2f} TFLOP/s")
    print(f"  {'':<30}{'batch':>6}{'a step':>13}{'crops/s':>12}{'share':>9}")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "made")
        made.mkdir()
        photographs = arguments.photographs or write_photographs(made)
        if not is_pack(photographs):
            pack([photographs], Path(folder, "pack"))
            photographs = Path(folder, "pack")
        vgg = arguments.vgg or write_vgg(Path(folder, "vgg.safetensors"))
        for recipe in map(find_recipe, arguments.recipes.split(",")):
            if not arguments.photographs:  # the made ones are fewer than a batch
                recipe = replace(recipe, crops_from="area")
            pixels = recipe.batch * recipe.lr_crop**2
            alone = seconds_a_step(recipe, vgg, device, "auto")
            print(line(recipe.name, recipe.batch, alone, pixels, rate), flush=True)
            drawing = seconds_a_batch(recipe, photographs, device)
            print(line("  its crops", recipe.batch, drawing, pixels, rate)[:-9], flush=True)
            run = seconds_in_a_run(recipe, photographs, vgg, arguments.device, arguments.logs)
            print(line("  a whole run", recipe.batch, run, pixels, rate), end="")
            print(f"   {alone / run:.2f} of the step", flush=True)
        paper = find_recipe("srresnet-mse")
        seconds = plain(paper, device)
        print(line("plain eager, fp32", paper.batch, seconds, paper.batch * paper.lr_crop**2, rate))


if __name__ == "__main__":
    main()
