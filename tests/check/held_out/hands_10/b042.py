# residua-test: right target=ECGNet
import torch
import torch.nn as nn
import torch.nn.functional as F


class SameConv1d(nn.Conv1d):
    """like padding='same' of TF: output length is ceil(L / stride), also for even kernels"""

    def forward(self, x):
        L, (k,), (s,) = x.shape[-1], self.kernel_size, self.stride
        need = max(0, ((L + s - 1) // s - 1) * s + k - L)
        return super().forward(F.pad(x, (need // 2, need - need // 2)))


class ECGBlock(nn.Module):
    def __init__(self, cin, cout, k, pool, first=False, p=0.5):
        super().__init__()
        self.pre = nn.Identity() if first else nn.Sequential(nn.BatchNorm1d(cin), nn.ReLU(), nn.Dropout(p))
        self.conv1 = SameConv1d(cin, cout, k, stride=pool)
        self.mid = nn.Sequential(nn.BatchNorm1d(cout), nn.ReLU(), nn.Dropout(p))
        self.conv2 = SameConv1d(cout, cout, k)
        self.pool = nn.MaxPool1d(pool, pool, ceil_mode=True) if pool > 1 else None
        self.more = cout - cin

    def forward(self, x):
        y = self.conv2(self.mid(self.conv1(self.pre(x))))
        # shortcut has no weights at all
        if self.pool is not None:
            x = self.pool(x)
        if self.more:
            lo = self.more // 2
            x = F.pad(x, (0, 0, lo, self.more - lo))
        return x + y


class ECGNet(nn.Module):
    """16 samples wide kernels; every second block halves the length, every fourth doubles the filters"""

    def __init__(self, leads, classes, filters=16, k=16, n=8):
        super().__init__()
        self.stem = nn.Sequential(SameConv1d(leads, filters, k), nn.BatchNorm1d(filters), nn.ReLU())
        self.blocks = nn.ModuleList()
        c = filters
        for i in range(n):
            c_out = filters * 2 ** (i // 4)
            self.blocks.append(ECGBlock(c, c_out, k, 2 if i % 2 else 1, first=(i == 0)))
            c = c_out
        self.post = nn.Sequential(nn.BatchNorm1d(c), nn.ReLU())
        self.cls = nn.Linear(c, classes)

    def forward(self, ecg):
        h = self.stem(ecg)
        for b in self.blocks:
            h = b(h)
        return self.cls(self.post(h).mean(dim=2))
