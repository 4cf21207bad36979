# residua-test: wrong target=ResidualUnit
# What is wrong: The in-place add overwrites the activation that the ReLU and the second convolution saved for the backward pass, so backward raises an error.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResidualUnit(nn.Module):
    """Stem + one residual unit, used as the front of a small denoiser."""

    def __init__(self, in_channels=3, width=24):
        super().__init__()
        self.stem = nn.Conv2d(in_channels, width, 3, padding=1, bias=False)
        self.stem_bn = nn.BatchNorm2d(width)
        self.conv = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(width)

    def forward(self, x):
        x = F.relu(self.stem_bn(self.stem(x)), inplace=True)
        res = self.bn(self.conv(x))
        x += res  # expect: R109, R198
        return F.relu(x, inplace=True)


def train_step(model, noisy, clean, head, opt):
    opt.zero_grad()
    loss = F.mse_loss(head(model(noisy)), clean)
    loss.backward()
    opt.step()
    return loss.item()
