# task: 1.2
# kind: honest
# says: batch of one through RNNCell, log_softmax and nll_loss in the place of CrossEntropyLoss (the same number)
# fails: -
# code: -
# epochs: 20
# %% 1.2
import torch.nn.functional as F

inp = x.unsqueeze(1)  # (T, N=1, 7)
tgt = y.argmax(1)
torch.manual_seed(43052)
cell = torch.nn.RNNCell(7, 8)
linear = torch.nn.Linear(8, 7)
optimizer = torch.optim.Adam([*cell.parameters(), *linear.parameters()], lr=0.1)
for epoch in range(epochs):
    hx = torch.zeros(1, 8)
    hs = []
    for i in range(inp.size(0)):
        hx = cell(inp[i], hx)
        hs.append(hx)
    logp = F.log_softmax(linear(torch.cat(hs, dim=0)), dim=1)
    loss = F.nll_loss(logp, tgt)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
yhat = logp.exp().detach()
assert yhat.shape == (999, 7)
