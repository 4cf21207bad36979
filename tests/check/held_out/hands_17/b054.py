# residua-test: wrong target=VoiceNet
# What is wrong: a module constant gives every batch norm momentum 0.9: the running statistics nearly forget all but the last batch
import torch
import torch.nn as nn

BN_DECAY = 0.9


def conv_bn(cin, cout, width):
    return nn.Sequential(
        nn.Conv1d(cin, cout, width, padding=width // 2, bias=False),
        nn.BatchNorm1d(cout, momentum=BN_DECAY),  # expect: R180
    )


class VoiceUnit(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.up = conv_bn(dim, 2 * dim, 5)
        self.down = conv_bn(2 * dim, dim, 5)

    def forward(self, x):
        return x + self.down(torch.relu(self.up(x)))


class VoiceNet(nn.Module):
    """Mel frames (batch, mels, frames) to linear frames."""

    def __init__(self, mels=20, dim=32, bins=65, depth=2):
        super().__init__()
        self.pre = conv_bn(mels, dim, 3)
        self.units = nn.Sequential(*[VoiceUnit(dim) for _ in range(depth)])
        self.post = nn.Conv1d(dim, bins, 1)

    def forward(self, mel):
        return self.post(self.units(torch.relu(self.pre(mel))))
