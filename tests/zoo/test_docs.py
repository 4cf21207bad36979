"""Does docs/zoo.md show what the commands and Python print, and name every field?"""

from __future__ import annotations

import shlex

import pytest

from residua.cli.app import main
from residua.spec import ResNetSpec
from tests.docs import ROOT, commands, failures

PAGE = "docs/zoo.md"


@pytest.mark.parametrize(("command", "shown"), commands(PAGE))
def test_the_commands_print_what_the_page_shows(command, shown, capsys):
    main(shlex.split(command)[1:])
    printed = capsys.readouterr()
    assert printed.out + printed.err == shown


def test_python_prints_what_the_page_shows():
    assert failures(PAGE) == ""


def test_every_field_of_a_specification_is_explained_as_its_declaration_does():
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    rows = [f"| `{name}` | {field.description} |" for name, field in ResNetSpec.model_fields.items()]
    assert [row for row in rows if row not in text] == []
