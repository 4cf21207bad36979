"""Does every verb still say what it said: its words, its errors, its exit codes?

`commands.toml` names the commands, `golden/VERB/NAME.txt` holds what each gave. `--update-golden` records them anew.
"""

from __future__ import annotations

import importlib.metadata
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from residua.cli.app import main

from . import record, workspace

HERE = Path(__file__).parent
PROGRAM = "import sys; from residua.cli.app import main; sys.exit(main())"
PINNED = f"cyclopts=={importlib.metadata.version('cyclopts')}"
pytestmark = pytest.mark.skipif(
    PINNED not in (HERE.parents[1] / "constraints.txt").read_text(encoding="utf-8").splitlines(),
    reason="the parser's own words are recorded with the version that constraints.txt pins",
)
IN_A_SHELL = ["residua/overview", "residua/unknown-verb", "list/help", "list/json", "list/typo", "check/wrong"]


@dataclass(frozen=True)
class Command:
    """group: `plain`, `shared` (needs ../shared), `trained` (its numbers were learnt), or `slow`."""

    group: str
    name: str
    words: tuple[str, ...]

    @property
    def loose(self) -> bool:
        """Whether its fractions come from training."""
        return self.group in ("trained", "slow")

    @property
    def golden(self) -> Path:
        return HERE / "golden" / f"{self.name}.txt"


def _commands() -> list[Command]:
    groups = tomllib.loads((HERE / "commands.toml").read_text(encoding="utf-8"))
    return [
        Command(group, f"{verb}/{name}", tuple(shlex.split(line)))
        for group, verbs in groups.items()
        for verb, lines in verbs.items()
        for name, line in lines.items()
    ]


COMMANDS = _commands()
PARAMETERS = [
    pytest.param(each, id=each.name, marks=pytest.mark.slow if each.group == "slow" else ()) for each in COMMANDS
]


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared")
    workspace.prepare(folder)
    return folder


@pytest.fixture(scope="session")
def trained(prepared: Path) -> Path:
    """The prepared folder, in which a run lies too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(prepared)
        workspace.train(prepared)
    return prepared


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """80 columns without colours, and one thread."""
    for name, value in {"COLUMNS": "80", "LINES": "40", "TERM": "dumb", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    for name in ("FORCE_COLOR", "GITHUB_ACTIONS", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def place(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The prepared folder as the current one; what a command adds is removed after it."""
    monkeypatch.chdir(prepared)
    before = _files(prepared)
    yield prepared
    for name in sorted(_files(prepared) - before, reverse=True):
        path = prepared / name
        path.rmdir() if path.is_dir() else path.unlink()


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def _record(command: Command, code: int, out: str, err: str, made: set[str]) -> str:
    """Return the text of a golden file."""
    folders = {str(Path.cwd()): "<here>", str(workspace.SHARED): "<shared>", str(workspace.TESTS.parent): "<checkout>"}
    if {"--json", "--sarif"} & set(command.words) and out.startswith(("{", "[")):
        out = record.document(out)
    parts = [f"$ residua {shlex.join(command.words)}", f"exit code {code}"]
    for name, text in (("stdout", out), ("stderr", err), ("files", "\n".join(sorted(made)))):
        if text:
            parts += [f"--- {name}", record.normalised(text, folders)]
    return "\n".join(parts) + "\n"


def _compare(command: Command, text: str, update: bool) -> None:
    """Assert that `text` is the recorded one, or record it."""
    golden = command.golden.read_text(encoding="utf-8") if command.golden.is_file() else None
    if golden is not None and command.loose and record.same(text, golden):
        return
    if update:
        command.golden.parent.mkdir(parents=True, exist_ok=True)
        command.golden.write_text(text, encoding="utf-8")
        return
    assert golden is not None, f"{command.golden.name} is missing: pytest --update-golden writes it"
    assert text == golden


@pytest.mark.parametrize("command", PARAMETERS)
def test_a_command_says_what_it_said(
    command: Command, request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]
) -> None:
    if command.group == "shared" and not workspace.SHARED.is_dir():
        pytest.skip("../shared is not beside this checkout")
    if command.loose:
        request.getfixturevalue("trained")
    place = request.getfixturevalue("place")
    before = _files(place)
    capfd.readouterr()
    code = main(command.words)
    out, err = capfd.readouterr()
    text = _record(command, code, out, err, _files(place) - before)
    _compare(command, text, request.config.getoption("--update-golden"))


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.name in IN_A_SHELL], ids=lambda each: each.name)
def test_a_shell_sees_the_same(command: Command, place: Path) -> None:
    line = [sys.executable, "-c", PROGRAM, *command.words]
    done = subprocess.run(line, capture_output=True, encoding="utf-8", check=False)
    text = _record(command, done.returncode, done.stdout, done.stderr, set())
    assert text == command.golden.read_text(encoding="utf-8")


def test_every_golden_file_belongs_to_one_command() -> None:
    files = sorted(path for path in (HERE / "golden").rglob("*") if path.is_file())
    assert files == sorted(each.golden for each in COMMANDS)
