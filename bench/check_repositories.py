"""What does `residua check` say of whole repositories, and does it leave them as they were?

python bench/check_repositories.py FOLDER… --keep REPORTS      (a repository each; the JSON documents go to REPORTS)
python bench/check_repositories.py --read REPORTS              (the tables again, from what was kept)
python bench/check_repositories.py --read REPORTS --judged results/check/field/judged.tsv      (with judgements)

Every repository is checked by a command of its own, as a user would, in a HOME of its own. The repository's files and
those of HOME are listed before and after; the connections of the command's processes are looked for every second, and
processes that it left, afterwards.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePath
from typing import Any

ROOT = Path(__file__).parents[1]
_POLL_SECONDS = 1.0


@dataclass
class Run:
    """What came of one repository; errors are (file:line, rule, target, message), not_run (target, reason).

    unread: files that Python cannot read, or that fail when they are imported.
    """

    name: str
    commit: str
    code: int = 0
    seconds: float = 0.0
    classes: int = 0
    errors: list[list[str]] = field(default_factory=list)
    not_run: list[list[str]] = field(default_factory=list)
    unread: list[list[str]] = field(default_factory=list)
    severities: dict[str, int] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    home: list[str] = field(default_factory=list)
    connections: int = 0
    left: int = 0
    said: str = ""


def check(folder: Path, commit: str, seconds: float) -> Run:
    """Run the command on one repository and watch what it does."""
    run = Run(folder.name, commit or _git(folder, "rev-parse", "HEAD"))
    before = listing(folder)
    home = Path(tempfile.mkdtemp(prefix="home-"))
    (home / "notes.txt").write_text("of the user\n", encoding="utf-8")
    before_home = listing(home)
    start = time.perf_counter()
    command = [sys.executable, "-m", "residua", "check", str(folder), "--json"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=ROOT,
        env={**os.environ, "HOME": str(home)},
    ) as process:
        seen: tuple[set[str], set[int]] = (set(), set())
        out, run.said = _watched(process, seen, seconds)
    run.seconds, run.code = time.perf_counter() - start, process.returncode
    run.connections, run.left = len(seen[0]), sum(Path(f"/proc/{pid}").exists() for pid in seen[1])
    run.changed, run.home = sorted(before ^ listing(folder)), sorted(before_home ^ listing(home))
    shutil.rmtree(home)
    _count(run, out, folder)
    run.said = run.said[-4000:]
    return run


def listing(folder: Path) -> set[str]:
    """Return a line for each file below a folder: path, size and time of its last change."""
    found = set()
    for place, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(place, name)
            state = os.lstat(path)
            found.add(f"{os.path.relpath(path, folder)} {state.st_size} {state.st_mtime_ns}")
    return found


def _watched(process: subprocess.Popen[str], seen: tuple[set[str], set[int]], seconds: float) -> tuple[str, str]:
    """Return what a process prints; `seen` gets the connections and the processes that there are meanwhile."""
    end = time.monotonic() + seconds
    while True:
        try:
            return process.communicate(timeout=_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            running = _processes(process.pid)
            seen[0].update(_connections(running))
            seen[1].update(running - {process.pid})
            if time.monotonic() > end:
                process.kill()


def _processes(first: int) -> set[int]:
    """Return a process and all that come from it."""
    found, fresh = set[int](), {first}
    while fresh:
        found |= fresh
        fresh = {child for pid in fresh for child in _children(pid)} - found
    return {pid for pid in found if Path(f"/proc/{pid}").exists()}


def _children(pid: int) -> Iterator[int]:
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            yield from map(int, path.read_text().split())
        except OSError:
            continue


def _connections(processes: set[int]) -> set[str]:
    """Return the network sockets that processes hold open."""
    held = set()
    for pid in processes:
        try:
            held |= {os.readlink(f"/proc/{pid}/fd/{number}") for number in os.listdir(f"/proc/{pid}/fd")}
            tables = [Path(f"/proc/{pid}/net/{kind}").read_text() for kind in ("tcp", "tcp6", "udp", "udp6")]
        except OSError:
            continue
        rows = [row.split() for table in tables for row in table.splitlines()[1:]]
        return {row[9] for row in rows if f"socket:[{row[9]}]" in held}
    return set()


def _count(run: Run, out: str, folder: Path) -> None:
    try:
        targets: list[dict[str, Any]] = json.loads(out)["targets"]
    except (ValueError, KeyError):
        targets = []
    run.classes = sum(bool(PurePath(target["target"]).name.partition(":")[2]) for target in targets)
    severities = Counter[str]()
    errors: dict[tuple[str, ...], list[str]] = {}
    for target in targets:
        name = os.path.relpath(target["target"].partition(":")[0], folder) + ":" + target["target"].partition(":")[2]
        if target["verdict"] == "not run":
            (run.not_run if name.partition(":")[2] else run.unread).append([name.rstrip(":"), target["reason"]])
        for each in target["findings"]:
            severities[each["severity"]] += 1
            if each["severity"] == "error":
                place = f"{os.path.relpath(each['file'], folder) if each['file'] else name}:{each['line'] or ''}"
                errors.setdefault((place, each["rule"]), [place, each["rule"], name, each["message"]])
    run.errors, run.severities = list(errors.values()), dict(severities)


def _git(folder: Path, *words: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *words], capture_output=True, text=True, check=False
    ).stdout.strip()


Judged = dict[tuple[str, str, str], list[str]]


def tables(runs: list[Run], judged: Judged) -> Iterator[str]:
    """Yield the lines of two Markdown tables and their sums: the repositories, and every error with its judgement."""
    yield "| repository | commit | exit | classes | not run | files not read | errors | warnings | notes | seconds |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for run in runs:
        counts = [run.classes, len(run.not_run), len(run.unread)]
        counts += [run.severities.get(kind, 0) for kind in ("error", "warning", "note")]
        cells = [run.name.replace("+", "/"), run.commit[:12], run.code, *counts, f"{run.seconds:.0f}"]
        yield "| " + " | ".join(map(str, cells)) + " |"
    classes, idle = sum(run.classes for run in runs), sum(len(run.not_run) for run in runs)
    yield ""
    unread = sum(len(run.unread) for run in runs)
    share = 100 * idle / max(classes, 1)
    yield f"{len(runs)} repositories, {classes} classes, {idle} not run ({share:.1f} %); {unread} files not read."
    yield f"Crashes of residua (exit 70): {sum(run.code == 70 for run in runs)}."
    yield (
        f"Files changed in the repositories: {sum(len(run.changed) for run in runs)}; "
        f"in HOME: {sum(len(run.home) for run in runs)}; connections: {sum(run.connections for run in runs)}; "
        f"processes left: {sum(run.left for run in runs)}."
    )
    yield ""
    yield "| where | rule | class | message | first reader | second reader | why |"
    yield "|---|---|---|---|---|---|---|"
    counts = Counter[str]()
    for run in runs:
        for place, rule, target, message in run.errors:
            first, second, why = judged.get((run.name, place, rule), ["", "", ""])
            counts[second or "not judged"] += 1
            where = f"{run.name.replace('+', '/')} {place}"
            cells = (where, rule, target.partition(":")[2], message, first or "–", second, why)
            yield "| " + " | ".join(re.sub(r"\s+", " ", cell).replace("|", "\\|") for cell in cells) + " |"
    yield ""
    yield "Errors, by the second reader: " + ", ".join(f"{count} {kind}" for kind, count in counts.most_common()) + "."


def _judgements(path: Path | None) -> Judged:
    """Read lines of repository, file:line, rule, both readers' judgements and why, with tabs between them."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()] if path else []
    return {(row[0], row[1], row[2]): [*row[3:6], "", "", ""][:3] for row in rows}


def main() -> None:
    """Check repositories or read what was kept, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--keep", type=Path, help="a folder for a JSON document each repository")
    parser.add_argument("--read", type=Path, help="read the documents of this folder instead of checking")
    parser.add_argument(
        "--judged", type=Path, help="judgements: repository, file:line, rule, first reader, second reader, why; by tabs"
    )
    parser.add_argument("--seconds", type=float, default=1800, help="limit for one repository")
    parser.add_argument("--commits", type=Path, help="lines of name and commit, where a folder is no clone of its own")
    words = parser.parse_args()
    rows = [line.split() for line in words.commits.read_text().splitlines()] if words.commits else []
    commits = {row[0]: row[1] for row in rows}
    runs = []
    if words.read:
        runs = [Run(**json.loads(path.read_text(encoding="utf-8"))) for path in sorted(words.read.glob("*.json"))]
    for folder in words.folders:
        runs.append(check(folder.resolve(), commits.get(folder.name, ""), words.seconds))
        print(f"{folder.name}: {runs[-1].seconds:.0f} s", file=sys.stderr, flush=True)
        if words.keep:
            words.keep.mkdir(parents=True, exist_ok=True)
            text = json.dumps(asdict(runs[-1]), indent=1)
            (words.keep / f"{folder.name}.json").write_text(text, encoding="utf-8")
    print("\n".join(tables(runs, _judgements(words.judged))))


if __name__ == "__main__":
    main()
