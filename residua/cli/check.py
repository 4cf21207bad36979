"""`residua check`: is my residual block, or network, right?"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal

import cyclopts

from residua.cli.output import emit, say
from residua.errors import CheckError, TargetError
from residua.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from residua.check.fixes.attempt import Mended
    from residua.check.jobs import Check, Checked, Settings
    from residua.check.listing import Listing
    from residua.check.report.finding import CheckReport
    from residua.check.target import Target

NOT_RUN = "not run"
_SUM_MISSING = ("R101", "R102")  # drawn as the shortcut that should be there
Form = Literal["full", "concise", "github", "sarif", "json", "markdown"]


@dataclass(frozen=True)
class Output:
    """How results are shown. mend: "diff" or "fix" where fixes are asked for."""

    form: str
    lang: str
    quiet: bool
    mend: str = ""
    diagram: str | None = None
    overwrite: bool = False

    @property
    def patches(self) -> bool:
        """Whether patches are printed among the text."""
        return bool(self.mend) and self.form in ("full", "concise")


@dataclass(frozen=True)
class Bar:
    """What makes a check fail besides an error in the code."""

    strict: bool
    pass_empty: bool


def check(
    *targets: str,
    args: str = "",
    input: str | None = None,
    python: str | None = None,
    output_format: Form | None = None,
    json: bool = False,
    sarif: bool = False,
    markdown: bool = False,
    rules: bool = False,
    explain: str | None = None,
    published: bool = False,
    strict: bool = False,
    pass_empty: bool = False,
    lang: Literal["en", "zh"] = "en",
    train: bool = False,
    diff: bool = False,
    fix: bool = False,
    diagram: str | None = None,
    overwrite: bool = False,
    no_isolate: bool = False,
    timeout_seconds: Annotated[float, cyclopts.Parameter(validator=cyclopts.validators.Number(gt=0))] = 120.0,
    quiet: bool = False,
) -> int:
    """Run a block or network in several shapes, and name the lines where it is not a residual one.

    Parameters
    ----------
    targets
        file.py:Class, file.py:function, module:attr, nb.ipynb:Class, or a whole file.
    args
        Constructor arguments as a call has them, 64,128,stride=2; others are found by name and trying.
    input
        Shapes for forward, as in 2x3x32x32, or x=2x3x32x32,t=long[2],mask=bool[2x16]; else they are found by trying.
    python
        Run the code in another interpreter, as .venv/bin/python, which needs torch and nothing of ours.
    output_format
        How results are printed; concise is one line a finding. [default: full]
    json
        The same as --output-format json.
    sarif
        The same as --output-format sarif.
    markdown
        The same as --output-format markdown.
    rules
        List all rules and stop.
    explain
        Tell one rule with a wrong and a right example and stop.
    published
        List the published designs that rules only note, or pass by, and stop.
    strict
        Count what could not be run as a failure.
    pass_empty
        Exit with 0, not 2, where no class was found or could be run: for hooks, which get every changed file.
    lang
        Language of the messages.
    train
        For networks: also overfit one batch.
    diff
        Print the fixes that were tried and hold as one patch, and write nothing.
    fix
        Write the fixes that were tried and hold into the files.
    diagram
        Draw each class with what was found in it; with a FILE.svg behind it, also there.
    overwrite
        Replace that file where it exists.
    no_isolate
        Run the code in this process, without limits of time and memory.
    timeout_seconds
        Time limit of the child process for each target.
    quiet
        Print no notes and no totals.
    """
    form = _form(output_format, {"json": json, "sarif": sarif, "markdown": markdown})
    if rules or published or explain is not None:
        return _list(explain, lang, form, published=published)
    if not targets:
        raise TargetError("no target; give file.py:Class, file.py, module:attr or nb.ipynb:Class.")
    from residua.check.jobs import Settings
    from residua.targets.given import parse_arguments, parse_inputs

    inputs = parse_inputs(input) if input else ()
    settings = Settings(parse_arguments(args), inputs, lang, train, timeout_seconds, isolate=not no_isolate)
    output = Output(form, lang, quiet, "fix" if fix else "diff" if diff else "", diagram, overwrite)
    _require_drawable(output)
    with _checking(python) as check_all:
        return _check(targets, check_all, settings, output, Bar(strict, pass_empty))


@contextmanager
def _checking(python: str | None) -> Iterator[Check]:
    """Give what checks targets: this process, or another interpreter as long as it is needed."""
    if python is None:
        from residua.check.jobs import check_all

        yield check_all
        return
    from residua.check.interpreter import Interpreter

    with Interpreter(python) as other:
        yield other.check_all


def _form(chosen: str | None, flags: dict[str, bool]) -> str:
    """Return the format that `--output-format` and the flags of the same meaning ask for together."""
    asked = {f"--{name}": name for name, given in flags.items() if given}
    asked |= {f"--output-format {chosen}": chosen} if chosen else {}
    if len(set(asked.values())) > 1:
        raise CheckError(f"{' and '.join(asked)} ask for different formats; give one of them.")
    return next(iter(asked.values()), "full")


def _check(texts: Sequence[str], check_all: Check, settings: Settings, output: Output, bar: Bar) -> int:
    """Check what `texts` mean, show it, and return the exit code."""
    from residua.check.listing import listed
    from residua.check.report.places import as_read
    from residua.targets.isolate import InternalFailure

    listing = listed(texts)
    code = 2 if listing.unreadable else 0
    problems = list(listing.unreadable)
    reports: list[CheckReport] = []
    failures: list[str] = []
    results = check_all(listing.targets, settings)
    if output.mend:
        results = _mended(listing.targets, check_all, settings, output)
    for problem in problems:
        say(f"residua: {problem}")
    for checked in results:
        problem = _problem_of(checked)
        if problem and (checked.problem or not bar.pass_empty):
            say(problem)
        problems += [problem] if checked.problem else []
        reports += map(as_read, checked.reports)
        failures += checked.failures
        code = max(code, _code_of(checked, bar))
    if reports or not code:
        _show(reports, problems, output)
        _draw(reports, settings, output)
        _say_totals(reports, listing, output)
    if failures:
        raise InternalFailure("\n".join(failures))
    return code or (0 if bar.pass_empty or any(report.verdict != NOT_RUN for report in reports) else 2)


def _problem_of(checked: Checked) -> str:
    """Return what is to be said of a target without reports; empty where there are some, or nothing was expected."""
    from residua.check.report.places import by_cell, file_of

    target = checked.target
    if checked.problem:
        return f"residua: {by_cell(checked.problem, file_of(target.text))}"
    if checked.reports or not target.named:
        return ""
    name = f"{target.text}:Class"
    return f"residua check: {target.text} holds nothing like a residual block or network; name one, as {name}."


def _mended(targets: Sequence[Target], check_all: Check, settings: Settings, output: Output) -> Iterator[Checked]:
    """Check targets and mend what can be mended; yields what came of each, with its patches or, once written, after."""
    from residua.check.fixes.attempt import with_patches
    from residua.check.fixes.write import bytes_of, is_notebook, texts_of
    from residua.check.report.places import file_of

    files = bytes_of(target.text for target in targets)
    results = list(check_all(targets, settings))
    reports = [report for checked in results for report in checked.reports]
    texts = texts_of(files)
    for path in files.keys() - texts.keys():
        say(f"residua: {path} is not UTF-8: it gets no fix")
    patched, changes = with_patches(reports, texts, settings, check_all)
    if not changes and any(finding.severity != "note" for report in reports for finding in report.findings):
        say("residua: no fix was found that holds when it is tried")
    written = {each.path for each in changes if output.mend == "fix" and _written(each, files[each.path])}
    for each in changes if output.patches else ():
        if output.mend == "diff" or is_notebook(each.path):
            print(each.patch, end="")
    by_target = {report.target: report for report in patched}
    for checked in results:
        if file_of(checked.target.text) in written:
            yield from check_all([checked.target], settings)
        else:
            yield replace(checked, reports=tuple(by_target.get(r.target, r) for r in checked.reports))


def _written(change: Mended, read: bytes) -> bool:
    from residua.check.fixes.write import Refused, write

    try:
        write(change, read)
    except Refused as refused:
        say(f"residua: {refused}")
        return False
    places = ", ".join(dict.fromkeys(f"{f.rule} in line {f.line}" for f in change.fixed))
    say(f"residua: mended {places} of {change.path}")
    return True


def _code_of(checked: Checked, bar: Bar) -> int:
    """Return the exit code for one target: 2 where what was named is not known, 1 for an error in the code."""
    if checked.problem:
        return 2 if checked.target.named and not (bar.pass_empty and checked.target.whole) else 0
    missing = any(report.verdict == NOT_RUN for report in checked.reports)
    if missing and checked.target.named and not checked.target.whole:
        return 2
    return 1 if any(report.errors for report in checked.reports) or (missing and bar.strict) else 0


def _list(explain: str | None, lang: str, form: str, *, published: bool) -> int:
    """Print the rules, one rule, or the published designs."""
    if form not in ("full", "json"):
        raise CheckError(f"--rules, --explain and --published print text or JSON, not {form}.")
    return _list_designs(lang, form == "json") if published else _tell(explain, lang, form == "json")


def _tell(code: str | None, lang: str, json: bool) -> int:
    """Print the list of rules, or one rule with its examples."""
    from residua.check.report.catalogue import catalogue, texts_of

    chosen = catalogue() if code is None else {code.upper(): texts_of(code.upper())}
    if json:
        emit([{"rule": name, **texts} for name, texts in chosen.items()])
        return 0
    key = "title" if lang == "en" else f"title_{lang}"
    for name, texts in chosen.items():
        print(f"{name}  {texts['severity']:<8} {texts[key]}")
        if code is not None:
            source, bad, good = texts["source"], _indented(texts["bad"]), _indented(texts["good"])
            words = ("source", "wrong", "right") if lang == "en" else ("出处", "错误写法", "正确写法")
            print(f"\n{words[0]}: {source}\n\n{words[1]}:\n{bad}\n\n{words[2]}:\n{good}")
    return 0


def _list_designs(lang: str, json: bool) -> int:
    """Print the published designs that are known: what each does, and which rules say less of it."""
    from residua.check.report.catalogue import designs

    if json:
        emit(designs())
        return 0
    words = ("note", "silent") if lang == "en" else ("提示", "不报告")
    for design in designs():
        print(f"{design['name']} ({design['source']}): {design['what' if lang == 'en' else 'what_zh']}")
        effects = zip((design["notes"], design["silences"]), words, strict=True)
        print("    " + "; ".join(f"{word}: {', '.join(rules)}" for rules, word in effects if rules))
    return 0


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))


def _show(reports: Sequence[CheckReport], problems: Sequence[str], output: Output) -> None:
    """Print reports; with `--diff` text is the patch alone, which stands on stdout already."""
    from residua.check.report import render as formats
    from residua.check.report.sarif import as_sarif

    shown = [formats.without_notes(report) for report in reports] if output.quiet else reports
    if output.form == "json":
        emit(formats.as_json(reports))
    elif output.form == "sarif":
        emit(as_sarif(reports, problems, __version__))
    elif output.form == "markdown":
        print(formats.as_markdown(reports, output.lang), end="")
    elif output.form == "github":
        print("".join(f"{line}\n" for line in formats.as_github(shown)), end="")
    elif output.mend == "diff":
        return
    elif output.form == "concise":
        print("".join(f"{line}\n" for line in formats.as_concise(shown, output.lang)), end="")
    else:
        _print(reports, output)


def _require_drawable(output: Output) -> None:
    """Raise CheckError or TargetError for a drawing that cannot stand beside what is printed, or be written."""
    from residua.cli.results.drawing import require_svg

    if output.diagram is not None and output.form not in ("full", "concise"):
        raise CheckError(f"--diagram stands beside text, not {output.form}.")
    require_svg(output.diagram)


def _draw(reports: Sequence[CheckReport], settings: Settings, output: Output) -> None:
    """Draw what was checked, where that was asked for, with the findings as marks; what cannot be drawn is named."""
    if output.diagram is None:
        return
    from residua.cli.results.drawing import draw_class, show_diagram
    from residua.summary.diagram import Mark

    diagrams = []
    for report in reports:
        found = report.findings
        marks = [
            Mark(f"{f.rule} {f.message}", f.file or "", f.line, f.rule in _SUM_MISSING and f.severity != "note")
            for f in found
        ]
        try:
            diagrams.append(draw_class(report.target, settings.args, settings.inputs, marks, settings.seconds))
        except (CheckError, TargetError) as error:
            say(f"residua: {error}")
    show_diagram(diagrams, output.diagram, overwrite=output.overwrite, quiet=output.quiet)


def _say_totals(reports: Sequence[CheckReport], listing: Listing, output: Output) -> None:
    """Say in the last line how much was checked, and what came of it."""
    from residua.check.report.places import file_of
    from residua.check.report.render import as_totals

    sys.stdout.flush()  # or it would not be the last line where both go to one place
    files = {file_of(target.text) for target in listing.targets}
    say(f"residua: {as_totals(reports, len(files), listing.tests, output.lang)}", quiet=output.quiet)


def _print(reports: Sequence[CheckReport], output: Output) -> None:
    """Print text: on a terminal in colours and as wide as that is, elsewhere each line whole."""
    from residua.check.report.full import as_full

    lines = as_full(reports, output.quiet, output.lang)
    if not sys.stdout.isatty():
        print("".join(f"{' ' * line.indent}{line.text}\n" for line in lines), end="")
        return
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console(highlight=False)
    for line in lines:
        text = Text(line.text, overflow="crop" if line.whole else "fold", no_wrap=line.whole)
        text.stylize(line.style, 0, line.styled)
        console.print(Padding(text, (0, 0, 0, line.indent)), no_wrap=line.whole)
