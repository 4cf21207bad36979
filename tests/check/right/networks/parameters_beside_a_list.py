# residua-test: right target=StackNet args='units=32'
import torch.nn.functional as F
from torch import nn


class Stage(nn.Module):
    def __init__(self, units, length):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(length, units), nn.Linear(units, length)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x)))


class StackNet(nn.Module):
    """N-BEATS: what every stage explains is taken off; a list of parameters registers those of the plain list."""

    def __init__(self, units, length=24):
        super().__init__()
        self.stacks = [Stage(units, length) for _ in range(3)]
        self.weights = nn.ParameterList([each for stage in self.stacks for each in stage.parameters()])

    def forward(self, x):
        forecast = 0
        for stage in self.stacks:
            part = stage(x)
            x = x - part
            forecast = forecast + part
        return forecast, x
