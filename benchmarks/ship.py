r"""A run's weights made fit to ship: half precision, scored, with what the card says of them.

    python benchmarks/ship.py RUN --name NAME --purpose "..." --recipe "..." --data "..." \
        --sets "$FOURFOLD_DATA/test" [--degraded FOLDER] [--partner NAME] [--consistent]

Writes NAME.safetensors into the folder of shipped weights, and prints the card's tables. Scores are
those that the tests repeat: protocol `paper`, fp32, the native engine, three channels of a grey
picture. `benchmarks/degraded.py` makes the degraded copy.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from fourfold.evaluation import Dataset, find_dataset
from fourfold.imaging import allow_known_loaders_only
from fourfold.metrics import PAPER, lpips, psnr_y, ssim_daala_y
from fourfold.upscaling import Upscaler
from fourfold.weights import Partner, load_weights, tensors_sha256, weights_path, write_weights

SHIPPED = weights_path("srresnet").parent
METRICS = ("psnr_y", "ssim_daala", "lpips_alex")


def scores_of(upscaler: Upscaler, dataset: Dataset) -> dict[str, dict[str, float]]:
    """Set by set the means over its pictures."""
    rows: dict[str, list[tuple[float, float, float]]] = {}
    for pair in dataset.pairs:
        lr, hr = pair.read()
        sr = upscaler(lr)
        psnr = psnr_y(sr, hr, scale=dataset.scale, protocol=PAPER)
        ssim = ssim_daala_y(sr, hr, scale=dataset.scale, protocol=PAPER)
        if hr.ndim == 2:
            sr, hr = upscaler(np.stack([lr] * 3, axis=2)), np.stack([hr] * 3, axis=2)
        rows.setdefault(pair.test_set, []).append((psnr, ssim, lpips(sr, hr)))
    return {
        test_set: {
            metric: round(float(mean), 3 if metric == "psnr_y" else 4)
            for metric, mean in zip(METRICS, np.mean(each, axis=0), strict=True)
        }
        for test_set, each in rows.items()
    }


def table(title: str, scores: dict[str, dict[str, float]]) -> Iterator[str]:
    """As the readable card has it."""
    yield f"| {title} | PSNR-y, dB | SSIM (daala) | LPIPS (AlexNet, v0.1) |"
    yield "|---|---|---|---|"
    for test_set, row in scores.items():
        psnr, ssim, distance = (row[metric] for metric in METRICS)
        yield f"| {test_set} | {psnr:.3f} | {ssim:.4f} | {distance:.4f} |"
    yield ""


def main() -> None:
    """Round, score, write."""
    parser = argparse.ArgumentParser(description="Make a run's weights fit to ship.")
    parser.add_argument("run")
    for name in ("name", "purpose", "recipe", "data"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--sets", type=Path, required=True)
    parser.add_argument("--degraded", type=Path)
    parser.add_argument("--partner")
    parser.add_argument("--consistent", action="store_true", help="as the default")
    arguments = parser.parse_args()
    allow_known_loaders_only()
    trained = load_weights(arguments.run)
    partner = arguments.partner and Partner(
        name=arguments.partner, sha256=tensors_sha256(load_weights(arguments.partner).tensors)
    )
    card = replace(
        trained.card,
        purpose=arguments.purpose,
        recipe=arguments.recipe,
        data=arguments.data,
        consistent=arguments.consistent,
        partner=partner or None,
        scores={},
        consistent_scores={},
    )
    tensors = {name: tensor.astype(np.float16) for name, tensor in trained.tensors.items()}
    target = SHIPPED / f"{arguments.name}.safetensors"
    weights = replace(trained, tensors=tensors, card=card)
    write_weights(target, weights)

    roots = {"paper": arguments.sets, "paper, degraded": arguments.degraded}
    kinds: dict[bool, dict[str, dict[str, dict[str, float]]]] = {}
    lines: list[str] = []
    for consistent in (False, True):
        upscaler = Upscaler(target, device="cpu", consistent=consistent)
        kinds[consistent] = {
            title: scores_of(upscaler, find_dataset(root, scale=trained.config.scale))
            for title, root in roots.items()
            if root
        }
        how = "with consistency" if consistent else "network alone"
        for title, scores in kinds[consistent].items():
            lines += table(f"{how}, protocol `{title}`, fp32", scores)
    card = replace(card, scores=kinds[False], consistent_scores=kinds[True])
    write_weights(target, replace(weights, card=card))
    lines += [f"- **Crops**: {card.crops}", f"- **Tensors' sha256**: `{tensors_sha256(tensors)}`"]
    print("\n".join(lines))


if __name__ == "__main__":
    main()
