# residua-test: wrong target=ConvAttnFusion
# What is wrong: The fused map is reshaped with the width for both axes, so every non-square input fails
import torch
import torch.nn as nn


class ConvAttnFusion(nn.Module):
    """Residual block that mixes self-attention and convolution from shared 1x1 projections."""

    def __init__(self, planes, head=4, kernel_conv=3, stride=1):
        super().__init__()
        self.head = head
        self.head_dim = planes // head
        self.kernel_conv = kernel_conv
        self.conv_q = nn.Conv2d(planes, planes, kernel_size=1)  # found: R110
        self.conv_k = nn.Conv2d(planes, planes, kernel_size=1)
        self.conv_v = nn.Conv2d(planes, planes, kernel_size=1)
        self.fc = nn.Conv2d(3 * head, kernel_conv * kernel_conv, kernel_size=1, bias=False)
        self.dep_conv = nn.Conv2d(kernel_conv * kernel_conv * self.head_dim, planes,  # found: R129
                                  kernel_size=kernel_conv, groups=self.head_dim, padding=1, stride=stride)
        self.rate1 = nn.Parameter(torch.tensor(0.5))
        self.rate2 = nn.Parameter(torch.tensor(0.5))
        self.norm = nn.BatchNorm2d(planes)

    def forward(self, x):
        b, c, h, w = x.shape
        q, k, v = self.conv_q(x), self.conv_k(x), self.conv_v(x)

        def heads(t):
            return t.view(b, self.head, self.head_dim, h * w).transpose(2, 3)

        att = nn.functional.scaled_dot_product_attention(heads(q), heads(k), heads(v))
        out_att = att.transpose(2, 3).reshape(b, c, h, w)

        # conv
        f_all = self.fc(torch.cat([q.view(b, self.head, self.head_dim, h * w),
                                   k.view(b, self.head, self.head_dim, h * w),
                                   v.view(b, self.head, self.head_dim, h * w)], 1))
        f_conv = f_all.permute(0, 2, 1, 3).reshape(x.shape[0], -1, x.shape[-1], x.shape[-1])  # expect: R185
        out_conv = self.dep_conv(f_conv)  # expect
        return x + self.norm(self.rate1 * out_att + self.rate2 * out_conv)
