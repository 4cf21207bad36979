"""What do the published designs do, in Chinese?"""

from __future__ import annotations

from collections.abc import Mapping

# Of each published design: what it does, by its name.
_DESIGNS = {
    "Highway": "捷径乘以一个门,残差乘以一减去这个门",
    "Wide ResNet": "块只在通道增加时带步幅;50 层的版本加宽 3×3 而保持输出通道",
    "Option A of the CIFAR networks": "捷径总是隔点取像素并用零补通道,用于尺寸与通道同时改变的块",
    "V-Net": "三维数据,捷径上的卷积步幅与卷积核一样大",
    "DeepLab v3": "后面的阶段用膨胀代替步幅",
    "DRN": "在膨胀块之后,最后几个块没有捷径,以免把膨胀造成的网格传下去",
    "DenseNet": "有意拼接输入,并在名称中说明",
    "SRResNet, CycleGAN": "用于图像、形状不变的块,相加之后没有任何操作",
    "EDSR": "没有批归一化,相加之后没有任何操作",
    "TCN": "沿时间轴,相加之前与之后各有一个 ReLU",
    "PSMNet": "带膨胀的块,相加之后没有任何操作",
    "SENet-154": "残差带门控,捷径上是 3×3 卷积",
    "EfficientFormerV2": "注意力把特征图缩小一半,捷径上是带步幅的 3×3 卷积",
    "FastViT": "x + γ · (mixer(x) - norm(x)):γ = 0 时为恒等,折叠后是一个卷积",
    "Residual U-Net": "实例归一化与 PReLU,或预激活单元,捷径上是 3×3 卷积",
    "U-Net": "拼接各级跳跃连接,后进先出",
    "ShuffleNet": "特征图缩小一半时,池化后的输入与残差拼接",
    "ShuffleNetV2, CSPNet": "部分通道原样通过,最后拼接",
    "Darknet-53, ResNet-9": "ReLU 在残差上,相加之后没有",
    "ERFNet": "把 k×k 卷积写成 k×1 与 1×k,两者合起来是线性的",
    "MobileNetV2": "先扩张,或逐通道卷积,相加之后没有任何操作",
    "iResNet of ArcFace": "以归一化开头或带 PReLU,步幅在第二个卷积上",
    "ResNet v2 of Keras": "步幅在每个阶段的最后一个块",
    "Fixup": "残差的最后一个卷积从零开始",
    "StyleGAN2": "步幅在第二个卷积上,相加之后没有激活;和乘以 √½",
    "RegNetV, Xception of timm": "分组或逐通道卷积;残差与捷径都从批归一化和激活之后开始",
    "DeepNet": "大于一的常数放在捷径上,相加之后是层归一化",
    "d2l": "投影带偏置,没有归一化",
}


def chinese_designs() -> Mapping[str, str]:
    """Return what each published design does, by its name."""
    return _DESIGNS
