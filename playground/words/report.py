"""Words of the Results section of Train: what a trained network does on its test set."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "report.label": ("What this network does on the test set", "该网络在测试集上的表现"),
    "report.working": (
        "The network reads all test images once more, for its confidence and its features …",
        "网络正在重新读取全部测试图像，以得到置信度与特征……",
    ),
    "report.no_answer": ("The server did not answer. Open this tab again.", "服务器没有响应。请重新打开此标签页。"),
    "report.cell": (
        "A cell is two class numbers from 0 to {most}; got {got}.",
        "一个单元格由两个 0 到 {most} 的类别编号组成；得到 {got}。",
    ),
    "report.images": (
        "Expected a list of at most {most} numbers from 0 to {last}; got {got}.",
        "需要一个列表，至多 {most} 个 0 到 {last} 的编号；得到 {got}。",
    ),
    "report.unanswered": (
        "{count} images got no answer: an output is NaN or infinite.",
        "{count} 张图像没有答案：输出中有 NaN 或无穷大。",
    ),
    # the confusion matrix
    "report.confusion": ("Confusion matrix", "混淆矩阵"),
    "report.confusion_text": (
        "Rows are the labels, columns the answers. Choose a cell to see its images.",
        "行是标签，列是网络的答案。选择一个单元格即可查看其中的图像。",
    ),
    "report.cell_name": ("label {label}, answer {answer}: {count}", "标签 {label}，答案 {answer}：{count}"),
    "report.cell_wrong": (
        "{label} read as {answer}: {count} image|{label} read as {answer}: {count} images",
        "{label} 读作 {answer}：{count} 张",
    ),
    "report.cell_right": (
        "{label} read correctly: {count} image|{label} read correctly: {count} images",
        "{label} 识别正确：{count} 张",
    ),
    "report.cell_none": ("No image of {label} was read as {answer}.", "没有标签为 {label} 的图像被读作 {answer}。"),
    "report.most_confident": ("The most confident first.", "置信度最高的在前。"),
    "report.least_confident": ("The least confident first.", "置信度最低的在前。"),
    "report.shown": ("{shown} are shown.", "显示其中 {shown} 张。"),
    "report.picture": ("Test image {index}, confidence {confidence}", "测试图像 {index}，置信度 {confidence}"),
    # the classes
    "report.classes": ("Precision and recall", "精确率与召回率"),
    "report.classes_text": (
        "Precision: how many of the images read as a class are of it. Recall: how many of a class are read as it, its "
        "accuracy. F1 is their harmonic mean.",
        "精确率：读作某类的图像中真正属于该类的比例。召回率：某类图像中被正确读出的比例，即该类的准确率。"
        "F1 是两者的调和平均。",
    ),
    "report.class": ("Class", "类别"),
    "report.precision": ("Precision", "精确率"),
    "report.recall": ("Recall", "召回率"),
    "report.f1": ("F1", "F1 值"),
    "report.support": ("Images", "图像数"),
    "report.mean": ("Mean", "平均"),
    # calibration
    "report.calibration": ("Calibration", "校准"),
    "report.calibration_text": (
        "Of the images it is 90 % sure of, a calibrated network reads 90 % correctly: its bars reach the dashed line.",
        "对置信度为 90 % 的图像，校准良好的网络有 90 % 是正确的：条形到达虚线。",
    ),
    "report.ece": ("Expected calibration error (ECE): {ece}.", "期望校准误差（ECE）：{ece}。"),
    "report.over": (
        "On average it is {confidence} sure and right in {accuracy}: over-confident.",
        "平均置信度 {confidence}，正确率 {accuracy}：过于自信。",
    ),
    "report.under": (
        "On average it is {confidence} sure and right in {accuracy}: under-confident.",
        "平均置信度 {confidence}，正确率 {accuracy}：自信不足。",
    ),
    "report.confidence": ("Confidence", "置信度"),
    "report.accuracy": ("Accuracy", "准确率"),
    "report.count_axis": ("Images (logarithmic)", "图像数（对数）"),
    "report.bins": ("The bins as numbers", "各区间的数值"),
    "report.bin": ("Bin", "区间"),
    "report.bin_name": (
        "{low} to {high}: {count} image, confidence {confidence}, accuracy {accuracy}"
        "|{low} to {high}: {count} images, confidence {confidence}, accuracy {accuracy}",
        "{low} 到 {high}：{count} 张，置信度 {confidence}，准确率 {accuracy}",
    ),
    # the projection
    "report.projection": ("The last layer's features in 2-D", "最后一层特征的二维投影"),
    "report.projection_text": (
        "What {layer} gets of {count} test images, {features} numbers each, along the two directions in which they vary "
        "most (PCA). They explain {first} and {second} of the variance. A ring marks a mistake.",
        "{count} 张测试图像输入 {layer} 时的特征，每张 {features} 个数，沿变化最大的两个方向（PCA）投影，"
        "分别解释方差的 {first} 和 {second}。圆环表示错误。",
    ),
    "report.projection_help": (
        "Point at an image, or use the arrow keys; a class alone: press its name.",
        "指向一个点，或使用方向键查看图像；点击类别名只突出该类。",
    ),
    "report.projection_chart": ("Test images by their features", "按特征分布的测试图像"),
    "report.no_linear": (
        "No Linear layer of this model sees one vector for each image, so there are no features to project.",
        "该模型没有以每张图像一个向量为输入的 Linear 层，因此没有可投影的特征。",
    ),
    "report.not_finite": (
        "The features hold NaN or infinite numbers: they have no principal components.",
        "特征中含有 NaN 或无穷大：无法计算主成分。",
    ),
    "report.large": (
        "The last layer takes too many numbers for a principal component analysis in reasonable time.",
        "最后一层的输入过大，无法在合理时间内做主成分分析。",
    ),
    "report.point_right": ("{label}, read correctly", "{label}，识别正确"),
    "report.point_wrong": ("{label}, read as {answer}", "{label}，读作 {answer}"),
    "report.point_none": ("{label}, without an answer", "{label}，没有答案"),
    "report.sure": ("confidence {confidence}", "置信度 {confidence}"),
    # the mistakes, the script
    "report.mistakes": ("The most confident mistakes", "最自信的错误"),
    "report.no_mistakes": ("There is no mistake in the whole test set.", "整个测试集没有一个错误。"),
    "report.code": (
        "Code: the same numbers from the saved weights",
        "代码：由保存的权重得到同样的数字",
    ),
}
