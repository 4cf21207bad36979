"""How many images a second, against eager fp32 torch in the same run?

    make bench        (python bench/speed.py [--rounds 5])

The two arms take turns, step by step, so that a machine whose speed drifts slows both; a row is the ratio of medians.
The peer is the same network as a user of torchvision runs it: eager, fp32, contiguous, torch's default SGD. Ours runs
as `residua train` and `residua evaluate` do: placement chosen by `nn/device.py`, fused SGD. No data loading in either.
Writes results/speed/metrics.json and prints the table.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F

from residua import build
from residua.nn.device import Placement, choose_placement, processor_name
from residua.train.settings.config import TrainConfig
from residua.train.step.optimizer import build_optimizers

TRAINING = (("resnet20", 32, 128), ("resnet18", 224, 32), ("resnet50", 224, 16))
INFERENCE = (
    ("resnet20", 32, 256),
    ("resnet18", 224, 1),
    ("resnet18", 224, 32),
    ("resnet50", 224, 1),
    ("resnet50", 224, 32),
)
PEER = Placement(choose_placement().device, "fp32", channels_last=False, compiled=False)


def training_step(name: str, pixels: int, batch: int, placement: Placement) -> Callable[[], object]:
    """Return one step of forward, backward and update on random images."""
    torch.manual_seed(0)
    model = placement.put(build(name)).train()
    config = TrainConfig(nesterov=placement is not PEER)
    (optimizer,) = build_optimizers(model, config)
    if placement is PEER:
        optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9, weight_decay=5e-4)
    images = placement.move(torch.randn(batch, 3, pixels, pixels))
    labels = torch.randint(0, model.spec.num_classes, (batch,), device=placement.device)

    def step() -> None:
        with placement.autocast():
            loss = F.cross_entropy(model(images).float(), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        loss.item()

    return step


def inference_step(name: str, pixels: int, batch: int, placement: Placement) -> Callable[[], object]:
    """Return one forward pass over random images."""
    torch.manual_seed(0)
    model = placement.put(build(name)).eval()
    images = placement.move(torch.randn(batch, 3, pixels, pixels))

    def step() -> None:
        with torch.inference_mode(), placement.autocast():
            model(images).float().cpu()

    return step


def compare(make: Callable[..., Callable[[], object]], name: str, pixels: int, batch: int, rounds: int) -> dict:
    """Return images/s of both arms, taking turns, and the ratio of their medians."""
    arms = {"peer": make(name, pixels, batch, PEER), "residua": make(name, pixels, batch, choose_placement())}
    seconds: dict[str, list[float]] = {arm: [] for arm in arms}
    for turn in range(rounds + 2):
        for arm, step in arms.items():
            started = time.perf_counter()
            step()
            if turn >= 2:  # the first two warm up
                seconds[arm].append(time.perf_counter() - started)
    medians = {arm: statistics.median(times) for arm, times in seconds.items()}
    return {
        "network": name,
        "pixels": pixels,
        "batch": batch,
        "peer_images_per_second": round(batch / medians["peer"], 2),
        "residua_images_per_second": round(batch / medians["residua"], 2),
        "ratio": round(medians["peer"] / medians["residua"], 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    machine = {"cpu": processor_name(), "threads": torch.get_num_threads(), "torch": torch.__version__}
    print(f"{machine['cpu']}, {machine['threads']} threads, torch {machine['torch']}; ours: {choose_placement()}")
    rows = []
    for mode, make, cases in (("train", training_step, TRAINING), ("infer", inference_step, INFERENCE)):
        for name, pixels, batch in cases:
            row = {"mode": mode} | compare(make, name, pixels, batch, rounds)
            rows.append(row)
            peer, ours = row["peer_images_per_second"], row["residua_images_per_second"]
            what = f"{mode:<6} {name:<9} {pixels:>3} px  batch {batch:>3}"
            print(f"{what}  eager fp32 {peer:>8.1f}  residua {ours:>8.1f} images/s  ×{row['ratio']:.2f}", flush=True)
    folder = Path(__file__).parents[1] / "results" / "speed"
    folder.mkdir(parents=True, exist_ok=True)
    document = {"machine": machine, "date": time.strftime("%Y-%m-%d"), "rounds": rounds, "rows": rows}
    (folder / "metrics.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
