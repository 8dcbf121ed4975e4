# task: 1.6
# kind: fault
# says: the gates are unpacked as f, i, g, o, the order of the lecture's formulas, not that of torch
# fails: fitted_values, same_fit_as
# code: gate_order
# epochs: 50
# %% 1.6
torch.manual_seed(43052)
tmp = torch.nn.LSTMCell(7, 4)
out = torch.nn.Linear(4, 7)
W = torch.nn.Linear(7, 16)
U = torch.nn.Linear(4, 16)
W.load_state_dict({"weight": tmp.weight_ih, "bias": tmp.bias_ih})
U.load_state_dict({"weight": tmp.weight_hh, "bias": tmp.bias_hh})
opt = torch.optim.Adam([p for m in (W, U, out) for p in m.parameters()], lr=0.1)


def lstm_step(x_t, h, c):
    f, i, g, o = (W(x_t) + U(h)).chunk(4, dim=-1)
    c = c * f.sigmoid() + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


for epoch in range(epochs):
    h = c = torch.zeros(1, 4)
    logits = []
    for x_t in x[:, None, :]:
        h, c = lstm_step(x_t, h, c)
        logits.append(out(h))
    logits = torch.cat(logits)
    opt.zero_grad()
    torch.nn.functional.cross_entropy(logits, y).backward()
    opt.step()
yhat = torch.softmax(logits, dim=1).detach()
