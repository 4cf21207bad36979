"""Layers, blocks and networks as plain `torch.nn.Module`s."""

from residua.nn.adapt import FeatureExtractor, with_classes, with_in_channels
from residua.nn.blocks import BasicBlock, Bottleneck, PreActBasicBlock, PreActBottleneck
from residua.nn.resnet import ResNet, build

__all__ = [
    "BasicBlock",
    "Bottleneck",
    "FeatureExtractor",
    "PreActBasicBlock",
    "PreActBottleneck",
    "ResNet",
    "build",
    "with_classes",
    "with_in_channels",
]
