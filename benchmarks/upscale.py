"""What a user waits for, and the memory it takes: from file to file, whole processes too.

    python benchmarks/upscale.py [--rounds 5] [--no-scripts]
                                 [--only files,folder,cores,start,consistency,memory]

files: one picture, PNG and JPEG, beside the network alone on the same pixels; and what of it is
decoding. folder: the command on a folder of fifty small pictures, a whole process less what the
same command takes for a folder of one tiny picture, beside the engine's rate on the same pixels.
cores: small pictures one at a time on all cores, or one on each core. start: a 64x64 picture in a
process of its own, beside a bare `import numpy`. consistency: the passes beside the network.
memory: the peak of a process each. Scripts with Pillow and ONNX Runtime or OpenVINO run the same
network in the same rounds. Every contender runs once in each round, so that a busy neighbour slows
all of them.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from inference import picture

from fourfold import Upscaler, __version__
from fourfold.cli.machine import processor
from fourfold.engine import NativeConsistency, NativeEngine, cores_at_hand
from fourfold.imaging import PictureRows, write_image
from fourfold.upscaling.onnx_export import export_onnx
from fourfold.weights import fold, load_weights

if TYPE_CHECKING:
    from rival_scripts import Script

MODEL = "srgan"
SIDES = (240, 320)  # of the single picture: a rival takes gigabytes for much larger ones
SMALL, COUNT, FEW = (240, 320), 50, 5
TALL, SHORT, WIDE = 5_000, 500, 2_000

CHILD = """
import re, sys
from pathlib import Path
from fourfold import Upscaler
Upscaler("srgan").file(sys.argv[1], sys.argv[2], overwrite=True)
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024)
"""
# Not ru_maxrss: a child begins with its parent's peak there, which hides its own.


def measure(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of wall time of each call in each round, after one round that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for counted in range(-1, rounds):
        for name, call in calls.items():
            taken = seconds_of(call)
            if counted >= 0:
                seconds[name].append(taken)
    return seconds


def seconds_of(call: Callable[[], object]) -> float:
    """Seconds of wall time of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def small_pictures(count: int, sides: tuple[int, int]) -> list[np.ndarray]:
    """Different ones of one size."""
    rng = np.random.default_rng(0)
    return [np.roll(picture(*sides), int(rng.integers(sides[1])), axis=1) for _ in range(count)]


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

        def decode(source: Path = source) -> None:
            list(PictureRows(source).read(64))

        calls[f"fourfold, {kind}"] = ours
        calls[f"decoding alone, {kind}"] = decode
        for name, script in (rivals(folder) if scripts else {}).items():

            def theirs(script: "Script" = script, a: Path = source, b: Path = target) -> None:
                script(a, b)

            calls[f"{name}, {kind}"] = theirs
    print(f"\nfiles: {SIDES[1]}x{SIDES[0]}, from file to file; time, network alone = 1")
    show(measure(calls, rounds), beside="network alone")


def small_folder(folder: Path, rounds: int, scripts: bool) -> None:
    """The command on fifty small pictures, by the picture."""
    pixels = small_pictures(COUNT, SMALL)
    many, one = folder / "many", folder / "one"
    sources = [many / f"{number}.png" for number in range(COUNT)]
    for place in (many, one):
        place.mkdir()
    for lr, source in zip(pixels, sources, strict=True):
        write_image(lr, source)
    write_image(pixels[0][:8, :8], one / "tiny.png")

    def command(place: Path) -> float:
        arguments = ["upscale", str(place), "-o", str(folder / "out"), "--overwrite", "--quiet"]
        return seconds_of(
            lambda: subprocess.run([sys.executable, "-m", "fourfold", *arguments], check=True)
        )

    network = network_alone(pixels)
    names: dict[str, Callable[[], float]] = {
        "network alone": lambda: seconds_of(network) / COUNT,
        "fourfold upscale FOLDER": lambda: (command(many) - command(one)) / COUNT,
    }
    for name, script in (rivals(folder) if scripts else {}).items():

        def theirs(script: "Script" = script) -> float:
            start = time.perf_counter()
            for source in sources[:FEW]:
                script(source, folder / "sr.png")
            return (time.perf_counter() - start) / FEW

        theirs()
        names[name] = theirs
    print(f"\nfolder: {COUNT} pictures of {SMALL[1]}x{SMALL[0]}, by the picture; network alone = 1")
    network_alone(pixels[:FEW])()
    taken: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds):
        for name, call in names.items():
            taken[name].append(call())
    show(taken, beside="network alone")


def at_once(count: int, upscaler: Upscaler, pixels: list[np.ndarray]) -> None:
    """So many pictures at a time."""
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(upscaler, pixels))


def cores(_: Path, rounds: int, __: bool) -> None:
    """Pictures one at a time on all cores, two at once on all cores, or one on each core."""
    for sides in ((32, 32), (96, 96), SMALL):
        count = max(20_000 * COUNT // (sides[0] * sides[1]) // 10, 6)
        pixels = small_pictures(count, sides)
        together, apart = Upscaler(MODEL), Upscaler(MODEL, threads=1)
        calls: dict[str, Callable[[], object]] = {
            "one at a time, all cores": partial(at_once, 1, together, pixels),
            "two at once, all cores": partial(at_once, 2, together, pixels),
            "one on each core": partial(at_once, cores_at_hand(), apart, pixels),
        }
        print(f"\ncores: {count} pictures of {sides[1]}x{sides[0]}, in memory")
        show(measure(calls, rounds), beside="one at a time, all cores")


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
    print("\nmemory: peak of a whole process (Linux)")
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
    "cores": cores,
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
