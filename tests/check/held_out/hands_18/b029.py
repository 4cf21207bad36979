# residua-test: wrong target=ResidualBlock
# What is wrong: The block adds the branch output to itself (x += x); the input is overwritten and never reaches the sum, so there is no skip.
import torch


def conv3x3(in_channels, out_channels, stride=1):
    return torch.nn.Conv2d(
        in_channels, out_channels, kernel_size=3, stride=stride, padding=1, bias=False
    )


# Residual block of the representation / dynamics tower (board games)
class ResidualBlock(torch.nn.Module):
    def __init__(self, num_channels=16, stride=1):
        super().__init__()
        self.conv1 = conv3x3(num_channels, num_channels, stride)
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
        x = torch.nn.functional.relu(x)
        return x
