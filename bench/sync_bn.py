"""How far from one process's weights are those of two with `--sync-bn`, and how much of that is rounding?

    python bench/sync_bn.py [--seeds 8]

Six steps of the engine on handwritten digits, from the same weights with the same images, at two learning rates: in one
process and in two, in float32 and in float64. What differs by its formula differs in both; rounding is gone in float64.
The third column says how far rounding alone carries one process from the exact result. A rectifier passes a rounding
error on as a jump where a value lies at its kink, a smooth activation does not. Distances are of max(1, |weight|), the
largest over all weights. Writes results/train/sync-bn/metrics.json and prints the table.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import socket
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from residua.nn import ResNet
from residua.nn.device import processor_name
from residua.train import engine
from residua.train.log import Log
from residua.train.settings.config import TrainConfig
from residua.train.setup import assembly

SMALL = ("shortcut=B", "depths=[1,1]", "widths=[8,16]", "strides=[1,2]")
RESULT = Path(__file__).parents[1] / "results" / "train" / "sync-bn" / "metrics.json"
Case = tuple[str, float, int, str]  # activation, learning rate, seed, dtype


def trained(case: Case, folder: Path) -> dict[str, torch.Tensor]:
    """Return the weights and statistics after six steps; the first process's where there are several."""
    _, lr, seed, _ = case
    config = TrainConfig(
        epochs=1, batch=48, lr=lr, seed=seed, precision="fp32", device="cpu", val_fraction=0.8, grouping="none",
        sync_bn=True, set=SMALL,
    )  # fmt: skip
    run = folder / "-".join(map(str, case))
    engine.train(config, run, resume=False, log=Log())
    newest = max((run / "checkpoints").glob("step-*"))
    return {name: value.double() for name, value in load_file(newest).items() if name.startswith("model.")}


def variant(drawn: Callable[..., tuple[ResNet, object]], case: Case) -> Callable[..., tuple[ResNet, object]]:
    """Return what draws the weights that `drawn` does, for a network of the case's activation and dtype."""

    def draw(*given: object) -> tuple[ResNet, object]:
        model, origin = drawn(*given)
        if case[0] == "silu":
            for parent in list(model.modules()):
                for name, child in parent.named_children():
                    if isinstance(child, nn.ReLU):
                        setattr(parent, name, nn.SiLU())
        if case[3] == "float64":
            model.double().register_forward_pre_hook(lambda _, inputs: (inputs[0].double(),))
        return model, origin

    return draw


def all_cases(cases: list[Case], folder: Path, rank: int, port: int) -> None:
    """Train every case, as one of two processes where `port` is theirs, and write what came out."""
    if port:
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), WORLD_SIZE="2", LOCAL_WORLD_SIZE="2")
        os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank), TORCHELASTIC_RUN_ID="none")
    torch.set_num_threads(1)
    plain, found = assembly.first_weights, {}
    engine.conclude = lambda *_: None  # type: ignore[assignment]  # the weights are enough; their file is float32's
    for case in cases:
        assembly.first_weights = variant(plain, case)  # type: ignore[assignment]  # the same arguments
        found[case] = trained(case, folder)
    if rank == 0:
        torch.save(found, folder / "weights.pt")


def in_processes(count: int, cases: list[Case]) -> dict[Case, dict[str, torch.Tensor]]:
    """Return the weights of every case, trained in `count` processes."""
    with tempfile.TemporaryDirectory() as temporary, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1] if count > 1 else 0
        free.close()
        folder, context = Path(temporary), multiprocessing.get_context("spawn")
        started = [context.Process(target=all_cases, args=(cases, folder, rank, port)) for rank in range(count)]
        for process in started:
            process.start()
        for process in started:
            process.join()
        weights: dict[Case, dict[str, torch.Tensor]] = torch.load(folder / "weights.pt", weights_only=False)
    return weights


def farthest(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    """Return the largest difference of two networks' values, relative to those above 1."""
    return max(float(((one[name] - other[name]).abs() / one[name].abs().clamp(min=1)).max()) for name in one)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=8)
    seeds = range(parser.parse_args().seeds)
    kinds = [(activation, lr) for activation in ("relu", "silu") for lr in (0.05, 0.1)]
    cases = [(*kind, seed, dtype) for kind in kinds for seed in seeds for dtype in ("float32", "float64")]
    one, two = in_processes(1, cases), in_processes(2, cases)
    rows = []
    for activation, lr in kinds:
        mine = [(activation, lr, seed) for seed in seeds]
        distances = {
            "two processes, float32": [farthest(one[*c, "float32"], two[*c, "float32"]) for c in mine],
            "rounding of one process": [farthest(one[*c, "float64"], one[*c, "float32"]) for c in mine],
            "two processes, float64": [farthest(one[*c, "float64"], two[*c, "float64"]) for c in mine],
        }
        rows.append({"activation": activation, "lr": lr, "distances": distances})
        words = [f"{name}: median {statistics.median(far):.1e}, most {max(far):.1e}" for name, far in distances.items()]
        print(f"{activation}, lr {lr}:", "; ".join(words))
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "cpu": processor_name(),
        "torch": torch.__version__,
        "load": os.getloadavg()[0],
        "seeds": len(seeds),
        "rows": rows,
    }
    RESULT.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
