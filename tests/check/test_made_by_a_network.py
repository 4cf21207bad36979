"""Is a class run as a network that did not run made it, and on the axes that its words say of points in space?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.check.test_whole_files import checked, errors

NET = """
class Net(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, padding=1)
        self.block = ResBlock(width, (5, 7))
    def forward(self, records):
        return self.block(self.stem(torch.stack([each.pixels for each in records])))
"""
BLOCK = """
class ResBlock(nn.Module):
    def __init__(self, channels, plan):
        super().__init__()
        if plan[0] * plan[1] != 35:
            raise ValueError("not as planned")
        self.conv1 = nn.Conv2d(channels, channels, plan[0], padding=plan[0] // 2)
        self.conv2 = nn.Conv2d(channels, channels, plan[1], padding=plan[1] // 2)
    def forward(self, x):
        return SHORTCUTself.conv2(F.relu(self.conv1(x)))
"""
DISTANCES = """
def nearest(points, count):
    return torch.cdist(points, points).argsort()[:, :, :count]
def gathered(values, index):
    rows = torch.arange(len(values)).view(-1, 1, 1).expand_as(index)
    return values[rows, index, :]
"""
ATTENTION = (
    DISTANCES
    + """
class TransformerBlock(nn.Module):
    def __init__(self, d_model, k):
        super().__init__()
        self.place = nn.Sequential(nn.Linear(3, d_model), nn.ReLU(), nn.Linear(d_model, d_model))
        self.query = nn.Linear(d_model, d_model)
        self.key = nn.Linear(d_model, d_model)
        self.value = nn.Linear(d_model, d_model)
        self.k = k
    # features: b x n x f, xyz: b x n x 3
    def forward(self, features, xyz):
        index = nearest(xyz, self.k)
        place = self.place(xyz[:, :, None] - gathered(xyz, index))
        weight = self.query(features)[:, :, None] - gathered(self.key(features), index) + place
        result = (F.softmax(weight, -2) * (gathered(self.value(features), index) + place)).sum(2)
        return features + result
"""
)
GROUPS = (
    DISTANCES
    + '''
class ResGroups(nn.Module):
    def __init__(self, nsample_list, in_channel, mlp_list):
        super().__init__()
        self.samples, self.convs = nsample_list, nn.ModuleList()
        for i in range(len(mlp_list)):
            last, layers = in_channel + 3, []
            for width in mlp_list[i]:
                layers += [nn.Conv2d(last, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
                last = width
            self.convs.append(nn.Sequential(*layers))
    def forward(self, xyz, points):
        """
        Input:
            xyz: input points position data, [B, N, C]
            points: input points data, [B, N, D]
        """
        found = []
        for count, conv in zip(self.samples, self.convs):
            index = nearest(xyz, count)
            grouped = torch.cat([gathered(xyz, index) - xyz[:, :, None], gathered(points, index)], -1)
            found.append(conv(grouped.permute(0, 3, 2, 1)).amax(2))
        return torch.cat(found, 1).transpose(1, 2)
'''
)
SWAPPED = GROUPS.replace("[B, N, C]", "[B, C, N]").replace("[B, N, D]", "[B, D, N]")  # as copied from elsewhere


def test_a_block_is_run_as_a_network_that_does_not_run_makes_it(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    reports = checked(capfd, tmp_path, net=BLOCK.replace("SHORTCUT", "x + ") + NET)
    assert reports["Net"]["verdict"] == "not run"
    assert reports["ResBlock"]["verdict"] == "ok", reports["ResBlock"]


def test_a_forgotten_shortcut_is_found_in_it(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert errors(checked(capfd, tmp_path, net=BLOCK.replace("SHORTCUT", "") + NET)["ResBlock"]) == ["R102"]


def test_a_network_of_another_file_makes_it_too(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    net = "from blocks import ResBlock\n" + NET
    report = checked(capfd, tmp_path, blocks=BLOCK.replace("SHORTCUT", "x + "), net=net)["ResBlock"]
    assert report["verdict"] == "ok", report


def test_what_a_network_makes_in_vain_is_no_fault(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code = BLOCK.replace("SHORTCUT", "x + ").replace(
        "def forward(self, x):", "def forward(self, tree):\n        x = tree.leaf"
    )
    report = checked(capfd, tmp_path, net=code + NET)["ResBlock"]
    assert (report["verdict"], report["findings"]) == ("not run", [])


@pytest.mark.parametrize(
    ("code", "name"),
    [(ATTENTION, "TransformerBlock"), (GROUPS, "ResGroups"), (SWAPPED, "ResGroups")],
    ids=["comment-above", "docstring", "docstring-of-another-layout"],
)
def test_points_in_space_are_given_as_words_say(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, code: str, name: str
) -> None:
    report = checked(capfd, tmp_path, net=code)[name]
    assert report["verdict"] != "not run", report["reason"]
    assert errors(report) == []
