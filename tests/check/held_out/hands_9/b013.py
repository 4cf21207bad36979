# residua-test: wrong target=FilterPruner
# What is wrong: The re-implemented forward runs the children of each residual block one after the other and so loses the block's shortcut sum: the result is not the wrapped network's
import torch
import torch.nn as nn


class Unit(nn.Module):
    def __init__(self, c):
        super(Unit, self).__init__()
        self.conv1 = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(c)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(c, c, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(c)

    def forward(self, x):
        out = self.conv2(self.relu1(self.bn1(self.conv1(x))))
        return torch.relu(self.bn2(out) + x)


class ResNetBase(nn.Module):
    def __init__(self, num_classes=10):
        super(ResNetBase, self).__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU())
        self.layer1 = nn.Sequential(Unit(32), Unit(32))
        self.down = nn.Conv2d(32, 64, 2, stride=2)
        self.layer2 = nn.Sequential(Unit(64), Unit(64))
        self.fc = nn.Linear(64, num_classes)

    def forward(self, x):
        x = self.layer1(self.stem(x))
        x = self.layer2(self.down(x))
        return self.fc(x.mean(dim=[2, 3]))


class FilterPruner(nn.Module):
    """Runs the wrapped resnet and keeps the activation of every conv, for ranking the filters."""

    def __init__(self, num_classes=10):
        super(FilterPruner, self).__init__()
        self.model = ResNetBase(num_classes)
        self.activations = []

    def forward(self, x):
        self.activations = []
        x = self.model.stem(x)
        for layer in (self.model.layer1, self.model.down, self.model.layer2):
            if isinstance(layer, nn.Conv2d):
                x = layer(x)
                self.activations.append(x)
                continue
            for block in layer:
                for name, module in block.named_children():  # expect: R225
                    x = module(x)
                    if isinstance(module, nn.Conv2d):
                        self.activations.append(x)
                x = torch.relu(x)
        return self.model.fc(x.mean(dim=[2, 3]))
