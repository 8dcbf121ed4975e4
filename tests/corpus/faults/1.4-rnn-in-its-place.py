# task: 1.4
# kind: fault
# says: torch.nn.RNN with 4 hidden nodes where an LSTM was asked for
# fails: parameter_count, fitted_values, trains_layer
# code: wrong_layer
# epochs: 50
# %% 1.4
torch.manual_seed(43052)
lstm = torch.nn.RNN(7, 4)
linr = torch.nn.Linear(4, 7)
lossfn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(list(lstm.parameters()) + list(linr.parameters()), lr=0.1)
for epoc in range(epochs):
    hidden, _ = lstm(x, torch.zeros(1, 4))
    output = linr(hidden)
    loss = lossfn(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(output, dim=1).data
