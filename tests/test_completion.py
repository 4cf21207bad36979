"""Does a shell that has read `residua completion` complete verbs, options, their choices, and names of files?"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from pathlib import Path

import pytest

from residua.cli.app import VERBS, main
from residua.cli.help.completion import SHELLS


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with each shell's script, as the command prints it."""
    folder = tmp_path_factory.mktemp("completion")
    for shell in SHELLS:
        with (folder / shell).open("w", encoding="utf-8") as file, contextlib.redirect_stdout(file):
            assert main(["completion", shell]) == 0
    return folder


def completed_by_bash(script: Path, *words: str) -> set[str]:
    """Return what bash offers for the last of `words`."""
    line = " ".join(f"'{word}'" for word in words)
    asked = f"COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _residua"
    program = f"source '{script}'; {asked}; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_bash_completes_verbs_options_and_choices(scripts: Path) -> None:
    script = scripts / "bash"
    assert completed_by_bash(script, "residua", "") == set(VERBS)
    assert completed_by_bash(script, "residua", "ev") == {"evaluate"}
    assert completed_by_bash(script, "residua", "train", "resnet20", "--grou") == {"--group", "--grouping"}
    assert completed_by_bash(script, "residua", "train", "--optimizer", "") == {"sgd", "adamw", "lamb", "muon"}
    assert completed_by_bash(script, "residua", "train", "--optimizer", "a") == {"adamw"}


def test_bash_completes_names_of_files_where_there_is_nothing_else(scripts: Path) -> None:
    assert completed_by_bash(scripts / "bash", "residua", "train", "--data", "") == set()
    done = subprocess.run(
        ["bash", "-c", f"source '{scripts / 'bash'}'; complete -p residua"], capture_output=True, text=True, check=True
    )
    assert "-o default" in done.stdout


def test_zsh_completes_names_of_files_for_every_argument(scripts: Path) -> None:
    lines = (scripts / "zsh").read_text(encoding="utf-8").splitlines()
    arguments = [line for line in lines if line.strip().startswith(("'1:", "'2:", "'*:")) and "->" not in line]
    assert len(arguments) >= len(VERBS)
    assert [line for line in arguments if line.count(":_files' \\") != 1] == []


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_reads_its_script(scripts: Path, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} on this machine")
    subprocess.run([shell, "-n", str(scripts / shell)], check=True)


@pytest.mark.parametrize("words", [["completion"], ["completion", "tcsh"], ["completion", "bash", "zsh"]])
def test_another_word_is_one_line_that_names_the_shells(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert all(f"residua completion {shell}" in printed.err for shell in SHELLS)
