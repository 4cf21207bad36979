# residua-test: wrong target=PointResEncoder
# What is wrong: the global feature is the max over dim 0 (the batch) instead of over the points, so every sample's output depends on the other clouds of the batch.
import torch
import torch.nn as nn


class ResnetBlockFC(nn.Module):
    def __init__(self, size_in, size_out=None, size_h=None):
        super().__init__()
        size_out = size_out or size_in
        size_h = size_h or min(size_in, size_out)
        self.fc_0 = nn.Linear(size_in, size_h)
        self.fc_1 = nn.Linear(size_h, size_out)
        self.actvn = nn.ReLU()
        self.shortcut = None if size_in == size_out else nn.Linear(size_in, size_out, bias=False)
        nn.init.zeros_(self.fc_1.weight)

    def forward(self, x):
        net = self.fc_0(self.actvn(x))
        dx = self.fc_1(self.actvn(net))
        x_s = x if self.shortcut is None else self.shortcut(x)
        return x_s + dx


class PointResEncoder(nn.Module):
    """point cloud (B, N, 3) -> per point features (B, N, c_dim), each block sees the pooled cloud too"""

    def __init__(self, dim=3, hidden_dim=128, c_dim=128, n_blocks=3):
        super().__init__()
        self.fc_pos = nn.Linear(dim, 2 * hidden_dim)
        self.blocks = nn.ModuleList([ResnetBlockFC(2 * hidden_dim, hidden_dim) for _ in range(n_blocks)])
        self.fc_c = nn.Linear(hidden_dim, c_dim)

    def pool(self, net):
        pooled, _ = net.max(dim=0, keepdim=True)  # expect: R147
        return pooled.expand_as(net)

    def forward(self, pts):
        net = self.fc_pos(pts)
        net = self.blocks[0](net)
        for block in self.blocks[1:]:
            net = block(torch.cat([net, self.pool(net)], dim=-1))
        return self.fc_c(net)
