"""Does a class run with the inputs that its own words, its exceptions and other files' classes give, faults and all?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.check.test_whole_files import checked, errors

KEYED = """
IMAGE = "the image"
class Features(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.key = IMAGE
    def forward(self, {argument}):
        x = {value}
        return x + self.conv({activated})
"""
HANDED_IN = {
    "dict": ("batch", "batch['image']"),
    "keywords": ("**features", "features[IMAGE]"),
    "attribute": ("**features", "features[self.key]"),
}


@pytest.mark.parametrize(("argument", "value"), HANDED_IN.values(), ids=HANDED_IN)
def test_what_forward_takes_out_of_a_dict_is_given(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, argument: str, value: str
) -> None:
    right = KEYED.format(argument=argument, value=value, activated="F.relu(x)")
    report = checked(capfd, tmp_path, net=right)["Features"]
    assert (report["verdict"] == "not run", errors(report)) == (False, [])


def test_a_fault_behind_a_dict_is_found(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    wrong = KEYED.format(argument="batch", value="batch['image']", activated="self.relu(x)")
    assert "R108" in errors(checked(capfd, tmp_path, net=wrong)["Features"])


LAYERS = """
class EncoderLayer(nn.Module):
    def __init__(self, attention, width):
        super().__init__()
        self.attention, self.norm, self.relu = attention, nn.LayerNorm(width), nn.ReLU(inplace=True)
    def forward(self, x, lengths, mask=None):
        made, weights = self.attention({entering}, mask=mask, lengths=lengths)
        return self.norm(x + made), weights
"""
HOST = """
from layers import EncoderLayer
class Attention(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.scores, self.values = nn.Linear(width, 16), nn.Linear(width, width)
    def forward(self, x, mask, lengths):
        weights = torch.softmax(self.scores(x), -1)
        return weights @ self.values(x), weights
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.layer = nn.Embedding(50, 24), EncoderLayer(Attention(24), 24)
    def forward(self, ids):
        return self.layer(self.embedding(ids), ids)[0].mean(1)
"""


@pytest.mark.parametrize(("entering", "expected"), [("x", []), ("self.relu(x)", ["R108"])], ids=["right", "wrong"])
def test_a_layer_runs_as_a_class_of_another_file_makes_it(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, entering: str, expected: list[str]
) -> None:
    report = checked(capfd, tmp_path, layers=LAYERS.format(entering=entering), net=HOST)["EncoderLayer"]
    assert (report["verdict"] == "not run", errors(report)) == (False, expected)


SERIES = """
class Model(nn.Module):
    def __init__(self, configs):
        super().__init__()
        self.seq_len, self.label_len, self.pred_len = configs.seq_len, configs.label_len, configs.pred_len
        self.encoder, self.decoder = nn.Linear(configs.enc_in, 8), nn.Linear(configs.enc_in, 8)
        self.month, self.ahead = nn.Embedding(13, 8), nn.Linear(self.seq_len, self.label_len + self.pred_len)
        self.out = nn.Linear(8, configs.enc_in)
    def forward(self, x_enc, x_mark_enc, x_dec, x_mark_dec):
        seen = self.encoder(x_enc) + self.month(x_mark_enc[:, :, 0])
        asked = self.decoder(x_dec) + self.month(x_mark_dec[:, :, 0])
        return self.out(asked + self.ahead(seen.transpose(1, 2)).transpose(1, 2))[:, -self.pred_len :]
"""
PARSER = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--seq_len", type=int, default=24)
parser.add_argument("--label_len", type=int, default=6)
parser.add_argument("--pred_len", type=int, default=12)
parser.add_argument("--enc_in", type=int, default=7)
"""


def test_a_network_of_time_series_gets_its_four_inputs(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    report = checked(capfd, tmp_path, net=SERIES, run=PARSER)["Model"]
    assert (report["verdict"], report["reason"]) == ("ok", "")


MASKED = """
class Encoder(nn.Module):
    def __init__(self, vocab_size, d_model, n_head):
        super().__init__()
        self.emb, self.attention = nn.Embedding(vocab_size, d_model), Attention(d_model, n_head)
    def forward(self, x, src_mask):
        x = self.emb(x)
        return x + self.attention(x, src_mask)
class Attention(nn.Module):
    def __init__(self, d_model, n_head):
        super().__init__()
        self.n_head, self.qkv = n_head, nn.Linear(d_model, 3 * d_model)
    def forward(self, x, mask):
        b, n, d = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.n_head, d // self.n_head).permute(2, 0, 3, 1, 4)
        scores = (q @ k.transpose(-2, -1)).masked_fill(mask == 0, -1e9)
        return (torch.softmax(scores, -1) @ v).transpose(1, 2).reshape(b, n, d)
"""


def test_ids_beside_a_mask_are_found(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    report = checked(capfd, tmp_path, net=MASKED)["Encoder"]
    assert (report["verdict"] == "not run", errors(report)) == (False, []), report["reason"]


REVERSED = """
class Scaled(nn.Module):
    def __init__(self, num_features, eps=1e-5):
        super().__init__()
        self.eps, self.gain, self.relu = eps, nn.Parameter(torch.ones(num_features)), nn.ReLU(inplace=True)
    def forward(self, x, mode):
        if mode == "norm":
            return self.gain * {value} + x
        elif mode == "denorm":
            return x / self.gain
        raise NotImplementedError
"""


@pytest.mark.parametrize(("value", "expected"), [("torch.tanh(x)", []), ("self.relu(x)", ["R108"])])
def test_a_mode_is_the_first_word_that_forward_compares_it_with(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, value: str, expected: list[str]
) -> None:
    report = checked(capfd, tmp_path, net=REVERSED.format(value=value))["Scaled"]
    assert (report["verdict"] == "not run", errors(report)) == (False, expected), report["reason"]


GRAPH = """
class GraphLayer(nn.Module):
    def __init__(self, num_features):
        super().__init__()
        self.linear, self.relu = nn.Linear(num_features, num_features), nn.ReLU(inplace=True)
    def forward(self, data):
        nodes, edge_index = data
        assert edge_index.shape[0] == 2
        messages = self.linear({value})[edge_index[0]]
        return nodes + torch.zeros_like(nodes).index_add(0, edge_index[1], messages)
"""


@pytest.mark.parametrize(("value", "expected"), [("nodes", []), ("self.relu(nodes)", ["R108"])])
def test_edges_are_pairs_of_nodes(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, value: str, expected: list[str]
) -> None:
    report = checked(capfd, tmp_path, net=GRAPH.format(value=value))["GraphLayer"]
    assert (report["verdict"] == "not run", errors(report)) == (False, expected), report["reason"]
