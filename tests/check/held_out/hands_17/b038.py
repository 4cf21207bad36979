# residua-test: wrong target=TextureUnit
# What is wrong: the guard is the wrong way round: it raises for the four-dimensional maps that the layers need, and other inputs cannot run
from torch import Tensor, nn


class TextureUnit(nn.Module):
    def __init__(self, filters: int) -> None:
        super().__init__()
        self.filters = filters
        self.a = nn.Conv2d(filters, filters, kernel_size=3, padding=1, padding_mode="circular", bias=False)
        self.b = nn.Conv2d(filters, filters, kernel_size=3, padding=1, padding_mode="circular", bias=False)
        self.na, self.nb = nn.BatchNorm2d(filters), nn.BatchNorm2d(filters)
        self.relu = nn.ReLU()

    def forward(self, maps: Tensor) -> Tensor:
        if maps.dim() == 4:
            raise ValueError(f"expected a batch of maps, got {tuple(maps.shape)}")  # expect: R161
        y = self.relu(self.na(self.a(maps)))
        y = self.nb(self.b(y))
        return self.relu(maps + y)
