# residua-test: wrong target=ResNet34
# What is wrong: After the first block the loop runs over range(1, n - 1), one block short, so each stage has one block fewer than (3, 4, 6, 3) and the net is not a ResNet-34.
import torch
import torch.nn as nn


def conv3x3(i, o, s=1):
    return nn.Conv2d(i, o, kernel_size=3, stride=s, padding=1, bias=False)


class residual_block(nn.Module):
    def __init__(self, in_channel, out_channel, stride=1):
        super(residual_block, self).__init__()
        self.same_shape = stride == 1 and in_channel == out_channel
        self.conv1 = conv3x3(in_channel, out_channel, stride)
        self.bn1 = nn.BatchNorm2d(out_channel)
        self.conv2 = conv3x3(out_channel, out_channel)
        self.bn2 = nn.BatchNorm2d(out_channel)
        if not self.same_shape:
            self.conv3 = nn.Conv2d(in_channel, out_channel, 1, stride=stride, bias=False)
            self.bn3 = nn.BatchNorm2d(out_channel)

    def forward(self, x):
        out = torch.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if not self.same_shape:
            x = self.bn3(self.conv3(x))
        return torch.relu(x + out)


class ResNet34(nn.Module):
    '''
    34-layer ResNet: stem + 2 * (3 + 4 + 6 + 3) convs + fc
    (one quarter of the channels, my GPU is small)
    '''

    def __init__(self, in_channel=3, num_classes=100):
        super(ResNet34, self).__init__()
        self.pre = nn.Sequential(
            nn.Conv2d(in_channel, 16, 7, 2, 3, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, 2, 1)
        )
        self.layer1 = self._make_layer(16, 16, 3)
        self.layer2 = self._make_layer(16, 32, 4, stride=2)
        self.layer3 = self._make_layer(32, 64, 6, stride=2)
        self.layer4 = self._make_layer(64, 128, 3, stride=2)
        self.fc = nn.Linear(128, num_classes)

    def _make_layer(self, in_channel, out_channel, block_num, stride=1):
        '''
        block_num: number of residual blocks of the stage
        '''
        layers = []
        layers.append(residual_block(in_channel, out_channel, stride))
        for i in range(1, block_num - 1):  # expect: R140
            layers.append(residual_block(out_channel, out_channel))
        return nn.Sequential(*layers)

    def forward(self, x):
        x = self.pre(x)
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)
        x = self.layer4(x)
        x = x.mean(3).mean(2)
        return self.fc(x)
