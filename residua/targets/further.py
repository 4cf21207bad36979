"""What stands for an input of forward beside the first one, when only the module and the input's name are known?"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from residua.targets.graphs import graph_input

_EMBEDDINGS = ("emb", "temb", "time", "t", "cond", "style", "z", "w", "c", "y", "context", "timestep", "latent",
               "label", "s")  # fmt: skip
_LABELS = ("y", "label", "labels", "c", "cls", "classes", "class_id", "t", "time", "timestep", "timesteps", "token")


def further_input(module: nn.Module, name: str, given: tuple[Tensor, str], generator: torch.Generator) -> Tensor:
    """Return a tensor for the input `name`; given: the first input, and the form that further ones are tried in."""
    word, first, kind = name.lower().rstrip("0123456789"), given[0], given[1]
    known = any(isinstance(layer, nn.Embedding) for layer in module.modules())
    if kind == "labels" or (known and word in _LABELS):
        return torch.randint(0, labels_of(module), first.shape[:1], generator=generator)
    if kind == "numbers":
        return torch.rand(first.shape[:1], generator=generator).to(first.dtype)
    if kind == "channels":
        return torch.randn(first.shape[:2], generator=generator).to(first.dtype)
    if kind == "vectors" or word in _EMBEDDINGS or any(each in word for each in ("emb", "time", "cond", "style")):
        linear = [layer.in_features for layer in module.modules() if isinstance(layer, nn.Linear)]
        width = linear[0] if linear else first.shape[1]
        return torch.randn((first.shape[0], width), generator=generator).to(first.dtype)
    of_graph = graph_input(module, name, first, generator)
    if of_graph is not None:
        return of_graph
    if "mask" in word and kind in TOKEN_MASKS and first.dim() == 3:
        return torch.ones(TOKEN_MASKS[kind](*first.shape[:2]), dtype=first.dtype)
    if "mask" in word:
        return torch.ones((first.shape[0], 1, *first.shape[2:]), dtype=first.dtype)
    return torch.randn(first.shape, generator=generator).to(first.dtype)


# Over (N, length, C) and heads: a row for each image, for the queries' axis to come, and one table for all.
TOKEN_MASKS: dict[str, Callable[[int, int], tuple[int, ...]]] = {
    "heads": lambda count, length: (count, 1, 1, length),
    "rows": lambda count, length: (count, 1, length),
    "table": lambda _, length: (length, length),
}


def labels_of(module: nn.Module) -> int:
    """Return how many labels every embedding knows beyond what offsets in a buffer add; 10 where there is none."""
    known = min((layer.num_embeddings for layer in module.modules() if isinstance(layer, nn.Embedding)), default=10)
    offsets = [buffer for buffer in module.buffers() if buffer.dim() == 1 and not buffer.is_floating_point()]
    most = max((int(buffer.max()) for buffer in offsets if buffer.numel()), default=0)
    return known - most if 0 < most < known else known
