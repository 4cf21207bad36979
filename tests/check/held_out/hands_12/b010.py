# residua-test: right target=ShiftedWindowEncoder1d
import torch
import torch.nn as nn
import torch.nn.functional as F


class ShiftedWindowBlock1d(nn.Module):
    def __init__(self, dim, heads, window, shifted):
        super().__init__()
        self.heads, self.window = heads, window
        self.shift = window // 2 if shifted else 0
        self.qkv = nn.Linear(dim, 3 * dim)
        self.out = nn.Linear(dim, dim)
        self.norm_attn = nn.LayerNorm(dim)
        self.norm_mlp = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

    def _allowed(self, length, padded, device):
        # ids of the regions that may look at each other, after the roll; -1 marks padding
        ids = torch.zeros(padded, dtype=torch.long, device=device)
        ids[length:] = -1
        ids = torch.roll(ids, -self.shift)
        if self.shift:
            wrapped = torch.zeros_like(ids)
            wrapped[-self.shift:] = 1
            ids = torch.where(ids < 0, ids, ids + wrapped)
        ids = ids.view(-1, self.window)
        return ids[:, :, None] == ids[:, None, :]          # nW, w, w (a padded step sees only padding)

    def attend(self, x):
        b, length, c = x.shape
        w = self.window
        padded = -(-length // w) * w
        x = F.pad(x, (0, 0, 0, padded - length))
        mask = self._allowed(length, padded, x.device)
        x = torch.roll(x, -self.shift, dims=1)

        x = x.reshape(b, padded // w, w, c)
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        q, k, v = (t.reshape(b, padded // w, w, self.heads, c // self.heads).transpose(2, 3) for t in (q, k, v))
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask[None, :, None])
        y = y.transpose(2, 3).reshape(b, padded, c)

        y = torch.roll(y, self.shift, dims=1)
        return self.out(y[:, :length])

    def forward(self, x):
        x = x + self.norm_attn(self.attend(x))
        x = x + self.norm_mlp(self.mlp(x))
        return x


class ShiftedWindowEncoder1d(nn.Module):
    """Sequence encoder, (batch, length, dim) -> same shape, any length."""

    def __init__(self, dim, depth=4, heads=4, window=8):
        super().__init__()
        self.blocks = nn.ModuleList(
            [ShiftedWindowBlock1d(dim, heads, window, shifted=bool(i % 2)) for i in range(depth)])

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x
