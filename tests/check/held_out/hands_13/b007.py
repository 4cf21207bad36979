# residua-test: wrong target=DualNet
# What is wrong: ReLU is applied to the residual branch before the sum and not after it: the branch can only add, the trunk only grows.
import torch
from torch import nn


class ResidualBlock(nn.Module):
    def __init__(self, channels: int, momentum: float = 0.01):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels, eps=2e-5, momentum=momentum)
        self.bn2 = nn.BatchNorm2d(channels, eps=2e-5, momentum=momentum)
        self.relu = nn.ReLU()

    def forward(self, input_plane: torch.Tensor) -> torch.Tensor:
        hidden_1 = self.relu(self.bn1(self.conv1(input_plane)))
        hidden_2 = self.relu(self.bn2(self.conv2(hidden_1)))  # expect: R106

        return input_plane + hidden_2


class DualNet(nn.Module):
    """Policy + value network for 9x9 Go. Post-activation ResNet as in AlphaGo Zero."""

    def __init__(self, board_size: int = 9, planes: int = 6, filters: int = 32, blocks: int = 4):
        super().__init__()
        self.conv_layer = nn.Conv2d(planes, filters, kernel_size=3, padding=1, bias=False)
        self.bn_layer = nn.BatchNorm2d(filters, eps=2e-5, momentum=0.01)
        self.relu = nn.ReLU()
        self.blocks = nn.Sequential(*[ResidualBlock(filters) for _ in range(blocks)])

        points = board_size ** 2
        self.policy_conv = nn.Sequential(nn.Conv2d(filters, 2, 1, bias=False), nn.BatchNorm2d(2), nn.ReLU())
        self.policy_fc = nn.Linear(2 * points, points + 1)
        self.value_conv = nn.Sequential(nn.Conv2d(filters, 1, 1, bias=False), nn.BatchNorm2d(1), nn.ReLU())
        self.value_fc = nn.Linear(points, 3)

    def forward(self, input_plane: torch.Tensor):
        h = self.blocks(self.relu(self.bn_layer(self.conv_layer(input_plane))))
        policy = self.policy_fc(self.policy_conv(h).flatten(1))
        value = self.value_fc(self.value_conv(h).flatten(1))
        return policy, value
