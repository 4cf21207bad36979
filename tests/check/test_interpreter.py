"""Is code checked in the project's own interpreter, with torch and nothing else of ours there, as it is in this one?"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import tomllib
import venv
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from residua.check.interpreter import _PROGRAM, OLDEST_PYTHON, OLDEST_TORCH, Interpreter
from residua.check.jobs import Checked, Settings, check_all
from residua.check.report.finding import CheckReport
from residua.check.served import checked_from, request_from, request_of
from residua.check.target import Target
from residua.cli.app import main
from residua.errors import CheckError
from residua.targets.given import Input, parse_arguments
from residua.targets.isolate import InternalFailure
from tests.check.conftest import DOCUMENTS
from tests.check.test_repository import RIGHT, WRONG, write
from tests.docs import ROOT, commands

SEED = DOCUMENTS / "seed004.py"
NEEDED_BY_TORCH = (
    "torch", "torchgen", "functorch", "typing_extensions", "sympy", "mpmath", "networkx", "jinja2", "markupsafe",
    "fsspec", "filelock",
)  # fmt: skip
OURS = ("pydantic", "rich", "cyclopts", "libcst", "safetensors", "residua")


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter of its own that has this torch and what torch imports, and a package that only a project has."""
    folder = tmp_path_factory.mktemp("project") / ".venv"
    venv.create(folder, with_pip=False, symlinks=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    there = packages.parent / "linked"
    there.mkdir()
    for name in NEEDED_BY_TORCH:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            continue
        origin = Path(spec.origin)
        origin = origin.parent if origin.stem == "__init__" else origin
        (there / origin.name).symlink_to(origin)
    (packages / "torch.pth").write_text(f"{there}\n", encoding="utf-8")
    (packages / "only_there.py").write_text("CHANNELS = 3\n", encoding="utf-8")
    return folder / "bin" / "python"


def run(capfd: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main(["check", *map(str, words)])
    out, err = capfd.readouterr()
    return code, out, err


def told(out: str) -> list[Any]:
    return [{**each, "seconds": 0} for each in json.loads(out)["targets"]]


def test_only_torch_is_there(python: Path, tmp_path: Path) -> None:
    program = f"import torch, sys\nfrom importlib.util import find_spec\nsys.exit(any(map(find_spec, {OURS})))"
    subprocess.run([python, "-c", program], check=True, cwd=tmp_path)


def test_it_finds_what_this_one_finds(python: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = [f"{SEED}:Block", "--json", "--args", "in_channels=16, out_channels=32"]
    here, there = run(capfd, *words), run(capfd, *words, "--python", python)
    assert here[0] == there[0] == 1
    assert told(here[1]) == told(there[1])


@pytest.mark.slow
def test_the_command_of_the_page_has_what_the_code_imports(
    python: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = RIGHT.replace("import torch\n", "import torch\nfrom only_there import CHANNELS\n", 1)
    monkeypatch.chdir(python.parents[2])
    write(Path("src"), block=text.replace("def __init__(self, channels)", "def __init__(self, channels=CHANNELS * 4)"))
    assert run(capfd, "src/block.py:ResBlock")[0] == 2
    [command] = [each for each, _ in commands("docs/check.md") if "--python" in each]
    words = shlex.split(command, comments=True)
    code, out, err = run(capfd, *words[2:], "--json")
    assert (code, told(out)[0]["verdict"], told(out)[0]["reason"]) == (0, "ok", ""), err
    assert run(capfd, "src", "--python", ".venv")[0] == 0


@pytest.mark.slow
def test_folders_time_limits_and_what_the_code_prints(
    python: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    slow = RIGHT.replace("class ResBlock", "class SlowResBlock").replace(
        "        out =", "        while True: pass\n        out ="
    )
    write(tmp_path, a=WRONG, both=slow + RIGHT.replace("        out =", "        print('{}')\n        out ="))
    (tmp_path / "notes.py").write_text("raise SystemExit\n", encoding="utf-8")
    words = (tmp_path, "--json", "--timeout-seconds", "2", "--python", python)
    code, out, err = run(capfd, *words)
    found = [(each["target"].rpartition(":")[2], each["verdict"]) for each in told(out)]
    assert found == [("ResBlock", "errors"), ("SlowResBlock", "not run"), ("ResBlock", "ok")]
    assert code == 1
    assert err.strip().endswith("residua: 3 files, 3 classes: 2 run, 1 not run; 1 finding (1 error)")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.py", "both.py", "notes.py"]  # no __pycache__


def test_fixes_are_tried_there(python: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = "from only_there import CHANNELS\n" + WRONG.replace("channels)", "channels=CHANNELS * 4)", 1)
    write(tmp_path, block=text)
    code, _, err = run(capfd, tmp_path / "block.py:ResBlock", "--fix", "--python", python)
    assert code == 0, err
    assert "mended R1" in err
    assert (tmp_path / "block.py").read_text("utf-8") != text


@pytest.mark.slow
def test_one_process_answers_several_requests_and_a_mistake_of_ours_is_none_of_theirs(
    python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Interpreter(str(python)) as other:
        targets = [Target(f"{SEED}:Block", named=True), Target(f"{SEED}:Nothing", named=True)]
        for _ in range(2):
            first, second = other.check_all(targets, Settings())
            assert [each.rule for each in first.reports[0].findings] == ["R110", "R154", "R101"]
            assert "has no 'Nothing'" in second.problem
        with monkeypatch.context() as patched:
            patched.setattr("residua.check.interpreter.request_of", lambda *_: {"targets": []})
            with pytest.raises(InternalFailure, match="KeyError: 'settings'"):
                list(other.check_all(targets[:1], Settings()))
        assert len(list(other.check_all(targets[:1], Settings()))) == 1
    assert other._process.poll() is not None


@pytest.mark.slow
def test_what_it_checks_ends_with_it(python: Path, tmp_path: Path) -> None:
    says = f"open({str(tmp_path / 'pid')!r}, 'w').write(str(__import__('os').getpid()))"
    loop = RIGHT.replace("        out =", f"        {says}\n        while True: pass\n        out =")
    write(tmp_path, slow=loop)
    with Interpreter(str(python)) as other:
        other._ask(request_of([Target(str(tmp_path / "slow.py"), named=True)], Settings()))
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            assert other._process.poll() is None
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.slow
def test_its_own_end_is_said_in_one_line(python: Path) -> None:
    with Interpreter(str(python)) as other:
        other._process.send_signal(signal.SIGKILL)
        with pytest.raises(CheckError, match="ended while it checked .by SIGKILL"):
            list(other.check_all([Target(f"{SEED}:Block", named=True)], Settings()))


@pytest.fixture
def stand_in(tmp_path: Path) -> Iterator[Any]:
    """Makes interpreters that say something else of themselves."""

    def made(program: str) -> Path:
        path = tmp_path / "python"
        path.write_text(f"#!/bin/sh\n{program}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    return made


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("echo '{\"python\": [3, 9, 18]}'", "is Python 3.9.18; residua check needs 3.11 or later there."),
        ('echo \'{"python": [3, 12, 1], "problem": "No module named torch"}\'', "cannot import torch (No module"),
        ('echo \'{"python": [3, 12, 1], "torch": "2.3.1+cpu"}\'', "has torch 2.3.1+cpu; residua check needs 2.7"),
        ("echo hello", "does not answer as an interpreter of Python does."),
        ("exit 1", "does not answer as an interpreter of Python does."),
    ],
)
def test_another_interpreter_is_refused_in_one_line(
    program: str, message: str, stand_in: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    path = stand_in(program)
    code, out, err = run(capfd, f"{SEED}:Block", "--python", path)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"--python {path} {message}" in err


def test_what_is_no_interpreter_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        code, _, err = run(capfd, f"{SEED}:Block", "--python", path)
        assert code == 2
        assert "is no interpreter; give its path, as in --python .venv/bin/python." in err


def test_the_bounds_are_those_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == ">=" + ".".join(map(str, OLDEST_PYTHON))
    assert f"torch>={'.'.join(map(str, OLDEST_TORCH))}" in project["dependencies"]
    assert f"version < {list(OLDEST_PYTHON)}" in _PROGRAM


def test_requests_and_answers_travel_unchanged() -> None:
    args = parse_arguments("a=1, b='x y', c=(1, [2.5]), act=nn.ReLU, size=Size(8), d={'k': None}, e=b'z'")
    settings = Settings(args, (Input((2, 3), "long", "t"),), "zh", True, 7.0, 3.0, False, {"a b.py": 'x = "é\\n"'})
    targets = [Target("a b.py:C", named=True), Target("d.py", named=False)]
    document = json.loads(json.dumps(request_of(targets, settings)))
    assert request_from(document) == (targets, settings)
    assert {k: type(v) for k, v in request_from(document)[1].args.items()} == {k: type(v) for k, v in args.items()}
    [checked] = check_all([Target(f"{SEED}:Block", named=True)], Settings())
    from dataclasses import asdict

    assert checked_from(json.loads(json.dumps(asdict(checked)))) == checked
    missing = Checked(targets[1], (CheckReport("d.py:D", "", reason="why"),), "what")
    assert checked_from(json.loads(json.dumps(asdict(missing)))) == missing
