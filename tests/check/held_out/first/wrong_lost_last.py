# residua-test: wrong target=WrongLostLast
from torch import nn
from torch.nn import functional as F


class WrongLostLast(nn.Module):
    def __init__(self, filters):
        super().__init__()
        self.conv1, self.conv2, self.conv3 = (nn.Conv2d(filters, filters, 3, padding=1) for _ in range(3))

    def forward(self, x):
        y = F.relu(self.conv1(x))
        y = F.relu(self.conv2(y))
        self.conv3(y)  # expect: R155
        return x + y
