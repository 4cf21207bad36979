# residua-test: wrong target=ResidualBlock
# What is wrong: reflection padding and a padded convolution together: each convolution enlarges the map by 2
import torch.nn as nn


class ResidualBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.block = nn.Sequential(
            nn.ReflectionPad2d(1),  # expect
            nn.Conv2d(dim, dim, 3, padding=1),  # expect: R130
            nn.InstanceNorm2d(dim),
            nn.ReLU(inplace=True),
            nn.ReflectionPad2d(1),  # expect
            nn.Conv2d(dim, dim, 3, padding=1),  # expect
            nn.InstanceNorm2d(dim),
        )

    def forward(self, x):
        return x + self.block(x)  # expect
