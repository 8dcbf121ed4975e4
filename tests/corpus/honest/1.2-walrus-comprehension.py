# task: 1.2
# kind: honest
# says: the time loop is a comprehension with :=, gradients are set to None by hand
# fails: -
# code: -
# epochs: 20
# %% 1.2
from torch.nn import functional as F

torch.manual_seed(43052)
cell = torch.nn.RNNCell(7, 8)
out = torch.nn.Linear(8, 7)
weights = [*cell.parameters(), *out.parameters()]
opt = torch.optim.Adam(weights, lr=0.1)

for _ in range(epochs):
    h = torch.zeros(8)
    H = torch.stack([(h := cell(row, h)) for row in x])
    logits = out(H)
    loss = F.cross_entropy(logits, y)
    for w in weights:
        w.grad = None
    loss.backward()
    opt.step()

yhat = F.softmax(logits, dim=-1).detach()
