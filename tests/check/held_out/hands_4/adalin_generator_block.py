# residua-test: wrong target=ResnetAdaLINBlock args=dim=64,use_bias=False
# What is wrong: The residual block returns the branch output and never adds the input, so there is no skip connection
import torch
import torch.nn as nn
from torch.nn.parameter import Parameter


class AdaLIN(nn.Module):
    def __init__(self, num_features, eps=1e-5):
        super(AdaLIN, self).__init__()
        self.eps = eps
        self.rho = Parameter(torch.full((1, num_features, 1, 1), 0.9))

    def forward(self, input, gamma, beta):
        in_var, in_mean = torch.var_mean(input, dim=[2, 3], keepdim=True)
        out_in = (input - in_mean) / torch.sqrt(in_var + self.eps)
        ln_var, ln_mean = torch.var_mean(input, dim=[1, 2, 3], keepdim=True)
        out_ln = (input - ln_mean) / torch.sqrt(ln_var + self.eps)
        rho = self.rho.clamp(0.0, 1.0)
        out = rho * out_in + (1 - rho) * out_ln
        return out * gamma[:, :, None, None] + beta[:, :, None, None]


class ResnetAdaLINBlock(nn.Module):
    # デコーダ側の残差ブロック。gamma, beta は MLP から来る。
    def __init__(self, dim, use_bias):
        super(ResnetAdaLINBlock, self).__init__()
        self.pad1 = nn.ReflectionPad2d(1)
        self.conv1 = nn.Conv2d(dim, dim, kernel_size=3, stride=1, padding=0, bias=use_bias)
        self.norm1 = AdaLIN(dim)
        self.relu1 = nn.ReLU(True)

        self.pad2 = nn.ReflectionPad2d(1)
        self.conv2 = nn.Conv2d(dim, dim, kernel_size=3, stride=1, padding=0, bias=use_bias)
        self.norm2 = AdaLIN(dim)

    def forward(self, x, gamma, beta):  # expect
        out = self.pad1(x)
        out = self.conv1(out)
        out = self.norm1(out, gamma, beta)
        out = self.relu1(out)
        out = self.pad2(out)
        out = self.conv2(out)
        out = self.norm2(out, gamma, beta)  # expect: R102

        return out  # expect
