# residua-test: wrong target=ResnetBlock2D args='in_channels=32,out_channels=32,temb_channels=64,time_embedding_norm="scale_shift",groups=8'
# What is wrong: The argument scale (branch weight) is overwritten by the time-embedding scale tensor and then multiplies the branch at the end
import torch
import torch.nn as nn
import torch.nn.functional as F


class ResnetBlock2D(nn.Module):
    r"""Residual block of the denoising U-Net.

    ``scale`` in forward weights the learned branch (1.0 = as trained; lower values fade the block out,
    used by our LoRA merging tools).
    """

    def __init__(self, *, in_channels: int, out_channels: int = None, temb_channels: int = 512,
                 groups: int = 32, eps: float = 1e-6, dropout: float = 0.0,
                 time_embedding_norm: str = "default"):
        super().__init__()
        out_channels = in_channels if out_channels is None else out_channels
        self.time_embedding_norm = time_embedding_norm
        self.norm1 = nn.GroupNorm(groups, in_channels, eps=eps)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        n = out_channels if time_embedding_norm == "default" else 2 * out_channels
        self.time_emb_proj = nn.Linear(temb_channels, n)
        self.norm2 = nn.GroupNorm(groups, out_channels, eps=eps)
        self.dropout = nn.Dropout(dropout)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.conv_shortcut = nn.Conv2d(in_channels, out_channels, 1) if in_channels != out_channels else None

    def forward(self, input_tensor: torch.Tensor, temb: torch.Tensor, scale: float = 1.0) -> torch.Tensor:
        hidden_states = self.conv1(F.silu(self.norm1(input_tensor)))

        temb = self.time_emb_proj(F.silu(temb))[:, :, None, None]
        if self.time_embedding_norm == "default":
            hidden_states = self.norm2(hidden_states + temb)
        elif self.time_embedding_norm == "scale_shift":
            scale, shift = torch.chunk(temb, 2, dim=1)  # expect: R189
            hidden_states = self.norm2(hidden_states) * (1 + scale) + shift

        hidden_states = self.conv2(self.dropout(F.silu(hidden_states)))

        if self.conv_shortcut is not None:
            input_tensor = self.conv_shortcut(input_tensor)
        return input_tensor + scale * hidden_states  # expect
