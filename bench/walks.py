"""How often does one run of a verb enter a residua module again after it has been in another one?

python bench/walks.py check FILE:Class            (runs in this process)
python bench/walks.py load CHECKPOINT
python bench/walks.py --root OLD_CHECKOUT check FILE:Class

A call enters a module when its caller, the nearest function of residua on the stack, stands in another one.
Two countings: of all calls, and of each function's first call alone. The second is the walk of somebody who
reads the code as it runs, each function once.
"""

from __future__ import annotations

import argparse
import contextlib
import dis
import io
import itertools
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType

_RESUME = dis.opmap["RESUME"]


class Walk:
    """The modules of residua entered, in order: by every call, and by the first call of each function."""

    def __init__(self, root: Path) -> None:
        self.package = f"{root / 'residua'}/"
        self.calls: list[str] = []
        self.functions: dict[CodeType, str] = {}

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        """Note a call; this is what `sys.setprofile` takes."""
        code = frame.f_code
        if event != "call" or not self._is_ours(code) or _is_resumed(frame):
            return
        module = code.co_filename.removeprefix(self.package)
        self.functions.setdefault(code, module)
        if self._caller(frame) != module:
            self.calls.append(module)

    def read(self) -> list[str]:
        """Return the modules that a reader of each function's first call goes through, in order."""
        return [module for module, _ in itertools.groupby(self.functions.values())]

    def _is_ours(self, code: CodeType) -> bool:
        return code.co_filename.startswith(self.package) and code.co_name != "<module>"

    def _caller(self, frame: FrameType) -> str:
        around = frame.f_back
        while around is not None and not self._is_ours(around.f_code):
            around = around.f_back
        return around.f_code.co_filename.removeprefix(self.package) if around is not None else ""


def _is_resumed(frame: FrameType) -> bool:
    """Tell the next value of a generator from its first: only the first is a call."""
    code, place = frame.f_code.co_code, frame.f_lasti
    return place >= 0 and code[place] == _RESUME and code[place + 1] != 0


def again(entries: list[str]) -> Counter[str]:
    """Return how often each module was entered after its first time."""
    return Counter({module: count - 1 for module, count in Counter(entries).items() if count > 1})


@contextlib.contextmanager
def walking(root: Path) -> Iterator[Walk]:
    """Note every call until the end of the block."""
    walk = Walk(root)
    sys.setprofile(walk)
    try:
        yield walk
    finally:
        sys.setprofile(None)


def run(words: list[str]) -> None:
    """Run a verb, or `residua.load`, in this process; what it prints is dropped."""
    import residua
    from residua.cli.app import main

    with contextlib.redirect_stdout(io.StringIO()):
        if words[0] == "load":
            residua.load(words[1])
        else:
            main([*words, "--no-isolate"] if words[0] == "check" else words)


def report(title: str, entries: list[str]) -> None:
    """Print the number of entries and re-entries, and the ten modules most often entered again."""
    repeated = again(entries)
    print(f"{title}: {len(entries)} entries into {len(set(entries))} modules, {sum(repeated.values())} of them again")
    for module, count in repeated.most_common(10):
        print(f"  {count:>6}  {module}")


def main() -> None:
    """Run what the command line names once for its imports, then once under the profiler."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path(__file__).parent.parent, help="the checkout that runs")
    parser.add_argument("words", nargs=argparse.REMAINDER, help="a verb and its arguments, or load CHECKPOINT")
    options = parser.parse_args()
    root = options.root.resolve()
    sys.path.insert(0, str(root))
    run(options.words)
    with walking(root) as walk:
        run(options.words)
    report("all calls", walk.calls)
    report("each function's first call", walk.read())


if __name__ == "__main__":
    main()
