"""Enlarge the shipped photographs, measure them against the truth, and lay them side by side.

The README's picture: python demo/demo.py --only red-panda,sun-temple --strip docs/before-after.jpg
"""

import argparse
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from fourfold import Upscaler
from fourfold.imaging import enlarge, read_image, write_image
from fourfold.metrics import PAPER, psnr_y

HERE = Path(__file__).parent
RESULTS = HERE / "results"
MODELS = ("srresnet", "srgan")
COLUMNS = ("bicubic", *MODELS, "original")

# What the strip shows of each photograph: left and top of a cut, pixels of the original.
CUTS = {
    "red-panda": (330, 60),
    "kingfisher": (360, 30),
    "crab": (300, 120),
    "sun-temple": (0, 120),
    "london-rain": (300, 350),
}
CUT_WIDTH, CUT_HEIGHT, CAPTION_HEIGHT, GAP = 320, 260, 36, 4


def main() -> None:
    """Run the demonstration."""
    parser = argparse.ArgumentParser(description="Enlarge the shipped photographs.")
    parser.add_argument("--only", default=",".join(CUTS), help="photographs, by commas")
    parser.add_argument("--strip", type=Path, default=RESULTS / "before-after.png")
    arguments = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    upscalers = {model: Upscaler(model) for model in MODELS}
    print(f"\n{'':<12} {'pixels':<19}{'bicubic':>11}{'srresnet':>18}{'srgan':>18}")
    rows = [enlarge_photograph(name, upscalers) for name in arguments.only.split(",")]
    write_image(before_after(rows), arguments.strip)
    print(f"""
PSNR, in decibels, is of the y channel against the original: higher is closer,
pixel by pixel. The picture that looks best does not score best, which is the
paper's point: where detail is lost, the closest guess is the blurred mean of
all that could have been there, and srresnet draws it; srgan draws one of them,
which may be off in every pixel and still look true.

Results       {display(RESULTS)}/
Before/after  {display(arguments.strip)}
              ({" | ".join(COLUMNS)})
Your own      fourfold upscale photo.jpg   (in {display(HERE.parent / ".venv")}/bin)""")


def enlarge_photograph(name: str, upscalers: dict[str, Upscaler]) -> list[np.ndarray]:
    """Enlarge one photograph by every method and print its line; its cuts for the strip."""
    lr = read_image(HERE / "photographs" / "lr" / f"{name}.png")
    scale = upscalers["srgan"].config.scale
    height, width = (scale * side for side in lr.shape[:2])
    # lr was made from the original cut at the right and bottom to whole lr pixels.
    hr = read_image(HERE / "photographs" / "hr" / f"{name}.jpg")[:height, :width]
    pictures = {"bicubic": enlarge(lr, scale)}
    line = f"{name:<12} {f'{lr.shape[1]}x{lr.shape[0]} to {width}x{height}':<19}"
    line += f"{psnr_y(pictures['bicubic'], hr, scale=scale, protocol=PAPER):8.2f} dB"
    for model, upscaler in upscalers.items():
        start = time.perf_counter()
        pictures[model] = upscaler(lr)
        seconds = time.perf_counter() - start
        write_image(pictures[model], RESULTS / f"{name}_{model}.png")
        score = psnr_y(pictures[model], hr, scale=scale, protocol=PAPER)
        line += f"{score:8.2f} dB {seconds:4.1f} s"
    print(line, flush=True)
    left, top = CUTS[name]
    pictures["original"] = hr
    return [pictures[column][top : top + CUT_HEIGHT, left : left + CUT_WIDTH] for column in COLUMNS]


def before_after(rows: list[list[np.ndarray]]) -> np.ndarray:
    """A picture with a caption over each column and the cuts of one photograph in each row."""
    height = CAPTION_HEIGHT + len(rows) * (CUT_HEIGHT + GAP)
    strip = Image.new("RGB", (len(COLUMNS) * (CUT_WIDTH + GAP) - GAP, height - GAP), "white")
    draw = ImageDraw.Draw(strip)
    font = ImageFont.load_default(size=20)
    for column, caption in enumerate(COLUMNS):
        left = column * (CUT_WIDTH + GAP)
        middle = (left + CUT_WIDTH / 2, CAPTION_HEIGHT / 2)
        draw.text(middle, caption, fill="black", font=font, anchor="mm")
        for row, cuts in enumerate(rows):
            top = CAPTION_HEIGHT + row * (CUT_HEIGHT + GAP)
            strip.paste(Image.fromarray(cuts[column]), (left, top))
    return np.asarray(strip)


def display(path: Path) -> Path:
    """A path as the user would type it from where they are, if it lies below."""
    here = Path.cwd()
    return path.resolve().relative_to(here) if path.resolve().is_relative_to(here) else path


if __name__ == "__main__":
    main()
