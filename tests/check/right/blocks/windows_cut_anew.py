# residua-test: right target=GridAttention
# Windows of one size are laid side by side again, then cut anew in another size: every pixel stays in its place.
from torch import nn


# residua: input=2x32x56x56, args=(dim=32)
class GridAttention(nn.Module):
    def __init__(self, dim, window=7, grid=7):
        super().__init__()
        self.window, self.grid = window, grid
        self.norm1 = nn.LayerNorm(dim)
        self.mlp1 = nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, dim))
        self.norm2 = nn.LayerNorm(dim)
        self.mlp2 = nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Linear(dim, dim))

    def cut(self, x, size):
        batch, channels, height, width = x.shape
        x = x.reshape(batch, channels, height // size, size, width // size, size)
        return x.permute(0, 2, 4, 3, 5, 1).reshape(batch, -1, size * size, channels)

    def lay(self, x, size, height, width):
        batch, _, _, channels = x.shape
        x = x.reshape(batch, height // size, width // size, size, size, channels)
        return x.permute(0, 5, 1, 3, 2, 4).reshape(batch, channels, height, width)

    def forward(self, x):
        height, width = x.shape[-2:]
        y = self.cut(x, self.window)
        y = self.lay(y + self.mlp1(self.norm1(y)), self.window, height, width)
        z = self.cut(y, height // self.grid)
        return self.lay(z + self.mlp2(self.norm2(z)), height // self.grid, height, width)
