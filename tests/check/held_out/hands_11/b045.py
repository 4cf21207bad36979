# residua-test: right target=SpeechRes args='n_labels=12, n_feature_maps=45, n_blocks=4, use_dilation=True'
import torch
import torch.nn as nn


class Res(nn.Module):
    def __init__(self, n_maps, dilation):
        super(Res, self).__init__()
        pad = dilation
        self.conv1 = nn.Conv2d(n_maps, n_maps, 3, padding=pad, dilation=dilation, bias=False)
        self.norm1 = nn.BatchNorm2d(n_maps, affine=False)
        self.conv2 = nn.Conv2d(n_maps, n_maps, 3, padding=pad, dilation=dilation, bias=False)
        self.norm2 = nn.BatchNorm2d(n_maps, affine=False)
        self.act1 = nn.ReLU()
        self.act2 = nn.ReLU()

    def forward(self, x):
        y = x
        x = self.conv1(x)
        x = self.act1(x)
        x = self.norm1(x)
        x = self.conv2(x)
        x = self.act2(x)
        x = self.norm2(x)
        x += y
        return x


class SpeechRes(nn.Module):
    # 1 channel "image" of mfccs -> keyword
    def __init__(self, n_labels=12, n_feature_maps=45, n_blocks=6, use_dilation=False):
        super(SpeechRes, self).__init__()
        self.conv0 = nn.Conv2d(1, n_feature_maps, (3, 3), padding=(1, 1), bias=False)
        blocks = []
        for i in range(n_blocks):
            blocks.append(Res(n_feature_maps, int(2 ** (i // 3)) if use_dilation else 1))
        self.blocks = nn.Sequential(*blocks)
        self.output = nn.Linear(n_feature_maps, n_labels)

    def forward(self, mfcc):
        x = mfcc.unsqueeze(1)
        x = torch.relu(self.conv0(x))
        x = self.blocks(x)
        x = x.view(x.size(0), x.size(1), -1)
        x = torch.mean(x, 2)
        return self.output(x)
