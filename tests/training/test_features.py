"""Fetching VGG19's weights, from a file of our own instead of the network."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from fourfold.errors import InvalidRecipe
from fourfold.training.features import find_vgg
from tests.networks.test_vgg import torchvision_file
from tests.photographs import TINY

VGG = replace(TINY, content="vgg54")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path) -> Path:
    torch.hub.set_dir(tmp_path / "hub")
    return tmp_path / "hub/checkpoints"


@pytest.fixture
def served(tmp_path: Path) -> str:
    """A small file as torchvision's, named after its sha256."""
    torchvision_file(tmp_path / "made.pth")
    digest = hashlib.sha256((tmp_path / "made.pth").read_bytes()).hexdigest()
    return (tmp_path / "made.pth").rename(tmp_path / f"vgg19-{digest[:8]}.pth").as_uri()


def test_it_is_fetched_once_and_its_convolutions_are_kept(served: str, cache: Path):
    said: list[str] = []
    first, again = (find_vgg(VGG, None, say=said.append, url=served) for _ in range(2))
    assert first == again and first is not None and first.exists()
    assert [path.name for path in cache.iterdir()] == [first.name]
    assert said == [f"Fetching VGG19 from {served}, once."]


def test_a_file_with_another_hash_is_refused_and_not_kept(served: str, cache: Path):
    path = Path(served.removeprefix("file://"))
    wrong = path.rename(path.with_name("vgg19-00000000.pth")).as_uri()
    with pytest.raises(InvalidRecipe, match="invalid hash value"):
        find_vgg(VGG, None, say=lambda _: None, url=wrong)
    assert list(cache.iterdir()) == []


def test_without_a_network_one_sentence_says_which_file_to_put_where(tmp_path: Path, cache: Path):
    url = (tmp_path / "vgg19-dcbb9e9d.pth").as_uri()
    with pytest.raises(InvalidRecipe) as caught:
        find_vgg(VGG, None, say=lambda _: None, url=url)
    message = str(caught.value)
    assert message.endswith(f"with --vgg, or put {url} at {cache / 'vgg19-dcbb9e9d.pth'}.")


def test_what_is_named_is_taken_and_pixels_need_none(tmp_path: Path):
    assert find_vgg(VGG, tmp_path / "mine", say=lambda _: None) == tmp_path / "mine"
    assert find_vgg(TINY, None, say=lambda _: None) is None
