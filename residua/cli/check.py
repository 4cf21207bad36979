"""`residua check`: is my residual block, or network, right?"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

import cyclopts

from residua import __version__
from residua.cli.output import emit, say
from residua.errors import TargetError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from residua.check.fixes.attempt import Mended
    from residua.check.jobs import Checked, Settings
    from residua.check.listing import Target
    from residua.check.report.finding import CheckReport, Finding

NOT_RUN = "not run"
_COLOURS = {"error": "bold red", "warning": "yellow", "note": "cyan"}


def check(
    *targets: str,
    args: str = "",
    input: str | None = None,
    json: bool = False,
    sarif: bool = False,
    markdown: bool = False,
    rules: bool = False,
    explain: str | None = None,
    published: bool = False,
    strict: bool = False,
    lang: Literal["en", "zh"] = "en",
    train: bool = False,
    diff: bool = False,
    fix: bool = False,
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
        Constructor arguments, as in in_channels=64,stride=2; others are found by name and trying.
    input
        Shapes for forward, as in 2x3x32x32, or x=2x3x32x32,t=long[2],mask=bool[2x16]; else they are found by trying.
    json
        Print one JSON document.
    sarif
        Print SARIF 2.1.0 for code scanning.
    markdown
        Print Markdown.
    rules
        List all rules and stop.
    explain
        Tell one rule with a wrong and a right example and stop.
    published
        List the published designs that rules only note, or pass by, and stop.
    strict
        Count what could not be run as a failure.
    lang
        Language of the messages.
    train
        For networks: also overfit one batch in twenty steps.
    diff
        Print the fixes that were tried and hold as one patch, and write nothing.
    fix
        Write the fixes that were tried and hold into the files.
    no_isolate
        Run the code in this process, without limits of time and memory.
    timeout_seconds
        Time limit of the child process for each target.
    quiet
        Print no notes.
    """
    if rules or explain is not None:
        return _tell(explain, lang, json)
    if published:
        return _list_designs(lang, json)
    if not targets:
        raise TargetError("no target; give file.py:Class, file.py, module:attr or nb.ipynb:Class.")
    from residua.check.jobs import Settings
    from residua.targets.given import parse_arguments, parse_inputs

    inputs = parse_inputs(input) if input else ()
    settings = Settings(parse_arguments(args), inputs, lang, train, timeout_seconds, isolate=not no_isolate)
    form = "json" if json else "sarif" if sarif else "markdown" if markdown else "text"
    mend = "fix" if fix else "diff" if diff else ""
    return _check(targets, settings, form, strict=strict, quiet=quiet, mend=mend)


def _check(texts: Sequence[str], settings: Settings, form: str, *, strict: bool, quiet: bool, mend: str) -> int:
    """Check what `texts` mean, show it, and return the exit code."""
    from residua.check.jobs import check_all
    from residua.check.listing import listed

    listing = listed(texts)
    for problem in listing.unreadable:
        say(f"residua: {problem}")
    code = 2 if listing.unreadable else 0
    reports: list[CheckReport] = []
    results = _mended(listing.targets, settings, mend, form) if mend else check_all(listing.targets, settings)
    for checked in results:
        if checked.problem:
            say(f"residua: {checked.problem}")
        elif not checked.reports and checked.target.named:
            say(
                f"residua check: {checked.target.text} holds nothing like a residual block or network; name one, as "
                f"{checked.target.text}:Class."
            )
        reports += checked.reports
        code = max(code, _code_of(checked, strict))
    if (reports or not code) and not (mend == "diff" and form == "text"):  # then the patch is what is printed
        _show(reports, form, quiet)
    return code or (0 if any(report.verdict != NOT_RUN for report in reports) else 2)


def _mended(targets: Sequence[Target], settings: Settings, mend: str, form: str) -> Iterator[Checked]:
    """Check targets and mend what can be mended; yields what came of each, with its patches or, once written, after."""
    from residua.check.fixes.attempt import file_of, with_patches
    from residua.check.fixes.write import bytes_of, texts_of
    from residua.check.jobs import check_all

    files = bytes_of(target.text for target in targets)
    results = list(check_all(targets, settings))
    reports = [report for checked in results for report in checked.reports]
    patched, changes = with_patches(reports, texts_of(files), settings)
    if not changes and any(finding.severity != "note" for report in reports for finding in report.findings):
        say("residua: no fix was found that holds when it is tried")
    written = {each.path for each in changes if mend == "fix" and _written(each, files[each.path])}
    for each in changes if mend == "diff" and form == "text" else ():
        print(each.patch, end="")
    by_target = {report.target: report for report in patched}
    for checked in results:
        if file_of(checked.target.text) in written:
            yield from check_all([checked.target], settings)
        else:
            yield replace(checked, reports=tuple(by_target.get(r.target, r) for r in checked.reports))


def _written(change: Mended, read: bytes) -> bool:
    from residua.check.fixes.write import Refused, is_notebook, write

    try:
        write(change, read)
    except Refused as refused:
        if is_notebook(change.path):
            print(change.patch, end="")
        say(f"residua: {refused}")
        return False
    places = ", ".join(dict.fromkeys(f"{f.rule} in line {f.line}" for f in change.fixed))
    say(f"residua: mended {places} of {change.path}")
    return True


def _code_of(checked: Checked, strict: bool) -> int:
    """Return the exit code for one target: 2 where what was named is not known, 1 for an error in the code."""
    if checked.problem:
        return 2 if checked.target.named else 0
    missing = any(report.verdict == NOT_RUN for report in checked.reports)
    if missing and checked.target.named and not checked.target.whole:
        return 2
    return 1 if any(report.errors for report in checked.reports) or (missing and strict) else 0


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


def _show(reports: Sequence[CheckReport], form: str, quiet: bool) -> None:
    from residua.check.report import render as formats

    if form == "json":
        emit(formats.as_json(reports))
    elif form == "sarif":
        emit(formats.as_sarif(reports, __version__))
    elif form == "markdown":
        print(formats.as_markdown(reports), end="")
    else:
        _print(reports, quiet)


def _print(reports: Sequence[CheckReport], quiet: bool) -> None:
    from rich.console import Console

    width = None if sys.stdout.isatty() else 80
    console = Console(width=width, highlight=False, soft_wrap=False)
    for report in reports:
        if report.reason:
            console.print(f"{report.target}  {report.verdict}: {report.reason}", markup=False, style="bold")
            continue
        console.print(
            f"{report.target}  {report.style}  {report.verdict}  {report.seconds:.2f} s", markup=False, style="bold"
        )
        for finding in report.findings:
            if not (quiet and finding.severity == "note"):
                _print_finding(console, finding)


def _print_finding(console: Console, finding: Finding) -> None:
    import linecache

    from rich.padding import Padding
    from rich.text import Text

    head = Text(f"{finding.rule} {finding.severity}: ", style=_COLOURS[finding.severity])
    console.print(head + Text(finding.message, style="not bold default"))
    code = linecache.getline(finding.file, finding.line).rstrip() if finding.file and finding.line else ""
    if finding.file and finding.line:
        console.print(Text(f"  {finding.file}:{finding.line}", style="dim"), overflow="ellipsis", no_wrap=True)
    if code.strip():
        body = code.strip()[: max(20, console.width - 10)]
        console.print(f"{finding.line:>6} | {body}", markup=False, no_wrap=True)
        console.print(" " * 9 + "^" * len(body), style=_COLOURS[finding.severity], no_wrap=True)
    console.print(Padding(Text(f"{finding.evidence} [{finding.source}]", style="dim"), (0, 0, 0, 2)))
    if finding.severity != "note":
        for line in finding.fix.split("\n"):
            console.print(Padding(Text(line, style="green" if line.startswith("+") else "red"), (0, 0, 0, 4)))
