"""What do people add to a residual network that computes with tensors of its own? Modules for any map or vector."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, parametrize, prune, spectral_norm, weight_norm


@dataclass(frozen=True)
class Held:
    """A tensor that is no parameter: a mask, places, what was measured."""

    tensor: Tensor


class Own(nn.Module):
    """A foreign module: `compute(x, self)` with parameters and modules of its own; Held tensors are buffers."""

    def __init__(self, compute: Callable, **parts: Tensor | nn.Module | Held):
        super().__init__()
        self.compute = compute
        for name, part in parts.items():
            if isinstance(part, nn.Module):
                self.add_module(name, part)
            elif isinstance(part, Held):
                self.register_buffer(name, part.tensor)
            else:
                self.register_parameter(name, nn.Parameter(part))

    def forward(self, x: Tensor) -> Tensor:
        return self.compute(x, self)


def per_channel(vector: Tensor, x: Tensor) -> Tensor:
    return vector.reshape(1, -1, *[1] * (x.ndim - 2))


def pooled(x: Tensor) -> Tensor:
    return x.mean((2, 3)) if x.ndim == 4 else x


def excite(x: Tensor, own: nn.Module) -> Tensor:
    return x * per_channel(torch.sigmoid(own.fc2(F.relu(own.fc1(pooled(x))))).mean(0), x)


def excite_by_convolutions(x: Tensor, own: nn.Module) -> Tensor:
    return x * torch.sigmoid(own.up(F.relu(own.down(x.mean((2, 3), keepdim=True)))))


def excite_by_neighbours(x: Tensor, own: nn.Module) -> Tensor:
    return x * torch.sigmoid(own.conv(x.mean((2, 3)).unsqueeze(1))).view(len(x), -1, 1, 1)


def mixed(x: Tensor, own: nn.Module) -> Tensor:
    return torch.einsum("nc...,dc->nd...", x, own.mix)


def film(x: Tensor, own: nn.Module) -> Tensor:
    scale, shift = own.condition(torch.ones(1, 8, dtype=x.dtype)).chunk(2, 1)
    return x * (1 + per_channel(scale, x)) + per_channel(shift, x)


def both_attentions(x: Tensor, own: nn.Module) -> Tensor:
    x = x * torch.sigmoid(own.up(F.relu(own.down(x.mean((2, 3), keepdim=True)))))
    return x * torch.sigmoid(own.spatial(torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], 1)))


def attend(x: Tensor, own: nn.Module) -> Tensor:
    flat = x.flatten(2).transpose(1, 2)
    return x + own.attn(flat, flat, flat)[0].transpose(1, 2).unflatten(2, x.shape[2:])


def non_local(x: Tensor, own: nn.Module) -> Tensor:
    query, key, value = (part(x).flatten(2) for part in (own.theta, own.phi, own.g))
    weights = (query.transpose(1, 2) @ key).softmax(-1)
    return x + own.out((value @ weights.transpose(1, 2)).unflatten(2, x.shape[2:]))


def scaled(name: str, value: Tensor | Held) -> nn.Module:
    return Own(lambda x, own: x * per_channel(getattr(own, name).reshape(-1), x), **{name: value})


def shifted(part: nn.Module, shift: Callable[[nn.Module], Tensor]) -> nn.Module:
    return Own(lambda x, own: x + per_channel(shift(own.part), x), part=part)


def anywhere(c: int) -> dict[str, Callable[[], nn.Module]]:
    """Return what computes with maps and vectors of `c` channels alike."""
    hidden = max(c // random.choice((16, 8, 4, 2)), 1)
    ones = torch.ones(8, dtype=torch.float64)
    return {
        "a factor": lambda: scaled("alpha", torch.tensor(0.7)),
        "a factor of one element": lambda: scaled("scale", torch.full((1,), 1.6)),
        "a temperature": lambda: Own(lambda x, own: x / own.temperature, temperature=torch.tensor(2.5)),
        "a factor a channel": lambda: scaled("gamma", torch.rand(c) + 0.2),
        "a shift a channel": lambda: Own(lambda x, own: x + per_channel(own.bias, x), bias=torch.randn(c)),
        "one learnt slope": nn.PReLU,
        "a learnt slope a channel": lambda: nn.PReLU(c),
        "FiLM": lambda: Own(film, condition=nn.Linear(8, 2 * c)),
        "a matrix of time": lambda: shifted(nn.Linear(8, c), lambda part: part(ones)),
        "an embedding of classes": lambda: shifted(nn.Embedding(5, c), lambda part: part.weight[2]),
        "a matrix over channels": lambda: Own(mixed, mix=torch.randn(c, c) / c**0.5),
        "a gate of matrices": lambda: Own(excite, fc1=nn.Linear(c, hidden), fc2=nn.Linear(hidden, c)),
        "an order of channels": lambda: Own(lambda x, own: x[:, own.order], order=Held(torch.randperm(c))),
        "channels that are kept": lambda: Own(
            lambda x, own: x * per_channel(own.kept.to(x), x), kept=Held(torch.arange(c) % 3 > 0)
        ),
        "a mask of channels": lambda: scaled("weight_mask", Held((torch.arange(c) % 3 > 0).float())),
        "a rate of survival": lambda: scaled("keep_prob", Held(torch.tensor(0.8))),
        "a step of quantisation": lambda: Own(lambda x, own: (x / own.step).round() * own.step, step=torch.tensor(0.2)),
        "a bound": lambda: Own(lambda x, own: torch.minimum(x, own.clip_val), clip_val=torch.tensor(0.3)),
        "a complex factor": lambda: Own(
            lambda x, own: x * per_channel(own.phase.real, x), phase=torch.randn(c, dtype=torch.cfloat)
        ),
        "what was measured": lambda: Own(
            lambda x, own: (x - per_channel(own.center, x)) / per_channel(own.spread, x),
            center=Held(torch.randn(c)), spread=Held(torch.rand(c) + 0.5),
        ),
        "an affine map": lambda: Own(
            lambda x, own: x * per_channel(own.weight, x) + per_channel(own.bias, x),
            weight=torch.rand(c) + 0.5, bias=torch.randn(c),
        ),
        "means of two domains": lambda: Own(
            lambda x, own: (x - per_channel(own.running_mean[1], x)) / per_channel(own.running_var[1], x).sqrt(),
            running_mean=Held(torch.randn(2, c)), running_var=Held(torch.rand(2, c) + 0.5),
        ),
    }  # fmt: skip


def conv(i: int, o: int, kernel: int = 1, **options: object) -> nn.Conv2d:
    return nn.Conv2d(i, o, kernel, 1, kernel // 2, **options)


def on_maps(c: int) -> dict[str, Callable[[], nn.Module]]:
    """Return what computes with maps of `c` channels."""
    hidden, biased = max(c // random.choice((16, 8, 4, 2)), 1), random.random() < 0.5

    def normed(kernel: int) -> list[nn.Module]:
        return [conv(c, c, kernel, bias=False), nn.BatchNorm2d(c)]

    def squeezed(compute: Callable, bias: bool = True, **more: nn.Module) -> nn.Module:
        return Own(compute, down=conv(c, hidden, bias=bias), up=conv(hidden, c, bias=bias), **more)

    return {
        "a 1×1 convolution": lambda: conv(c, c, bias=biased),
        "a 3×3 convolution": lambda: conv(c, c, 3, bias=biased),
        "a 5×5 convolution": lambda: conv(c, c, 5, bias=False),
        "a depthwise convolution": lambda: conv(c, c, 3, groups=c, bias=False),
        "a 3×3 convolution with norm": lambda: nn.Sequential(*normed(3)),
        "a 1×1 convolution with norm": lambda: nn.Sequential(*normed(1)),
        "two 3×3 convolutions": lambda: nn.Sequential(*normed(3), nn.ReLU(), *normed(3)),
        "an adapter": lambda: squeezed(lambda x, own: x + own.up(F.relu(own.down(x)))),
        "a norm": lambda: nn.BatchNorm2d(c),
        "a norm without scale": lambda: nn.BatchNorm2d(c, affine=False),
        "a group norm": lambda: nn.GroupNorm(2, c),
        "an instance norm": lambda: nn.InstanceNorm2d(c, affine=True),
        "a gate of 1×1 convolutions": lambda: squeezed(excite_by_convolutions),
        "channel and spatial attention": lambda: squeezed(both_attentions, False, spatial=conv(2, 1, 7, bias=False)),
        "spatial attention": lambda: Own(lambda x, own: x * torch.sigmoid(own.conv(x)), conv=conv(c, 1)),
        "a gate over neighbours": lambda: Own(excite_by_neighbours, conv=nn.Conv1d(1, 1, 5, padding=2, bias=False)),
        "a non-local block": lambda: Own(non_local, theta=conv(c, hidden), phi=conv(c, hidden), g=conv(c, hidden),
                                         out=conv(hidden, c)),
        "a branch of 1×1 convolutions": lambda: Own(lambda x, own: x + own.side(x), side=nn.Sequential(*normed(1))),
        "a norm beside": lambda: Own(lambda x, own: x + own.side(x), side=nn.BatchNorm2d(c)),
        "a fixed blur": lambda: Own(
            lambda x, own: F.conv2d(x, own.filt, padding=1, groups=c), filt=Held(torch.full((c, 1, 3, 3), 1 / 9))
        ),
        "heads of attention": lambda: Own(attend, attn=nn.MultiheadAttention(c, 1, batch_first=True)),
        "an embedding of places": lambda: Own(lambda x, own: x + own.pos, pos=torch.randn(1, c, 1, 1)),
    }  # fmt: skip


def on_vectors(c: int) -> dict[str, Callable[[], nn.Module]]:
    """Return what computes with vectors of `c` numbers: pooled features, or logits."""
    return {
        "a matrix": lambda: nn.Linear(c, c, bias=random.random() < 0.5),
        "two matrices": lambda: nn.Sequential(nn.Linear(c, 24), nn.ReLU(), nn.Linear(24, c)),
        "a norm of vectors": lambda: nn.BatchNorm1d(c),
        "a norm of vectors without scale": lambda: nn.BatchNorm1d(c, affine=False),
        "a layer norm": lambda: nn.LayerNorm(c),
        "a matrix beside": lambda: Own(lambda x, own: x + own.second(x), second=nn.Linear(c, c)),
        "whitened": lambda: Own(
            lambda x, own: (x - own.mu) @ own.w, mu=Held(torch.randn(c)), w=Held(torch.randn(c, c))
        ),
    }


REPARAMETRISED = {
    "weight_norm": parametrizations.weight_norm,
    "the old weight_norm": weight_norm,
    "spectral_norm": parametrizations.spectral_norm,
    "the old spectral_norm": spectral_norm,
    "an orthogonal parametrisation": parametrizations.orthogonal,
    "a parametrisation of one's own": lambda module: parametrize.register_parametrization(module, "weight", Halved()),
    "LoRA": lambda module: parametrize.register_parametrization(module, "weight", LowRank(module.weight)),
    "a pruning mask": lambda module: prune.random_unstructured(module, "weight", 0.4),
    "a pruned bias": lambda module: prune.random_unstructured(module, "bias", 0.5),
}


class Halved(nn.Module):
    def forward(self, weight: Tensor) -> Tensor:
        return weight / 2


class LowRank(nn.Module):
    def __init__(self, weight: Tensor):
        super().__init__()
        self.lora_A = nn.Parameter(torch.randn(2, weight[0].numel()) * 0.2)
        self.lora_B = nn.Parameter(torch.randn(len(weight), 2) * 0.2)

    def forward(self, weight: Tensor) -> Tensor:
        return weight + (self.lora_B @ self.lora_A).view_as(weight)
