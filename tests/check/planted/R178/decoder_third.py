# residua-test: wrong target=DecoderLayer right=blocks/decoder_third
from torch import nn


class DecoderLayer(nn.Module):
    def __init__(self, d_model=32, heads=4):
        super().__init__()
        self.self_attn = nn.MultiheadAttention(d_model, heads, batch_first=True)
        self.local = nn.Conv1d(d_model, d_model, 3, padding=1)
        self.ff = nn.Sequential(nn.Linear(d_model, 2 * d_model), nn.ReLU(), nn.Linear(2 * d_model, d_model))
        self.norms = nn.ModuleList([nn.LayerNorm(d_model) for _ in range(3)])

    def forward(self, tgt):
        x = self.norms[0](tgt + self.self_attn(tgt, tgt, tgt, need_weights=False)[0])
        y = self.norms[1](x + self.local(x.transpose(1, 2)).transpose(1, 2))
        z = self.ff(y)
        return self.norms[2](x + z)  # expect: R178
