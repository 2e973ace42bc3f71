"""The manual page and the shell's completion: both made of what the command says of itself."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from fourfold.cli.main import commands
from fourfold.cli.manual import manual_page
from fourfold.weights import shipped_names


def verbs(group: click.Group, above: str = "fourfold") -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    for name, verb in group.commands.items():
        found[f"{above} {name}"] = verb
        if isinstance(verb, click.Group):
            found |= verbs(verb, f"{above} {name}")
    return found


def test_the_page_tells_of_every_verb_and_every_option():
    page = manual_page(commands).replace("\\-", "-")
    for name, verb in verbs(commands).items():
        assert f".SS {name}\n" in page
        for parameter in verb.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                assert parameter.opts[-1] in page, (name, parameter.opts)


@pytest.mark.skipif(shutil.which("groff") is None, reason="needs groff")
def test_the_page_is_one_that_groff_sets():
    result = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww"],
        input=manual_page(commands),
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stderr == "" and "fourfold upscale holiday.jpg" in result.stdout


def test_the_module_prints_the_page():
    result = subprocess.run(
        [sys.executable, "-m", "fourfold.cli.manual"], capture_output=True, text=True, check=True
    )
    assert result.stdout == manual_page(commands)


def test_lists_of_verbs_fit_a_terminal_and_cut_none_short():
    for name, verb in [("fourfold", commands), *verbs(commands).items()]:
        context = click.Context(verb, info_name=name, max_content_width=80)
        if isinstance(verb, click.Group):
            lines = verb.get_help(context).partition("Commands:")[2].splitlines()
            assert [line for line in lines if line.endswith("...") or len(line) > 80] == []


def test_a_range_is_said_in_the_options_own_words():
    helped = commands.commands["upscale"].get_help(click.Context(commands.commands["upscale"]))
    assert "0...1" in helped and "x>" not in helped and "x<" not in helped and "RANGE" not in helped


def complete(words: str) -> list[str]:
    """What bash would offer after these words."""
    parts = words.split(" ")
    environment = {
        "_FOURFOLD_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(parts) - 1),
    }
    result = subprocess.run(
        [Path(sys.executable).with_name("fourfold")],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout.splitlines()


def test_verbs_options_models_and_files_are_completed():
    assert "plain,upscale" in complete("fourfold up")
    assert complete("fourfold upscale --qua") == ["plain,--quality"]
    models = [f"plain,{name}" for name in shipped_names() if name.startswith("sr")]
    assert "plain,srgan" in models
    assert complete("fourfold upscale --model sr") == [*models, "file,sr"]
    assert complete("fourfold export sr") == [*models, "file,sr"]
    assert complete("fourfold upscale holi") == ["file,holi"]
    assert complete("fourfold upscale -o lar") == ["file,lar"]
    assert "plain,webp" in complete("fourfold upscale --format we")
