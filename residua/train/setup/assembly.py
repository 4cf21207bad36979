"""What is there before the first step: images, network, teacher, and where they lie?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from residua.nn import ResNet
from residua.nn.device import Placement, choose_placement
from residua.nn.resnet import Construct
from residua.plan import cost
from residua.train.distributed import World
from residua.train.log import Log
from residua.train.meeting import own_device
from residua.train.run_folder import Run
from residua.train.settings.config import TrainConfig
from residua.train.setup.data import Prepared, prepare
from residua.train.setup.weights import Start, find_start, first_weights
from residua.train.state import Context
from residua.train.step.malloc import keep_freed_memory, return_freed_memory
from residua.train.step.objective import Teacher, load_teacher


@dataclass(frozen=True)
class Assembly:
    """All that a training begins with.

    macs: of a step's forward pass in this process. origin: what to log about a checkpoint that it starts from.
    """

    context: Context
    data: Prepared
    start: Start
    model: ResNet
    teacher: Teacher | None
    macs: int
    origin: tuple[str, ...]


def assemble(
    config: TrainConfig, world: World, log: Log, resumed: Run | None = None, construct: Construct = ResNet
) -> Assembly:
    """Open the data and build the network that `config` asks for; nothing is written, but for a cache of images.

    resumed: the run that goes on, whose own copies of checkpoints are taken. construct: makes the network of a spec.
    Raises ResiduaError for what the user can mend.
    """
    placement = _place(config, log, goes_on=resumed is not None)
    world.claim(placement.device)
    torch.manual_seed(config.seed)
    start = replace(find_start(config, resumed.start_file if resumed else None), construct=construct)
    if resumed is None:
        config = config.changed(split_sha256=None)  # of the run that these settings come from
    data = prepare(config, world, start.spec, start.preprocessing, log, placement.device)
    context = Context(_decided(config, data, None if resumed else placement), world, placement, construct)
    model, origin = first_weights(context.config, start, data)
    teacher = load_teacher(context, data.preprocessing, data.classes, resumed.teacher_file if resumed else None)
    size = data.preprocessing.size
    macs = config.batch // world.size * cost(data.spec, size, size).macs
    _set_machine(config, placement)
    return Assembly(context, data, start, placement.put(model), teacher, macs, origin)


def _place(config: TrainConfig, log: Log, *, goes_on: bool) -> Placement:
    """Return where the network runs; a run in tf32 that goes on on a CPU multiplies more digits there, and says so."""
    device, precision = own_device(config.device), config.precision
    if device == "auto" and not torch.cuda.is_available():
        device = "cpu"
    if goes_on and (device, precision) == ("cpu", "tf32"):
        log.message("this run's precision is tf32, which CPUs do not have: it goes on in fp32 here")
        precision = "fp32"
    return choose_placement(device, precision, channels_last=config.channels_last, compiled=config.compile)


def _set_machine(config: TrainConfig, placement: Placement) -> None:
    """Set how the process keeps freed memory on a CPU, and how CUDA chooses a convolution's algorithm."""
    if placement.device != "cpu":
        torch.backends.cudnn.benchmark = config.size_from is None  # each new size would be measured anew
    elif config.recompute:
        return_freed_memory()
    else:
        keep_freed_memory()


def _decided(config: TrainConfig, data: Prepared, placement: Placement | None) -> TrainConfig:
    """Return `config` with what was decided: where pictures are read, how grouped, which held out, the precision.

    placement: of a run that begins. One that goes on keeps its own precision, and where an earlier version began it
    "auto", and no digest of its split: its config.toml holds none.
    """
    if placement is None:
        return config.changed(reading=data.reading)
    split = {"grouping": data.split.grouping, "split_sha256": data.split.sha256}
    return config.changed(reading=data.reading, precision=placement.precision, **split)
