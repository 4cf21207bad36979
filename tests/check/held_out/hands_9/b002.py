# residua-test: wrong target=FineTuneResNet
# What is wrong: The freezing loop runs over self.parameters() after the new head was made, so the head is frozen too and nothing in the network can learn
import torch
import torch.nn as nn
import torch.nn.functional as F


class BasicBlock(nn.Module):
    def __init__(self, inp, out, stride=1):
        super(BasicBlock, self).__init__()
        self.conv1 = nn.Conv2d(inp, out, kernel_size=3, stride=stride, padding=1, bias=False)
        self.gn1 = nn.GroupNorm(32, out)
        self.conv2 = nn.Conv2d(out, out, kernel_size=3, padding=1, bias=False)
        self.gn2 = nn.GroupNorm(32, out)
        if stride != 1 or inp != out:
            self.downsample = nn.Sequential(nn.Conv2d(inp, out, 1, stride, bias=False), nn.GroupNorm(32, out))
        else:
            self.downsample = None

    def forward(self, x):
        res = x if self.downsample is None else self.downsample(x)
        x = F.relu(self.gn1(self.conv1(x)))
        x = self.gn2(self.conv2(x))
        return F.relu(x + res)


class FineTuneResNet(nn.Module):
    """
    Feature extraction with a (pretrained, group norm) resnet: the convolutional part is fixed,
    only the last layer is trained.
    """

    def __init__(self, n_classes=2, checkpoint=None):
        super(FineTuneResNet, self).__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.gn1 = nn.GroupNorm(32, 64)
        self.layer1 = nn.Sequential(BasicBlock(64, 64), BasicBlock(64, 64))
        self.layer2 = nn.Sequential(BasicBlock(64, 128, 2), BasicBlock(128, 128))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(128, 1000)

        if checkpoint is not None:
            self.load_state_dict(torch.load(checkpoint, map_location='cpu'))

        self.fc = nn.Linear(128, n_classes)  # expect
        for param in self.parameters():
            param.requires_grad = False  # expect: R216

    def forward(self, x):
        x = F.relu(self.gn1(self.conv1(x)))
        x = F.max_pool2d(x, 3, stride=2, padding=1)
        x = self.layer2(self.layer1(x))
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.fc(x)
