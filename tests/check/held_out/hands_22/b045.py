# residua-test: wrong target=DynamicsNetwork
# What is wrong: x was overwritten by the convolutions, so x += x only doubles the branch and there is no skip connection at all.
import torch


def conv3x3(in_channels, out_channels, stride=1):
    return torch.nn.Conv2d(in_channels, out_channels, kernel_size=3, stride=stride, padding=1, bias=False)


class ResidualBlock(torch.nn.Module):
    def __init__(self, num_channels, stride=1):
        super().__init__()
        self.conv1 = conv3x3(num_channels, num_channels, stride)
        self.bn1 = torch.nn.BatchNorm2d(num_channels)
        self.conv2 = conv3x3(num_channels, num_channels)
        self.bn2 = torch.nn.BatchNorm2d(num_channels)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = self.bn2(self.conv2(x))
        x += x  # expect: R104
        return torch.relu(x)  # found: R151


class DynamicsNetwork(torch.nn.Module):
    """MuZero dynamics: hidden state with one action plane appended, (B, 16 + 1, 6, 6)."""

    def __init__(self, num_blocks=2, num_channels=16, support=11):
        super().__init__()
        self.conv = conv3x3(num_channels + 1, num_channels)
        self.bn = torch.nn.BatchNorm2d(num_channels)
        self.resblocks = torch.nn.ModuleList([ResidualBlock(num_channels) for _ in range(num_blocks)])
        self.reward = torch.nn.Linear(num_channels, support)

    def forward(self, x):
        x = torch.relu(self.bn(self.conv(x)))
        for block in self.resblocks:
            x = block(x)
        return x, self.reward(x.mean(dim=(2, 3)))
