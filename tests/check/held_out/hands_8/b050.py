# residua-test: right target=ResUnetStage
import torch.nn as nn


class ResUnetStage(nn.Module):
    """bn-relu-conv-bn-relu-conv, 3x3 conv + bn on the skip (road extraction by deep residual unet)"""

    def __init__(self, input_dim, output_dim, stride=1):
        super(ResUnetStage, self).__init__()

        self.conv_block = nn.Sequential(
            nn.BatchNorm2d(input_dim),
            nn.ReLU(),
            nn.Conv2d(
                input_dim, output_dim, kernel_size=3, stride=stride, padding=1
            ),
            nn.BatchNorm2d(output_dim),
            nn.ReLU(),
            nn.Conv2d(output_dim, output_dim, kernel_size=3, padding=1),
        )
        self.conv_skip = nn.Sequential(
            nn.Conv2d(input_dim, output_dim, kernel_size=3, stride=stride, padding=1),
            nn.BatchNorm2d(output_dim),
        )

    def forward(self, x):

        return self.conv_block(x) + self.conv_skip(x)
