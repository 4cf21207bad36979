# residua-test: right target=Head
import torch
import torch.nn as nn


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.conv = nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, x):
        y = x - self.mean
        grid = torch.zeros(1, 3, x.size(2), x.size(3), device=x.device)
        return x + self.conv(y + grid)
