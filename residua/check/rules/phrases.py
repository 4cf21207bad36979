"""What are the texts in Chinese that are no rule's message: fixes, sources, measured words, styles, reasons?"""

from __future__ import annotations

import re
from functools import cache

from residua.check.rules.chinese_fixes import FIXES
from residua.check.rules.chinese_further import FURTHER_PHRASES

# As in chinese_fixes.py: what was measured, configurations, styles, verdicts, and why something was not run.
_TEXTS = """
same shape
形状不变
as given
按所给参数
other channels
通道改变
other channels and stride 2
通道改变且步幅为 2
stride 2
步幅为 2
odd side
边长为奇数
expanded
输入通道等于输出通道
network
网络
never constructed
无法构造
an option at another value
某个选项取其他值
at random
随机
shortcut
捷径
residual
残差
x (shortcut)
x(捷径)
construct
构造
forward
forward
backward
反向传播
basic
基本
bottleneck
瓶颈
kept
保留
dropped
丢弃
norm
归一化
activation
激活
norm and no activation
归一化和激活
activation and no norm
激活和归一化
none
无
side {1} instead of {2}
边长为 {1},应为 {2}
{1}, and {2} of the shortcut
{1},捷径为 {2}
{1} times the first's
第一个的 {1} 倍
the residual's own gate
残差自己的门
log_softmax, harmless before CrossEntropyLoss and right before NLLLoss
log_softmax(接 CrossEntropyLoss 无害,接 NLLLoss 正确)
the sum is multiplied by one random number an image
整个和乘以每张图一个的随机数
the shape is {1}
形状为 {1}
some passes put out nothing but zeros
有些前向只输出零
the shortcut is multiplied by a random mask
捷径乘以随机掩码
a tensor is concatenated with itself
张量与自身拼接
it can only add, never subtract
它只能增加、不能减少
the projection of an inverted residual is linear
倒残差的投影应当是线性的
one of the two operands has height and width exchanged
两个操作数之一的高与宽互换了
one side is taken for both
一条边被用作两条边
a piece of this split is never used
拆分出的一部分没有被使用
the sum
相加的结果
{1} a stage
每阶段 {1} 个
{1}n+2 layers
{1}n+2 层
a single number
一个数
every weight is {1}
所有权重都是 {1}
standard deviation {1}, {2} times √(2/fan_in)
标准差为 {1},是 √(2/fan_in) 的 {2} 倍
fails: {1}
失败:{1}
gives {1} where it should give {2}
结果为 {1},应为 {2}
F.interpolate(up, size=skip.shape[2:]), or a padding, before it
在它之前加 F.interpolate(up, size=skip.shape[2:]) 或填充
at {1} resolutions
在 {1} 种分辨率下
for each of {1}
用于 {1} 中的每一个
, and in no other configuration
,其他配置中也没有
 in the configuration {1}, only at {2}; DistributedDataParallel stops there
(在配置 {1} 下;只在 {2} 时使用,DistributedDataParallel 会因此停止)
 unless it strides
(带步幅时除外)
and {1} more
以及另外 {1} 个
no residual addition
没有残差相加
inverted residual
倒残差
depthwise residual
逐通道残差
pre-activation basic
预激活基本块
pre-activation bottleneck
预激活瓶颈块
post-activation basic
后激活基本块
post-activation bottleneck
后激活瓶颈块
linear-output basic
线性输出基本块
linear-output bottleneck
线性输出瓶颈块
{1} residual additions
{1} 次残差相加
ended its process
结束了自己的进程
did not run
没有运行
ok
没有问题
notes
有提示
warnings
有警告
errors
有错误
not run
未能运行
error
错误
warning
警告
note
提示
its constructor raises {1} in line {2}; give --args {3}
构造函数在第 {2} 行抛出 {1};请给出 --args {3}
its constructor raises {1}; give --args {2}
构造函数抛出 {1};请给出 --args {2}
forward raises {1} in line {2} for an input of {3}; give --input or --args
输入为 {3} 时 forward 在第 {2} 行抛出 {1};请给出 --input 或 --args
forward raises {1} for an input of {2}; give --input or --args
输入为 {2} 时 forward 抛出 {1};请给出 --input 或 --args
forward takes no tensor but what has {1} in line {2}; check a class that calls it
forward 接收的不是张量,而是具有 {1} 的对象(第 {2} 行);请检查调用它的类
the code reads more axes than the input has, {1} as we guessed it; give --input, or check what calls it
代码读取的维数多于输入({1},由我们推测);请给出 --input,或检查调用它的类
forward takes a list of tensors and not one, {1} as we guessed it; give --input, or check what calls it
forward 接收张量的列表而不是一个张量({1},由我们推测);请给出 --input,或检查调用它的类
forward unpacks its input in one mode alone, {1} as we guessed it; give --input, or check what calls it
forward 只在一种模式下拆开输入({1},由我们推测);请给出 --input,或检查调用它的类
{1} is not installed (line {2}); install it, or check a class that does not need it
没有安装 {1}(第 {2} 行);请安装它,或检查不需要它的类
{1} has no {2}; give the version that the code is written for
{1} 中没有 {2};请安装代码所针对的版本
{1} has another {2}: {3}; give the version that the code is written for
{1} 中的 {2} 不同:{3};请安装代码所针对的版本
{1}; check a class that does not need it
{1};请检查不需要它的类
the system ended it by SIGKILL, as it does when memory is short; give smaller sizes as --args name=value
系统用 SIGKILL 结束了它,内存不足时会这样;请用 --args name=value 给出更小的尺寸
it ran for more than {1} s; give --timeout-seconds for a longer limit
运行超过 {1} 秒;请用 --timeout-seconds 给出更长的限制
it needed more memory than a check may take; give smaller sizes as --args name=value, or --no-isolate
所需内存超过检查的限制;请用 --args name=value 给出更小的尺寸,或用 --no-isolate
raise an exception instead, as ValueError
请改为抛出异常,如 ValueError
os._exit, os.abort and os.kill end the whole program, here a check, elsewhere a training run
os._exit、os.abort 和 os.kill 会结束整个程序:这里是检查,别处则是训练
{1} is compiled by torch.jit, where no line can be followed; give it as an nn.Module
{1} 由 torch.jit 编译,无法跟踪其中的代码行;请以 nn.Module 的形式给出
{1} is on the meta device and has no values; give a module with values, as on the CPU
{1} 在 meta 设备上,没有数值;请给出有数值的模块,例如在 CPU 上
its constructor raises {1} in line {2}; give {3} as keyword arguments
构造函数在第 {2} 行抛出 {1};请以关键字参数给出 {3}
its constructor raises {1}; give {2} as keyword arguments
构造函数抛出 {1};请以关键字参数给出 {2}
it takes a configuration that we could not guess ({1}); give {2} as keyword arguments
它需要一个我们无法猜测的配置({1});请以关键字参数给出 {2}
forward raises {1} in line {2} for an input of {3}; give other arguments as keywords, or an instance
输入为 {3} 时 forward 在第 {2} 行抛出 {1};请以关键字给出其他参数,或给出实例
forward raises {1} for an input of {2}; give other arguments as keywords, or an instance
输入为 {2} 时 forward 抛出 {1};请以关键字给出其他参数,或给出实例
{1}; give {2} as keyword arguments
{1};请以关键字参数给出 {2}
--args has {1} values without a name; give no more than it takes, {2}
--args 有 {1} 个没有名字的值;请不要超过它接受的个数 {2}
--args has {1} by its place and by its name; give it once
--args 按位置和按名字各给了一次 {1};请只给一次
it takes a module with {1} ({2}); give --args {3}
它需要一个具有 {1} 的模块({2});请给出 --args {3}
it takes a configuration that we could not guess ({1}); give --args {2}
它需要一个我们无法猜测的配置({1});请给出 --args {2}
the process was ended by {1}
进程被 {1} 终止
the process ended by itself with exit code {1}
进程自行结束,退出码为 {1}
{1}: Python cannot read this line: {2}
{1}:Python 读不懂这一行:{2}
{1} is still in training mode
{1} 仍处于训练模式
the module itself is still in training mode
模块自己仍处于训练模式
the module itself is in eval mode
模块自己处于 eval 模式
everything is in training mode, also what this method puts into eval mode
一切都处于训练模式,包括这个方法设为 eval 模式的部分
there is no module: it returns None, and so does eval()
得不到模块:它返回 None,eval() 也是
{1} is in training mode again, although the constructor put it into eval mode
{1} 又处于训练模式,尽管构造函数把它设为 eval 模式
an exception: it calls train(False), which this train() does not take
出现异常:它调用 train(False),而这个 train() 不接受
is only kept, and nothing reads it
只被保存,没有任何地方读取
is read by nothing, and {1} is read here once more
没有被任何地方读取,而 {1} 在这里又被读了一次
is read by nothing that makes a layer
没有被任何构造层的代码读取
is prepared here and handed to nothing
在这里准备好,却没有交给任何操作
is overwritten here before anything reads it
在被读取之前就在这里被覆盖
is swallowed by the **kwargs of {1}, which calls it {2}
被 {1} 的 **kwargs 吞掉;{1} 把它叫做 {2}
widens this convolution, which has one group alone
只加宽了这个卷积,它仍然只有一组
both terms weigh one value, so that the gate has no effect
两项加权的是同一个值,门没有作用
one term is weighted by a gate, the other one by 1 minus something that is no gate
一项由门加权,另一项由 1 减去一个不是门的值加权
self.{1} keeps the value that forward gave it in eval mode
self.{1} 保留 forward 在 eval 模式下给它的值
is not handed on to {1}, which takes {2}
没有传给 {1},而它接受 {2}
of {1}() is not given to the layer that takes it
({1}() 的参数)没有交给接受它的层
√½ multiplies one term alone, where it keeps the variance of the sum
√½ 只乘了其中一项,而它应当用来保持和的方差
the residual is multiplied by {1}; a constant above one stands on the shortcut
残差乘以了 {1};大于一的常数应当放在捷径上
a padding made for one axis stands on the other; F.pad begins with the last one, the width
为一个轴计算的填充放到了另一个轴上;F.pad 从最后一个轴(宽度)开始
the gate weighs the transform and starts at {1}, so that the input is hardly carried
门加权的是变换,初始为 {1},输入几乎不被传递
the gate weighs the input and starts at {1}, so that the input is hardly carried
门加权的是输入,初始为 {1},输入几乎不被传递
its last layer
它的最后一层
a norm
归一化
an activation
激活函数
the past and the present are hidden, and the future is shown
过去与当前位置被遮住,未来却可见
the lower triangle
下三角
t of t and 1 - t comes straight from a layer, without a sigmoid
t 与 1 - t 中的 t 直接来自某一层,没有经过 sigmoid
its positions are filled with minus infinity here
它的位置在这里被填成负无穷
key_padding_mask ignores its positions
key_padding_mask 忽略它的位置
before
之前
behind
之后
, while {1} runs in two places
,而 {1} 在两处运行
, and the gate beside it weighs each pixel by itself
,而旁边的门逐个像素地加权
, and nothing normalises the scores beside it
,而旁边的注意力分数没有归一化
is given to {1} of {2} by its place, while {2} has one of its own name, left at its default
按位置给了 {2} 的 {1},而 {2} 有同名的参数,却保留了默认值
this line takes the sides of two different axes for one
这一行把两个不同轴的边长当作同一个轴的
{1}: byte {2} is not {3}; save the file as UTF-8
{1}:字节 {2} 不是 {3};请将文件保存为 UTF-8
{1}; save the file as UTF-8
{1};请将文件保存为 UTF-8
its import fails: {1}; give the file instead, as file.py:Class
导入失败:{1};请改为给出文件,如 file.py:Class
{1}: this line ends the program ({2}) when the file is read
{1}:读取文件时这一行就结束了程序({2})
forward takes no input {1}; it takes {2}
forward 没有名为 {1} 的输入;它的输入是 {2}
the inputs given leave one out before the last; forward takes {1}
所给输入在最后一个之前缺了一个;forward 的输入是 {1}
self.{1} carries the graph of one step into the next, whose backward pass fails
self.{1} 把一步的计算图带到下一步,使下一步的反向传播失败
self.{1} gets {2} tensors more with every call, and nothing removes them
self.{1} 每次调用都多出 {2} 个张量,而没有任何代码把它们移走
self.{1}, a plain tensor,
普通张量 self.{1}
what this line makes
这一行创建的张量
is changed in eval mode too: what is evaluated leaks into the module
在 eval 模式下也会改变:被评估的数据泄漏进模块
keeps {1} of its value in one step: the last batch is nearly all of it
每一步只保留 {1} 的旧值:它几乎就是最后一个批次
is read in eval mode, and training never updates it
在 eval 模式下被读取,而训练从不更新它
no parameter has a name with '{1}' where this test asks for it
没有参数的名称像这个条件要求的那样带有 '{1}'
the result is cut in front
结果在前端被裁掉
the identity is cut at its end
恒等在末端被裁掉
the input is padded behind
输入在末端填充
the input is padded on both sides
输入在两侧填充
children() does not go into blocks, where every {1} is
children() 不进入各个块,而所有 {1} 都在块里
this softmax runs over the queries; the weights that are summed up do not add up to 1
此 softmax 沿查询轴计算;被求和的权重之和不为 1
this product sums up over the queries; the weights that are summed up do not add up to 1
此乘积沿查询轴求和;被求和的权重之和不为 1
sums of the weights over the keys differ from 1, over the queries they are 1
权重沿键轴之和不为 1,沿查询轴之和为 1
this softmax runs over the one channel of this map: its result is 1 everywhere, whatever comes in
此 softmax 沿这个特征图唯一的通道计算:无论输入是什么,结果处处为 1
the layer before it makes one channel, along which the softmax runs
它前面的层只产生一个通道,softmax 沿这个通道计算
"""


def in_chinese(text: str) -> str:
    """Return a text in Chinese; as it is where it is no phrase of ours, as code, a name or Python's own words."""
    table = _table()
    if text in table:
        return table[text]
    for pattern, translated in _patterns():
        found = pattern.fullmatch(text)
        if found:
            said = translated
            for number, part in enumerate(found.groups(), 1):
                said = said.replace(f"{{{number}}}", in_chinese(part))
            return said
    return text


def in_language(text: str, lang: str) -> str:
    """Return a text in the language of a command."""
    return in_chinese(text) if lang == "zh" else text


def lines_in_chinese(text: str) -> str:
    """Return lines in Chinese; those of a small diff keep their signs."""
    return "\n".join(_line_in_chinese(line) for line in text.split("\n"))


def _line_in_chinese(line: str) -> str:
    return line[:2] + in_chinese(line[2:]) if line[:2] in ("- ", "+ ") else in_chinese(line)


@cache
def _table() -> dict[str, str]:
    rows = [row for row in (FIXES + _TEXTS + FURTHER_PHRASES).split("\n") if row.strip()]
    return dict(zip(rows[::2], rows[1::2], strict=True))


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    return [(_pattern(english), chinese) for english, chinese in _table().items() if "{1}" in english]


def _pattern(english: str) -> re.Pattern[str]:
    pieces = re.split(r"\{\d\}", english)
    return re.compile("(.+?)".join(map(re.escape, pieces)), re.S)
