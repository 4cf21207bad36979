# residua-test: wrong target=AdditiveCoupling args=channels=32
# What is wrong: inverse() recovers x1 with F(y2) instead of F(x2), so it does not invert forward()
"""Обратимый остаточный блок (additive coupling) для 1D сигналов ЭКГ."""
import torch
import torch.nn as nn


def branch(ch, kernel_size):
    return nn.Sequential(
        nn.GroupNorm(1, ch),
        nn.ReLU(),
        nn.Conv1d(ch, ch, kernel_size, padding=kernel_size // 2),
        nn.GroupNorm(1, ch),
        nn.ReLU(),
        nn.Conv1d(ch, ch, kernel_size, padding=kernel_size // 2),
    )


class AdditiveCoupling(nn.Module):
    """y1 = x1 + F(x2), y2 = x2 + G(y1); activations can be recomputed from the output."""

    def __init__(self, channels: int, kernel_size: int = 5):
        super().__init__()
        assert channels % 2 == 0
        self.F = branch(channels // 2, kernel_size)
        self.G = branch(channels // 2, kernel_size)

    def forward(self, x):
        x1, x2 = torch.chunk(x, 2, dim=1)
        y1 = x1 + self.F(x2)
        y2 = x2 + self.G(y1)
        return torch.cat([y1, y2], dim=1)

    @torch.no_grad()
    def inverse(self, y):
        y1, y2 = torch.chunk(y, 2, dim=1)
        x1 = y1 - self.F(y2)  # expect: R186
        x2 = y2 - self.G(y1)
        return torch.cat([x1, x2], dim=1)
