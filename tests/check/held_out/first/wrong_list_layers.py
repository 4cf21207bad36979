# residua-test: wrong target=WrongListLayers
from torch import nn
from torch.nn import functional as F


class WrongListLayers(nn.Module):
    def __init__(self, c, depth=2):
        super().__init__()
        self.layers = [nn.Conv2d(c, c, 3, padding=1) for _ in range(depth)]  # expect: R125

    def forward(self, x):
        y = x
        for layer in self.layers:
            y = F.relu(layer(y))
        return x + y
