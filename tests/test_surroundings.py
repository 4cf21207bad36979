"""Does the command end in one line with the right exit code where it runs: no home, no letters, no streams, no name?"""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import residua.cli.list
from residua import __version__
from residua.cli.app import main

LONG = "x" * 300  # a file system takes 255


@pytest.fixture
def images(tmp_path: Path) -> Path:
    for number in range(4):
        (tmp_path / "images" / "éb"[number % 2]).mkdir(parents=True, exist_ok=True)
        levels = np.random.default_rng(number).integers(0, 256, (8, 8, 3), np.uint8)
        Image.fromarray(levels).save(tmp_path / "images" / "éb"[number % 2] / f"{number}.png")
    return tmp_path / "images"


def residua_in(words: list[str], **surroundings: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "residua", *words]
    return subprocess.run(command, text=True, check=False, **surroundings)  # type: ignore[call-overload,no-any-return]  # pipes or none


def test_a_user_whom_no_table_knows_and_who_has_no_home_gets_answers(
    images: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unknown(_: int) -> pwd.struct_passwd:
        raise KeyError("getpwuid(): uid not found")

    for name in ("HOME", "USER", "LOGNAME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    assert main(["data", str(images)]) in (0, 1)
    assert "Traceback" not in capsys.readouterr().err


def test_a_terminal_that_says_only_ascii_gets_escapes(images: Path) -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "1"}
    done = residua_in(["data", str(images)], capture_output=True, env=environment)
    assert done.returncode in (0, 1), done.stderr
    assert r"\xe9" in done.stdout
    assert "Traceback" not in done.stderr


def test_what_the_caller_has_closed_is_no_place_for_a_file(images: Path, tmp_path: Path) -> None:
    script = 'exec "$@" <&- >&- 2>&-'
    command = ["sh", "-c", script, "sh", sys.executable, "-m", "residua", "data", str(images), "--out", "page.html"]
    done = subprocess.run(command, cwd=tmp_path, check=False)
    assert done.returncode in (0, 1)
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")


@pytest.mark.parametrize(
    "words",
    [
        ["inspect", LONG],
        ["summary", f"{LONG}.pth"],
        ["convert", LONG, "out.safetensors"],
        ["data", LONG],
        ["check", f"{LONG}.py"],
        ["evaluate", LONG],
        ["predict", LONG, "a.png"],
        ["export", LONG, "--to", "onnx", "--out", "out"],
        ["serve", LONG],
        ["train", "--resume", LONG],
        ["train", "--data", LONG],
        ["train", "--data", "digits", "--epochs", "1" + "0" * 400],
        ["list", "[" * 20_000],
        ["train", "--data", "digits", "--out", LONG],
        ["train", "--compare", LONG, LONG],
    ],
    ids=lambda words: " ".join(word[:9] for word in words),
)
def test_a_name_that_no_file_system_takes_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) == 1
    assert len(shown.err) <= 330


def test_a_folder_that_is_not_utf_8_is_read_and_written_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, images: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    images.rename(folder)
    assert main(["data", str(folder), "--out", str(tmp_path / "page.html")]) in (0, 1)
    assert "Traceback" not in capsys.readouterr().err
    assert (tmp_path / "page.html").is_file()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KeyboardInterrupt(), 3),
        (MemoryError(), 2),
        (BrokenPipeError(), 0),
        (OSError(28, "full"), 2),
        (NotADirectoryError(20, "no folder"), 2),
    ],
)
def test_what_ends_a_verb_before_its_end_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException, code: int
) -> None:
    monkeypatch.setattr(residua.cli.list, "emit", raising(error))
    assert main(["list", "--json"]) == code
    assert len(capsys.readouterr().err.splitlines()) == (0 if code == 0 else 1)


def test_a_bug_keeps_its_traceback_and_ends_with_two_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(residua.cli.list, "emit", raising(ZeroDivisionError("ours")))
    assert main(["list", "--json"]) == 70
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-3] == "ZeroDivisionError: ours"
    assert lines[-2].startswith(f"residua {__version__}, Python ")
    assert lines[-1].startswith("residua: this is a bug in residua, not in what you gave it: please report it")
    assert "`residua list --json`" in lines[-1]


def raising(error: BaseException) -> object:
    def fails(*_: object, **__: object) -> None:
        raise error

    return fails
