"""Are classes tried as the repository's own code makes and calls them, and is what we made up held against none?"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import torch
from torch import nn

from residua.targets.depths import shallow, shallower
from residua.targets.find import repository_of
from residua.targets.repository.scope import UNKNOWN, Scope
from tests.check.test_whole_files import HEAD, checked, errors

NET = """
class SmallNet(nn.Module):
    def __init__(self, width, patch):
        super().__init__()
        self.patch, self.table = nn.Conv2d(3, width, patch, stride=patch), nn.Parameter(torch.randn(9, width))
        self.conv = nn.Conv2d(width, width, 3, padding=1)
    def forward(self, x):
        x = self.patch(x)
        return x + self.conv(F.relu(x))
"""
WRAPPER = """
class MaskedNet(nn.Module):
    def __init__(self, encoder, share):
        super().__init__()
        self.encoder, self.share = encoder, share
        self.head = nn.Linear(encoder.table.shape[1], 5)
    def forward(self, frames, scale):
        assert frames.shape[1:] == (4, 3, 24, 24) and scale.shape[1:] == (7,)
        maps = self.encoder(frames.flatten(0, 1)).mean((2, 3)).view(len(frames), 4, -1).mean(1)
        return self.head(maps) * scale.mean(1, keepdim=True)
"""
README = """# Masked networks
```python
import torch
from pkg.small import SmallNet
from pkg.masked import MaskedNet

width = 12
encoder = SmallNet(width, patch = 4).cuda()
masked = MaskedNet(encoder = encoder, share = 0.5).cuda()
frames = torch.randn(1, 4, 3, 24, 24).cuda()
loss = masked(frames, scale = torch.ones(1, 7))
```
"""


def test_a_readme_says_how_a_class_is_made_and_called(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = checked(capfd, tmp_path, pkg__small=NET, pkg__masked=WRAPPER, pkg____init__="", README=README)
    assert found["MaskedNet"]["verdict"] != "not run", found["MaskedNet"]["reason"]
    assert errors(found["MaskedNet"]) == []


def test_without_its_readme_it_is_not_known(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = checked(capfd, tmp_path, pkg__small=NET, pkg__masked=WRAPPER, pkg____init__="")
    assert found["MaskedNet"]["verdict"] == "not run"


def test_a_function_that_makes_the_network_leads_to_its_input(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code = """
class Net(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(5, 5, 3, padding=1), nn.Linear(5, classes)
    def forward(self, image, sizes):
        assert sizes.shape[1:] == (3, 2)
        return self.fc((image + self.conv(F.relu(image))).mean((2, 3))) + sizes.sum()
def small():
    return Net(classes=7)
if __name__ == "__main__":
    model = small()
    image = torch.zeros(2, 5, 20, 20)
    print(model(image, torch.rand(2, 3, 2)))
"""
    report = checked(capfd, tmp_path, net=code)["Net"]
    assert report["verdict"] != "not run", report["reason"]


def _value(text: str, expression: str) -> object:
    tree = ast.parse(HEAD + text + f"\nwanted({expression})\n")
    call = next(node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "wanted")
    return Scope(tree, Path("nowhere.md"), call, {}).value(call.args[0])


def test_names_mean_what_was_assigned_last_before_the_call() -> None:
    assert _value("width = 3\nwidth = 5\nboth = width, 2 * width", "both") == (5, 10)
    assert _value("a, b = 1, 2", "dict(a=a, b=[b])") == {"a": 1, "b": [2]}
    made = _value("x = torch.rand(2, 3).to('cuda')", "x.unsqueeze(0)")
    assert isinstance(made, torch.Tensor)
    assert made.shape == (1, 2, 3)


def test_nothing_is_called_but_what_makes_modules_and_tensors() -> None:
    assert _value("kept = open('/etc/hostname')", "kept") is UNKNOWN
    assert _value("def load():\n    return 1", "load()") is UNKNOWN
    assert _value("x = x + 1", "x") is UNKNOWN
    assert _value("", "nn.Linear(2, 3)") is not UNKNOWN


class Encoder(nn.Module):
    def __init__(self, pretrained: bool = True) -> None:
        super().__init__()
        if pretrained:
            raise OSError("no connection")


def test_no_weights_are_downloaded_for_an_argument() -> None:
    call = ast.parse("Net(Encoder(pretrained=words.pretrained))", mode="eval").body
    assert isinstance(call, ast.Call)
    scope = Scope(ast.Module([], []), Path("nowhere.py"), call, {"Encoder": Encoder})
    assert isinstance(scope.value(call.args[0]), Encoder)


MISFIT = """
class WideNet(nn.Module):
    def __init__(self, opt):
        super().__init__()
        self.stem = nn.Conv2d(3, 24, 3, padding=1)
        self.conv = nn.Conv2d(opt.n_feats, opt.n_feats, 3, padding=1)
    def forward(self, x):
        x = self.stem(x)
        return x + self.conv(x)
"""


def test_widths_of_a_configuration_that_we_made_up_are_no_fault(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert checked(capfd, tmp_path, net=MISFIT)["WideNet"]["verdict"] == "not run"


AVERAGED = """
class AveragedNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.average = nn.Conv2d(3, 3, 3, padding=1), 0.0
    def forward(self, x):
        x = x + self.conv(F.relu(x))
        if self.training:
            self.average = x.mean(0) + 0.9 * (self.average - x.mean(0))
        return x
"""
DEVIATION = """
class DeviationNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.last = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(9, 8, 3, padding=1)
    def forward(self, x):
        x = F.relu(self.conv(x))
        spread = torch.sqrt(((x - x.mean(0, keepdim=True)) ** 2).mean(0) + 1e-8).mean()
        return self.last(torch.cat([x, spread.expand(len(x), 1, *x.shape[2:])], 1))
"""


@pytest.mark.parametrize("code", [AVERAGED, DEVIATION], ids=["average of results", "minibatch deviation"])
def test_statistics_kept_or_appended_on_purpose_are_no_error(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, code: str
) -> None:
    (report,) = checked(capfd, tmp_path, net=code).values()
    assert report["verdict"] != "not run", report["reason"]
    assert errors(report) == []


def test_a_statistic_that_is_subtracted_still_mixes_the_batch(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code = DEVIATION.replace("torch.cat([x, spread.expand(len(x), 1, *x.shape[2:])], 1)", "x - spread").replace(
        "(9,", "(8,"
    )
    assert errors(checked(capfd, tmp_path, net=code)["DeviationNet"]) == ["R147"]


def test_a_side_that_a_network_states_is_taken(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code = """
class StrictNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 3, 3, padding=1), nn.Linear(3, num_classes)
    def forward(self, x):
        if x.shape[2:] != (76, 76):
            raise ValueError("input size must be (76, 76)")
        return self.fc((x + self.conv(F.relu(x))).mean((2, 3)))
"""
    report = checked(capfd, tmp_path, net=code)["StrictNet"]
    assert report["verdict"] != "not run", report["reason"]


def test_classes_of_torch_jit_are_asked_for_nothing(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Alone, and inside a network: their lines are compiled away, and what rules see is not the user's."""
    code = """
class ScriptedBlock(torch.jit.ScriptModule):
    def __init__(self, width):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width)
    @torch.jit.script_method
    def forward(self, x):
        return x + self.bn(self.conv(x))
class ScriptedNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem, self.fc = nn.Conv2d(3, 16, 3, padding=1), nn.Linear(16, num_classes)
        self.blocks = nn.Sequential(ScriptedBlock(16), ScriptedBlock(16))
    def forward(self, x):
        return self.fc(self.blocks(F.relu(self.stem(x))).mean((2, 3)))
"""
    found = checked(capfd, tmp_path, net=code)
    assert {name: report["verdict"] for name, report in found.items()} == {
        "ScriptedBlock": "not run",
        "ScriptedNet": "not run",
    }
    assert "torch.jit" in found["ScriptedNet"]["reason"]


@pytest.mark.parametrize(("depth", "less"), [(110, 20), (164, 20), (28, 10), (29, 11), (100, 10)])
def test_depths_of_a_configuration_keep_what_formulas_ask(depth: int, less: int) -> None:
    """(depth - 2) / 6, (depth - 2) / 9 and (depth - 4) / 6 stay whole where they were."""
    assert shallower("depth", depth) == less
    assert depth % 18 == less % 18
    assert shallower("width", depth) == depth


class Generator:
    def __init__(self, ngf: int = 64, channels: int = 64, base_width: int = 32, num_blocks: int = 6) -> None:
        pass


def test_a_network_that_takes_too_long_is_made_less_deep_and_narrower() -> None:
    assert shallow(Generator) == {"ngf": 16, "num_blocks": 2}


def test_blocks_a_stage_of_a_configuration_become_two() -> None:
    assert shallower("n_blocks", [3, 4, 6, 3]) == [2, 2, 2, 2]


def test_an_image_is_found_behind_space_that_became_depth(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code = """
class SpaceNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(48, 48, 3, padding=1), nn.Linear(48, 10)
    def forward(self, x):
        x = F.pixel_unshuffle(x, 4)
        return self.fc((x + self.conv(F.relu(x))).mean((2, 3)))
"""
    report = checked(capfd, tmp_path, net=code)["SpaceNet"]
    assert report["verdict"] != "not run", report["reason"]


def test_a_rank_that_an_assertion_states_is_taken(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code = """
class PatchNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.fc = nn.Linear(48, 32), nn.Linear(32, 32)
    def forward(self, x):
        assert x.ndim == 4, "an image is expected: input ndim == 4"
        x = self.embed(x.unfold(2, 4, 4).unfold(3, 4, 4).permute(0, 2, 3, 1, 4, 5).flatten(1, 2).flatten(2))
        return x + self.fc(F.relu(x))
"""
    report = checked(capfd, tmp_path, net=code)["PatchNet"]
    assert report["verdict"] != "not run", report["reason"]


FEATURES = """
from torchvision import models
class Features(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = models.resnet18()
    def forward(self, x):
        return self.net.layer1(self.net.maxpool(self.net.relu(self.net.bn1(self.net.conv1(x)))))
"""


@pytest.mark.parametrize(("own", "wanted"), [("", []), ("; self.head = nn.Linear(8, 8)", ["R126"])])
def test_a_classifier_of_a_library_is_idle_on_purpose_where_its_features_are_used(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, own: str, wanted: list[str]
) -> None:
    report = checked(capfd, tmp_path, net=FEATURES.replace("resnet18()", f"resnet18(){own}"))["Features"]
    assert report["verdict"] != "not run", report["reason"]
    assert errors(report) == wanted


def test_a_downloaded_repository_is_known_by_its_licence(tmp_path: Path) -> None:
    """An archive has no `.git`, and a folder inside it may have a README of its own."""
    inside = tmp_path / "project" / "models"
    inside.mkdir(parents=True)
    (inside / "README.md").write_text("How the models are built.", encoding="utf-8")
    (tmp_path / "project" / "LICENSE").write_text("MIT", encoding="utf-8")
    assert repository_of(inside / "net.py") == tmp_path / "project"
    (tmp_path / ".git").mkdir()
    assert repository_of(inside / "net.py") == tmp_path
