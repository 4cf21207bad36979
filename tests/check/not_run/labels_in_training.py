# reason: forward unpacks its input in one mode alone
import torch
from torch import nn


class Detector(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1)
        self.block = nn.Conv2d(16, 16, 3, padding=1)
        self.fc = nn.Conv2d(16, num_classes, 1)

    def forward(self, inputs):
        if self.training:
            images, labels = inputs
        else:
            images = inputs
        x = torch.relu(self.stem(images))
        x = self.fc(x + torch.relu(self.block(x)))
        return (x.mean() - labels.mean()).reshape(1) if self.training else x
