# residua-test: wrong target=SwinStage args='dim=32, input_resolution=8, window_size=4, depth=2'
# What is wrong: After the window attention the map is rolled by (-shift, -shift) again rather than back by (+shift, +shift), so the attention branch is added displaced by 2 * shift.
import torch
import torch.nn as nn


def window_partition(x, ws):
    B, H, W, C = x.shape
    x = x.view(B, H // ws, ws, W // ws, ws, C)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, ws * ws, C)


def window_reverse(windows, ws, H, W):
    B = windows.shape[0] // (H * W // ws // ws)
    x = windows.view(B, H // ws, W // ws, ws, ws, -1)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(B, H, W, -1)


class SwinBlock(nn.Module):
    def __init__(self, dim, res, num_heads, window_size, shift_size):
        super().__init__()
        self.res, self.ws, self.shift = res, window_size, shift_size
        self.norm1 = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, num_heads, batch_first=True)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        mask = None
        if shift_size > 0:
            img = torch.zeros(1, res, res, 1)
            cnt = 0
            sl = (slice(0, -window_size), slice(-window_size, -shift_size), slice(-shift_size, None))
            for h in sl:
                for w in sl:
                    img[:, h, w, :] = cnt
                    cnt += 1
            idx = window_partition(img, window_size).squeeze(-1)
            mask = idx.unsqueeze(1) != idx.unsqueeze(2)      # True = not visible
        self.register_buffer("attn_mask", mask)
        self.heads = num_heads

    def forward(self, x):
        H = W = self.res
        B, L, C = x.shape
        shortcut = x
        x = self.norm1(x).view(B, H, W, C)

        # cyclic shift
        if self.shift > 0:
            x = torch.roll(x, shifts=(-self.shift, -self.shift), dims=(1, 2))
        w = window_partition(x, self.ws)
        mask = self.attn_mask
        if mask is not None:
            mask = mask.repeat(B, 1, 1).repeat_interleave(self.heads, 0)
        w, _ = self.attn(w, w, w, attn_mask=mask, need_weights=False)
        x = window_reverse(w, self.ws, H, W)
        if self.shift > 0:
            x = torch.roll(x, shifts=(-self.shift, -self.shift), dims=(1, 2))  # expect: R211

        x = shortcut + x.reshape(B, L, C)
        return x + self.mlp(self.norm2(x))


class SwinStage(nn.Module):
    def __init__(self, dim, input_resolution, window_size, depth, num_heads=4):
        super().__init__()
        self.blocks = nn.ModuleList([
            SwinBlock(dim, input_resolution, num_heads, window_size, 0 if i % 2 == 0 else window_size // 2)
            for i in range(depth)])

    def forward(self, x):
        for blk in self.blocks:
            x = blk(x)
        return x
