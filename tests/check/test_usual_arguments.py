"""Do the usual arguments of whole fields come: a configuration class's defaults, spaces of an agent, rows of words?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.check.test_whole_files import checked, errors

CONFIG = """
class BertConfig(object):
    def __init__(self, vocab_size=1000, hidden_size=96, heads=6, hidden_act="gelu", places=64, layers=2, path=None):
        self.vocab_size = vocab_size
        self.hidden_size = hidden_size
        self.heads = heads
        self.hidden_act = hidden_act
        self.places, self.layers, self.path = places, layers, path
"""
LAYER = """
ACTIVATIONS = {"gelu": F.gelu, "relu": F.relu}
class BertLayer(nn.Module):
    def __init__(self, config):
        super().__init__()
        if config.hidden_size % config.heads or config.heads != 6:
            raise ValueError("no multiple")
        self.up = nn.Linear(config.hidden_size, 4 * config.hidden_size)
        self.act = ACTIVATIONS[config.hidden_act]
        self.down = nn.Linear(4 * config.hidden_size, config.hidden_size)
        self.norm = nn.LayerNorm(config.hidden_size)
    def forward(self, hidden_states):
        return self.norm(SHORTCUTself.down(self.act(self.up(hidden_states))))
class BertNet(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.words = nn.Embedding(config.vocab_size, config.hidden_size)
        self.places = nn.Embedding(config.places, config.hidden_size)
        self.layers = nn.ModuleList(BertLayer(config) for _ in range(config.layers))
    def forward(self, words, places):
        x = self.words(words) + self.places(places)
        for layer in self.layers:
            x = layer(x)
        return x
"""
AGENT = """
class ResNetAgent(nn.Module):
    def __init__(self, envs):
        super().__init__()
        seen = envs.single_observation_space.shape[0]
        self.stem, self.inner, self.out = nn.Linear(seen, 32), nn.Linear(32, 32), nn.Linear(32, 32)
        self.head = nn.Linear(32, envs.single_action_space.n)
    def forward(self, x):
        x = F.relu(self.stem(x))
        return self.head(x + self.out(F.relu(self.inner(x))))
"""
PLAYER = """
class ResNetPlayer(nn.Module):
    def __init__(self, obs_space, action_space):
        super().__init__()
        channels, height, width = obs_space.shape
        self.stem = nn.Conv2d(channels, 16, 8, stride=4)
        self.inner = nn.Conv2d(16, 16, 3, padding=1)
        self.head = nn.Linear(16 * ((height - 4) // 4) * ((width - 4) // 4), action_space.n)
    def forward(self, x):
        x = F.relu(self.stem(x))
        return self.head((x + self.inner(x)).flatten(1))
"""
NORM = """
import numbers
class ResNorm(nn.Module):
    def __init__(self, normalized_shape):
        super().__init__()
        if isinstance(normalized_shape, numbers.Integral):
            normalized_shape = (normalized_shape,)
        assert len(normalized_shape) == 1
        self.weight = nn.Parameter(torch.ones(normalized_shape))
        self.fc = nn.Linear(*normalized_shape, *normalized_shape)
    def forward(self, x):
        scale = x.var(-1, keepdim=True, unbiased=False)
        return x + self.fc(x / torch.sqrt(scale + 1e-5) * self.weight)
"""


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"config": CONFIG, "net": LAYER.replace("SHORTCUT", "hidden_states + ")}, "BertLayer"),
        ({"config": CONFIG, "net": LAYER.replace("SHORTCUT", "hidden_states + ")}, "BertNet"),
        ({"net": AGENT}, "ResNetAgent"),
        ({"net": PLAYER}, "ResNetPlayer"),
        ({"net": NORM}, "ResNorm"),
    ],
    ids=["configuration", "rows", "environment", "spaces", "shape-or-number"],
)
def test_a_right_class_gets_what_its_field_gives(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, files: dict[str, str], name: str
) -> None:
    report = checked(capfd, tmp_path, **files)[name]
    assert report["verdict"] != "not run", report["reason"]
    assert errors(report) == []


def test_a_forgotten_shortcut_is_found_in_it(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code = LAYER.replace("SHORTCUT", "").replace("BertLayer", "ResLayer")
    assert errors(checked(capfd, tmp_path, config=CONFIG, net=code)["ResLayer"]) == ["R102"]


def test_what_a_stand_in_lacks_is_no_fault(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code = AGENT.replace("seen = envs", "low = envs.reward_range[0]\n        seen = envs")
    report = checked(capfd, tmp_path, net=code)["ResNetAgent"]
    assert (report["verdict"], report["findings"]) == ("not run", [])
