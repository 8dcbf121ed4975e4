# task: 1.1
# kind: honest
# says: torch.manual_seed before every layer, so the Linear starts from other values than in one stream; equivalent network, only the stream differs
# fails: -
# code: creation_order
# epochs: 30
# %% 1.1
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8)
torch.manual_seed(43052)
linr = torch.nn.Linear(8, 7)
loss_fn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(list(rnn.parameters()) + list(linr.parameters()), lr=0.1)
for epoc in range(epochs):
    hidden, _ = rnn(x, torch.zeros(1, 8))
    output = linr(hidden)
    loss = loss_fn(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.nn.functional.softmax(output, dim=1).data
