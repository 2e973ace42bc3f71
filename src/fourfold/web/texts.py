"""The pages' texts, one file a language, and the choice of one."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Texts:
    """All that the pages say in one language."""

    code: str
    """`en`, `de`, `ko`: the name of its file."""
    language: str
    """Its own name for itself."""
    is_reviewed: bool
    """Whether someone who grew up with it has read the texts."""
    pages: dict[str, dict[str, Any]]
    """Text by page and key."""

    def __getitem__(self, page: str) -> dict[str, Any]:
        return self.pages[page]


@cache
def languages() -> dict[str, Texts]:
    """The texts of every language, by code."""
    found = sorted(files("fourfold.web").joinpath("texts").iterdir(), key=lambda file: file.name)
    every = {}
    for file in found:
        code, _, extension = file.name.partition(".")
        if extension == "toml":
            pages = tomllib.loads(file.read_text("utf-8"))
            every[code] = Texts(code, pages.pop("language"), pages.pop("is_reviewed"), pages)
    return every


def choose_language(asked: str | None, accepted: str, *, default: str) -> str:
    """The language of a page.

    Args:
        asked: what the visitor chose, if anything.
        accepted: the browser's Accept-Language.
        default: of the study.
    """
    known = languages()
    if asked in known:
        return str(asked)
    for entry in accepted.split(","):
        code = entry.partition(";")[0].strip().partition("-")[0].lower()
        if code in known:
            return code
    return default
