# residua-test: right target=FrozenStageResNet
import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.relu = nn.ReLU(inplace=True)
        self.down = None
        if stride != 1 or cin != cout:
            self.down = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        identity = x if self.down is None else self.down(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return self.relu(out + identity)


class FrozenStageResNet(nn.Module):
    """detector backbone, the stem and the first `frozen_stages` stages are never updated"""

    def __init__(self, width=32, frozen_stages=1, out_indices=(1, 2)):
        super().__init__()
        self.frozen_stages = frozen_stages
        self.out_indices = out_indices
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 7, 2, 3, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, 2, 1),
        )
        self.res_layers = []
        cin = width
        for i in range(3):
            cout = width * 2 ** i
            name = 'layer%d' % (i + 1)
            self.add_module(name, nn.Sequential(Block(cin, cout, 1 if i == 0 else 2), Block(cout, cout)))
            self.res_layers.append(name)
            cin = cout
        self._freeze()

    def _frozen(self):
        if self.frozen_stages >= 0:
            yield self.stem
        for name in self.res_layers[:max(self.frozen_stages, 0)]:
            yield getattr(self, name)

    def _freeze(self):
        for m in self._frozen():
            m.eval()
            for p in m.parameters():
                p.requires_grad = False

    def train(self, mode=True):
        super().train(mode)
        self._freeze()
        return self

    def forward(self, x):
        x = self.stem(x)
        outs = []
        for i, name in enumerate(self.res_layers):
            x = getattr(self, name)(x)
            if i in self.out_indices:
                outs.append(x)
        return tuple(outs)
