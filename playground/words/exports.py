"""Words of what a model is taken away as, and of weights that come back."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "topic.export": ("format", "格式"),
    "export.python": ("Python script", "Python 脚本"),
    "export.python_text": (
        "Builds the model and trains it on MNIST in plain PyTorch, in five steps.",
        "用纯 PyTorch 搭建模型，并按五个步骤在 MNIST 上训练。",
    ),
    "export.notebook": ("Notebook", "笔记本"),
    "export.notebook_text": (
        "The same script in sections, for Jupyter or Colab.",
        "同样的脚本，分成若干小节，用于 Jupyter 或 Colab。",
    ),
    "export.safetensors": ("Weights, safetensors", "权重，safetensors"),
    "export.safetensors_text": (
        "The weights with a description of the model; nothing in it is ever executed.",
        "权重加模型描述；文件中没有任何可执行的内容。",
    ),
    "export.state_dict": ("Weights, state_dict", "权重，state_dict"),
    "export.state_dict_text": (
        "The weights as torch.save writes them, for load_state_dict.",
        "用 torch.save 保存的权重，可用 load_state_dict 载入。",
    ),
    "export.onnx": ("ONNX graph", "ONNX 计算图"),
    "export.onnx_text": (
        "The whole network as a graph, for phones, browsers and other programs.",
        "整个网络的计算图，可用于手机、浏览器和其他程序。",
    ),
    "export.differs": (
        "The file gives other numbers than the model: they differ by up to {difference}, and {tolerance} is allowed. "
        "So it is not offered.",
        "文件给出的数值与模型不同：最大相差 {difference}，允许的是 {tolerance}。因此不提供该文件。",
    ),
    "export.compiles": (
        "The script that was written is not whole ({reason}). So it is not offered.",
        "生成的脚本不完整（{reason}）。因此不提供该文件。",
    ),
    "export.no_spec": (
        "The file that was written does not say what its model is. So it is not offered.",
        "生成的文件没有说明其中的模型。因此不提供该文件。",
    ),
    "export.no_content": (
        "The file could not be taken from the job that wrote it. Try again.",
        "无法从生成文件的任务中取得文件。请重试。",
    ),
    "export.weights_fit": (
        "The weights of that run do not fit {model}: {count} names or shapes differ, the first is {first}. Export "
        "the run's own model, or train this one first.",
        "该次训练的权重与 {model} 不匹配：有 {count} 个名称或形状不同，第一个是 {first}。请导出该次训练自己的模型，或"
        "先训练这个模型。",
    ),
    "export.run_id": (
        "`run_id` must be the id of a run, or empty; got {got}.",
        "`run_id` 应为一次训练的编号，或为空；收到的是 {got}。",
    ),
    "export.one_output": (
        "{name} gives {count} tensors, and training needs one. Take its weights as safetensors or state_dict instead.",
        "{name} 给出 {count} 个张量，而训练需要一个。请改为导出 safetensors 或 state_dict。",
    ),
    "export.no_images": (
        "MNIST's images cannot be made into the input {shape} of {name}, so there is no training script. Take its "
        "weights instead.",
        "无法把 MNIST 的图像变成 {name} 的输入 {shape}，因此没有训练脚本。请改为导出权重。",
    ),
    "export.onnx_missing": (
        "ONNX needs {names} on the server, which are not installed. Install them with: {command}",
        "ONNX 需要服务器上的 {names}，但尚未安装。安装命令：{command}",
    ),
    "export.onnx_graph": (
        "{name} is no fixed graph for any number of samples, which ONNX needs. Often an `if` on a value or .item() "
        "in forward is the cause. PyTorch says: {reason}",
        "{name} 无法写成适用于任意样本数的固定计算图，而 ONNX 需要这样的图。常见原因是 forward 中对数值使用 `if` 或 "
        ".item（）。PyTorch 的提示：{reason}",
    ),
    "export.gone": (
        "This file is not there any more: files wait {minutes} minutes. Export it again.",
        "这个文件已不存在：文件只保留 {minutes} 分钟。请重新导出。",
    ),
    "export.seconds": (
        "It took longer than {limit} seconds and was ended. Try a smaller model.",
        "用时超过 {limit} 秒，已被终止。请尝试更小的模型。",
    ),
    "export.memory": (
        "It needed more than {limit} MB of memory and was ended. Try a smaller model.",
        "所需内存超过 {limit} MB，已被终止。请尝试更小的模型。",
    ),
}
