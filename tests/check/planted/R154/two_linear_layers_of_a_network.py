# residua-test: wrong target=TokenNet
import torch.nn as nn


class FeedForward(nn.Module):
    def __init__(self, dim, mult=4):
        super().__init__()
        inner = dim * mult
        self.net = nn.Sequential(
            nn.Linear(dim, inner),
            nn.GELU(),
            nn.Linear(dim * 2, dim),  # expect: R154
        )

    def forward(self, x):
        return self.net(x)


class Layer(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.feed = FeedForward(dim)

    def forward(self, x):
        return x + self.feed(self.norm(x))


class TokenNet(nn.Module):
    def __init__(self, dim=32, depth=2, num_classes=5):
        super().__init__()
        self.embed = nn.Conv2d(3, dim, 8, 8)
        self.layers = nn.ModuleList(Layer(dim) for _ in range(depth))
        self.head = nn.Linear(dim, num_classes)

    def forward(self, x):
        x = self.embed(x).flatten(2).transpose(1, 2)
        for layer in self.layers:
            x = layer(x)
        return self.head(x.mean(1))
