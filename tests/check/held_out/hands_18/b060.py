# residua-test: wrong target=SampleStochasticBlock
# What is wrong: The eval scaling by the keep probability sits behind `self.training`, so it can never run: train drops without rescaling and eval uses the full branch, so train and eval differ in expectation.
import torch
import torch.nn as nn


def _sample_drop(x: torch.Tensor, drop_rate: float, is_training: bool) -> torch.Tensor:
    keep_probability = 1.0 - drop_rate
    if not is_training:
        return x * keep_probability
    shape = [x.shape[0]] + [1] * (x.dim() - 1)
    mask = torch.bernoulli(torch.full(shape, keep_probability, device=x.device, dtype=x.dtype))
    return x * mask


class SampleStochasticBlock(nn.Module):
    """Basic residual block with sample-wise stochastic depth (Huang et al., 2016)."""

    def __init__(self, channels: int = 16, drop_rate: float = 0.3) -> None:
        super().__init__()
        self.drop_rate = drop_rate
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.training and self.drop_rate:  # expect: R170
            out = _sample_drop(out, self.drop_rate, self.training)
        return self.relu(out + x)
