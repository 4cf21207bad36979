# residua-test: wrong target=resnet_cifar
# What is wrong: n is always (depth-2)/6, also for the bottleneck with its 9n+2 layers, so a depth-164 bottleneck network gets 245 layers
import torch
import torch.nn as nn

norm = nn.BatchNorm2d


def c3(i, o, s=1):
    return nn.Conv2d(i, o, 3, s, 1, bias=False)


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, i, p, s=1, down=None):
        super().__init__()
        self.f = nn.Sequential(c3(i, p, s), norm(p), nn.ReLU(True), c3(p, p), norm(p))
        self.down = down

    def forward(self, x):
        r = x if self.down is None else self.down(x)
        return torch.relu(self.f(x) + r)


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, i, p, s=1, down=None):
        super().__init__()
        self.f = nn.Sequential(
            nn.Conv2d(i, p, 1, bias=False), norm(p), nn.ReLU(True),
            c3(p, p, s), norm(p), nn.ReLU(True),
            nn.Conv2d(p, p * 4, 1, bias=False), norm(p * 4))
        self.down = down

    def forward(self, x):
        r = x if self.down is None else self.down(x)
        return torch.relu(self.f(x) + r)


class resnet_cifar(nn.Module):
    """
    depth: total number of weighted layers, e.g. 20/56/110 with block_name='basicblock'
           and 29/56/164 with block_name='bottleneck'
    """

    def __init__(self, depth=20, num_classes=10, block_name='basicblock'):
        super().__init__()
        block = {'basicblock': BasicBlock, 'bottleneck': Bottleneck}[block_name.lower()]
        n = (depth - 2) // 6  # expect: R140
        self.inplanes = 16
        self.conv1 = c3(3, 16)
        self.bn1 = norm(16)
        self.layer1 = self._make_layer(block, 16, n)
        self.layer2 = self._make_layer(block, 32, n, 2)
        self.layer3 = self._make_layer(block, 64, n, 2)
        self.fc = nn.Linear(64 * block.expansion, num_classes)

    def _make_layer(self, block, planes, blocks, stride=1):
        out = planes * block.expansion
        down = None
        if stride != 1 or self.inplanes != out:
            down = nn.Sequential(nn.Conv2d(self.inplanes, out, 1, stride, bias=False), norm(out))
        layers = [block(self.inplanes, planes, stride, down)]
        self.inplanes = out
        layers += [block(out, planes) for _ in range(1, blocks)]
        return nn.Sequential(*layers)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(x.mean([2, 3]))
