"""Are arguments given as the code itself needs them, where names say nothing: and are faults still found then?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.check.test_whole_files import checked, errors

NONE_WILL_NOT_DO = """
class SplitBlock(nn.Module):
    def __init__(self, inplanes, planes, kernel_size=None, dilation=None, scale=4):
        super().__init__()
        width = planes // scale
        around = kernel_size // 2 * dilation
        self.reduce = nn.Conv1d(inplanes, width * scale, 1)
        self.convs = nn.ModuleList(
            nn.Conv1d(width, width, kernel_size, padding=around, dilation=dilation) for _ in range(scale - 1)
        )
        self.expand = nn.Conv1d(width * scale, planes, 1)
        self.match = nn.Conv1d(inplanes, planes, 1) if inplanes != planes else nn.Identity()
    def forward(self, x):
        first, *parts = self.reduce(x).chunk(4, 1)
        parts = [conv(part) for conv, part in zip(self.convs, parts)]
        return SHORTCUTself.expand(torch.cat([first, *parts], 1))
"""
INNER_NONE = """
class Modulated(nn.Module):
    def __init__(self, width, channels):
        super().__init__()
        self.scale = nn.Linear(width, channels)
    def forward(self, x, emb):
        return x * self.scale(emb)[:, :, None, None]
class ResBlock(nn.Module):
    def __init__(self, dim, dim_out, noise_emb_dim=None):
        super().__init__()
        self.modulated = Modulated(noise_emb_dim, dim_out)
        self.conv1 = nn.Conv2d(dim, dim_out, 3, padding=1)
        self.conv2 = nn.Conv2d(dim_out, dim_out, 3, padding=1)
        self.match = nn.Conv2d(dim, dim_out, 1) if dim != dim_out else nn.Identity()
    def forward(self, x, time_emb):
        out = self.modulated(F.relu(self.conv1(x)), time_emb)
        return self.match(x) + self.conv2(F.relu(out))
"""
TABLE = """
def projection(channels, scale, up):
    size, stride, padding = {2: (6, 2, 2), 4: (8, 4, 2)}[scale]
    conv = nn.ConvTranspose2d if up else nn.Conv2d
    return conv(channels, channels, size, stride, padding)
class ProjectionBlock(nn.Module):
    def __init__(self, channels, scale):
        super().__init__()
        self.up = projection(channels, scale, True)
        self.down = projection(channels, scale, False)
    def forward(self, x):
        return x + self.down(F.relu(self.up(x)))
"""
WORDS = """
def activation(kind):
    if kind == "lrelu":
        return nn.LeakyReLU(0.2)
    if kind == "gelu":
        return nn.GELU()
    raise ValueError(kind)
class ResBlock(nn.Module):
    def __init__(self, channels, kind):
        super().__init__()
        self.conv1, self.act = nn.Conv2d(channels, channels, 3, padding=1), activation(kind)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
    def forward(self, x):
        return x + self.conv2(self.act(self.conv1(x)))
"""
DEFAULT_CONV = """
def default_conv(in_channels, out_channels, kernel_size, bias=True):
    return nn.Conv2d(in_channels, out_channels, kernel_size, padding=kernel_size // 2, bias=bias)
class ResBlock(nn.Module):
    def __init__(self, conv, n_feats, kernel_size):
        super().__init__()
        self.body = nn.Sequential(conv(n_feats, n_feats, kernel_size), nn.ReLU(), conv(n_feats, n_feats, kernel_size))
    def forward(self, x):
        return SHORTCUTself.body(x)
"""
TREE = """
class TreeBlock(nn.Module):
    def __init__(self, n, width):
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        self.left = TreeBlock(n - 1, width) if n > 1 else nn.Identity()
        self.right = TreeBlock(n - 1, width) if n > 1 else nn.Identity()
    def forward(self, x):
        return x + self.left(F.relu(self.conv1(x))) + self.right(F.relu(self.conv2(x)))
"""
HOURGLASS = """
class HourglassBlock(nn.Module):
    def __init__(self, current_level, width):
        super().__init__()
        self.level = current_level
        self.up = nn.Conv2d(width, width, 3, padding=1)
        self.low = HourglassBlock(self.level - 1, width) if self.level else nn.Conv2d(width, width, 3, padding=1)
    def forward(self, x):
        return self.up(x) + F.interpolate(self.low(F.max_pool2d(x, 2)), scale_factor=2.0)
"""


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (NONE_WILL_NOT_DO.replace("SHORTCUT", "self.match(x) + "), "SplitBlock"),
        (INNER_NONE, "ResBlock"),
        (TABLE, "ProjectionBlock"),
        (WORDS, "ResBlock"),
        (DEFAULT_CONV.replace("SHORTCUT", "x + "), "ResBlock"),
        (TREE, "TreeBlock"),
        (HOURGLASS, "HourglassBlock"),
    ],
    ids=["none", "none-inside", "table-of-a-function", "words-of-a-function", "default-conv", "tree", "levels"],
)
def test_a_right_class_runs_with_what_its_code_needs(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, code: str, name: str
) -> None:
    report = checked(capfd, tmp_path, net=code)[name]
    assert report["verdict"] != "not run", report["reason"]
    assert errors(report) == []


@pytest.mark.parametrize(
    ("code", "rule"), [(NONE_WILL_NOT_DO, "R153"), (DEFAULT_CONV, "R102")], ids=["none", "default-conv"]
)
def test_a_forgotten_shortcut_is_found_with_it(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, code: str, rule: str
) -> None:
    code = code.replace("SHORTCUT", "").replace("SplitBlock", "ResBlock")
    assert errors(checked(capfd, tmp_path, net=code)["ResBlock"]) == [rule]


def test_a_default_none_that_no_guess_of_ours_replaces_is_no_fault(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code = INNER_NONE.replace(
        "self.modulated = ", "assert noise_emb_dim is None or noise_emb_dim == 77\n        self.modulated = "
    )
    report = checked(capfd, tmp_path, net=code)["ResBlock"]
    assert (report["verdict"], report["findings"]) == ("not run", [])
    assert "NoneType" in report["reason"]
