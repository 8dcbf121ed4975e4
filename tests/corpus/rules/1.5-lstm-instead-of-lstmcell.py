# task: 1.5
# kind: rule
# says: 1.5 asks for LSTMCell; torch.nn.LSTM on chunks of the sequence is no LSTMCell
# fails: trains_layer
# code: wrong_layer
# epochs: 50
# %% 1.5
torch.manual_seed(43052)
lstm = torch.nn.LSTM(7, 4)
linr = torch.nn.Linear(4, 7)
optimizr = torch.optim.Adam([*lstm.parameters(), *linr.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoc in range(epochs):
    hc = (torch.zeros(1, 4), torch.zeros(1, 4))
    parts = []
    for piece in x.split(111):
        o, hc = lstm(piece, hc)
        parts.append(o)
    out = linr(torch.cat(parts))
    loss = loss_fn(out, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(out, dim=1).detach()
