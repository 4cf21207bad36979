# residua-test: wrong target=AudioResNet
# What is wrong: nn.Dropout is built inside forward, so it is always in training mode: model.eval() does not switch it off.
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, inc, outc, stride=1):
        super(Block, self).__init__()
        self.bn1 = nn.BatchNorm2d(inc)
        self.conv1 = nn.Conv2d(inc, outc, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outc)
        self.conv2 = nn.Conv2d(outc, outc, 3, 1, 1, bias=False)
        if stride != 1 or inc != outc:
            self.skip = nn.Conv2d(inc, outc, 1, stride, bias=False)
        else:
            self.skip = nn.Identity()

    def forward(self, x):
        out = self.conv1(F.relu(self.bn1(x)))
        out = F.relu(self.bn2(out))
        out = nn.Dropout(p=0.3)(out)  # expect: R146
        out = self.conv2(out)
        return out + self.skip(x)


class AudioResNet(nn.Module):
    # log-mel spectrogram -> ESC-50 classes
    def __init__(self, num_classes=50, width=16):
        super(AudioResNet, self).__init__()
        self.stem = nn.Conv2d(1, width, 3, padding=1)
        self.stage1 = nn.Sequential(Block(width, width), Block(width, width))
        self.stage2 = nn.Sequential(Block(width, 2 * width, 2), Block(2 * width, 2 * width))
        self.bn = nn.BatchNorm2d(2 * width)
        self.fc = nn.Linear(2 * width, num_classes)

    def forward(self, mel):
        x = self.stem(mel)
        x = self.stage2(self.stage1(x))
        x = F.relu(self.bn(x))
        return self.fc(x.mean(dim=[2, 3]))
