# residua-test: right target=PostLN
import torch.nn as nn
class PostLN(nn.Module):
    def __init__(self, d_model, nhead=4, dim_ff=128):
        super().__init__()
        self.sa = nn.MultiheadAttention(d_model, nhead, batch_first=True)
        self.l1, self.l2 = nn.Linear(d_model, dim_ff), nn.Linear(dim_ff, d_model)
        self.n1, self.n2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.do = nn.Dropout(0.1)
        self.act = nn.ReLU()
    def forward(self, src):
        src = self.n1(src + self.do(self.sa(src, src, src)[0]))
        return self.n2(src + self.do(self.l2(self.do(self.act(self.l1(src))))))
