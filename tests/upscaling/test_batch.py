"""Which files one call reads, and which it writes."""

import os
from pathlib import Path

import pytest

from fourfold.errors import UnreadableImage, UnwritableImage
from fourfold.upscaling import Job, plan_jobs, results_among


@pytest.fixture
def album(tmp_path: Path) -> Path:
    folder = tmp_path / "album"
    (folder / "deeper").mkdir(parents=True)
    for name in ("b.JPG", "a.png", "notes.txt", ".hidden.png", "deeper/c.png"):
        (folder / name).touch()
    return folder


def targets(jobs: list[Job]) -> list[str]:
    return [job.target.name for job in jobs]


def test_a_result_lies_beside_its_input(album: Path):
    jobs, errors = plan_jobs([album / "a.png"], None, suffix="_x4")
    assert jobs == [Job(album / "a.png", album / "a_x4.png")] and errors == []


def test_one_file_goes_where_out_says(album: Path, tmp_path: Path):
    jobs, _ = plan_jobs([album / "a.png"], tmp_path / "large.jpg", suffix="_x4")
    assert jobs == [Job(album / "a.png", tmp_path / "large.jpg")]


def test_an_existing_folder_or_a_trailing_slash_keeps_the_name(album: Path, tmp_path: Path):
    jobs, _ = plan_jobs([album / "a.png"], tmp_path, suffix="_x4")
    assert jobs == [Job(album / "a.png", tmp_path / "a.png")]
    jobs, _ = plan_jobs([album / "a.png"], f"{tmp_path}/new/", suffix="_x4")
    assert jobs == [Job(album / "a.png", tmp_path / "new/a.png")]


def test_several_results_need_a_folder(album: Path, tmp_path: Path):
    for inputs in ([album / "a.png", album / "b.JPG"], [album]):
        with pytest.raises(UnwritableImage, match="several results need a folder"):
            plan_jobs(inputs, tmp_path / "out.png", suffix="_x4")


def test_no_name_is_no_name_of_the_folder_at_hand(album: Path):
    with pytest.raises(UnreadableImage, match="An input has no name"):
        plan_jobs([""], None, suffix="_x4")
    with pytest.raises(UnwritableImage, match="The result has no name"):
        plan_jobs([album / "a.png"], "", suffix="_x4")


def test_an_input_named_twice_is_done_once(album: Path):
    jobs, errors = plan_jobs([album / "a.png", album / "a.png"], None, suffix="_x4")
    assert targets(jobs) == ["a_x4.png"] and errors == []


def test_results_that_are_there_are_left_alone_unless_told(album: Path):
    (album / "a_x4.png").symlink_to(album / "nowhere.png")  # something is there all the same
    jobs, errors = plan_jobs([album / "a.png", album / "b.JPG"], None, suffix="_x4")
    assert targets(jobs) == ["b_x4.JPG"]
    assert "a_x4.png is there already; --overwrite replaces it." in str(errors[0])
    jobs, errors = plan_jobs([album / "a.png"], None, suffix="_x4", overwrite=True)
    assert targets(jobs) == ["a_x4.png"] and errors == []


def test_names_that_cannot_be_are_one_sentence_each(album: Path):
    long = album / ("n" * 253 + ".png")
    _, errors = plan_jobs([long, album / "a.png"], None, suffix="_x4")
    assert "cannot be read: File name too long" in str(errors[0])
    fitting = album / ("n" * 251 + ".png")
    fitting.touch()
    jobs, errors = plan_jobs([fitting], None, suffix="_x4")
    assert jobs == [] and "cannot be written: File name too long" in str(errors[0])


def test_what_is_neither_file_nor_folder_is_named(tmp_path: Path):
    (tmp_path / "loop.png").symlink_to("loop.png")
    os.mkfifo(tmp_path / "pipe.png")
    for name, reason in (("loop.png", "cannot be read"), ("pipe.png", "pipe is named -")):
        _, errors = plan_jobs([tmp_path / name], None, suffix="_x4")
        assert reason in str(errors[0])


def test_a_link_to_an_input_is_not_replaced(album: Path):
    (album / "link.png").symlink_to("a.png")
    jobs, errors = plan_jobs([album / "a.png"], album / "link.png", suffix="_x4", overwrite=True)
    assert jobs == [] and "is an input" in str(errors[0])


def test_a_folders_pictures_are_taken_at_any_depth_and_nothing_else(album: Path, tmp_path: Path):
    jobs, errors = plan_jobs([album], tmp_path / "out", suffix="_x4")
    names = ["a.png", "b.JPG", "deeper/c.png"]
    assert [job.source for job in jobs] == [album / name for name in names]
    assert [job.target for job in jobs] == [tmp_path / "out" / name for name in names]
    assert errors == []


def test_a_link_to_a_folder_above_is_no_loop(album: Path, tmp_path: Path):
    (album / "deeper" / "again").symlink_to(album)
    (album / "elsewhere").symlink_to(tmp_path / "other")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "d.png").touch()
    jobs, _ = plan_jobs([album], tmp_path / "out", suffix="_x4")
    names = {job.target.relative_to(tmp_path / "out").as_posix() for job in jobs}
    assert names == {"a.png", "b.JPG", "deeper/c.png", "elsewhere/d.png"}


def test_results_inside_the_input_are_no_inputs(album: Path):
    (album / "large").mkdir()
    (album / "large" / "a.png").touch()
    jobs, _ = plan_jobs([album], album / "large", suffix="_x4", overwrite=True)
    assert targets(jobs) == ["a.png", "b.JPG", "c.png"]


def test_a_second_call_does_not_enlarge_the_results_of_the_first(album: Path):
    for name in ("a_x4.png", "b_x1.5.webp", "c_fit.png"):
        (album / name).touch()
    (album / "alone_x4.png").touch()  # no result: there is no alone.png
    jobs, _ = plan_jobs([album], None, suffix="_x4", overwrite=True)
    # c.png lies in another folder, so c_fit.png is no result of it.
    assert targets(jobs) == [
        "a_x4.png", "alone_x4_x4.png", "b_x4.JPG", "c_fit_x4.png", "c_x4.png"
    ]  # fmt: skip


def test_a_pattern_that_finds_the_results_does_not_enlarge_them(album: Path):
    (album / "a_x4.png").touch()
    jobs, errors = plan_jobs(sorted(album.glob("[a-z]*.png")), None, suffix="_x4", overwrite=True)
    assert targets(jobs) == ["a_x4.png"] and errors == []
    assert results_among(sorted(album.glob("[a-z]*.png"))) == [album / "a_x4.png"]
    assert results_among([album / "a_x4.png"]) == []
    jobs, _ = plan_jobs([album / "a_x4.png"], None, suffix="_x4")  # alone it is what is meant
    assert targets(jobs) == ["a_x4_x4.png"]


def test_the_folder_at_hand_is_a_folder(album: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(album)
    jobs, _ = plan_jobs(["."], None, suffix="_x4")
    assert targets(jobs) == ["a_x4.png", "b_x4.JPG", "c_x4.png"]


def test_a_format_gives_every_result_its_extension(album: Path, tmp_path: Path):
    jobs, _ = plan_jobs([album], None, suffix="_x4", extension=".webp")
    assert targets(jobs) == ["a_x4.webp", "b_x4.webp", "c_x4.webp"]
    jobs, _ = plan_jobs([album], tmp_path / "out", suffix="_x4", extension=".webp")
    assert targets(jobs) == ["a.webp", "b.webp", "c.webp"]
    jobs, _ = plan_jobs([album / "a.png"], tmp_path / "x.jpeg", suffix="", extension=".jpg")
    assert targets(jobs) == ["x.jpeg"]
    with pytest.raises(UnwritableImage, match=r"x\.png ends in \.png; the format asked for"):
        plan_jobs([album / "a.png"], tmp_path / "x.png", suffix="_x4", extension=".jpg")
    (album / "a.jpg").touch()
    with pytest.raises(UnwritableImage, match="would both become"):
        plan_jobs([album], None, suffix="_x4", extension=".png")


def test_a_missing_input_does_not_stop_the_others(album: Path):
    jobs, errors = plan_jobs([album / "none.png", album / "a.png"], None, suffix="_x2")
    assert targets(jobs) == ["a_x2.png"]
    assert [type(error) for error in errors] == [UnreadableImage]
    assert "none.png cannot be read: No such file or directory" in str(errors[0])


def test_a_folder_for_results_that_is_named_last_as_cp_has_it_is_shown_its_option(album: Path):
    large = album / "large"
    _, errors = plan_jobs([album / "a.png", large], None, suffix="_x2")
    assert str(errors[0]).endswith(f"Results go to a folder by -o {large}.")
    _, errors = plan_jobs([large, album / "a.png"], None, suffix="_x2")
    assert str(errors[0]).endswith("No such file or directory.")


def test_a_folder_without_pictures_is_named(tmp_path: Path):
    _, errors = plan_jobs([tmp_path], None, suffix="_x4")
    assert "holds no pictures" in str(errors[0])


def test_two_inputs_of_one_result_are_refused_before_any_work(album: Path, tmp_path: Path):
    (album / "deeper" / "a.png").touch()
    with pytest.raises(UnwritableImage, match="would both become"):
        plan_jobs([album / "a.png", album / "deeper/a.png"], album / "out", suffix="_x4")


def test_an_input_is_never_replaced(album: Path):
    jobs, errors = plan_jobs([album], album, suffix="_x4")
    assert jobs == [] and len(errors) == 3 and "is an input" in str(errors[0])
    jobs, errors = plan_jobs([album / "a.png"], album / "deeper/../a.png", suffix="_x4")
    assert jobs == [] and len(errors) == 1
