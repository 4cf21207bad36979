# residua-test: wrong target=ShiftedBlock
# What is wrong: the reverse cyclic shift rolls by -shift again instead of +shift, so the branch is added to positions 2*shift away from where it was computed
import torch
import torch.nn as nn


def make_mask(res, ws, shift):
    region = torch.zeros(res, res)
    cnt = 0
    for h in (slice(0, -ws), slice(-ws, -shift), slice(-shift, None)):
        for w in (slice(0, -ws), slice(-ws, -shift), slice(-shift, None)):
            region[h, w] = cnt
            cnt += 1
    r = res // ws
    region = region.view(r, ws, r, ws).permute(0, 2, 1, 3).reshape(r * r, ws * ws)
    diff = region.unsqueeze(1) - region.unsqueeze(2)
    return torch.zeros_like(diff).masked_fill(diff != 0, -100.0)


class ShiftedBlock(nn.Module):
    """shifted window attention for feature maps of one fixed size (resolution x resolution)"""

    def __init__(self, dim=32, heads=4, resolution=8, window=4):
        super().__init__()
        assert resolution % window == 0
        self.window, self.heads, self.res = window, heads, resolution
        self.shift = window // 2
        self.norm = nn.LayerNorm(dim)
        self.to_qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.to_out = nn.Linear(dim, dim)
        self.norm2 = nn.LayerNorm(dim)
        self.ff = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))
        self.register_buffer("mask", make_mask(resolution, window, self.shift))

    def attn(self, x):
        b, h, w, c = x.shape
        ws, r = self.window, self.res // self.window
        x = torch.roll(x, shifts=(-self.shift, -self.shift), dims=(1, 2))
        x = x.view(b, r, ws, r, ws, c).permute(0, 1, 3, 2, 4, 5).reshape(b, r * r, ws * ws, c)
        q, k, v = (t.view(b, r * r, ws * ws, self.heads, -1).transpose(2, 3) for t in self.to_qkv(x).chunk(3, -1))
        dots = q @ k.transpose(-1, -2) * (c // self.heads) ** -0.5
        dots = dots + self.mask[None, :, None]
        out = (dots.softmax(-1) @ v).transpose(2, 3).reshape(b, r, r, ws, ws, c)
        out = out.permute(0, 1, 3, 2, 4, 5).reshape(b, h, w, c)
        out = torch.roll(out, shifts=(-self.shift, -self.shift), dims=(1, 2))  # expect
        return self.to_out(out)

    def forward(self, x):
        # b c h w -> channels last and back
        x = x.permute(0, 2, 3, 1)
        x = x + self.attn(self.norm(x))
        x = x + self.ff(self.norm2(x))
        return x.permute(0, 3, 1, 2)
