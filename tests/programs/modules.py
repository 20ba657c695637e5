"""Programs about nn.Module, optimizers and data, as a course or a learner would write them."""

PROGRAMS: dict[str, str] = {
    "single_linear_layer": """\
import torch
import torch.nn as nn

layer = nn.Linear(3, 2)
x = torch.ones(4, 3)
out = layer(x)
print(layer)
print(out.shape)
print(layer.weight.shape, layer.bias.shape)
by_hand = x @ layer.weight.T + layer.bias
print(torch.allclose(out, by_hand))
""",
    "my_first_network": """\
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(4, 8)
        self.out = nn.Linear(8, 3)

    def forward(self, x):
        x = torch.relu(self.hidden(x))
        return self.out(x)

net = Net()
print(net)
batch = torch.rand(5, 4)
print(net(batch).shape)
print(net(batch).argmax(dim=1).shape)
""",
    "old_style_super": """\
import torch
import torch.nn as nn
import torch.nn.functional as F


class MLP(nn.Module):
    def __init__(self, n_in, n_hidden, n_out, dropout=0.2):
        super(MLP, self).__init__()
        self.fc1 = nn.Linear(n_in, n_hidden)
        self.fc2 = nn.Linear(n_hidden, n_hidden)
        self.fc3 = nn.Linear(n_hidden, n_out)
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        x = x.view(x.size(0), -1)
        x = self.drop(F.relu(self.fc1(x)))
        x = self.drop(F.relu(self.fc2(x)))
        return F.log_softmax(self.fc3(x), dim=1)


model = MLP(n_in=64, n_hidden=16, n_out=10)
model.eval()
log_p = model(torch.randn(3, 1, 8, 8))
print(log_p.shape)
print(torch.allclose(log_p.exp().sum(dim=1), torch.ones(3), atol=1e-5))
""",
    "small_cnn": """\
import torch
import torch.nn as nn
import torch.nn.functional as F

class ConvNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 8, kernel_size=3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(8 * 7 * 7, num_classes)

    def forward(self, x):
        x = self.pool(F.relu(self.bn1(self.conv1(x))))   # 28 -> 14
        x = self.pool(F.relu(self.conv2(x)))             # 14 -> 7
        x = torch.flatten(x, 1)
        return self.fc(x)

model = ConvNet()
images = torch.randn(2, 1, 28, 28)
logits = model(images)
print(logits.shape)
total = sum(p.numel() for p in model.parameters())
print(f"{total:,} parameters")
""",
    "sequential_shapes": """\
import torch
import torch.nn as nn

model = nn.Sequential(
    nn.Conv2d(3, 6, 5),
    nn.ReLU(),
    nn.AvgPool2d(2),
    nn.Flatten(),
    nn.Linear(6 * 6 * 6, 20),
    nn.Tanh(),
    nn.Linear(20, 4),
)

x = torch.zeros(1, 3, 16, 16)
for layer in model:
    x = layer(x)
    print(f"{type(layer).__name__:<10} {tuple(x.shape)}")
print(len(model), model[0].kernel_size, model[-1].out_features)
""",
    "module_list_depth": """\
import torch
import torch.nn as nn

class Deep(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:])])

    def forward(self, x):
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i < len(self.layers) - 1:
                x = torch.tanh(x)
        return x

net = Deep([2, 16, 8, 4, 1])
print(len(net.layers))
print([tuple(l.weight.shape) for l in net.layers])
print(net(torch.zeros(6, 2)).shape)
""",
    "module_dict_heads": """\
import torch
import torch.nn as nn

class MultiTask(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(10, 6)
        self.heads = nn.ModuleDict({
            'age': nn.Linear(6, 1),
            'mood': nn.Linear(6, 4),
        })

    def forward(self, x, task):
        return self.heads[task](torch.relu(self.body(x)))

m = MultiTask()
x = torch.randn(3, 10)
for task in m.heads:
    print(task, tuple(m(x, task).shape))
print('age' in m.heads, 'height' in m.heads)
print([name for name, _ in m.named_children()])
""",
    "own_parameter": """\
import torch
import torch.nn as nn

class Affine(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(dim))
        self.shift = nn.Parameter(torch.zeros(dim))
        self.note = "a plain attribute is not a parameter"

    def forward(self, x):
        return x * self.scale + self.shift

layer = Affine(3)
for name, p in layer.named_parameters():
    print(name, tuple(p.shape), p.requires_grad)
out = layer(torch.tensor([[1.0, 2.0, 3.0]]))
out.sum().backward()
print(layer.scale.grad, layer.shift.grad)
""",
    "buffers_for_statistics": """\
import torch
import torch.nn as nn

class RunningMean(nn.Module):
    def __init__(self, momentum=0.5):
        super().__init__()
        self.momentum = momentum
        self.register_buffer("mean", torch.zeros(2))
        self.register_buffer("count", torch.tensor(0))

    def forward(self, x):
        if self.training:
            self.mean += self.momentum * (x.mean(dim=0) - self.mean)
            self.count += 1
        return x - self.mean

m = RunningMean()
data = torch.tensor([[1.0, 10.0], [3.0, 30.0]])
m(data)
m(data)
print(m.mean, m.count.item())
m.eval()
m(data)
print(m.count.item())
print(sorted(m.state_dict()))
print(len(list(m.parameters())))
""",
    "nested_blocks": """\
import torch
from torch import nn

class Block(nn.Module):
    def __init__(self, inp, out):
        super().__init__()
        self.seq = nn.Sequential(nn.Linear(inp, out), nn.ReLU())

    def forward(self, x):
        return self.seq(x)

class Tower(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = Block(5, 4)
        self.b = Block(4, 3)
        self.head = nn.Linear(3, 2)

    def forward(self, x):
        return self.head(self.b(self.a(x)))

tower = Tower()
print(tower)
for name, module in tower.named_modules():
    if isinstance(module, nn.Linear):
        print(name, module.in_features, '->', module.out_features)
print(tower(torch.ones(2, 5)).shape)
""",
    "weight_initialisation": """\
import torch
import torch.nn as nn

class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.norm = nn.BatchNorm2d(8)
        self.fc = nn.Linear(8, 5)
        self._initialize_weights()

    def _initialize_weights(self):
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
                if m.bias is not None:
                    nn.init.zeros_(m.bias)
            elif isinstance(m, nn.BatchNorm2d):
                nn.init.constant_(m.weight, 1)
                nn.init.constant_(m.bias, 0)
            elif isinstance(m, nn.Linear):
                nn.init.xavier_uniform_(m.weight)
                nn.init.zeros_(m.bias)

    def forward(self, x):
        x = torch.relu(self.norm(self.conv(x)))
        x = x.mean(dim=(2, 3))
        return self.fc(x)

net = Net()
print(net.conv.bias.abs().sum().item(), net.fc.bias.abs().sum().item())
limit = (6 / (8 + 5)) ** 0.5
print("xavier limit kept:", net.fc.weight.abs().max().item() <= limit)
print(net(torch.randn(4, 3, 6, 6)).shape)
""",
    "init_with_apply": """\
import torch
import torch.nn as nn

def init_weights(m):
    if isinstance(m, nn.Linear):
        nn.init.constant_(m.weight, 0.5)
        m.bias.data.fill_(0.1)

net = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
net.apply(init_weights)
print(net[0].weight)
print(net(torch.tensor([[1.0, 1.0]])).item())
""",
    "freeze_the_backbone": """\
import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(0)
backbone = nn.Sequential(nn.Linear(6, 12), nn.ReLU())
head = nn.Linear(12, 2)
model = nn.Sequential(backbone, head)

for p in backbone.parameters():
    p.requires_grad = False

trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
total = sum(p.numel() for p in model.parameters())
print(f"training {trainable:,} of {total:,} parameters ({100 * trainable / total:.1f} %)")

opt = optim.SGD(filter(lambda p: p.requires_grad, model.parameters()), lr=0.1)
before = backbone[0].weight.clone()
loss = model(torch.randn(8, 6)).pow(2).mean()
loss.backward()
opt.step()
print("backbone unchanged:", torch.equal(before, backbone[0].weight))
print("backbone grad:", backbone[0].weight.grad)
""",
    "parameter_table": """\
import torch
import torch.nn as nn

model = nn.Sequential(nn.Embedding(1000, 32), nn.Linear(32, 64), nn.LayerNorm(64), nn.Linear(64, 1000))

total = 0
for name, param in model.named_parameters():
    n = param.numel()
    total += n
    print(f"{name:<10} {str(tuple(param.shape)):<12} {n:>8,}")
print("-" * 32)
print(f"{'total':<23} {total:>8,}")
print(f"about {total * 4 / 1024:.0f} KiB in float32")
""",
    "train_and_eval_modes": """\
import torch
import torch.nn as nn

torch.manual_seed(0)
drop = nn.Dropout(p=0.5)
x = torch.ones(1, 1000)

drop.train()
y = drop(x)
print("kept values are doubled:", y.unique().tolist())
print("about half is gone:", 400 < (y == 0).sum().item() < 600)

drop.eval()
print("eval changes nothing:", torch.equal(drop(x), x))

bn = nn.BatchNorm1d(2)
bn(torch.tensor([[0., 10.], [2., 30.]]))
print(bn.running_mean)
bn.eval()
print(bn.training, bn.num_batches_tracked.item())
""",
    "save_and_load_state": """\
import torch
import torch.nn as nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 1)

    def forward(self, x):
        return self.fc(x)

model = Net()
torch.save(model.state_dict(), "net.pth")

fresh = Net()
x = torch.ones(1, 3)
print("same before loading:", torch.equal(model(x), fresh(x)))
result = fresh.load_state_dict(torch.load("net.pth"))
print(result)
print("same after loading:", torch.equal(model(x), fresh(x)))
for key, value in fresh.state_dict().items():
    print(key, tuple(value.shape))
""",
    "checkpoint_weights_only": """\
import torch
from torch import nn

torch.manual_seed(5)
net = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 2))
PATH = 'best_model.pt'
torch.save(net.state_dict(), PATH)

with torch.no_grad():
    for p in net.parameters():
        p.zero_()
print(sum(p.abs().sum().item() for p in net.parameters()))

state = torch.load(PATH, weights_only=True, map_location='cpu')
net.load_state_dict(state)
net.eval()
print(sum(p.abs().sum().item() for p in net.parameters()) > 0)
print(list(state.keys()))
""",
    "wrong_state_dict": """\
import torch.nn as nn

small = nn.Linear(2, 2)
big = nn.Linear(3, 2)
try:
    big.load_state_dict(small.state_dict())
except RuntimeError as e:
    print("shapes differ:", "size mismatch" in str(e))

no_bias = nn.Linear(2, 2, bias=False)
info = small.load_state_dict(no_bias.state_dict(), strict=False)
print("missing:", info.missing_keys, "unexpected:", info.unexpected_keys)
""",
    "sgd_training_loop": """\
import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(1)
X = torch.rand(64, 1) * 4 - 2
y = 2 * X - 1

model = nn.Linear(1, 1)
criterion = nn.MSELoss()
optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.5)

for epoch in range(1, 61):
    optimizer.zero_grad()
    loss = criterion(model(X), y)
    loss.backward()
    optimizer.step()
    if epoch % 30 == 0:
        print(f"Epoch {epoch:3d} loss below 0.01: {loss.item() < 0.01}")

print(f"weight {model.weight.item():.2f} bias {model.bias.item():.2f}")
""",
    "adam_classifies_rings": """\
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(2)
angle = torch.rand(100) * 6.283
radius = torch.cat([torch.full((50,), 1.0), torch.full((50,), 3.0)])
X = torch.stack([radius * torch.cos(angle), radius * torch.sin(angle)], dim=1)
y = (radius > 2).long()

model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.Adam(model.parameters(), lr=0.05)

first = last = None
for step in range(60):
    logits = model(X)
    loss = F.cross_entropy(logits, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if first is None:
        first = loss.item()
    last = loss.item()

acc = (model(X).argmax(1) == y).float().mean().item()
print("loss went down:", last < first)
print("accuracy above 90%:", acc > 0.9)
""",
    "adamw_parameter_groups": """\
import torch
from torch import nn

model = nn.Sequential(nn.Linear(5, 5), nn.GELU(), nn.Linear(5, 1))
decay, no_decay = [], []
for name, p in model.named_parameters():
    if name.endswith('bias'):
        no_decay.append(p)
    else:
        decay.append(p)

optimizer = torch.optim.AdamW([
    {'params': decay, 'weight_decay': 0.01},
    {'params': no_decay, 'weight_decay': 0.0, 'lr': 1e-2},
], lr=1e-3)

for group in optimizer.param_groups:
    print(len(group['params']), group['lr'], group['weight_decay'])

model(torch.ones(2, 5)).sum().backward()
optimizer.step()
optimizer.zero_grad(set_to_none=True)
print(all(p.grad is None for p in model.parameters()))
""",
    "step_lr_schedule": """\
import torch
import torch.nn as nn
import torch.optim as optim

layer = nn.Linear(1, 1)
optimizer = optim.SGD(layer.parameters(), lr=1.0)
scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.1)

for epoch in range(9):
    lr = optimizer.param_groups[0]["lr"]
    print(f"epoch {epoch}: lr = {lr:.3f}")
    optimizer.step()
    scheduler.step()
""",
    "cosine_schedule": """\
import torch
from torch import nn

w = nn.Parameter(torch.zeros(1))
opt = torch.optim.Adam([w], lr=0.1)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=10)

rates = []
for _ in range(10):
    rates.append(sched.get_last_lr()[0])
    (w - 1).pow(2).sum().backward()
    opt.step()
    opt.zero_grad()
    sched.step()

print([round(r, 3) for r in rates])
print("falling all the way:", all(a > b for a, b in zip(rates, rates[1:])))
print("bars:")
for r in rates[::3]:
    print("#" * int(r * 200))
""",
    "losses_side_by_side": """\
import torch
import torch.nn as nn

logits = torch.tensor([[2.0, 0.0, -1.0], [0.0, 3.0, 0.0]])
labels = torch.tensor([0, 1])
print(f"cross entropy {nn.CrossEntropyLoss()(logits, labels).item():.4f}")
print(f"summed        {nn.CrossEntropyLoss(reduction='sum')(logits, labels).item():.4f}")

score = torch.tensor([0.8, -1.2])
truth = torch.tensor([1.0, 0.0])
print(f"bce logits    {nn.BCEWithLogitsLoss()(score, truth).item():.4f}")
print(f"bce           {nn.BCELoss()(torch.sigmoid(score), truth).item():.4f}")

print(f"mse           {nn.MSELoss()(score, truth).item():.4f}")
print(f"l1            {nn.L1Loss()(score, truth).item():.4f}")
print(f"huber         {nn.SmoothL1Loss()(score, truth).item():.4f}")
""",
    "xor_with_bce": """\
import torch
import torch.nn as nn

torch.manual_seed(10)
X = torch.tensor([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
Y = torch.tensor([[0.], [1.], [1.], [0.]])

net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.1)

for i in range(150):
    loss = loss_fn(net(X), Y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

with torch.no_grad():
    answers = (net(X) > 0).int().flatten()
for (a, b), answer in zip(X.int().tolist(), answers.tolist()):
    print(f"{a} xor {b} = {answer}")
""",
    "lstm_shapes": """\
import torch
import torch.nn as nn

lstm = nn.LSTM(input_size=5, hidden_size=7, num_layers=2, batch_first=True)
x = torch.randn(3, 10, 5)            # batch, time, features
out, (h, c) = lstm(x)
print(out.shape)
print(h.shape, c.shape)
print(torch.allclose(out[:, -1], h[-1]))   # the last step of the top layer

both = nn.LSTM(5, 7, bidirectional=True)
print(both(x.transpose(0, 1))[0].shape)
""",
    "gru_sentiment_model": """\
import torch
import torch.nn as nn

class Sentiment(nn.Module):
    def __init__(self, vocab, emb=8, hid=12):
        super().__init__()
        self.embedding = nn.Embedding(vocab, emb, padding_idx=0)
        self.gru = nn.GRU(emb, hid, batch_first=True)
        self.fc = nn.Linear(hid, 1)

    def forward(self, tokens):
        e = self.embedding(tokens)
        _, h = self.gru(e)
        return self.fc(h[-1]).squeeze(-1)

text = ["good fun film", "bad slow", "good good"]
words = sorted({w for line in text for w in line.split()})
stoi = {w: i + 1 for i, w in enumerate(words)}
longest = max(len(line.split()) for line in text)
ids = [[stoi[w] for w in line.split()] for line in text]
ids = torch.tensor([row + [0] * (longest - len(row)) for row in ids])
print(stoi)
print(ids)
model = Sentiment(vocab=len(stoi) + 1)
print(model(ids).shape)
print(model.embedding.weight[0].sum().item())
""",
    "embedding_lookup": """\
import torch
import torch.nn as nn

emb = nn.Embedding(num_embeddings=6, embedding_dim=3)
with torch.no_grad():
    emb.weight.copy_(torch.arange(18.).view(6, 3))

ids = torch.tensor([[1, 2], [5, 1]])
vectors = emb(ids)
print(vectors.shape)
print(vectors[1])
vectors.sum().backward()
print(emb.weight.grad[:, 0])    # row 1 was used twice

frozen = nn.Embedding.from_pretrained(torch.eye(3))
print(frozen(torch.tensor([2, 0])), frozen.weight.requires_grad)
""",
    "multihead_attention": """\
import torch
import torch.nn as nn

torch.manual_seed(0)
mha = nn.MultiheadAttention(embed_dim=8, num_heads=2, batch_first=True)
x = torch.randn(2, 5, 8)
out, weights = mha(x, x, x)
print(out.shape, weights.shape)
print(torch.allclose(weights.sum(-1), torch.ones(2, 5), atol=1e-5))

mask = torch.triu(torch.ones(5, 5), diagonal=1).bool()
_, w = mha(x, x, x, attn_mask=mask)
print("no look into the future:", w[0].triu(1).sum().item() == 0)
""",
    "self_attention_from_scratch": """\
import torch
import torch.nn as nn
import math


class SelfAttention(nn.Module):
    def __init__(self, dim: int):
        super().__init__()
        self.q = nn.Linear(dim, dim, bias=False)
        self.k = nn.Linear(dim, dim, bias=False)
        self.v = nn.Linear(dim, dim, bias=False)
        self.norm = nn.LayerNorm(dim)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = self.q(x), self.k(x), self.v(x)
        scores = q @ k.transpose(-2, -1) / math.sqrt(x.shape[-1])
        attn = scores.softmax(dim=-1)
        return self.norm(x + attn @ v)


att = SelfAttention(16)
tokens = torch.randn(2, 6, 16)
y = att(tokens)
print(y.shape)
print("normalised:", torch.allclose(y.mean(-1), torch.zeros(2, 6), atol=1e-4))
""",
    "layer_norm_by_hand": """\
import torch
import torch.nn as nn

x = torch.tensor([[1.0, 2.0, 3.0, 4.0], [10.0, 10.0, 30.0, 30.0]])
ln = nn.LayerNorm(4)

mu = x.mean(dim=-1, keepdim=True)
var = x.var(dim=-1, unbiased=False, keepdim=True)
manual = (x - mu) / torch.sqrt(var + ln.eps)

print(manual)
print(torch.allclose(ln(x), manual, atol=1e-5))
print(nn.GroupNorm(2, 4)(x).shape)
""",
    "conv1d_signal": """\
import torch
import torch.nn as nn

conv = nn.Conv1d(in_channels=1, out_channels=1, kernel_size=3, padding=1, bias=False)
with torch.no_grad():
    conv.weight[:] = torch.tensor([-1.0, 0.0, 1.0])

signal = torch.tensor([0., 0., 1., 2., 3., 3., 3.]).view(1, 1, -1)
print(conv(signal).flatten().tolist())

pool = nn.MaxPool1d(2)
print(pool(signal).flatten().tolist())
deeper = nn.Conv1d(1, 4, 5, stride=2, dilation=1)
print(deeper(torch.zeros(2, 1, 21)).shape)
""",
    "edge_filter_image": """\
import torch
import torch.nn.functional as F

image = torch.zeros(1, 1, 5, 6)
image[:, :, :, 3:] = 1.0
kernel = torch.tensor([[-1., 0., 1.], [-2., 0., 2.], [-1., 0., 1.]]).view(1, 1, 3, 3)

edges = F.conv2d(image, kernel)
print(edges[0, 0])
print(F.max_pool2d(image, 2).shape)
print(F.interpolate(image, scale_factor=2).shape)
print(F.pad(image, (1, 1, 1, 1)).shape)
""",
    "residual_block": """\
import torch
from torch import nn

class ResidualBlock(nn.Module):
    def __init__(self, channels, out_channels=None, stride=1):
        super().__init__()
        out_channels = out_channels or channels
        self.conv1 = nn.Conv2d(channels, out_channels, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        if stride != 1 or out_channels != channels:
            self.shortcut = nn.Conv2d(channels, out_channels, 1, stride=stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        identity = self.shortcut(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += identity
        return self.relu(out)

x = torch.randn(2, 4, 8, 8)
print(ResidualBlock(4)(x).shape)
print(ResidualBlock(4, 8, stride=2)(x).shape)
print(isinstance(ResidualBlock(4).shortcut, nn.Identity))
""",
    "dataset_and_loader": """\
import torch
from torch.utils.data import Dataset, DataLoader

class SquaresDataset(Dataset):
    def __init__(self, n):
        self.x = torch.arange(n, dtype=torch.float32)
        self.y = self.x ** 2

    def __len__(self):
        return len(self.x)

    def __getitem__(self, idx):
        return self.x[idx], self.y[idx]

ds = SquaresDataset(10)
print(len(ds), ds[3])

loader = DataLoader(ds, batch_size=4, shuffle=False, num_workers=0)
print(len(loader), "batches")
for i, (xb, yb) in enumerate(loader):
    print(i, xb.tolist(), yb.tolist())
""",
    "shuffled_loader_with_transform": """\
import torch
from torch.utils.data import Dataset, DataLoader


class Words(Dataset):
    def __init__(self, words, transform=None):
        super().__init__()
        self.words = words
        self.transform = transform

    def __len__(self):
        return len(self.words)

    def __getitem__(self, index):
        item = self.words[index]
        if self.transform is not None:
            item = self.transform(item)
        return item, len(self.words[index])


torch.manual_seed(0)
data = Words(["one", "three", "five", "eleven"], transform=lambda w: w.upper())
loader = DataLoader(data, batch_size=2, shuffle=True, num_workers=0)
seen = []
for words, lengths in loader:
    seen.extend(words)
    print(type(lengths).__name__, lengths.shape)
print(sorted(seen))
""",
    "tensor_dataset_and_split": """\
import torch
from torch.utils.data import TensorDataset, DataLoader, random_split

torch.manual_seed(0)
features = torch.randn(50, 3)
targets = torch.randint(0, 2, (50,))
dataset = TensorDataset(features, targets)

n_train = int(0.8 * len(dataset))
train_set, val_set = random_split(
    dataset, [n_train, len(dataset) - n_train], generator=torch.Generator().manual_seed(42)
)
print(len(train_set), len(val_set))

train_loader = DataLoader(train_set, batch_size=16, shuffle=True, num_workers=0, drop_last=True)
sizes = [xb.size(0) for xb, _ in train_loader]
print(sizes)

overlap = set(train_set.indices) & set(val_set.indices)
print("overlap:", len(overlap))
""",
    "collate_padded_batches": """\
import torch
from torch import nn
from torch.utils.data import DataLoader

sentences = [[1, 2], [3, 4, 5], [6], [7, 8, 9, 10]]

def collate(batch):
    lengths = torch.tensor([len(s) for s in batch])
    padded = nn.utils.rnn.pad_sequence([torch.tensor(s) for s in batch], batch_first=True)
    return padded, lengths

for padded, lengths in DataLoader(sentences, batch_size=2, collate_fn=collate):
    print(padded)
    print(lengths)
""",
    "full_epoch_functions": """\
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

def train_one_epoch(model, loader, loss_fn, optimizer):
    model.train()
    running = 0.0
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(xb), yb)
        loss.backward()
        optimizer.step()
        running += loss.item() * len(xb)
    return running / len(loader.dataset)

@torch.no_grad()
def evaluate(model, loader):
    model.eval()
    correct = 0
    for xb, yb in loader:
        correct += (model(xb).argmax(dim=1) == yb).sum().item()
    return correct / len(loader.dataset)

torch.manual_seed(3)
centres = torch.tensor([[0.0, 4.0], [4.0, 0.0], [-4.0, -4.0]])
y = torch.arange(90) % 3
X = centres[y] + torch.randn(90, 2) * 0.5
loader = DataLoader(TensorDataset(X, y), batch_size=30, shuffle=True, num_workers=0)

model = nn.Sequential(nn.Linear(2, 10), nn.ReLU(), nn.Linear(10, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
history = [train_one_epoch(model, loader, nn.CrossEntropyLoss(), optimizer) for _ in range(12)]
print("first is the highest:", history[0] == max(history))
print(f"accuracy: {evaluate(model, loader):.1f}")
""",
    "early_stopping": """\
import torch

class EarlyStopping:
    def __init__(self, patience=3, min_delta=0.0):
        self.patience = patience
        self.min_delta = min_delta
        self.best = float("inf")
        self.bad_epochs = 0
        self.stop = False

    def __call__(self, val_loss):
        if val_loss < self.best - self.min_delta:
            self.best = val_loss
            self.bad_epochs = 0
        else:
            self.bad_epochs += 1
            self.stop = self.bad_epochs >= self.patience
        return self.stop

stopper = EarlyStopping(patience=2)
losses = torch.tensor([1.0, 0.8, 0.7, 0.75, 0.72, 0.9, 0.1])
for epoch, loss in enumerate(losses.tolist()):
    if stopper(loss):
        print(f"stopped in epoch {epoch}, best loss {stopper.best:.2f}")
        break
    print(f"epoch {epoch} loss {loss:.2f} bad {stopper.bad_epochs}")
else:
    print("never stopped")
""",
    "gradient_clipping": """\
import torch
import torch.nn as nn

torch.manual_seed(0)
model = nn.Linear(4, 1)
loss = (model(torch.ones(2, 4) * 100) - 1e4).pow(2).mean()
loss.backward()

total = nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
print("norm before is large:", total.item() > 1000)
after = torch.sqrt(sum(p.grad.pow(2).sum() for p in model.parameters()))
print(f"norm after {after.item():.3f}")

nn.utils.clip_grad_value_(model.parameters(), 0.01)
print(f"{max(p.grad.abs().max().item() for p in model.parameters()):.2f}")
""",
    "gradient_accumulation": """\
import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(0)
X, y = torch.randn(12, 3), torch.randn(12, 1)
model = nn.Linear(3, 1)
opt = optim.SGD(model.parameters(), lr=0.1)
loss_fn = nn.MSELoss()

# one big batch
loss_fn(model(X), y).backward()
big = model.weight.grad.clone()
opt.zero_grad()

# three small ones before a single step
accum_steps = 3
updates = 0
for i, (xb, yb) in enumerate(zip(X.chunk(accum_steps), y.chunk(accum_steps)), start=1):
    loss = loss_fn(model(xb), yb) / accum_steps
    loss.backward()
    if i % accum_steps == 0:
        print("same gradient:", torch.allclose(big, model.weight.grad, atol=1e-5))
        opt.step()
        opt.zero_grad()
        updates += 1
print("updates:", updates)
""",
    "autocast_bfloat16": """\
import torch
import torch.nn as nn

model = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 2))
x = torch.randn(4, 8)
print(model(x).dtype)

with torch.autocast("cpu", dtype=torch.bfloat16):
    y = model(x)
    print(y.dtype)
    loss = y.float().pow(2).mean()

loss.backward()
print(loss.dtype, model[0].weight.grad.dtype)
""",
    "autoencoder_with_property": """\
import torch
import torch.nn as nn

class AutoEncoder(nn.Module):
    def __init__(self, dim, code):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(dim, 6), nn.ReLU(), nn.Linear(6, code))
        self.decoder = nn.Sequential(nn.Linear(code, 6), nn.ReLU(), nn.Linear(6, dim))

    @property
    def num_parameters(self):
        return sum(p.numel() for p in self.parameters())

    @staticmethod
    def reconstruction_error(a, b):
        return ((a - b) ** 2).mean(dim=1)

    def forward(self, x):
        return self.decoder(self.encoder(x))

ae = AutoEncoder(dim=12, code=2)
x = torch.rand(5, 12)
x_hat = ae(x)
print(ae.num_parameters)
print(ae.encoder(x).shape, x_hat.shape)
print(AutoEncoder.reconstruction_error(x, x_hat).shape)
print(ae.reconstruction_error(x, x))
""",
    "meter_class": """\
import torch


class AverageMeter:
    '''Keeps a running average.'''

    def __init__(self, name):
        self.name = name
        self.total, self.n = 0.0, 0

    def update(self, value, k=1):
        self.total += value * k
        self.n += k

    @property
    def avg(self):
        return self.total / max(self.n, 1)

    def __repr__(self):
        return f"AverageMeter({self.name}: {self.avg:.3f} over {self.n})"

    def __len__(self):
        return self.n


loss = AverageMeter("loss")
print(loss)
for batch in torch.tensor([[1.0, 2.0], [3.0, 6.0]]):
    loss.update(batch.mean().item(), k=len(batch))
print(loss, len(loss))
""",
    "compose_transforms": """\
import torch

class Normalize:
    def __init__(self, mean, std):
        self.mean = mean
        self.std = std

    def __call__(self, x):
        return (x - self.mean) / self.std

    def __repr__(self):
        return f"Normalize(mean={self.mean}, std={self.std})"

class Compose:
    def __init__(self, *steps):
        self.steps = list(steps)

    def __call__(self, x):
        for step in self.steps:
            x = step(x)
        return x

    def __repr__(self):
        return "Compose(" + ", ".join(str(s) for s in self.steps) + ")"

pipeline = Compose(Normalize(0.5, 0.25), Normalize(1, 2))
print(pipeline)
print(pipeline(torch.tensor([0.0, 0.5, 1.0])))
""",
    "extra_repr_layer": """\
import torch
import torch.nn as nn

class Swish(nn.Module):
    def __init__(self, beta: float = 1.0):
        super().__init__()
        self.beta = beta

    def extra_repr(self):
        return f"beta={self.beta}"

    def forward(self, x):
        return x * torch.sigmoid(self.beta * x)

net = nn.Sequential(nn.Linear(2, 2), Swish(1.5))
print(net)
x = torch.tensor([-1.0, 0.0, 1.0])
print(torch.allclose(Swish()(x), nn.SiLU()(x)))
""",
    "tiny_gan_step": """\
import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(0)
G = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
D = nn.Sequential(nn.Linear(1, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1), nn.Sigmoid())
opt_g = optim.Adam(G.parameters(), lr=0.01)
opt_d = optim.Adam(D.parameters(), lr=0.01)
bce = nn.BCELoss()
ones, zeros = torch.ones(32, 1), torch.zeros(32, 1)

for step in range(10):
    real = torch.randn(32, 1) * 0.5 + 4
    fake = G(torch.randn(32, 2))

    opt_d.zero_grad()
    d_loss = bce(D(real), ones) + bce(D(fake.detach()), zeros)
    d_loss.backward()
    opt_d.step()

    opt_g.zero_grad()
    g_loss = bce(D(fake), ones)
    g_loss.backward()
    opt_g.step()

print(fake.shape)
print("losses are positive:", d_loss.item() > 0 and g_loss.item() > 0)
""",
    "char_bigram_model": """\
import torch
import torch.nn.functional as F

text = "banana bandana"
chars = sorted(set(text))
stoi = {c: i for i, c in enumerate(chars)}
itos = {i: c for c, i in stoi.items()}

counts = torch.ones(len(chars), len(chars))
for a, b in zip(text, text[1:]):
    counts[stoi[a], stoi[b]] += 1
probs = counts / counts.sum(1, keepdim=True)

W = torch.zeros(len(chars), len(chars), requires_grad=True)
xs = torch.tensor([stoi[c] for c in text[:-1]])
ys = torch.tensor([stoi[c] for c in text[1:]])
for _ in range(50):
    loss = F.cross_entropy(W[xs], ys)
    W.grad = None
    loss.backward()
    W.data -= 5.0 * W.grad

print(chars)
print("after b comes:", itos[W[stoi["b"]].argmax().item()])
print("counting agrees:", itos[probs[stoi["b"]].argmax().item()])
print("loss is small enough:", loss.item() < 1.0)
""",
    "transformer_encoder_layer": """\
import torch
import torch.nn as nn
import math

class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=50):
        super().__init__()
        pos = torch.arange(max_len).unsqueeze(1)
        div = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(max_len, d_model)
        pe[:, 0::2] = torch.sin(pos * div)
        pe[:, 1::2] = torch.cos(pos * div)
        self.register_buffer("pe", pe)

    def forward(self, x):
        return x + self.pe[: x.size(1)]

layer = nn.TransformerEncoderLayer(d_model=8, nhead=2, dim_feedforward=16, batch_first=True)
encoder = nn.TransformerEncoder(layer, num_layers=2)
encoder.eval()
x = PositionalEncoding(8)(torch.zeros(2, 6, 8))
print(x[0, 0])
print(encoder(x).shape)
""",
}
