"""Which verbs does the command have, and how do they end?

Exit codes: 0 fine · 1 a check, verification or comparison failed · 2 the user's mistake, in one line ·
3 interrupted, resumable · 70 a bug in residua.
"""

from __future__ import annotations

import importlib
import logging
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from residua.cli.process import INTERRUPTED, Interrupts, drop_output, importing, prepared, refused_by_system, tell
from residua.errors import ResiduaError, ResiduaWarning
from residua.text import LONGEST_MESSAGE, LONGEST_WORD, nearest, one_line
from residua.version import __version__

# verb: (where its function lives, the question it answers). The module is imported only when the verb is used.
VERBS = {
    "list": ("residua.cli.list:list_", "Which residual networks are there, and what do they cost?"),
    "summary": ("residua.cli.summary:summary", "What are a network's shapes, parameters and MACs?"),
    "inspect": ("residua.cli.inspect:inspect", "What network is in this checkpoint?"),
    "convert": ("residua.cli.convert:convert", "Can I have this checkpoint in that layout?"),
    "data": ("residua.cli.data:data", "What is in these images, and what is wrong with them?"),
    "check": ("residua.cli.check:check", "Is my residual block right?"),
    "study": ("residua.cli.study:study", "What does the residual connection do?"),
    "learn": ("residua.cli.learn:learn", "How does one come to understand all this?"),
    "train": ("residua.cli.train:train", "How well does a network learn my images?"),
    "evaluate": ("residua.cli.evaluate:evaluate", "How good is it on images that it has not seen?"),
    "explain": ("residua.cli.explain:explain", "What did it look at, and can that be believed?"),
    "export": ("residua.cli.export:export", "Can I have it smaller and faster, for another engine?"),
    "predict": ("residua.cli.predict:predict", "What is in these images?"),
    "bench": ("residua.cli.bench:bench", "How fast is it here, in which engine and precision?"),
    "serve": ("residua.cli.serve:serve", "Can others ask it, over HTTP and on a page?"),
}

READ_STDIN = ("predict", "evaluate")

TITLE = "Residual networks for PyTorch: build, check, load, convert, train, evaluate, predict."


def main(argv: Sequence[str] | None = None) -> int:
    """Run `residua` with `argv` (default: the process's own arguments) and return its exit code."""
    if argv is not None:
        return _run_to_its_end(list(argv), Interrupts())
    with prepared() as interrupts:
        return _run_to_its_end(sys.argv[1:], interrupts)


def _run_to_its_end(words: list[str], interrupts: Interrupts) -> int:
    """Answer, and say in one line what ended the answer before its end."""
    try:
        with _warnings_in_one_line():
            code = _answer(words)
        if sys.stdout is not None:  # None: the caller has closed it, and nothing is printed
            sys.stdout.flush()  # a disk that is full may show only here
        return code
    except ResiduaError as error:
        tell(f"residua: {one_line(error, LONGEST_MESSAGE)}")
        return 2
    except BrokenPipeError:
        drop_output()  # the reader has gone
        return 0
    except KeyboardInterrupt:
        tell("residua: interrupted")
        return INTERRUPTED
    except Exception as error:
        if interrupts.came:  # somebody's import made another error of it
            tell("residua: interrupted")
            return INTERRUPTED
        refused = refused_by_system(error)
        if refused is not None:
            drop_output()
            tell(f"residua: {refused}")
            return 2
        tell(_as_bug(words))
        return 70


@contextmanager
def _warnings_in_one_line() -> Iterator[None]:
    """Print our own warnings as the verbs print theirs; those of others keep Python's form."""
    with warnings.catch_warnings():
        warnings.simplefilter("default", ResiduaWarning)  # each line once, whatever Python was told of warnings
        warnings.filterwarnings("ignore", module=r"PIL\.")  # about pictures, of which ours name the file
        logging.getLogger("PIL").addHandler(logging.NullHandler())  # or Python prints its errors for want of another
        usual = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
            if issubclass(category, ResiduaWarning):
                tell(f"residua: warning: {one_line(message, LONGEST_MESSAGE)}")
            else:
                usual(message, category, *place, **more)

        warnings.showwarning = show
        yield


def _as_bug(words: Sequence[str]) -> str:
    """Return what is said of an exception that is no user's fault: its traceback, and what a report of it needs."""
    import platform
    import shlex
    import traceback

    command = one_line(shlex.join(words), LONGEST_MESSAGE)
    versions = [f"residua {__version__}", f"Python {platform.python_version()}", platform.platform()]
    versions += [
        f"{name} {getattr(sys.modules[name], '__version__', '?')}"
        for name in ("torch", "numpy", "PIL")
        if name in sys.modules
    ]
    return (
        f"{traceback.format_exc()}{', '.join(versions)}\nresidua: this is a bug in residua, not in what you gave it: "
        f"please report it with these lines and with what `residua {command}` reads"
    )


def _answer(words: list[str]) -> int:
    """Say what the command is, or run its verb, and return the exit code."""
    if not words or words[0] in ("-h", "--help"):
        print(_overview())
        return 0
    if words[0] == "help":
        return _answer([*words[1:2], "--help"])
    if words[0] == "completion":
        from residua.cli.help.completion import script

        print(script(" ".join(words[1:]), VERBS))
        return 0
    if words[0] == "--version":
        print(__version__)
        return 0
    return _run(words[0], words[1:])


def _run(verb: str, words: list[str]) -> int:
    """Parse `words` by the signature of the verb's function and call it."""
    if verb not in VERBS:
        near = nearest(verb, VERBS)
        hint = f"did you mean `residua {near[0]}`?" if near else f"there are: {', '.join(VERBS)}."
        tell(f"residua: {one_line(repr(verb), LONGEST_WORD)} is not a verb; {hint}")
        return 2
    location, _ = VERBS[verb]
    module, _, function = location.partition(":")
    with importing():
        import cyclopts

        from residua.cli.help import chinese

        command = getattr(importlib.import_module(module), function)
    words = _spelt_out(verb, words)
    own: dict[str, Any] = {"default_parameter": cyclopts.Parameter(negative=(), show_default=_default)}
    if chinese.asked(verb, words):
        words, command, own = ["--help"], chinese.translated(verb, command), chinese.settings()
    app = cyclopts.App(
        name=f"residua {verb}",
        help_format="plaintext",
        version_flags=[],
        print_error=False,
        exit_on_error=False,
        help_on_error=False,
        suppress_keyboard_interrupt=False,  # `main` ends an interrupted command
        result_action="return_value",
        **own,
    )
    app["--help"].show = False
    app.default(command)
    try:
        code = app(words)
    except cyclopts.CycloptsError as error:
        tell(f"residua {verb}: {_problem(error)} (`residua {verb} --help` shows the options)")
        return 2
    return code if isinstance(code, int) else 0


def _spelt_out(verb: str, words: list[str]) -> list[str]:
    """Return the words as the parser understands them: it takes a bare - for an option, and each option's value."""
    from residua.cli.output import STDIN
    from residua.cli.results.drawing import with_file

    return with_file([STDIN if word == "-" and verb in READ_STDIN else word for word in words])


def _default(value: object) -> str | None:
    """Return how a help shows a default; None where nothing is given, not asked for, or empty: it shows none."""
    if value is None or value is False or value in ("", ()):
        return None
    if isinstance(value, float):
        return f"{value:g}"
    return "on" if value is True else str(value)


def _overview() -> str:
    """Return the text of `residua --help`; written here, since it must not cost the import of a parser."""
    rows = "\n".join(f"  {verb:<10} {question}" for verb, (_, question) in VERBS.items())
    usage = "usage: residua VERB TARGET [OPTIONS]"
    more = (
        "`residua VERB --help` shows the options of one verb; `residua completion bash` (zsh, fish) prints what that\n"
        "shell reads to complete them."
    )
    return f"{usage}\n\n{TITLE}\n\n{rows}\n\n{more}"


def _problem(error: Exception) -> str:
    """Return a parser's complaint in one line; one about a field of a config names the flag."""
    problems = getattr(error.__cause__, "errors", None)
    if not callable(problems):
        return one_line(error, LONGEST_MESSAGE)
    first = problems()[0]
    flag = ".".join(str(part).replace("_", "-") for part in first["loc"])
    return one_line(f"--{flag} {first['input']}: {first['msg'][0].lower()}{first['msg'][1:]}", LONGEST_MESSAGE)
