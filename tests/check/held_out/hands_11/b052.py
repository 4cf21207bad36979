# residua-test: right target=ImpalaCNN args='obs_shape=(4, 42, 42), num_actions=6'
from typing import Tuple

import torch
import torch.nn as nn


class ResidualBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv0 = nn.Conv2d(in_channels=channels, out_channels=channels, kernel_size=3, padding=1)
        self.conv1 = nn.Conv2d(in_channels=channels, out_channels=channels, kernel_size=3, padding=1)

    def forward(self, x):
        inputs = x
        x = nn.functional.relu(x)
        x = self.conv0(x)
        x = nn.functional.relu(x, inplace=True)
        x = self.conv1(x)
        return x + inputs


class Stage(nn.Module):
    def __init__(self, in_shape, channels):
        super().__init__()
        c, h, w = in_shape
        self.conv = nn.Conv2d(c, channels, kernel_size=3, padding=1)
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.res = nn.Sequential(ResidualBlock(channels), ResidualBlock(channels))
        self.out_shape = (channels, (h + 1) // 2, (w + 1) // 2)

    def forward(self, x):
        x = self.res(self.pool(self.conv(x)))
        assert tuple(x.shape[1:]) == self.out_shape
        return x


def layer_init(layer, std=2 ** 0.5, bias_const=0.0):
    torch.nn.init.orthogonal_(layer.weight, std)
    torch.nn.init.constant_(layer.bias, bias_const)
    return layer


class ImpalaCNN(nn.Module):
    def __init__(self, obs_shape: Tuple[int, int, int], num_actions: int):
        super().__init__()
        shape, mods = obs_shape, []
        for channels in (16, 32, 32):
            mods.append(Stage(shape, channels))
            shape = mods[-1].out_shape
        flat = shape[0] * shape[1] * shape[2]
        mods += [nn.ReLU(), nn.Flatten(), nn.Linear(flat, 256), nn.ReLU()]
        self.network = nn.Sequential(*mods)
        self.actor = layer_init(nn.Linear(256, num_actions), std=0.01)
        self.critic = layer_init(nn.Linear(256, 1), std=1)

    def forward(self, obs):
        hidden = self.network(obs / 255.0)
        return self.actor(hidden), self.critic(hidden)
