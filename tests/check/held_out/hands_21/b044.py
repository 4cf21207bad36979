# residua-test: right target=ImpalaCNN
# Why it is right: The IMPALA network of RL: pre-activation units without norm, and a final ReLU before the flattening.
import torch
import torch.nn as nn


class ResidualUnit(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv0 = nn.Conv2d(c, c, 3, padding=1)
        self.conv1 = nn.Conv2d(c, c, 3, padding=1)

    def forward(self, x):
        y = self.conv0(nn.functional.relu(x))
        y = self.conv1(nn.functional.relu(y))
        return y + x


class ConvSequence(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, 3, padding=1)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        self.res0 = ResidualUnit(cout)
        self.res1 = ResidualUnit(cout)

    def forward(self, x):
        return self.res1(self.res0(self.pool(self.conv(x))))


class ImpalaCNN(nn.Module):
    """Procgen agent: uint8-range frames (batch, 3, 64, 64) -> policy logits and value."""

    def __init__(self, num_actions=15, depths=(16, 32, 32)):
        super().__init__()
        seqs, cin = [], 3
        for d in depths:
            seqs.append(ConvSequence(cin, d))
            cin = d
        self.convs = nn.Sequential(*seqs)
        self.hidden = nn.Linear(cin * 8 * 8, 256)
        self.logits = nn.Linear(256, num_actions)
        self.value = nn.Linear(256, 1)

    def forward(self, obs):
        x = self.convs(obs.float() / 255.0)
        x = torch.relu(torch.flatten(x, start_dim=1))
        x = torch.relu(self.hidden(x))
        return self.logits(x), self.value(x).squeeze(-1)
