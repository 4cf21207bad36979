# residua-test: wrong target=ProjectionBlock
# What is wrong: the projection shortcut is computed under no_grad, it is never trained and cuts the skip gradient
import torch
import torch.nn as nn


class ProjectionBlock(nn.Module):

    def __init__(self, in_channels, out_channels, stride=2):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False),
            nn.BatchNorm2d(out_channels),
        )
        self.project = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
            nn.BatchNorm2d(out_channels),
        )
        self.out_act = nn.ReLU(inplace=True)

    def forward(self, x):
        with torch.no_grad():  # expect
            identity = self.project(x)  # expect: R127
        return self.out_act(self.main(x) + identity)  # expect
