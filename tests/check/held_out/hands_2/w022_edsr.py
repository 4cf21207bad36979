# residua-test: wrong target=EDSRBlock
# What is wrong: res_scale multiplies the sum, so the identity is scaled by 0.1 in every block
import torch.nn as nn


class EDSRBlock(nn.Module):
    def __init__(self, n_feats, kernel_size=3, bias=True, res_scale=0.1):
        super().__init__()
        m = []
        for i in range(2):
            m.append(nn.Conv2d(n_feats, n_feats, kernel_size, padding=kernel_size // 2, bias=bias))
            if i == 0:
                m.append(nn.ReLU(True))
        self.body = nn.Sequential(*m)
        self.res_scale = res_scale

    def forward(self, x):
        res = self.body(x)  # expect
        res = res + x  # expect
        return res.mul(self.res_scale)  # expect: R152
