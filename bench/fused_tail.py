"""Is a step faster when a block's last norm, the addition and the ReLU are one function of autograd?

    python bench/fused_tail.py [--rounds 9]

The function adds and rectifies in the norm's own output, the one new tensor of the three; its backward is that of ReLU
and of batch norm. Both arms take turns, step by step, from the same weights with the same images; a row is the ratio of
the medians of the processor's time, and how far the gradients of the first step are apart.
Writes results/speed/fused_tail.json and prints the table.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from residua import build
from residua.nn.blocks import BasicBlock
from residua.nn.device import choose_placement, processor_name

RESULT = Path(__file__).parents[1] / "results" / "speed" / "fused_tail.json"
CASES = [("resnet20", 32, 128, "fp32"), ("resnet20", 32, 128, "bf16"), ("resnet18", 112, 16, "fp32"),
         ("resnet18", 112, 16, "bf16")]  # fmt: skip
BATCH_NORM, BACKWARD = torch.ops.aten.native_batch_norm, torch.ops.aten.native_batch_norm_backward


class Tail(torch.autograd.Function):
    """relu(batch norm(x) + shortcut), in the memory of the norm's output."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, shortcut: Tensor, norm: nn.BatchNorm2d, weight: Tensor, bias: Tensor) -> Tensor:
        running = norm.running_mean, norm.running_var
        out, mean, scale = BATCH_NORM(x, weight, bias, *running, True, norm.momentum, norm.eps)
        out.add_(shortcut).relu_()
        ctx.save_for_backward(x, out, weight, mean, scale)
        ctx.norm = norm
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        x, out, weight, mean, scale = ctx.saved_tensors
        gradient = torch.ops.aten.threshold_backward(gradients[0], out, 0)
        running = ctx.norm.running_mean, ctx.norm.running_var
        dx, dw, db = BACKWARD(gradient, x, weight, *running, mean, scale, True, ctx.norm.eps, [True, True, True])
        return dx, gradient, None, dw, db


def forward(block: BasicBlock, x: Tensor) -> Tensor:
    """Return what the block does, its last three operations as one."""
    inner = block.conv2(block.relu1(block.bn1(block.conv1(x))))
    out: Tensor = Tail.apply(inner, block.shortcut(x), block.bn2, block.bn2.weight, block.bn2.bias)  # type: ignore[no-untyped-call]  # torch's own
    return out


def stepper(name: str, pixels: int, batch: int, precision: str, fused: bool) -> Callable[[], nn.Module]:
    """Return a function that makes one step and gives the network, its gradients in it."""
    torch.manual_seed(0)
    placement = choose_placement("cpu", precision)
    model = placement.put(build(name, num_classes=10)).train()
    if fused:
        for module in model.modules():
            if isinstance(module, BasicBlock):
                module.forward = forward.__get__(module)  # type: ignore[method-assign]  # this block alone
    images, labels = placement.move(torch.randn(batch, 3, pixels, pixels)), torch.arange(batch) % 10
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9, fused=True)

    def step() -> nn.Module:
        optimizer.zero_grad()
        with placement.autocast():
            loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        return model

    return step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    rounds, rows = parser.parse_args().rounds, []
    for case in CASES:
        arms = [stepper(*case, fused=fused) for fused in (False, True)]
        plain, fused = (dict(arm().named_parameters()) for arm in arms)
        apart = max(float((plain[name].grad - fused[name].grad).abs().max()) for name in plain)
        seconds: list[list[float]] = [[], []]
        for _ in range(rounds):
            for arm, taken in zip(arms, seconds, strict=True):
                began = time.process_time()
                arm()
                taken.append(time.process_time() - began)
        ours, theirs = map(statistics.median, seconds)
        rows.append(
            {"case": case, "plain_seconds": ours, "fused_seconds": theirs, "ratio": ours / theirs, "apart": apart}
        )
        print(
            *case, f"plain {ours:.3f} s, one function {theirs:.3f} s, ×{ours / theirs:.2f}; gradients {apart:.0e} apart"
        )
    machine = {"cpu": processor_name(), "threads": torch.get_num_threads(), "load": os.getloadavg()[0]}
    document = {
        **machine,
        "torch": torch.__version__,
        "date": time.strftime("%Y-%m-%d"),
        "rounds": rounds,
        "rows": rows,
    }
    RESULT.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
