# residua-test: right target=Net
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, dim, act=nn.ReLU(inplace=True)):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(dim, dim, 3, padding=1, bias=False), nn.BatchNorm2d(dim), act,
                                  nn.Conv2d(dim, dim, 3, padding=1, bias=False), nn.BatchNorm2d(dim))
        self.act = act

    def forward(self, x):
        return self.act(x + self.body(x))


class Net(nn.Module):
    def __init__(self, num_classes=10, dim=16):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, dim, 3, padding=1, bias=False), nn.BatchNorm2d(dim), nn.ReLU())
        self.blocks = nn.Sequential(Block(dim), Block(dim), Block(dim))
        self.out = nn.Linear(dim, num_classes)

    def forward(self, x):
        return self.out(self.blocks(self.stem(x)).mean((2, 3)))
