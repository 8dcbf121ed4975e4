# task: 1.3
# kind: rule
# says: the right arithmetic with Linear layers and a function, but no class
# fails: trains_own_class
# code: -
# epochs: 20
# %% 1.3
torch.manual_seed(43052)
_c = torch.nn.RNNCell(7, 8)
_l = torch.nn.Linear(8, 7)
i2h, h2h, cook = torch.nn.Linear(7, 8), torch.nn.Linear(8, 8), torch.nn.Linear(8, 7)
i2h.load_state_dict({"weight": _c.weight_ih, "bias": _c.bias_ih})
h2h.load_state_dict({"weight": _c.weight_hh, "bias": _c.bias_hh})
cook.load_state_dict(_l.state_dict())


def rnncell(xt, ht):
    return torch.nn.functional.tanh(i2h(xt) + h2h(ht))


optimizr = torch.optim.Adam([*i2h.parameters(), *h2h.parameters(), *cook.parameters()], lr=0.1)
lossfn = torch.nn.CrossEntropyLoss()
for epoc in range(epochs):
    ht = torch.zeros(8)
    hidden = []
    for xt in x:
        ht = rnncell(xt, ht)
        hidden.append(ht)
    output = cook(torch.stack(hidden))
    loss = lossfn(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(output, dim=1).data
