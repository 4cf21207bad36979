# residua-test: right target=Net
# Stages of blocks on (N, H, W, C) whose width exceeds their side; a stem of two convolutions ends linearly.
from torch import nn


class ConvBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv1 = nn.Sequential(nn.Conv2d(dim, 2 * dim, 1, bias=False), nn.BatchNorm2d(2 * dim), nn.GELU())
        self.conv2 = nn.Sequential(
            nn.Conv2d(2 * dim, 2 * dim, 3, 1, 1, groups=2 * dim, bias=False), nn.BatchNorm2d(2 * dim), nn.GELU()
        )
        self.conv3 = nn.Sequential(nn.Conv2d(2 * dim, dim, 1, bias=False), nn.BatchNorm2d(dim))
        self.act = nn.GELU()

    def forward(self, x):
        return self.act(x + self.conv3(self.conv2(self.conv1(x))))


class TokenBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def forward(self, x):
        return x + self.mlp(self.norm(x))


class Net(nn.Module):
    def __init__(self, num_classes=10, widths=(32, 48, 64)):
        super().__init__()
        first, second, third = widths
        self.stem = nn.Sequential(
            nn.Conv2d(3, first // 2, 3, 2, 1, bias=False), nn.BatchNorm2d(first // 2), nn.GELU(),
            nn.Conv2d(first // 2, first, 3, 2, 1, bias=False), nn.BatchNorm2d(first),
        )  # fmt: skip
        self.stage1 = nn.Sequential(ConvBlock(first), ConvBlock(first))
        self.down1 = nn.Sequential(nn.Conv2d(first, second, 3, 2, 1, bias=False), nn.BatchNorm2d(second))
        self.stage2 = nn.Sequential(TokenBlock(second), TokenBlock(second))
        self.down2 = nn.Sequential(nn.Conv2d(second, third, 3, 2, 1, bias=False), nn.BatchNorm2d(third))
        self.stage3 = nn.Sequential(TokenBlock(third), TokenBlock(third))
        self.norm = nn.LayerNorm(third)
        self.fc = nn.Linear(third, num_classes)

    def forward(self, x):
        x = self.down1(self.stage1(self.stem(x)))
        x = self.stage2(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        x = self.stage3(self.down2(x).permute(0, 2, 3, 1))
        return self.fc(self.norm(x.mean((1, 2))))
