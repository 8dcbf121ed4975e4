# task: 1.6
# kind: fault
# says: two faults at once: no seed in 1.6 and h2h without a bias (227 parameters)
# fails: parameter_count, fitted_values, same_fit_as
# code: seeds_differ, bias_missing
# epochs: 50
# %% 1.6
src = torch.nn.LSTMCell(7, 4)
lin = torch.nn.Linear(4, 7)
ih = torch.nn.Linear(7, 16)
hh = torch.nn.Linear(4, 16, bias=False)
ih.weight.data = src.weight_ih.data
ih.bias.data = src.bias_ih.data
hh.weight.data = src.weight_hh.data
opt = torch.optim.Adam([*ih.parameters(), *hh.parameters(), *lin.parameters()], lr=0.1)
ce = torch.nn.CrossEntropyLoss()
for ep in range(epochs):
    h, c, outs = torch.zeros(4), torch.zeros(4), []
    for v in x:
        a = ih(v) + hh(h)
        i, f, o = torch.sigmoid(a[0:4]), torch.sigmoid(a[4:8]), torch.sigmoid(a[12:16])
        g = torch.tanh(a[8:12])
        c = f * c + i * g
        h = o * torch.tanh(c)
        outs.append(lin(h))
    outs = torch.stack(outs)
    L = ce(outs, y)
    L.backward()
    opt.step()
    opt.zero_grad()
yhat = torch.softmax(outs, -1).data
