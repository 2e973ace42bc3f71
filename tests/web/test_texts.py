"""Every language says everything, with the same places to fill."""

import re

import pytest

from fourfold.study.schema import raters, ratings
from fourfold.web.pages import STATUSES
from fourfold.web.texts import choose_language, languages

PLACES = re.compile(r"{\w+}")


@pytest.mark.parametrize("code", ["de", "ko"])
def test_a_language_says_what_english_says(code: str):
    english, other = languages()["en"].pages, languages()[code].pages
    assert {page: set(texts) for page, texts in other.items()} == {
        page: set(texts) for page, texts in english.items()
    }
    for page, texts in english.items():
        for key, text in texts.items():
            translated = other[page][key]
            assert len(translated) == len(text) or isinstance(text, str)
            if isinstance(text, str):
                assert set(PLACES.findall(translated)) == set(PLACES.findall(text)), key
                assert translated.strip()


def test_the_consent_text_says_all_that_is_kept_of_a_rater():
    told = {
        "pseudonym": {"pseudonym", "number", "completion_code"},
        "language": {"language"},
        "ratings": {"score", "choice", "entry", "trial_id", "key"},
        "time you looked": {"look_ms"},
        "moments": {"joined_at", "finished_at", "rated_at"},
        "size": {"window_width", "window_height", "layout"},
        "zoom": {"zoom"},
        "pixel ratio": {"device_pixel_ratio"},
    }
    links = {"id", "study_id", "link_sha256", "session_sha256"}
    kept = {column.name for table in (raters, ratings) for column in table.c}
    assert kept == links.union(*told.values())
    consent = languages()["en"]["join"]["consent"]
    assert [word for word in told if word not in consent] == []


def test_every_reason_to_refuse_has_its_sentence():
    for texts in languages().values():
        sentences = texts["refused"]
        assert set(sentences) == {"title", *STATUSES}


def test_languages_that_no_native_speaker_has_read_say_so():
    assert {code: texts.is_reviewed for code, texts in languages().items()} == {
        "de": False,
        "en": True,
        "ko": False,
    }


@pytest.mark.parametrize(
    ("asked", "accepted", "chosen"),
    [
        ("ko", "de", "ko"),
        (None, "fr-FR, de-AT;q=0.8, en;q=0.5", "de"),
        (None, "KO", "ko"),
        (None, "fr, *;q=0.1", "en"),
        ("fr", "", "en"),
        (None, "", "en"),
    ],
)
def test_the_language_is_what_was_chosen_then_the_browsers_then_the_studys(
    asked: str | None, accepted: str, chosen: str
):
    assert choose_language(asked, accepted, default="en") == chosen
