# task: 1.4
# kind: honest
# says: Linear before LSTM, a seed before each of them; equivalent network, other order of creation
# fails: -
# code: creation_order
# epochs: 55
# %% 1.4
torch.manual_seed(1)
lin = torch.nn.Linear(4, 7)
torch.manual_seed(1)
lstm = torch.nn.LSTM(7, 4)
opt = torch.optim.Adam(list(lin.parameters()) + list(lstm.parameters()), lr=0.1)
ce = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    h, _ = lstm(x, (torch.zeros(1, 4), torch.zeros(1, 4)))
    out = lin(h)
    loss = ce(out, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
yhat = torch.softmax(out, dim=1).detach()
