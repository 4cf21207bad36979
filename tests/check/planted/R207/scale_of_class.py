# residua-test: wrong target=ConditionalBlock right=blocks/scale_of_class
import torch
import torch.nn as nn
import torch.nn.functional as F


class ClassNorm(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.table = nn.Embedding(classes, 2 * channels)
        nn.init.ones_(self.table.weight.data[:, :channels])
        nn.init.zeros_(self.table.weight.data[:, channels:])

    def forward(self, x, y):
        shift, scale = self.table(y)[..., None, None].chunk(2, 1)  # expect: R207
        return self.norm(x) * scale + shift


class ConditionalBlock(nn.Module):
    def __init__(self, channels=64, classes=10):
        super().__init__()
        self.norm1, self.norm2 = ClassNorm(channels, classes), ClassNorm(channels, classes)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x, y):
        h = self.conv1(F.relu(self.norm1(x, y)))
        return x + self.conv2(F.relu(self.norm2(h, y)))
