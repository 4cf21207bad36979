# residua-test: right target=FixupResNet
import torch
import torch.nn as nn


class FixupBlock(nn.Module):
    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        self.bias1a = nn.Parameter(torch.zeros(1))
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, 1, bias=False)
        self.bias1b = nn.Parameter(torch.zeros(1))
        self.relu = nn.ReLU(inplace=True)
        self.bias2a = nn.Parameter(torch.zeros(1))
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.scale = nn.Parameter(torch.ones(1))
        self.bias2b = nn.Parameter(torch.zeros(1))
        self.downsample = nn.AvgPool2d(1, stride=stride) if stride != 1 else None

    def forward(self, x):
        identity = x
        out = self.conv1(x + self.bias1a)
        out = self.relu(out + self.bias1b)
        out = self.conv2(out + self.bias2a)
        out = out * self.scale + self.bias2b
        if self.downsample is not None:
            identity = self.downsample(x + self.bias1a)
            identity = torch.cat((identity, torch.zeros_like(identity)), 1)
        out += identity
        return self.relu(out)


class FixupResNet(nn.Module):
    def __init__(self, layers=(2, 2, 2), num_classes=10):
        super().__init__()
        self.num_layers = sum(layers)
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bias1 = nn.Parameter(torch.zeros(1))
        mods, c = [], 16
        for i, n in enumerate(layers):
            w = 16 * 2 ** i
            for j in range(n):
                mods.append(FixupBlock(c, w, 2 if w != c else 1))
                c = w
        self.layers = nn.Sequential(*mods)
        self.bias2 = nn.Parameter(torch.zeros(1))
        self.fc = nn.Linear(c, num_classes)
        for m in self.modules():
            if isinstance(m, FixupBlock):
                w = m.conv1.weight
                std = (2 / (w.shape[0] * w[0, 0].numel())) ** 0.5 * self.num_layers ** -0.5
                nn.init.normal_(w, mean=0, std=std)
                nn.init.constant_(m.conv2.weight, 0)
        nn.init.constant_(self.fc.weight, 0)
        nn.init.constant_(self.fc.bias, 0)

    def forward(self, x):
        x = torch.relu(self.conv1(x) + self.bias1)
        x = self.layers(x)
        x = x.mean(dim=(2, 3))
        return self.fc(x + self.bias2)
