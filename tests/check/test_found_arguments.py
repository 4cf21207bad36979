"""Are classes of a repository run with what its configurations, imports and exceptions say, and faults still found?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from residua.targets.depths import shallow
from tests.check.test_whole_files import checked, errors

CONFIGURED = """
class Net(nn.Module):
    def __init__(self, config):
        super().__init__()
        own = config.model.small
        assert own.depth % 6 == 2 and own.kind in ("plain", "residual")
        self.stem = nn.Conv2d(config.dataset.n_channels, own.width, 3, padding=1, bias=False)
        self.blocks = nn.ModuleList(nn.Conv2d(own.width, own.width, 3, padding=1) for _ in range((own.depth - 2) // 6))
        self.fc = nn.Linear(own.width, config["dataset"]["n_classes"])
    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = x + block(F.relu(x))
        return self.fc(F.relu(x).mean((2, 3)))
"""
DEFAULTS = """
config = Node()
config.dataset = Node()
config.dataset.n_channels = 3
config.dataset.n_classes = 10
config.model = Node()
config.model.small = Node({"depth": 14, "kind": "residual", "width": 8})
"""
PARSER = """
import argparse
def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--n-feats", type=int, default=12)
    parser.add_argument("--use-scale", action="store_true")
    parser.add_argument("--act", choices=["prelu", "relu"])
    return parser.parse_args()
class Net(nn.Module):
    def __init__(self, a):
        super().__init__()
        assert a.n_feats % 12 == 0 and a.use_scale is False
        self.stem = nn.Conv2d(3, a.n_feats, 3, padding=1)
        self.act = {"prelu": nn.PReLU, "relu": nn.ReLU}[a.act]()
        self.conv = nn.Conv2d(a.n_feats, a.n_feats, 3, padding=1)
    def forward(self, x):
        x = self.stem(x)
        return x + self.conv(self.act(x))
"""


@pytest.mark.parametrize(
    "files",
    [{"net": CONFIGURED, "defaults": DEFAULTS}, {"net": PARSER}],
    ids=["nodes", "parser"],
)
def test_a_configuration_gets_the_values_of_its_repository(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, files: dict[str, str]
) -> None:
    report = checked(capfd, tmp_path, **files)["Net"]
    assert report["verdict"] != "not run", report["reason"]
    assert errors(report) == []


def test_a_yaml_file_of_the_repository_is_a_configuration_too(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = "dataset: {n_channels: 3, n_classes: 10}\nmodel:\n  small: {depth: 20, kind: plain, width: 8}\n"
    (tmp_path / "small.yaml").write_text(text, encoding="utf-8")
    assert checked(capfd, tmp_path, net=CONFIGURED)["Net"]["verdict"] != "not run"


def test_what_a_constructor_reads_of_its_keywords_is_given(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code = """
class ResBlock(nn.Module):
    def __init__(self, channels, **kwargs):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, kwargs["kernel_size"], padding=1)
    def forward(self, x):
        return x + self.conv(F.relu(x))
"""
    report = checked(capfd, tmp_path, net=code)["ResBlock"]
    assert report["verdict"] != "not run"
    assert errors(report) == []


def test_strides_that_are_none_by_default_are_a_list_of_the_code(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code = """
class AnchorNet(nn.Module):
    def __init__(self, levels=None, strides=None):
        super().__init__()
        self.levels = levels or [3, 4]
        if strides is None:
            self.strides = [2**level for level in self.levels]
    def forward(self, x):
        return torch.cat([F.avg_pool2d(x, stride).flatten(1) for stride in self.strides], 1)
"""
    assert errors(checked(capfd, tmp_path, net=code)["AnchorNet"]) == []


HELPED = """
from helpers import depth_of
class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(nn.Conv2d(3, 3, 3, padding=1) for _ in range(depth_of(8)))
    def forward(self, x):
        for block in self.blocks:
            x = x + block(F.relu(x))
        return x
"""
HELPERS = """
{}
def depth_of(count):
    return count // {}
def shown(x):
    return no_such_plots.io.show(x)
"""


@pytest.mark.parametrize(
    ("imported", "divisor"),
    [
        ("import no_such_plots", "4"),
        ("from no_such_plots.io import show\nimport no_such_plots", "4"),
        (
            "try:\n    import no_such_plots\nexcept ImportError:\n    no_such_plots = None",
            "(4 if no_such_plots is None else 0)",
        ),
    ],
)
def test_a_package_that_only_another_function_needs_keeps_no_class_from_running(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, imported: str, divisor: str
) -> None:
    report = checked(capfd, tmp_path, net=HELPED, helpers=HELPERS.format(imported, divisor))["ResNet"]
    assert report["verdict"] != "not run", report["reason"]


def test_a_package_that_a_helper_needs_is_named_with_its_line(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    helpers = "import no_such_plots\ndef depth_of(count):\n    return no_such_plots.half(count)\n"
    report = checked(capfd, tmp_path, net=HELPED, helpers=helpers)["ResNet"]
    assert report["verdict"] == "not run"
    assert "no_such_plots is not installed (line 4 of helpers.py)" in report["reason"]


def test_extensions_of_an_imported_module_are_not_compiled(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    operator = """
from torch.utils.cpp_extension import load
fused = load("fused", sources=["no_such_file.cu"])
def scaled(x):
    return 2 * x if x.device.type == "cpu" else fused.scaled(x)
"""
    code = """
from operator_of import scaled
class ResBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
    def forward(self, x):
        return x + scaled(self.conv(F.relu(x)))
"""
    report = checked(capfd, tmp_path, net=code, operator_of=operator)["ResBlock"]
    assert report["verdict"] != "not run", report["reason"]


STYLED = """
class Modulation(nn.Module):
    def __init__(self, style, width):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(width, style))
    def forward(self, s):
        return F.linear(s, self.weight)
class StyledResBlock(nn.Module):
    def __init__(self, channels, style_size):
        super().__init__()
        self.conv, self.scale = nn.Conv2d(channels, channels, 3, padding=1), Modulation(style_size, channels)
    def forward(self, x, style):
        return x + self.conv(F.relu(x)) * self.scale(style)[:, :, None, None]
"""
OF_TOKENS = """
class ResidualMixer(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm, self.weight = nn.LayerNorm(dim), nn.Parameter(torch.randn(dim, dim) / 8)
    def forward(self, x):
        batch, length, width = x.shape
        return x + F.gelu(self.norm(x) @ self.weight)
"""
OF_IDS = """
class ResidualEmbedding(nn.Module):
    def __init__(self, channels, num_tokens):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.table = nn.Parameter(torch.randn(num_tokens, channels))
    def forward(self, x, speaker):
        return x + self.conv(F.relu(x + self.table[speaker][:, :, None, None]))
"""


GATED = """
class ResidualGate(nn.Module):
    def __init__(self, hidden_dim=48, input_dim=80):
        super().__init__()
        self.gate = nn.Conv2d(hidden_dim + input_dim, hidden_dim, 3, padding=1)
        self.new = nn.Conv2d(hidden_dim + input_dim, hidden_dim, 3, padding=1)
    def forward(self, h, x):
        both = torch.cat([h, x], 1)
        z = torch.sigmoid(self.gate(both))
        return (1 - z) * h + z * torch.tanh(self.new(both))
"""


OF_CLASSES = """
class ResidualCritic(nn.Module):
    def __init__(self, channels, num_classes=10):
        super().__init__()
        self.conv, self.embed = nn.Conv2d(channels, channels, 3, padding=1), nn.Embedding(num_classes, channels)
    def forward(self, x, y=None):
        return x + self.conv(F.relu(x + self.embed(y)[:, :, None, None]))
"""
ENLARGED = """
class StyledUp(nn.Module):
    def __init__(self, channels, device):
        super().__init__()
        self.up, self.conv = nn.Upsample(scale_factor=2), nn.Conv2d(2 * channels, channels, 3, padding=1)
        self.register_buffer("scale", torch.ones(1).to(device))
    def forward(self, x, skip):
        return skip + self.scale * self.conv(F.relu(torch.cat([skip, self.up(x)], 1)))
"""


@pytest.mark.parametrize(
    "code",
    [STYLED, OF_TOKENS, OF_IDS, GATED, OF_CLASSES, ENLARGED],
    ids=["style", "tokens", "ids", "gates", "classes without a default", "skip of an enlarged map"],
)
def test_inputs_are_found_by_what_exceptions_say(capfd: pytest.CaptureFixture[str], tmp_path: Path, code: str) -> None:
    reports = checked(capfd, tmp_path, net=code)
    named = next(report for name, report in reports.items() if name.startswith(("Styled", "Residual")))
    assert named["verdict"] != "not run", named["reason"]
    assert errors(named) == []


NORMED = """
class ResBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm, self.conv = nn.LayerNorm(channels), nn.Conv2d(channels, channels, 3, padding=1)
    def forward(self, x):
        return x + self.conv(F.relu(self.norm(x)))
"""
SHRINKING = """
class ResBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, stride=2, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
    def forward(self, x):
        return x + self.conv2(F.relu(self.conv1(x)))
"""


@pytest.mark.parametrize("code", [NORMED, SHRINKING], ids=["norm over the width", "map halved beside an identity"])
def test_no_input_is_sought_in_which_a_fault_does_not_show(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, code: str
) -> None:
    assert len(errors(checked(capfd, tmp_path, net=code)["ResBlock"])) == 1


def test_rows_that_are_no_images_do_not_mix_them(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code = """
class ResidualFilters(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("bank", torch.tensor([[[0.25, 0.5, 0.25]], [[0.5, 0.0, 0.5]]]))
    def forward(self, x):
        *others, time = x.shape
        out = F.conv1d(x.reshape(-1, 1, time), self.bank, padding=1)
        return out.permute(1, 0, 2).reshape(2, *others, time)
"""
    assert "R147" not in errors(checked(capfd, tmp_path, net=code)["ResidualFilters"])


def test_two_numbers_that_were_chosen_equal_cancel_by_chance(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code = """
class LearnedSlopeNet(nn.Module):
    def __init__(self, log_snr_max, log_snr_min):
        super().__init__()
        self.slope, self.fc = log_snr_min - log_snr_max, nn.Linear(64, 64)
    def forward(self, x):
        return x + self.slope * self.fc(x)
"""
    assert errors(checked(capfd, tmp_path, net=code)["LearnedSlopeNet"]) == []


LOCAL = """
class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)
    def forward(self, x):
        return x + self.conv(F.relu(x))
class MobileNet(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        (first, second), depth = cfg["widths"], cfg["depths"][1]
        assert first == 12 and depth == 2
        self.stem, self.down = nn.Conv2d(3, first, 3, padding=1), nn.Conv2d(first, second, 3, stride=2, padding=1)
        self.blocks = nn.Sequential(*(Block(second) for _ in range(depth)))
    def forward(self, x):
        return self.blocks(F.relu(self.down(F.relu(self.stem(x)))))
def small():
    widths = [12, 24]
    cfg = {"widths": widths, "depths": [1, 2]}
    return MobileNet(cfg)
"""


def test_what_the_function_around_a_call_says_is_given(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    report = checked(capfd, tmp_path, net=LOCAL)["MobileNet"]
    assert report["verdict"] != "not run", report["reason"]


def test_a_list_of_maps_is_run_level_by_level_and_put_together_on_purpose(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code = """
class ResidualPyramid(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.smooth = nn.Conv2d(channels, 2 * channels, 3, padding=1)
        self.merge = nn.ModuleList(nn.Conv2d(2 * channels, channels, 3, padding=1) for _ in range(2))
    def forward(self, levels):
        out = self.smooth(levels[0])
        for merge, level in zip(self.merge, levels):
            out = torch.cat([merge(out), level], 1)
        return out
"""
    report = checked(capfd, tmp_path, net=code)["ResidualPyramid"]
    assert report["verdict"] == "ok"


def test_base_classes_without_a_forward_are_no_blocks(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code = '''
class BaseNet(nn.Module):
    def summary(self):
        return sum(each.numel() for each in self.parameters())
class LaterNet(BaseNet):
    def forward(self):
        """Left to those that derive from it."""
        raise NotImplementedError
class SmallNet(BaseNet):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
    def forward(self, x):
        return x + self.conv(F.relu(x))
'''
    assert set(checked(capfd, tmp_path, net=code)) == {"SmallNet"}


def test_networks_that_take_too_long_are_made_shallower() -> None:
    def by_count(width: int = 64, depth: int = 28, num_blocks: Any = (4, 6, 6, 8), dropout: float = 0.0) -> None: ...
    def by_formula(depth: int = 110) -> int:
        assert (depth - 2) % 6 == 0
        return (depth - 2) // 6

    assert shallow(by_count) == {"depth": 2, "num_blocks": (2, 2, 2, 2)}
    assert (shallow(by_formula)["depth"] - 2) % 6 == 0
    assert shallow(by_formula)["depth"] < 30


FORECAST = """
class ForecastBlock(nn.Module):
    def __init__(self, units, thetas_dim, length=10):
        super().__init__()
        self.first, self.second = nn.Linear(length, units), nn.Linear(units, units)
        self.theta = nn.Linear(units, thetas_dim)
    def forward(self, x):
        return self.theta(F.relu(self.second(F.relu(self.first(x)))))
"""


def test_units_that_come_first_need_not_come_in(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    report = checked(capfd, tmp_path, net=FORECAST)["ForecastBlock"]
    assert (report["verdict"] == "not run", errors(report)) == (False, [])


UPWARDS = """
class UpNet(nn.Module):
    def __init__(self, upsample_scales, channels, nConvs):
        super().__init__()
        assert nConvs < 5
        self.convs = nn.Sequential(*(nn.Conv1d(channels, channels, 3, padding=1) for _ in range(nConvs)))
        self.ups = nn.Sequential(*(nn.ConvTranspose1d(channels, channels, 2 * r, r, r // 2) for r in upsample_scales))
    def forward(self, x):
        return self.ups(x + self.convs(F.relu(x)))
"""


def test_factors_are_a_list_and_a_number_of_layers_is_small(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    report = checked(capfd, tmp_path, net=UPWARDS)["UpNet"]
    assert (report["verdict"] == "not run", errors(report)) == (False, []), report["reason"]


TREE = """
class Tree(nn.Module):
    def __init__(self, in_planes, current_level):
        super().__init__()
        self.conv = nn.Conv2d(in_planes, in_planes, 3, padding=1)
        self.parts = nn.ModuleList(Tree(in_planes, current_level - 1) for _ in range(2 if current_level else 0))
    def forward(self, x):
        return x + self.conv(x) + sum(part(x) for part in self.parts)
"""


def test_a_level_counts_calls_within_one_another_and_no_channels(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found = checked(capfd, tmp_path, tree=TREE)["Tree"]
    assert (found["reason"], errors(found)) == ("", [])
