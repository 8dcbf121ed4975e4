# task: 1.1
# kind: rule
# says: an RNN is built and its weights are stepped, but it never runs: an RNNCell that shares them does
# fails: trains_layer
# code: wrong_layer
# epochs: 20
# %% 1.1
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8)
lnr = torch.nn.Linear(8, 7)
cell = torch.nn.RNNCell(7, 8)
cell.weight_ih, cell.weight_hh = rnn.weight_ih_l0, rnn.weight_hh_l0
cell.bias_ih, cell.bias_hh = rnn.bias_ih_l0, rnn.bias_hh_l0
opt = torch.optim.Adam([*rnn.parameters(), *lnr.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for e in range(epochs):
    h = torch.zeros(8)
    rows = []
    for v in x:
        h = cell(v, h)
        rows.append(lnr(h))
    o = torch.stack(rows)
    loss = loss_fn(o, y)
    loss.backward()
    opt.step()
    opt.zero_grad()
yhat = torch.softmax(o, dim=1).detach()
