"""What a user waits for, and the memory it takes: from file to file, whole processes too.

    python benchmarks/upscale.py [--rounds 5] [--only files,folder,start,consistency,memory]
                                 [--no-scripts]

files: one picture, PNG and JPEG, beside the network alone on the same pixels. folder: fifty small
pictures, as a rate beside the engine's on the same ones. start: a 64x64 picture in a process of its
own, beside a bare `import numpy`. consistency: the passes beside the network. memory: the peak of a
process each. Scripts with Pillow and ONNX Runtime or OpenVINO run the same network in the same
rounds. Every contender runs once in each round, so that a busy neighbour slows all of them.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from inference import picture

from fourfold import Upscaler, __version__
from fourfold.cli.machine import cores_at_hand, processor
from fourfold.engine import NativeConsistency, NativeEngine
from fourfold.imaging import write_image
from fourfold.upscaling.onnx_export import export_onnx
from fourfold.weights import fold, load_weights

if TYPE_CHECKING:
    from rival_scripts import Script

MODEL = "srgan"
SIDES = (240, 320)  # of the single picture: a rival takes gigabytes for much larger ones
SMALL, COUNT = (240, 320), 50
TALL, SHORT, WIDE = 5_000, 500, 2_000

CHILD = """
import resource, sys
from fourfold import Upscaler
Upscaler("srgan").file(sys.argv[1], sys.argv[2], overwrite=True)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def measure(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of wall time of each call in each round, after one round that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for counted in range(-1, rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if counted >= 0:
                seconds[name].append(time.perf_counter() - start)
    return seconds


def show(seconds: dict[str, list[float]], *, beside: str) -> None:
    """Medians, spreads, and the median over the rounds of the ratio to one of them."""
    for name, times in seconds.items():
        ratio = median(one / other for one, other in zip(times, seconds[beside], strict=True))
        spread = (max(times) - min(times)) / median(times)
        print(f"  {name:<34}{1e3 * median(times):>9.0f} ms{100 * spread:>6.0f}%{ratio:>8.2f}")


def network_alone(pixels: list[np.ndarray]) -> Callable[[], object]:
    """The engine on pictures that lie in memory, nothing else."""
    engine = NativeEngine(fold(load_weights(MODEL)))

    def run() -> None:
        for lr in pixels:
            engine.open(lr.shape[1]).push(lr, last=True)

    return run


def rivals(folder: Path) -> "dict[str, Script]":
    """The scripts, on the network that `fourfold export` writes."""
    from rival_scripts import with_onnx_runtime, with_open_vino  # need `make benchmark`'s group

    export_onnx(folder / "network.onnx", MODEL, overwrite=True)
    threads = cores_at_hand()
    return {
        "script with OpenVINO": with_open_vino(folder / "network.onnx", threads),
        "script with ONNX Runtime": with_onnx_runtime(folder / "network.onnx", threads),
    }


def files(folder: Path, rounds: int, scripts: bool) -> None:
    """One picture, from file to file."""
    lr, upscaler = picture(*SIDES), Upscaler(MODEL)
    calls: dict[str, Callable[[], object]] = {"network alone": network_alone([lr])}
    for kind in ("png", "jpg"):
        source, target = folder / f"lr.{kind}", folder / f"sr.{kind}"
        write_image(lr, source)

        def ours(source: Path = source, target: Path = target) -> None:
            upscaler.file(source, target, overwrite=True)

        calls[f"fourfold, {kind}"] = ours
        for name, script in (rivals(folder) if scripts else {}).items():

            def theirs(script: "Script" = script, a: Path = source, b: Path = target) -> None:
                script(a, b)

            calls[f"{name}, {kind}"] = theirs
    print(f"\nfiles: {SIDES[1]}x{SIDES[0]}, from file to file; time, network alone = 1")
    show(measure(calls, rounds), beside="network alone")


def small_folder(folder: Path, rounds: int, scripts: bool) -> None:
    """Fifty small pictures by one upscaler, one after another, as the command does."""
    rng = np.random.default_rng(0)
    pixels = [np.roll(picture(*SMALL), int(rng.integers(320)), axis=1) for _ in range(COUNT)]
    sources = [folder / f"{number}.png" for number in range(COUNT)]
    for lr, source in zip(pixels, sources, strict=True):
        write_image(lr, source)
    upscaler = Upscaler(MODEL)

    def ours() -> None:
        for source in sources:
            upscaler.file(source, folder / "sr.png", overwrite=True)

    calls: dict[str, Callable[[], object]] = {
        "network alone": network_alone(pixels),
        "fourfold": ours,
    }
    for name, script in (rivals(folder) if scripts else {}).items():

        def theirs(script: "Script" = script) -> None:
            for source in sources:
                script(source, folder / "sr.png")

        calls[name] = theirs
    print(f"\nfolder: {COUNT} pictures of {SMALL[1]}x{SMALL[0]}; time, network alone = 1")
    show(measure(calls, rounds), beside="network alone")


def start(folder: Path, rounds: int, _: bool) -> None:
    """A 64x64 picture in a process of its own."""
    write_image(picture(64, 64), folder / "64.png")
    command = [sys.executable, "-m", "fourfold", "upscale", str(folder / "64.png")]
    command += ["-o", str(folder / "64_x4.png"), "--overwrite"]
    commands = {"import numpy": [sys.executable, "-c", "import numpy"], "fourfold upscale": command}

    def process(command: list[str]) -> Callable[[], object]:
        return lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    calls = {name: process(command) for name, command in commands.items()}
    print("\nstart: a 64x64 picture, whole process; time, import numpy = 1")
    show(measure(calls, 2 * rounds + 1), beside="import numpy")


def consistency(_: Path, rounds: int, __: bool) -> None:
    """The passes of back-projection, beside the network."""
    lr = picture(*SIDES)
    floats = lr.astype(np.float32) / 255
    sr = NativeEngine(fold(load_weights(MODEL))).open(lr.shape[1]).push(floats, last=True)

    def passes() -> None:
        NativeConsistency(lr.shape[1], scale=4).push(floats, sr, dtype=np.uint8, last=True)

    print("\nconsistency: the passes; time, network alone = 1")
    show(
        measure({"network alone": network_alone([lr]), "consistency": passes}, rounds),
        beside="network alone",
    )


def memory(folder: Path, _: int, __: bool) -> None:
    """The peak of a process, for a picture and for one of ten times as many rows."""
    print("\nmemory: peak of a whole process")
    peaks = []
    for rows in (SHORT, TALL):
        source = folder / f"{rows}.png"
        write_image(picture(rows, WIDE), source)
        command = [sys.executable, "-c", CHILD, str(source), str(folder / "sr.png")]
        result = subprocess.run(command, check=True, capture_output=True, text=True)
        peaks.append(float(result.stdout))
        print(f"  {WIDE} columns, {rows:>5} rows {peaks[-1]:>7.0f} MB", flush=True)
    print(f"  ten times the rows take {peaks[1] / peaks[0]:.3f} of the memory")


PARTS = {
    "files": files,
    "folder": small_folder,
    "start": start,
    "consistency": consistency,
    "memory": memory,
}


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="What a user waits for.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default=",".join(PARTS), help="parts, by commas")
    parser.add_argument("--no-scripts", action="store_true", help="leave the rivals out")
    arguments = parser.parse_args()
    print(f"{processor()}; fourfold {__version__}, model {MODEL}")
    print("medians, spread of the rounds, median of the rounds' ratios")
    for part in arguments.only.split(","):
        with tempfile.TemporaryDirectory() as folder:
            PARTS[part](Path(folder), arguments.rounds, not arguments.no_scripts)


if __name__ == "__main__":
    main()
