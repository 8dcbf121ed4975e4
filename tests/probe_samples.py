"""Small trainings in every manner, each a task of one notebook."""

SETUP = """
import torch
text = list("hi?hello!!") * 3
symbols = list("!?hielo")
numbers = torch.tensor([symbols.index(symbol) for symbol in text])
onehot = torch.nn.functional.one_hot(numbers, 7).float()
x, y = onehot[:-1], onehot[1:]
loss_fn = torch.nn.CrossEntropyLoss()

def build(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return torch.nn.RNN(7, 8), torch.nn.Linear(8, 7)

def train(net, lin, params=None, steps=4, lr=0.1):
    optimizer = torch.optim.Adam(params or [*net.parameters(), *lin.parameters()], lr=lr)
    for _ in range(steps):
        out, _ = net(x)
        out = lin(out)
        loss_fn(out, y).backward()
        optimizer.step()
        optimizer.zero_grad()
    return out
"""

OWN_CELL = """
class Cell(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)
    def forward(self, x, h):
        return torch.tanh(self.i2h(x) + self.h2h(h))

class Idle(torch.nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner
    def forward(self, x):
        return x

net, lin = Cell(), torch.nn.Linear(8, 7)
idle = Idle(net)
optimizer = torch.optim.Adam([*net.parameters(), *lin.parameters()], lr=0.1)
for _ in range(3):
    h, outs = torch.zeros(8), []
    for row in x:
        h = net.forward(row, h)
        outs.append(lin(h))
    loss_fn(torch.stack(outs), y).backward()
    optimizer.step()
    optimizer.zero_grad()
"""

TASKS = {
    "seed-1": "net, lin = build(1)\nyhat = torch.softmax(train(net, lin), 1)",
    "seed-2": "net, lin = build(2)\nyhat2 = torch.softmax(train(net, lin), 1)",
    "no-seed": "net, lin = build()\ntrain(net, lin)",
    "frozen": "net, lin = build(1)\ntrain(net, lin, [*lin.parameters()])",
    "tied": """
lin = torch.nn.Linear(7, 7, bias=False)
twin = torch.nn.Linear(7, 7, bias=False)
twin.weight.data = lin.weight.data
optimizer = torch.optim.SGD([lin.weight, twin.weight], lr=0.1)
for _ in range(2):
    loss_fn(lin(x) + twin(x), y).backward()
    optimizer.step()
""",
    "own": OWN_CELL,
    "row-loss": """
torch.manual_seed(1)
net, lin = torch.nn.RNN(7, 8), torch.nn.Linear(8, 7)
optimizer = torch.optim.Adam([*net.parameters(), *lin.parameters()], lr=0.1)
for _ in range(3):
    out, _ = net(x)
    loss = 0
    for row, target in zip(lin(out), y):
        loss = loss + loss_fn(row, target)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
""",
    "batched": """
torch.manual_seed(1)
net, lin = torch.nn.RNN(7, 8, batch_first=True), torch.nn.Linear(8, 7)
optimizer = torch.optim.Adam([*net.parameters(), *lin.parameters()], lr=0.1)
for _ in range(3):
    out, _ = net(x[None])
    loss_fn(lin(out).permute(0, 2, 1), numbers[1:][None]).backward()
    optimizer.step()
    optimizer.zero_grad()
""",
    "by-hand": """
net, lin = build(1)
optimizer = torch.optim.Adam([*net.parameters(), *lin.parameters()], lr=0.1)
for _ in range(3):
    out, _ = net(x)
    (-(y * torch.log_softmax(lin(out), 1)).sum(1).mean()).backward()
    optimizer.step()
    optimizer.zero_grad()
""",
    "two-optimizers": """
net, lin = build(1)
first, second = torch.optim.Adam(net.parameters(), lr=0.1), torch.optim.Adam(lin.parameters(), lr=0.1)
for _ in range(4):
    out, _ = net(x)
    loss_fn(lin(out), y).backward()
    first.step(); second.step()
    first.zero_grad(); second.zero_grad()
""",
    "trained-twice": """
net, lin = build(1)
train(net, lin, steps=6, lr=0.5)
net, lin = build(1)
train(net, lin)
""",
    "trial-step": """
net, lin = build(1)
train(net, lin, steps=1)
net, lin = build(1)
train(net, lin)
""",
    "in-a-function": """
def fit():
    net, lin = build(1)
    return torch.softmax(train(net, lin), 1)
yhat = fit()
""",
    "deep-copied": """
import copy
net, lin = build(1)
net, lin = copy.deepcopy(net), copy.deepcopy(lin)
train(net, lin)
""",
    "monitored": """
net, lin = build(1)
optimizer = torch.optim.Adam([*net.parameters(), *lin.parameters()], lr=0.1)
print(loss_fn(lin(net(x)[0])[0], y[0]))
for _ in range(3):
    out = lin(net(x)[0])
    loss = loss_fn(out, y) * 1.0
    print(loss_fn(out, y).item())
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
""",
    "penalised": """
net, lin = build(1)
optimizer = torch.optim.Adam([*net.parameters(), *lin.parameters()], lr=0.1)
for _ in range(3):
    out, last = net(x)
    loss = loss_fn(lin(out), y) + 0.0 * torch.nn.functional.mse_loss(last, torch.zeros_like(last))
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
""",
    "yhat-difference": """
net, lin = build(1)
yhat_own = torch.softmax(train(net, lin), 1)
yhat_diff = yhat_own - 0.1
""",
    "cell-compared": """
cell = torch.nn.RNNCell(7, 8)
print(cell(x[0], torch.zeros(8)))
net, lin = build(1)
train(net, lin)
""",
    "copies-from-cell": "cell = torch.nn.RNNCell(7, 8)\n" + OWN_CELL,
    "closure": """
net, lin = build(1)
optimizer = torch.optim.LBFGS([*net.parameters(), *lin.parameters()], lr=0.1, max_iter=1)
def closure():
    optimizer.zero_grad()
    loss = loss_fn(lin(net(x)[0]), y)
    loss.backward()
    return loss
for _ in range(3):
    optimizer.step(closure)
""",
    "cuda-habits": """
device = torch.device("cuda:0")
net, lin = build(1)
net, lin, z = net.to(device), lin.cuda(), torch.zeros(3, device="cuda")
x, y = x.to("cuda:0"), y.to(device, torch.float32)
torch.cuda.synchronize()
train(net, lin)
""",
    "absent": """
from google.colab import drive
import nosuchpackage.part as nsp
from nosuchpackage import *
drive.mount("/content/drive")
answer = True
""",
    "absent-tried": """
try:
    import nosuchpackage
except ImportError:
    answer = True
""",
    "absent-used": """
import nosuchpackage as nsp
try:
    nsp.plot(1)
except ModuleNotFoundError:
    answer = True
""",
    "part-missing": "try:\n    import torch.nosuchpart\nexcept ModuleNotFoundError: answer = True",
    "no-training": "yhat = torch.nn.functional.one_hot(numbers[1:], 7).float()",
    "truth": "answer = 3 > 2",
    "truth-in-words": "answer = '거짓'",
}
