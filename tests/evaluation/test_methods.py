"""Methods are found by name, model or folder, and what is none of these is said."""

from pathlib import Path

import numpy as np
import pytest

from fourfold import Upscaler
from fourfold.errors import FourfoldError, UnknownMethod
from fourfold.evaluation import Case, Dataset, Method, default_methods, find_dataset, find_method
from fourfold.imaging import enlarge, write_image
from fourfold.weights import load_weights, shipped_names


@pytest.fixture
def case(tiny: Path) -> Case:
    pair = find_dataset(tiny).pairs[0]
    return Case(pair, *pair.read())


def results(folder: Path, *names: str, image: np.ndarray) -> Method:
    folder.mkdir(exist_ok=True)
    for name in names:
        write_image(image, folder / name)
    return find_method(f"theirs={folder}", scale=4)


def test_the_built_in_methods_are_what_they_are_called(case: Case):
    nearest = find_method("nearest", scale=4).run(case)
    np.testing.assert_array_equal(nearest[::4, ::4], case.lr)
    np.testing.assert_array_equal(nearest[3::4, 3::4], case.lr)
    np.testing.assert_array_equal(find_method("bicubic", scale=4).run(case), enlarge(case.lr, 4))
    np.testing.assert_array_equal(find_method("original", scale=4).run(case), case.hr)


def test_a_model_gives_what_the_upscaler_gives_and_says_its_settings(case: Case):
    method = find_method("srresnet", scale=4)
    np.testing.assert_array_equal(method.run(case), Upscaler("srresnet", device="cpu")(case.lr))
    assert "realism=1" in method.settings and "fp32" in method.settings


def test_settings_follow_a_colon_and_make_another_method(case: Case):
    method = find_method("srgan:realism=0.5", scale=4)
    expected = Upscaler("srgan", realism=0.5, device="cpu")(case.lr)
    np.testing.assert_array_equal(method.run(case), expected)
    assert method.name == "srgan:realism=0.5" and "realism=0.5" in method.settings
    assert method.key != find_method("srgan", scale=4).key


def test_a_model_can_have_a_name_of_its_own():
    half = find_method("half=srgan:realism=0.5", scale=4)
    assert half.name == "half" and half.key == find_method("srgan:realism=0.5", scale=4).key


def test_a_built_in_can_have_a_name_of_its_own(case: Case):
    method = find_method("again=bicubic", scale=4)
    assert (method.name, method.settings) == ("again", find_method("bicubic", scale=4).settings)
    np.testing.assert_array_equal(method.run(case), enlarge(case.lr, 4))


@pytest.mark.parametrize("name", ["face.png", "face_x4.png", "facex4.png", "face_SRGAN.jpg"])
def test_results_of_another_program_are_found_by_name(tmp_path: Path, case: Case, name: str):
    method = results(tmp_path / "out", name, "face2.png", image=case.hr)
    assert method.name == "theirs" and "another program" in method.settings
    assert np.abs(method.run(case).astype(int) - case.hr).mean() < 4  # JPEG's loss


def test_results_may_lie_in_a_folder_of_the_sets_name(tmp_path: Path, case: Case):
    (tmp_path / "out").mkdir()
    results(tmp_path / "out" / "Tiny", "face.png", image=case.hr)
    method = find_method(f"theirs={tmp_path / 'out'}", scale=4)
    np.testing.assert_array_equal(method.run(case), case.hr)


def test_a_result_that_is_missing_or_there_twice_is_named(tmp_path: Path, case: Case):
    method = results(tmp_path / "out", "other.png", image=case.hr)
    with pytest.raises(FourfoldError, match="holds no result for face"):
        method.run(case)
    results(tmp_path / "out", "face_a.png", "face_b.png", image=case.hr)
    with pytest.raises(FourfoldError, match=r"several results for face: face_a\.png and face_b"):
        method.run(case)


def test_grey_and_colour_are_matched_to_the_original(tmp_path: Path, tiny: Path):
    dataset = find_dataset(tiny)
    colour, plain = (_case(dataset, name) for name in ("face", "plain"))
    as_colour = np.stack([plain.hr] * 3, axis=2)
    np.testing.assert_array_equal(
        results(tmp_path / "a", "plain.png", image=as_colour).run(plain), plain.hr
    )
    sr = results(tmp_path / "b", "face.png", image=colour.hr[:, :, 0]).run(colour)
    assert sr.shape == colour.hr.shape


def _case(dataset: Dataset, name: str) -> Case:
    pair = next(pair for pair in dataset.pairs if pair.name == name)
    return Case(pair, *pair.read())


def test_by_default_every_shipped_network_for_clean_pictures_is_measured():
    methods = default_methods(4)
    assert methods[:3] == ["nearest", "bicubic", "srresnet"]
    fits = {name for name in shipped_names() if load_weights(name).config.scale == 4}
    assert set(methods[2:]) == {name for name in fits if "photo" not in name} and "srgan" in fits
    assert "srgan" not in default_methods(3)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("srgam", r"no method 'srgam'.*Did you mean 'srgan'"),
        ("bicubc", r"no method 'bicubc'.*Did you mean 'bicubic'"),
        ("=srgan", "write NAME=FOLDER or NAME=MODEL"),
        ("mine=", "write NAME=FOLDER or NAME=MODEL"),
        ("mine=nowhere/", r"no method 'nowhere/'"),
        ("srgan:realizm=1", r"no setting 'realizm'.*Did you mean 'realism'"),
        ("srgan:realism=much", r"realism is 'much'; it needs a number"),
    ],
)
def test_what_is_no_method_is_said_with_the_nearest_name(text: str, complaint: str):
    with pytest.raises(UnknownMethod, match=complaint):
        find_method(text, scale=4)


def test_a_model_of_another_scale_is_refused():
    with pytest.raises(UnknownMethod, match=r"enlarges 4 times, not 2; take --scale 4"):
        find_method("srgan", scale=2)
