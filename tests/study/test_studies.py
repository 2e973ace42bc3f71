"""Studies that are opened, moved, forgotten and found damaged."""

import json
import shutil
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from fourfold.errors import InvalidStudy, RefusedRating
from fourfold.study import (
    Study,
    answer_questions,
    check_link,
    export_study,
    find_rater,
    forget,
    import_study,
    invite,
    join,
    rate,
    rating_table,
    renew_link,
    standing,
)
from fourfold.study.database import Database
from fourfold.study.schema import metadata
from tests.studies import entry, make_study, new_rater, rate_all


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(RefusedRating) as error:
        act()
    return error.value.reason


def test_the_migrations_make_the_tables_that_the_code_knows(study: Study):
    with study.database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_personal_link_lets_one_person_join_in_one_browser(study: Study):
    ((pseudonym, token),) = invite(study, 1)
    check_link(study, token)
    session = join(study, token, language="de")
    rater = find_rater(study, session)
    assert rater is not None and (rater.pseudonym, rater.language) == (pseudonym, "de")
    assert refused(lambda: join(study, token, language="de")) == "used_link"
    assert refused(lambda: check_link(study, token)) == "used_link"


def test_a_new_link_leads_on_and_ends_the_old_session(study: Study):
    ((pseudonym, token),) = invite(study, 1)
    session = join(study, token, language="en")
    rater = find_rater(study, session)
    assert rater is not None
    rate(study, rater, entry(0))
    again = find_rater(study, join(study, renew_link(study, pseudonym), language="en"))
    assert again is not None and standing(study, again).position == 1
    assert find_rater(study, session) is None
    assert refused(lambda: join(study, token, language="en")) == "unknown_link"
    with pytest.raises(InvalidStudy, match="no rater"):
        renew_link(study, "R-NOBODY")


def test_forged_links_and_sessions_lead_nowhere(study: Study):
    for token in ("", "x", study.open_link[:-1], "é", "0" * 10_000):
        assert refused(partial(join, study, token, language="en")) == "unknown_link"
    assert find_rater(study, "forged") is None


def test_a_closed_study_lets_nobody_join(study: Study):
    study.set_closed(True)
    assert refused(lambda: check_link(study, study.open_link)) == "closed"
    assert refused(lambda: join(study, study.open_link, language="en")) == "closed"
    study.set_closed(False)
    check_link(study, study.open_link)


def test_no_token_and_no_address_is_in_the_database(study: Study):
    ((_, token),) = invite(study, 1)
    session = join(study, token, language="en")
    with study.database.reading() as connection:
        rows = connection.execute(text("SELECT * FROM raters")).all()
    assert rows and not any(value in (token, session) for row in rows for value in row)


def test_forgetting_a_rater_deletes_all_of_theirs_and_nothing_else(study: Study):
    kept, gone = new_rater(study), new_rater(study)
    count = rate_all(study, gone)
    rate(study, kept, entry(0))
    assert forget(study, gone.completion_code) == count
    raters = {rating.rater for rating in rating_table(study).ratings}
    assert gone.pseudonym not in raters and kept.pseudonym in raters
    with pytest.raises(InvalidStudy, match="no rater"):
        forget(study, gone.pseudonym)


def test_of_a_forgotten_rater_no_byte_stays_in_the_file(tmp_path: Path):
    with make_study(tmp_path) as study:
        kept, gone = new_rater(study), new_rater(study)
        rate(study, gone, entry(0, key="a-key-that-is-gone"))
        forget(study, gone.pseudonym)
    content = (tmp_path / "study" / "study.db").read_bytes()
    assert kept.completion_code.encode() in content
    assert gone.completion_code.encode() not in content
    assert b"a-key-that-is-gone" not in content


def test_answers_must_be_among_the_choices(study: Study):
    assert refused(lambda: answer_questions(study, new_rater(study), [0])) == "answers"


def test_a_study_in_one_file_comes_back_whole(study: Study, tmp_path: Path):
    rater = new_rater(study)
    rate_all(study, rater)
    rate(study, rater, entry(8, 2, score=1))
    invite(study, 1)
    export_study(study, tmp_path / "all.zip")
    with import_study(tmp_path / "all.zip", tmp_path / "back") as back:
        before, after = rating_table(study), rating_table(back)
        assert (after.ratings, after.finished) == (before.ratings, before.finished)
        assert (back.design, back.methods) == (study.design, study.methods)
        assert back.open_link != study.open_link
        with back.database.reading() as connection:
            entries = connection.scalar(text("SELECT count(*) FROM ratings WHERE entry = 2"))
    assert entries
    with pytest.raises(InvalidStudy, match="is there already"):
        export_study(study, tmp_path / "all.zip")
    with pytest.raises(InvalidStudy, match="is there already"):
        import_study(tmp_path / "all.zip", tmp_path / "back")


def test_a_study_goes_into_the_same_database_a_second_time(
    study: Study, database_url: str, tmp_path: Path
):
    rate(study, new_rater(study), entry(0))
    export_study(study, tmp_path / "all.zip")
    with import_study(tmp_path / "all.zip", tmp_path / "back", db=database_url) as back:
        assert rating_table(back).ratings == rating_table(study).ratings
        assert forget(back, rating_table(back).ratings[0].rater) > 0
        assert len(rating_table(study).ratings) > len(rating_table(back).ratings)


@pytest.mark.parametrize("damage", ["cut", "other", "missing"])
def test_a_damaged_file_makes_no_study(tmp_path: Path, damage: str):
    source = tmp_path / "all.zip"
    with make_study(tmp_path) as study:
        export_study(study, source)
    content = source.read_bytes()
    if damage == "missing":
        source.unlink()
    else:
        source.write_bytes(content[: len(content) // 2] if damage == "cut" else b"no zip file")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(InvalidStudy):
        import_study(source, tmp_path / "back")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "tables", [{}, [], {"studies": []}, {"studies": [1]}, {"studies": ["x"]}, "raters"]
)
def test_a_file_of_other_contents_makes_no_study(tmp_path: Path, tables: object):
    source = tmp_path / "all.zip"
    with make_study(tmp_path) as study:
        export_study(study, source)
    with zipfile.ZipFile(source) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    content = json.loads(files["study-export.json"])
    content["tables"] = content["tables"] | {"raters": ["x"]} if tables == "raters" else tables
    files["study-export.json"] = json.dumps(content).encode()
    with zipfile.ZipFile(source, "w") as archive:
        for name, text_of in files.items():
            archive.writestr(name, text_of)
    with pytest.raises(InvalidStudy, match="is damaged"):
        import_study(source, tmp_path / "back")


def test_a_file_whose_bytes_have_changed_makes_no_study(tmp_path: Path):
    source = tmp_path / "all.zip"
    with make_study(tmp_path) as study:
        export_study(study, source)
    content = bytearray(source.read_bytes())
    content[70:130] = bytes(60)  # within the compressed tables
    source.write_bytes(content)
    with pytest.raises(InvalidStudy, match="is damaged"):
        import_study(source, tmp_path / "back")


def test_a_study_can_be_moved_on_and_on(tmp_path: Path):
    with make_study(tmp_path) as study:
        assert rate_all(study, new_rater(study)) == 9
        export_study(study, tmp_path / "0.zip")
    for step in range(5):
        with import_study(tmp_path / f"{step}.zip", tmp_path / f"moved-{step}") as moved:
            assert len(rating_table(moved).ratings) == 9
            export_study(moved, tmp_path / f"{step + 1}.zip")


def test_what_is_no_study_or_is_damaged_does_not_open(tmp_path: Path):
    with pytest.raises(InvalidStudy, match="holds no study"):
        Study.open(tmp_path)
    make_study(tmp_path).close()
    folder = tmp_path / "study"
    other = make_study(tmp_path / "b")
    other.close()
    with pytest.raises(InvalidStudy, match="does not know the study"):
        Study.open(folder, db=f"sqlite:///{other.folder / 'study.db'}")
    picture = next((folder / "pictures").iterdir())
    kept = picture.read_bytes()
    picture.write_bytes(kept[:-1])
    with pytest.raises(InvalidStudy, match="no longer what it was"):
        Study.open(folder)
    picture.unlink()
    with pytest.raises(InvalidStudy, match="cannot be read"):
        Study.open(folder)
    picture.write_bytes(kept)
    Study.open(folder).close()
    (folder / "study.db").write_bytes(b"not a database" * 100)
    with pytest.raises(InvalidStudy, match="cannot be used"):
        Study.open(folder)
    (folder / "study.db").unlink()
    with pytest.raises(InvalidStudy, match="name them by --db"):
        Study.open(folder)


def test_a_hash_that_leads_out_of_the_folder_is_none(tmp_path: Path):
    with make_study(tmp_path) as study:
        export_study(study, tmp_path / "all.zip")
    shutil.unpack_archive(tmp_path / "all.zip", tmp_path / "unpacked")
    content = json.loads((tmp_path / "unpacked/study-export.json").read_text())
    content["tables"]["stimuli"][0]["sha256"] = "../../outside"
    (tmp_path / "unpacked/study-export.json").write_text(json.dumps(content))
    shutil.make_archive(str(tmp_path / "forged"), "zip", tmp_path / "unpacked")
    with pytest.raises(InvalidStudy, match="is damaged"):
        import_study(tmp_path / "forged.zip", tmp_path / "back")


def test_a_database_of_a_newer_version_is_left_alone(database_url: str, study: Study):
    with study.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        with pytest.raises(InvalidStudy, match="of a newer fourfold"):
            Database(database_url)
    finally:
        with study.database.writing() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))


def test_a_database_that_cannot_be_reached_is_one_sentence(tmp_path: Path):
    url = f"postgresql://nobody@/nothing?host={tmp_path}"
    with pytest.raises(InvalidStudy, match="cannot be used"):
        Database(url)
