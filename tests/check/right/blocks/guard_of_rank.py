# residua-test: right target=VolumeUnit
from torch import Tensor, nn


class VolumeUnit(nn.Module):
    """Works on (batch, channels, depth, height, width)."""

    def __init__(self, channels: int, dilation: int = 1) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv3d(channels, channels, 3, padding=dilation, dilation=dilation),
            nn.BatchNorm3d(channels),
            nn.ELU(),
            nn.Conv3d(channels, channels, 1),
            nn.InstanceNorm3d(channels, affine=True),
        )

    def forward(self, volume: Tensor) -> Tensor:
        if len(volume.shape) not in (5,):
            raise RuntimeError("volume has to be (batch, channels, depth, height, width)")
        return volume + self.body(volume)
