# residua-test: right target=LadderBlock
import torch
import torch.nn as nn
import torch.nn.functional as F


class LadderBlock(nn.Module):
    """Shared-weights residual block: both 3x3 convs are the same kernel on purpose
    (half the parameters, see the LadderNet paper), the two batch norms are separate."""

    drop = 0.25

    def __init__(self, inplanes, planes):
        super().__init__()
        if inplanes != planes:
            self.conv0 = nn.Conv2d(inplanes, planes, 3, padding=1, bias=True)
        self.inplanes, self.planes = inplanes, planes

        self.conv1 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.bn2 = nn.BatchNorm2d(planes)
        self.dropout = nn.Dropout2d(p=self.drop)

    def forward(self, x):
        if self.inplanes != self.planes:
            x = F.relu(self.conv0(x))

        out = F.relu(self.bn1(self.conv1(x)))
        out = self.dropout(out)
        out = self.bn2(self.conv1(out))
        return F.relu(out + x)
