"""With which weights does a training start: new ones, or those of a checkpoint?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.nn as nn

from residua.errors import TrainError
from residua.nn import ResNet
from residua.nn.blocks import Block
from residua.nn.resnet import Construct, drawn
from residua.settings import parse_changes
from residua.spec import ResNetSpec
from residua.train.settings.config import TrainConfig
from residua.train.setup.data import Prepared
from residua.train.setup.whitening import require_plain_weights, whiten_stem
from residua.weights.pretrained import named
from residua.zoo import ZOO, find

if TYPE_CHECKING:
    from residua.metadata import Meta
    from residua.train.run_folder import Run
    from residua.train.step.objective import Teacher

NO_TENSOR_SHOWS = ("drop_path", "block_dropout", "dropout", "zero_gamma")  # may change on weights that are there


@dataclass(frozen=True)
class Start:
    """What the training starts from: a spec, and the weights of a checkpoint or None for new ones.

    construct: what makes the network of a spec.
    """

    spec: ResNetSpec
    model: ResNet | None = None
    construct: Construct = ResNet

    @property
    def preprocessing(self) -> dict[str, Any] | None:
        """How the checkpoint's images were prepared, if it says so."""
        return self.meta.preprocessing if self.meta else None

    @property
    def meta(self) -> Meta | None:
        return None if self.model is None else self.model.meta


def find_start(config: TrainConfig, kept: Path | None = None) -> Start:
    """Return the network that `config.model` names; `kept` is the run's own copy of a checkpoint, if there is one.

    Raises SpecError for an unknown name, WeightsError for a file that holds no network, TrainError for settings that
    would make another network of it.
    """
    changes = parse_changes(config.set)
    source = config.model if kept is None or not kept.exists() else str(kept)
    if config.model in ZOO or not (Path(source).exists() or named(source)):
        return Start(find(config.model).spec.changed(**changes))
    from residua.weights import load

    model = load(source)
    if not isinstance(model, ResNet):
        raise TrainError(f"{config.model} holds a single block, not a network to train")
    begun = [flag for flag, wanted in (("--no-whiten", config.whiten), ("--no-dirac", config.dirac)) if wanted]
    if begun:
        raise TrainError(
            f"{config.model} has weights already, but whiten and dirac set those that a training begins "
            f"with: say {' '.join(begun)}"
        )
    firm = [name for name in changes if name not in NO_TENSOR_SHOWS]
    if firm:
        raise TrainError(
            f"--set {firm[0]} would make another network than the one in {config.model}; on a "
            f"checkpoint, --set may change {', '.join(NO_TENSOR_SHOWS)}"
        )
    return Start(model.spec.changed(**changes), model)


def first_weights(config: TrainConfig, start: Start, data: Prepared) -> tuple[ResNet, tuple[str, ...]]:
    """Return the network to train, drawn from torch's generator, and what to log about a checkpoint.

    A checkpoint's classifier is kept when it knows the data's classes by name, else a new one is drawn.
    """
    spec, classes = data.spec, data.classes
    model = drawn(start.construct(spec))
    if config.dirac:
        require_plain_weights(model, "--dirac")
        partial_identity(model)
    if config.whiten:
        whiten_stem(model, data.train_unaugmented)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = config.norm_momentum
    if start.model is None:
        return model, ()
    if start.model.spec.in_channels != spec.in_channels:
        from residua.weights.adaptation import adapt
        from residua.weights.options import Options

        start = Start(start.spec, adapt(start.model, Options(in_channels=spec.in_channels)))
    assert start.model is not None
    known = start.meta.classes if start.meta else None
    same = known is not None and tuple(known) == tuple(classes)
    given = {name: value for name, value in start.model.state_dict().items() if same or not name.startswith("fc.")}
    model.load_state_dict(model.state_dict() | given)
    head = (
        "its classifier knows the same classes and is kept" if same else f"a new classifier for {len(classes)} classes"
    )
    return model, (f"starting from {config.model}; {head}",)


def keep_copies(run: Run, start: Start, teacher: Teacher | None) -> None:
    """Copy the checkpoints that the run starts from and learns from into its folder: it needs no other file then."""
    from residua.metadata import Meta
    from residua.weights.files.native import save

    for path, model in ((run.start_file, start.model), (run.teacher_file, teacher.model if teacher else None)):
        if model is not None:
            save(path, model, model.spec, model.meta or Meta())


@torch.no_grad()
def partial_identity(model: ResNet) -> None:
    """Let the first output channels of every k×k convolution of a block but the last of its branch hand on the input.

    Zagoruyko 2017, as Jordan 2024 uses it: the other output channels stay random.
    """
    for block in model.modules():
        if isinstance(block, Block):
            for conv in (each for each in block.modules() if isinstance(each, nn.Conv2d) and each.groups == 1):
                if conv.kernel_size[0] > 1:
                    channels = min(conv.in_channels, conv.out_channels)
                    nn.init.dirac_(conv.weight[:channels])
