# residua-test: wrong target=RepresentationNetwork
# What is wrong: the block overwrites x with the branch and then does x += x, so it doubles the branch instead of adding the block's input.
import torch


def conv3x3(in_channels, out_channels, stride=1):
    return torch.nn.Conv2d(
        in_channels, out_channels, kernel_size=3, stride=stride, padding=1, bias=False
    )


# Residual block
class ResidualBlock(torch.nn.Module):
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
        x += x  # expect: R104
        x = torch.nn.functional.relu(x)  # found: R151
        return x


class RepresentationNetwork(torch.nn.Module):
    """Encodes the (stacked) observation planes of the board into a hidden state."""

    def __init__(self, observation_shape=(3, 16, 16), num_channels=32, num_blocks=4):
        super().__init__()
        self.stem = conv3x3(observation_shape[0], num_channels, stride=2)
        self.bn = torch.nn.BatchNorm2d(num_channels)
        self.resblocks = torch.nn.ModuleList(
            [ResidualBlock(num_channels) for _ in range(num_blocks)]
        )

    def forward(self, observation):
        state = torch.nn.functional.relu(self.bn(self.stem(observation)))
        for block in self.resblocks:
            state = block(state)
        # scale the encoded state to [0, 1] per sample
        flat = state.flatten(1)
        lo = flat.min(1, keepdim=True)[0].view(-1, 1, 1, 1)
        hi = flat.max(1, keepdim=True)[0].view(-1, 1, 1, 1)
        return (state - lo) / (hi - lo + 1e-5)
