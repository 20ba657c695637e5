"""Words of a learner's own images."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "own.gone": (
        "The images {name} are not here (any more): they are kept for a while only. Bring the zip again, or choose MNIST.",
        "图像集 {name} 不在这里（或已被删除）：它们只保留一段时间。请重新上传 zip，或选择 MNIST。",
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
