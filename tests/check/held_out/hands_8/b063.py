# residua-test: wrong target=BoardTower
# What is wrong: the block adds the branch to itself (x += x) because x was overwritten and the input never kept: no skip at all
import torch


def conv3x3(in_channels, out_channels, stride=1):
    return torch.nn.Conv2d(
        in_channels, out_channels, kernel_size=3, stride=stride, padding=1, bias=False
    )


# Residual block of the tower
class ResBlock(torch.nn.Module):
    def __init__(self, num_channels):
        super().__init__()
        self.conv1 = conv3x3(num_channels, num_channels)
        self.bn1 = torch.nn.BatchNorm2d(num_channels)
        self.conv2 = conv3x3(num_channels, num_channels)
        self.bn2 = torch.nn.BatchNorm2d(num_channels)

    def forward(self, x):
        x = self.conv1(x)
        x = self.bn1(x)
        x = torch.nn.functional.relu(x)
        x = self.conv2(x)
        x = self.bn2(x)
        x = x + x  # expect
        x = torch.nn.functional.relu(x)
        return x


class BoardTower(torch.nn.Module):
    """AlphaZero style net for a 6x7 board (connect 4): policy logits and value."""

    def __init__(self, planes=3, num_channels=32, num_blocks=3, rows=6, cols=7, action_space=7):
        super().__init__()
        self.conv = conv3x3(planes, num_channels)
        self.bn = torch.nn.BatchNorm2d(num_channels)
        self.resblocks = torch.nn.ModuleList([ResBlock(num_channels) for _ in range(num_blocks)])

        self.conv1x1_value = torch.nn.Conv2d(num_channels, 2, 1)
        self.conv1x1_policy = torch.nn.Conv2d(num_channels, 4, 1)
        self.fc_value = torch.nn.Sequential(
            torch.nn.Linear(2 * rows * cols, 32), torch.nn.ELU(), torch.nn.Linear(32, 1)
        )
        self.fc_policy = torch.nn.Linear(4 * rows * cols, action_space)

    def forward(self, x):
        x = torch.nn.functional.relu(self.bn(self.conv(x)))
        for block in self.resblocks:
            x = block(x)
        value = self.conv1x1_value(x).flatten(1)
        policy = self.conv1x1_policy(x).flatten(1)
        return self.fc_policy(policy), torch.tanh(self.fc_value(value))
