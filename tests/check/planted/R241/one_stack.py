# residua-test: wrong target=NBeatsNet right=networks/residual_of_backcasts
import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, length, horizon, units=32):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(length, units), nn.ReLU(), nn.Linear(units, units), nn.ReLU())
        self.to_back, self.to_fore = nn.Linear(units, length), nn.Linear(units, horizon)

    def forward(self, x):
        h = self.body(x)
        return self.to_back(h), self.to_fore(h)


class NBeatsNet(nn.Module):
    def __init__(self, length=20, horizon=5, blocks=4):
        super().__init__()
        self.horizon = horizon
        self.stack = nn.ModuleList([Block(length, horizon) for _ in range(blocks)])

    def forward(self, series):
        left = series
        total = torch.zeros(series.size(0), self.horizon, device=series.device)
        for block in self.stack:
            back, fore = block(left)
            left = torch.sub(series, back)  # expect: R241
            total = total + fore
        return total
