# residua-test: wrong target=EncoderLayer
# What is wrong: The second Add & Norm adds the layer's input instead of the output of the attention sub-layer, so the attention's own sum is bypassed.
import torch
import torch.nn as nn


class EncoderLayer(nn.Module):
    """Transformer encoder layer of the original paper (post-norm)."""

    def __init__(self, d_model=64, num_heads=4, d_ff=128, dropout=0.1):
        super().__init__()
        self.multi_head_attention = nn.MultiheadAttention(
            d_model, num_heads, dropout=dropout, batch_first=True)
        self.feed_forward = nn.Sequential(
            nn.Linear(d_model, d_ff), nn.ReLU(), nn.Linear(d_ff, d_model))
        self.layer_norm_1 = nn.LayerNorm(d_model)
        self.layer_norm_2 = nn.LayerNorm(d_model)
        self.dropout_1 = nn.Dropout(dropout)
        self.dropout_2 = nn.Dropout(dropout)

    def forward(self, inputs, key_padding_mask=None):
        attn, _ = self.multi_head_attention(
            inputs, inputs, inputs, key_padding_mask=key_padding_mask)
        hidden = self.layer_norm_1(inputs + self.dropout_1(attn))
        output = self.dropout_2(self.feed_forward(hidden))
        return self.layer_norm_2(inputs + output)  # expect: R178
