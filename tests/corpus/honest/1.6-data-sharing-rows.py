# task: 1.6
# kind: honest
# says: course style without a class: .data shared with a fresh cell, x[[t]] and states (1,4), gates cut out by columns, input part outside the loop
# fails: -
# code: -
# epochs: 50
# %% 1.6
torch.manual_seed(43052)
_lstmcell = torch.nn.LSTMCell(7, 4)
_linr = torch.nn.Linear(4, 7)
sig = torch.nn.Sigmoid()
tanh = torch.nn.Tanh()
i2h = torch.nn.Linear(7, 16)
h2h = torch.nn.Linear(4, 16)
linr = torch.nn.Linear(4, 7)
loss_fn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(list(i2h.parameters()) + list(h2h.parameters()) + list(linr.parameters()), lr=0.1)
i2h.weight.data = _lstmcell.weight_ih.data
h2h.weight.data = _lstmcell.weight_hh.data
i2h.bias.data = _lstmcell.bias_ih.data
h2h.bias.data = _lstmcell.bias_hh.data
linr.weight.data = _linr.weight.data
linr.bias.data = _linr.bias.data
# %% 1.6
for epoc in range(50):
    ht = torch.zeros(1, 4)
    ct = torch.zeros(1, 4)
    hidden = []
    gx = i2h(x)
    for t in range(len(x)):
        ifgo = gx[[t]] + h2h(ht)
        it = sig(ifgo[:, 0:4])
        ft = sig(ifgo[:, 4:8])
        gt = tanh(ifgo[:, 8:12])
        ot = sig(ifgo[:, 12:16])
        ct = ft * ct + it * gt
        ht = ot * tanh(ct)
        hidden.append(ht)
    hidden = torch.concat(hidden)
    output = linr(hidden)
    loss = loss_fn(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
# %% 1.6
yhat = torch.nn.Softmax(dim=1)(output).data
yhat
