"""Are modules that read sequences probed with sequences, and is an input nobody found kept apart from a mistake?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from residua.check.report.finding import CheckReport

HEAD = "import torch\nimport torch.nn as nn\n\n\n"
ATTENTION = (
    HEAD
    + """class Encoder(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.attention = nn.MultiheadAttention(dim, 4, batch_first=True)
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def forward(self, x):
        x = self.norm1(x + self.attention(x, x, x)[0])
        return self.norm2(x + self.mlp(x))
"""
)
RECURRENT = (
    HEAD
    + """class ResidualGRU(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.norm = nn.LayerNorm(hidden_size)
        self.rnn = nn.GRU(hidden_size, hidden_size, batch_first=True)

    def forward(self, x):
        return x + self.rnn(self.norm(x))[0]
"""
)
MIXER = (
    HEAD
    + """class TokenMixer(nn.Module):
    def __init__(self, dim=48, tokens=25):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.mix = nn.Sequential(nn.Linear(tokens, 40), nn.GELU(), nn.Linear(40, tokens))

    def forward(self, x):
        return x + self.mix(self.norm(x).transpose(1, 2)).transpose(1, 2)
"""
)


@pytest.mark.parametrize("source", [ATTENTION, RECURRENT, MIXER], ids=["attention", "recurrent", "mixer"])
def test_a_sequence_block_that_is_right_is_silent(source: str, checked: Callable[..., CheckReport]) -> None:
    report = checked(source)
    assert [f for f in report.findings if f.severity != "note"] == []
    assert report.style != "did not run"


def test_an_input_that_nobody_found_is_a_note(checked: Callable[..., CheckReport]) -> None:
    report = checked(MIXER.replace("self.norm(x)", "self.norm(x.reshape(-1, 5, 5, 48)).flatten(1, 2)[:, :, :7]"))
    assert [f.severity for f in report.findings if f.rule in ("R154", "R161")] == ["note"]
    assert report.errors == ()
