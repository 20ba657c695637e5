"""Words of a learner's own images."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "own.gone": (
        "The images {name} are not here (any more): they are kept for a while. Bring or draw them again, or choose MNIST.",
        "图像集 {name} 不在这里（或已被删除）：它们只保留一段时间。请重新上传 zip 或重新绘制，或选择 MNIST。",
    ),
    "own.choice": ("yours: {name}", "你的：{name}"),
    "own.text": (
        "A zip with a folder for each class becomes a data set of yours: look at it, transform it, train on it, "
        "draw for it.",
        "一个每类一个文件夹的 zip 就能成为你的数据集：可以查看、变换、训练，并为它绘制。",
    ),
    "own.rules": (
        "cats/1.png, cats/2.jpg, dogs/1.png … 2 to 10 folders, at least 5 PNG or JPEG images in each; folders "
        "train/ and test/ "
        "above them are followed, else every fifth image is kept for the test. The images become 28×28 and grey. "
        "Only who has "
        "its link sees them, and they are deleted after a while.",
        "例如 cats/1.png、cats/2.jpg、dogs/1.png……2 到 10 个文件夹，每个至少 5 张 PNG 或 JPEG；若上层有 train/ 和 test/ "
        "文件夹则按其划分，否则每五张留一张用于测试。图像会变为 28×28 的灰度图。只有持有链接的人能看到，过一段时间会被删除。"
        "",
    ),
    "own.choose": ("Choose a zip …", "选择 zip……"),
    "own.drop": ("or drop it here", "或拖到这里"),
    "own.way": (
        "An image is read as one of {names}; got {got}.",
        "图像的读取方式是 {names} 之一；得到 {got}。",
    ),
    "own.way_digits": ("handwriting: find, crop, centre as MNIST did", "手写：像 MNIST 那样查找、裁剪、居中"),
    "own.way_whole": ("pictures: the whole image, shrunk", "图片：整张缩小"),
    "own.sending": ("Sending {name}", "正在发送 {name}"),
    "own.reading": ("Reading the images …", "正在读取图像……"),
    "own.no_server": ("The server did not answer. Try once more.", "服务器没有响应。请再试一次。"),
    "own.too_large": (
        "The file has {size} MB; at most {maximum} MB are taken. Use smaller or fewer images.",
        "文件有 {size} MB；最多接受 {maximum} MB。请使用更小或更少的图像。",
    ),
    "own.brought": (
        "{title}: {train} images for training, {test} for the test.",
        "{title}：{train} 张训练图像，{test} 张测试图像。",
    ),
    "own.classes_are": ("Classes: {names}.", "类别：{names}。"),
    "own.sizes_same": ("All came with {size} pixels.", "图像尺寸均为 {size} 像素。"),
    "own.sizes": (
        "They differ in size, from {smallest} to {largest} pixels; all are 28×28 now.",
        "图像尺寸不一，从 {smallest} 到 {largest} 像素；现在均为 28×28。",
    ),
    "own.split_said": ("Split as its folders say.", "按其文件夹划分。"),
    "own.split_drawn": (
        "A fifth of each class, drawn at random, is kept for the test.",
        "每类随机抽取五分之一留作测试。",
    ),
    "own.skipped": ("Left out: {count} file|Left out: {count} files", "跳过的文件：{count} 个"),
    "own.skipped_more": ("… and {count} more", "……还有 {count} 个"),
    "own.use": ("Look at the images", "查看图像"),
    "own.take": ("Download for scripts", "下载供脚本使用"),
    "own.remove": ("Delete", "删除"),
    "own.removed": ("Deleted.", "已删除。"),
    "own.train_hint": (
        "It is chosen as the data set of the next run: press Start under Curves. Of the ten outputs of the networks "
        "here the "
        "first {count} are used.",
        "它已被选为下次训练的数据集：在“曲线”中按开始即可。这里的网络有十个输出，使用前 {count} 个。",
    ),
    # digits drawn here
    "own.drawn_text": (
        "Or draw the images here: a digit on the pad, then its key or its number below; the next one has a clean pad. "
        "They become what Draw would read, and stay in this browser until you use them.",
        "也可以在这里手绘：在画板上写一个数字，再按对应的数字键或下方的数字，画板随即清空。图像会与“手写”标签页读取时的处理完全相同，"
        "使用之前只保存在此浏览器中。",
    ),
    "own.drawn_pad": ("Pad for the images of your data set", "用于绘制数据集图像的画板"),
    "own.drawn_pad_hint": ("Draw a digit, then press its number", "写一个数字，再按对应的数字键"),
    "own.drawn_pen": ("Pen", "笔宽"),
    "own.drawn_stroke": ("Undo", "撤销"),
    "own.drawn_wipe": ("Clear", "清空"),
    "own.drawn_digits": ("Which digit it is", "这是哪个数字"),
    "own.drawn_chip": ("{name}: {count} drawing|{name}: {count} drawings", "{name}：{count} 张"),
    "own.drawn_add": ("Add as {name}", "作为 {name} 添加"),
    "own.drawn_nothing": (
        "What you draw lands here, in the row of its digit.",
        "画好的图像会出现在这里，每个数字一行。",
    ),
    "own.drawn_needed": (
        "At least {classes} digits with {each} drawings each are needed; there are: {found}.",
        "至少需要 {classes} 个数字，每个 {each} 张；目前：{found}。",
    ),
    "own.drawn_enough": (
        "Enough to begin with: {found}. Twenty of each make a good start.",
        "已可开始：{found}。每个数字二十张会更好。",
    ),
    "own.drawn_none": ("none yet", "还没有"),
    "own.drawn_remove": ("Remove drawing {place} of {name}", "移除 {name} 的第 {place} 张"),
    "own.drawn_use": ("Use as a data set", "用作数据集"),
    "own.drawn_back": ("Undo last", "撤销上一步"),
    "own.drawn_clear": ("Clear all", "全部清除"),
    "own.drawn_ask": (
        "Remove {count} drawing?|Remove all {count} drawings?",
        "移除全部 {count} 张？",
    ),
    "own.drawn_yes": ("Remove", "移除"),
    "own.drawn_no": ("Keep", "保留"),
    "own.drawn_unkept": (
        "This browser does not keep the drawings: a reload would lose them. Use them before you leave.",
        "此浏览器无法保存这些图像：重新加载会丢失。请在离开前使用它们。",
    ),
    "own.drawn_full": (
        "The drawings have reached what a browser keeps. Use them, or remove some.",
        "图像已达到浏览器可保存的上限。请先使用，或移除一些。",
    ),
    "own.drawn_title": ("drawn {names} ({count})", "手绘 {names}（{count}）"),
    "own.drawn_split": (
        "A fifth of each digit, drawn at random, is kept for the test: at least one where there are two.",
        "每个数字随机留出五分之一作测试；有两张及以上的至少留一张。",
    ),
    "own.drawn_augment": (
        "With few images augmentation matters: look under Transforms at what it does, and set Augmentation for the run.",
        "图像少时数据增强很重要：在“变换”中查看效果，并为训练设置“数据增强”。",
    ),
    "own.transforms": ("See transforms", "查看变换"),
    "own.drawn_list": (
        "The drawings should be a list of {{label, strokes}}; a {got} came. Draw them on the page, and use them from there.",
        "图像应为由 {{label, strokes}} 组成的列表；收到的是 {got}。请在页面上绘制并使用。",
    ),
    "own.drawn_label": (
        'A drawing is of a digit, "0" to "9"; drawing {place} came as {got}. Remove it, and draw it again.',
        "每张图都是一个数字，“0”到“9”；第 {place} 张却是 {got}。请移除后重画。",
    ),
    "own.drawn_form": (
        "Drawing {place} of {label} should be strokes, each with a width and a list of points [x, y]; {got} came. "
        "Remove it, and draw it again.",
        "{label} 的第 {place} 张应由笔画组成，每笔有宽度和一串点 [x, y]；收到的是 {got}。请移除后重画。",
    ),
    "own.drawn_many": (
        "There are {count} drawings; at most {maximum} are taken. Remove some.",
        "共有 {count} 张图；最多接受 {maximum} 张。请移除一些。",
    ),
    "own.drawn_strokes": (
        "Drawing {place} of {label} has {count} strokes; 1 to {maximum} are taken. Draw it again with fewer lines.",
        "{label} 的第 {place} 张有 {count} 笔；接受 1 到 {maximum} 笔。请用更少的笔画重画。",
    ),
    "own.drawn_points": (
        "Drawing {place} of {label} has {count} points; at most {maximum} are taken. Draw it again with shorter lines.",
        "{label} 的第 {place} 张有 {count} 个点；最多接受 {maximum} 个。请用更短的线重画。",
    ),
    "own.drawn_range": (
        "Drawing {place} of {label} has a point at {got}; x and y should be numbers from 0 to {most}. "
        "Remove it, and draw it again.",
        "{label} 的第 {place} 张有一点位于 {got}；x 和 y 应是 0 到 {most} 之间的数。请移除后重画。",
    ),
    "own.drawn_width": (
        "Drawing {place} of {label} has a pen of width {got}; {least} to {most} pixels are taken. "
        "Remove it, and draw it again.",
        "{label} 的第 {place} 张笔宽为 {got}；接受 {least} 到 {most} 像素。请移除后重画。",
    ),
    "own.drawn_blank": (
        "There is no digit to be made out in drawing {place} of {label}: nothing stands out from the rest. "
        "Remove it, and draw it again.",
        "{label} 的第 {place} 张看不出数字：没有任何线条能与背景区分。请移除后重画。",
    ),
    "own.drawn_few": (
        "At least {classes} digits with {each} drawings each are needed, so that there is something to tell apart and "
        "to test; {found} came. Draw more.",
        "至少需要 {classes} 个数字、每个 {each} 张，才有可区分和可测试的内容；收到的是 {found}。请再画一些。",
    ),
    # what is wrong with a zip
    "own.empty": (
        "The file {name} is empty. Choose a zip of folders with images.",
        "文件 {name} 是空的。请选择一个含图像文件夹的 zip。",
    ),
    "own.not_zip": (
        "{name} is no zip, or a damaged one. Pack the folders as .zip and bring that.",
        "{name} 不是 zip，或已损坏。请把文件夹打包为 .zip 再上传。",
    ),
    "own.many": (
        "The zip has {count} files; at most {maximum} images are taken. Leave some out.",
        "zip 中有 {count} 个文件；最多接受 {maximum} 张图像。请去掉一些。",
    ),
    "own.bomb": (
        "The zip has {size} MB and would be {unpacked} MB unpacked: more than {ratio} times, or too much altogether. "
        "Images do "
        "not pack so well. Use smaller ones.",
        "zip 有 {size} MB，解压后将达 {unpacked} MB：超过 {ratio} 倍，或总量过大。图像不会压缩得这么多。请使用更小的图像。",
    ),
    "own.file_large": (
        "{path} has more than {megabytes} MB, or more than the zip says. Use smaller images.",
        "{path} 超过 {megabytes} MB，或比 zip 中声明的更大。请使用更小的图像。",
    ),
    "own.path": (
        "The zip was refused: the path {path} leads out of it. Paths are a folder and a file, such as cats/1.png.",
        "zip 被拒绝：路径 {path} 指向它之外。路径应为文件夹加文件，例如 cats/1.png。",
    ),
    "own.link": (
        "The zip was refused: {path} is a link to another file. Put the image itself into the folder.",
        "zip 被拒绝：{path} 是指向其他文件的链接。请把图像本身放入文件夹。",
    ),
    "own.encrypted": (
        "The zip has a password ({path}). Pack it without one.",
        "zip 设有密码（{path}）。请不设密码重新打包。",
    ),
    "own.nested": (
        "There is an archive inside the zip: {path}. Unpack it, and pack its folders instead.",
        "zip 中含有另一个压缩包：{path}。请先解压，再打包其中的文件夹。",
    ),
    "own.no_folder": (
        "{path} lies in no folder, so that its class is not known. Put the images of each class into a folder of its name.",
        "{path} 不在任何文件夹中，无法得知其类别。请把每一类的图像放入以类名命名的文件夹。",
    ),
    "own.no_images": (
        "None of the {count} files in {name} could be read as an image. PNG and JPEG are taken.",
        "{name} 中的 {count} 个文件都无法作为图像读取。接受 PNG 和 JPEG。",
    ),
    "own.no_image": ("It is no PNG and no JPEG file.", "它不是 PNG，也不是 JPEG 文件。"),
    "own.damaged": ("The zip is damaged at this file.", "zip 在此文件处已损坏。"),
    "own.classes": (
        "The zip has {count} folders with images ({names}); {least} to {most} are taken, since the networks here "
        "have {most} "
        "outputs.",
        "zip 中有 {count} 个含图像的文件夹（{names}）；接受 {least} 到 {most} 个，因为这里的网络有 {most} 个输出。",
    ),
    "own.few": (
        "The class {name} has {count} images; at least {least} are needed, so that some can be kept for the test. Add more.",
        "类别 {name} 有 {count} 张图像；至少需要 {least} 张，以便留出一些用于测试。请再添加。",
    ),
    "own.split_empty": (
        "The folder {split} has no images of {name}. Each class needs some in both, or leave the folders train "
        "and test out.",
        "{split} 文件夹中没有 {name} 的图像。每一类在两边都需要有图像；或者不使用 train 与 test 文件夹。",
    ),
}
