# residua-test: right target=ImpalaCNN
# Why it is right: the IMPALA network of RL papers: pre-activation residual blocks without norm, one ReLU before the flattening.
import torch
import torch.nn as nn


class ResidualBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv0 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        inputs = x
        x = nn.functional.relu(x)
        x = self.conv0(x)
        x = nn.functional.relu(x)
        x = self.conv1(x)
        return x + inputs


class ConvSequence(nn.Sequential):
    def __init__(self, cin, cout):
        super().__init__(
            nn.Conv2d(cin, cout, 3, padding=1),
            nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
            ResidualBlock(cout),
            ResidualBlock(cout))


class ImpalaCNN(nn.Module):
    def __init__(self, in_channels=4, depths=(16, 32, 32), n_actions=15, size=64):
        super().__init__()
        chans = (in_channels,) + tuple(depths)
        self.convs = nn.Sequential(*[ConvSequence(a, b) for a, b in zip(chans, chans[1:])])
        side = size
        for _ in depths:
            side = (side + 1) // 2
        self.fc = nn.Linear(depths[-1] * side * side, 256)
        self.pi = nn.Linear(256, n_actions)
        self.v = nn.Linear(256, 1)

    def forward(self, obs):
        x = self.convs(obs / 255.0)
        x = torch.flatten(torch.relu(x), start_dim=1)
        x = torch.relu(self.fc(x))
        return self.pi(x), self.v(x).squeeze(-1)
