"""Do our guesses suit what the code says of its arguments, and is what hangs on a guess never an error?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.check.test_whole_files import checked, errors

WORDS = """
SIZES = {"small": 1, "large": 3}

def norm_of(kind, channels):
    if kind == "bn":
        return nn.BatchNorm2d(channels)
    if kind == "gn":
        return nn.GroupNorm(8, channels)

class Residual(nn.Module):
    def __init__(self, channels, index):
        super().__init__()
        size = 3
        self.index = index
        BODY
        self.conv.requires_grad_(True)

    def forward(self, x):
        return x + self.conv(x)
"""
CONV = "self.conv = nn.Conv2d(channels, channels, size, padding=size // 2)"
BODIES = {
    "equal": f"if index == '22':\n            {CONV}\n        elif index == '54':\n            {CONV}",
    "turned": f"if 'a' == index:\n            {CONV}\n        elif 'b' == index:\n            {CONV}",
    "among": f"if index.lower() in ('a', 'b'):\n            {CONV}",
    "kept": f"if self.index in ('a', 'b'):\n            {CONV}",
    "begins": f"if index.startswith('conv'):\n            {CONV}",
    "case": f"match index:\n            case 'a' | 'b':\n                {CONV}",
    "table": f"size = SIZES[index]\n        {CONV}",
    "handed on": f"{CONV}\n        self.conv = nn.Sequential(self.conv, norm_of(index, channels))\n"
    "        nn.init.ones_(self.conv[1].weight)",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=[*BODIES])
def test_words_that_a_constructor_compares_with_are_the_guesses(
    body: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    report = checked(capfd, tmp_path, net=WORDS.replace("BODY", body))["Residual"]
    assert (errors(report), report["reason"]) == ([], "")


@pytest.mark.parametrize("test", ["callable(index)", "len(index) == 2"])
def test_an_attribute_that_only_a_branch_sets_is_no_error_where_the_test_reads_a_guess(
    test: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    body = f"if {test}:\n            {CONV}"
    assert errors(checked(capfd, tmp_path, net=WORDS.replace("BODY", body))["Residual"]) == []


def test_a_misspelt_attribute_beside_words_stays_an_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = WORDS.replace("BODY", BODIES["equal"]).replace("self.conv.requires_grad_", "self.cov.requires_grad_")
    assert errors(checked(capfd, tmp_path, net=text)["Residual"]) == ["R161"]
