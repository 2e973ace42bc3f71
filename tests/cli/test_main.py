"""The command itself: version, verbs, help."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

import fourfold
from fourfold.cli.main import commands


def test_the_version():
    assert (
        CliRunner().invoke(commands, ["--version"]).output == f"fourfold {fourfold.__version__}\n"
    )


def test_python_m_fourfold_is_the_command():
    result = subprocess.run(
        [sys.executable, "-m", "fourfold", "--version"], capture_output=True, text=True, check=True
    )
    assert result.stdout.startswith("fourfold ")


def test_an_unknown_verb_suggests_the_nearest():
    result = CliRunner().invoke(commands, ["upscal"])
    assert result.exit_code == 2 and "Did you mean 'upscale'?" in result.stderr


@pytest.mark.parametrize("verb", sorted(commands.commands))
def test_every_verb_has_help_with_two_examples_that_fits_a_screen(verb: str):
    lines = CliRunner().invoke(commands, [verb, "--help"]).output.splitlines()
    assert not any("None]" in line for line in lines)  # a range that nothing bounds
    assert sum(line.startswith("  fourfold ") for line in lines) >= 2
    assert len(lines) <= 40 and max(len(line) for line in lines) <= 80
