# residua-test: wrong target=DriftUnit
# What is wrong: layers are assigned before super().__init__() is called: AttributeError at construction
import torch.nn as nn


class DriftUnit(nn.Module):
    def __init__(self, features, hidden=64):
        self.enter = nn.Linear(features, hidden)  # expect: R161
        self.leave = nn.Linear(hidden, features)
        self.act = nn.Softplus()
        super().__init__()

    def forward(self, state):
        change = self.leave(self.act(self.enter(state)))
        return state + change
