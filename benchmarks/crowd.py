"""A crowd of raters over HTTP: each joins, looks, rates, and sends again what was not answered."""

import asyncio
import json
import random
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_AGAIN = 0.2  # seconds until a request that got no answer is sent again


@dataclass
class Crowd:
    """What a crowd was told: only what was acknowledged counts as taken."""

    acknowledged: list[str] = field(default_factory=list)
    """Keys of the ratings whose answer came."""
    rating_seconds: list[float] = field(default_factory=list)
    """From sending a rating to its answer, of those that needed one attempt."""
    picture_seconds: list[float] = field(default_factory=list)


class _Connection:
    """A kept-alive connection with a rater's cookie; opened again when it is lost."""

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        self.host, self.port = str(parts.hostname), int(parts.port or 80)
        self.cookie = ""
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes, bool]:
        """Status, body, and whether the first attempt was answered."""
        is_first = True
        while True:
            try:
                status, answer = await self._attempt(method, path, body)
                return status, answer, is_first
            except (OSError, asyncio.IncompleteReadError, ValueError):
                is_first = False
                self.close()
                await asyncio.sleep(_AGAIN)

    def close(self) -> None:
        """Let go of the connection."""
        if self._streams:
            self._streams[1].close()
            self._streams = None

    async def _attempt(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self.host, self.port)
        reader, writer = self._streams
        kind = "application/x-www-form-urlencoded" if "/join/" in path else "application/json"
        head = (
            f"{method} {path} HTTP/1.1\r\nhost: {self.host}:{self.port}\r\n"
            f"accept: application/json\r\ncookie: {self.cookie}\r\n"
            f"content-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = [line.partition(": ") for line in lines[1:] if line]
        fields = {name.lower(): value for name, _, value in headers}
        if "set-cookie" in fields:
            self.cookie = fields["set-cookie"].partition(";")[0]
        return int(lines[0].split()[1]), await reader.readexactly(int(fields["content-length"]))


async def rate_together(
    join_url: str, *, raters: int, ratings: int, pause: tuple[float, float], crowd: Crowd
) -> None:
    """Let `raters` join at once and give `ratings` each, every one a `pause` after the last.

    Args:
        join_url: the study's open link.
        raters: how many at once.
        ratings: of each.
        pause: shortest and longest, seconds.
        crowd: is told what happens, as it happens.
    """
    everyone = (_rate(join_url, ratings, pause, number, crowd) for number in range(raters))
    await asyncio.gather(*everyone)


async def _rate(
    join_url: str, ratings: int, pause: tuple[float, float], number: int, crowd: Crowd
) -> None:
    rng = random.Random(number)
    connection = _Connection(join_url)
    await asyncio.sleep(rng.uniform(0, pause[1]))
    status, answer, _ = await connection.ask("POST", urlsplit(join_url).path, b"agree=yes")
    assert status == 303, answer
    _, answer, _ = await connection.ask("GET", "/study/standing")
    standing = json.loads(answer)
    for _ in range(ratings):
        start = time.perf_counter()
        status, _, _ = await connection.ask("GET", standing["pictures"][0]["source"])
        assert status == 200
        crowd.picture_seconds.append(time.perf_counter() - start)
        await asyncio.sleep(rng.uniform(*pause))
        entry = _entry(standing, rng)
        start = time.perf_counter()
        status, answer, is_first = await connection.ask("POST", "/study/ratings", entry)
        assert status == 200, answer
        if is_first:
            crowd.rating_seconds.append(time.perf_counter() - start)
        crowd.acknowledged.append(json.loads(entry)["key"])
        standing = json.loads(answer)
    connection.close()


def _entry(standing: dict[str, int], rng: random.Random) -> bytes:
    entry = {
        "key": f"{rng.getrandbits(64):x}-{standing['position']}",
        "position": standing["position"],
        "entry": 1,
        "score": rng.randint(1, 5),
        "choice": None,
        "look_ms": 2000,
        "device_pixel_ratio": 1,
        "zoom": 1,
        "window_width": 1280,
        "window_height": 720,
        "layout": "single",
    }
    return json.dumps(entry).encode()
