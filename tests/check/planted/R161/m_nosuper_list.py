# residua-test: wrong target=Net
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, num_classes=10):  # expect: R161
        self.width = 16

    def forward(self, x):
        return x * self.width
