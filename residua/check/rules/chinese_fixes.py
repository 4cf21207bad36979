"""What do the fixes and the sources of the rules say in Chinese?"""

# English, then Chinese below it; `{1}` is what stands there, as it is, or in Chinese where that is a phrase too.
FIXES = """
it ran for longer than its limit; give --timeout-seconds for a longer limit
运行时间超过了限制;请用 --timeout-seconds 给出更长的限制
not tried for lack of time: {1}; give --timeout-seconds for a longer limit
因时间不足而未尝试:{1};请用 --timeout-seconds 给出更长的限制
other sides
其他边长
other shapes
其他形状
other options
其他选项
other classes
其他类
other files
其他文件
{1} rules
{1} 条规则
torch.roll(y, shifts=(+s, +s), dims=(1, 2))  # after torch.roll(x, shifts=(-s, -s), dims=(1, 2))
torch.roll(y, shifts=(+s, +s), dims=(1, 2))  # 在 torch.roll(x, shifts=(-s, -s), dims=(1, 2)) 之后
(a + b) / 2**0.5; alpha * x + residual
(a + b) / 2**0.5;alpha * x + residual
pass the previous result instead of x
用上一步的结果代替 x
the same line without ReLU
同一行,去掉 ReLU
the same line with inplace=False, or out = out + x for out += x
同一行,改为 inplace=False;out += x 则写成 out = out + x
the same call with dim={1}
同一个调用,改用 dim={1}
the same convolution with {1}
同一个卷积,改为 {1}
stride=1 here, stride=stride in the first convolution
此处 stride=1,第一个卷积 stride=stride
stride=1 here, stride=stride on the 3×3, for v1.5
此处 stride=1,3×3 上 stride=stride,即 v1.5
if stride != 1 or in_channels != out_channels: project with a 1×1 convolution and BN
若 stride != 1 或 in_channels != out_channels:用 1×1 卷积和 BN 投影
give both paths the same shape (a 1×1 projection for channels, the same stride for size)
让两条路径形状相同(通道用 1×1 投影,尺寸用相同步幅)
the layer made for this place: one BatchNorm for each convolution
用为此处创建的层:每个卷积一个 BatchNorm
a new projection for each block
每个块各建一个投影
the same line without detach, .data or no_grad
同一行,去掉 detach、.data 或 no_grad
nn.Conv2d(3, 64, 3, stride=1, padding=1), without max pooling
nn.Conv2d(3, 64, 3, stride=1, padding=1),不要最大池化
x = F.relu(self.bn(x)), then pool
x = F.relu(self.bn(x)),然后池化
project relu(bn(x)), for the variant both_preact
从 relu(bn(x)) 投影,即 both_preact 写法
depths of {1}: {2}
{1} 的各阶段块数:{2}
strides (1, 2, 2, 2)
各阶段步幅 (1, 2, 2, 2)
zero γ only on the residual's last norm
只把残差最后一个归一化的 γ 置零
use running statistics in eval mode, and reduce over channels and pixels only
eval 模式下用累计的统计量,并且只在通道和像素上归约
padding=k // 2 in the convolution, for weights trained so
卷积用 padding=k // 2,若权重是这样训练的
nn.AvgPool2d(2, ceil_mode=True), then the 1×1 with stride 1
nn.AvgPool2d(2, ceil_mode=True),然后是步幅为 1 的 1×1
one addition in every block
每个块都做一次相加
convolution
卷积
transposed convolution
转置卷积
pooling
池化
shrinks the map
特征图会缩小
makes the map grow
特征图会变大
keeps it
使它保持不变
makes {1} pixels of {2}
把 {2} 个像素变成 {1} 个
makes {1}
得到 {1} 个
h.clone() or torch.zeros_like(h), a tensor of its own
h.clone() 或 torch.zeros_like(h),一个独立的张量
the same layer with the channels of what flows into it
同一个层,通道数与流入的张量一致
the same layer with {1} features going out
同一个层,输出 {1} 个特征
the same layer with {1} features going out, both directions together
同一个层,两个方向合计输出 {1} 个特征
assign the result and use it
把结果赋值并使用
F.relu before this convolution
在这个卷积之前加 F.relu
the same convolution, followed by nn.BatchNorm2d
同一个卷积,其后接 nn.BatchNorm2d
construct the layer in __init__ and call it here
在 __init__ 中构造该层,在此处调用
leave requires_grad alone in the constructor
不要在构造函数中改动 requires_grad
return the last layer's output as it is, and let every layer get a gradient
原样返回最后一层的输出,并让每一层都得到梯度
features averaged, not summed; weights as nn.Linear makes them
特征取平均而不是求和;权重保持 nn.Linear 的初始值
y.permute(0, 2, 3, 1).reshape(n, h * w, c), and the same way back
y.permute(0, 2, 3, 1).reshape(n, h * w, c),再按同样方式变回
return the last layer's result as it is
原样返回最后一层的结果
nn.Parameter(...), in an nn.ParameterList where there are several
nn.Parameter(...);有多个时放进 nn.ParameterList
return x * mask / keep_prob, or scale the residual by keep_prob in eval mode
return x * mask / keep_prob,或在 eval 模式下把残差乘以 keep_prob
let only one factor of a product start at zero
乘积中只让一个因子从零开始
use every piece of the split once
拆分出的每一部分都用一次
x[..., :-{1}], or F.pad(x, ({2}, 0))
x[..., :-{1}],或 F.pad(x, ({2}, 0))
a key, or an attribute, of its own for each
每个都用自己的键或属性
identity = x, again before each block
identity = x,在每个块之前重新赋值
nn.init.ones_(norm.weight); draw the weights of convolutions only
nn.init.ones_(norm.weight);只随机初始化卷积的权重
one block for each call, in an nn.ModuleList
每次调用各用一个块,放进 nn.ModuleList
the number of channels that the constructor was given, in every configuration
在所有配置中都用构造函数得到的通道数
.view(batch, channels, height, width), in the order in which they were flattened
.view(batch, channels, height, width),按展平时的顺序
device=x.device, .to(x.device), or torch.zeros_like(x)
device=x.device、.to(x.device) 或 torch.zeros_like(x)
x.size(0) in the place of {1}
用 x.size(0) 代替 {1}
flatten(1), or squeeze(-1)
flatten(1) 或 squeeze(-1)
self.{1} = …  in __init__
self.{1} = …,写在 __init__ 里
a new {1}(…) for each place
每一处各建一个 {1}(…)
{1}=None, and make it in the body: {2}
{1}=None,在函数体内创建:{2}
an activation between them, as in {1}
在两者之间加激活函数,如 {1}
identity = x, before the first layer
identity = x,放在第一层之前
crop as much on each side as the convolutions take there; slice from 0 with the stride
每边裁去卷积在那里减少的像素;按步幅从 0 开始切片
a sum after every second or third convolution
每两三个卷积之后相加一次
round both paths the same way: {1}
两条路径用同样的取整方式:{1}
He 2016a §3.3, options A and B
He 2016a §3.3,选项 A 与 B
He 2016a §3.3; SENet-154 strides with 3×3
He 2016a §3.3;SENet-154 用 3×3 带步幅
He 2016a Fig. 3; old fastai xresnet
He 2016a Fig. 3;早期的 fastai xresnet
DistributedDataParallel refuses parameters without gradient
DistributedDataParallel 不接受没有梯度的参数
torch.flatten(x, 1) keeps the batch
torch.flatten(x, 1) 保留批次
torch.softmax takes the axis of the classes
torch.softmax 沿类别轴计算
He 2016b appendix
He 2016b 附录
He 2016a Table 1 and §4.2
He 2016a Table 1 与 §4.2
He 2016a §4.1, option A
He 2016a §4.1,选项 A
torch.nn.functional.dropout has training=True by default
torch.nn.functional.dropout 默认 training=True
FrancescoSaverioZuppichini/glasses#236; Ronneberger 2015 Fig. 1 crops
FrancescoSaverioZuppichini/glasses#236;Ronneberger 2015 Fig. 1 做了裁剪
He 2016a eq. 1; Huang 2017 for DenseNet
He 2016a eq. 1;DenseNet 见 Huang 2017
measured: not alive in the executed graph
实测:在执行过的计算图中不起作用
measured: parameters() does not hold {1}
实测:parameters() 中没有{1}
its weights
它的权重
them
它们
measured: requires_grad of each weight
实测:每个权重的 requires_grad
time and memory limit of `residua check`
`residua check` 的时间与内存限制
Python's own traceback
Python 自己的回溯
a network that cannot overfit one batch has a broken path
学不会一个批次的网络必有断开的路径
measured: memory order of the executed views
实测:执行过的 view 的内存顺序
measured: end of the executed path
实测:执行路径的末端
Huang 2016 §3; EfficientNet's drop_connect
Huang 2016 §3;EfficientNet 的 drop_connect
De & Smith 2020 (SkipInit): the scalar is learned
De & Smith 2020 (SkipInit):该标量是学习得到的
Zhang 2019 (Fixup) and Bachlechner 2020 (ReZero) start one factor at zero
Zhang 2019 (Fixup) 与 Bachlechner 2020 (ReZero) 让一个因子从零开始
measured; Ma 2018 (ShuffleNetV2) passes one half on and transforms the other
实测;Ma 2018 (ShuffleNetV2) 一半原样通过,另一半做变换
measured: modules() does not hold them
实测:modules() 中没有它们
Ioffe 2015 §3: γ = 1 gives back the normalised value; Goyal 2017 §5.1 for the residual's last norm
Ioffe 2015 §3:γ = 1 还原归一化后的值;残差最后一个归一化见 Goyal 2017 §5.1
torch.nn.Conv2d: padding='same' for stride 1 only; Keras pads strided ones too
torch.nn.Conv2d:padding='same' 只用于步幅 1;Keras 对带步幅的卷积也填充
He 2016a §3.3: the projection shortcut matches dimensions
He 2016a §3.3:投影捷径使维度一致
torch.Tensor.view keeps the order of the elements
torch.Tensor.view 保持元素的顺序
a module's inputs and parameters say which device it runs on
模块的输入与参数决定它在哪个设备上运行
the first axis of the input says how many there are
输入的第一维就是图片数
torch broadcasts from the last axis on
torch 从最后一维开始广播
reshape it to {1} first, as in emb[:, :, None, None]
先变形为 {1},例如 emb[:, :, None, None]
take the two in the order in which they are initialised
按初始化时的顺序取出两者
a scale of one and a shift of zero leave a normalised map as it is
缩放为一、平移为零时,归一化后的特征图保持不变
a second layer of the same kind, made beside self.{1}
在 self.{1} 旁边再建一个同样的层
He 2016a Fig. 5: each layer of a residual has weights of its own
He 2016a 图 5:残差的每个层有自己的权重
Xie 2017 §3: C paths are one convolution of C groups
Xie 2017 §3:C 条路径就是一个 C 组卷积
torch.squeeze removes every axis of length 1, or the one it is given
torch.squeeze 去掉所有长度为 1 的维度,或指定的那一维
pytorch/pytorch#715: a module registers what is assigned to self
pytorch/pytorch#715:模块注册赋给 self 的东西
Python calls __init__, torch calls forward; each is a method of the class itself
Python 调用 __init__,torch 调用 forward;两者都必须是类自己的方法
Python evaluates a default once, at the definition
Python 只在定义时对默认值求值一次
undo the steps of forward in reverse order, each with the values that it read
按相反的顺序撤销 forward 的各步,每一步用它当时读取的值
super().train(mode), then .eval() on what stays frozen, then return self
先 super().train(mode),再对保持冻结的部分调用 .eval(),最后 return self
one number an image: torch.rand(x.shape[0], *[1] * (x.dim() - 1))
每张图一个数:torch.rand(x.shape[0], *[1] * (x.dim() - 1))
hand {name} to the layer that it is meant for, or take it away
把 {name} 交给它所指的层,或者去掉它
x = self.norm2(x + self.dropout(self.ff(x))), or x = x + self.ff(self.norm2(x))
x = self.norm2(x + self.dropout(self.ff(x))),或 x = x + self.ff(self.norm2(x))
torch.nn.Module.train(mode) is what eval() calls, with mode=False
eval() 调用的就是 torch.nn.Module.train(mode),其中 mode=False
read off the code and off the layers that ran
从代码与执行过的层中读出
torch: masked_fill writes where the mask is true; key_padding_mask is true for what is ignored
torch:masked_fill 写入掩码为真的位置;key_padding_mask 为真的位置被忽略
Vaswani 2017 §3.1: a residual connection around each of the sub-layers
Vaswani 2017 §3.1:每个子层都有残差连接
freeze only what was trained before, and make the new head after it
只冻结训练过的部分,之后再创建新的头
measured: requires_grad after construction
实测:构造之后的 requires_grad
keep it in a local variable, or .detach() it where it has to stay
放在局部变量里;若必须保留,则用 .detach()
torch autograd: a graph is freed by its first backward pass; what is referenced is never freed
torch autograd:计算图在第一次反向传播后释放;仍被引用的内容永远不会释放
self.register_buffer(name, tensor), or device=x.device for what forward makes
self.register_buffer(name, tensor);forward 里创建的张量写 device=x.device
torch.nn.Module.register_buffer; Module.to moves parameters, buffers and submodules alone
torch.nn.Module.register_buffer;Module.to 只移动参数、缓冲区与子模块
nn.Parameter(torch.zeros(…)), or an nn.init function on it in the constructor
nn.Parameter(torch.zeros(…)),或在构造函数中对它调用 nn.init 的函数
torch.empty, torch.Tensor(n): uninitialized data
torch.empty、torch.Tensor(n):未初始化的数据
set it to zero behind this, at the end of the constructor
在这之后、构造函数的末尾再置零
for m in self.modules(), and the names that named_parameters() prints
用 for m in self.modules(),名称以 named_parameters() 打印的为准
torch.nn.Module.modules goes into every part, children() into the first level alone
torch.nn.Module.modules 进入每个部分,children() 只到第一层
range(1, {1}): the first block of the stage stands before the loop
range(1, {1}):这一阶段的第一个块在循环之前
keep the features in front of the blocks under a name of their own, and add those
把各块之前的特征另存一个名字,与它相加
Lim 2017 Fig. 3 (EDSR): the skip goes around all blocks and the convolution behind them
Lim 2017 Fig. 3(EDSR):跳跃连接绕过所有块以及其后的卷积
Huang 2016 §3: what may be dropped is the residual that is added
Huang 2016 §3:可以丢弃的,就是所加的那个残差
Python: -0 is 0
Python:-0 就是 0
call the block: x = block(x)
调用整个块:x = block(x)
torch.nn.Module.children gives the layers, not what forward does with them
torch.nn.Module.children 给出各层,而不是 forward 如何使用它们
the same layer, given the sum before it
同一个层,输入改为前一个和
the slope that is meant, as negative_slope=0.2, and inplace=True by its name
写明所要的斜率,如 negative_slope=0.2,inplace=True 则用参数名
logdet = -log_s.sum(dim=1), or return none and say so
logdet = -log_s.sum(dim=1),或者不返回并写明
Dinh 2017 (RealNVP) eq. 3 and §3.3: the inverse has the inverse Jacobian
Dinh 2017(RealNVP)式 3 与 §3.3:逆变换的雅可比矩阵是正向的逆
the kernel of this branch alone: for the identity, a 1 in the centre of channel i of filter i
这一分支自己的核:恒等分支为第 i 个滤波器第 i 个通道的中心取 1
the decoder meets a map of {1} first and one of {2} later: the coarsest features should meet the coarsest skip
解码器先遇到 {1} 的特征图,后遇到 {2} 的:最粗的特征应当先与最粗的跳跃连接相加或拼接
the maps that it is joined with are of side {1} first, and of {2} later
与它相加或拼接的特征图,边长先是 {1},后来是 {2}
the decoder meets the first of {1} stored features first: a U takes the last first
解码器先遇到所存 {1} 个特征中的第一个:U 形网络先取最后一个
{1} features of one shape, each met in the order in which they were made
{1} 个形状相同的特征,按产生的先后顺序与之相遇
{1} in line {2} hangs on a guess of ours, {3}: with {4} it is gone; {5}
第 {2} 行的 {1} 取决于我们的猜测({3}):换成 {4} 后就没有了;{5}
give --args {1}
请给出 --args {1}
give --input
请给出 --input
"""
