# task: 1.5
# kind: fault
# says: torch.nn.LSTM in the place of LSTMCell; same numbers, but the loop over time was the task
# fails: trains_layer
# code: wrong_layer
# epochs: 60
# %% 1.5
torch.manual_seed(43052)
lstmcell = torch.nn.LSTM(7, 4)
linr = torch.nn.Linear(4, 7)
lossfn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(list(lstmcell.parameters()) + list(linr.parameters()), lr=0.1)
for epoc in range(epochs):
    _water = torch.zeros(1, 4)
    hidden, _ = lstmcell(x, (_water, _water))
    output = linr(hidden)
    loss = lossfn(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(linr(lstmcell(x)[0]), dim=1).data
