# task: 1.6
# kind: rule
# says: own Linear layers, but their weights go into torch.lstm_cell, the function below LSTMCell
# fails: avoids_layers
# code: wrong_layer
# epochs: 50
# %% 1.6
torch.manual_seed(43052)
_cell = torch.nn.LSTMCell(7, 4)
linr = torch.nn.Linear(4, 7)
i2h, h2h = torch.nn.Linear(7, 16), torch.nn.Linear(4, 16)
i2h.load_state_dict({"weight": _cell.weight_ih, "bias": _cell.bias_ih})
h2h.load_state_dict({"weight": _cell.weight_hh, "bias": _cell.bias_hh})
optimizr = torch.optim.Adam([*i2h.parameters(), *h2h.parameters(), *linr.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoc in range(epochs):
    h, c = torch.zeros(1, 4), torch.zeros(1, 4)
    hs = []
    for xt in x.split(1):
        h, c = torch.lstm_cell(xt, (h, c), i2h.weight, h2h.weight, i2h.bias, h2h.bias)
        hs.append(h)
    out = linr(torch.cat(hs))
    loss = loss_fn(out, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(out, dim=1).detach()
