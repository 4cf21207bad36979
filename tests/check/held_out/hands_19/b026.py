# residua-test: right target=BottleneckD args='inplanes=64, planes=32, stride=2'
# Why it is right: ResNet-D: the stride sits on the 3x3 convolution and the skip average-pools before a stride-1 projection.
from torch import nn


class BottleneckD(nn.Module):
    expansion = 4

    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        outplanes = planes * self.expansion
        self.main = nn.Sequential(
            nn.Conv2d(inplanes, planes, 1, bias=False),
            nn.BatchNorm2d(planes),
            nn.ReLU(inplace=True),
            nn.Conv2d(planes, planes, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(planes),
            nn.ReLU(inplace=True),
            nn.Conv2d(planes, outplanes, 1, bias=False),
            nn.BatchNorm2d(outplanes),
        )
        nn.init.zeros_(self.main[-1].weight)
        skip = []
        if stride != 1:
            skip.append(nn.AvgPool2d(stride, stride, ceil_mode=True, count_include_pad=False))
        if inplanes != outplanes:
            skip += [nn.Conv2d(inplanes, outplanes, 1, bias=False), nn.BatchNorm2d(outplanes)]
        self.skip = nn.Sequential(*skip)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.relu(self.main(x) + self.skip(x))
