"""Do `fit` and `evaluate` do from Python what the verbs do: the same runs, the same measures, the same errors?"""

from __future__ import annotations

import json
import os
import re
import signal
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch.utils.data import DataLoader, TensorDataset

from residua.cli.app import main
from residua.data import Preprocessing, open_dataset
from residua.data.feed.loader import Batches
from residua.errors import DataError, ResiduaError, TargetError, TrainError
from residua.nn import build
from residua.ship.predictor import Predictor
from residua.train.fitting import fit
from residua.train.log import Log
from residua.train.measure.evaluation import evaluate
from residua.train.settings.config import TrainConfig
from residua.weights import load

SMALL = {"epochs": 2, "batch": 64, "crop_pad": 1}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return fit("digits", out=tmp_path_factory.mktemp("python") / "run", **SMALL)


def test_a_run_from_python_is_the_run_of_the_command(run, tmp_path):
    words = ["--recipe", "digits", "--epochs", "2", "--batch", "64", "--crop-pad", "1", "--quiet"]
    assert main(["train", *words, "--out", str(tmp_path / "run")]) == 0
    assert (tmp_path / "run" / "config.toml").read_bytes() == (run.folder / "config.toml").read_bytes()
    ours, theirs = load_file(run.model_file), load_file(tmp_path / "run" / "model.safetensors")
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(value, theirs[name]) for name, value in ours.items())
    assert sorted(path.name for path in run.folder.iterdir()) == sorted(
        path.name for path in (tmp_path / "run").iterdir()
    )


def test_a_whole_configuration_trains_as_its_recipe_does(run, tmp_path):
    config = run.config
    again = fit(config.model_copy(update={"epochs": 9}), out=tmp_path / "run", epochs=2)
    assert again.config == config
    assert again.metrics["top1"] == run.metrics["top1"]


def test_a_run_that_was_stopped_goes_on_to_the_same_end(run, tmp_path):
    steps = []

    def stop(_):
        steps.append(1)
        if len(steps) == 11:
            os.kill(os.getpid(), signal.SIGTERM)

    again = re.escape(f"the state is saved. Go on with resume={str(tmp_path / 'run')!r}")
    with pytest.raises(KeyboardInterrupt, match=f"stopped by SIGTERM; {again}"):
        fit("digits", out=tmp_path / "run", log=Log(step=stop), **SMALL)
    with pytest.raises(TargetError, match="has not finished an epoch"):
        evaluate(tmp_path / "run")
    resumed = fit(resume=tmp_path / "run")
    assert resumed.metrics["loss"] == run.metrics["loss"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epoch": 3}, "there is no setting 'epoch'; did you mean 'epochs'?"),
        ({"epochs": 0}, "epochs=0: input should be greater than or equal to 1"),
        ({"recipe": "digit"}, "did you mean 'digits'"),
        ({"milestones": [0.3]}, "--milestones does nothing without --schedule step"),
        ({"recipe": "folder"}, "needs images"),
        ({"recipe": TrainConfig(), "resume": "nowhere"}, "leave out the configuration"),
        ({"resume": "nowhere"}, "nowhere is not a run folder"),
        ({"recipe": 3}, "not from int"),
        ({"model": torch.nn.Sequential(torch.nn.ReLU())}, "model=Sequential( (0): ReLU() ): input should be a valid"),
        ({"views": "flip", "tta": "one"}, "views='flip' came beside tta='one'"),
    ],
)
def test_mistakes_are_those_of_the_command_in_one_line(changes, message, tmp_path):
    with pytest.raises(TrainError) as caught:
        fit(changes.pop("recipe", None), **{"out": tmp_path / "run"} | changes)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def loader(run, **changes):
    """The digits' test images as the network reads them, from torch's own DataLoader."""
    source = open_dataset("digits").test
    batches = Batches(source, np.arange(len(source)), batch=500, preprocessing=preprocessing(run))
    batch = next(batches.epoch(0))
    tensors = {"images": batch.images, "labels": batch.labels} | changes
    return DataLoader(TensorDataset(*tensors.values()), batch_size=100)


def preprocessing(run):
    return Preprocessing.from_dict(load(run.folder).meta.preprocessing)


def test_every_way_to_name_network_and_images_gives_the_runs_own_measures(run, capsys):
    expected = {name: value for name, value in run.metrics.items() if name in evaluate(run).to_json()}
    network, digits = load(run.folder), open_dataset("digits")
    ours = Batches(digits.test, np.arange(360), batch=100, preprocessing=preprocessing(run))
    for given in (
        (run,),
        (run, ours),
        (run.folder,),
        (str(run.model_file), "digits"),
        (network, digits),
        (network, loader(run)),
    ):
        found = evaluate(*given).to_json()
        assert found.pop("loss") == pytest.approx(expected["loss"], rel=1e-6)  # batches of another size
        assert found == {name: value for name, value in expected.items() if name != "loss"} | {
            "ece": pytest.approx(expected["ece"], rel=1e-5)
        }
    assert main(["evaluate", str(run.folder), "--json", "--quiet"]) == 0
    assert json.loads(capsys.readouterr().out) == evaluate(run.folder).to_json()


def test_the_callers_network_stays_as_it_was(run):
    network = load(run.folder).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    evaluate(network, loader(run))
    assert network.training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_any_module_is_measured_by_a_loader(run):
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 10))
    assert evaluate(module, loader(run)).samples == 360
    with pytest.raises(TargetError, match="measured by a loader"):
        evaluate(module, "digits")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"images": torch.zeros(360, 1, 8, 8, dtype=torch.uint8)}, r"torch.uint8 images and torch.int64 labels"),
        ({"labels": torch.full((360,), 10)}, "labels go from 10 to 10, and the network knows 10 classes"),
        ({"labels": torch.zeros(360, 10)}, "one label each"),
        ({"labels": torch.zeros(360, dtype=torch.complex64)}, "labels are whole numbers"),
        ({"images": torch.zeros(360, 3, 8, 8)}, r"images of \(100, 3, 8, 8\); this network reads \(N, 1, H, W\)"),
        ({"images": torch.zeros(360, 8, 8)}, r"images of \(100, 8, 8\)"),
    ],
)
def test_a_loader_of_anything_else_is_refused_in_one_line(run, changes, message):
    with pytest.raises(DataError, match=message):
        evaluate(run, loader(run, **changes))


def test_an_empty_loader_an_unknown_split_and_a_network_without_preprocessing_are_refused(run):
    for given, options, message in (
        ((run, []), {}, "no images"),
        ((run,), {"split": "dev"}, "'dev' is not one of test, val, train"),
        ((build("resnet8", in_channels=1), "digits"), {}, "does not say how its images were prepared"),
        ((run, [SimpleNamespace(images=1)]), {}, "yields (images, labels)"),
        ((run, 3), {}, "int came; images are a data set, its name, a folder, or a loader"),
        ((run, [(torch.zeros(0, 1, 8, 8), torch.zeros(0).long())]), {}, "no images"),
        ((run, [(torch.zeros(3, 1, 8, 8), torch.zeros(2).long())]), {}, "3 images with 2 labels"),
        ((run, loader(run)), {"split": "val"}, "leave out root and split"),
        ((torch.nn.Identity(), loader(run)), {}, "gave (100, 1, 8, 8) for 100 images"),
    ):
        with pytest.raises(ResiduaError) as caught:
            evaluate(*given, **options)
        assert message in str(caught.value)


def test_a_network_that_is_not_what_its_metadata_says_is_refused_in_one_line(run):
    other = load(run.folder)
    other.fc = torch.nn.Linear(64, 3)
    with pytest.raises(TargetError, match="gives 3 logits, and its metadata names 10 classes"):
        evaluate(other, loader(run))


@pytest.mark.parametrize("changed", [torch.nn.Module.half, torch.nn.Module.double, lambda net: net.to("meta")])
def test_a_network_that_cannot_be_run_as_it_came_is_refused_in_one_line(run, changed):
    network = changed(load(run.folder))
    for measure in (
        lambda: evaluate(network, "digits"),
        lambda: evaluate(network, loader(run)),
        lambda: Predictor(network),
    ):
        with pytest.raises(TargetError, match=r"conv1.weight is (torch\.float|on the meta device)"):
            measure()


def test_images_of_any_float_are_measured_as_float32(run):
    images = next(iter(loader(run)))[0]
    wide = loader(run, images=torch.cat([batch for batch, _ in loader(run)]).double())
    assert images.dtype == torch.float32
    assert evaluate(run, wide) == evaluate(run, loader(run))
