# task: 1.6
# kind: honest
# says: no class; each gate computed by itself with F.linear on slices of the two Linears' weights
# fails: -
# code: -
# epochs: 50
# %% 1.6
import torch.nn.functional as F

torch.manual_seed(43052)
base = torch.nn.LSTMCell(7, 4)
out = torch.nn.Linear(4, 7)
i2h = torch.nn.Linear(7, 16)
h2h = torch.nn.Linear(4, 16)
i2h.weight.data.copy_(base.weight_ih.data)
i2h.bias.data.copy_(base.bias_ih.data)
h2h.weight.data.copy_(base.weight_hh.data)
h2h.bias.data.copy_(base.bias_hh.data)


def gate(k, xt, ht):
    s = slice(4 * k, 4 * k + 4)
    return F.linear(xt, i2h.weight[s], i2h.bias[s]) + F.linear(ht, h2h.weight[s], h2h.bias[s])


opt = torch.optim.Adam([p for m in (i2h, h2h, out) for p in m.parameters()], lr=0.1)
for ep in range(epochs):
    ht = ct = torch.zeros(4)
    hs = []
    for xt in x:
        it = torch.sigmoid(gate(0, xt, ht))
        ft = torch.sigmoid(gate(1, xt, ht))
        gt = torch.tanh(gate(2, xt, ht))
        ot = torch.sigmoid(gate(3, xt, ht))
        ct = ft * ct + it * gt
        ht = ot * torch.tanh(ct)
        hs.append(ht)
    logits = out(torch.stack(hs))
    loss = F.cross_entropy(logits, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
yhat = F.softmax(logits, 1).detach()
