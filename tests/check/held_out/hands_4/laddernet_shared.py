# residua-test: right target=SharedResBlock args=planes=32
import torch
import torch.nn as nn
import torch.nn.functional as F

drop = 0.25


class SharedResBlock(nn.Module):
    """Shared-weights residual block of LadderNet (Zhuang 2018).

    Both 3x3 convolutions of the block use the same weights, which makes it a recurrent convolution with two
    steps and halves the parameters; the batch norms stay separate because the statistics differ.
    """

    def __init__(self, planes: int):
        super().__init__()
        self.conv = nn.Conv2d(planes, planes, kernel_size=3, stride=1, padding=1, bias=True)
        self.bn1 = nn.BatchNorm2d(planes)
        self.bn2 = nn.BatchNorm2d(planes)
        self.drop = nn.Dropout2d(p=drop)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        # step 1
        out = F.relu(self.bn1(self.conv(x)))
        out = self.drop(out)
        # step 2, same kernels
        out = self.bn2(self.conv(out))
        return F.relu(out + x)


class LadderStep(nn.Module):
    def __init__(self, planes: int):
        super().__init__()
        self.block = SharedResBlock(planes)
        self.down = nn.Conv2d(planes, planes * 2, 3, stride=2, padding=1)

    def forward(self, x, lateral):
        out = self.block(x + lateral)
        return out, F.relu(self.down(out))
