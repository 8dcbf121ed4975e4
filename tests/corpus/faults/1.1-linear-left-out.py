# task: 1.1
# kind: fault
# says: the optimizer holds the recurrent layer only; the output layer stays as it was built
# fails: parameter_count, fitted_values, predicts_next
# code: layer_not_trained
# epochs: 30
# %% 1.1
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8)
linr = torch.nn.Linear(8, 7)
lossfn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(rnn.parameters(), lr=0.1)

for epoc in range(epochs):
    hidden, hT = rnn(x)
    output = linr(hidden)
    loss = lossfn(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(linr(rnn(x)[0]), dim=1).data
