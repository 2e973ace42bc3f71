"""Studies are made whole of pictures that fit, or not at all, with one clear sentence."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from fourfold.errors import FourfoldError, InvalidStudy
from fourfold.imaging import read_image, write_image
from fourfold.study import Design, Question, Study, create_study, find_preset, method_folders
from fourfold.study.design import PRESETS
from fourfold.study.ratings import REFERENCE
from fourfold.study.trials import images_a_rater, rater_trials
from tests.studies import QUICK, make_study, write_pictures


def fails(root: Path, design: Design = QUICK, **given: object) -> str:
    """The sentence with which no study is made; nothing is left of it."""
    reference, methods = root / "original", {"m0": root / "method-0", "m1": root / "method-1"}
    before = sorted(root.iterdir())
    with pytest.raises(FourfoldError) as error:
        create_study(
            root / "study",
            **{"methods": methods, "reference": reference, "design": design} | given,  # type: ignore[arg-type]
        )
    assert sorted(root.iterdir()) == before
    return str(error.value)


def test_a_study_opens_as_it_was_made(tmp_path: Path):
    design = replace(
        find_preset("short"), questions=(Question("Age", ("young", "old")),), consent="Ours."
    )
    with make_study(tmp_path, design, images=9) as made:
        pass
    with Study.open(tmp_path / "study") as opened:
        assert opened.design == replace(design, calibration=2)
        assert opened.methods == ("m0", "m1", REFERENCE)
        assert (opened.rated, opened.calibration) == (made.rated, made.calibration)


def test_the_pictures_are_those_that_were_given_sample_for_sample(tmp_path: Path):
    with make_study(tmp_path) as study:
        folders = {"m0": "method-0", "m1": "method-1", REFERENCE: "original"}
        for _, stimulus in study.rated:
            given = read_image(tmp_path / folders[stimulus.method] / f"{stimulus.image}.png")
            kept = read_image(study.folder / "pictures" / f"{stimulus.sha256}.png")
            assert np.array_equal(kept, given)


def chunks(content: bytes) -> list[tuple[bytes, bytes]]:
    """The parts of a PNG file besides its pixels."""
    found, place = [], 8
    while place < len(content):
        end = place + 12 + int.from_bytes(content[place : place + 4], "big")
        found.append((content[place + 4 : place + 8], content[place + 8 : end]))
        place = end
    return [(name, value) for name, value in found if name != b"IDAT"]


def test_nothing_in_a_stored_picture_tells_where_it_came_from(tmp_path: Path):
    reference, methods = write_pictures(tmp_path, images=1)
    for path, text in ((reference, "original"), (methods["m0"], "made by m0")):
        with Image.open(path / "image-0.png") as image:
            information = PngInfo()
            information.add_text("Software", text)
            image.save(path / "image-0.png", pnginfo=information)
    with create_study(
        tmp_path / "study", methods=methods, reference=reference, design=QUICK
    ) as study:
        parts = [chunks(path.read_bytes()) for path in (study.folder / "pictures").iterdir()]
    assert len(parts) == 3 and parts[0] == parts[1] == parts[2]


def test_calibration_is_set_aside_and_never_more_than_a_quarter(tmp_path: Path):
    with make_study(tmp_path, replace(QUICK, calibration=20), images=9) as study:
        rated = {stimulus.image for _, stimulus in study.rated}
        told = {stimulus.image for _, stimulus in study.calibration}
        assert len(told) == 2 and not rated & told and len(rated | told) == 9
        anchors = [(stimulus.method, stimulus.anchor) for _, stimulus in study.calibration]
        assert Counter(anchors) == {("nearest", 1): 2, ("original", 5): 2}


def test_below_four_images_calibration_shows_cuts_and_says_so(tmp_path: Path):
    reference, methods = write_pictures(tmp_path, images=3)
    said: list[str] = []
    design = replace(QUICK, calibration=5)
    with create_study(
        tmp_path / "study", methods=methods, reference=reference, design=design, say=said.append
    ) as study:
        assert len(study.images) == 3 and len(study.calibration) == 6
        largest = max(stimulus.width for _, stimulus in study.calibration)
        assert largest < min(stimulus.width for _, stimulus in study.rated)
    assert any("calibration shows the middle" in line for line in said)


def test_calibration_can_be_given(tmp_path: Path):
    reference, methods = write_pictures(tmp_path / "a", images=5)
    others, _ = write_pictures(tmp_path / "b", images=2)
    with create_study(
        tmp_path / "study",
        methods=methods,
        reference=reference,
        calibration=others,
        design=replace(QUICK, calibration=20),
    ) as study:
        assert len(study.images) == 5 and len(study.calibration) == 4


def test_pictures_that_are_rated_are_no_calibration(tmp_path: Path):
    reference, _ = write_pictures(tmp_path, images=2)
    design = replace(QUICK, calibration=2)
    assert "which is rated" in fails(tmp_path, design, calibration=reference)


def test_folders_are_sets(tmp_path: Path):
    for folder in ("original", "method-0"):
        for test_set in ("Set5", "Set14"):
            (tmp_path / folder / test_set).mkdir(parents=True)
            write_image(np.zeros((40, 40, 3), np.uint8), tmp_path / folder / test_set / "a.png")
    with create_study(
        tmp_path / "study",
        methods={"m": tmp_path / "method-0"},
        reference=tmp_path / "original",
        design=QUICK,
    ) as study:
        assert {(s.image, s.set) for _, s in study.rated} == {
            ("Set5/a", "Set5"),
            ("Set14/a", "Set14"),
        }


def test_every_picture_that_is_missing_or_of_another_size_is_named(tmp_path: Path):
    write_pictures(tmp_path)
    (tmp_path / "method-0/image-1.png").unlink()
    write_image(np.zeros((5, 7, 3), np.uint8), tmp_path / "method-1/image-2.png")
    sentence = fails(tmp_path)
    assert "m0 lacks image-1" in sentence
    assert "m1 has image-2 at 7x5, the reference at 85x61" in sentence


def test_what_cannot_be_a_study_is_refused(tmp_path: Path):
    write_pictures(tmp_path)
    (tmp_path / "empty").mkdir()
    assert "no pictures" in fails(tmp_path, reference=tmp_path / "empty")
    assert "no folder" in fails(tmp_path, reference=tmp_path / "nowhere")
    assert "cannot be used" in fails(tmp_path, db="sqlite:////nowhere/study.db")
    assert "is no database" in fails(tmp_path, db="nonsense")
    assert "not in mysql" in fails(tmp_path, db="mysql://localhost/x")
    (tmp_path / "original/image-0.jpg").write_bytes(b"")
    assert "bear one name" in fails(tmp_path)


def test_a_picture_with_transparency_or_none_at_all_is_refused(tmp_path: Path):
    write_pictures(tmp_path)
    write_image(np.zeros((61, 83, 4), np.uint8), tmp_path / "method-0/image-0.png")
    assert "transparency" in fails(tmp_path)
    (tmp_path / "method-0/image-0.png").write_bytes(b"no picture")
    assert "image-0.png" in fails(tmp_path)


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path):
    write_pictures(tmp_path)
    (tmp_path / "study").mkdir()
    assert "is there already" in fails(tmp_path)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ((), "needs a method"),
        (("srgan",), "write NAME=FOLDER"),
        (("=a",), "write NAME=FOLDER"),
        (("a=x", "a=y"), "two methods of the name 'a'"),
        (("original=x",), "hidden reference"),
    ],
)
def test_methods_that_are_none_are_refused(lines: tuple[str, ...], sentence: str):
    with pytest.raises(InvalidStudy, match=sentence):
        method_folders(lines)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"mode": "acl"}, "Did you mean 'acr'?"),
        ({"language": "fr"}, "no language 'fr'"),
        ({"repeats": -1}, "cannot be below 0"),
        ({"break_every": 0}, "cannot be below 1"),
        ({"least_look": float("nan")}, "cannot be above 60"),
        ({"least_look": float("inf")}, "cannot be above 60"),
        ({"questions": (Question("a", ("b", "c")),) * 6}, "at most 5"),
    ],
)
def test_designs_that_cannot_be_are_refused(values: dict[str, object], sentence: str):
    with pytest.raises(InvalidStudy, match=sentence):
        replace(QUICK, **values)  # type: ignore[arg-type]


def test_questions_are_read_from_one_line_and_need_two_choices():
    assert Question.parse("Age: under 30 | 30 and over") == Question(
        "Age", ("under 30", "30 and over")
    )
    for line in ("Age", "Age: one", ": a | b", "Age: a | a"):
        with pytest.raises(InvalidStudy):
            Question.parse(line)


@given(st.integers(2, 40), st.integers(1, 200), st.sampled_from(["acr", "dcr", "pair"]))
def test_a_short_study_has_at_most_sixty_ratings(methods: int, images: int, mode: str):
    design = replace(PRESETS["short"], mode=mode, calibration=0 if mode == "pair" else 5)  # type: ignore[arg-type]
    try:
        shown = images_a_rater(design, methods=methods, images=images)
    except InvalidStudy:
        treatments = methods * (methods - 1) // 2 if mode == "pair" else methods
        assert treatments > 60 - 2 * design.calibration - design.repeats
        return
    treatments = methods * (methods - 1) // 2 if mode == "pair" else methods
    assert 1 <= shown <= images
    assert shown * treatments + 2 * design.calibration + design.repeats <= 60


def test_raters_have_orders_of_their_own_and_the_same_again(tmp_path: Path):
    with make_study(tmp_path, replace(QUICK, calibration=1, repeats=2), images=5) as study:
        first, second = (rater_trials(study, number) for number in (0, 1))
        assert first != second and first == rater_trials(study, 0)
        calibration = {key for key, _ in study.calibration}
        assert {trial.stimulus_id for trial in first[:2]} == calibration


def test_in_pair_every_two_methods_meet_and_half_stand_turned_round(tmp_path: Path):
    with make_study(tmp_path, replace(QUICK, mode="pair"), images=4) as study:
        named = {key: (s.method, s.image) for key, s in study.rated}
        shown = [(named[t.stimulus_id], named[t.other_id or 0]) for t in rater_trials(study, 0)]
        assert all(left[1] == right[1] for left, right in shown)
        pairs = Counter(frozenset((left[0], right[0])) for left, right in shown)
        assert set(pairs.values()) == {4} and len(pairs) == 3
        turned = sum(left[0] > right[0] for left, right in shown)
        assert turned == len(shown) // 2


def test_in_dcr_the_original_of_the_same_image_is_shown_beside(tmp_path: Path):
    with make_study(tmp_path, replace(QUICK, mode="dcr", calibration=1), images=4) as study:
        named = dict((*study.rated, *study.calibration))
        for trial in rater_trials(study, 0):
            other = named[trial.other_id or 0]
            assert other.method == REFERENCE and other.image == named[trial.stimulus_id].image
