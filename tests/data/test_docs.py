"""Does the Python in docs/data.md run, and print what stands there?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "data.md"


def test_the_python_of_the_page_prints_what_the_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    code, printed = re.search(r"```python\n(.*?)```\n```text\n(.*?)```", text, re.S).groups()
    exec(compile(code, str(PAGE), "exec"), {})
    assert capsys.readouterr().out == printed


def test_the_table_of_what_can_be_read_is_the_sources_own(request: pytest.FixtureRequest) -> None:
    from residua.data.sources.open import SOURCES

    rows = [f"| {path} | {what} |" for source in SOURCES for path, what in source.documented]
    table = "\n".join(["| PATH | what it is |", "|---|---|", *rows]) + "\n"
    text = PAGE.read_text(encoding="utf-8")
    shown = re.search(r"\| PATH \|.*?\n(?=\n)", text, re.S).group()
    if request.config.getoption("--update-golden"):
        PAGE.write_text(text.replace(shown, table), encoding="utf-8")
    else:
        assert shown == table


def test_a_path_of_no_kind_is_refused_with_every_kind_that_a_path_can_be_of(tmp_path: Path) -> None:
    from residua.data.sources.open import SOURCES, open_dataset
    from residua.errors import DataError

    (tmp_path / "notes.docx").write_text("nothing")
    with pytest.raises(DataError) as caught:
        open_dataset(tmp_path / "notes.docx")
    assert [source.kind for source in SOURCES if source.open and source.kind not in str(caught.value)] == []
    assert [source.documented for source in SOURCES if bool(source.open) != bool(source.kind)] == []


def test_every_code_of_a_finding_is_on_the_page() -> None:
    from tests.data.test_doctor import FAULTS

    text = PAGE.read_text(encoding="utf-8")
    codes = {
        *FAULTS,
        "near-conflict",
        "unreadable-file",
        "left-out",
        "cannot-open",
        "std-per-image",
        "other-std",
        "other-mean",
    }
    assert [code for code in sorted(codes) if f"`{code}`" not in text] == []


def test_every_field_of_a_recipe_is_on_the_page() -> None:
    from dataclasses import fields

    from residua.data import Augment
    from residua.data.augment.config import PRESETS

    text = PAGE.read_text(encoding="utf-8")
    assert [field.name for field in fields(Augment) if field.name not in text] == []
    assert [preset for preset in PRESETS if preset != "none" and f"`{preset}`" not in text] == []
