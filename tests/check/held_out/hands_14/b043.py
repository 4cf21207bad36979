# residua-test: wrong target=DeblurNet
# What is wrong: The norm is a default argument, created once when the class is defined, so all blocks (and all nets) share one BatchNorm with its weights and running statistics.
import torch
import torch.nn as nn
import torch.nn.functional as F

NF = 32


class RB(nn.Module):
    def __init__(self, nf=NF, norm=nn.BatchNorm2d(NF)):  # expect: R196
        super(RB, self).__init__()
        self.conv1 = nn.Conv2d(nf, nf, 3, 1, 1, bias=False)
        self.norm = norm
        self.conv2 = nn.Conv2d(nf, nf, 3, 1, 1)

    def forward(self, x):
        y = self.conv1(x)
        y = F.relu(self.norm(y))
        y = self.conv2(y)
        return x + y


class DeblurNet(nn.Module):
    """blurry image in, sharp image out. Net predicts the difference."""

    def __init__(self, n_blocks=6):
        super(DeblurNet, self).__init__()
        self.head = nn.Conv2d(3, NF, 5, 1, 2)
        self.body = nn.Sequential(*[RB() for _ in range(n_blocks)])
        self.tail = nn.Conv2d(NF, 3, 5, 1, 2)

    def forward(self, x):
        h = self.head(x)
        h = h + self.body(h)
        return x + self.tail(h)
