# residua-test: right target=ReversibleBlock args=channels=32
import torch
import torch.nn as nn


class BasicBranch(nn.Module):
    """BN-ReLU-Conv twice, width preserved."""

    def __init__(self, ch):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(ch), nn.Conv2d(ch, ch, 3, padding=1, bias=False)
        self.bn2, self.conv2 = nn.BatchNorm2d(ch), nn.Conv2d(ch, ch, 3, padding=1, bias=False)

    def forward(self, x):
        x = self.conv1(torch.relu(self.bn1(x)))
        return self.conv2(torch.relu(self.bn2(x)))


class ReversibleBlock(nn.Module):
    r"""
    .. math::
        y_1 = x_1 + F(x_2), \qquad y_2 = x_2 + G(y_1)
    """

    def __init__(self, channels: int):
        super().__init__()
        if channels % 2:
            raise ValueError("channels must be even")
        self.f = BasicBranch(channels // 2)
        self.g = BasicBranch(channels // 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x1, x2 = x.chunk(2, dim=1)
        y1 = x1 + self.f(x2)
        y2 = x2 + self.g(y1)
        return torch.cat((y1, y2), dim=1)

    def inverse(self, y: torch.Tensor) -> torch.Tensor:
        y1, y2 = y.chunk(2, dim=1)
        x2 = y2 - self.g(y1)
        x1 = y1 - self.f(x2)
        return torch.cat((x1, x2), dim=1)
