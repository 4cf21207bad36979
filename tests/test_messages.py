"""Does every flag that a message names exist, for the verb that it names or for every verb that can print it?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from residua.cli.app import VERBS, main
from tests.docs import ROOT

FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
COMMAND = re.compile(r"residua ([a-z]+)((?: (?!residua )[^`]*)?)")  # up to the end of the quoted command
# Flags of torchrun and of git.
FOREIGN = {"--max-restarts", "--rdzv-id", "--nproc-per-node", "--cached", "--others", "--exclude-standard"}
# Messages that only the verb with the flag prints, though others import their file: (file, flag): why.
ONLY_THERE = {
    ("cli/convert.py", "--as"): "the names of convert's own flags; inspect takes its words from here",
    ("cli/convert.py", "--no-projection-norm"): "as above",
    ("check/run/slips.py", "--args"): "summary says --set in its place",
    ("cli/summary.py", "--args"): "the word that it replaces",
    ("cli/data.py", "--size"): "what data suggests to train with",
    ("cli/data.py", "--batch"): "as above",
    ("files.py", "--overwrite"): "said of the file that a verb with the flag is to write",
    ("cli/options/target.py", "--input"): "about the value of that flag",
    ("cli/options/target.py", "--set"): "about the values of that flag",
    ("settings.py", "--set"): "about the values of that flag",
    ("summary/network.py", "--input"): "train asks for the shapes of networks of ours, which have convolutions",
    ("targets/given.py", "--args"): "about the values of that flag",
    ("targets/given.py", "--input"): "about the values of that flag",
    ("data/groups/drawn.py", "--fold"): "said where a training draws its split",
    ("data/groups/drawn.py", "--grouping"): "said where a training draws its split",
    ("data/groups/leaks.py", "--grouping"): "train prints it; evaluate takes the images that were seen, and no message",
    ("data/groups/named.py", "--group"): "about the value of that flag",
    ("data/doctor/rules.py", "--balance"): "says: train with it",
    ("data/doctor/rules.py", "--fit"): "says: train with it",
    ("data/doctor/rules.py", "--skip-bad"): "says: train with it",
    ("data/pixels/quick_check.py", "--skip-bad"): "the verb data examines bad images and does not refuse them",
    ("data/sources/download.py", "--root"): "predict opens no data set",
    ("data/sources/download.py", "--download"): "names the verbs that have it",
    ("data/sources/open.py", "--data"): "said of what a run or checkpoint names, by the verbs that measure on it",
    ("serve/exported.py", "--out"): "the command of a child, not said",
    ("serve/exported.py", "--to"): "the command of a child, not said",
    ("ship/proof.py", "--precision"): "bench asks for those precisions alone that an artifact has",
    ("ship/runners.py", "--device"): "serve asks for no device",
    ("nn/device.py", "--device"): "data asks for the processor's name alone",
    ("train/measure/answers.py", "--mistakes"): "evaluate alone writes that page",
    ("train/measure/images.py", "--split"): "train measures the images that it holds out itself",
    ("weights/conversion.py", "--to"): "about the layout that --to asked for",
    ("weights/preparation.py", "--preprocessing"): "about the value of that flag",
    ("weights/preparation.py", "--classes"): "about the value of that flag",
    ("weights/preparation.py", "--size"): "said where --preprocessing was given",
    ("weights/unwrap/wrappers.py", "--ema"): "said where --ema was given",
    ("weights/report_text.py", "--set"): "stands behind `residua convert`",
    ("weights/trained.py", "--precision"): "said of logits, which the verbs with --precision compute",
}
# Verbs that reach code without passing its flags on: what it says of them is said by other verbs alone.
WITHOUT_FLAGS = {
    "study": ("data/", "train/"),  # its trainings are configured by the study
    "bench": ("ship/export/steps.py",),  # it takes the kinds of images from there, and exports nothing
    "learn": ("check/", "targets/"),  # it gives a block that it has made itself, and prints the first finding
}


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def module_path(name: str) -> Path | None:
    base = ROOT.joinpath(*name.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


@cache
def imported(path: Path) -> frozenset[Path]:
    """Return the files of ours that a file imports when it runs: those for type checkers aside."""
    tree, found = tree_of(path), set()
    for_types = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in for_types:
            continue
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        found |= {place for name in names if name.startswith("residua") and (place := module_path(name))}
    return frozenset(found)


@cache
def reached(verb: str) -> frozenset[Path]:
    """Return the files whose code a verb can run."""
    start = module_path(VERBS[verb][0].partition(":")[0])
    assert start is not None
    seen, waiting = set(), [start]
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += imported(path)
    return frozenset(seen)


def messages(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of every string in a file but docstrings; what an f-string fills in is a …"""
    tree = tree_of(path)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            pieces = [str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values]
            yield node.lineno, "".join(pieces)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings | parts:
            yield node.lineno, node.value


@pytest.fixture(scope="module")
def flags_of() -> dict[str, set[str]]:
    """{verb: its flags, as its --help shows them}."""
    import contextlib
    import io

    found = {}
    for verb in VERBS:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            assert main([verb, "--help"]) == 0
        found[verb] = set(FLAG.findall(out.getvalue())) | {"--help"}
    return found


def lost_in(text: str, verbs: list[str], flags_of: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    """Yield (flag, what is wrong) for what a message names and is not there. verbs: those that can print it."""
    for verb, rest in COMMAND.findall(text):
        for flag in FLAG.findall(rest):
            if verb in flags_of and flag not in flags_of[verb]:
                yield flag, f"residua {verb} has no {flag}"
    bare = [flag for flag in FLAG.findall(COMMAND.sub("", text)) if flag not in FOREIGN]
    for flag in bare:
        without = [verb for verb in verbs if flag not in flags_of[verb]]
        if without:
            yield flag, f"{flag} is no flag of {', '.join(without)}"


def test_a_flag_that_is_not_there_is_found() -> None:
    flags = {"convert": {"--set"}, "predict": {"--top"}}
    assert [flag for flag, _ in lost_in("give `residua convert --nothing`", [], flags)] == ["--nothing"]
    assert [flag for flag, _ in lost_in("give --set", ["convert", "predict"], flags)] == ["--set"]
    assert list(lost_in("give --set, or `residua predict X --top 3`", ["convert"], flags)) == []


SOURCES = sorted((ROOT / "residua").rglob("*.py"))


def test_every_flag_that_a_message_names_exists(flags_of: dict[str, set[str]]) -> None:
    lost, excused = [], set()
    for path in SOURCES:
        name = path.relative_to(ROOT / "residua").as_posix()
        verbs = [v for v in VERBS if path in reached(v) and not name.startswith(WITHOUT_FLAGS.get(v, ("/",)))]
        for line, text in messages(path):
            for flag, words in lost_in(text, verbs, flags_of):
                if (name, flag) in ONLY_THERE:
                    excused.add((name, flag))
                else:
                    lost.append(f"{name}:{line}: {words}")
    assert not lost, "\n".join(lost)
    assert not set(ONLY_THERE) - excused, "an exception that nothing needs any more"
