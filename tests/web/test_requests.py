"""Requests that no page of ours sends: each gets the right status and a clear sentence."""

import json
import resource
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import httpx
import pytest

from fourfold.study import Question, Study, invite, rating_table
from tests.studies import QUICK, Served, Server, entry, make_study, serving

DESIGN = replace(QUICK, questions=(Question("Age", ("under 30", "30 and over")),))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    with make_study(tmp_path_factory.mktemp("requests"), DESIGN) as study:
        yield study


@pytest.fixture(scope="module")
def server(study: Study) -> Iterator[Served]:
    with serving(study.folder) as server:
        yield server


@pytest.fixture
def stranger(server: Served) -> Iterator[httpx.Client]:
    """A browser without cookies."""
    with httpx.Client(base_url=server.base, follow_redirects=True, timeout=300) as client:
        yield client


@pytest.fixture
def rater(stranger: httpx.Client, server: Served) -> httpx.Client:
    """One that has joined and answered."""
    stranger.post(server.join_url, data={"agree": "yes"})
    assert stranger.post("/study/questions", data={"question-0": "1"}).url.path == "/study/rate"
    return stranger


def send(client: httpx.Client, sent: object) -> httpx.Response:
    headers = {"accept": "application/json"}
    content = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    return client.post("/study/ratings", content=content, headers=headers)


def test_a_rating_is_taken_and_the_answer_says_what_is_next(rater: httpx.Client):
    answer = send(rater, asdict(entry(0)))
    assert answer.status_code == 200
    assert (answer.json()["position"], answer.json()["total"]) == (1, 9)


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({"score": 6}, 422, "out_of_range"),
        ({"score": "5"}, 422, "malformed"),
        ({"score": 4.5}, 422, "malformed"),
        ({"layout": "round"}, 422, "malformed"),
        ({"position": 3}, 409, "out_of_turn"),
        ({"entry": 2}, 409, "out_of_turn"),
        ({"choice": "a"}, 422, "out_of_range"),
    ],
)
def test_a_wrong_rating_is_refused(
    rater: httpx.Client, change: dict[str, object], status: int, reason: str
):
    answer = send(rater, asdict(entry(0)) | change)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert answer.json()["error"].endswith(".")


@pytest.mark.parametrize("sent", [b"", b"[]", b"nonsense", b'{"score": 5}', b"\xff\xfe"])
def test_what_is_no_rating_is_refused(rater: httpx.Client, sent: bytes):
    assert send(rater, sent).json()["reason"] == "malformed"


def test_a_flood_is_refused(rater: httpx.Client):
    assert send(rater, b" " * 100_000).status_code == 413


def test_without_a_session_nothing_is_shown_or_taken(stranger: httpx.Client):
    for path in ("", "rate", "standing", "questions", "thanks", "picture/0/0"):
        answer = stranger.get(f"/study/{path}")
        assert answer.status_code == 401 and "has not joined" in answer.text
    assert send(stranger, asdict(entry(0))).status_code == 401


def test_a_forged_session_is_none(stranger: httpx.Client, study: Study):
    stranger.cookies.set(f"rater-{study.id}", "forged", path="/study")
    assert stranger.get("/study/rate").status_code == 401


def test_a_forged_or_used_link_is_refused(server: Served, study: Study):
    ((_, token),) = invite(study, 1)
    for link, status in (("forged", 403), (token, 200), (token, 409)):
        with httpx.Client(base_url=server.base, follow_redirects=True, timeout=300) as client:
            answer = client.post(f"/study/join/{link}", data={"agree": "yes"})
            assert answer.status_code == status, answer.text


def test_the_next_rater_at_the_same_screen_is_not_taken_for_the_last(
    stranger: httpx.Client, study: Study
):
    links = invite(study, 2)
    for pseudonym, token in links:
        link = f"/study/join/{token}"
        assert 'name="agree"' in stranger.get(link).text
        stranger.post(link, data={"agree": "yes"})
        stranger.post("/study/questions", data={"question-0": "1"})
        assert f'"rater": "{pseudonym}"' in stranger.get("/study/rate").text
    for link in (links[0][1], links[1][1], study.open_link):  # used, or anyone's: it leads on
        assert stranger.get(f"/study/join/{link}").url.path == "/study/rate"
        assert f'"rater": "{links[1][0]}"' in stranger.get("/study/rate").text


def test_nobody_joins_without_consent(stranger: httpx.Client, server: Served, study: Study):
    for form in ({}, {"agree": "no"}):
        assert stranger.post(server.join_url, data=form).status_code == 422
    assert not stranger.cookies


def test_every_question_needs_an_answer(stranger: httpx.Client, server: Served):
    stranger.post(server.join_url, data={"agree": "yes"})
    assert stranger.get("/study/rate").url.path == "/study/questions"
    for given in ("", "2", "-1", "x", "٣"):
        assert stranger.post("/study/questions", data={"question-0": given}).status_code == 422
    assert stranger.get("/study/rate").url.path == "/study/questions"


def test_another_raters_trial_cannot_be_rated_or_seen(server: Served, rater: httpx.Client):
    sent = asdict(entry(0))
    assert send(rater, sent).status_code == 200
    with httpx.Client(base_url=server.base, follow_redirects=True, timeout=300) as other:
        other.post(server.join_url, data={"agree": "yes"})
        assert send(other, sent).status_code == 409
        assert send(other, asdict(entry(1))).status_code == 409
    assert rater.get("/study/picture/3/0").status_code == 404
    assert rater.get("/study/picture/2/0").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/study/picture/0/9",
        "/study/picture/-1/0",
        "/study/picture/x/0",
        "/study/picture/..%2f..%2fstudy.db/0",
        "/static/../application.py",
        "/static/%2e%2e/application.py",
        "/static/..%2f..%2fstudy%2fschema.py",
        "/study/nothing",
        "/docs",
        "/openapi.json",
    ],
)
def test_paths_that_lead_elsewhere_are_not_found(rater: httpx.Client, path: str):
    answer = rater.get(path)
    assert answer.status_code in (404, 422) and "cannot be shown" in answer.text


def test_nothing_that_the_browser_gets_tells_a_method(rater: httpx.Client, study: Study):
    pages = [rater.get(path) for path in ("/study/rate", "/study/standing", "/static/rating.js")]
    pictures = [rater.get("/study/picture/0/0"), rater.get("/study/picture/1/0")]
    told = [page.text for page in pages] + [repr(page.headers) for page in (*pages, *pictures)]
    assert all(page.status_code == 200 for page in (*pages, *pictures))
    for name in (*study.methods[:-1], *study.images, *(one.sha256 for _, one in study.rated)):
        assert not any(name in text for text in told)


def test_every_answer_carries_the_policy(stranger: httpx.Client, server: Served):
    for path in (server.join_url, "/study/rate", "/static/pages.css", "/nothing"):
        headers = stranger.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers


def test_the_session_is_out_of_reach_of_scripts_and_other_sites(
    stranger: httpx.Client, server: Served
):
    answer = stranger.post(server.join_url, data={"agree": "yes"}, follow_redirects=False)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie


def test_the_owners_pages_need_the_token(stranger: httpx.Client, server: Served):
    for path in ("/study/owner", "/study/owner/"):
        assert stranger.get(path).status_code in (403, 404)
    for path in ("links", "closing"):
        assert stranger.post(f"/study/owner/{path}", data={"count": "1"}).status_code == 403
    for token in ("", "wrong", "ü"):
        assert stranger.get("/study/owner/login", params={"token": token}).status_code == 403
        assert stranger.post("/study/owner/login", data={"token": token}).status_code == 403
    assert stranger.get(server.owner_url).url.path == "/study/owner"


def test_the_owner_sees_counts_makes_links_and_closes(
    stranger: httpx.Client, server: Served, study: Study
):
    stranger.get(server.owner_url)
    made = stranger.post("/study/owner/links", data={"count": "2"}).text
    assert made.count(f"{server.base}/study/join/") == 3  # the open one, and two
    with httpx.Client(base_url=server.base, follow_redirects=True, timeout=300) as rater:
        rater.post(server.join_url, data={"agree": "yes"})
        rater.post("/study/questions", data={"question-0": "0"})
        assert "is closed" in stranger.post("/study/owner/closing", data={"closed": "yes"}).text
        answer = send(rater, asdict(entry(0)))
        assert (answer.status_code, answer.json()["reason"]) == (410, "closed")
        stranger.post("/study/owner/closing", data={"closed": "no"})
        assert send(rater, asdict(entry(0))).status_code == 200
    overview = stranger.get("/study/owner").text
    assert "Mean score" in overview and "<td>original</td>" in overview
    report = stranger.get("/study/owner/report")
    assert report.status_code == 200 and "attachment" in report.headers["content-disposition"]
    assert "<svg" in report.text


def test_a_full_disk_refuses_ratings_and_keeps_those_that_were_saved(tmp_path: Path):
    with make_study(tmp_path, images=20) as study:
        server = Server(study.folder)
        with httpx.Client(base_url=server.base, follow_redirects=True, timeout=300) as client:
            client.post(server.join_url, data={"agree": "yes"})
            assert send(client, asdict(entry(0))).status_code == 200
            # No file of the server may grow by more than this: as if the disk were full.
            room = (study.folder / "study.db-wal").stat().st_size + 20_000
            _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (room, hard))
            position = 1
            while (answer := send(client, sent := asdict(entry(position)))).status_code == 200:
                position += 1
            assert answer.status_code == 503 and "cannot save" in answer.json()["error"]
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
            assert len(rating_table(study).ratings) == position < 60
            assert send(client, sent).status_code == 200
        server.stop()
        assert len(rating_table(study).ratings) == position + 1
