# residua-test: wrong target=REDNet
# What is wrong: One conv and one transposed conv object stand for all inner encoder/decoder layers, so layers that should be separate share their weights
import torch.nn as nn


class REDNet(nn.Module):
    """Residual encoder-decoder for low-dose CT: 5 conv layers, 5 deconv layers, 3 shortcuts.

    Each layer has its own 5x5 kernels, no padding (Chen et al., TMI 2017).
    """

    def __init__(self, out_ch=96):
        super(REDNet, self).__init__()
        self.conv_first = nn.Conv2d(1, out_ch, kernel_size=5, stride=1, padding=0)
        self.conv = nn.Conv2d(out_ch, out_ch, kernel_size=5, stride=1, padding=0)  # expect
        self.conv_t = nn.ConvTranspose2d(out_ch, out_ch, kernel_size=5, stride=1, padding=0)  # expect
        self.conv_t_last = nn.ConvTranspose2d(out_ch, 1, kernel_size=5, stride=1, padding=0)
        self.relu = nn.ReLU()

    def forward(self, x):
        # encoder
        residual_1 = x
        out = self.relu(self.conv_first(x))
        out = self.relu(self.conv(out))  # expect
        residual_2 = out
        out = self.relu(self.conv(out))  # expect: R208
        out = self.relu(self.conv(out))  # expect
        residual_3 = out
        out = self.relu(self.conv(out))  # expect
        # decoder
        out = self.conv_t(out)  # expect
        out = out + residual_3
        out = self.conv_t(self.relu(out))  # expect
        out = self.conv_t(self.relu(out))  # expect
        out = out + residual_2
        out = self.conv_t(self.relu(out))  # expect
        out = self.conv_t_last(self.relu(out))
        out = out + residual_1
        return self.relu(out)
