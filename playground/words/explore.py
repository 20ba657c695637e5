"""Words of the Data section of Train: images, transforms, splits."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "topic.transform": ("transform", "变换"),
    "explore.label": ("Look into the data set", "查看数据集"),
    "explore.images": ("Images", "图像"),
    "explore.transforms": ("Transforms", "变换"),
    "explore.splits": ("Splits", "划分"),
    "explore.loader": ("DataLoader", "DataLoader 测速"),
    "explore.styles": ("Kinds of data sets", "数据集的种类"),
    "explore.own": ("Your images", "你的图像"),
    "explore.no_answer": ("The server did not answer. Try once more.", "服务器没有响应。请再试一次。"),
    "explore.working": ("Working …", "正在计算……"),
    "explore.not_here": (
        "{dataset} is not on this machine yet. Start a training run with it once: that fetches it. MNIST is always here.",
        "本机还没有 {dataset}。用它开始一次训练即可下载。MNIST 始终可用。",
    ),
    "explore.index": (
        "Expected the number of an image from 0 to {last}; got {got}.",
        "需要一个 0 到 {last} 的图像编号；得到 {got}。",
    ),
    "explore.split": ("Expected one of {names}; got {got}.", "需要 {names} 之一；得到 {got}。"),
    "explore.classes": (
        "Expected a list of class numbers from 0 to {last}; got {got}.",
        "需要一个列表，由 0 到 {last} 的类别编号组成；得到 {got}。",
    ),
    "explore.page": ("Expected a page number from 0; got {got}.", "需要一个从 0 开始的页码；得到 {got}。"),
    # images
    "explore.split_train": ("train", "训练"),
    "explore.split_validation": ("validation", "验证"),
    "explore.split_test": ("test", "测试"),
    "explore.classes_title": ("Classes: mean image and count", "类别：平均图像与数量"),
    "explore.all_classes": ("All", "全部"),
    "explore.class_name": ("class {name}: {count} images", "类别 {name}：{count} 张"),
    "explore.mean_name": ("mean image of {name}", "{name} 的平均图像"),
    "explore.page_of": ("{first}–{last} of {total}", "第 {first}–{last} 张，共 {total} 张"),
    "explore.previous": ("Previous page", "上一页"),
    "explore.next": ("Next page", "下一页"),
    "explore.no_images": (
        "This split has no images. Set validation_size above 0 under Further settings.",
        "该划分中没有图像。请在“更多设置”中把 validation_size 设为大于 0。",
    ),
    "explore.picture": ("image {index}, label {label}", "图像 {index}，标签 {label}"),
    "explore.large_title": ("{file} image {index}: label {label}", "{file}图像 {index}：标签 {label}"),
    "explore.file_train": ("Training", "训练"),
    "explore.file_test": ("Test", "测试"),
    "explore.bytes": ("0–255", "0–255"),
    "explore.normalised": ("normalised", "归一化后"),
    "explore.pixel": (
        "row {row}, column {column}: {value} → {share} → {normalised}",
        "第 {row} 行，第 {column} 列：{value} → {share} → {normalised}",
    ),
    "explore.pixel_help": (
        "A pixel is one byte. The network gets (value / 255 − {mean}) / {std}: paper (0) becomes {paper}, full ink (255) "
        "{ink}.",
        "一个像素是一个字节。网络得到的是 (值 / 255 − {mean}) / {std}：白纸 (0) 变成 {paper}，最深的墨 (255) 变成 {ink}。",
    ),
    "explore.point": ("Point at a pixel to read it.", "指向一个像素即可读取它的值。"),
    # transforms
    "explore.list": ("Transforms, in their order", "变换，按执行顺序"),
    "explore.add": ("Add a transform …", "添加变换……"),
    "explore.up": ("Move {name} up", "上移 {name}"),
    "explore.down": ("Move {name} down", "下移 {name}"),
    "explore.remove": ("Remove {name}", "移除 {name}"),
    "explore.seed": ("seed", "种子"),
    "explore.again": ("Draw again", "重新抽取"),
    "explore.empty_list": (
        "No transform: each image goes to the network as it is. Add one.",
        "没有变换：图像原样送入网络。请添加一个。",
    ),
    "explore.original": ("original", "原图"),
    "explore.draw": ("draw {number}", "第 {number} 次"),
    "explore.before": ("Pixels before", "变换前的像素"),
    "explore.after": ("Pixels after", "变换后的像素"),
    "explore.mean_std": ("mean {mean}, std {std}", "均值 {mean}，标准差 {std}"),
    "explore.log_note": (
        "Bars are logarithmic: most pixels are paper.",
        "柱高为对数刻度：大多数像素是白纸。",
    ),
    "explore.shades": (
        "Black stands for {low}, white for {high}.",
        "黑色表示 {low}，白色表示 {high}。",
    ),
    "explore.cost": (
        "{milliseconds} ms per image here: {count} images take {seconds} s an epoch in one process.",
        "此处每张图像 {milliseconds} ms：单进程下 {count} 张图像每轮需 {seconds} s。",
    ),
    "explore.code": ("Code", "代码"),
    "explore.keeps_yes": ("keeps the label", "保持标签"),
    "explore.keeps_some": ("keeps it if mild", "幅度小则保持"),
    "explore.keeps_no": ("can change the label", "可能改变标签"),
    # splits
    "explore.splits_text": (
        "The images for training and validation are drawn by the split seed ({seed}), without looking at the labels: the "
        "split is not stratified. The test images are a file of their own.",
        "训练图像与验证图像按划分种子（{seed}）随机抽取，不看标签：划分不是分层的。测试图像来自单独的文件。",
    ),
    "explore.splits_whole": (
        "All {count} training images are used: nothing is drawn. The test images are a file of their own.",
        "使用了全部 {count} 张训练图像：没有抽取。测试图像来自单独的文件。",
    ),
    "explore.class": ("class", "类别"),
    "explore.sum": ("sum", "合计"),
    "explore.largest": (
        "Largest deviation: {name} in {split}: {count} images where its share of the data set would be {expected} "
        "({sigma} standard deviations of such a draw). Among so many numbers one of 2 or 3 is usual; beyond 4 is not.",
        "最大偏差：{split}中的 {name} 有 {count} 张，而按其在数据集中的比例应为 {expected}"
        "（相当于这种抽取的 {sigma} 个标准差）。"
        "在这么多数字中出现 2 或 3 个标准差很常见，超过 4 个则不然。",
    ),
    "explore.leaks": ("Leaks", "泄漏"),
    "explore.leaks_text": (
        "Checked on all images: places of the file that two splits share, and images that are equal in every pixel.",
        "对全部图像做了检查：两个划分共有的文件位置，以及每个像素都相同的图像。",
    ),
    "explore.leak_none": (
        "{first} and {second}: no place in common, no equal images.",
        "{first}与{second}：没有共有的位置，没有相同的图像。",
    ),
    "explore.leak_some": (
        "{first} and {second}: {same} places in common; {duplicates} images of {second} are equal to one of {first}, "
        "{contradictions} of them with another label.",
        "{first}与{second}：共有 {same} 个位置；{second}中有 {duplicates} 张图像与{first}中的某张相同，"
        "其中 {contradictions} 张标签不同。",
    ),
    "explore.leak_pairs": ("For example ({first} / {second}): {pairs}", "例如（{first} / {second}）：{pairs}"),
    # what is wrong with a list of transforms
    "transform.list": (
        "Expected a list of at most {most} transforms, each with a name and values; got {got}.",
        "需要一个至多 {most} 个变换的列表，每个带有 name 和 values；得到 {got}。",
    ),
    "transform.unknown": (
        "{transform} has no parameter {got}. It has {names}.",
        "{transform} 没有参数 {got}。它的参数是 {names}。",
    ),
    "transform.number": (
        "{name} of {transform} is a number from {low} to {high}; got {got}.",
        "{transform} 的 {name} 是 {low} 到 {high} 之间的数；得到 {got}。",
    ),
    "transform.whole": (
        "{name} of {transform} is a whole number from {low} to {high}; got {got}.",
        "{transform} 的 {name} 是 {low} 到 {high} 之间的整数；得到 {got}。",
    ),
    "transform.odd": (
        "{name} of {transform} is odd, so that there is a middle pixel; got {got}. Try the next number.",
        "{transform} 的 {name} 是奇数，这样才有中心像素；得到 {got}。请试下一个数。",
    ),
    "transform.failed": (
        "torchvision refuses this list: {reason}. Change the last transform, or its size.",
        "torchvision 拒绝了这个列表：{reason}。请修改最后一个变换或它的尺寸。",
    ),
    "transform.after_normalize_fill": (
        "{name} after Normalize fills what comes in from outside with 0, but paper is {paper} by then: grey borders. "
        "Move it before Normalize.",
        "{name} 放在 Normalize 之后会用 0 填充边缘，而此时白纸已是 {paper}：会出现灰边。请移到 Normalize 之前。",
    ),
    "transform.after_normalize_unit": (
        "{name} expects values from 0 to 1 and cuts off the others. Move it before Normalize.",
        "{name} 需要 0 到 1 之间的值，会截掉其余的值。请把它移到 Normalize 之前。",
    ),
    "transform.twice": (
        "Normalize stands there twice: the second one moves numbers that are centred already.",
        "Normalize 出现了两次：第二个会移动已经居中的数值。",
    ),
    "transform.grey": (
        "saturation and hue do nothing to a grey image: it has no colours.",
        "saturation 和 hue 对灰度图像不起作用：它没有颜色。",
    ),
    "transform.size": (
        "The images are {size} pixels high now. The networks here take 28: add Resize or a crop with size 28 at the end.",
        "图像现在高 {size} 像素。这里的网络需要 28：请在末尾加上尺寸为 28 的 Resize 或裁剪。",
    ),
    "transform.RandomCrop": (
        "Pads the image with 0 and cuts a piece at a random place. A digit that is cut through is no longer itself.",
        "用 0 填充边缘后在随机位置裁剪。被切断的数字不再是它自己。",
    ),
    "transform.RandomResizedCrop": (
        "Cuts a random piece and enlarges it. Made for photos, where half a dog is a dog; half a 9 can be a 0.",
        "随机裁剪一块并放大。为照片而设：半只狗还是狗，半个 9 却可能是 0。",
    ),
    "transform.RandomHorizontalFlip": (
        "Mirrors left and right. A mirrored 2 is no 2, and people do not write it: leave it out for digits; good for photos "
        "and clothes.",
        "左右镜像。镜像的 2 不是 2，没有人这样写：数字不要用它；适合照片和衣物。",
    ),
    "transform.RandomVerticalFlip": (
        "Mirrors top and bottom. A 6 becomes almost a 9, a 2 almost a 5: leave it out for digits.",
        "上下镜像。6 几乎变成 9，2 几乎变成 5：数字不要用它。",
    ),
    "transform.RandomRotation": (
        "Turns by up to so many degrees either way. 10 or 15 is how people write; 180 makes a 6 of a 9.",
        "向两侧旋转，至多这么多度。10 到 15 度符合书写习惯；180 度会把 9 变成 6。",
    ),
    "transform.RandomAffine": (
        "Turns, shifts (by a share of the size), scales and slants at once. Mild values are the best transform for digits.",
        "同时旋转、平移（按尺寸的比例）、缩放和错切。温和的取值是最适合数字的变换。",
    ),
    "transform.RandomPerspective": (
        "As if the paper were seen from the side. Strong values squeeze a digit until it cannot be read.",
        "如同从侧面看纸。取值过大会把数字压得无法辨认。",
    ),
    "transform.ElasticTransform": (
        "Bends the strokes like another hand. With a large alpha and a small sigma they tear. The slowest one here.",
        "像换了一只手那样弯曲笔画。alpha 大而 sigma 小时笔画会被撕裂。这里最慢的一个。",
    ),
    "transform.ColorJitter": (
        "Changes brightness and contrast at random. The shape stays; MNIST varies little in it, photos much.",
        "随机改变亮度和对比度。形状不变；MNIST 在这方面变化小，照片变化大。",
    ),
    "transform.GaussianBlur": (
        "Blurs. Within reason the digit stays; thin strokes fade first.",
        "模糊。适度时数字不变；细笔画最先消失。",
    ),
    "transform.GaussianNoise": (
        "Adds noise to each pixel, and cuts off at 0 and 1. Paper is no longer 0: the mean rises.",
        "给每个像素加噪声，并截断到 0 和 1。白纸不再是 0：均值上升。",
    ),
    "transform.RandomErasing": (
        "Blanks a rectangle, so that the network must not rely on one spot. An 8 without its middle is a 0.",
        "擦掉一个矩形，使网络不能只依赖一处。没有中间的 8 就是 0。",
    ),
    "transform.RandomInvert": (
        "Exchanges ink and paper. The label stays, but the mean of the pixels is another one.",
        "交换墨与纸。标签不变，但像素的均值完全不同。",
    ),
    "transform.Resize": (
        "Scales to size × size pixels. Nothing random: the same for training and test images.",
        "缩放到 size × size 像素。没有随机性：训练与测试图像相同处理。",
    ),
    "transform.CenterCrop": (
        "Cuts out the middle. A large digit loses its ends.",
        "裁出中间部分。较大的数字会失去两端。",
    ),
    "transform.Normalize": (
        "(value − mean) / std. With the mean and deviation of the training pixels the values have mean 0 and deviation 1. "
        "It comes last.",
        "(值 − mean) / std。用训练像素的均值和标准差，结果的均值为 0、标准差为 1。它放在最后。",
    ),
}
