"""The house: which room imports which, and what third-party libraries it may use."""

import ast
import sys
from pathlib import Path

import pytest

import fourfold

PACKAGE = Path(fourfold.__file__).parent

# room -> (rooms it may import, libraries it may import); everyone may import errors and atomic.
ROWS: dict[str, tuple[set[str], set[str]]] = {
    "errors": (set(), set()),
    "atomic": (set(), set()),
    "imaging": (set(), {"numpy", "pyvips", "PIL", "pillow_heif"}),
    "weights": (set(), {"numpy", "safetensors"}),
    "networks": ({"weights"}, {"numpy", "torch", "safetensors"}),
    "engine": ({"weights"}, {"numpy"}),
    "metrics": ({"imaging", "networks"}, {"numpy", "torch"}),
    "statistics": (set(), {"numpy", "scipy"}),
    "upscaling": (
        {"imaging", "weights", "engine", "networks"},
        {"numpy", "torch", "triton", "onnx"},
    ),
    "training": (
        {"imaging", "weights", "engine", "networks", "metrics", "upscaling"},
        {"numpy", "torch", "triton", "fsspec", "tensorboard"},
    ),
    "report": ({"imaging"}, {"numpy", "jinja2", "matplotlib"}),
    "evaluation": (
        {"imaging", "weights", "metrics", "statistics", "upscaling", "report"},
        {"numpy"},
    ),
    "study": ({"imaging", "statistics", "report"}, {"numpy", "sqlalchemy", "alembic"}),
    "web": (
        {"imaging", "upscaling", "study", "report"},
        {"fastapi", "starlette", "uvicorn", "jinja2", "pydantic"},
    ),
    "cli": (
        {"imaging", "weights", "engine", "networks", "metrics", "statistics", "upscaling"}
        | {"training", "report", "evaluation", "study", "web"},
        {"click", "tqdm", "numpy", "pyvips", "torch"},
    ),
    "__init__": ({"upscaling", "training", "evaluation", "study"}, set()),
    "__main__": ({"cli"}, set()),
}
EVERYWHERE = {"errors", "atomic"}
# In these rooms the files named alone touch torch and the networks.
ONLY_IN = {
    "upscaling": tuple(
        f"upscaling/torch_{name}.py" for name in ("engine", "stream", "layers", "kernels", "graphs")
    ),
    "metrics": ("metrics/perceptual.py",),
}
HEAVY = ("torch", "fourfold.networks")


def violations(room: str, file: str, source: str) -> list[str]:
    """The imports of `source` that its room's row does not allow."""
    rooms, libraries = ROWS[room]
    found = []
    for name in _imports(source):
        head, _, rest = name.partition(".")
        if head == "fourfold":
            target = rest.partition(".")[0] or "__init__"
            if target not in {room, "__init__"} | rooms | EVERYWHERE:
                found.append(f"{file} imports fourfold.{target}")
        elif head not in sys.stdlib_module_names and head not in libraries:
            found.append(f"{file} imports {head}")
        homes = ONLY_IN.get(room, (file,))
        for heavy in HEAVY:
            if file not in homes and f"{name}.".startswith(f"{heavy}."):
                found.append(f"{file} imports {heavy}, which is for {', '.join(homes)} alone")
    return found


def _imports(source: str) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names.append(node.module or "")
    return names


def _files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def test_every_import_is_allowed_by_its_room():
    found = []
    for path in _files():
        file = path.relative_to(PACKAGE).as_posix()
        found += violations(file.split("/")[0].removesuffix(".py"), file, path.read_text())
    assert found == []


@pytest.mark.parametrize(
    ("room", "file", "source"),
    [
        ("weights", "weights/files.py", "import torch"),
        ("imaging", "imaging/reading.py", "from fourfold.upscaling import Upscaler"),
        ("errors", "errors.py", "import numpy as np"),
        ("upscaling", "upscaling/upscaler.py", "import torch.nn"),
        (
            "upscaling",
            "upscaling/upscaler.py",
            "def f():\n    from fourfold.networks import to_image",
        ),
        ("metrics", "metrics/psnr.py", "from fourfold.cli.main import main"),
        ("metrics", "metrics/psnr.py", "from fourfold.networks import Lpips"),
    ],
)
def test_a_forbidden_import_is_seen(room: str, file: str, source: str):
    assert violations(room, file, source)


def test_every_file_says_what_it_holds():
    for path in _files():
        assert ast.get_docstring(ast.parse(path.read_text())), path


def test_no_file_is_too_long_to_read():
    for path in _files():
        assert len(path.read_text().splitlines()) <= 300, path
