"""Words of models, specs and checkpoints."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "topic.layer": ("layer type", "层类型"),
    "topic.model": ("model", "模型"),
    "preset.Fast": ("Fast: small, 99 % in seconds", "Fast：小巧，几秒达到 99 %"),
    "preset.MNISTNet": ("MNISTNet: the course's project", "MNISTNet：课程的项目"),
    "preset.SimpleCNN": ("SimpleCNN: two convolutions", "SimpleCNN：两个卷积层"),
    "preset.MLP": ("MLP: three linear layers", "MLP：三个线性层"),
    "preset.Sequential": ("Sequential: as in the course", "Sequential：与课程相同"),
    "preset.Linear": ("Linear: a single layer", "Linear：单层"),
    "model.text": (
        '`model` must be the name of a preset or a JSON spec, got {got}. Try "Fast".',
        '`model` 应为预设名称或 JSON 规格,收到的是 {got}。可以试试 "Fast"。',
    ),
    "model.long": (
        "The model has {length:,} characters; at most {maximum:,} are taken. Make it shorter.",
        "模型文本有 {length:,} 个字符，最多接受 {maximum:,} 个。请缩短。",
    ),
    "model.code": (
        "A model given as PyTorch code cannot be used here. Use a preset's name or a JSON spec that begins with {{.",
        "这里不能使用以 PyTorch 代码给出的模型。请使用预设名称，或以 {{ 开头的 JSON 规格。",
    ),
    "model.parameters": (
        "The model has {count} parameters; at most {maximum} can be trained here. Make its layers narrower.",
        "模型有 {count} 个参数，这里最多可训练 {maximum} 个。请把各层改窄一些。",
    ),
    "model.output": (
        "The model must give one number per class: expected {expected}, it gave {got}. "
        "End it with Flatten and a Linear layer of {classes} outputs.",
        "模型应为每个类别输出一个数：应为 {expected}，实际为 {got}。请以 Flatten 和输出为 {classes} 的 Linear 结尾。",
    ),
    "model.shape": (
        "Layer {layer} ({type}) cannot take an input of shape {shape}: {reason}. "
        "Change its input size or the layer before it.",
        "层 {layer}（{type}）无法接受形状为 {shape} 的输入：{reason}。请修改它的输入大小或前一层。",
    ),
    "model.constructor": (
        "Layer {layer} ({type}) refuses its arguments: {reason}.",
        "层 {layer}（{type}）不接受这些参数：{reason}。",
    ),
    "spec.json": ("The model spec is not valid JSON: {reason}.", "模型规格不是有效的 JSON:{reason}。"),
    "spec.object": (
        'The model spec must be a JSON object with "layers", got {got}.',
        '模型规格应为带有 "layers" 的 JSON 对象,收到的是 {got}。',
    ),
    "spec.version": (
        "The model spec has version {got}; this playground reads version {expected}.",
        "模型规格的版本是 {got}，这里能读取的是版本 {expected}。",
    ),
    "spec.choice": ("{where} must be one of {choices}, got {got}.", "{where} 应为 {choices} 之一，收到的是 {got}。"),
    "spec.name": (
        "The model's name must be a text of 1 to 60 characters, got {got}.",
        "模型名称应为 1 到 60 个字符的文本，收到的是 {got}。",
    ),
    "spec.code": ('The spec\'s "code" must be a text, got {got}.', '规格中的 "code" 应为文本,收到的是 {got}。'),
    "spec.empty": (
        'The model has no layers. Add at least one, for example {{"type": "Flatten"}}.',
        '模型没有任何层。请至少添加一层,例如 {{"type": "Flatten"}}。',
    ),
    "spec.count": (
        "The model has {count} layers; at most {maximum} are taken.",
        "模型有 {count} 层，最多接受 {maximum} 层。",
    ),
    "spec.depth": (
        "Layers are nested more than {maximum} deep. Flatten the structure.",
        "层的嵌套超过 {maximum} 级。请减少嵌套。",
    ),
    "spec.input_shape": (
        '"input_shape" must be 1 to 4 sizes from 1 to 4096 such as [1, 28, 28], got {got}.',
        '"input_shape" 应为 1 到 4 个 1 至 4096 之间的整数,例如 [1, 28, 28],收到的是 {got}。',
    ),
    "spec.list": ("{where} must be a list of layers, got {got}.", "{where} 应为层的列表，收到的是 {got}。"),
    "spec.layer": (
        '{where} must be an object such as {{"type": "ReLU"}}, got {got}.',
        '{where} 应为类似 {{"type": "ReLU"}} 的对象,收到的是 {got}。',
    ),
    "spec.layer_name": (
        "{where}: a layer's name must be a Python name or a number, got {got}.",
        "{where}：层的名称应为合法的 Python 名称或数字，收到的是 {got}。",
    ),
    "spec.repeated": (
        "{where}: two layers are named {name}. Give each its own name.",
        "{where}：有两个层都叫 {name}。请为每层取不同的名称。",
    ),
    "spec.not_container": (
        "{where}: {type} cannot hold other layers; only Sequential can.",
        "{where}：{type} 不能包含其他层，只有 Sequential 可以。",
    ),
    "spec.arguments": (
        '{where}: "arguments" must be an object, got {got}.',
        '{where}:"arguments" 应为对象,收到的是 {got}。',
    ),
    "spec.missing": ("{where} needs the arguments {names}.", "{where} 缺少参数 {names}。"),
    "spec.unknown": (
        "{where} does not know {names}. It knows {known}.",
        "{where} 不认识 {names}。可用的有 {known}。",
    ),
    "spec.value": (
        "{where}: {name} must be a number of at most {maximum}, a word of up to 30 letters or a list of 1 to 4 whole "
        "numbers, got {got}.",
        "{where}：{name} 应为不超过 {maximum} 的数字、至多 30 个字母的单词或 1 到 4 个整数的列表，收到的是 {got}。",
    ),
    "checkpoint.missing": (
        "There is no file {name}. Check the path, or train first.",
        "没有文件 {name}。请检查路径，或先进行训练。",
    ),
    "checkpoint.large": (
        "{name} is too large for a checkpoint: at most {maximum}.",
        "{name} 作为检查点太大了：最大为 {maximum}。",
    ),
    "checkpoint.damaged": (
        "{name} is damaged or no checkpoint ({reason}). Expected .safetensors or a state_dict saved by torch.save.",
        "{name} 已损坏或不是检查点（{reason}）。应为 .safetensors 文件，或用 torch.save 保存的 state_dict。",
    ),
    "checkpoint.spec": (
        "{name} holds weights, but its description of the model cannot be read: {reason}",
        "{name} 中有权重，但其中的模型描述无法读取：{reason}",
    ),
    "checkpoint.not_state_dict": (
        "{name} is no state_dict: expected names with tensors. Save it with torch.save(model.state_dict(), …).",
        "{name} 不是 state_dict：应为名称到张量的映射。请用 torch.save(model.state_dict(), …) 保存。",
    ),
    "checkpoint.no_model": (
        "The weights in {name} (first: {first}) fit none of the models {presets}. Use a file with its own spec.",
        "{name} 中的权重（第一个是 {first}）与模型 {presets} 都不匹配。请使用自带规格的文件。",
    ),
    "checkpoint.names": (
        "{name} does not fit {model}: missing {missing}; not expected {surplus}.",
        "{name} 与 {model} 不匹配：缺少 {missing}；多出 {surplus}。",
    ),
    "checkpoint.shape": (
        "{name} does not fit {model}: {key} should have the shape {expected}, the file has {got}.",
        "{name} 与 {model} 不匹配：{key} 的形状应为 {expected}，文件中是 {got}。",
    ),
    # What a layer cannot take, and what helps.
    "layer.fails": ("Layer {layer} ({type}): {reason}", "层 {layer}({type}):{reason}"),
    "layer.other": ("PyTorch says: {reason}.", "PyTorch 的提示：{reason}。"),
    "layer.features": (
        "it expects {expected} features ({attribute}={expected}), and its input {shape} has {got} in its last dimension.",
        "它需要 {expected} 个特征（{attribute}={expected}），而输入 {shape} 的最后一维是 {got}。",
    ),
    "layer.channels": (
        "it expects {expected} channels ({attribute}={expected}), and its input {shape} has {got} in dimension 1.",
        "它需要 {expected} 个通道（{attribute}={expected}），而输入 {shape} 的第 1 维是 {got}。",
    ),
    "layer.dimensions": (
        "it takes {expected}, and what comes is {shape}.",
        "它接受的形状是 {expected}，而收到的是 {shape}。",
    ),
    "layer.one_sample": (
        "in training it needs more than one value per channel, and {shape} is a single sample. Use a larger batch.",
        "训练时每个通道需要多于一个数值，而 {shape} 只有一个样本。请增大批大小。",
    ),
    "layer.normalized": (
        "it is made for inputs that end with {expected}, and what comes is {shape}.",
        "它只适用于以 {expected} 结尾的输入，而收到的是 {shape}。",
    ),
    "layer.unflatten": (
        "dimension {dim} of the input {shape} cannot be divided into {size}.",
        "输入 {shape} 的第 {dim} 维无法拆成 {size}。",
    ),
    "layer.kernel": (
        "its kernel of {kernel} is larger than the input {shape} with a padding of {padding}.",
        "它的卷积核大小 {kernel} 超过了输入 {shape}（填充 {padding}）。",
    ),
    "layer.whole_numbers": (
        "it looks numbers up in a table: its input must be whole numbers from 0 to below {levels}, and what comes "
        "are decimal numbers.",
        "它在表中按编号查找：输入应为 0 到 {levels} 之间（不含 {levels}）的整数，而收到的是小数。",
    ),
    "layer.heads": (
        "{heads} heads share {width} features, so {width} must be divisible by {heads}.",
        "{heads} 个头平分 {width} 个特征，因此 {width} 必须能被 {heads} 整除。",
    ),
    "layer.groups": (
        "{groups} groups share {channels} channels, so {channels} must be divisible by {groups}.",
        "{groups} 个组平分 {channels} 个通道，因此 {channels} 必须能被 {groups} 整除。",
    ),
    "layer.sum": (
        "it adds its input {shape} to what its layers give, {given}: both must have the same shape.",
        "它把输入 {shape} 与内部各层的输出 {given} 相加：两者形状必须相同。",
    ),
    "repair.change": ("Set {changes} in {layer}", "在 {layer} 中设置 {changes}"),
    "repair.insert": ("Insert {inserted} before {layer}", "在 {layer} 之前插入 {inserted}"),
    "repair.insert_change": (
        "Insert {inserted} before {layer} and set {changes}",
        "在 {layer} 之前插入 {inserted}，并设置 {changes}",
    ),
    "repair.swap": ("Use {inserted} for {layer}", "在 {layer} 处改用 {inserted}"),
    "repair.both": ("{first}, then: {second}", "先{first}，再{second}"),
    "model.batch_size": (
        "`batch_size` must be a whole number from 1 to {maximum}, got {got}.",
        "`batch_size` 应为 1 到 {maximum} 之间的整数，收到的是 {got}。",
    ),
    "model.no_module": (
        "The code makes no model. End it with one, such as nn.Sequential(nn.Flatten(), nn.Linear(784, 10)), name it "
        "`model`, or write a class of nn.Module.",
        "代码没有创建模型。请以模型结尾，例如 nn.Sequential(nn.Flatten(), nn.Linear(784, 10）），或将其命名为 "
        "`model`，或编写一个 nn.Module 类。",
    ),
    "model.needs_arguments": (
        "{name} needs arguments. Add a last line such as: model = {name}({arguments})",
        "{name} 需要参数。请在最后添加一行，例如：model = {name}({arguments})",
    ),
    "model.several_inputs": (
        "forward of {name} takes {count} inputs; a model here takes one. Give the others a default value.",
        "{name} 的 forward 需要 {count} 个输入，而这里的模型只接受一个。请为其余参数设置默认值。",
    ),
    "layer.padding": (
        "its padding of {padding} may be at most half of its kernel of {kernel}.",
        "它的填充 {padding} 最多只能是卷积核大小 {kernel} 的一半。",
    ),
    "preset.LeNet5": ("LeNet-5: the first convolutional network, 1998", "LeNet-5：1998 年的首个卷积网络"),
    "preset.SmallResNet": ("SmallResNet: two residual blocks", "SmallResNet：两个残差块"),
    "preset.LSTMRows": ("LSTMRows: reads the rows one by one", "LSTMRows：逐行读取图像"),
    "preset.ViT": ("ViT: attention between 16 patches", "ViT：16 个图块之间的注意力"),
    "preset.Autoencoder": ("Autoencoder: through 16 numbers and back", "Autoencoder：压缩成 16 个数再还原"),
    "model.train_shape": (
        "A network is trained here on images of shape {expected}, and this one is made for {got}. Set the input of "
        "the model to 1, 28, 28.",
        "这里用形状为 {expected} 的图像训练网络，而这个网络接受的是 {got}。请把模型的输入设为 1, 28, 28。",
    ),
    "model.output_kind": (
        "The model must give one tensor, [batch, 10], and gave a {got}. Return only the scores of the classes.",
        "模型应给出一个张量 [batch, 10]，而它给出的是 {got}。请只返回各类别的分数。",
    ),
    "model.weights": (
        "The weights do not fit the model: {name} should have the shape {expected}, and has {got}.",
        "权重与模型不符：{name} 的形状应为 {expected}，实际为 {got}。",
    ),
    "config.code_dataset": (
        "A model given as code is trained without the network, and {dataset} is not here yet. Train a ready-made "
        "model on it once, then this one.",
        "以代码给出的模型在断网的环境中训练，而 {dataset} 还没有下载。请先用现成的模型在它上面训练一次，再训练这个模型。",
    ),
    "model.bytes": (
        "The model has grown to {size} MiB of weights and buffers; at most {maximum} MiB are saved. Do not keep "
        "large tensors as buffers.",
        "模型的权重和缓冲区已增长到 {size} MiB，最多保存 {maximum} MiB。请不要把大张量保存为缓冲区。",
    ),
}
