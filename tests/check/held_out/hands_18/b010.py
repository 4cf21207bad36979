# residua-test: right target=LadderBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class LadderBlock(nn.Module):
    # shared-weights residual block: the SAME 3x3 conv is applied twice
    # (fewer parameters, like one recurrent step), BN is separate for each use
    def __init__(self, planes=16, p=0.25):
        super(LadderBlock, self).__init__()
        self.planes = planes
        self.conv1 = nn.Conv2d(planes, planes, kernel_size=3, stride=1, padding=1, bias=True)
        self.bn1 = nn.BatchNorm2d(planes)
        self.bn2 = nn.BatchNorm2d(planes)
        self.drop = nn.Dropout2d(p=p)

    def forward(self, x):
        out = self.conv1(x)
        out = self.bn1(out)
        out = F.relu(out)
        out = self.drop(out)
        out1 = self.conv1(out)
        out1 = self.bn2(out1)
        out2 = out1 + x
        return F.relu(out2)
