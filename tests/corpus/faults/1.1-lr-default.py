# task: 1.1
# kind: fault
# says: Adam is left at its default learning rate of 0.001, so the network hardly moves in 30 epochs
# fails: fitted_values, predicts_next
# code: learning_rate
# epochs: 30
# %% 1.1
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8)
linr = torch.nn.Linear(8, 7)
lossfn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(list(rnn.parameters()) + list(linr.parameters()))

_water = torch.zeros(1, 8)
for epoc in range(epochs):
    ## 1
    hidden, hT = rnn(x, _water)
    output = linr(hidden)
    ## 2
    loss = lossfn(output, y)
    ## 3
    loss.backward()
    ## 4
    optimizr.step()
    optimizr.zero_grad()

yhat = torch.nn.functional.softmax(output, dim=1)
