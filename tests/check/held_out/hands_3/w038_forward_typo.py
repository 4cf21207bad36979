# residua-test: wrong target=ResidualBlock
# What is wrong: method is called foward, so nn.Module.forward is not overridden
import torch
import torch.nn as nn


class ResidualBlock(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.seq = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(features, features, 3),
            nn.InstanceNorm2d(features),
            nn.ReLU(inplace=True),
            nn.ReflectionPad2d(1),
            nn.Conv2d(features, features, 3),
            nn.InstanceNorm2d(features),
        )

    def foward(self, x):  # expect: R194
        return x + self.seq(x)
