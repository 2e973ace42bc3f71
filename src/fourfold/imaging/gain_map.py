"""Gain maps: what makes the bright parts of a phone's JPEG brighter on a screen that can.

A second, small picture that lies behind the first. It is left out of a result: to be of use it
would have to fit the result's own highlights. What announces it must go too, or programs would
look for it.

Source: Ultra HDR Image Format v1.1 (Android); ISO 21496-1.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

from fourfold.imaging.metadata import Metadata

_ANDROID = b"hdrgm:Version"
_ISO_21496 = b"urn:iso:std:iso:ts:21496:-1"
_START_OF_SCAN, _APPLICATION = b"\xda", b"\xe1\xe2"
_ANNOUNCING = re.compile(
    rb"""\s+hdrgm:\w+="[^"]*"|\s+hdrgm:\w+='[^']*'"""
    rb"|<Container:Directory\b.*?</Container:Directory>",
    re.DOTALL,
)


def has_gain_map(path: Path) -> bool:
    """Whether a JPEG announces one, in either of the two ways."""
    with path.open("rb") as file:
        return any(
            content.startswith(_ISO_21496) or _ANDROID in content for content in _segments(file)
        )


def without_gain_map(metadata: Metadata) -> Metadata:
    """The same, but for what announces one."""
    fields = tuple(
        (kind, name, _ANNOUNCING.sub(b"", bytes(value)) if name == "xmp-data" else value)  # type: ignore[call-overload]
        for kind, name, value in metadata.fields
    )
    return replace(metadata, fields=fields)


def _segments(file: IO[bytes]) -> Iterator[bytes]:
    """The contents of a JPEG's application segments, which lie before its pixels."""
    file.seek(2)
    while (marker := file.read(4))[:1] == b"\xff" and marker[1:2] != _START_OF_SCAN:
        length = int.from_bytes(marker[2:], "big") - 2
        if marker[1:2] in _APPLICATION:
            yield file.read(max(length, 0))
        else:
            file.seek(max(length, 0), os.SEEK_CUR)
