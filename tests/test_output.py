"""Does every JSON document that a verb prints read back the same, whatever stdout can say?"""

from __future__ import annotations

import io
import json
import os
import sys

import pytest

from residua.cli.output import emit

NOT_UTF8 = os.fsdecode(b"caf\xe9.png")


@pytest.mark.parametrize(
    ("encoding", "errors", "name", "kept"),
    [
        ("utf-8", "strict", "café.png", True),
        ("utf-8", "strict", NOT_UTF8, False),
        ("utf-8", "surrogateescape", NOT_UTF8, False),
        ("ascii", "strict", "café.png", False),
    ],
)
def test_a_document_reads_back_the_same(monkeypatch, encoding, errors, name, kept):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding, errors=errors))
    emit({"path": name})
    line = raw.getvalue().decode("utf-8")
    assert line.count("\n") == 1
    assert json.loads(line) == {"path": name}
    assert (name in line) == kept


def test_what_is_not_a_number_is_refused():
    with pytest.raises(ValueError):
        emit({"loss": float("nan")})
