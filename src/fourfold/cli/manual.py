"""The manual page, made of the help that the command itself gives: `python -m fourfold.cli.manual`.

Source: man-pages(7), on the sections of a page.
"""

import inspect
import sys
from collections.abc import Iterator

import click

from fourfold import __version__


def manual_page(command: click.Group) -> str:
    """The page `fourfold(1)`, in roff."""
    lines = [
        f'.TH FOURFOLD 1 "" "fourfold {__version__}" "User Commands"',
        ".SH NAME",
        r"fourfold \- enlarge photographs four times",
        ".SH SYNOPSIS",
        r".B fourfold",
        r".I VERB",
        r"[OPTION]... [ARGUMENT]...",
        ".SH DESCRIPTION",
        *_prose(command.help or ""),
        ".SH VERBS",
        *_verbs(command, ()),
        ".SH EXIT STATUS",
        *_entry("0", "All went well."),
        *_entry("1", "Something failed; what, and the mend, is one sentence on standard error."),
        *_entry("2", "Wrong usage."),
        *_entry("130", "Interrupted; what is there is whole."),
    ]
    return "\n".join(lines) + "\n"


def _verbs(
    group: click.Group, above: tuple[str, ...], parent: click.Context | None = None
) -> Iterator[str]:
    above_it = click.Context(group, parent=parent, **group.context_settings)
    for name, verb in group.commands.items():
        words = (*above, name)
        yield ".SS " + _plain(" ".join(("fourfold", *words)))
        yield from _prose(verb.help or "")
        if isinstance(verb, click.Group):
            yield from _verbs(verb, words, above_it)
            continue
        context = click.Context(verb, parent=above_it, info_name=" ".join(words))
        usage = " ".join(verb.collect_usage_pieces(context))
        yield from (".PP", f"Usage: fourfold {_plain(' '.join(words))} {_plain(usage)}")
        for parameter in verb.get_params(context):
            record = parameter.get_help_record(context)
            if isinstance(parameter, click.Option) and record is not None:
                yield from _entry(*record)


def _entry(term: str, text: str) -> Iterator[str]:
    yield from (".TP", rf"\fB{_plain(term)}\fR", _plain(text))


def _prose(text: str) -> Iterator[str]:
    r"""Paragraphs as click marks them: those after \b keep their lines."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        lines = paragraph.split("\n")
        if lines[0].strip() == "\b":
            yield from (".PP", ".nf", *(_plain(line) for line in lines[1:]), ".fi")
        else:
            yield from (".PP", _plain(" ".join(lines)))


def _plain(text: str) -> str:
    """As roff prints it: no letter means anything to it."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped


if __name__ == "__main__":
    from fourfold.cli.main import commands

    sys.stdout.write(manual_page(commands))
