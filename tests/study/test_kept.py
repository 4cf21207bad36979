"""Are networks trained once, whatever stops a study, and is what depth, identity and lesion say of them right?"""

from __future__ import annotations

import csv
import signal as signals
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from residua.cli.app import main
from residua.data import open_dataset
from residua.nn import build
from residua.study import identity, landscape, lesion
from residua.study.ablations import ABLATIONS
from residua.study.depth import later_or_worse
from residua.study.intervals import difference, mean_of
from residua.study.kept import Kept, Network
from residua.study.pictures import Pictures, pick
from residua.study.rates import Rate, nearest
from residua.study.shortcut import PLAIN, PROJECTS_FIRST, VARIANTS, YARDSTICK
from tests.children import started

WORDS = ["--data", "digits", "--pixels", "8", "--images", "160", "--epochs", "2", "--layers", "8", "--layers", "14"]
SILENT = ["--seeds", "1", "--quiet", "--minutes", "600"]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    return pick("digits", None, 8, 160, tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the --out of `study depth`, with four networks of one seed."""
    out = tmp_path_factory.mktemp("studied")
    assert main(["study", "depth", *WORDS, *SILENT, "--out", str(out)]) == 0
    return out


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_the_pictures_are_those_of_the_set_and_the_same_each_time(pictures, tmp_path):
    again = pick("digits", None, 8, 160, tmp_path)
    assert (again.digest, again.counts) == (pictures.digest, pictures.counts)
    whole = open_dataset("digits").train
    known = {image.tobytes(): label for image, label in zip(whole.images, whole.labels, strict=True)}
    train = pictures.dataset.train
    assert [known[image.tobytes()] for image in train.images] == train.labels.tolist()


def test_a_training_that_is_cut_off_ends_with_the_same_numbers(pictures, tmp_path):
    network = Network("plain-8", "resnet20", ("depths=1,1,1", "shortcut=none"), seed=3, epochs=2)

    def cut(what: str, share: float) -> None:
        raise OSError("cut off")

    halved = Kept(tmp_path / "halved", pictures)
    with pytest.raises(OSError, match="cut off"):
        halved.trained(network, cut)
    assert not halved.has(network)
    found = halved.trained(network, lambda what, share: None)
    whole = Kept(tmp_path / "whole", pictures).trained(network, lambda what, share: None)
    assert (found.losses, found.train, found.test) == (whole.losses, whole.train, whole.test)


def test_what_is_there_is_neither_planned_nor_trained_again(pictures, tmp_path):
    kept = Kept(tmp_path, pictures)
    network = Network("residual-8", "resnet20", ("depths=1,1,1",), epochs=1)
    assert [part.what for part in kept.parts([network])] == [
        "residual-8, seed 0, lr 0.1",
        "residual-8, seed 0, lr 0.1, measured",
    ]
    kept.trained(network, lambda what, share: None)
    assert kept.parts([network]) == []

    def never(what: str, share: float) -> None:
        raise AssertionError(f"{what} was worked on again")

    kept.trained(network, never)
    other = Network("residual-8", "resnet20", ("depths=1,1,1",), epochs=1, rate=Rate(0.05))
    assert kept.key(other) != kept.key(network)
    assert len(kept.parts([other])) == 2


def test_depth_has_a_row_an_epoch_and_names_what_one_seed_cannot_tell(studied):
    rows = rows_of(studied / "depth.csv")
    assert len(rows) == 2 * 2 * 2
    assert all((row["train_loss"] != "") == (row["epoch"] == "2") for row in rows)
    page = (studied / "depth.html").read_text(encoding="utf-8")
    assert "one seed or one epoch does not tell" in page
    assert "27.94 % against 28.54 %" in page


def test_identity_and_lesion_use_the_networks_of_depth(studied, capsys):
    trained = sorted(path.name for path in (studied / "networks").iterdir())
    for name in ("identity", "lesion"):
        assert main(["study", name, *WORDS, *SILENT, "--out", str(studied)]) == 0
    assert sorted(path.name for path in (studied / "networks").iterdir()) == trained
    blocks = rows_of(studied / "identity.csv")
    assert len(blocks) == 2 * (3 + 6)
    assert {row["ratio"] == "" for row in blocks if row["kind"] == "residual"} == {False}
    whole = {(row["kind"], row["layers"]): row for row in rows_of(studied / "lesion.csv") if row["lesion"] == "whole"}
    ends = {(row["kind"], row["layers"]): row for row in rows_of(studied / "depth.csv") if row["test_top1"]}
    assert whole.keys() == ends.keys()
    for name, row in whole.items():
        assert float(row["top1"]) == pytest.approx(float(ends[name]["test_top1"]), abs=0.02), name


@pytest.mark.slow
def test_shortcut_takes_two_networks_of_depth_and_trains_every_ablation(studied, capsys):
    words = ["study", "shortcut", *WORDS[:-2], *SILENT, "--full", "--out", str(studied)]
    assert main(words) == 0
    rows = {row["shortcut"]: row for row in rows_of(studied / "shortcut.csv")}
    assert set(rows) == {*VARIANTS, *PROJECTS_FIRST, *ABLATIONS}
    ends = {row["kind"]: row["train_loss"] for row in rows_of(studied / "depth.csv") if row["layers"] == "8"}
    assert (rows[YARDSTICK]["train_loss"], rows[PLAIN]["train_loss"]) == (ends["residual"], ends["plain"])
    # with one block a stage C and project first are the same network
    assert len({row["train_loss"] for row in rows.values()}) == len(rows) - 1
    more = {name for name in ABLATIONS if int(rows[name]["params"]) > int(rows[YARDSTICK]["params"])}
    assert more == {name for name in ABLATIONS if "gate" in name}
    assert capsys.readouterr().out.count(" (one seed): ") == len(rows) - 1


@pytest.mark.slow
def test_a_study_that_is_killed_resumes_with_the_same_numbers(studied, tmp_path):
    command = [sys.executable, "-m", "residua", "study", "depth", *WORDS, *SILENT, "--out", str(tmp_path)]
    for number in range(3):
        with started(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
            ends = time.monotonic() + 600
            while process.poll() is None and len(list(tmp_path.glob("networks/*/log.jsonl"))) <= number:
                assert time.monotonic() < ends
                time.sleep(0.01)
            process.send_signal(signals.SIGKILL)
            assert process.wait() == -signals.SIGKILL
    assert main(command[3:]) == 0
    assert (tmp_path / "depth.csv").read_text() == (studied / "depth.csv").read_text()


def test_a_network_of_other_layers_gets_the_rate_of_the_nearest_of_its_kind():
    rates = {("plain", 20): Rate(0.1), ("plain", 56): Rate(0.025), ("residual", 20): Rate(0.2)}
    assert [nearest(rates, "plain", layers).lr for layers in (8, 20, 44, 110)] == [0.1, 0.1, 0.025, 0.025]
    assert nearest({}, "plain", 20) == Rate(0.1)


SHALLOW = [[2.0, 1.0, 0.5, 0.2], [2.1, 1.1, 0.6, 0.3], [1.9, 0.9, 0.4, 0.1]]


@pytest.mark.parametrize(
    ("behind", "verdict"),
    [
        ([0.5, 0.6, 0.6, 0.6], "worse"),
        ([0.5, 1.5, 0.9, 0.4], "later"),
        ([0.5, 0.3, 0.1, -0.2], "better"),
    ],
)
def test_learns_later_is_told_from_ends_worse(behind, verdict):
    wobble = (-0.01, 0.0, 0.02)
    deep = [
        [loss + more + shift * (epoch + 1) for epoch, (loss, more) in enumerate(zip(losses, behind, strict=True))]
        for losses, shift in zip(SHALLOW, wobble, strict=True)
    ]
    assert later_or_worse(SHALLOW, deep)[0] == verdict
    assert later_or_worse(SHALLOW[:1], deep[:1])[0] == "unknown"


def test_a_gap_whose_interval_reaches_zero_is_not_told_apart():
    deep = [[2.0, 1.0, 0.5, 0.2 + more] for more in (-0.3, 0.1, 0.5)]
    assert later_or_worse([[2.0, 1.0, 0.5, 0.2]] * 3, deep)[0] == "not worse"


def test_the_interval_is_students():
    found = mean_of([1.0, 2.0, 3.0])
    assert (found.low, found.high) == pytest.approx((2 - 4.302653 / 3**0.5, 2 + 4.302653 / 3**0.5))
    assert difference([1.0, 2.0], [0.5, 1.5]).mean == 0.5
    assert mean_of([1.0]).low is None


def test_a_deleted_block_is_the_identity_and_comes_back():
    torch.manual_seed(0)
    model = build("resnet20", zero_gamma=True).eval()
    images = torch.randn(4, 3, 16, 16)
    whole = model(images)
    places = list(lesion.same_shape(model))
    assert len(places) == 9 - 2
    assert not {"layer2.0", "layer3.0"} & set(places)
    before = dict(model.named_modules())
    with lesion.deleted(model, places):
        torch.testing.assert_close(model(images), whole)  # with zero γ every block is the identity already
    with lesion.swapped(model, [("layer1.0", "layer1.2")]):
        assert model.layer1[0] is before["layer1.2"]
    assert dict(model.named_modules()) == before


def test_the_ratio_of_a_block_is_that_of_its_equation():
    torch.manual_seed(0)
    model = build("resnet20").eval()
    images = torch.randn(4, 3, 16, 16)
    found = identity.measure(model, images)
    with torch.no_grad():
        x = model.stem(images)
        block = model.layer1[0]
        added = block.bn2(block.conv2(torch.relu(block.bn1(block.conv1(x)))))
    ratios = [float(a.norm() / b.norm()) for a, b in zip(added, x, strict=True)]
    assert found[0].ratio == pytest.approx(np.mean(ratios), rel=1e-5)
    assert found[0].response_std == pytest.approx(float(added.double().std()), rel=1e-5)
    plain = identity.measure(build("resnet20", shortcut="none").eval(), images)
    assert [one.block for one in plain if one.ratio is None] == ["layer2.0", "layer3.0"]


def test_a_direction_has_each_filters_norm_and_leaves_norms_alone():
    torch.manual_seed(0)
    model = build("resnet20")
    found = landscape.direction(model, torch.Generator().manual_seed(1))
    weights = dict(model.named_parameters())
    assert {name for name in weights if name not in found} == {name for name in weights if weights[name].ndim < 2}
    for name, drawn in found.items():
        torch.testing.assert_close(drawn.flatten(1).norm(dim=1), weights[name].detach().flatten(1).norm(dim=1))


def test_the_middle_of_a_surface_is_the_network_itself_and_a_bowl_has_no_hollow():
    torch.manual_seed(0)
    model = build("resnet20", depths=(1, 1, 1)).train()
    images, labels = torch.randn(8, 3, 8, 8), torch.arange(8)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    losses = landscape.surface(model, images, labels, seed=0, side=3, reach=0.5)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    expected = torch.nn.functional.cross_entropy(model(images).double(), labels).item()
    assert losses[1, 1] == pytest.approx(expected, rel=1e-6)
    steps = np.linspace(-1, 1, 9)
    bowl = steps[:, None] ** 2 + steps[None] ** 2
    assert landscape.hollows(bowl) == 0
    assert landscape.hollows(-bowl) == 1
    assert landscape.hollows(steps[:, None] * steps[None]) == 1  # a saddle


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["signal", "--epochs", "2"], "trains nothing"),
        (["depth", "--data", "digits", "--layers", "20"], "alone compares nothing"),
        (["depth", "--data", "digits", "--layers", "21", "--layers", "20"], "6n + 2"),
        (["shortcut", "--data", "digits", "--layers", "8", "--layers", "14"], "give one --layers"),
        (["depth", "--data", "digits", "--minutes", "0.0001"], "more than the 0.0001 allowed; give --minutes"),
    ],
)
def test_a_training_that_cannot_be_is_refused_in_one_line(tmp_path, capsys, words, said):
    assert main(["study", *words, "--out", str(tmp_path), "--quiet"]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1
