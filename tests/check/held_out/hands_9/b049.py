# residua-test: wrong target=StochasticBottleneck
# What is wrong: Stochastic depth drops the branch in training without rescaling, and in eval the branch is added at full strength instead of times the survival probability, so train and eval disagree in expectation
import torch
import torch.nn as nn
import torch.nn.functional as F


def _sample_drop(x: torch.Tensor, survival: float) -> torch.Tensor:
    """keeps each sample of the batch with probability `survival`"""
    keep = torch.empty(x.shape[0], 1, 1, 1, dtype=x.dtype, device=x.device).bernoulli_(survival)
    return x * keep  # expect: R170


class StochasticBottleneck(nn.Module):
    """Bottleneck with sample-wise stochastic depth (Huang et al. 2016).

    drop_rate: probability to drop the residual branch of a sample in training
    """

    def __init__(self, channels: int, width: int, drop_rate: float = 0.3):
        super().__init__()
        self.drop_rate = drop_rate
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        identity = x

        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))

        if self.training and self.drop_rate:
            out = _sample_drop(out, 1.0 - self.drop_rate)

        return F.relu(out + identity)
