"""Words of the failure lessons: what goes wrong, the cure, what to look at, and what was measured."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "topic.lesson": ("lesson", "课程"),
    "lesson.unknown": (
        "There is no run of a lesson {id} any more. Run the lesson again.",
        "课程运行 {id} 已不存在。请重新运行该课程。",
    ),
    "train.lessons": ("Lessons", "故障课"),
    "lessons.label": ("Failure lessons", "训练故障课"),
    "lessons.list": ("Mistakes that everybody makes once", "每个人都会犯一次的错误"),
    "lessons.list_help": (
        "Each runs the mistake and its cure side by side, in a few seconds.",
        "每一课都在几秒内把错误与修正并排运行一遍。",
    ),
    "lessons.run": ("Run both", "同时运行"),
    "lessons.again": ("Run again", "再次运行"),
    "lessons.stop": ("Stop", "停止"),
    "lessons.broken": ("Broken", "出错"),
    "lessons.cured": ("Cured", "修正"),
    "lessons.cure_title": ("Cure", "修正方法"),
    "lessons.look_title": ("Look at", "注意观察"),
    "lessons.more": ("Why it happens", "为什么会这样"),
    "lessons.code": ("The two programs", "两个程序"),
    "lessons.code_help": (
        "They are equal but for the marked lines, and they are what ran: each is a complete script with a fixed seed "
        "that "
        "prints the numbers of its curves.",
        "除标出的行外两者完全相同，刚才运行的就是它们：每个都是种子固定的完整脚本，打印出曲线上的数字。",
    ),
    "lessons.download_broken": ("Download broken.py", "下载 broken.py"),
    "lessons.download_cured": ("Download cured.py", "下载 cured.py"),
    "lessons.copy_broken": ("Copy the broken one", "复制出错的程序"),
    "lessons.copy_cured": ("Copy the cured one", "复制修正的程序"),
    "lessons.copied": ("Copied", "已复制"),
    "lessons.equal_lines": ("{count} equal line|{count} equal lines", "{count} 行相同"),
    "lessons.only_broken": ("only in the broken one", "只在出错的程序中"),
    "lessons.only_cured": ("only in the cured one", "只在修正的程序中"),
    "lessons.ready": ("Nothing has run yet: press Run both.", "尚未运行：请按“同时运行”。"),
    "lessons.starting": ("Starting …", "正在启动……"),
    "lessons.queued": ("Waiting, place {place}", "排队中，第 {place} 位"),
    "lessons.running": ("Running", "运行中"),
    "lessons.running_at": ("Running: broken at {broken}, cured at {cured}", "运行中：出错 {broken}，修正 {cured}"),
    "lessons.done": ("Broken {broken}, cured {cured}", "出错 {broken}，修正 {cured}"),
    "lessons.stopped": ("Stopped", "已停止"),
    "lessons.failed": ("Failed", "失败"),
    "lessons.reconnecting": ("The server does not answer; trying again …", "服务器没有响应；正在重试……"),
    "lessons.not_finite": ("NaN or infinite from step {step} on", "从第 {step} 步起为 NaN 或无穷大"),
    "lessons.measured": ("Measured", "测量值"),
    "lesson.not_shown": (
        "This time the numbers do not show it as they should. On another kind of processor sums come out a little "
        "different; the curves above are what was measured.",
        "这一次数字没有如期显示出差别。在另一种处理器上求和结果略有不同；上面的曲线就是实际测得的。",
    ),
    # axes and curves
    "lesson.axis_step": ("Step", "步"),
    "lesson.axis_operation": ("Operation", "操作"),
    "lesson.series_loss": ("Loss", "损失"),
    "lesson.series_gradient_norm": ("Gradient norm", "梯度范数"),
    "lesson.series_first_layer": ("Gradient of the first layer", "第一层的梯度"),
    "lesson.series_last_layer": ("Gradient of the last layer", "最后一层的梯度"),
    "lesson.series_test_accuracy": ("Test accuracy", "测试准确率"),
    "lesson.series_train_accuracy": ("Training accuracy", "训练准确率"),
    "lesson.series_validation_accuracy": ("Validation accuracy", "验证准确率"),
    "lesson.series_train_loss": ("Training loss", "训练损失"),
    "lesson.series_test_loss": ("Test loss", "测试损失"),
    "lesson.series_gradient_error": ("Error of the gradient", "梯度误差"),
    "lesson.series_live_bytes": ("Live bytes", "存活字节"),
    # numbers under the charts
    "lesson.fact_accuracy": ("Test accuracy", "测试准确率"),
    "lesson.fact_loss": ("Last loss", "最后的损失"),
    "lesson.fact_nan_step": ("NaN from step", "出现 NaN 的步"),
    "lesson.fact_largest_gradient": ("Largest gradient norm", "最大梯度范数"),
    "lesson.fact_last_gradient": ("Last gradient norm", "最后的梯度范数"),
    "lesson.fact_first_gradient": ("First gradient norm", "第一步的梯度范数"),
    "lesson.fact_first_layer": ("Gradient of the first layer, mean", "第一层梯度的平均值"),
    "lesson.fact_last_layer": ("Gradient of the last layer, mean", "最后一层梯度的平均值"),
    "lesson.fact_changed": ("Answers that change when asked again", "再问一次会变的答案"),
    "lesson.fact_lowest_loss": ("Lowest loss", "最低损失"),
    "lesson.fact_highest_loss": ("Highest loss", "最高损失"),
    "lesson.fact_validation": ("Validation accuracy", "验证准确率"),
    "lesson.fact_gap": ("Validation − test, percentage points", "验证 − 测试，百分点"),
    "lesson.fact_train": ("Training accuracy", "训练准确率"),
    "lesson.fact_test_loss": ("Last test loss", "最后的测试损失"),
    "lesson.fact_lowest_test_loss": ("Lowest test loss", "最低测试损失"),
    "lesson.fact_nines": ("Answers that say 9", "回答为 9 的比例"),
    "lesson.fact_wrong": ("Wrong labels", "错误标签"),
    "lesson.fact_images": ("Training images", "训练图像数"),
    "lesson.fact_best": ("Best test accuracy on the way", "过程中最好的测试准确率"),
    "lesson.fact_dead": ("Dead units", "死亡单元"),
    "lesson.fact_largest_error": ("Largest error of the gradient", "最大梯度误差"),
    "lesson.fact_peak": ("Most bytes alive", "存活字节的峰值"),
    "lesson.fact_whole": ("Peak without any remedy", "不采取任何措施的峰值"),
    "lesson.fact_smaller": ("… with a quarter of the batch", "……批量减为四分之一"),
    "lesson.fact_accumulation": ("… with accumulation over 4", "……分 4 次累积"),
    "lesson.fact_precision": ("… with bf16", "……使用 bf16"),
    "lesson.fact_checkpoints": ("… with checkpoints", "……使用检查点"),
    # the lessons
    "lesson.exploding": ("Exploding gradients", "梯度爆炸"),
    "lesson.exploding_wrong": ("The loss becomes NaN", "损失变成 NaN"),
    "lesson.exploding_cure": (
        "A smaller learning rate, and gradients clipped to a norm of at most 1.",
        "更小的学习率，并把梯度范数裁剪到不超过 1。",
    ),
    "lesson.exploding_look": ("the gradient norm just before the loss becomes NaN", "损失变成 NaN 之前的梯度范数"),
    "lesson.exploding_verdict": (
        "At step {broken_nan_step} the loss became NaN; the gradient norm had reached {broken_largest_gradient} before. "
        "A recurrent network multiplies by one matrix 28 times, so a step that is too long makes the next gradient "
        "longer "
        "still. NaN never goes away: {broken_accuracy} of the test images are read correctly, no better than guessing. "
        "With clipping and a smaller rate no step is longer than the rate times 1, and {cured_accuracy} are.",
        "第 {broken_nan_step} 步损失变成 NaN；此前梯度范数已达 {broken_largest_gradient}。循环网络把同一个矩阵连乘 28 "
        "次，"
        "一步迈得太大，下一步的梯度就更大。NaN 一旦出现便不会消失：测试图像只答对 {broken_accuracy}，与乱猜无异。"
        "裁剪加较小的学习率后，每一步都不超过学习率 × 1，答对 {cured_accuracy}。",
    ),
    "lesson.vanishing": ("Vanishing gradients", "梯度消失"),
    "lesson.vanishing_wrong": ("Twenty sigmoid layers, and nothing learns", "二十层 sigmoid，什么也学不到"),
    "lesson.vanishing_cure": (
        "ReLU instead of sigmoid, BatchNorm, and a residual way past each block.",
        "用 ReLU 代替 sigmoid，加 BatchNorm，并让残差通路绕过每个块。",
    ),
    "lesson.vanishing_look": ("the gradient of the first layer beside that of the last", "第一层与最后一层的梯度"),
    "lesson.vanishing_verdict": (
        "The last layer's gradient is {broken_last_layer} on average, the first layer's {broken_first_layer}: the "
        "slope of "
        "a sigmoid is at most 0.25, and twenty of them were multiplied. The first layers stand still and the loss "
        "stays at "
        "{broken_loss}. Past the residual blocks {cured_first_layer} arrive, and the network reads {cured_accuracy} "
        "of the "
        "test images correctly instead of {broken_accuracy}.",
        "最后一层的梯度平均为 {broken_last_layer}，第一层只有 {broken_first_layer}：sigmoid 的斜率至多 0.25，二十个连乘。"
        "前面的层原地不动，损失停在 {broken_loss}。经过残差块后仍有 {cured_first_layer} 到达第一层，测试图像答对 "
        "{cured_accuracy}，而不是 {broken_accuracy}。",
    ),
    "lesson.zero_grad": ("zero_grad() forgotten", "忘记 zero_grad()"),
    "lesson.zero_grad_wrong": ("Gradients of all steps add up", "所有步的梯度一直累加"),
    "lesson.zero_grad_cure": (
        "optimizer.zero_grad() before each backward().",
        "每次 backward() 之前调用 optimizer.zero_grad()。",
    ),
    "lesson.zero_grad_look": ("how the gradient norm grows from step to step", "梯度范数如何一步步变大"),
    "lesson.zero_grad_verdict": (
        "backward() adds to .grad. After all steps the norm is {broken_last_gradient} instead of "
        "{cured_last_gradient}: each "
        "update repeats every earlier one, overshoots and swings back. The test accuracy is {broken_accuracy} instead of "
        "{cured_accuracy}. PyTorch raises no error, because adding up is what accumulation needs.",
        "backward() 是往 .grad 上加。训练结束时范数为 {broken_last_gradient}，而不是 {cured_last_gradient}："
        "每次更新都重复此前"
        "所有的更新，冲过头又摆回来。测试准确率为 {broken_accuracy}，而不是 {cured_accuracy}。PyTorch 不会报错，"
        "因为梯度累积正需要这种相加。",
    ),
    "lesson.eval_mode": ("eval() forgotten", "忘记 eval()"),
    "lesson.eval_mode_wrong": ("Dropout and BatchNorm at test time", "测试时 Dropout 与 BatchNorm 仍在训练模式"),
    "lesson.eval_mode_cure": (
        "model.eval() before testing, model.train() after it.",
        "测试前 model.eval()，测试后 model.train()。",
    ),
    "lesson.eval_mode_look": ("whether the same images get the same answers twice", "同样的图像两次得到的答案是否相同"),
    "lesson.eval_mode_verdict": (
        "Asked twice, the network changes {broken_changed} of its answers: Dropout switches other units off each "
        "time, and "
        "BatchNorm takes the means of the ten images at hand. Measured so it reads {broken_accuracy} correctly; in eval "
        "mode {cured_accuracy}, and it changes {cured_changed} of its answers.",
        "同样的图像问两次，{broken_changed} 的答案变了：Dropout 每次关掉不同的单元，BatchNorm 用的是手头十张图像的均值。"
        "这样测得的准确率为 {broken_accuracy}；在 eval 模式下为 {cured_accuracy}，且只有 {cured_changed} 的答案会变。",
    ),
    "lesson.softmax": ("Softmax before cross-entropy", "在交叉熵之前加 Softmax"),
    "lesson.softmax_wrong": ("The loss cannot fall below 1.46", "损失降不到 1.46 以下"),
    "lesson.softmax_cure": (
        "Give cross_entropy the raw scores (logits): it takes the softmax itself.",
        "把原始分数（logits）直接交给 cross_entropy：它自己会做 softmax。",
    ),
    "lesson.softmax_look": ("the line at 1.4612, below which the loss never comes", "1.4612 处的横线，损失永远到不了它下面"),
    "lesson.softmax_verdict": (
        "Softmax was taken twice. Its scores lie between 0 and 1, so even a perfect answer is only e / (e + 9) = 23 % "
        "sure: "
        "the loss can never fall below 1.4612, and the lowest was {broken_lowest_loss} instead of "
        "{cured_lowest_loss}. The "
        "gradients begin at {broken_first_gradient} instead of {cured_first_gradient}, so it learns slowly: "
        "{broken_accuracy} instead of {cured_accuracy} at the end.",
        "Softmax 做了两次。它的分数都在 0 与 1 之间，即使答案完美，置信度也只有 e / (e + 9) = 23 %：损失永远到不了 "
        "1.4612 以下，"
        "最低为 {broken_lowest_loss}，而不是 {cured_lowest_loss}。梯度一开始只有 {broken_first_gradient}，而不是 "
        "{cured_first_gradient}，学得很慢：最后为 {broken_accuracy}，而不是 {cured_accuracy}。",
    ),
    "lesson.leak": ("A leak between train and validation", "训练集与验证集之间的泄漏"),
    "lesson.leak_wrong": ("Copies of one image on both sides of the split", "同一图像的副本落在划分的两边"),
    "lesson.leak_cure": ("Split first; augment only afterwards.", "先划分，再做增强。"),
    "lesson.leak_look": ("validation against test accuracy: they should agree", "验证准确率与测试准确率：两者应当一致"),
    "lesson.leak_verdict": (
        "The validation set says {broken_validation}, the test set {broken_accuracy}: {broken_gap} points too good, "
        "because "
        "the network had seen noisy copies of the same images in training. Split first, validation says "
        "{cured_validation}, "
        "and the network is as good as before: {cured_accuracy} on the test set. A leak does not harm the network, it "
        "harms "
        "what you believe about it.",
        "验证集给出 {broken_validation}，测试集却是 {broken_accuracy}：相差 {broken_gap} 个百分点，好得不真实，"
        "因为训练时网络见过"
        "同一图像带噪声的副本。先划分后，验证集给出 {cured_validation}，网络本身与之前一样好：测试集 {cured_accuracy}。"
        "泄漏伤害的不是网络，而是你对它的判断。",
    ),
    "lesson.overfit": ("Overfitting", "过拟合"),
    "lesson.overfit_wrong": ("200 images, learned by heart", "200 张图像被背了下来"),
    "lesson.overfit_cure": (
        "More images (10,000), Dropout and weight decay.",
        "更多图像（10,000 张）、Dropout 与权重衰减。",
    ),
    "lesson.overfit_look": ("the test loss that rises while the training loss falls", "训练损失下降时测试损失反而上升"),
    "lesson.overfit_verdict": (
        "{broken_train} of the training images are right and {broken_accuracy} of the test images. The test loss fell to "
        "{broken_lowest_test_loss} and rose to {broken_test_loss} again, while the training loss went to nothing: the "
        "network grew surer of what it had learned by heart. With more images it is {cured_train} against "
        "{cured_accuracy}: "
        "the two agree.",
        "训练图像答对 {broken_train}，测试图像只有 {broken_accuracy}。测试损失先降到 {broken_lowest_test_loss}，又升到 "
        "{broken_test_loss}，而训练损失趋于零：网络对背下来的东西越来越自信。图像更多时为 {cured_train} 对 "
        "{cured_accuracy}：两者一致。",
    ),
    "lesson.underfit": ("Underfitting", "欠拟合"),
    "lesson.underfit_wrong": ("Too small a network, too small a rate", "网络太小，学习率太小"),
    "lesson.underfit_cure": (
        "A wider hidden layer (64 units instead of 2) and a larger learning rate.",
        "更宽的隐藏层（64 个单元而不是 2 个）与更大的学习率。",
    ),
    "lesson.underfit_look": (
        "training and test accuracy: both low, and close together",
        "训练与测试准确率：都低，且彼此接近",
    ),
    "lesson.underfit_verdict": (
        "Even of the training images only {broken_train} are right, and {broken_accuracy} of the test images: nothing "
        "was "
        "learned by heart, too little was learned at all. More data would not help; more units and longer steps do: "
        "{cured_train} and {cured_accuracy}.",
        "连训练图像也只答对 {broken_train}，测试图像 {broken_accuracy}：不是背下来了，而是学得太少。更多数据没有用；"
        "更多单元和更大的步长有用：{cured_train} 与 {cured_accuracy}。",
    ),
    "lesson.shuffle": ("shuffle forgotten", "忘记打乱顺序"),
    "lesson.shuffle_wrong": ("The images come class by class", "图像按类别依次到来"),
    "lesson.shuffle_cure": ("A new random order in each epoch: shuffle=True.", "每轮使用新的随机顺序：shuffle=True。"),
    "lesson.shuffle_look": ("the loss that jumps at each new class", "每换一个类别时损失的跳变"),
    "lesson.shuffle_verdict": (
        "The network forgets each class while the next ones come. At the end it has just seen nines, and answers 9 to "
        "{broken_nines} of the test images: {broken_accuracy} are right. In a random order each batch holds all classes: "
        "9 is the answer to {cured_nines}, and {cured_accuracy} are right. The low training loss at the end of each "
        "class "
        "looked like success.",
        "后面的类别到来时，网络把前面的忘掉了。最后刚看完 9，于是对 {broken_nines} 的测试图像都回答 9：只答对 "
        "{broken_accuracy}。"
        "随机顺序下每批都含有所有类别：回答 9 的占 {cured_nines}，答对 {cured_accuracy}。"
        "每个类别末尾很低的训练损失看上去像是成功。",
    ),
    "lesson.label_noise": ("Label noise", "标签噪声"),
    "lesson.label_noise_wrong": ("Four labels in ten were drawn at random", "十个标签里有四个是随机给的"),
    "lesson.label_noise_cure": (
        "Leave out the labels that a network trained on the other half does not agree with.",
        "去掉那些与“只在另一半上训练的网络”意见不一的标签。",
    ),
    "lesson.label_noise_look": ("the test accuracy that rises first and then falls", "先升后降的测试准确率"),
    "lesson.label_noise_verdict": (
        "{broken_wrong} of the labels are wrong. The test accuracy reaches {broken_best} first, when the rule is "
        "learned, "
        "and falls to {broken_accuracy} as the wrong labels are learned by heart. The other half's network leaves "
        "{cured_images} of {broken_images} images, of which {cured_wrong} have wrong labels: {cured_accuracy} at the "
        "end, "
        "with fewer images.",
        "{broken_wrong} 的标签是错的。先学到规律时测试准确率达到 {broken_best}，随后把错误标签背下来，降到 "
        "{broken_accuracy}。"
        "由另一半的网络筛选后，{broken_images} 张图像留下 {cured_images} 张，其中 {cured_wrong} 标签有误：图像更少，"
        "最后却有 {cured_accuracy}。",
    ),
    "lesson.unnormalised": ("Unnormalised input", "输入未归一化"),
    "lesson.unnormalised_wrong": ("Pixels from 0 to 255", "像素值从 0 到 255"),
    "lesson.unnormalised_cure": (
        "Subtract the mean and divide by the deviation of the training pixels.",
        "减去训练像素的均值，再除以标准差。",
    ),
    "lesson.unnormalised_look": (
        "the first gradient norm, and the units that died of it",
        "第一步的梯度范数，以及因此死亡的单元",
    ),
    "lesson.unnormalised_verdict": (
        "The gradient of a weight is as large as its input: at the first step {broken_first_gradient} instead of "
        "{cured_first_gradient}. The loss jumped to {broken_highest_loss}, and {broken_dead} of the first hidden units "
        "answer 0 to every image ever since: dead ReLUs have no gradient and never come back. {broken_accuracy} "
        "instead of "
        "{cured_accuracy} are right.",
        "权重的梯度与它的输入一样大：第一步为 {broken_first_gradient}，而不是 {cured_first_gradient}。损失跳到 "
        "{broken_highest_loss}，此后第一隐藏层 {broken_dead} 的单元对任何图像都输出 0：死亡的 ReLU 没有梯度，再也回不来。"
        "答对 {broken_accuracy}，而不是 {cured_accuracy}。",
    ),
    "lesson.last_batch": ("The small last batch under accumulation", "累积梯度时较小的最后一批"),
    "lesson.last_batch_wrong": ("One image counts as much as 64", "一张图像的分量抵得上 64 张"),
    "lesson.last_batch_cure": (
        "Weigh each micro-batch by its share of the images, not by 1 / number of micro-batches.",
        "按图像占比给每个微批加权，而不是一律除以微批个数。",
    ),
    "lesson.last_batch_look": ("the error against the gradient of all images at once", "与一次算全部图像所得梯度的误差"),
    "lesson.last_batch_verdict": (
        "385 images make six micro-batches of 64 and one of a single image. A mean of means gives that image the "
        "weight of 64 "
        "others: the gradient is off by up to {broken_largest_error} times its length. Weighed by their shares the "
        "micro-batches give the gradient of the whole batch, within {cured_largest_error} (rounding). On the test set "
        "that "
        "is {broken_accuracy} against {cured_accuracy}.",
        "385 张图像分成六个 64 张的微批和一个只有 1 张的微批。“均值的均值”让这一张抵得上 64 张："
        "梯度的误差最大达到其长度的 "
        "{broken_largest_error} 倍。按占比加权后，得到的就是整批的梯度，误差不超过 {cured_largest_error}（舍入）。"
        "测试集上为 {broken_accuracy} 对 {cured_accuracy}。",
    ),
    "lesson.memory": ("Out of memory", "内存不足"),
    "lesson.memory_wrong": ("One step needs more than the budget of 20 MB", "一步所需超过 20 MB 的预算"),
    "lesson.memory_cure": (
        "Smaller batches accumulated to the same update, bf16, and checkpoints.",
        "把小批累积成同样的一次更新，使用 bf16 与检查点。",
    ),
    "lesson.memory_look": ("the line of the budget, and where the curve crosses it", "预算的横线，以及曲线越过它的地方"),
    "lesson.memory_verdict": (
        "The broken step ends where {broken_peak} are alive: all {broken_whole} that it needs do not fit the budget. "
        "Alone, "
        "accumulation needs {cured_accumulation}, bf16 {cured_precision} and checkpoints {cured_checkpoints}; "
        "together they "
        "keep the same update of 128 images at {cured_peak}. Counted are the bytes of all tensors that are alive, "
        "after each "
        "operation of a real step.",
        "出错的一步在存活 {broken_peak} 时中止：它总共需要 {broken_whole}，超出预算。单独使用时，累积需要 "
        "{cured_accumulation}，bf16 需要 "
        "{cured_precision}，检查点需要 {cured_checkpoints}；三者合用，同样 128 张图像的一次更新只需 {cured_peak}。"
        "统计的是真实一步中每次操作之后所有存活张量的字节数。",
    ),
}
