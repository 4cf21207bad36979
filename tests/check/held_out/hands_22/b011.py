# residua-test: wrong target=ImpalaCNN
# What is wrong: The sequence applies the first residual block twice; res_block1 is created but never trained.
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResBlock(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.conv0 = nn.Conv2d(ch, ch, 3, padding=1)
        self.conv1 = nn.Conv2d(ch, ch, 3, padding=1)

    def forward(self, x):
        out = self.conv0(F.relu(x))
        out = self.conv1(F.relu(out))
        return x + out


class ConvSequence(nn.Module):
    def __init__(self, in_ch, out_ch):
        super().__init__()
        self.conv = nn.Conv2d(in_ch, out_ch, 3, padding=1)
        self.res_block0 = ResBlock(out_ch)
        self.res_block1 = ResBlock(out_ch)

    def forward(self, x):
        x = self.conv(x)
        x = F.max_pool2d(x, kernel_size=3, stride=2, padding=1)
        x = self.res_block0(x)
        x = self.res_block0(x)  # expect: R121
        return x


class ImpalaCNN(nn.Module):
    """Actor-critic network for procgen / atari frames, obs: (B, 4, 64, 64) in 0..255."""

    def __init__(self, in_channels=4, channels=(16, 32, 32), num_actions=15):
        super().__init__()
        chans = [in_channels, *channels]
        self.seqs = nn.ModuleList(ConvSequence(a, b) for a, b in zip(chans[:-1], chans[1:]))
        self.fc = nn.Linear(channels[-1] * 8 * 8, 256)
        self.pi = nn.Linear(256, num_actions)
        self.v = nn.Linear(256, 1)

    def forward(self, obs):
        x = obs / 255.0
        for seq in self.seqs:
            x = seq(x)
        x = F.relu(self.fc(F.relu(x.flatten(1))))
        return self.pi(x), self.v(x).squeeze(-1)
