# residua-test: wrong target=AttnBlock2d
# What is wrong: the attention's softmax runs over dim 0, the batch, instead of the keys: outputs depend on the other samples.
import torch
import torch.nn as nn
import torch.nn.functional as F


class AttnBlock2d(nn.Module):
    def __init__(self, ch, num_groups=8):
        super().__init__()
        self.norm = nn.GroupNorm(num_groups, ch)
        self.to_qkv = nn.Conv2d(ch, ch * 3, 1)
        self.to_out = nn.Conv2d(ch, ch, 1)

    def forward(self, x):
        n, c, h, w = x.shape
        q, k, v = self.to_qkv(self.norm(x)).reshape(n, 3 * c, h * w).chunk(3, dim=1)
        w_ = torch.bmm(q.transpose(1, 2), k) * c ** -0.5    # n, hw(query), hw(key)
        w_ = F.softmax(w_, dim=0)  # expect: R135
        out = torch.bmm(v, w_.transpose(1, 2)).reshape(n, c, h, w)
        return x + self.to_out(out)
