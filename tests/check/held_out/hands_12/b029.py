# residua-test: wrong target=StochasticBottleneck
# What is wrong: dropping is called only while training, so the multiplication by the keep probability at evaluation is never reached and the branch is too strong at eval
import torch
import torch.nn as nn


def _sample_drop(x: torch.Tensor, sample_drop_rate: float, is_training: bool) -> torch.Tensor:
    """Randomly drops the residual branch for single samples (train), expected value otherwise."""
    keep_probability = 1 - sample_drop_rate
    if not is_training:
        return x * keep_probability
    rand_dim = [x.shape[0]] + [1] * len(x.shape[1:])
    sample_mask = keep_probability + torch.rand(rand_dim, dtype=x.dtype, device=x.device)
    sample_mask.floor_()
    return x * sample_mask


class StochasticBottleneck(nn.Module):
    """Bottleneck with sample-wise stochastic depth as in Huang et al. 2016."""

    def __init__(self, inplanes: int, planes: int, drop_rate: float = 0.2):
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, inplanes, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(inplanes)
        self.relu = nn.ReLU(inplace=True)
        self.drop_rate = drop_rate

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        identity = x

        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))

        if self.training and self.drop_rate:  # expect: R170
            out = _sample_drop(out, self.drop_rate, self.training)

        out += identity
        return self.relu(out)
