# residua-test: wrong target=SpeechEncoderLayer
# What is wrong: key_padding_mask must be True at the padding, but the mask built here is True at the valid frames, so attention looks only at the padding.
import torch
import torch.nn as nn


class SpeechEncoderLayer(nn.Module):
    """Pre-norm encoder layer.

    x: (batch, frames, dim), lengths: (batch,) number of real frames
    """

    def __init__(self, dim=64, heads=4, ff_mult=4, dropout=0.1):
        super().__init__()
        self.ln_attn = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, dropout=dropout, batch_first=True)
        self.ln_ff = nn.LayerNorm(dim)
        self.ff = nn.Sequential(
            nn.Linear(dim, ff_mult * dim),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(ff_mult * dim, dim),
        )
        self.drop = nn.Dropout(dropout)

    @staticmethod
    def padding_mask(lengths, max_len):
        steps = torch.arange(max_len, device=lengths.device)
        return steps[None, :] < lengths[:, None]  # expect: R203

    def forward(self, x, lengths):
        mask = self.padding_mask(lengths, x.size(1))
        h = self.ln_attn(x)
        h, _ = self.attn(h, h, h, key_padding_mask=mask, need_weights=False)
        x = x + self.drop(h)
        x = x + self.drop(self.ff(self.ln_ff(x)))
        return x
