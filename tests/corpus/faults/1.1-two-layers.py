# task: 1.1
# kind: fault
# says: num_layers=2, a second recurrent layer that nobody asked for
# fails: parameter_count, fitted_values
# code: -
# epochs: 30
# %% 1.1
torch.manual_seed(43052)
deep = torch.nn.RNN(7, 8, num_layers=2)
top = torch.nn.Linear(8, 7)
opt = torch.optim.Adam(list(deep.parameters()) + list(top.parameters()), lr=0.1)
for k in range(epochs):
    h0 = torch.zeros(2, 8)
    o, hn = deep(x, h0)
    pred = top(o)
    L = torch.nn.CrossEntropyLoss()(pred, y)
    opt.zero_grad()
    L.backward()
    opt.step()
yhat = torch.softmax(pred, dim=1).detach()
