"""Evaluation scores every picture, goes on past what fails, and computes nothing twice."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from fourfold import evaluate
from fourfold.errors import UnknownMethod
from fourfold.evaluation import Case, Method, Scores, find_dataset
from fourfold.imaging import enlarge, write_image
from fourfold.metrics import (
    LITERATURE,
    PAPER,
    consistency,
    lpips,
    psnr_rgb,
    psnr_y,
    ssim_daala_y,
    ssim_y,
)


def counting(calls: list[str], *, key: str = "key") -> Method:
    def run(case: Case) -> np.ndarray:
        calls.append(case.pair.name)
        return 255 - enlarge(case.lr, 4)

    return Method(name="negative", settings="", run=run, key=key)


def table(scores: Scores) -> dict[str, dict[str, dict[str, float]]]:
    return {
        row.picture: {name: dict(own) for name, own in row.scores.items()}
        for row in scores.pictures
    }


def test_scores_are_those_of_the_metrics_as_plain_functions(tiny: Path):
    scores = evaluate(["bicubic"], tiny)
    pair = find_dataset(tiny).pairs[0]
    lr, hr = pair.read()
    sr = enlarge(lr, 4)
    assert table(scores)[pair.name]["bicubic"] == pytest.approx(
        {
            "psnr_y": psnr_y(sr, hr, scale=4, protocol=PAPER),
            "ssim_daala_y": ssim_daala_y(sr, hr, scale=4, protocol=PAPER),
            "ssim_y": ssim_y(sr, hr, scale=4, protocol=PAPER),
            "lpips": lpips(sr, hr),
            "psnr_rgb": psnr_rgb(sr, hr, scale=4),
            "consistency": consistency(sr, lr, scale=4),
        },
        rel=1e-6,
    )


def test_functions_can_be_measured_by_name(tiny: Path):
    scores = evaluate({"mine": lambda lr: enlarge(lr, 4)}, tiny, metrics=["psnr_y"])
    theirs = evaluate(["bicubic"], tiny, metrics=["psnr_y"])
    assert scores.mean("mine", "Tiny", "psnr_y") == theirs.mean("bicubic", "Tiny", "psnr_y")


def test_the_protocol_decides_and_is_kept(tiny: Path):
    ours, theirs = (
        evaluate(["bicubic"], tiny, metrics=["psnr_y"], protocol=protocol)
        for protocol in (PAPER, LITERATURE)
    )
    assert ours.protocol is PAPER and theirs.protocol is LITERATURE
    assert ours.mean("bicubic", "Tiny", "psnr_y") != theirs.mean("bicubic", "Tiny", "psnr_y")


def test_a_method_that_raises_fails_that_picture_by_name_and_the_rest_goes_on(tiny: Path):
    def fragile(lr: np.ndarray) -> np.ndarray:
        if lr.ndim == 2:
            raise ZeroDivisionError("no colour")
        return enlarge(lr, 4)

    scores = evaluate({"fragile": fragile, "sound": lambda lr: enlarge(lr, 4)}, tiny)
    assert [str(failure) for failure in scores.failures] == [
        "fragile failed on Tiny/plain: ZeroDivisionError: no colour"
    ]
    assert scores.count("Tiny", "fragile") == 2 and scores.count("Tiny", "sound") == 3


@pytest.mark.parametrize(
    ("result", "complaint"),
    [
        (lambda lr: lr, "the result is 16x12, the original 64x48."),
        (lambda lr: enlarge(lr, 4).astype(np.uint16), "the result is uint16 of shape (48, 64, 3);"),
        (lambda lr: enlarge(lr, 4)[..., :1], "the result is uint8 of shape (48, 64, 1);"),
    ],
)
def test_a_result_of_another_size_or_type_is_a_failure(tiny: Path, result, complaint: str):
    scores = evaluate({"odd": result}, tiny, metrics=["psnr_y"])
    assert complaint in str(scores.failures[0])


def test_an_original_that_cannot_be_read_is_a_failure(tiny: Path, tmp_path: Path):
    root = tmp_path / "sets"
    shutil.copytree(tiny, root)
    (root / "Tiny/HR/face.png").write_bytes(b"")
    scores = evaluate(["bicubic"], root, metrics=["psnr_y"])
    assert "Tiny/face" in str(scores.failures[0]) and len(scores.pictures) == 2


def test_what_is_in_the_cache_is_not_computed_again(tiny: Path, tmp_path: Path):
    calls: list[str] = []
    first = evaluate([counting(calls)], tiny, cache=tmp_path / "cache")
    second = evaluate([counting(calls), "bicubic"], tiny, cache=tmp_path / "cache")
    assert sorted(calls) == ["face", "mirror", "plain"]
    assert table(first)["face"]["negative"] == table(second)["face"]["negative"]


def test_a_changed_method_or_picture_is_computed_again(tiny: Path, tmp_path: Path):
    calls: list[str] = []
    root = tmp_path / "sets"
    shutil.copytree(tiny, root)
    evaluate([counting(calls)], root, cache=tmp_path / "cache")
    evaluate([counting(calls, key="other")], root, cache=tmp_path / "cache")
    assert len(calls) == 6
    write_image(np.zeros((48, 64, 3), np.uint8), root / "Tiny/HR/face.png")
    evaluate([counting(calls)], root, cache=tmp_path / "cache")
    assert calls[6:] == ["face"]


def test_a_damaged_cache_changes_nothing(tiny: Path, tmp_path: Path):
    before = evaluate([counting([])], tiny, cache=tmp_path)
    for path in tmp_path.rglob("*.*"):
        path.write_bytes(path.read_bytes()[:20])
    after = evaluate([counting([])], tiny, cache=tmp_path)
    assert table(before) == table(after)


def test_the_same_scores_come_without_a_cache(tiny: Path, tmp_path: Path):
    cached = [evaluate(["srresnet"], tiny, cache=tmp_path) for _ in range(2)]
    assert table(cached[0]) == table(cached[1]) == table(evaluate(["srresnet"], tiny))


def test_progress_tells_of_every_picture(tiny: Path):
    told: list[tuple[int, int]] = []
    evaluate(["nearest"], tiny, metrics=["psnr_y"], progress=lambda *step: told.append(step))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_two_methods_of_one_name_are_refused(tiny: Path):
    with pytest.raises(UnknownMethod, match="Two methods are called 'bicubic'"):
        evaluate(["bicubic", "bicubic"], tiny)


def test_no_method_is_refused(tiny: Path):
    with pytest.raises(UnknownMethod, match="No method is named"):
        evaluate([], tiny)


def test_an_unknown_metric_is_named_with_the_nearest(tiny: Path):
    with pytest.raises(UnknownMethod, match=r"no metric 'psnr'.*Did you mean 'psnr_y'"):
        evaluate(["bicubic"], tiny, metrics=["psnr"])


def test_the_cut_shown_is_where_methods_differ(tiny: Path, tmp_path: Path):
    big = np.full((480, 640, 3), 128, np.uint8)
    big[300:420, 400:560] = np.random.default_rng(0).integers(0, 256, (120, 160, 3))
    (tmp_path / "S").mkdir()
    write_image(big, tmp_path / "S" / "one.png")
    flat = {"flat": lambda _: np.full((480, 640, 3), 128, np.uint8)}
    functions = {**flat, "sharp": lambda lr: enlarge(lr, 4)}
    crop = evaluate(functions, tmp_path, metrics=["psnr_y"]).pictures[0].crop
    assert (crop.height, crop.width) == (224, 224) and crop.difference > 1
    assert crop.top <= 300 and crop.top + 224 >= 420
    assert crop.left <= 400 and crop.left + 224 >= 560
