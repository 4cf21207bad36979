# residua-test: right target=ResNet9 args='in_channels=3, num_classes=10'
# Why it is right: the popular ResNet-9 of the CIFAR course; residual stages are Sequentials added in forward and all shapes agree.
import torch.nn as nn


def conv_block(in_channels, out_channels, pool=False):
    layers = [nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1),
              nn.BatchNorm2d(out_channels),
              nn.ReLU(inplace=True)]
    if pool:
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)


class ResNet9(nn.Module):
    def __init__(self, in_channels, num_classes, w=16):
        super().__init__()
        self.conv1 = conv_block(in_channels, w)
        self.conv2 = conv_block(w, 2 * w, pool=True)
        self.res1 = nn.Sequential(conv_block(2 * w, 2 * w), conv_block(2 * w, 2 * w))

        self.conv3 = conv_block(2 * w, 4 * w, pool=True)
        self.conv4 = conv_block(4 * w, 8 * w, pool=True)
        self.res2 = nn.Sequential(conv_block(8 * w, 8 * w), conv_block(8 * w, 8 * w))

        self.classifier = nn.Sequential(
            nn.MaxPool2d(4),  # found: R132
            nn.Flatten(),
            nn.Dropout(0.2),
            nn.Linear(8 * w, num_classes))

    def forward(self, xb):
        out = self.conv1(xb)
        out = self.conv2(out)
        out = self.res1(out) + out
        out = self.conv3(out)
        out = self.conv4(out)
        out = self.res2(out) + out
        return self.classifier(out)
