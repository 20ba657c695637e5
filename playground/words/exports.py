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
        "The whole network as a graph, for phones, browsers and other programs. Takes up to a minute.",
        "整个网络的计算图，可用于手机、浏览器和其他程序。最多需要一分钟。",
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
        ".item()。PyTorch 的提示：{reason}",
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
    "upload.part": (
        "A piece of the file did not arrive whole. Choose the file again.",
        "文件的一部分没有完整到达。请重新选择文件。",
    ),
    "upload.gone": (
        "The file has not arrived, or it took too long. Choose it again.",
        "文件没有到达，或传输时间过长。请重新选择。",
    ),
    "upload.large": (
        "The file has {size} MB; {maximum} MB at most can be brought back here.",
        "文件大小为 {size} MB，这里最多可带回 {maximum} MB。",
    ),
    "upload.empty": ("{name} is empty.", "{name} 是空文件。"),
    "upload.text": (
        "{name} is a text (it begins with: {start}). Expected weights: .safetensors, or .pth of torch.save.",
        "{name} 是文本（开头是：{start}）。应为权重文件：.safetensors，或用 torch.save 保存的 .pth。",
    ),
    "upload.unknown": (
        "{name} is no file of weights that is known here. Expected .safetensors, or .pth of torch.save.",
        "{name} 不是这里能识别的权重文件。应为 .safetensors，或用 torch.save 保存的 .pth。",
    ),
    "upload.damaged": ("{name} is damaged or not whole: {reason}", "{name} 已损坏或不完整：{reason}"),
    "upload.bomb": (
        "{name} has {size} MB and says that it holds {declared} MB, packed or counted twice. torch.save packs "
        "nothing, so this file is not unpacked.",
        "{name} 只有 {size} MB，却声称内含 {declared} MB（经过压缩或重复计数）。torch.save 从不压缩，因此不解压该文件。",
    ),
    "upload.zip": (
        "{name} is a zip archive without weights (first: {first}). Expected what torch.save writes.",
        "{name} 是不含权重的 zip 压缩包（第一个文件是 {first}）。应为 torch.save 写出的文件。",
    ),
    "upload.torchscript": (
        "{name} is a TorchScript program, not a state_dict. Save torch.jit.load(…).state_dict() with torch.save and "
        "bring that.",
        "{name} 是 TorchScript 程序，不是 state_dict。请用 torch.save 保存 torch.jit.load(…).state_dict() 后再带回。",
    ),
    "upload.globals": (
        "{name} holds more than weights: on opening it would import and could run {names}. It was not opened, and "
        "nothing of it was executed. Save the weights alone: torch.save(model.state_dict(), …).",
        "{name} 不只包含权重：打开时会导入并可能运行 {names}。文件没有被打开，其中的内容也没有执行。请只保存权重："
        "torch.save(model.state_dict(), …)。",
    ),
    "upload.not_mapping": (
        "{name} holds a {type}; expected a state_dict, which has a name for each tensor.",
        "{name} 中是 {type}；应为 state_dict，即每个张量都有名称。",
    ),
    "upload.no_tensors": (
        "{name} holds no tensors with names. Save with torch.save(model.state_dict(), …).",
        "{name} 中没有带名称的张量。请用 torch.save(model.state_dict(), …) 保存。",
    ),
    "upload.layout": (
        "{name}: {key} is sparse, quantised or without data; expected plain tensors.",
        "{name}：{key} 是稀疏的、量化的或没有数据；应为普通张量。",
    ),
    "upload.prefix": ("Each name began with {prefix}, which was taken off.", "每个名称都以 {prefix} 开头，已将其去掉。"),
    "upload.legacy": (
        "It is a file of an older PyTorch (before 1.6), and was read all the same.",
        "这是旧版 PyTorch（1.6 之前）的文件，仍可读取。",
    ),
    "upload.nested": (
        "The weights lay inside under {key}; the rest was left out.",
        "权重位于文件内的 {key} 之下，其余内容未使用。",
    ),
    "upload.others": ("What is no tensor was left out: {names}.", "不是张量的内容未使用：{names}。"),
    "upload.converted": (
        "Some numbers have another type than the model's and were converted.",
        "部分数值的类型与模型不同，已经转换。",
    ),
    "upload.own_spec": ("The file says itself that it is {model}.", "文件自己说明其模型是 {model}。"),
    "upload.fitting": ("The names and shapes are those of {model}.", "名称和形状与 {model} 一致。"),
    "upload.unknown_id": (
        "There are no weights {weights} here (any more). Bring the file back again.",
        "这里（已）没有权重 {weights}。请重新带回文件。",
    ),
    "upload.no_digits": (
        "These weights belong to a model that does not read a drawn digit here: it must make ten numbers of [1, 28, 28], "
        "and not be too large for an answer in a moment.",
        "这些权重所属的模型无法在这里识别手写数字：它应把 [1, 28, 28] 变成十个数，并且不能大到无法立即回答。",
    ),
    "model_files.away": ("Take it away", "带走模型"),
    "model_files.away_text": (
        "Each file is made, run and compared with the model above before you get it, and waits 10 minutes.",
        "每个文件都会先生成、运行，并与上面的模型比较，然后才提供给您，保留 10 分钟。",
    ),
    "model_files.weights": ("Weights", "权重"),
    "model_files.fresh": ("fresh, from seed 0", "全新的，随机种子 0"),
    "model_files.of_run": ("of the run in Train", "“训练”页中那次训练的"),
    "model_files.working": ("Writing, running, comparing …", "正在生成、运行、比较……"),
    "model_files.no_server": ("The server did not answer. Try again in a moment.", "服务器没有回应。请稍后再试。"),
    "model_files.download": ("Download", "下载"),
    "model_files.checked": ("run and compared: largest difference {difference}", "已运行并比较：最大差异 {difference}"),
    "model_files.back": ("Bring it back", "带回权重"),
    "model_files.back_text": (
        "Weights of the model above: a .safetensors file, or a .pth of torch.save. Nothing in the file is executed.",
        "上面模型的权重：.safetensors 文件，或用 torch.save 保存的 .pth。文件中的任何内容都不会被执行。",
    ),
    "model_files.choose": ("Choose a file", "选择文件"),
    "model_files.drop": ("or drop it here", "或拖放到此处"),
    "model_files.too_large": (
        "The file has {size} MB; {maximum} MB at most can be brought back here.",
        "文件大小为 {size} MB，这里最多可带回 {maximum} MB。",
    ),
    "model_files.sending": ("Sending {name}", "正在发送 {name}"),
    "model_files.comparing": ("Reading and comparing …", "正在读取并比较……"),
    "model_files.fits": (
        "The only tensor of {name} fits {model}.|All {count} tensors of {name} fit {model}.",
        "{name} 中唯一的张量与 {model} 匹配。|{name} 中的 {count} 个张量全部与 {model} 匹配。",
    ),
    "model_files.misfit": (
        "{matched} of the {total} tensors of {model} are in the file and fit.",
        "{model} 的 {total} 个张量中，有 {matched} 个在文件中且匹配。",
    ),
    "model_files.no_place": (
        "{count} tensor of the file has no place in the model.|{count} tensors of the file have no place in the model.",
        "文件中有 {count} 个张量在模型中没有位置。",
    ),
    "model_files.own_model": ("Compare with the model that the file describes", "与文件自己描述的模型比较"),
    "model_files.kept": (
        "Kept, and under Inside in the list of weights. Their id:",
        "已保存，并列入“网络内部”的权重列表。编号为：",
    ),
    "model_files.kept_reads": (
        "Kept, and under Inside in the list of weights. With this id as its model, /predict_digit reads digits with them:",
        "已保存，并列入“网络内部”的权重列表。把此编号作为 /predict_digit 的 model，即可用它识别数字：",
    ),
    "model_files.copy": ("Copy", "复制"),
    "model_files.copied": ("Copied", "已复制"),
    "model_files.table": ("Tensors of the file and of the model", "文件与模型的张量"),
    "model_files.name": ("Name", "名称"),
    "model_files.in_file": ("In the file", "文件中"),
    "model_files.in_model": ("In the model", "模型中"),
    "model_files.state": ("Result", "结果"),
    "model_files.all_rows": ("Show all {total}", "显示全部 {total} 个"),
    "model_files.state_matched": ("fits", "匹配"),
    "model_files.state_missing": ("missing in the file", "文件中缺少"),
    "model_files.state_unexpected": ("not in the model", "模型中没有"),
    "model_files.state_shape": ("another shape", "形状不同"),
    "model_files.state_dtype": ("another kind of number", "数值类型不同"),
    "model_files.stale": ("of the model before your last edits", "属于您最近修改之前的模型"),
    "model_files.draw": ("Draw for it", "画数字给它看"),
    "upload.many": (
        "{count} other files are under way. Try again in a minute.",
        "另有 {count} 个文件正在上传，请一分钟后再试。",
    ),
}
