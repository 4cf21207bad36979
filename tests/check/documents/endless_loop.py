from torch import nn


class ResBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()

    def forward(self, x):
        while True:
            pass
