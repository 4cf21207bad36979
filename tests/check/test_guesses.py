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


STATE = """
class Memory(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.cell = LAYER
        self.out = nn.Linear(FACTOR * dim, dim)

    def forward(self, x, STATE):
        y = self.cell(x, GIVEN)RESULT
        return x + self.out(y)

class Holder(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.memory = Memory(dim)
        self.norm = nn.LayerNorm(dim)

    def forward(self, x, STATE):
        return x + self.memory(self.norm(x), STATE)
"""
STATES = {
    "pair": ("nn.LSTM(dim, dim, num_layers=2, batch_first=True)", "1", "hidden", "hidden", "[0]"),
    "length first": ("nn.LSTM(dim, dim)", "1", "s", "hx=s", "[0]"),
    "both ways": ("nn.LSTM(dim, dim, batch_first=True, bidirectional=True)", "2", "h, c", "(h, c)", "[0]"),
    "one": ("nn.GRU(dim, 2 * dim, batch_first=True)", "2", "memory", "memory", "[0]"),
    "cell": ("nn.LSTMCell(dim, 3 * dim)", "3", "hx", "hx", "[0]"),
    "gated cell": ("nn.GRUCell(dim, dim)", "1", "previous", "previous", ""),
}


@pytest.mark.parametrize("words", STATES.values(), ids=[*STATES])
def test_the_state_of_a_recurrence_is_made_as_its_layer_takes_it(
    words: tuple[str, ...], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = STATE
    for name, word in zip(("LAYER", "FACTOR", "STATE", "GIVEN", "RESULT"), words, strict=True):
        text = text.replace(name, word)
    reports = checked(capfd, tmp_path, net=text)
    assert {name: (errors(each), each["reason"]) for name, each in reports.items()} == {
        "Memory": ([], ""),
        "Holder": ([], ""),
    }


def test_a_mistake_beside_the_state_of_a_recurrence_stays_an_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = STATE.replace("LAYER", "nn.LSTM(dim, dim, batch_first=True)").replace("FACTOR", "1").replace("RESULT", "[0]")
    text = (
        text.replace("STATE", "s")
        .replace("GIVEN", "s")
        .replace("return x + self.out(y)", "return y + self.out(y) * 0 + y")
    )
    assert errors(checked(capfd, tmp_path, net=text)["Memory"])


HANGS = """
class TransitionBlock(nn.Module):
    def __init__(self, in_channels, elu):
        super().__init__()
        self.times = 16 // in_channels
        self.conv = nn.Conv3d(in_channels, 16, 3, padding=1)
        self.act = nn.ELU() if elu else nn.PReLU(16)

    def forward(self, x):
        return self.act(self.conv(x) + x.repeat(1, self.times, 1, 1, 1))

class PaddedBlock(nn.Module):
    def __init__(self, nin):
        super().__init__()
        self.rest = max(24 - nin, 0)
        self.conv = nn.Conv2d(nin, 24, 3, padding=1)

    def forward(self, x):
        return F.relu(self.conv(x) + F.pad(x, (0, 0, 0, 0, 0, self.rest)))

class ValueNetwork(nn.Module):
    def __init__(self, num_channels, reduced, flat_size, actions):
        super().__init__()
        self.res = nn.Conv2d(num_channels, num_channels, 3, padding=1)
        self.conv = nn.Conv2d(num_channels, reduced, 1)
        self.flat_size = flat_size
        self.fc = nn.Sequential(nn.Linear(flat_size, 32), nn.ReLU(), nn.Linear(32, actions))

    def forward(self, x):
        x = F.relu(x + self.res(x))
        return self.fc(F.relu(self.conv(x)).reshape(-1, self.flat_size))
"""


def test_an_error_that_another_guess_takes_away_is_not_known(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    reports = checked(capfd, tmp_path, net=HANGS)
    assert {name: each["verdict"] for name, each in reports.items()} == dict.fromkeys(reports, "not run")
    reasons = {name: each["reason"].partition("hangs on a guess of ours, ")[2] for name, each in reports.items()}
    assert reasons["TransitionBlock"] == "in_channels=64: with in_channels=8 it is gone; give --args in_channels=…"
    assert reasons["PaddedBlock"] == "nin=64: with nin=8 it is gone; give --args nin=…"
    assert reasons["ValueNetwork"].startswith("flat_size=64: with flat_size=")


STAYS = """
class ResidualHeads(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.q = nn.Linear(dim, dim)
        self.o = nn.Linear(dim // heads, dim // heads)

    def forward(self, x):
        b, n, d = x.shape
        return self.o(F.relu(self.q(x)).view(b * self.heads, n, d // self.heads))

class RatioBlock(nn.Module):
    def __init__(self, channels, heads, ratio):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels // ratio, 1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return x + self.conv2(F.relu(self.conv1(x)))

class TwiceBlock(nn.Module):
    def __init__(self, channels, kernel, use_act):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, kernel, padding=kernel // 2)

    def forward(self, x):
        h = self.conv(x)
        return h + h

class WrittenBlock(nn.Module):
    def __init__(self, channels, groups):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(32, channels, 3, padding=1, groups=groups)

    def forward(self, x):
        return x + self.conv2(F.relu(self.conv1(x)))
"""


def test_an_error_that_no_guess_takes_away_stays(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    reports = checked(capfd, tmp_path, net=STAYS)
    found = {name: errors(each) for name, each in reports.items()}
    assert "R133" in found.pop("ResidualHeads")
    assert found == {"RatioBlock": ["R154"], "TwiceBlock": ["R104"], "WrittenBlock": ["R154"]}


BESIDE = """
class WaveBlock(nn.Module):
    def __init__(self, channels, cond_channels=80):
        super().__init__()
        self.conv = nn.Conv1d(channels, 2 * channels, 3, padding=1)
        self.cond = nn.Conv1d(cond_channels, 2 * channels, 1)
        self.out = nn.Conv1d(channels, channels, 1)

    def forward(self, x, c):
        a, b = (self.conv(x) + self.cond(c)).chunk(2, 1)
        return x + self.out(torch.tanh(a) * torch.sigmoid(b))

class Modulation(nn.Module):
    def __init__(self, channels, labels=19):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.shared = nn.Sequential(nn.ReLU(), nn.Conv2d(labels, 32, 3, padding=1), nn.ReLU())
        self.scale = nn.Conv2d(32, channels, 3, padding=1)

    def forward(self, x, seg):
        return self.norm(x) * (1 + self.scale(self.shared(seg)))

class ModulatedBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.modulation = Modulation(channels)
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x, s):
        return x + self.conv(F.relu(self.modulation(x, s)))
"""


def test_a_further_input_has_the_channels_of_the_convolution_that_reads_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    reports = checked(capfd, tmp_path, net=BESIDE)
    assert {name: (errors(each), each["reason"]) for name, each in reports.items()} == dict.fromkeys(reports, ([], ""))
    assert {"WaveBlock", "ModulatedBlock"} <= reports.keys()
