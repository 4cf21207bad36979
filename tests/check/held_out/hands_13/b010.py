# residua-test: wrong target=DarkNetBackbone
# What is wrong: The skip is added twice: the block already adds its input and the loop adds it again (2x + F(x)), so the trunk doubles at every block.
import torch
import torch.nn as nn


def conv_batch(in_num, out_num, kernel_size=3, padding=1, stride=1):
    return nn.Sequential(
        nn.Conv2d(in_num, out_num, kernel_size=kernel_size, stride=stride, padding=padding, bias=False),
        nn.BatchNorm2d(out_num),
        nn.LeakyReLU(0.1))


# Residual block
class DarkResidualBlock(nn.Module):
    def __init__(self, in_channels):
        super(DarkResidualBlock, self).__init__()
        reduced_channels = int(in_channels / 2)
        self.layer1 = conv_batch(in_channels, reduced_channels, kernel_size=1, padding=0)
        self.layer2 = conv_batch(reduced_channels, in_channels)

    def forward(self, x):
        residual = x
        out = self.layer1(x)
        out = self.layer2(out)
        out = out + residual
        return out


class DarkNetBackbone(nn.Module):
    """first three stages of darknet53, enough for my small dataset"""

    def __init__(self, num_classes=20, repeats=(1, 2, 4)):
        super(DarkNetBackbone, self).__init__()
        self.num_classes = num_classes
        self.conv1 = conv_batch(3, 16)
        self.downs = nn.ModuleList()
        self.stages = nn.ModuleList()
        ch = 16
        for n in repeats:
            self.downs.append(conv_batch(ch, ch * 2, stride=2))
            ch = ch * 2
            self.stages.append(nn.ModuleList([DarkResidualBlock(ch) for _ in range(n)]))
        self.global_avg_pool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(ch, num_classes)

    def forward(self, x):
        out = self.conv1(x)
        for down, blocks in zip(self.downs, self.stages):
            out = down(out)
            for block in blocks:
                out = out + block(out)  # expect: R105
        out = self.global_avg_pool(out)
        out = out.view(out.size(0), -1)
        return self.fc(out)
