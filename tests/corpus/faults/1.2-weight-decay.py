# task: 1.2
# kind: fault
# says: Adam with weight_decay=0.01, a penalty that the task does not have
# fails: fitted_values
# code: optimizer
# epochs: 25
# %% 1.2
torch.manual_seed(43052)
c = torch.nn.RNNCell(7, 8)
l = torch.nn.Linear(8, 7)
opt = torch.optim.Adam(list(c.parameters()) + list(l.parameters()), lr=0.1, weight_decay=0.01)
for k in range(epochs):
    h = torch.zeros(1, 8)
    hs = []
    for i in range(999):
        h = c(x[[i]], h)
        hs.append(h)
    z = l(torch.cat(hs, 0))
    L = torch.nn.CrossEntropyLoss()(z, y)
    L.backward()
    opt.step()
    opt.zero_grad()
yhat = torch.softmax(z, 1).detach()
