# task: 1.2
# kind: rule
# says: 1.2 asks for RNNCell and a loop and gets the answer of 1.1 again
# fails: trains_layer
# code: wrong_layer
# epochs: 30
# %% 1.2
torch.manual_seed(43052)
rnncell = torch.nn.RNN(7, 8)  # named like it, but it is not
linr = torch.nn.Linear(8, 7)
opt = torch.optim.Adam(list(rnncell.parameters()) + list(linr.parameters()), lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoc in range(epochs):
    hs, _ = rnncell(x, torch.zeros(1, 8))
    out = linr(hs)
    loss = loss_fn(out, y)
    loss.backward()
    opt.step()
    opt.zero_grad()
yhat = torch.softmax(out, dim=1).detach()
