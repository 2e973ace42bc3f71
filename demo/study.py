"""Make a short study of the shipped photographs, and serve it on this machine alone."""

import os
import sys
from pathlib import Path

import numpy as np

from fourfold import Upscaler
from fourfold.imaging import enlarge, read_image, write_image
from fourfold.study import create_study, find_preset

HERE = Path(__file__).parent
PICTURES = HERE / "results" / "study-pictures"
STUDY = HERE / "results" / "study"
MODELS = ("srresnet", "srgan")
METHODS = ("nearest", "bicubic", *MODELS)
CUT_WIDTH, CUT_HEIGHT = 480, 360  # pixels; fit a phone held upright, and any window


def main() -> None:
    """Make the study unless it is there, and serve it until Ctrl-C."""
    if not STUDY.exists():
        make_pictures()
        create_study(
            STUDY,
            methods={method: PICTURES / method for method in METHODS},
            reference=PICTURES / "original",
            design=find_preset("short"),
            say=print,
        ).close()
    print(f"The study lies in {STUDY}; Ctrl-C ends, and the same command goes on.", flush=True)
    serve = [sys.executable, "-m", "fourfold", "study", "serve", str(STUDY), *sys.argv[1:]]
    os.execv(sys.executable, serve)  # in this process's place: what ends one ends the other


def make_pictures() -> None:
    """Enlarge each photograph by every method, and keep the middle beside the original's."""
    upscalers = {model: Upscaler(model) for model in MODELS}
    for path in sorted((HERE / "photographs" / "lr").glob("*.png")):
        lr = read_image(path)
        made = {"nearest": lr.repeat(4, axis=0).repeat(4, axis=1), "bicubic": enlarge(lr, 4)}
        made |= {model: upscaler(lr) for model, upscaler in upscalers.items()}
        made["original"] = read_image(HERE / "photographs" / "hr" / f"{path.stem}.jpg")
        top, left = (4 * lr.shape[0] - CUT_HEIGHT) // 2, (4 * lr.shape[1] - CUT_WIDTH) // 2
        for method, pixels in made.items():
            (PICTURES / method).mkdir(parents=True, exist_ok=True)
            cut = pixels[top : top + CUT_HEIGHT, left : left + CUT_WIDTH]
            write_image(np.ascontiguousarray(cut), PICTURES / method / f"{path.stem}.png")


if __name__ == "__main__":
    main()
