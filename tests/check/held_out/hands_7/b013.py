# residua-test: wrong target=CustomRes
# What is wrong: identity is not set again before the second block of layer1, so block 2 adds the input of block 1 and the output of block 1 has no skip.
import torch
import torch.nn as nn


class CustomRes(nn.Module):
    # resnet written out step by step so that I understand every shape
    def __init__(self):
        super(CustomRes, self).__init__()
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.conv1 = nn.Conv2d(3, 32, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(32)
        # layer1
        self.conv2 = nn.Conv2d(32, 32, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(32)
        self.conv3 = nn.Conv2d(32, 32, kernel_size=3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(32)
        self.conv4 = nn.Conv2d(32, 32, kernel_size=3, padding=1, bias=False)
        self.bn4 = nn.BatchNorm2d(32)
        self.conv5 = nn.Conv2d(32, 32, kernel_size=3, padding=1, bias=False)
        self.bn5 = nn.BatchNorm2d(32)
        # layer2
        self.conv6_downsample = nn.Conv2d(32, 64, kernel_size=1, stride=2, bias=False)
        self.bn6_downsample = nn.BatchNorm2d(64)
        self.conv6 = nn.Conv2d(32, 64, kernel_size=3, stride=2, padding=1, bias=False)
        self.bn6 = nn.BatchNorm2d(64)
        self.conv7 = nn.Conv2d(64, 64, kernel_size=3, padding=1, bias=False)
        self.bn7 = nn.BatchNorm2d(64)
        self.conv8 = nn.Conv2d(64, 64, kernel_size=3, padding=1, bias=False)
        self.bn8 = nn.BatchNorm2d(64)
        self.conv9 = nn.Conv2d(64, 64, kernel_size=3, padding=1, bias=False)
        self.bn9 = nn.BatchNorm2d(64)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(64, 3)

    def forward(self, x):
        x = self.conv1(x)
        x = self.bn1(x)
        x = self.relu(x)
        x = self.maxpool(x)

        # layer1, block 1
        identity = x
        x = self.conv2(x)
        x = self.bn2(x)
        x = self.relu(x)
        x = self.conv3(x)
        x = self.bn3(x)
        x = self.relu(x + identity)

        # layer1, block 2
        x = self.conv4(x)
        x = self.bn4(x)
        x = self.relu(x)
        x = self.conv5(x)
        x = self.bn5(x)
        x = self.relu(x + identity)  # expect: R178

        # layer2, block 1
        identity = self.bn6_downsample(self.conv6_downsample(x))
        x = self.conv6(x)
        x = self.bn6(x)
        x = self.relu(x)
        x = self.conv7(x)
        x = self.bn7(x)
        x = self.relu(x + identity)

        # layer2, block 2
        identity = x
        x = self.conv8(x)
        x = self.bn8(x)
        x = self.relu(x)
        x = self.conv9(x)
        x = self.bn9(x)
        x = self.relu(x + identity)

        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.fc(x)
