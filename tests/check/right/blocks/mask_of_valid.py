# residua-test: right target=Block
from torch import nn


class Block(nn.Module):
    """Pre-norm attention; ``valid_mask`` (batch, tokens) is True where a token is there."""

    def __init__(self, dim=64, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.out = nn.Linear(dim, dim)

    def forward(self, x, valid_mask=None):
        b, n, d = x.shape
        q, k, v = self.qkv(self.norm(x)).reshape(b, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-2, -1) * (d // self.heads) ** -0.5
        if valid_mask is not None:
            scores = scores.masked_fill(valid_mask[:, None, None, :] == 0, -1e9)
        y = scores.softmax(-1) @ v
        return x + self.out(y.transpose(1, 2).reshape(b, n, d))
