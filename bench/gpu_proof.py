"""Does training on a GPU do what its parts promise? Run this on the first machine that has one; ten minutes at most.

    python bench/gpu_proof.py [--out gpu_proof.json]
    python bench/gpu_proof.py --rehearse        # the same steps on a CPU, small, so that they are known to run

Every step has a process and a time limit of its own, so that an error of CUDA ends that step alone. It uses the digits,
synthetic arrays and fifty JPEG files that it draws, and torch as it is found there. The answer is a JSON document: of
each step `ok`, what it measured, and how it failed where it did. Exit code 1 where a step is not ok.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional
from torch.nn.modules._functions import SyncBatchNorm as StatisticsExchange

import residua
from residua.cli.app import main as residua_main
from residua.data import ArraySource, Preprocessing
from residua.data.augment.config import Augment
from residua.data.feed.batch import Batch, PlainBatch
from residua.data.feed.loader import Batches
from residua.errors import TrainError
from residua.nn.device import Placement, choose_placement
from residua.train.distributed import ALONE, World
from residua.train.engine import train
from residua.train.log import Log
from residua.train.meeting import join
from residua.train.settings.config import TrainConfig
from residua.train.state import Context, TrainState
from residua.train.step.update import Updater, memory_named

Found = dict[str, Any]
GRADIENT_GAP = 1e-4  # of fp32 gradients, relative: sums in another order give 1e-6, TF32 gives 1e-3
LEAST_COSINE = 0.99  # of bf16 gradients: 8 bits of fraction over twenty layers; a wrong layer falls below 0.9
SHARED_GAP = 1e-2  # of gradients that processes shared, relative: a ReLU's leap gives 2e-3, one counted twice gives 1
LEAST_TOGETHER = 0.9  # of the slower of training and loading, by which the two together must not fall short
EPOCH = 40  # batches: between epochs the loader runs empty, which with 4 cost a sixth of all time at equal speeds
# as far as two runs are from each other may a resumed one be from them. On a CPU, of runs that differ by their memory
# format or by oneDNN alone, one pair was 2.1 times as far apart as another; SGD that forgets its momentum is at 3.6
MOST_TIMES = 3


@dataclass(frozen=True)
class Machine:
    """Where the steps run. small: a rehearsal, on a CPU. folder: of this step."""

    device: str
    small: bool
    folder: Path

    @property
    def digits(self) -> TrainConfig:
        """A short training on the digits, in fp32."""
        narrow = ("shortcut=B", "depths=[1,1]", "widths=[8,16]", "strides=[1,2]") if self.small else ()
        return TrainConfig(
            device=self.device, precision="fp32", epochs=2, batch=256, lr=0.05, set=narrow, grouping="none"
        )

    def wait(self) -> None:
        """Go on when the device has done what it was given."""
        if self.device != "cpu":
            torch.cuda.synchronize()


def placement(machine: Machine) -> Found:
    """What is there, and what is chosen on it."""
    chosen = choose_placement(machine.device)
    found: Found = {"ok": True, "placement": str(chosen), "torch": torch.__version__, "cores": os.cpu_count()}
    if machine.device != "cpu":
        free, total = torch.cuda.mem_get_info()
        name = torch.cuda.get_device_name()
        found |= {"gpu": name, "capability": torch.cuda.get_device_capability(), "free": free, "total": total}
        found |= {"cudnn": torch.backends.cudnn.version()}
        choose_placement(machine.device, "fp32").put(nn.Identity())
        found["ok"] = not torch.backends.cudnn.allow_tf32 and not torch.backends.cuda.matmul.allow_tf32
    return found


def ingredients(machine: Machine) -> Found:
    """Four optimizers in three precisions, with everything that a step may hold; every run has to learn."""
    together = {"accumulate": 2, "clip_norm": 1.0, "ema": 0.9, "hardest": 0.75, "recompute": True, "head_epochs": 1}
    rates = {"sgd": 0.05, "adamw": 0.002, "lamb": 0.005, "muon": 0.01}
    losses: Found = {}
    for name, lr in rates.items():
        for precision in ("fp32",) if machine.small else ("fp32", "bf16", "fp16"):
            config = machine.digits.changed(
                optimizer=name, precision=precision, lr=lr, epochs=3, size_from=4, size=8, **together
            )
            try:
                run = train(config, machine.folder / f"{name}-{precision}").run
                losses[f"{name} {precision}"] = [row["loss"] for row in run.rows()]
            except residua.ResiduaError as error:
                losses[f"{name} {precision}"] = str(error)
    whole = [each for each in losses.values() if isinstance(each, list)]
    return {"ok": len(whole) == len(losses) and all(each[-1] < each[0] for each in whole), "losses": losses}


def resume(machine: Machine) -> Found:
    """A run that is stopped and goes on, against two that are not, for the optimizers with most and least state.

    On a GPU sums may come in another order each time, so that the two differ as well: by so much, a few times, may it.
    """
    gaps: Found = {}
    for name in ("sgd", "adamw"):
        config = machine.digits.changed(optimizer=name, lr=0.05 if name == "sgd" else 0.002)
        whole, again = (weights_of(train(config, machine.folder / f"{name}-{each}").run.folder) for each in "ab")
        taken: list[int] = []

        def stop(_: object, taken: list[int] = taken) -> None:
            taken.append(1)
            if len(taken) == 3:
                os.kill(os.getpid(), signal.SIGINT)

        folder = machine.folder / f"{name}-stopped"
        assert not train(config, folder, log=Log(step=stop)).finished
        train(TrainConfig.of_run(folder), folder, resume=True)
        gaps[name] = {"resumed": farthest(whole, weights_of(folder)), "repeated": farthest(whole, again)}
    near = [
        gap <= MOST_TIMES * each["repeated"][kind] for each in gaps.values() for kind, gap in each["resumed"].items()
    ]
    return {"ok": all(near), "farthest": gaps}


def gradient(machine: Machine) -> Found:
    """One step of ResNet-20 on the CPU against the same on the device.

    With SiLU for ReLU: of twelve million inputs some are zero but for rounding, and a ReLU's gradient leaps there,
    which moves the whole gradient by 2e-3 between two memory formats of one CPU.
    """
    torch.manual_seed(0)
    model = residua.build("resnet20")
    for parent in list(model.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.ReLU):
                setattr(parent, name, nn.SiLU())
    images, labels = torch.randn(64, 3, 32, 32), torch.arange(64) % 10
    reference = gradient_of(model, images, labels, Placement("cpu", "fp32", False, False))
    fine = gradient_of(model, images, labels, Placement(machine.device, "fp32", True, False))
    coarse = gradient_of(model, images, labels, Placement(machine.device, "bf16", True, False))
    gap = float((fine - reference).norm() / reference.norm())
    cosine = float(functional.cosine_similarity(coarse, reference, dim=0))
    return {"ok": gap < GRADIENT_GAP and cosine > LEAST_COSINE, "relative_error": gap, "bf16_cosine": cosine}


def processes(machine: Machine) -> Found:
    """Two processes that train on one device over gloo, one that exchanges over NCCL, two over NCCL on two GPUs."""
    gpus = 0 if machine.device == "cpu" else torch.cuda.device_count()
    found: Found = {"pair": together(machine, "pair", 2), "alone": together(machine, "alone", 1)}
    if gpus > 1:
        found["gpus"] = together(machine, "gpus", 2)
    else:
        found["left_out"] = "NCCL between processes, which takes a GPU each"
    return {"ok": all(each["ok"] for each in found.values() if isinstance(each, dict)), **found}


def together(machine: Machine, kind: str, size: int) -> Found:
    """Start `size` members of this kind, as torchrun does, and return how they ended and what the first one found."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, __file__, "--member", kind, str(machine.folder / kind), *["--rehearse"] * machine.small]
    meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(size)}
    meeting |= {"LOCAL_WORLD_SIZE": str(size)}
    ranks = [os.environ | meeting | {"RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(size)]
    members = [subprocess.Popen(words, env=each, stdout=subprocess.PIPE, text=True) for each in ranks]
    printed = [each.communicate()[0] for each in members]
    codes = [each.returncode for each in members]
    found = {"ok": True, "exit_codes": codes, **(json.loads(printed[0].splitlines()[-1]) if printed[0] else {})}
    return found | {"ok": found["ok"] and not any(codes)}


def member(machine: Machine, kind: str) -> Found:
    """Be one of a group. pair: over gloo on CUDA too, as NCCL takes no device twice. gpus: over NCCL, one each."""
    if kind == "alone":
        return exchanged(machine)
    if kind == "pair":
        whole = torch.distributed.init_process_group
        torch.distributed.init_process_group = lambda _, **options: whole("gloo", **options)
    config = machine.digits.changed(device="cuda" if machine.device != "cpu" else "cpu", sync_bn=True)
    norms = "torch's SyncBatchNorm" if machine.device != "cpu" else "residua's for CPUs; torch's is left out"
    return {"ok": train(config, machine.folder).finished, "norms": norms}


def exchanged(machine: Machine) -> Found:
    """What a group of one process gets back from NCCL (on a CPU, gloo): sums, rows, gradients, a norm's statistics.

    Alone, a `World` exchanges nothing. Here it is said to have two processes, each with the whole batch: then it does,
    and each exchange has to give back what went in.
    """
    torch.manual_seed(0)
    with join(machine.device) as alone:
        alone.claim(machine.device)
        two = replace(alone, size=2)
        values = torch.randn(1000, device=machine.device)
        rows = [torch.empty_like(values)]
        torch.distributed.all_gather(rows, values)
        gradients = [shared_gradient(machine, world) for world in (ALONE, two)]
        gap = float((gradients[1] - gradients[0]).norm() / gradients[0].norm())
        same = torch.equal(two.total(values.clone()), values) and torch.equal(rows[0], values)
        norm: Found = {"left_out": "torch's SyncBatchNorm, whose kernels are CUDA's"}
        if machine.device != "cpu":
            norm = norm_exchanged(machine)
        backend = torch.distributed.get_backend(torch.distributed.group.WORLD)
    ok = same and gap < SHARED_GAP and norm.get("gap", 0) < GRADIENT_GAP
    return {"ok": ok, "backend": backend, "sums_and_rows_equal": same, "gradient_gap": gap, "sync_bn": norm}


def shared_gradient(machine: Machine, world: World) -> torch.Tensor:
    """Return the gradient of one step, which the processes of `world` share, as one row."""
    updater, batch = begun(machine, "resnet20", 32, 16, {"precision": "fp32"}, world)
    updater.one_step(batch, 0.001, 32)
    return torch.cat([each.grad.contiguous().view(-1) for each in updater.state.model.parameters()])


def norm_exchanged(machine: Machine) -> Found:
    """Return how far torch's exchange of a norm's statistics is from batch norm, and how often it waits for the GPU."""
    maps, gradient = (torch.randn(32, 16, 8, 8, device=machine.device) for _ in range(2))
    norm, group = nn.BatchNorm2d(16, device=machine.device), torch.distributed.group.WORLD
    running = [torch.zeros(16, device=machine.device), torch.ones(16, device=machine.device)]
    ours, theirs = (maps.clone().requires_grad_() for _ in range(2))
    expected = norm(theirs)
    with waited(machine) as waits:
        out = StatisticsExchange.apply(ours, norm.weight, norm.bias, *running, norm.eps, norm.momentum, group, 1)
    expected.backward(gradient)
    out.backward(gradient)
    pairs = [
        (out.detach(), expected.detach()),
        (ours.grad, theirs.grad),
        (running[0], norm.running_mean),
        (running[1], norm.running_var),
    ]
    gap = max(float((one - other).norm() / other.norm()) for one, other in pairs)
    return {"gap": gap, "waits_a_forward_pass": len(waits), "waits": waits}


@contextlib.contextmanager
def waited(machine: Machine) -> Iterator[list[str]]:
    """Yield a list that has, afterwards, a line for each time that the GPU was waited for inside.

    torch warns of copies and streams that are waited for, but not of events, by one of which a step is read.
    """
    lines: list[str] = []
    synchronize, cuda = torch.cuda.Event.synchronize, machine.device != "cpu"

    def noted(event: torch.cuda.Event) -> None:
        lines.append("an event")
        synchronize(event)

    torch.cuda.Event.synchronize = noted
    if cuda:
        torch.cuda.set_sync_debug_mode("warn")
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield lines
    finally:
        torch.cuda.Event.synchronize = synchronize
        if cuda:
            torch.cuda.set_sync_debug_mode("default")
    lines += [str(each.message).splitlines()[0] for each in caught if "synchroniz" in str(each.message)]


def waits(machine: Machine) -> Found:
    """How often a step waits for the GPU, its batch's way there included."""
    batch, counts = 8 if machine.small else 128, {}
    loading = endless(arrays(machine, 32, batch))
    for precision in ("fp32",) if machine.small else ("fp32", "bf16", "fp16"):
        for optimizer in ("sgd", "adamw", "muon"):
            changes = {"optimizer": optimizer, "precision": precision, "lr": 0.001, "ema": 0.9}
            step = steps_of(machine, "resnet20", 32, batch, changes)
            for _ in range(3):
                step(next(loading))
            with waited(machine) as lines:
                step(next(loading))
            counts[f"{optimizer} {precision}"] = lines
    unknown = {"not_measured": "a CPU is never waited for"} if machine.device == "cpu" else {}
    return {"ok": all(len(each) <= 1 for each in counts.values()), "waits": counts, **unknown}


def speed(machine: Machine) -> Found:
    """Images a second of a fixed batch, of the loader alone, and of both together."""
    rows: Found = {}
    cases = [("resnet20", 32, 16 if machine.small else 512, arrays)]
    cases += [("resnet50", 224, 256, jpegs)] * (not machine.small)
    for network, size, batch, images in cases:
        batches = images(machine, size, batch)
        step = steps_of(machine, network, size, batch, {})
        alone = rate(machine, batch, step)
        loading = endless(batches)
        load = rate(machine, batch, partial(next, loading))
        both = rate(machine, batch, lambda step=step, loading=loading: step(next(loading)))
        rows[f"{network} {size} px, batch {batch}"] = {
            "fixed": round(alone), "loader": round(load), "together": round(both), "share": both / min(alone, load)
        }  # fmt: skip
    return {"ok": machine.small or all(row["share"] >= LEAST_TOGETHER for row in rows.values()), "rows": rows}


def compiled(machine: Machine) -> Found:
    """A compiled step against an eager one: the same loss, and images a second of both."""
    if machine.small:
        return {"ok": True, "not_measured": "compiling for a CPU is held to its claims by the tests"}
    if not choose_placement(machine.device, "fp32", compiled=True).compiled:
        return {"ok": False, "error": "not run: no compiler"}
    both: Found = {}
    for name, wanted in (("eager", False), ("compiled", True)):
        step = steps_of(machine, "resnet20", 32, 512, {"compile": wanted, "precision": "fp32"})
        step()
        loss = step().loss  # of the first step, if steps are read late
        both[name] = {"loss": loss, "images_per_second": round(rate(machine, 512, step))}
    gap = abs(both["eager"]["loss"] - both["compiled"]["loss"])
    return {"ok": gap < 1e-3, "gap": gap, **both}


def full(machine: Machine) -> Found:
    """What is said where the memory is full; the process goes on afterwards."""
    config = machine.digits.changed(batch=8192)
    said = ""
    try:
        with memory_named(config):
            if machine.device == "cpu":
                raise torch.OutOfMemoryError("rehearsed")
            torch.empty(2**50, dtype=torch.uint8, device=machine.device)
    except TrainError as error:
        said = str(error)
    after = torch.ones(4, device=machine.device).sum().item()
    return {"ok": "--accumulate" in said and "\n" not in said and after == 4, "said": said}


def terminated(machine: Machine) -> Found:
    """SIGTERM ends the command with code 3 within seconds, and --resume goes on to the end."""
    folder = str(machine.folder / "run")
    command = [sys.executable, "-m", "residua", "train"]
    options = ["--device", machine.device, "--epochs", "20", "--grouping", "none", "--out", folder]
    options += [word for change in machine.digits.set for word in ("--set", change)]
    running = subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True)
    assert running.stderr is not None
    for line in running.stderr:
        if line.startswith("epoch"):
            break
    began = time.monotonic()
    running.terminate()
    running.communicate(timeout=30)
    seconds, code = time.monotonic() - began, running.returncode
    again = residua_main(["train", "--resume", folder, "--quiet"])
    return {"ok": (code, again) == (3, 0), "exit_codes": [code, again], "seconds_to_end": seconds}


def answers(machine: Machine) -> Found:
    """evaluate and predict on the device, against the CPU, of one trained network in fp32."""
    run = train(machine.digits, machine.folder / "run").run
    here, there = (choose_placement(device, "fp32") for device in ("cpu", machine.device))
    measured = [residua.evaluate(run.folder, device=each) for each in (here, there)]
    picture = residua.open_dataset("digits").train.images[0]
    guesses = [residua.Predictor(run.folder, device=each)(picture).top for each in (here, there)]
    gap = max(abs(one.score - other.score) for one, other in zip(*guesses, strict=True))
    same = measured[0].correct == measured[1].correct
    return {"ok": same and gap < 1e-4, "correct": [each.correct for each in measured], "farthest_score": gap}


STEPS: dict[str, tuple[Callable[[Machine], Found], int]] = {
    "placement": (placement, 25),
    "gradient": (gradient, 45),
    "ingredients": (ingredients, 105),
    "resume": (resume, 60),
    "answers": (answers, 45),
    "full": (full, 25),
    "waits": (waits, 45),
    "processes": (processes, 60),
    "terminated": (terminated, 45),
    "speed": (speed, 70),
    "compiled": (compiled, 75),
}  # with how many seconds each may take; in order of what is most worth knowing


def weights_of(folder: Path) -> dict[str, torch.Tensor]:
    """Return the weights and statistics of a run's newest checkpoint."""
    newest = load_file(max((folder / "checkpoints").glob("step-*")))
    return {name: tensor for name, tensor in newest.items() if name.startswith("model.")}


def farthest(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> dict[str, float]:
    """Return the largest difference between two networks' weights, and between their running statistics."""
    gaps = {name: float((ours[name].double() - theirs[name].double()).abs().max()) for name in ours}
    statistics = {name for name in gaps if "running_" in name}
    kinds = {"weights": gaps.keys() - statistics, "statistics": statistics}
    return {kind: max(gaps[name] for name in names) for kind, names in kinds.items()}


def gradient_of(model: nn.Module, images: torch.Tensor, labels: torch.Tensor, place: Placement) -> torch.Tensor:
    """Return the whole gradient of the mean loss as one row on the CPU."""
    model = place.put(copy.deepcopy(model).train())
    with place.autocast():
        logits = model(place.move(images))
    functional.cross_entropy(logits.float(), labels.to(place.device)).backward()
    return torch.cat([each.grad.float().cpu().contiguous().view(-1) for each in model.parameters()])


def steps_of(machine: Machine, network: str, size: int, batch: int, changes: dict[str, Any]) -> Callable[..., Any]:
    """Return what takes a step on the batch that it is given, or else on one that lies on the device."""
    updater, fixed = begun(machine, network, size, batch, changes)

    def step(given: Batch = fixed) -> Any:
        return updater.one_step(given, 0.001, size)

    return step


def begun(
    machine: Machine, network: str, size: int, batch: int, changes: dict[str, Any], world: World = ALONE
) -> tuple[Updater, Batch]:
    """Return a training before its first step, and a batch that lies on the device and that every process has whole."""
    config = TrainConfig(model=network, batch=batch, device=machine.device).changed(**changes)
    chosen = choose_placement(config.device, config.precision, compiled=config.compile)
    torch.backends.cudnn.benchmark = True
    torch.manual_seed(0)
    context = Context(config.changed(precision=chosen.precision), world, chosen)
    updater = Updater(context, TrainState.begin(context, chosen.put(residua.build(network, num_classes=10))))
    updater.begin_epoch(0)
    images = chosen.move(torch.randn(batch, 3, size, size))
    numbers = torch.arange(batch)
    labels, copies = (numbers % 10).to(images.device), torch.full_like(numbers, world.size)
    return updater, PlainBatch(images, labels, numbers, copies)


def arrays(machine: Machine, size: int, batch: int) -> Batches:
    """Return batches of random pixels in memory, shifted and mirrored, each image ten times an epoch."""
    count = 4 * batch
    pixels = np.random.default_rng(0).integers(0, 256, (count, size, size, 3), np.uint8)
    source = ArraySource(pixels, np.arange(count) % 10, "abcdefghij")
    augment = Augment(pad=4, flip="random")
    indices = np.tile(np.arange(count), EPOCH // 4)
    return Batches(source, indices, batch, Preprocessing(size, size), augment, device=machine.device)


def jpegs(machine: Machine, size: int, batch: int) -> Batches:
    """Return batches of random crops of fifty JPEG files of 500 × 375 pixels, decoded each time."""
    random = np.random.default_rng(0)
    for number in range(50):
        smooth = Image.fromarray(random.integers(0, 256, (12, 16, 3), np.uint8)).resize((500, 375))
        folder = machine.folder / "jpegs" / f"class{number % 10}"
        folder.mkdir(parents=True, exist_ok=True)
        smooth.save(folder / f"{number}.jpg", quality=90)
    source = residua.open_dataset(str(machine.folder / "jpegs")).train
    indices = np.tile(np.arange(len(source)), EPOCH * batch // len(source) + 1)
    augment = Augment(resized_crop=0.08, flip="random")
    return Batches(source, indices, batch, Preprocessing(size, size), augment, drop_last=True, device=machine.device)


def endless(batches: Batches) -> Iterator[Batch]:
    """Yield whole batches, epoch after epoch."""
    whole = replace(batches, drop_last=True)
    while True:
        yield from whole


def rate(machine: Machine, images: int, act: Callable[[], object], seconds: float = 8.0) -> float:
    """Return how many images a second `act` goes through, `images` each time, after three times to warm up."""
    for _ in range(3):
        act()
    machine.wait()
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < (0.5 if machine.small else seconds):
        act()
        count += images
    machine.wait()
    return count / (time.perf_counter() - began)


def one(name: str, machine: Machine) -> None:
    """Do one step and print what it found."""
    try:
        found = STEPS[name][0](machine)
    except Exception as error:
        found = {"ok": False, "error": f"{type(error).__name__}: {error}"}
    print(json.dumps(found), flush=True)


def apart(name: str, rehearse: bool) -> Found:
    """Do one step in a process of its own, within its time, and return what it found."""
    limit = STEPS[name][1] * (4 if rehearse else 1)  # a busy machine of two cores needs it
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, __file__, "--step", name, folder, *["--rehearse"] * rehearse]
        running = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True)
        try:
            out, _ = running.communicate(timeout=limit)
            found = json.loads(out.splitlines()[-1])
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)  # with the processes that it started
            running.communicate()
            found = {"ok": False, "error": f"not done after {limit} s"}
        except (IndexError, ValueError):
            found = {"ok": False, "error": f"ended with code {running.returncode}"}
    return found | {"seconds": round(time.monotonic() - began, 1)}


def main() -> int:
    """Do all steps, or the one that is named, and write what they found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rehearse", action="store_true", help="on a CPU, small")
    parser.add_argument("--out", type=Path, default=Path("gpu_proof.json"))
    parser.add_argument("--only", nargs="*", choices=STEPS, default=list(STEPS))
    parser.add_argument("--step", nargs=2, metavar=("NAME", "FOLDER"), help=argparse.SUPPRESS)
    parser.add_argument("--member", nargs=2, metavar=("KIND", "FOLDER"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    device = "cpu" if asked.rehearse else "cuda:0"
    if asked.step:
        one(asked.step[0], Machine(device, asked.rehearse, Path(asked.step[1])))
        return 0
    if asked.member:
        print(json.dumps(member(Machine(device, asked.rehearse, Path(asked.member[1])), asked.member[0])), flush=True)
        return 0
    if not asked.rehearse and not torch.cuda.is_available():
        parser.error("torch sees no CUDA device here; --rehearse runs the steps on a CPU")
    document: Found = {"device": device, "date": time.strftime("%Y-%m-%d"), "steps": {}}
    for name in asked.only:
        document["steps"][name] = found = apart(name, asked.rehearse)
        print(f"{name:<12} {'ok' if found['ok'] else 'NOT OK'}  {json.dumps(found)[:300]}", flush=True)
        asked.out.write_text(json.dumps(document, indent=1) + "\n")
    return 0 if all(found["ok"] for found in document["steps"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
