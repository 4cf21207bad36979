"""Does the command answer without torch, and end with the code and the one line that it should?"""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from residua import __version__
from residua.cli.app import VERBS, main
from tests.children import started

BLOCK_TORCH = "import sys; sys.modules['torch'] = None; from residua.cli.app import main; sys.exit(main({words!r}))"
NOTICE_TORCH = (
    "import sys; from residua.cli.app import main; main({words!r}); sys.exit(3 if 'torch' in sys.modules else 0)"
)
WRITTEN = [verb for verb, (place, _) in VERBS.items() if importlib.util.find_spec(place.partition(":")[0])]


def python(code: str, words: list[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code.format(words=words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", [["--help"], [], ["--version"], ["sumary"]])
def test_the_overview_imports_no_torch(words):
    assert python(NOTICE_TORCH, words).returncode == 0


@pytest.mark.parametrize(
    ("mistake", "listing"),
    [
        (["summary", "resnet51"], ["list", "--json"]),
        (["list", "no*such"], ["list", "--json"]),
        (["check", "--explain", "R999"], ["check", "--rules"]),
    ],
)
def test_a_message_that_counts_all_names_the_number_that_the_listing_has(mistake, listing, capsys):
    assert main(mistake) == 2
    claimed = int(re.search(r"`residua (?:list|check --rules)` (?:shows|lists) all (\d+)", capsys.readouterr().err)[1])
    assert main(listing) == 0
    out = capsys.readouterr().out
    assert claimed == (len(json.loads(out)) if "--json" in listing else len(out.splitlines()))


@pytest.mark.parametrize("verb", WRITTEN)
def test_the_help_of_a_verb_imports_no_torch(verb):
    done = python(BLOCK_TORCH, [verb, "--help"])
    assert done.returncode == 0, done.stderr
    assert f"residua {verb}" in done.stdout
    assert "--json" in done.stdout
    assert "--quiet" in done.stdout


def test_every_verb_has_its_function():
    for verb, (place, question) in VERBS.items():
        module, _, function = place.partition(":")
        found = importlib.util.find_spec(module)
        assert found is not None, f"{verb} is announced and {module} is not there"
        tree = ast.parse(Path(str(found.origin)).read_text(encoding="utf-8"))
        assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert question.endswith("?")


def test_the_overview_names_every_verb_and_its_question(capsys):
    assert main([]) == main(["--help"]) == 0
    out = capsys.readouterr().out
    for verb, (_, question) in VERBS.items():
        assert verb in out
        assert question in out
    assert max(map(len, out.splitlines())) <= 110


@pytest.mark.parametrize("verb", ["list", "predict"])
def test_help_of_a_verb_may_be_asked_for_in_words(capsys, verb):
    assert main([verb, "--help"]) == 0
    expected = capsys.readouterr().out
    assert main(["help", verb]) == 0
    assert capsys.readouterr().out == expected
    assert main(["help", "trian"]) == 2
    assert "did you mean `residua train`?" in capsys.readouterr().err


def test_the_version_is_the_packages(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"{__version__}\n"


@pytest.mark.parametrize(("word", "hint"), [("sumary", "residua summary"), ("zzz", ", ".join(VERBS))])
def test_an_unknown_verb_is_one_line_and_exit_2(capsys, word, hint):
    assert main([word]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert hint in printed.err


def test_an_unknown_option_is_one_line_and_exit_2(capsys):
    assert main(["list", "--colour"]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert "residua list --help" in printed.err


def test_python_m_residua_is_the_command():
    command = [sys.executable, "-m", "residua", "list", "resnet18"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "11,689,512" in done.stdout


def test_a_reader_that_stops_early_sees_no_traceback():
    command = [sys.executable, "-m", "residua", "list", "--json"]
    with started(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=60) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("words", [["--version"], ["list"], ["list", "--json"]])
def test_a_full_disk_behind_stdout_is_no_mistake_of_residua(words):
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "residua", *words]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert lines[-1] == "residua: cannot write to stdout: the disk is full; free some space, or choose another folder"
    assert "Traceback" not in done.stderr


def test_a_closed_stdout_takes_nothing_and_costs_nothing():
    code = "import sys; sys.stdout = None; from residua.cli.app import main; sys.exit(main(['list', '--json']))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("words", [["predict", "no-net"], ["explain", "no-net"], ["bench"], ["check"]])
def test_options_may_stand_before_the_last_of_several_words(words, capsys):
    assert main([*words, "--quiet", "no-1.png", "no-2.png"]) == 2
    assert "Unused" not in capsys.readouterr().err
