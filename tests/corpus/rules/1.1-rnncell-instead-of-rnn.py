# task: 1.1
# kind: rule
# says: 1.1 asks for torch.nn.RNN and gets an RNNCell with a loop; the values are the same
# fails: trains_layer
# code: wrong_layer
# epochs: 20
# %% 1.1
torch.manual_seed(43052)
rnn = torch.nn.RNNCell(7, 8)
linr = torch.nn.Linear(8, 7)
loss_fn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam([*rnn.parameters(), *linr.parameters()], lr=0.1)
for epoc in range(epochs):
    water = torch.zeros(8)
    _water = []
    for xt in x:
        water = rnn(xt, water)
        _water.append(water)
    output = linr(torch.stack(_water))
    loss = loss_fn(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(output, dim=1).detach()
