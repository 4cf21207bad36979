# residua-test: right target=AgentNet
from functools import reduce
import torch
from torch import nn


class Unit(nn.Module):
    def __init__(self, c, gain):
        super().__init__()
        self.f = nn.Sequential(nn.ReLU(), nn.Conv2d(c, c, 3, padding=1), nn.ReLU(True), nn.Conv2d(c, c, 3, padding=1))
        with torch.no_grad():
            self.f[-1].weight.mul_(gain)
            self.f[-1].bias.zero_()

    def forward(self, x):
        return x + self.f(x)


def sequence(cin, cout, units):
    return nn.Sequential(nn.Conv2d(cin, cout, 3, padding=1), nn.MaxPool2d(3, 2, 1), *[Unit(cout, units ** -0.5) for _ in range(units)])


class AgentNet(nn.Module):
    def __init__(self, frame=(64, 64, 3), depths=(16, 32, 32), hidden=128, actions=15):
        super().__init__()
        h, w, c = frame
        chain = [c, *depths]
        self.torso = nn.ModuleList(sequence(i, o, 2) for i, o in zip(chain, chain[1:]))
        half = lambda n: (n + 1) // 2
        h, w = (reduce(lambda n, _: half(n), depths, n) for n in (h, w))
        self.flat = nn.Sequential(nn.ReLU(True), nn.Flatten(), nn.Linear(h * w * chain[-1], hidden), nn.ReLU(True))
        self.policy, self.value = nn.Linear(hidden, actions), nn.Linear(hidden, 1)
        nn.init.orthogonal_(self.policy.weight, 0.01)
        nn.init.orthogonal_(self.value.weight, 1.0)

    def forward(self, obs):
        # obs as the environment gives it: (B, H, W, C), 0..255
        x = obs.permute(0, 3, 1, 2).float().div(255)
        for s in self.torso:
            x = s(x)
        x = self.flat(x)
        return self.policy(x), self.value(x)[:, 0]
