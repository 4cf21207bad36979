# reason: forward raises ValueError: a picture alone is no clip
from torch import Tensor, nn


class ClipUnit(nn.Module):
    """Reads clips as (batch, time, channels, height, width), each picture for itself."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, clip: Tensor) -> Tensor:
        if clip.dim() == 4:
            raise ValueError("a picture alone is no clip")
        pictures = clip.flatten(0, 1)
        return clip + self.norm(self.conv(pictures)).reshape(clip.shape)
