# residua-test: right target=CycleGANBatch style='linear-output basic'
import torch.nn as nn


class CycleGANBatch(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.block = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(dim, dim, 3, bias=False), nn.BatchNorm2d(dim), nn.ReLU(True),
                                   nn.Dropout(0.5), nn.ReflectionPad2d(1), nn.Conv2d(dim, dim, 3, bias=False), nn.BatchNorm2d(dim))

    def forward(self, x):
        out = x + self.block(x)
        return out
