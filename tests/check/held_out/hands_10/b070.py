# residua-test: right target=LinkNetSalt
import torch
import torch.nn as nn
import torch.nn.functional as F

# Kaggle TGS salt, 101 x 101 in, 101 x 101 logits out


class sSE(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.fc = nn.Conv2d(channels, 1, kernel_size=1)

    def forward(self, x):
        return x * torch.sigmoid(self.fc(x))


class BasicBlock(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        if stride > 1 or cin != cout:
            self.ds = nn.Sequential(nn.Conv2d(cin, cout, 1, stride=stride, bias=False), nn.BatchNorm2d(cout))
        else:
            self.ds = None

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)), inplace=True)
        out = self.bn2(self.conv2(out))
        if self.ds: x = self.ds(x)
        return F.relu(out + x, inplace=True)


class DecoderBlock(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        mid = cin // 4
        self.conv1 = nn.Sequential(nn.Conv2d(cin, mid, 1), nn.BatchNorm2d(mid), nn.ReLU(inplace=True))
        self.deconv = nn.Sequential(nn.ConvTranspose2d(mid, mid, 4, stride=2, padding=1), nn.BatchNorm2d(mid), nn.ReLU(inplace=True))
        self.conv3 = nn.Sequential(nn.Conv2d(mid, cout, 1), nn.BatchNorm2d(cout), nn.ReLU(inplace=True))
        self.sse = sSE(cout)

    def forward(self, x, size):
        x = self.conv3(self.deconv(self.conv1(x)))
        # 101 -> 51 -> 26 -> 13 : the way up gives 26, 52, 102
        return self.sse(x[:, :, :size[0], :size[1]])


class LinkNetSalt(nn.Module):
    def __init__(self, filters=(16, 32, 64, 128), num_classes=1):
        super().__init__()
        f = filters
        self.first = nn.Sequential(nn.Conv2d(1, f[0], 3, padding=1), nn.BatchNorm2d(f[0]), nn.ReLU(inplace=True))
        self.enc1 = BasicBlock(f[0], f[1], 2)
        self.enc2 = BasicBlock(f[1], f[2], 2)
        self.enc3 = BasicBlock(f[2], f[3], 2)
        self.dec3 = DecoderBlock(f[3], f[2])
        self.dec2 = DecoderBlock(f[2], f[1])
        self.dec1 = DecoderBlock(f[1], f[0])
        self.final = nn.Sequential(nn.Dropout2d(0.1), nn.Conv2d(f[0], num_classes, 1))

    def forward(self, x):
        e0 = self.first(x)
        e1 = self.enc1(e0)
        e2 = self.enc2(e1)
        e3 = self.enc3(e2)
        d3 = self.dec3(e3, e2.shape[2:]) + e2
        d2 = self.dec2(d3, e1.shape[2:]) + e1
        d1 = self.dec1(d2, e0.shape[2:]) + e0
        return self.final(d1)
