"""How long each metric takes on BSD100, beside SRResNet's upscaling of the same pictures.

python benchmarks/metrics.py [--pictures 20] [--rounds 3] [--threads 1]
"""

import argparse
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import torch
from skimage.metrics import structural_similarity

from fourfold import Upscaler
from fourfold.cli.machine import processor
from fourfold.evaluation import MEASURES, Compared, find_dataset
from fourfold.metrics import PAPER


def main() -> None:
    """Run the benchmark: CPU seconds a picture, medians over rounds."""
    parser = argparse.ArgumentParser(description="How long each metric takes.")
    parser.add_argument("--data", type=Path, default=os.environ.get("FOURFOLD_DATA"))
    parser.add_argument("--pictures", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    upscaler = Upscaler("srresnet", device="cpu", threads=arguments.threads)
    pairs = find_dataset(arguments.data / "test", ["BSD100"], limit=arguments.pictures).pairs
    small = [pair.read() for pair in pairs]
    results = [upscaler(lr) for lr, _ in small]
    print(
        f"{processor()}\n{len(pairs)} pictures of BSD100, {arguments.threads} thread"
        f"{'s' * (arguments.threads != 1)}; CPU time a picture"
    )
    network = timed(lambda: [upscaler(lr) for lr, _ in small], arguments.rounds) / len(small)
    show(f"srresnet, {upscaler.engine}", network, network)

    def pictures() -> list[Compared]:
        return [Compared(sr, hr, lr, 4, PAPER) for (lr, hr), sr in zip(small, results, strict=True)]

    for name, measure in MEASURES.items():
        seconds = timed(partial(measured, measure.of, pictures), arguments.rounds)
        show(name, seconds / len(small), network)
    first, second = all_metrics(pictures, arguments.rounds)
    show("all metrics, first method", first / len(small), network)
    show("all metrics, each further", second / len(small), network)
    theirs = timed(lambda: [scikit_image(each) for each in pictures()], arguments.rounds)
    show("scikit-image's ssim_y", theirs / len(small), network)


def measured(
    of: Callable[[Compared], float], pictures: Callable[[], list[Compared]]
) -> list[float]:
    """One metric of all pictures, y channels computed anew."""
    return [of(each) for each in pictures()]


def all_metrics(pictures: Callable[[], list[Compared]], rounds: int) -> tuple[float, float]:
    """CPU seconds of all metrics of a first method, and of a further one on the same picture.

    Of an original's LPIPS features, and of nothing else, the first leaves something to the next.
    """
    totals: list[list[float]] = [[], []]
    for _ in range(rounds + 1):
        for total in totals:
            total.append(0.0)
        for pair in zip(pictures(), pictures(), strict=True):
            for total, each in zip(totals, pair, strict=True):
                start = time.process_time()
                for measure in MEASURES.values():
                    measure.of(each)
                total[-1] += time.process_time() - start
    return median(totals[0][1:]), median(totals[1][1:])


def scikit_image(pictures: Compared) -> float:
    """The usual SSIM by scikit-image, with the options that follow Wang et al."""
    sr, hr = (np.ascontiguousarray(plane[4:-4, 4:-4]) for plane in pictures.y)
    return float(
        structural_similarity(  # type: ignore[no-untyped-call]
            sr, hr, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255
        )
    )


def timed(call: Callable[[], object], rounds: int) -> float:
    """Median CPU seconds of a call, which other processes disturb less than they do wall time."""
    call()
    seconds = []
    for _ in range(rounds):
        start = time.process_time()
        call()
        seconds.append(time.process_time() - start)
    return median(seconds)


def show(name: str, seconds: float, network: float) -> None:
    """Print one line."""
    print(f"{name:<28}{1e3 * seconds:>8.1f} ms{seconds / network:>8.2f} of the network", flush=True)


if __name__ == "__main__":
    main()
