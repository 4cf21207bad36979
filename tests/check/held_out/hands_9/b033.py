# residua-test: wrong target=FlowBottleneck
# What is wrong: The second conv of the residual block reads the block's input instead of the first conv's output, so the first half of the block is thrown away
import torch
import torch.nn as nn


class Residual(nn.Module):
    def __init__(self, num_out, k=3):
        super(Residual, self).__init__()
        p = k // 2
        self.res1_conv = nn.Conv2d(num_out, num_out, k, padding=p)
        self.res1_norm = nn.InstanceNorm2d(num_out, affine=True)
        self.res2_conv = nn.Conv2d(num_out, num_out, k, padding=p)
        self.res2_norm = nn.InstanceNorm2d(num_out, affine=True)
        self.lrelu = nn.LeakyReLU(0.2)

    def forward(self, input):
        _ = self.res1_conv(input)
        _ = self.res1_norm(_)
        _ = self.lrelu(_)

        _ = self.res2_conv(input)  # expect: R103
        _ = self.res2_norm(_)

        _ = self.lrelu(_ + input)
        return _


class FlowBottleneck(nn.Module):
    """bottleneck of the flow module: conv down, 4 residual blocks, conv up"""

    def __init__(self, ch=32, num_res=4):
        super(FlowBottleneck, self).__init__()
        self.down = nn.Conv2d(ch, ch * 2, 4, stride=2, padding=1)
        self.res = nn.Sequential(*[Residual(ch * 2) for _ in range(num_res)])
        self.up = nn.ConvTranspose2d(ch * 2, ch, 4, stride=2, padding=1)

    def forward(self, x):
        return self.up(self.res(self.down(x)))
