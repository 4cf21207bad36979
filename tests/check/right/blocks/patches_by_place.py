# residua-test: right target=Patches
from torch import nn


class Patches(nn.Module):
    """The arguments are lengths and no channels: only their places in the constructor say so."""

    def __init__(self, span, patch, stride):
        super().__init__()
        count = (max(span, patch) - patch) // stride + 1
        self.begin, self.patch, self.stride = span - patch - stride * (count - 1), patch, stride

    def forward(self, x):
        return x[:, self.begin :].unfold(1, self.patch, self.stride)
