# residua-test: wrong target=EncoderLayer
# What is wrong: FFN residual takes the attention input lost: second residual adds the normed FFN output only (x overwritten)
import torch.nn as nn

class EncoderLayer(nn.Module):
    def __init__(self, d_model, n_heads=4, dropout=0.1):
        super().__init__()
        self.attn = nn.MultiheadAttention(d_model, n_heads, dropout=dropout, batch_first=True)
        self.ff = nn.Sequential(nn.Linear(d_model, 4 * d_model), nn.GELU(), nn.Linear(4 * d_model, d_model))
        self.n1 = nn.LayerNorm(d_model)
        self.n2 = nn.LayerNorm(d_model)
        self.drop = nn.Dropout(dropout)
    def forward(self, x):
        h = self.n1(x)
        h, _ = self.attn(h, h, h)
        y = x + self.drop(h)  # expect
        z = x + self.drop(self.ff(self.n2(x)))  # expect: R103
        return z
