# residua-test: wrong target=Encoder
# What is wrong: normalize_before is not passed on to the layers, so normalize_before=False still builds pre-norm layers (and leaves out the final norm)
from typing import Optional

import torch
from torch import nn, Tensor


class EncoderLayer(nn.Module):
    def __init__(self, d_model: int, nhead: int, dim_feedforward: int = 128, dropout: float = 0.1,
                 normalize_before: bool = True) -> None:
        super().__init__()
        self.self_attn = nn.MultiheadAttention(d_model, nhead, dropout=dropout, batch_first=True)
        self.linear1 = nn.Linear(d_model, dim_feedforward)
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(dim_feedforward, d_model)
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout1 = nn.Dropout(dropout)
        self.dropout2 = nn.Dropout(dropout)
        self.normalize_before = normalize_before

    def forward(self, src: Tensor, src_key_padding_mask: Optional[Tensor] = None) -> Tensor:
        residual = src
        if self.normalize_before:
            src = self.norm1(src)
        src2 = self.self_attn(src, src, src, key_padding_mask=src_key_padding_mask)[0]
        src = residual + self.dropout1(src2)
        if not self.normalize_before:
            src = self.norm1(src)

        residual = src
        if self.normalize_before:
            src = self.norm2(src)
        src2 = self.linear2(self.dropout(torch.relu(self.linear1(src))))
        src = residual + self.dropout2(src2)
        if not self.normalize_before:
            src = self.norm2(src)
        return src


class Encoder(nn.Module):
    """
    Args:
      d_model: the number of expected features
      nhead, num_layers, dim_feedforward, dropout: as usual
      normalize_before: pre-norm layers and one norm after the last of them (True),
        or post-norm layers (False)
    """

    def __init__(self, d_model: int, nhead: int = 4, num_layers: int = 3, dim_feedforward: int = 128,
                 dropout: float = 0.1, normalize_before: bool = True) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            [
                EncoderLayer(d_model, nhead, dim_feedforward, dropout)  # expect: R189
                for _ in range(num_layers)
            ]
        )
        self.after_norm = nn.LayerNorm(d_model) if normalize_before else None

    def forward(self, src: Tensor, src_key_padding_mask: Optional[Tensor] = None) -> Tensor:
        for mod in self.layers:
            src = mod(src, src_key_padding_mask)
        if self.after_norm is not None:
            src = self.after_norm(src)
        return src
