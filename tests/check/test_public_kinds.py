"""Is code run as public repositories mean it, and what depends on a guess of ours or a version held against none?"""

from __future__ import annotations

from pathlib import Path

import pytest

from residua.targets.roles import signature_of
from tests.check.test_whole_files import checked, errors

Capture = pytest.CaptureFixture[str]

KEPT = """
def kept(original):
    class Kept(original):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.init_args = args, kwargs
    Kept.__name__ = original.__name__
    return Kept
@kept
class ResBlock(nn.Module):
    def __init__(self, in_channels, out_channels, times):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(in_channels, in_channels, 3, padding=1) for _ in range(times))
        self.out = nn.Conv2d(in_channels, out_channels, 1)
    def forward(self, x):
        for conv in self.convs:
            x = x + conv(F.relu(x))
        return self.out(x)
"""


def test_a_class_that_a_decorator_made_takes_what_the_decorated_one_takes(capfd: Capture, tmp_path: Path) -> None:
    report = checked(capfd, tmp_path, net=KEPT)["ResBlock"]
    assert (report["verdict"] == "not run", errors(report)) == (False, []), report["reason"]


def test_a_constructor_that_gives_its_base_other_arguments_takes_what_it_says() -> None:
    class Base:
        def __init__(self, channels: int) -> None:
            self.channels = channels

    class Fixed(Base):
        def __init__(self, *args: object, **words: object) -> None:
            super().__init__(64)

    assert list(signature_of(Fixed).parameters) == []


ACTOR = """
class ActorNet(nn.Module):
    def __init__(self, input_shape, num_actions, width=16):
        super().__init__()
        c, h, w = input_shape
        self.stem, self.conv = nn.Conv2d(c, width, 3, padding=1), nn.Conv2d(width, width, 3, padding=1)
        self.head = nn.Linear(width, num_actions)
    def forward(self, x):
        x = self.stem(x)
        return self.head((x + self.conv(F.relu(x))).mean((2, 3)))
"""


def test_a_number_of_actions_is_no_activation(capfd: Capture, tmp_path: Path) -> None:
    report = checked(capfd, tmp_path, net=ACTOR)["ActorNet"]
    assert (report["verdict"] == "not run", errors(report)) == (False, []), report["reason"]


FLAGGED = """
class ResUnit(nn.Module):
    def __init__(self, in_channels, out_channels, residual: bool, stride=1):
        super().__init__()
        self.residual = residual
        self.first = nn.Conv2d(in_channels, out_channels, 3, stride, 1)
        self.second = nn.Conv2d(out_channels, out_channels, 3, padding=1)
    def forward(self, x):
        h = self.second(F.relu(self.first(x)))
        return {}
"""


def test_a_shortcut_that_has_to_be_asked_for_is_asked_for(capfd: Capture, tmp_path: Path) -> None:
    report = checked(capfd, tmp_path, net=FLAGGED.format("x + h if self.residual else h"))["ResUnit"]
    assert (report["verdict"] == "not run", errors(report)) == (False, []), report["reason"]


def test_a_shortcut_that_is_asked_for_in_vain_is_missed(capfd: Capture, tmp_path: Path) -> None:
    assert errors(checked(capfd, tmp_path, net=FLAGGED.format("F.relu(h)"))["ResUnit"]) == ["R102"]


STAGED = """
class ResBlock(nn.Module):
    def __init__(self, in_channels, channels, stride=1, downsample=None, kind="inner"):
        super().__init__()
        self.kind, self.downsample, self.half = kind, downsample, channels // 2
        self.first = nn.Conv2d(in_channels, channels, 1)
        self.conv = nn.Conv2d(self.half, self.half, 3, {stride}, 1)
        self.pool = nn.AvgPool2d(3, stride, 1)
        self.last = nn.Conv2d(channels, channels, 1)
    def forward(self, x):
        one, two = torch.split(self.first(x), self.half, 1)
        two = self.pool(two) if self.kind == "first" else two
        out = self.last(torch.cat([self.conv(F.relu(one)), two], 1))
        return F.relu(out + (x if self.downsample is None else self.downsample(x)))
class ResNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1)
        down = nn.Conv2d(16, 32, 1, stride=2)
        self.blocks = nn.Sequential({blocks}, ResBlock(32, 32))
        self.fc = nn.Linear(32, num_classes)
    def forward(self, x):
        return self.fc(self.blocks(self.stem(x)).mean((2, 3)))
"""


def test_a_block_that_strides_only_with_another_option_is_right_as_its_network_makes_it(
    capfd: Capture, tmp_path: Path
) -> None:
    blocks = 'ResBlock(16, 16), ResBlock(16, 32, 2, down, "first")'
    found = checked(capfd, tmp_path, net=STAGED.format(stride="stride", blocks=blocks))
    assert found["ResNet"]["verdict"] != "not run"
    assert errors(found["ResNet"]) + errors(found["ResBlock"]) == []


def test_a_block_that_no_network_strides_is_wrong_where_it_cannot(capfd: Capture, tmp_path: Path) -> None:
    blocks = "nn.Conv2d(16, 32, 1), ResBlock(32, 32)"
    assert errors(checked(capfd, tmp_path, net=STAGED.format(stride="stride", blocks=blocks))["ResBlock"])


OF_A_PACKAGE = """
from rich.text import Text
class ConvBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.name, self.conv = Text("conv", qk_scale=None), nn.Conv2d(channels, channels, 3, padding=1)
    def forward(self, x):
        return x + self.conv(F.relu(x))
"""


def test_an_argument_that_an_installed_package_does_not_take_is_one_of_another_version(
    capfd: Capture, tmp_path: Path
) -> None:
    report = checked(capfd, tmp_path, net=OF_A_PACKAGE)["ConvBlock"]
    assert (report["verdict"], report["findings"]) == ("not run", [])
    assert report["reason"].startswith("rich ")
    assert report["reason"].endswith("give the version that the code is written for")


def test_an_argument_that_the_user_s_own_class_does_not_take_is_wrong(capfd: Capture, tmp_path: Path) -> None:
    own = "class Text:\n    def __init__(self, text):\n        self.text = text\n"
    text = OF_A_PACKAGE.replace("from rich.text import Text\n", own)
    assert errors(checked(capfd, tmp_path, net=text)["ConvBlock"]) == ["R161"]


FACTORY = """
class PlainNet(nn.Module):
    def __init__(self, features, num_classes=10):
        super().__init__()
        self.features, self.head = features, nn.Linear(24, num_classes)
    def forward(self, x):
        return self.head(self.features(x).mean((2, 3)))
def layers(widths):
    pairs = zip([3, *widths], widths)
    return nn.Sequential(*(each for low, high in pairs for each in (nn.Conv2d(low, high, 3, padding=1), nn.ReLU())))
def _net(name, **words):
    return PlainNet(layers({"a": [8, 24]}[name]), **words)
def plain_a(pretrained=False, **words):
    model = _net("a", **words)
    return model
"""


def test_a_network_is_tried_as_a_function_of_its_file_returns_it(capfd: Capture, tmp_path: Path) -> None:
    report = checked(capfd, tmp_path, net=FACTORY)["PlainNet"]
    assert (report["verdict"] == "not run", errors(report)) == (False, []), report["reason"]


SET_ANEW = {
    "options": """
import argparse
def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--norm_G", default="spectralinstance")
    parser.add_argument("--ngf", type=int, default=12)
    return parser.parse_args()
""",
    "models__generator": """
class ResnetGenerator(nn.Module):
    @staticmethod
    def modify_commandline_options(parser):
        parser.set_defaults(norm_G="spade3x3")
        return parser
    def __init__(self, opt):
        super().__init__()
        assert opt.norm_G.startswith("spade")
        self.stem, self.conv = nn.Conv2d(3, opt.ngf, 3, padding=1), nn.Conv2d(opt.ngf, opt.ngf, 3, padding=1)
    def forward(self, x):
        x = self.stem(x)
        return x + self.conv(F.relu(x))
""",
}


def test_defaults_that_a_model_sets_anew_go_before_those_of_the_parser(capfd: Capture, tmp_path: Path) -> None:
    report = checked(capfd, tmp_path, **SET_ANEW)["ResnetGenerator"]
    assert (report["verdict"] == "not run", errors(report)) == (False, []), report["reason"]


OVER_TIME = """
class ResBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv1d(channels, channels, 3, padding=1)
    def forward(self, x):
        b, c, t = x.shape
        heads = x.view(b, 4, c // 4, t) + self.conv(F.relu(x)).view(b, 4, c // 4, t)
        return heads.view(b, c, t)
"""


def test_a_residual_along_time_that_is_added_in_heads_is_followed(capfd: Capture, tmp_path: Path) -> None:
    assert errors(checked(capfd, tmp_path, net=OVER_TIME)["ResBlock"]) == []


DECODER = """
class DecoderBlock(nn.Module):
    def __init__(self, in_channels, out_channels, skip_channels=0):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels + skip_channels, out_channels, 3, padding=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
    def forward(self, x, skip=None):
        {}
        if skip is not None:
            x = torch.cat([x, skip], 1)
        return F.relu(self.conv2(F.relu(self.conv1(x))))
class Head(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, 1, 1)
    def forward(self, x):
        return self.conv(x)
"""


def test_a_skip_that_a_decoder_may_be_given_promises_no_sum(capfd: Capture, tmp_path: Path) -> None:
    assert errors(checked(capfd, tmp_path, net=DECODER.format("x = x * 1"))["DecoderBlock"]) == []


def test_a_shortcut_that_is_kept_and_not_added_is_missed(capfd: Capture, tmp_path: Path) -> None:
    assert "R102" in errors(checked(capfd, tmp_path, net=DECODER.format("shortcut = x"))["DecoderBlock"])


NESTED = """
class MaskNet(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
    def forward(self, x):
        return x.maps + self.conv(x.maps)
"""


def test_what_is_no_tensor_is_named_by_what_forward_reads_of_it(capfd: Capture, tmp_path: Path) -> None:
    report = checked(capfd, tmp_path, net=NESTED)["MaskNet"]
    assert report["reason"] == "forward takes no tensor but what has .maps in line 10; check a class that calls it"


WORDS = """
class Base(nn.Module):
    def __init__(self, width=16, depth=2):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, padding=1)
        self.convs = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(depth))
class PooledNet(Base):
    def __init__(self, pooled=False, **kwargs):
        super().__init__(**kwargs)
        self.norm = nn.BatchNorm2d(kwargs["width"]) if pooled else nn.Identity()
    def forward(self, x):
        x = self.stem(x)
        for conv in self.convs:
            x = x + conv(F.relu(x))
        return self.norm(x)
"""


def test_keywords_that_are_read_by_name_are_no_configuration(capfd: Capture, tmp_path: Path) -> None:
    options = "class Config:\n    width = 16\n    depth = 2\n"
    report = checked(capfd, tmp_path, net=WORDS, options=options)["PooledNet"]
    assert (report["verdict"] == "not run", errors(report)) == (False, []), report["reason"]


SPREAD = """
class VocoderNet(nn.Module):
    def __init__(self, mels, kernel_sizes, rates, dilations):
        super().__init__()
        self.first = nn.Conv1d(mels, 8, 3, padding=1)
        self.convs = nn.ModuleList(nn.Conv1d(8, 8, k, dilation=d[1], padding=k // 2 * d[1]) for k, d in zip(
            kernel_sizes, dilations))
        self.ups = nn.ModuleList(nn.ConvTranspose1d(8, 8, 2 * r, r, r // 2) for r in rates)
    def forward(self, x):
        x = self.first(x)
        for conv in self.convs:
            x = x + conv(F.relu(x))
        for up in self.ups:
            x = up(x)
        return x
"""


@pytest.mark.parametrize("known", [True, False])
def test_a_file_that_names_most_of_what_a_class_takes_gives_it(capfd: Capture, tmp_path: Path, known: bool) -> None:
    (tmp_path / "config.json").write_text(
        '{"model": {"kernel_sizes": [3, 5], "rates": [4, 2], "dilations": [[1, 3], [1, 2]]}}' if known else "{}"
    )
    report = checked(capfd, tmp_path, net=SPREAD)["VocoderNet"]
    assert (report["verdict"] != "not run", errors(report)) == (known, []), report["reason"]
