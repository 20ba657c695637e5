"""Words of the kinds of data sets in the Data section of Train."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "styles.text": (
        "The same {count} images as three kinds of data sets. Each class below was made and asked just now, the streams by "
        "a DataLoader with {workers} real worker processes.",
        "同样的 {count} 张图像做成三种数据集。下面每个类都刚刚真实创建并访问过，"
        "流式数据集由带 {workers} 个真实工作进程的 DataLoader 读取。",
    ),
    "styles.map": ("Map-style: Dataset", "映射式：Dataset"),
    "styles.map_text": (
        "It has a length and gives any image by its number. So a DataLoader can shuffle it; a split is a list of numbers.",
        "它有长度，并能按编号给出任意图像。因此 DataLoader 可以打乱它，而划分就是一组编号。",
    ),
    "styles.map_came": (
        "len(data) = {length}; data[0] has shape {shape} and label {label}.",
        "len(data) = {length}；data[0] 的形状为 {shape}，标签为 {label}。",
    ),
    "styles.stream": ("Iterable-style: IterableDataset, with the trap", "迭代式：IterableDataset，含陷阱"),
    "styles.stream_text": (
        "It gives one image after the other and needs no length: for files that are read line by line, or data that never "
        "ends. With several workers each has a copy of it, and gives everything.",
        "它逐个给出图像，不需要长度：适合逐行读取的文件或没有尽头的数据。有多个工作进程时，每个都有一份副本，并给出全部内容。",
    ),
    "styles.sharded": ("The cure: get_worker_info", "解决办法：get_worker_info"),
    "styles.sharded_text": (
        "Each worker asks who it is and how many there are, and gives one image of {workers} only.",
        "每个工作进程查询自己的编号和总数，只给出每 {workers} 张中的一张。",
    ),
    "styles.came": (
        "{came} samples came of {images} images: each one {times} times.",
        "{images} 张图像共得到 {came} 个样本：每张出现 {times} 次。",
    ),
    "styles.came_once": (
        "{came} samples came of {images} images: each one once.",
        "{images} 张图像共得到 {came} 个样本：每张一次。",
    ),
    "styles.worker": ("worker {worker}, process {process}", "工作进程 {worker}，进程号 {process}"),
    "styles.folder": ("ImageFolder: a folder for each class", "ImageFolder：每类一个文件夹"),
    "styles.folder_text": (
        "The images were written as PNG into a temporary folder, and ImageFolder read them: its classes are the names of "
        "the folders in their order.",
        "图像以 PNG 写入临时文件夹，再由 ImageFolder 读取：类别就是按顺序排列的文件夹名。",
    ),
    "styles.folder_came": (
        "len(data) = {length}, classes = {classes}; data[0] is a PIL image of mode {mode} and {size} pixels, label {label}: "
        "ImageFolder makes every image RGB.",
        "len(data) = {length}，classes = {classes}；data[0] 是 {mode} 模式、{size} 像素的 PIL 图像，标签 {label}："
        "ImageFolder 把每张图像都变成 RGB。",
    ),
}
