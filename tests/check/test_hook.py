"""Does the hook stop a commit for an error in the code, and for nothing else, when pre-commit itself runs it?"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from residua.check.listing import _TESTS
from residua.cli.app import main
from tests.check.conftest import DOCUMENTS
from tests.docs import ROOT

HOOKS = ROOT / ".pre-commit-hooks.yaml"
[HOOK] = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose configuration names the hook, in an environment that has `residua` and git."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    for folder in ("hooks", "project", "bin"):
        (tmp_path / folder).mkdir()
    command = tmp_path / "bin" / "residua"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m residua "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    settings = {
        "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(tmp_path / "home"),
    }
    settings |= {f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    for name, value in (settings | {"GIT_CONFIG_GLOBAL": os.devnull}).items():
        monkeypatch.setenv(name, value)
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    shutil.copy(HOOKS, tmp_path / "hooks")
    for folder in ("hooks", "project"):
        git(tmp_path / folder, "init", "-q")
        git(tmp_path / folder, "add", ".")
        git(tmp_path / folder, "commit", "-q", "--allow-empty", "-m", "all")
    revision = git(tmp_path / "hooks", "rev-parse", "HEAD").strip()
    repository = {"repo": str(tmp_path / "hooks"), "rev": revision, "hooks": [{"id": "residua-check"}]}
    config = yaml.safe_dump({"repos": [repository]})
    (tmp_path / "project" / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")
    return tmp_path / "project"


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True, text=True).stdout


def hooked(project: Path) -> subprocess.CompletedProcess[str]:
    git(project, "add", ".")
    words = [sys.executable, "-m", "pre_commit", "run", "residua-check"]
    return subprocess.run(words, cwd=project, capture_output=True, text=True, timeout=300, check=False)


def test_pre_commit_runs_it_and_an_error_stops_the_commit(project: Path) -> None:
    shutil.copy(DOCUMENTS / "seed004.py", project / "net.py")
    (project / "tests").mkdir()
    shutil.copy(DOCUMENTS / "seed004.py", project / "tests" / "test_net.py")
    done = hooked(project)
    assert done.returncode == 1, done.stdout + done.stderr
    lines = [line for line in done.stdout.splitlines() if ": error R" in line]
    assert [line[: line.index(" error")] for line in lines] == ["net.py:18:13:", "net.py:21:13:", "net.py:27:13:"]


@pytest.mark.slow
def test_what_is_right_or_no_network_at_all_passes(project: Path) -> None:
    shutil.copy(DOCUMENTS / "seed000.py", project / "net.py")
    (project / "setup.py").write_text("raise SystemExit('not to be run')\n", encoding="utf-8")
    (project / "notes.txt").write_text("torch\n", encoding="utf-8")
    done = hooked(project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stdout


def test_its_files_are_those_that_a_folder_would_give() -> None:
    assert HOOK["language"] == "system"
    assert HOOK["types_or"] == ["python", "jupyter"]
    names = [
        "net.py",
        "tests/net.py",
        "a/testing/x.py",
        "test_a.py",
        "a/b_test.py",
        "conftest.py",
        "latest.py",
        "a/contest.py",
    ]
    assert [bool(re.search(HOOK["exclude"], name)) for name in names] == [bool(_TESTS.search(name)) for name in names]
    assert HOOK["exclude"] == _TESTS.pattern


@pytest.mark.parametrize(
    ("text", "code", "hooked_code"),
    [
        ("x = 1\n", 2, 0),  # no class
        ("import torch\nraise ValueError\nclass Block(torch.nn.Module): pass\n", 2, 0),
        ("import torch, nowhere\nclass ResBlock(nowhere.Base, torch.nn.Module): pass\n", 2, 0),
    ],
)
def test_where_nothing_can_be_run_only_a_hook_passes(
    text: str, code: int, hooked_code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "changed.py"
    path.write_text(text, encoding="utf-8")
    assert main(["check", str(path)]) == code
    assert main(["check", str(path), "--pass-empty"]) == hooked_code
