"""What do the rules, and the table of published designs, say in Chinese?"""

from __future__ import annotations

# Of each rule: its code and title, then its message, then its evidence, with the same facts in braces as in English.
TEXTS = """
R101 残差分支的结果(或相加的结果)被覆盖,或者没有返回
  {target}:残差分支的结果在这一行被丢弃,块没有计算 residual(x) + shortcut(x)
  {lost} 被执行,但任何输出都不依赖它
R102 没有把捷径与残差相加
  {target} 没有做残差相加:从输入到输出的每条路径都至少经过 {convs} 个带权重的层
  执行过的操作中,没有一个对输出有效的、把两条输入路径相加的操作({trial})
R103 后面的卷积读取了块的输入,前面的卷积白算了
  {target}:这个卷积读取的是块的输入,{wasted} 对输出没有任何影响
  {wasted} 被执行,但输出不依赖它
R104 张量与自己相加
  {target}:这个加法的两个操作数是同一个值
  两个操作数来源相同,中间没有任何操作
R105 捷径被加了两次
  {target}:捷径被第二次加上;权重为零时块返回 2x
  同一来源被加了两次,两次相加之间没有带权重的层
R106 相加之前残差上有激活
  {target}:残差在相加之前经过了 {name}:{what}
  残差的最后一个操作是 {name}({trial});ResNet-9、Darknet 与 TCN 是有意如此
R107 后激活块在相加之后没有 ReLU
  {target}:相加之后没有非线性,块与块之间是线性连接;{family} 是有意如此
  残差以卷积开头,和之后没有激活({trial})
R108 原地操作改变了输入
  {target}:{what} 写入了捷径或调用者仍要使用的张量
  调用之后数值改变了({trial})
R109 原地操作使反向传播失败
  {target}:这个原地操作改变了反向传播需要的值
  {error}
R110 步幅只作用在一条路径上
  {target}:{path} 的尺寸与步幅不符
  步幅为 2 时捷径为 {shortcut},残差为 {residual}:{error}
R111 残差里有两个卷积都用了步幅
  {target}:这个卷积第二次使用步幅,特征图缩小到四分之一
  步幅为 2 时残差为 {residual}:{error}
R112 基本块的步幅在第二个卷积上
  {target}:步幅在第二个 3×3 上;He 2016 放在第一个(ArcFace 的 iResNet 有意不同)
  残差卷积的步幅依次为 1、2
R113 瓶颈块的步幅在第一个 1×1 上(v1)
  {target}:这是 v1 瓶颈块,步幅在 1×1 上;torchvision 的 v1.5 放在 3×3 上
  第一个 1×1 卷积带步幅
R114 形状改变却没有投影
  {target}:残差改变了形状而捷径没有,相加失败
  {trial}:捷径 {shortcut},残差 {residual}
R115 相加时发生了广播
  {target}:这个加法的两个操作数形状不同,被悄悄广播
  {small} 加到 {large} 上
R116 形状已经一致却仍然投影
  {target} 在形状一致时仍投影:He 2016a 的选项 C 或教程写法;按此处的构造多 {params} 个参数
  通道相同、步幅为 1,捷径上却有卷积
R117 捷径上的卷积大于 1×1
  {target}:投影是 {kernel}×{kernel},会混合邻域,代价是 1×1 的 {kernel}² 倍
  捷径上的卷积核为 {kernel}
R118 投影没有归一化
  {target}:残差有归一化而投影没有,投影可能淹没残差(d2l 有意如此)
  投影与相加之间没有归一化
R119 投影捷径上有激活
  {target}:投影之后有 ReLU,捷径不可能为负
  捷径的最后一个操作是 ReLU
R120 投影读取的是残差结果,而不是块的输入
  {target}:投影作用在残差结果上,捷径不存在了
  到输出的每条路径都经过残差的卷积({trial})
R121 一个层被用在两处
  {target}:{name} 被 {uses} 处共用,本应属于此处的层没有用到
  {name} 在一次前向中执行 {uses} 次,每次处理的是不同层的结果
R122 同一个块实例被重复引用
  {path} 里同一个实例出现 {count} 次:权重共享,加深并不增加参数
  {count} 个条目,同一个对象
R123 多个块共用一个投影
  一个投影被 {count} 个不同的块共用
  同一组权重在 {count} 处执行
R124 同一个激活模块被多次使用
  {target}:一个激活模块执行 {count} 次;训练无妨,但 DeepLift、导向反传与融合需要各自独立
  一次前向中调用 {count} 次
R125 层放在普通列表或字典里
  {target}:self.{name} 是普通 {kind},其中 {params} 个参数不会被训练、移动或保存
  parameters() 里缺少 {params} 个参数
R126 定义了层却从未使用
  {target}:{name} 在 __init__ 中定义,却没有参与 forward
  {trial}:它既没有被执行,也没有被读取
R127 块的一部分得不到梯度
  {target}:梯度在此被切断:此行之前的部分无法通过它学习;{count} 个参数完全得不到梯度
  反向传播后 {params} 的梯度为 None
R128 批归一化之前的卷积带偏置
  {target}:这个卷积的偏置会被随后的批归一化抵消;按此处的构造,bias=False 可省 {size} 个参数
  带偏置的卷积之后紧接批归一化
R129 缺少填充
  {target}:{kind}的卷积核为 {kernel},填充为 {padding},{what};padding={right} {how}
  卷积核 {kernel},填充 {padding}({trial})
R130 填充过多
  {target}:{kind}的卷积核为 {kernel},填充为 {padding},{what};padding={right} {how}
  卷积核 {kernel},填充 {padding}({trial})
R131 小图片用了 ImageNet 的输入层
  {target}:输入 {side}×{side} 时,步幅为 {stem} 的输入层只给第一个块留下 {first}×{first},最后的特征图是 {last}×{last}
  总步幅 {total};源码中的图片为 {side} 像素
R132 池化尺寸写死
  {target}:池化尺寸写死为 {kernel}×{kernel},网络只能用于一种图片尺寸
  在 {map} 的特征图上做核为 {kernel} 的平均池化
R133 批次维与另一维混在一起
  {target}:输入 {given} 张图,输出 {got} 行
  输入形状为 {shape} 时输出第一维为 {got}
R134 模型内部做了 softmax
  {target} 返回概率;CrossEntropyLoss 需要 logits,用概率会学得很慢
  输出来自 {what},每行之和为 1
R135 在批次维度上做 softmax
  {target}:这个 softmax 沿批次维度计算,一张图的结果取决于其他图
  eval 模式下改变第 1 张图,第 0 张图的结果变化 {gap}(相对)
R136 输入层缺少归一化或激活
  {target}:输入层卷积之后缺少 {missing},而各块都有
  输入层与第一个块之间的操作:{found}
R137 预激活网络缺少最后的归一化
  {target}:最后一个预激活块的和未经 BN 与 ReLU 就被池化
  最后一次相加与池化之间没有归一化
R138 连续两次 BN-ReLU
  {target}:归一化与激活连续执行两次:先是输入层,再是第一个块
  同一条链上依次为 归一化、激活、归一化、激活
R139 预激活块从 x 投影
  {target} 从 x 而不是激活后的 x 投影;两种写法都有论文使用
  投影之前没有归一化
R140 块数与名称不符
  {target} 名为 {claimed} 层,实际 {counted} 层(各阶段块数 {stages})
  数得的层数:{counted};最接近的已知网络:{nearest}
R141 扩张倍数与网络族不符
  {target}:{kind} 块扩张 {found} 倍,已发表的为 {right} 倍
  最后一个卷积的通道数:{measured}
R142 各阶段的步幅位置不对
  {target}:各阶段特征图为 {found};第一阶段之后每阶段应各减半一次
  各阶段步幅:{strides}
R143 选项 A 丢失或打散了通道
  {target}:填充后的捷径只带来 {channels} 个输入通道中的 {carried} 个
  捷径中非零通道为 {carried},应为相邻的 {channels} 个
R144 初始权重为常数或过大
  {target}:{what};Kaiming 初始化能保持各层方差
  {what}
R145 最后一个归一化的 γ 从零开始
  {target}:{path} 上最后一个归一化的 γ 为零;在残差上是已发表的做法,在捷径上则使其失效
  所有 γ 均为 0
R146 eval 模式下 dropout 仍然生效
  {target}:eval 模式下两次结果不同,这里的 dropout 不受 eval 控制
  相对差 {gap}
R147 一张图的结果取决于同批的其他图
  {target}:eval 模式下 {what} 混合了同批图片
  改变第 1 张图,第 0 张图的结果变化 {gap}(相对)
R148 边长为奇数时失败
  {target}:边长 {works} 可用,{fails} 失败:两条路径取整方式不同
  {error}
R149 带步幅卷积前的不对称填充
  {target}:不对称填充 {pads},与转换自 TensorFlow 的网络相同;对称填充网络的权重在此会掉点
  步幅之前的填充为 {pads}
R150 带步幅的 1×1 卷积跳过像素
  {target}:步幅为 2 的 1×1 只读四分之一像素;ResNet-D 先做平均池化
  卷积核 1,步幅 2
R151 部分块没有有效的捷径
  {target}:{total} 个同形状的块中有 {missing} 个没有捷径
  没有有效相加:{names}
R152 恒等路径被缩放
  {target}:恒等路径被乘以 {factor};经过 n 个块即为 {factor} 的 n 次方
  权重为零时块返回 {factor} · x
R153 用拼接代替了相加
  {target} 在残差块应当相加的地方做了拼接:输入 {given} 通道,之后 {channels} 通道
  把输入与卷积结果拼接,没有相加
R154 通道数不匹配
  {target}:{layer} 的通道数不对:应为 {expected},实际 {got}
  {trial}:{error}
R155 卷积的结果被丢弃
  {target}:{name} 被执行,但结果没有被使用
  输出不依赖 {name}
R156 卷积之间没有激活函数
  {target}:残差分支的 {count} 个卷积之间没有激活函数,合起来只是一个线性映射
  第一个与最后一个卷积之间只有归一化
R157 最后一个卷积没有批归一化
  {target}:残差分支的最后一个卷积没有批归一化,而其余卷积都有
  该卷积既无偏置也无归一化,结果直接进入加法
R158 在 forward 中构造带权重的层
  {target}:{layer} 在 forward 中构造;每次调用都是新的随机权重,不会被训练
  被执行的层不在模块的子模块之中
R159 有一个卷积被冻结
  {target}:{name} 停在随机初始权重上不再训练,而其余卷积在学习
  构造之后 requires_grad 为 False
R160 代码结束了自己的进程
  {target}:{error}
  运行它的进程已消失,而且不是由我们结束的
R161 代码抛出异常
  {target}:{stage} 失败:{error}
  {trial}:{error}
R162 一百步学不会一个批次
  {target}:在一个批次上训练 {steps} 步后损失为 {last},起初为 {first}
  ln(类别数)为 {chance}
R163 首个损失远离 ln(类别数)
  {target}:首个损失为 {first},未训练的 {classes} 类分类器应接近 {chance}
  logits 的标准差为 {spread}
R164 用 view 混淆了各轴,本应使用 permute
  {target}:此处 view 把 {given} 读作 {got},混淆了通道与位置;应先 permute
  新的轴把某个轴切开,又与其他轴拼接
R165 注意力在错误的轴上归一化
  {target}:{what}
  {how}
R166 随机深度把捷径也丢弃了
  {target}:随机掩码丢弃了整个和;随机深度只应丢弃残差,保留捷径
  {what}
R167 logits 之后还有激活函数
  {target}:分类器最后一层之后还有 {what};以 logits 计算的损失将无法降到位
  输出之前的最后一个操作是 {what}
R168 权重是普通张量,不会被训练
  {target}:self.{name} 是普通的 {kind},其中 {params} 个权重不会被训练、移动或保存
  parameters() 中缺少 {params} 个权重
R169 残差被丢弃的概率与应保留的概率颠倒了
  {target}:在 {stated} 时,训练中只有 {kept}% 的前向保留了残差:判断写反了
  {stated} 应表示{meant}的概率;实际保留 {kept}%
R170 随机深度在训练与评估时的期望不同
  {target}:训练时保留下来的残差是评估时的 {gain} 倍;保留概率为 {keep} 时应为 {right} 倍
  (保留 − 丢弃)/(评估 − 丢弃)= {gain},应为 {right}
R171 残差被乘以一个不会被训练的零
  {target}:残差被乘以常数零,永远不起作用
  该系数为零,且不在 parameters() 中
R172 权重从一开始就没有梯度,并且一直没有
  {target}:{count} 个参数在每一步的梯度都恰为零:{names}
  从初始权重做六步梯度下降;只有一个零因子时第一步就会改变
R173 部分输入通道没有任何作用
  {target}:{channels} 个输入通道中有 {idle} 个对输出没有影响
  对 {idle} 个输入通道的梯度处处为零
R174 张量与自身拼接,或拆分出的一部分被丢弃
  {target}:张量与自身拼接,或拆分出的一部分没有被使用
  {what}
R175 没有打乱任何通道的 shuffle
  {target}:{given} 变形为 {got} 后又变回原样:中间没有转置,什么都没有移动
  两个相邻的 view,第二个撤销了第一个
R176 因果卷积看到了未来
  {target}:{how}({reach} 步):每一步看到了之后的输入
  (卷积核 − 1)·膨胀 = {whole},其中 {reach} 步在错误的一侧
R177 循环中创建的模块互相覆盖
  {target}:这里依次创建了 {made} 个模块,只有 {kept} 个被保留
  构造了 {made} 个,modules() 中只有 {kept} 个
R178 块加上的是前一个块的输入
  {target}:这里加上的是前一个块的输入,前一个块的和没有被传递下去
  两次相加都从同一个值出发,没有捷径从第一个和出发
R179 一个阶段的每个块都带步幅
  {target}:该阶段的 {count} 个块全部带步幅(边长 {sides});只有第一个应当如此
  各块之后的边长:{sides}
R186 逆运算没有还原输入
  {target}:把 forward 的结果交给 {name},得到的不是 forward 的输入
  float64、eval 模式下的相对差 {gap}
R187 train() 或 eval() 使模块处于错误的模式
  {target}:调用 {call} 之后,{what}
  {what};在副本上实测
R188 随机深度丢弃的是单个数值
  {target}:{name} 抽取了 {drawn} 个随机数,而应当对 {images} 张图各抽一个;这其实是 dropout
  输入为 {given} 时掩码形状为 {shape}
R189 参数没有作用
  {target}:{name} {how}
  无论 {name} 取何值,这些层都相同
R190 代码里写死了设备
  {target}:这一行只能在有该设备的机器上运行;应使用输入所在的设备
  检查的其余部分改用 CPU 运行
R191 代码里写死了批大小
  {target}:这一行只接受大小为 {batch} 的批次;一轮的最后一个批次往往更小
  批大小为 2 时失败,为 {batch} 时可以运行:{error}
R192 squeeze 会去掉只有一张图的批次的轴
  {target}:批次只有一张图时,这个 squeeze 会把批次轴去掉
  只有一张图的批次:{what}
R193 层在类体或文件里构造
  {target}:{name} 只在读取文件时构造一次:所有实例共用其 {params} 个参数,且都不会训练、移动或保存它们
  parameters() 中缺少 {params} 个参数
R194 方法的名称或位置不对,没有人调用它
  {owner}:{written} 不会被调用:它应当是方法 {meant}
  {trial}:{error}
R200 一次相加跨过许多卷积
  {target}:这次相加跨过连续 {count} 个卷积;已发表的残差分支只有两到三个
  从捷径起点到相加处的 {count} 个卷积之间没有相加({trial})
R199 捷径与残差对应的像素不同
  {target}:这里相加的像素与计算残差所用的像素最多相差 {pixels} 个输入像素
  第一个像素(行、列)来自:捷径 {shortcut},残差 {residual}({trial})
R198 捷径从块内的某一层之后才开始
  {target}:捷径在 {layer} 之后才开始:从输入到相加处没有绕过它的路径
  从输入到输出的每条路径都经过 {layer}({trial})
R180 批归一化几乎不保留已有的统计量
  {target}:momentum={momentum} 时,最后一批占移动统计量的 {share};Keras 的 {momentum} 即 torch 的 {right}
  {count} 个批归一化的 momentum={momentum}
R181 归一化的缩放从接近零开始
  {target}:{total} 个归一化中 {count} 个的缩放初值为 {size};它们输出的值与经过的梯度都同样缩小
  {total} 个后面还有层的归一化中,{count} 个的缩放为 {size},通常为 1
R182 带步幅的卷积用了 padding='same'
  {target}:torch 的带步幅卷积没有 padding='same';padding=kernel_size // 2 得到 ⌈H/stride⌉,与别处的 'same' 相同
  {trial}:{error}
R195 一个带权重的激活或归一化用在多处
  {target}:{count} 处得到的是同一个 {layer},共用其 {params} 个权重
  同一个对象位于 {paths}
R196 把层作为参数的默认值
  {target}:{name} 的默认值是读取文件时构造的同一个 {layer}:所有实例共用其权重
  模块中的正是这个默认值;它有 {params} 个参数
R197 两个线性层之间什么都没有
  {target}:{first} 与 {second} 相连而没有激活函数,合起来只是一个线性映射
  {first} 输出 {width} 个数,{second} 原样读取
R184 输出的通道数不是所要求的
  {target}:要求 {expected} 个通道,输出的却是 {got} 个;按 {expected} 个通道建立的下一层会失败
  {trial}:输出 {got} 个通道
R185 高与宽被交换,或一条边用作两条
  {target}:正方形可用,{fails} 失败:{what}
  {error}
R206 每通道一个数的向量没有与特征图的通道对齐
  {target}:{small} 与特征图 {large} 相遇:每个通道一个数,此处需要形状 {right}
  {error}
R207 缩放与平移被交换
  {target}:缩放从 {scale} 开始,平移从 {shift} 开始:两者本应互换
  开始时特征图先乘以 {scale},再加上 {shift}
R208 一个层连续运行两次
  {target}:{name} 在此读取它自己的结果,一个层当成了两个层
  同一个带权重的层调用 {count} 次,每次读取前一次的结果
R209 有基数而没有分组卷积
  {target}:{name}={value},而 {count} 个卷积都没有分组:各条路径成了一个宽卷积
  残差各卷积的分组数:{groups}
R183 一个块代替了好几个块
  {target}:{path} 以同一组权重连续运行 {count} 次,其余的块从未建立
  调用 {count} 次,是同一个对象;输入为 {shapes}
R201 门与它的补没有分配两项
  {target}:{what}
  {what};门 t 给一项权重 t,给另一项 1 - t
R202 注意力图没有经过 S 形函数
  {target}:给这些特征加权的图直接来自{what}:没有界,符号也不定
  形状为 {shape} 的因子由特征算出,之后没有任何限制范围的操作
R203 掩码遮住了本应参与的位置
  {target}:按名称、数值或类自己的说明,{name} 为真表示参与,而{how}
  {how}
R204 子层没有自己的残差
  {target}:子层 {layers} 取代了它的输入;{where}的子层则把结果加到输入上
  {weighted} 个带权重的层和自己的归一化,形状从 {shape} 到 {shape},没有相加
R210 注意力或循环层沿批次的图像计算
  {target}:此 {layer} 沿第一个轴计算,而它得到的是 (batch, length, features) = {shape}
  构造时没有 batch_first=True,此时它接受 (length, batch, features)
R211 相加之前没有移回的滚动
  {target}:残差沿轴 {axes} 总共被滚动了 {net},捷径没有:相加的是不同的位置
  残差上 {count} 次滚动的位移之和对边长 {sides} 取模不为零
R212 系数放在了和的一项上,而它属于另一项或整个和
  {target}:{what}
  {what};在执行过的操作上测得
R213 层归一化沿位置而不是通道计算
  {target}:{name} 对最后一个轴(位置)做归一化,而它是为 {channels} 个通道构造的
  它直接得到 {layer} 的特征图 {shape};长度不是 {channels} 就会失败
"""
