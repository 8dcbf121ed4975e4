# task: 1.6
# kind: fault
# says: h = o * c, the tanh on the cell state is missing
# fails: fitted_values, same_fit_as
# code: activation
# epochs: 50
# %% 1.6
sig, tanh = torch.sigmoid, torch.tanh
torch.manual_seed(43052)
L = torch.nn.LSTMCell(7, 4)
last = torch.nn.Linear(4, 7)
i2h = torch.nn.Linear(7, 16)
i2h.weight.data = L.weight_ih.data
i2h.bias.data = L.bias_ih.data
h2h = torch.nn.Linear(4, 16)
h2h.weight.data = L.weight_hh.data
h2h.bias.data = L.bias_hh.data
optimizer = torch.optim.Adam(
    list(i2h.parameters()) + list(h2h.parameters()) + list(last.parameters()), lr=0.1
)
for epoch in range(epochs):
    h = torch.zeros(4)
    c = torch.zeros(4)
    H = []
    for t in range(len(x)):
        gates = i2h(x[t]) + h2h(h)
        i = sig(gates[0:4])
        f = sig(gates[4:8])
        g = tanh(gates[8:12])
        o = sig(gates[12:16])
        c = f * c + i * g
        h = o * c
        H.append(h)
    z = last(torch.stack(H))
    loss = torch.nn.functional.cross_entropy(z, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(z, dim=1).detach()
