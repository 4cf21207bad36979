# residua-test: wrong target=DarknetStage args='in_ch=32, out_ch=64, n=2'
# What is wrong: the block already adds its input and the stage adds it once more, so every block returns 2x + F(x) and the signal doubles with depth.
import torch
import torch.nn as nn


def Conv(c1, c2, k=1, s=1):
    return nn.Sequential(
        nn.Conv2d(c1, c2, k, s, k // 2, bias=False),
        nn.BatchNorm2d(c2),
        nn.LeakyReLU(0.1, inplace=True),
    )


class DarkBlock(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.cv1 = Conv(ch, ch // 2, 1)
        self.cv2 = Conv(ch // 2, ch, 3)

    def forward(self, x):
        return x + self.cv2(self.cv1(x))  # expect


class DarknetStage(nn.Module):
    # downsampling conv, then n residual blocks (1, 2, 8, 8, 4 in the paper)
    def __init__(self, in_ch, out_ch, n):
        super().__init__()
        self.down = Conv(in_ch, out_ch, 3, 2)
        self.blocks = nn.ModuleList(DarkBlock(out_ch) for _ in range(n))

    def forward(self, x):
        x = self.down(x)
        for block in self.blocks:
            x = x + block(x)  # expect: R105
        return x
