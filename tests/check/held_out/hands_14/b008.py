# residua-test: right target=ImpalaCNN
import torch
import torch.nn as nn


class ImpalaResidual(nn.Module):
    def __init__(self, depth):
        super().__init__()
        self.conv0 = nn.Conv2d(depth, depth, 3, padding=1)
        self.conv1 = nn.Conv2d(depth, depth, 3, padding=1)

    def forward(self, x):
        inputs = x
        x = torch.relu(x)
        x = self.conv0(x)
        x = torch.relu(x)
        x = self.conv1(x)
        return x + inputs


class ImpalaSequence(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, 3, padding=1)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        self.res0 = ImpalaResidual(cout)
        self.res1 = ImpalaResidual(cout)

    def forward(self, x):
        return self.res1(self.res0(self.pool(self.conv(x))))


class ImpalaCNN(nn.Module):
    """procgen encoder; only 64 x 64 frames, three halvings -> 8 x 8"""

    def __init__(self, in_channels=3, depths=(16, 32, 32), out=256, n_actions=15):
        super().__init__()
        seqs = []
        for d in depths:
            seqs.append(ImpalaSequence(in_channels, d))
            in_channels = d
        self.seqs = nn.Sequential(*seqs)
        self.fc = nn.Linear(depths[-1] * 8 * 8, out)
        self.actor = nn.Linear(out, n_actions)
        self.critic = nn.Linear(out, 1)
        nn.init.orthogonal_(self.actor.weight, gain=0.01)
        nn.init.orthogonal_(self.critic.weight, gain=1)

    def forward(self, obs):
        x = self.seqs(obs)
        x = torch.relu(x).flatten(1)
        x = torch.relu(self.fc(x))
        return self.actor(x), self.critic(x).squeeze(-1)
