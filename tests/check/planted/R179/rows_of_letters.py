# residua-test: wrong target=PlateReader
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, c_in, c_out, stride=1):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False), nn.BatchNorm2d(c_out), nn.ReLU(),
            nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False), nn.BatchNorm2d(c_out),
        )
        self.skip = nn.Identity()
        if stride != 1 or c_in != c_out:
            self.skip = nn.Sequential(nn.Conv2d(c_in, c_out, 1, stride, bias=False), nn.BatchNorm2d(c_out))
        self.act = nn.ReLU()

    def forward(self, x):
        return self.act(self.body(x) + self.skip(x))


class PlateReader(nn.Module):
    def __init__(self, letters=7, alphabet=36):
        super().__init__()
        self.letters, self.alphabet, self.width = letters, alphabet, 16
        self.stem = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.stage1 = self.stage(16, 2, 1)
        self.stage2 = self.stage(32, 2, 2)
        self.stage3 = self.stage(64, 2, 2)
        self.head = nn.Linear(64, letters * alphabet)

    def stage(self, width, count, stride):
        blocks = nn.Sequential()
        for index in range(count):
            blocks.add_module(str(index), Block(self.width, width, stride))  # expect: R179
            self.width = width
        return blocks

    def forward(self, x):
        maps = self.stage3(self.stage2(self.stage1(self.stem(x))))
        return self.head(maps.mean((2, 3))).reshape(-1, self.letters, self.alphabet)
