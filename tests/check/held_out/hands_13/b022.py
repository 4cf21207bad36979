# residua-test: wrong target=SpeechEncoder
# What is wrong: normalize_before is passed by position and lands in ff_scale: with False the feed-forward branch is multiplied by 0 and post-LN is never on.
import torch
from torch import nn


class PositionwiseFeedForward(nn.Module):
    def __init__(self, idim, hidden_units, dropout_rate):
        super().__init__()
        self.w_1 = nn.Linear(idim, hidden_units)
        self.w_2 = nn.Linear(hidden_units, idim)
        self.dropout = nn.Dropout(dropout_rate)

    def forward(self, x):
        return self.w_2(self.dropout(torch.relu(self.w_1(x))))


class EncoderLayer(nn.Module):
    """
    :param int size: input dim
    :param self_attn: attention module
    :param feed_forward: feed-forward module
    :param float dropout_rate: dropout rate
    :param float ff_scale: weight of the feed-forward branch (0.5 in macaron style)
    :param bool normalize_before: layer norm before the module (pre-LN) or after the sum (post-LN)
    """

    def __init__(self, size, self_attn, feed_forward, dropout_rate, ff_scale=1.0, normalize_before=True):
        super().__init__()
        self.self_attn = self_attn
        self.feed_forward = feed_forward
        self.norm_ff = nn.LayerNorm(size)  # found: R172
        self.norm_mha = nn.LayerNorm(size)
        self.dropout = nn.Dropout(dropout_rate)
        self.ff_scale = ff_scale
        self.normalize_before = normalize_before

    def forward(self, x):
        residual = x
        if self.normalize_before:
            x = self.norm_mha(x)
        x = residual + self.dropout(self.self_attn(x, x, x, need_weights=False)[0])
        if not self.normalize_before:
            x = self.norm_mha(x)

        residual = x
        if self.normalize_before:
            x = self.norm_ff(x)
        x = residual + self.ff_scale * self.dropout(self.feed_forward(x))
        if not self.normalize_before:
            x = self.norm_ff(x)
        return x


class SpeechEncoder(nn.Module):
    """(batch, frames, idim) -> (batch, frames, attention_dim)"""

    def __init__(self, idim=40, attention_dim=64, attention_heads=4, linear_units=128,
                 num_blocks=3, dropout_rate=0.1, normalize_before=False):
        super().__init__()
        self.normalize_before = normalize_before
        self.embed = nn.Sequential(nn.Linear(idim, attention_dim), nn.LayerNorm(attention_dim), nn.ReLU())
        self.encoders = nn.ModuleList([
            EncoderLayer(  # expect: R189
                attention_dim,
                nn.MultiheadAttention(attention_dim, attention_heads, dropout_rate, batch_first=True),  # found: R147
                PositionwiseFeedForward(attention_dim, linear_units, dropout_rate),
                dropout_rate,
                normalize_before,
            )
            for _ in range(num_blocks)
        ])
        if self.normalize_before:
            self.after_norm = nn.LayerNorm(attention_dim)

    def forward(self, xs):
        xs = self.embed(xs)
        for layer in self.encoders:
            xs = layer(xs)
        if self.normalize_before:
            xs = self.after_norm(xs)
        return xs
