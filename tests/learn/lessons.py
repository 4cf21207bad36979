"""How does a test read a lesson in both languages, run its blocks once, and hold the two against each other?

A lesson is plain Markdown: parts with one blank line between them; each is a paragraph, heading, list, table or fence.

    ```python       runs; one that begins with `# NAME.py` is that file too. What it prints stands in ```text under it
    ```console      each `$ residua …` runs, and what it prints on stdout stands under it
    ```… slow       the same, in the slow tests alone
    ```… within 0.02  by so much each number may differ, where another processor rounds otherwise

All blocks of a lesson but its checks run in one process, one after the other, in one folder. The Chinese page has the
same blocks, to the byte, and before each other part the stamp of the pair, digests of both texts: `<!-- en 1a2b3c4d zh
5e6f7a8b -->`.
A part that is changed in one language fails until its twin is seen to. `pytest tests/learn --update-golden` writes what
blocks print, copies the blocks into the Chinese page, and stamps pairs of which both texts changed or that have no
stamp: who finds that the twin may stay as it is deletes the stamp.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from residua.cli.app import main
from tests.docs import ROOT

ENGLISH, CHINESE = ROOT / "docs" / "learn", ROOT / "docs" / "zh" / "learn"
NAMES = sorted(path.name for path in ENGLISH.glob("0*.md"))
NUMBER = re.compile(r"(?<![\w.,-])\d(?:[\d,]*\d)?(?:\.\d+)?(?![\d-])")
ANY_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Part:
    """A part of a page. fence: what follows the three ticks; empty for prose. stamp: that of a Chinese part."""

    text: str
    fence: str = ""
    stamp: str = ""

    @property
    def kind(self) -> str:
        """What the same part of the other language is too: its fence, the level of a heading, or prose."""
        return self.fence or (re.match(r"#+ |- |1\. |\| |", self.text) or [""])[0] or "prose"

    @property
    def slow(self) -> bool:
        return " slow" in self.fence

    @property
    def is_output(self) -> bool:
        return self.fence.partition(" ")[0] == "text"

    def agrees(self, printed: str) -> bool:
        """Tell whether a block printed what stands here, but for numbers within what its fence allows."""
        tolerance = float(self.fence.partition(" within ")[2] or 0)
        if not tolerance or ANY_NUMBER.sub("#", self.text) != ANY_NUMBER.sub("#", printed):
            return self.text == printed
        pairs = zip(ANY_NUMBER.findall(self.text), ANY_NUMBER.findall(printed), strict=True)
        return all(abs(float(one) - float(other)) <= tolerance for one, other in pairs)

    def __str__(self) -> str:
        if self.fence:
            return f"```{self.fence}\n{self.text}```"
        return f"<!-- {self.stamp} -->\n{self.text}" if self.stamp else self.text


def parts_of(page: str) -> list[Part]:
    """Return the parts of a page, in order."""
    fences = r"^```([a-z .0-9]+)\n(.*?)^```$"
    rest = r"(?:^<!-- (.*?) -->\n)?(^(?!```|<!--)\S.*?)(?=\n\n|\n*\Z)"
    found = re.finditer(rf"{fences}|{rest}", page, re.MULTILINE | re.DOTALL)
    return [Part(m[2], m[1]) if m[1] else Part(m[4], "", m[3] or "") for m in found]


def page_of(parts: Sequence[Part]) -> str:
    return "\n\n".join(map(str, parts)) + "\n"


def stamped(english: Part, chinese: Part) -> Part:
    """Return the Chinese part as it has to stand beside the English one: the same block, or with both digests."""
    if english.fence:
        return english
    digests = [hashlib.sha256(part.text.encode()).hexdigest()[:8] for part in (english, chinese)]
    return replace(chinese, stamp="en {} zh {}".format(*digests))


def restamped(english: Part, chinese: Part) -> Part:
    """Return the Chinese part stamped anew, unless one text of the pair alone has changed since it was stamped."""
    new = stamped(english, chinese)
    changes = [old != now for old, now in zip(chinese.stamp.split(), new.stamp.split(), strict=False)]
    return chinese if sum(changes) == 1 else new


def unlike(english: str, chinese: str) -> list[str]:
    """Return where the two pages of a lesson are not twins, without running anything."""
    ours, theirs = parts_of(english), parts_of(chinese)
    found = [f"not in parts with one blank line between them: {language}" for language, page, parts in
             (("English", english, ours), ("Chinese", chinese, theirs)) if page != page_of(parts)]  # fmt: skip
    if [part.kind for part in ours] != [part.kind for part in theirs]:
        kinds = next((pair for pair in zip(ours, theirs, strict=False) if pair[0].kind != pair[1].kind), ("the end",))
        return [*found, "other parts follow each other, from here on: " + " | ".join(str(each)[:80] for each in kinds)]
    for one, other in zip(ours, theirs, strict=True):
        if stamped(one, other) != other:
            found.append(f"changed, and its twin may have to: {one.text[:60]!r} | {other.text[:40]!r}")
        elif facts(one.text) != facts(other.text):
            found.append(f"numbers or code differ: {facts(one.text)} | {facts(other.text)}")
    return found


def facts(prose: str) -> list[str]:
    """Return the code and the numbers of two and more digits in a paragraph, sorted."""
    code = re.findall(r"`[^`]+`", prose)
    return sorted([*code, *(number for number in NUMBER.findall(bare(prose)) if len(number) > 1)])


def bare(prose: str) -> str:
    """Return prose without code, addresses, papers' years and names with numbers such as ResNet-34."""
    return re.sub(r"`[^`]+`|\]\([^)]*\)|\b[A-Z]\w+ \d{4}\w?|§[\d.]+", " ", prose)


def unproved(page: str) -> list[str]:
    """Return the numbers of three and more digits, or with a point, in the prose that no block holds or prints."""
    parts = parts_of(page)
    shown = {number.replace(",", "") for part in parts if part.fence for number in NUMBER.findall(part.text)}
    said = (number for part in parts if not part.fence for number in NUMBER.findall(bare(part.text)))
    return [each for each in said if len(each) > 2 and each.replace(",", "") not in shown]


def run(parts: Sequence[Part], folder: Path, *, slow: bool) -> Iterator[tuple[int, str]]:
    """Run the blocks in `folder`, this process's working folder, and yield (index, the text that should stand there).

    For a Python block that is what it printed, at the index of the output under it; where none stands, and it printed
    something, at its own index.
    """
    names: dict[str, Any] = {"__name__": "lesson"}
    for index, (part, following) in enumerate(pairwise([*parts, Part("")])):
        if part.slow and not slow:
            continue
        if part.fence.startswith("python"):
            printed = _python(part.text, folder, index, names)
            if following.is_output:
                yield index + 1, printed
            elif printed:
                yield index, f"{part.text}# prints, and nothing is shown: {printed}"
        elif part.fence.startswith("console"):
            commands = re.split(r"^\$ ", part.text, flags=re.MULTILINE)[1:]
            yield index, "".join(_command(command.partition("\n")[0]) for command in commands)


def _python(code: str, folder: Path, index: int, names: dict[str, Any]) -> str:
    named = re.match(r"# (\w+\.py)\n", code)
    path = folder / (named[1] if named else f"block_{index}.py")  # a file, so that its lines can be shown
    path.write_text(code, encoding="utf-8")
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(code, str(path), "exec"), names)
    return out.getvalue()


def _command(command: str) -> str:
    verb, *words = shlex.split(command)
    assert verb == "residua", f"a lesson's commands are residua's own: {command}"
    if words[0] == "check":  # forks, and torch differentiates in no fork of a process that has compiled, as a test may
        shell = [sys.executable, "-m", "residua", *words, "--quiet"]
        done = subprocess.run(shell, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), done.stderr
        return f"$ {command}\n{done.stdout}"
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert main([*words, "--quiet"]) in (0, 1), command  # 1: a check found what the lesson is about
    return f"$ {command}\n{out.getvalue()}"
