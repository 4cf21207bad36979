# residua-test: right target=TabResBlock
import torch.nn as nn
class TabResBlock(nn.Module):
    def __init__(self, d, d_hidden=None, p=0.1):
        super().__init__()
        d_hidden = d_hidden or 2 * d
        self.bn = nn.BatchNorm1d(d); self.l1 = nn.Linear(d, d_hidden); self.l2 = nn.Linear(d_hidden, d)
        self.d1, self.d2, self.act = nn.Dropout(p), nn.Dropout(p), nn.ReLU()
    def forward(self, x):
        return x + self.d2(self.l2(self.d1(self.act(self.l1(self.bn(x))))))
