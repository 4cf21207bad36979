# residua-test: wrong target=ImageMLPBlock args=num_patches=9,channels=16
# What is wrong: the second residual starts again from x: the token-mixing result u is thrown away
from torch import nn


class ImageMLPBlock(nn.Module):
    """ResMLP-like residual block on a sequence of patches (B, N, C)."""

    def __init__(self, num_patches, channels):
        super().__init__()
        self.ln_a = nn.LayerNorm(channels)
        self.mix_tokens = nn.Linear(num_patches, num_patches)  # expect
        self.ln_b = nn.LayerNorm(channels)
        self.mix_channels = nn.Sequential(
            nn.Linear(channels, 4 * channels),
            nn.GELU(),
            nn.Linear(4 * channels, channels),
        )

    def forward(self, x):
        u = x + self.mix_tokens(self.ln_a(x).transpose(1, 2)).transpose(1, 2)  # expect
        return x + self.mix_channels(self.ln_b(x))  # expect: R103
