# residua-test: wrong target=DenoiseUnit
# What is wrong: The output of the last ReLU, needed for its gradient, is changed in place by `+=`, so backward raises an error
import torch
import torch.nn as nn


class DenoiseUnit(nn.Module):
    """conv-relu-conv-relu residual unit, activation inside the branch."""

    def __init__(self, width=64):
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        self.relu = nn.ReLU()

    def forward(self, x):
        identity = x
        out = self.relu(self.conv1(x))
        out = self.relu(self.conv2(out))  # expect
        out += identity  # expect: R109
        return out


class Denoiser(nn.Module):
    """Predicts the noise and subtracts it from the input."""

    def __init__(self, channels=1, width=64, depth=6):
        super().__init__()
        self.head = nn.Conv2d(channels, width, 3, padding=1)
        self.body = nn.Sequential(*[DenoiseUnit(width) for _ in range(depth)])
        self.tail = nn.Conv2d(width, channels, 3, padding=1)

    def forward(self, y):
        noise = self.tail(self.body(self.head(y)))
        return y - noise
