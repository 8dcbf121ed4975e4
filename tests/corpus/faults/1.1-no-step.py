# task: 1.1
# kind: fault
# says: loss.backward() in every epoch but never optimizer.step(): nothing is trained
# fails: parameter_count, fitted_values, predicts_next, trains_layer
# code: not_trained
# epochs: 20
# %% 1.1
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8)
linr = torch.nn.Linear(8, 7)
optimizr = torch.optim.Adam([*rnn.parameters(), *linr.parameters()], lr=0.1)
for epoc in range(epochs):
    optimizr.zero_grad()
    output = linr(rnn(x)[0])
    loss = torch.nn.functional.cross_entropy(output, y)
    loss.backward()
    print(epoc, loss.item())
yhat = torch.softmax(output, 1).detach()
