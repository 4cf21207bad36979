# residua-test: wrong target=ResNet
# What is wrong: The first block of a stage is already in the list when the loop appends `blocks` more, so every stage has one block too many (ResNet-18 becomes a 26-layer network).
import torch
import torch.nn as nn


class BasicBlock(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout),
            nn.ReLU(inplace=True),
            nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout))
        self.short = nn.Identity()
        if stride != 1 or cin != cout:
            self.short = nn.Sequential(
                nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        return torch.relu(self.main(x) + self.short(x))


class ResNet(nn.Module):
    """ResNet-18 for CIFAR sized images: layout = number of blocks in each stage."""

    def __init__(self, layout=(2, 2, 2, 2), width=16, num_classes=10):
        super().__init__()
        self.cin = width
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, 1, 1, bias=False),
                                  nn.BatchNorm2d(width), nn.ReLU(inplace=True))
        self.stages = nn.Sequential(*[
            self._stage(width * 2 ** i, blocks, 1 if i == 0 else 2)
            for i, blocks in enumerate(layout)])
        self.fc = nn.Linear(self.cin, num_classes)

    def _stage(self, cout, blocks, stride):
        layers = [BasicBlock(self.cin, cout, stride)]
        self.cin = cout
        for _ in range(blocks):  # expect: R227
            layers.append(BasicBlock(cout, cout))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = self.stages(self.stem(x))
        return self.fc(x.mean(dim=(2, 3)))
