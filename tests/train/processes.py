"""Several processes that train together, forked from one that has torch loaded; run as a script by test_distributed.

Reads requests from stdin, a JSON line each: the name of a function below, how many processes run it, its arguments
and their environment. Answers with the path of a file that holds what each process returned, or how it failed.
"""

from __future__ import annotations

import ctypes
import faulthandler
import json
import os
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
import torch._dynamo  # which any optimizer imports: once here, not in every child
import torch.distributed as dist
import torch.nn as nn
from safetensors.torch import load_file

from residua.data import ArraySource, Preprocessing, open_dataset
from residua.data.feed.loader import Batches
from residua.errors import ResiduaError, TrainError
from residua.nn import build
from residua.nn.device import choose_placement
from residua.train import engine, meeting
from residua.train.distributed import SyncBatchNorm, synchronise_norms
from residua.train.log import Log
from residua.train.measure.evaluation import measure
from residua.train.measure.validation import score_together
from residua.train.meeting import join, require_own_gpu
from residua.train.settings.config import TrainConfig
from residua.train.setup import assembly
from residua.train.step.update import Updater

MOST_SECONDS = 120  # after which a process that waits in vain is ended
CPU = choose_placement("cpu", "fp32", channels_last=False)


def at_step(number: int, act) -> None:
    """Have `act` called in this process after the update of step `number`."""
    one_step, steps = Updater.one_step, []

    def counted(self, *given):
        step = one_step(self, *given)
        steps.append(1)
        if len(steps) == number:
            act()
        return step

    Updater.one_step = counted


def trained(folder: str, config: dict, resume: bool = False, strike: list | None = None) -> dict:
    """Train, and return what is left; strike: [rank, step, name of a signal that this process then gets]."""
    if strike and os.environ.get("RANK", "0") == str(strike[0]):
        at_step(strike[1], lambda: os.kill(os.getpid(), getattr(signal, strike[2])))
    logged: dict = {"steps": 0, "rows": 0, "messages": []}
    log = Log(
        step=lambda step: logged.update(steps=logged["steps"] + 1),
        epoch=lambda row: logged.update(rows=logged["rows"] + 1),
        message=logged["messages"].append,
    )
    outcome = engine.train(TrainConfig(**config), Path(folder), resume=resume, log=log)
    left = {"finished": outcome.finished, "stopped_by": outcome.stopped_by, "logged": logged, "first": outcome.first}
    if outcome.finished:
        metrics = json.loads((outcome.run.folder / "metrics.json").read_text()) if outcome.first else None
        left |= {"metrics": metrics, "held": outcome.held.evaluation, "rows": outcome.run.rows()}
        newest = max((outcome.run.folder / "checkpoints").glob("step-*"))
        left |= {"weights": {k: v for k, v in load_file(newest).items() if k.startswith(("model.", "mean."))}}
    return left


def exchanges(folder: str, config: dict) -> dict:
    """Train, and return how many times each step exchanged something beside the gradients."""
    whole, one_step, asked, steps = dist.all_reduce, Updater.one_step, [], []

    def counted(self, *given):
        before = len(asked)
        step = one_step(self, *given)
        steps.append(len(asked) - before)
        return step

    dist.all_reduce = lambda *given, **options: asked.append(1) or whole(*given, **options)
    Updater.one_step = counted
    engine.train(TrainConfig(**config), Path(folder), log=Log())
    return {"steps": steps}


def trained_with_an_idle_parameter(folder: str, config: dict) -> dict:
    """Train a network one of whose parameters does nothing."""
    drawn = assembly.first_weights

    def planted(*given):
        model, origin = drawn(*given)
        model.layer1[0].register_parameter("gate", nn.Parameter(torch.ones(3)))
        return model, origin

    assembly.first_weights = planted
    return trained(folder, config)


def exactly_trained(folder: str, config: dict) -> dict:
    """Train in float64, where rounding is too small to matter, and return the weights and statistics."""
    drawn = assembly.first_weights

    def wide(*given):
        model, origin = drawn(*given)
        model.double().register_forward_pre_hook(lambda _, inputs: (inputs[0].double(),))
        return model, origin

    assembly.first_weights = wide
    engine.conclude = lambda *_: None  # the weights are enough; the file that they serve from is float32's
    engine.train(TrainConfig(**config), Path(folder), log=Log())
    newest = load_file(max((Path(folder) / "checkpoints").glob("step-*")))
    return {name: value for name, value in newest.items() if name.startswith("model.")}


def scored(count: int, batch: int) -> dict:
    """Score the first `count` digits in shuffled order together, in batches of `batch`."""
    digits = open_dataset("digits").train
    indices = np.random.default_rng(0).permutation(count)
    torch.manual_seed(0)
    model, shown = build("resnet8", in_channels=1).eval(), []
    model.register_forward_pre_hook(lambda _, inputs: shown.append(len(inputs[0])))
    with join("cpu") as world:
        mine = {"rank": world.rank, "world": world.size, "batch": batch}
        batches = Batches(
            digits, indices, preprocessing=Preprocessing(8, 8, channels=1, mean=(0.5,), std=(0.25,)), **mine
        )
        logits, labels = score_together(model, batches, SimpleNamespace(world=world, placement=CPU))
    return {
        "shown": sum(shown),
        "logits": logits,
        "labels": labels,
        "true": digits.labels[indices],
        "measures": measure(logits, labels, [str(digit) for digit in range(10)]),
    }


def normalised(momentum: float | None) -> dict:
    """Normalise uneven shares of two batches by SyncBatchNorm; return the differences from BatchNorm2d on the whole."""
    generator = torch.Generator().manual_seed(0)
    whole = torch.randn(2, 11, 3, 4, 5, generator=generator, dtype=torch.float64) * 3 + 7
    wanted = torch.randn(whole.shape, generator=generator, dtype=torch.float64)
    plain = nn.BatchNorm2d(3, momentum=momentum).double()
    nn.init.normal_(plain.weight, generator=generator)
    holder = nn.Sequential(nn.BatchNorm2d(3, momentum=momentum)).double()
    holder[0].load_state_dict(plain.state_dict())
    synchronise_norms(holder)
    assert type(holder[0]) is SyncBatchNorm
    far = {}
    with join("cpu") as world:
        own = slice(0, 4) if world.rank == 0 else slice(4, 11)
        for step in range(2):
            x, y = whole[step].clone().requires_grad_(), whole[step][own].clone().requires_grad_()
            expected, found = plain(x), holder(y)
            (expected * wanted[step]).sin().sum().backward()
            (found * wanted[step][own]).sin().sum().backward()
            far |= {
                f"forward {step}": (found - expected[own]).abs().max(),
                f"x {step}": (y.grad - x.grad[own]).abs().max(),
            }
        for name in ("weight", "bias"):
            total = world.total(getattr(holder[0], name).grad)
            far[name] = (total - getattr(plain, name).grad).abs().max()
    for name, buffer in plain.named_buffers():
        far[name] = (getattr(holder[0], name) - buffer).abs().max()
    return {name: float(value.detach()) for name, value in far.items()}


def gathered() -> dict:
    """Meet, and return what each method of World gives."""
    with join("cpu") as world:
        rows = torch.arange(2 * world.rank, dtype=torch.int64)
        images = torch.full((world.rank + 1, 2), float(world.rank))
        return {
            "rows": world.gather(rows),
            "images": world.gather(images),
            "least": world.least(5 - world.rank),
            "restarts": world.restarts,
            "launch": world.launch,
        }


def sharing() -> int:
    """Meet, the second process on a processor of its own; return how many have the processors of this one."""
    if os.environ["RANK"] == "1":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with join("cpu") as world:
        return world.sharing


def failing_in_a_blocked_group(moment: str) -> None:
    """Meet; the first process fails while leaving the group takes a minute, the other waits for its tensor.

    moment: the file that holds when it failed, on the clock that all processes of a machine have in common.
    """
    dist.destroy_process_group = lambda: time.sleep(60)
    with join("cpu") as world:
        if world.first:
            Path(moment).write_text(str(time.monotonic()))
            raise TrainError("an image cannot be read")
        world.total(torch.zeros(1))


def waiting_in_c(moment: str) -> None:
    """Meet; the first process fails, while the other waits where no exception and no signal ends it, as for a GPU."""
    meeting.LOOKING, meeting.GRACE = 0.05, 0.1
    with join("cpu", watched=True) as world:
        if world.first:
            Path(moment).write_text(str(time.monotonic()))
            raise TrainError("an image cannot be read")
        lock = ctypes.create_string_buffer(64)
        for _ in range(2):  # the second waits for the first, for ever
            ctypes.CDLL(None).pthread_mutex_lock(lock)


def on_the_gpu(name: str) -> None:
    """Meet, where each process sees one GPU, whose `name` may hold its rank."""
    shown = SimpleNamespace(uuid=name.format(**os.environ))
    with join("cpu") as world:
        torch.cuda.is_available, torch.cuda.device_count = lambda: True, lambda: 1
        torch.cuda.get_device_properties = lambda index: shown
        require_own_gpu("cuda", world.size)


def taken_in_turn(folder: str) -> dict:
    """Go through a block in turn; return whether the first process had left its file before."""
    with join("cpu") as world, world.in_turn():
        before = (Path(folder) / "made").exists()
        (Path(folder) / "made").touch()
    return {"before": before}


def shares(count: int, batch: int, augment: str) -> list:
    """Return indices, pixels, labels and copies of the batches that this process trains on."""
    from residua.data.augment.config import parse_augment

    rank, size = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    pixels = np.random.default_rng(0).integers(0, 256, (count, 8, 8, 1), np.uint8)
    source = ArraySource(pixels, np.arange(count) % 2, "ab")
    options = {"augment": parse_augment(augment, "", 8), "rank": rank, "world": size}
    made = Batches(
        source,
        np.arange(count),
        batch=batch,
        preprocessing=Preprocessing(8, 8, channels=1, mean=(0.5,), std=(0.25,)),
        **options,
    )
    return [(each.indices, each.images, each.own_share, int(each.copies[0])) for each in made.epoch(1)]


def fork(work, arguments: dict, environment: dict, path: Path) -> int:
    """Return the process that does `work`, and leaves what it returns, or how it fails, at `path`."""
    child = os.fork()
    if child:
        return child
    code = 1
    faulthandler.dump_traceback_later(MOST_SECONDS, exit=True)
    try:
        os.environ.update(environment)
        torch.save(work(**arguments), path)
        code = 0
    except ResiduaError as error:
        torch.save({"error": type(error).__name__, "message": str(error)}, path)
        code = 2
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def keep_store() -> tuple[int, str]:
    """Return a process that keeps the store where others meet, as torchrun does, and its port.

    A process of its own, since the store has threads, and this one is to be forked.
    """
    reader, writer = os.pipe()
    parent, child = os.getpid(), os.fork()
    if not child:
        store = dist.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
        os.write(writer, f"{store.port}\n".encode())
        while os.getppid() == parent:  # which may be killed
            time.sleep(0.5)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        return child, pipe.readline().strip()


def answer(request: dict, folder: Path) -> list:
    """Run one request; return for each process its exit code and the file it left."""
    keeper, port = keep_store()
    meeting = {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": port,
        "WORLD_SIZE": str(request["size"]),
        "TORCHELASTIC_USE_AGENT_STORE": "True",
    }
    children = []
    try:
        for rank in range(request["size"]):
            own = meeting | {"RANK": str(rank), "LOCAL_RANK": str(rank), "LOCAL_WORLD_SIZE": str(request["size"])}
            path = folder / f"{rank}.pt"
            environment = (own if request["size"] > 1 else {}) | request["environment"]
            children.append((fork(globals()[request["work"]], request["arguments"], environment, path), path))
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child, _ in children]
    finally:
        os.kill(keeper, signal.SIGKILL)
        os.waitpid(keeper, 0)
    return [(code, str(path) if path.exists() else None) for code, (_, path) in zip(codes, children, strict=True)]


def main() -> None:
    torch.set_num_threads(1)
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "threads do not survive a fork"
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line), Path(tempfile.mkdtemp(dir=sys.argv[1])))), flush=True)


if __name__ == "__main__":
    main()
