"""Is a repository checked as it lies there: which files, in which order, and with nothing of it changed?"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from residua.check import jobs
from residua.check.listing import listed
from residua.cli.app import main
from residua.targets import Candidate
from tests.children import started

RIGHT = """
import torch
from torch import nn

class ResBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        out = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(out + x)
"""
WRONG = RIGHT.replace("return torch.relu(out + x)", "return torch.relu(x + x)")


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def run(capfd: pytest.CaptureFixture[str], *words: object) -> tuple[int, list[dict[str, Any]], str]:
    code = main(["check", *map(str, words), "--json"])
    out, err = capfd.readouterr()
    return code, json.loads(out)["targets"] if out else [], err


def test_a_folder_gives_what_git_lists_without_tests(tmp_path: Path) -> None:
    write(tmp_path, block=RIGHT, made__by_a_build=RIGHT, tests__test_block=RIGHT)
    (tmp_path / ".gitignore").write_text("made/\n", encoding="utf-8")
    names = ["block.py"]
    assert [Path(t.text).relative_to(tmp_path).as_posix() for t in listed([str(tmp_path)]).targets] == names
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    listing = listed([str(tmp_path)])
    assert [Path(t.text).relative_to(tmp_path).as_posix() for t in listing.targets] == names
    assert listing.tests == 1


def test_targets_are_answered_in_order_and_a_missing_one_stops_no_other(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, a=WRONG, b=RIGHT, c=WRONG)
    code, targets, err = run(capfd, tmp_path / "nowhere.py", tmp_path)
    assert [Path(t["target"].rpartition(":")[0]).stem for t in targets] == ["a", "b", "c"]
    assert [t["verdict"] for t in targets] == ["errors", "ok", "errors"]
    assert code == 2
    assert "there is no file" in err


def test_a_class_over_its_time_in_a_file_stops_no_other(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    slow = RIGHT.replace("class ResBlock", "class SlowResBlock").replace(
        "        out =", "        while True: pass\n        out ="
    )
    write(tmp_path, both=slow + RIGHT)
    code, targets, _ = run(capfd, tmp_path, "--timeout-seconds", "2", "--strict")
    assert [(t["target"].rpartition(":")[2], t["verdict"]) for t in targets] == [
        ("SlowResBlock", "not run"),
        ("ResBlock", "ok"),
    ]
    assert code == 1  # of what was not run alone


def test_nothing_that_could_be_run_is_no_success(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, slow=RIGHT.replace("        out =", "        while True: pass\n        out ="))
    assert run(capfd, tmp_path, "--timeout-seconds", "1")[0] == 2


def test_code_under_check_meets_no_network_and_no_home(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    lines = [
        "import os, pathlib, socket",
        "try:",
        "    socket.create_connection(('127.0.0.1', 9), timeout=1)",
        "    REACHED = True",
        "except OSError as error:",
        "    REACHED = 'without a network' not in str(error)",
        "assert not REACHED",
        "pathlib.Path.home().joinpath('trace').write_text('x')",
        f"assert str(pathlib.Path.home()) != {str(Path.home())!r}",
    ]
    body = "\n".join(f"        {line}" for line in lines)
    write(tmp_path, curious=RIGHT.replace("        super().__init__()\n", f"        super().__init__()\n{body}\n"))
    code, targets, _ = run(capfd, f"{tmp_path / 'curious.py'}:ResBlock")
    assert (code, targets[0]["verdict"], targets[0]["findings"]) == (0, "ok", [])
    assert not (Path.home() / "trace").exists()


def test_a_mistake_of_ours_is_no_verdict_and_stops_no_other(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, a=RIGHT, b=RIGHT, c=WRONG)
    as_ever = jobs.examine

    def broken(candidate: Candidate, *words: Any, **more: Any) -> Any:
        if Path(candidate.file).stem == "b":
            raise IndexError("ours")
        return as_ever(candidate, *words, **more)

    monkeypatch.setattr(jobs, "examine", broken)
    code, targets, err = run(capfd, tmp_path)
    assert (code, [each["verdict"] for each in targets]) == (70, ["ok", "errors"])
    assert "b.py:ResBlock\n" in err
    assert "IndexError: ours" in err
    assert "bug in residua" in err
    code, targets, err = run(capfd, f"{tmp_path / 'b.py'}:ResBlock")
    assert (code, targets) == (70, [])
    assert "IndexError: ours" in err


SCRIPT = """
import argparse
import click_that_is_not_there
import torch
parser = argparse.ArgumentParser()
parser.add_argument("data")
parser.add_argument("--width", type=int, required=True)
args = parser.parse_args()
torch.cuda.set_device(0)
raise_if_run = open("a file that is not there").read()
"""


def test_of_a_script_only_what_a_class_needs_is_run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    block = RIGHT.replace("def __init__(self, channels):", "def __init__(self, channels=args.width):")
    write(tmp_path, script=SCRIPT + block)
    code, targets, _ = run(capfd, tmp_path / "script.py")
    assert (code, [t["verdict"] for t in targets]) == (0, ["ok"])


WAITING = """
import os, time
from pathlib import Path
from torch import nn
class WaitingNet(nn.Module):
    def __init__(self):
        super().__init__()
        Path({!r}).write_text(str(os.getpid()))
        time.sleep(300)
    def forward(self, x):
        return x
"""


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="/proc says which processes there are")
def test_a_command_that_is_killed_leaves_no_process(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    write(tmp_path, net=WAITING.format(str(note)))
    with started([sys.executable, "-m", "residua", "check", str(tmp_path / "net.py")]) as process:
        _wait_until(lambda: note.exists() and note.read_text() != "")
        process.kill()
    _wait_until(lambda: not _runs(note.read_text()))


def _runs(pid: str) -> bool:
    """Tell a process that has not ended; one that nobody waits for is listed on."""
    try:
        return Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _wait_until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 120  # of a busy machine; it takes seconds
    while not done():
        assert time.monotonic() < end, "it does not come about"
        time.sleep(0.1)
