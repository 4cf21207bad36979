# residua-test: right target=ConvolutionModule
import torch
import torch.nn as nn
import torch.nn.functional as F


class ConvolutionModule(nn.Module):
    """Conformer convolution module with its residual, (batch, time, dim) in and out."""

    def __init__(self, d_model, kernel_size=15, dropout=0.1):
        super().__init__()
        assert (kernel_size - 1) % 2 == 0
        self.layer_norm = nn.LayerNorm(d_model)
        self.pointwise_in = nn.Conv1d(d_model, 2 * d_model, 1)
        self.depthwise = nn.Conv1d(d_model, d_model, kernel_size, padding=(kernel_size - 1) // 2,
                                   groups=d_model, bias=False)
        self.batch_norm = nn.BatchNorm1d(d_model)
        self.pointwise_out = nn.Conv1d(d_model, d_model, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        y = self.layer_norm(x).transpose(1, 2)
        y = F.glu(self.pointwise_in(y), dim=1)
        y = F.silu(self.batch_norm(self.depthwise(y)))
        y = self.pointwise_out(y).transpose(1, 2)
        return x + self.dropout(y)
