"""Words of the drawn digit: what is wrong with an image, and what was seen."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "digits.blank": (
        "There is no ink to read: the whole image has one colour, or nothing stands out from its noise. "
        "Draw a digit first, or use a stronger pen.",
        "没有可以识别的笔迹：整张图是同一种颜色，或者没有任何线条能从噪点中分辨出来。请先写一个数字，或换一支更深的笔。",
    ),
    "digits.not_pixels": (
        "The image should be a list of rows of numbers, or a base64 string of a PNG or JPEG; this is a {type}. "
        "Try [[0, 255], [255, 0]] or the text of a data: URL.",
        "图像应是由一行行数字组成的列表，或 PNG、JPEG 的 base64 字符串；这里收到的是 {type}。"
        "可以试试 [[0, 255], [255, 0]]，或一段 data: 网址。",
    ),
    "digits.empty": (
        "The image holds no pixels. Send at least 2 rows of 2 numbers, or a PNG or JPEG.",
        "图像里没有像素。请至少给出 2 行、每行 2 个数字，或一张 PNG、JPEG 图片。",
    ),
    "digits.row_not_list": (
        "An image is a list of rows, and each row a list of numbers; row {row} is a {type}. "
        "Put every row in brackets of its own: [[0, 1], [1, 0]].",
        "图像是“行”的列表，每一行又是数字的列表；而第 {row} 行是 {type}。请给每一行都加上方括号：[[0, 1], [1, 0]]。",
    ),
    "digits.ragged": (
        "All rows of an image have the same length: row 0 has {expected} numbers, row {row} has {got}. "
        "Fill the short rows with the background's value.",
        "图像每一行的长度必须相同：第 0 行有 {expected} 个数字，第 {row} 行却有 {got} 个。请用背景的数值把短的行补齐。",
    ),
    "digits.not_numbers": (
        'A pixel should be a number such as 0, 0.5 or 255; a {type} came. Write 0.5 without quotes, not "0.5", '
        "and put a number in every place.",
        "每个像素应是一个数字，例如 0、0.5 或 255；这里却出现了 {type}。"
        "请写成不带引号的 0.5，而不是“0.5”，并且每个位置都要有数字。",
    ),
    "digits.not_finite": (
        "Every pixel should be a finite number; row {row}, column {column} holds {value}. "
        "Replace it, for example with torch.nan_to_num(image).",
        "每个像素都应是有限的数；第 {row} 行第 {column} 列是 {value}。请把它换掉，例如用 torch.nan_to_num(image)。",
    ),
    "digits.not_flat": (
        "A grey image has 2 dimensions, height × width; this one has {dimensions} ({shape}). "
        "Send one image and one channel: images[0], or the mean over the colours.",
        "灰度图有 2 个维度：高 × 宽；这里有 {dimensions} 个（{shape}）。"
        "请只给一张图的一个通道：images[0]，或对颜色通道取平均。",
    ),
    "digits.too_small": (
        "The image measures {height}×{width} pixels; a digit needs at least {least} in each direction, and 28×28 to be "
        "legible. Send a larger image.",
        "图像只有 {height}×{width} 像素；每个方向至少要有 {least} 个像素，要看得清则需要 28×28。请换一张大一些的图。",
    ),
    "digits.too_large": (
        "The image measures {height}×{width} pixels; at most {side} a side and {pixels} in all are read. "
        "Scale it down first: 280×280 is plenty for a digit.",
        "图像有 {height}×{width} 像素；每边最多 {side} 像素，总数最多 {pixels}。"
        "请先把它缩小：写一个数字，280×280 就足够了。",
    ),
    "digits.file_too_large": (
        "The image file is larger than {megabytes} MB, the most that is read. "
        "Scale the image down or save it as JPEG: 280×280 pixels are plenty for a digit.",
        "图像文件超过了 {megabytes} MB 的上限。请缩小图像或另存为 JPEG：写一个数字，280×280 像素就足够了。",
    ),
    "digits.not_base64": (
        "The text should be the base64 of a PNG or JPEG; “{start}…” is none. "
        "In Python: base64.b64encode(open('digit.png', 'rb').read()).decode().",
        "这段文字应是 PNG 或 JPEG 的 base64 编码，但“{start}…”不是。"
        "在 Python 里可以这样得到：base64.b64encode(open('digit.png', 'rb').read()).decode()。",
    ),
    "digits.not_image": (
        "The text is base64, but what it holds is no PNG and no JPEG file. "
        "Save the image as PNG or JPEG and send that file whole.",
        "这段文字是 base64，但解码后既不是 PNG 也不是 JPEG。请把图像存成 PNG 或 JPEG，再完整地发送该文件。",
    ),
    "digits.broken_image": (
        "The file begins like a {format} but cannot be read to its end: it is cut off or damaged. "
        "Save it again and send all of it.",
        "文件开头是 {format}，但无法完整读取：可能被截断或已损坏。请重新保存，并完整地发送。",
    ),
    "digits.packed": (
        "The drawing should be a byte for each of its pixels; {width}×{height} and {got} bytes came.",
        "绘图数据应为每个像素一个字节;收到的是 {width}×{height} 和 {got} 个字节。",
    ),
}
