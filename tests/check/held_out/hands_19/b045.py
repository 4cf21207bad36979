# residua-test: wrong target=DeepLabNet
# What is wrong: `return out` stands inside the loop of the head, so only the first two of the four dilated classifiers are summed.
# DeepLab-v2 like, small backbone for the semi-supervised experiments
import torch.nn as nn
import torch.nn.functional as F


class DilatedBlock(nn.Module):
    def __init__(self, inplanes, planes, stride=1, dilation=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride, padding=dilation, dilation=dilation, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, padding=dilation, dilation=dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.down = None
        if stride != 1 or inplanes != planes:
            self.down = nn.Sequential(nn.Conv2d(inplanes, planes, 1, stride, bias=False), nn.BatchNorm2d(planes))

    def forward(self, x):
        idt = x if self.down is None else self.down(x)
        out = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(out)) + idt)


class Classifier_Module(nn.Module):
    def __init__(self, inplanes, rates, num_classes):
        super().__init__()
        self.conv2d_list = nn.ModuleList()
        for r in rates:
            self.conv2d_list.append(nn.Conv2d(inplanes, num_classes, 3, padding=r, dilation=r))
        for m in self.conv2d_list:
            m.weight.data.normal_(0, 0.01)

    def forward(self, x):
        out = self.conv2d_list[0](x)
        for i in range(len(self.conv2d_list) - 1):
            out = out + self.conv2d_list[i + 1](x)
            return out  # expect: R126


class DeepLabNet(nn.Module):
    def __init__(self, num_classes=21):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU())
        self.layer1 = DilatedBlock(32, 64, stride=2)
        self.layer2 = DilatedBlock(64, 64, dilation=2)
        self.layer3 = DilatedBlock(64, 64, dilation=4)
        self.head = Classifier_Module(64, [6, 12, 18, 24], num_classes)

    def forward(self, x):
        y = self.layer3(self.layer2(self.layer1(self.stem(x))))
        return F.interpolate(self.head(y), size=x.shape[2:], mode='bilinear', align_corners=True)
