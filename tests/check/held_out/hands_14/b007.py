# residua-test: wrong target=RepresentationNet
# What is wrong: The block overwrites x with its own branch and then adds x to itself, so the input of the block is never added.
import torch
import torch.nn


class ResidualBlock(torch.nn.Module):
    def __init__(self, num_channels):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(num_channels, num_channels, 3, padding=1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(num_channels)
        self.conv2 = torch.nn.Conv2d(num_channels, num_channels, 3, padding=1, bias=False)
        self.bn2 = torch.nn.BatchNorm2d(num_channels)

    def forward(self, x):
        x = torch.nn.functional.relu(self.bn1(self.conv1(x)))
        x = self.bn2(self.conv2(x))
        x = x + x  # expect: R104
        return torch.nn.functional.relu(x)  # found: R151


class RepresentationNet(torch.nn.Module):
    """Board planes -> hidden state, scaled to [0, 1] for the dynamics network (connect 4: 3 x 6 x 7)."""

    def __init__(self, planes=3, num_channels=32, num_blocks=3):
        super().__init__()
        self.conv = torch.nn.Conv2d(planes, num_channels, 3, padding=1, bias=False)
        self.bn = torch.nn.BatchNorm2d(num_channels)
        self.resblocks = torch.nn.ModuleList([ResidualBlock(num_channels) for _ in range(num_blocks)])

    def forward(self, obs):
        s = torch.nn.functional.relu(self.bn(self.conv(obs)))
        for block in self.resblocks:
            s = block(s)

        flat = s.flatten(1)
        lo = flat.min(1, keepdim=True)[0]
        hi = flat.max(1, keepdim=True)[0]
        flat = (flat - lo) / (hi - lo).clamp(min=1e-5)
        return flat.view_as(s)
