# residua-test: right target=StoDepthBlock
import torch
from torch import Tensor, nn


def stochastic_depth(input: Tensor, p: float, mode: str, training: bool = True) -> Tensor:
    if p < 0.0 or p > 1.0:
        raise ValueError(f"drop probability has to be between 0 and 1, but got {p}")
    if mode not in ["batch", "row"]:
        raise ValueError(f"mode has to be either 'batch' or 'row', but got {mode}")
    if not training or p == 0.0:
        return input

    survival_rate = 1.0 - p
    if mode == "row":
        size = [input.shape[0]] + [1] * (input.ndim - 1)
    else:
        size = [1] * input.ndim
    noise = torch.empty(size, dtype=input.dtype, device=input.device)
    noise = noise.bernoulli_(survival_rate)
    if survival_rate > 0.0:
        noise.div_(survival_rate)
    return input * noise


class StoDepthBlock(nn.Module):
    """1-d residual block for logs, (N, C, L)"""

    def __init__(self, width: int = 16, p: float = 0.2, mode: str = "row"):
        super().__init__()
        self.p, self.mode = p, mode
        self.conv = nn.Sequential(
            nn.Conv1d(width, width, 5, padding=2, bias=False),
            nn.BatchNorm1d(width),
            nn.Hardswish(),
            nn.Conv1d(width, width, 5, padding=2, bias=False),
            nn.BatchNorm1d(width),
        )
        self.act = nn.Hardswish()

    def forward(self, x: Tensor) -> Tensor:
        return self.act(x + stochastic_depth(self.conv(x), self.p, self.mode, self.training))
