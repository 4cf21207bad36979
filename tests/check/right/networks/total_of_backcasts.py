# residua-test: right target=NBeats
import torch
import torch.nn as nn


class Stack(nn.Module):
    def __init__(self, length, horizon, hidden):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(length, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU())
        self.back = nn.Linear(hidden, length)
        self.front = nn.Linear(hidden, horizon)

    def forward(self, x):
        h = self.body(x)
        return self.back(h), self.front(h)


class NBeats(nn.Module):
    """N-BEATS; what is left is the input less all backcasts so far."""

    def __init__(self, length=48, horizon=12, hidden=32, stacks=3):
        super().__init__()
        self.horizon = horizon
        self.stacks = nn.ModuleList([Stack(length, horizon, hidden) for _ in range(stacks)])

    def forward(self, x):
        backcast, forecast = self.stacks[0](x)
        total = backcast
        for stack in self.stacks[1:]:
            backcast, more = stack(x - total)
            total = total + backcast
            forecast = forecast + more
        return forecast
