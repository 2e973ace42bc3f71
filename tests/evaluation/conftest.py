"""A test set of three small pictures, and scores that were worked out by hand."""

from pathlib import Path

import numpy as np
import pytest

from fourfold.evaluation import MEASURES, Proof, Scores
from fourfold.evaluation.crops import Crop
from fourfold.evaluation.scores import PictureScores
from fourfold.imaging import write_image
from fourfold.metrics import PAPER


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory, photograph: np.ndarray) -> Path:
    """A root with one set, Tiny: two pictures in colour and one in grey, 48 rows, 64 columns."""
    root = tmp_path_factory.mktemp("sets")
    (root / "Tiny" / "HR").mkdir(parents=True)
    pictures = {"face": photograph, "mirror": photograph[:, ::-1], "plain": photograph[:, :, 1]}
    for name, picture in pictures.items():
        write_image(picture, root / "Tiny" / "HR" / f"{name}.png")
    return root


@pytest.fixture
def scores() -> Scores:
    """Two methods on six pictures of Set5 and one of Set14, PSNR and LPIPS alone."""
    rows = [("Set5", name, 20.0 + place, 21.0 + 2 * place) for place, name in enumerate("abcdef")]
    rows.append(("Set14", "comic", 21.5, 23.5))
    return Scores(
        protocol=PAPER,
        scale=4,
        measures=(MEASURES["psnr_y"], MEASURES["lpips"]),
        methods={"bicubic": "a = -0.5", "srgan": "realism=1"},
        pictures=tuple(
            PictureScores(
                test_set=test_set,
                picture=picture,
                scores={
                    "bicubic": {"psnr_y": bicubic, "lpips": 0.34},
                    "srgan": {"psnr_y": srgan, "lpips": 0.08},
                },
                crop=Crop(0, 0, 8, 8, 1.0),
            )
            for test_set, picture, bicubic, srgan in rows
        ),
        failures=(),
        proof=Proof((), ("Set5 is measured on 6 pictures.",)),
    )
