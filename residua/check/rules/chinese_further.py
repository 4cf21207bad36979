"""What do the rules from R214 on say in Chinese, and what do they measure?"""

from __future__ import annotations

# As in `chinese.TEXTS`: code and title, then the message, then the evidence.
FURTHER_TEXTS = """
R214 跳跃连接按编码器的顺序取出
  {target}:{what}
  {how}
R215 分组数是扩张之前的通道数
  {target}:这个 {channels} 通道的卷积写的是 groups={groups},即扩张之前的通道数:它不是逐通道卷积
  一个 1×1 卷积把 {groups} 变为 {channels},而这一个保持 {channels}
R216 所有参数都被冻结
  {target}:构造函数冻结了全部 {count} 个参数,什么都学不到
  构造之后它们的 requires_grad 都是 False
R217 一次调用留下的张量使下一次调用出错
  {target}:{what}
  {what};在新建的模块上训练三步测得
R218 模块移动时有一个张量留在 CPU 上
  {target}:{what} 留在 CPU 上;在 GPU 上,下一个与输入一起的操作会失败
  把模块与输入放到 torch 的 meta 设备上:一个操作的操作数在两个设备上
R219 参数从未得到数值
  {target}:self.{name} 只分配了内存而没有填值;它的初值是内存里原有的内容
  让 torch 用 NaN 填充新分配的内存并重新构造后,{name} 是 NaN
R220 累计统计量的维护与使用不一致
  {target}:{name} {what}
  {name} {what};在副本上的训练与评估步骤中测得
R221 遍历模块各部分的循环没有碰到任何一个
  {target}:{what},所以这个循环什么也不做
  构造函数执行了这个循环,而其中的条件从未成立
R224 名为逐通道的卷积没有分组
  {target}:{name} 名为逐通道(depthwise)卷积,却混合全部 {channels} 个通道:groups={groups}
  {channels} 个通道的 {kernel} 卷积,groups={groups}
R225 块的各层在运行,块本身却没有
  {target}:{name} 的各层被逐个调用;{kind}.forward(由它加上捷径)从未运行
  {name} 的 {count} 个层在块外运行,周围没有相加
R226 权重先置零,之后又被重新填值
  {target}:{name} 在第 {zeroed} 行置零,在这里又得到其他值:置零没有作用
  构造完成后 {name} 不是零{when}
R227 每个阶段都比所要求的多一个块
  {target}:{name} 为 {asked},各阶段却有 {found} 个块:循环在第一个块之外,又建了所要求的全部数目
  {name} 为 {asked} 时,构造出 {found} 个块
R228 长跳跃从所有块之后才开始
  {target}:{layer} 与它自己读入的值相加,合起来只是一个线性映射:前面的 {count} 个块都在这个和之外
  两个加数之间只有 {layer}
R229 残差被加了两次
  {target}:这个和所加的值,前一个和已经加过:eval 模式下残差被计了两次
  eval 模式下两个和有同一个加数
R230 按零裁剪什么都不剩
  {target}:此处 {crop} 为零,而切到 -0 的切片是空的
  {before} 个元素的切片一个也不剩({trial})
R231 一个层读取的是前一个层的输入
  {target}:此处相加的值,是由前一个和的输入计算出来的:这些层并没有堆叠起来
  从前一个和(以及它的归一化或激活)出发,没有路径经过这个层到达相加的结果
R232 掩码把某一行的所有位置都遮住了
  {target}:这个掩码使 {all} 行中的 {rows} 行全是负无穷,softmax 把它们变成 NaN
  {all} 行中有 {rows} 行从头到尾都是负无穷,与输入无关
R233 一个批归一化处理多种分辨率的特征图
  {target}:{path} 运行在 {count} 种分辨率的特征图上,而它的批归一化只保存一份共同的均值和方差
  {count} 次不同分辨率的调用:{shapes};每一次都更新滑动统计量,结果与哪一级都不相符
R234 裁剪去掉的少于填充增加的
  {target}:填充使序列变长 {grown} 步,而其后的裁剪只去掉了 {cut} 步
  每一侧填充 {padding};{grown} 步中只去掉 {cut} 步,相加失败({trial})
R235 归一化没有除以标准差
  {target}:这些值乘以了自身方差的 {power} 次方,而归一化应为 -0.5 次方:得到的尺度与之前不同,也不是 1
  这个系数由它所乘的值的方差(或均方)计算得到
R236 门里已含捷径,旁边又加了一次捷径
  {target}:1 + 门已经包含输入,而输入又被加了一次:它被计了两次
  x 与 x · (1 + 门) 之和
R237 Res2Net 块的各尺度互不相接
  {target}:{count} 个卷积各自只读取自己的那一片:合起来不过是一个分组卷积,只有一种尺度
  {count} 个卷积中,没有一个读取另一个的结果
R238 归一化分母里的小常数与方差一样大
  {target}:eps={eps} 时,归一化几乎不再除以小数值的标准差;torch 的默认是 1e-5,批归一化的第二个数是 eps=,不是 momentum=
  {count} 个归一化的 eps={eps}
R239 激活函数原样返回输入
  {target}:这个 LeakyReLU 在零以下的斜率也是 1:它就是恒等映射
  {total} 个 LeakyReLU 中,有 {count} 个运行时 negative_slope={slope}
R240 逆变换返回了正向的对数行列式
  {target}:{name} 返回的是 forward 的对数行列式:它自己这个方向的应取相反数
  在一行上测得 forward 的对数行列式为 {volume},{name} 返回的与它相同
R241 每个回溯值都从网络的输入中减去
  {target}:各块的回溯值都从同一个值中减去:前面的块已经解释的部分又回来了
  这一行的 {count} 个差都从同一个值出发,而每个回溯值又来自前一个差
R242 折叠后的权重计算的是别的东西
  {target}:{what},而折叠后的计算结果不同
  相对差为 {gap},归一化与 dropout 在折叠前后都处于 eval 状态
R243 金字塔从最细的一层开始相加
  {target}:每一层加上更粗的一层时,那一层还没有加上它自己的:最粗的图只到达一层
  这一行的 {total} 个和中,有 {count} 个缩放的图要到后面才加上别的图
R244 永远关不上的门
  {target}:sigmoid 读的是 ReLU 的结果:这个门永远不会低于二分之一
  测得门的最小值为 {least}
R245 收缩映射中有一层没有界
  {target}:{layer} 没有谱归一化,而该残差的另外 {others} 层都有
  {layer}.weight 没有被重参数化
"""

# As in `phrases.py`: an English line, then the Chinese one.
FURTHER_PHRASES = """
Hu 2018 eq. 3 (SE-Net): the second layer goes straight into the sigmoid
Hu 2018 式 3(SE-Net):第二层直接进入 sigmoid
Behrmann 2019 (i-ResNet) §2: x + g(x) is invertible where g is a contraction, layer by layer
Behrmann 2019(i-ResNet)§2:逐层都是收缩映射时,x + g(x) 可逆
the same line without the ReLU in front of the sigmoid
同一行,sigmoid 前不要 ReLU
spectral_norm(…) around this layer too
这一层也套上 spectral_norm(…)
Lin 2017 (FPN) §3: the top-down pathway begins at the coarsest level
Lin 2017 (FPN) §3:自顶向下的路径从最粗的一层开始
this softmax runs over another axis than the keys; the weights that are summed up do not add up to 1
此 softmax 没有沿键轴计算;被求和的权重之和不为 1
sums of the weights over the keys differ from 1, over another axis they are 1
权重沿键轴之和不为 1,沿另一个轴之和为 1
in eval mode the branches are folded into one convolution
eval 模式下各分支折叠成一个卷积
{1}() folds it into fewer layers
{1}() 把它折叠成更少的层
"""
