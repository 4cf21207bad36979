# residua-test: wrong target=SmallNet right=networks/list_from_the_second slow
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.f = nn.Sequential(
            nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(),
            nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout),
        )
        self.s = nn.Identity()
        if stride > 1 or cin != cout:
            self.s = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        return torch.relu(self.f(x) + self.s(x))


def make_stage(block, cin, cout, num_blocks, stride):
    layers = []
    layers.append(block(cin, cout, stride))
    layers += [block(cout, cout) for _ in range(num_blocks)]  # expect: R227
    return nn.Sequential(*layers)


class SmallNet(nn.Module):
    def __init__(self, num_blocks=[2, 2, 2, 2], num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.layer1 = make_stage(Block, 16, 16, num_blocks[0], 1)
        self.layer2 = make_stage(Block, 16, 32, num_blocks[1], 2)
        self.layer3 = make_stage(Block, 32, 64, num_blocks[2], 2)
        self.layer4 = make_stage(Block, 64, 128, num_blocks[3], 2)
        self.fc = nn.Linear(128, num_classes)

    def forward(self, x):
        x = self.layer4(self.layer3(self.layer2(self.layer1(self.stem(x)))))
        return self.fc(x.mean((2, 3)))
