# residua-test: wrong target=StochasticBottleneck
# What is wrong: _sample_drop is only called while training, so its eval branch that multiplies by the keep probability is never reached: the residual branch has another expectation in eval than in training.
import torch
import torch.nn as nn


def _sample_drop(x: torch.Tensor, sample_drop_rate: float, is_training: bool):
    """Randomly drops samples from the input batch according to the sample drop rate.

    The original formulation: mask while training, multiply with the keep probability otherwise.
    """
    keep_probability = (1 - sample_drop_rate)
    if not is_training:
        return x * keep_probability
    rand_dim = [x.shape[0]] + [1] * len(x.shape[1:])
    sample_mask = keep_probability + torch.rand(rand_dim, dtype=x.dtype, device=x.device)
    sample_mask.floor_()
    return x * sample_mask


class StochasticBottleneck(nn.Module):
    def __init__(self, in_ch: int, width: int, drop_rate: float = 0.3, expansion: int = 4):
        super().__init__()
        out_ch = width * expansion
        self.drop_rate = drop_rate
        self.conv1 = nn.Conv2d(in_ch, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out_ch, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_ch)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if in_ch != out_ch:
            self.downsample = nn.Sequential(nn.Conv2d(in_ch, out_ch, 1, bias=False), nn.BatchNorm2d(out_ch))

    def forward(self, x):
        identity = x

        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))

        if self.downsample is not None:
            identity = self.downsample(x)

        if self.training and self.drop_rate:  # expect: R170
            out = _sample_drop(out, self.drop_rate, self.training)
        out = out + identity
        return self.relu(out)
