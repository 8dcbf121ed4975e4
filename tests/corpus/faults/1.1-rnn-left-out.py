# task: 1.1
# kind: fault
# says: the optimizer holds the output layer only, so the RNN stays as it was built: 63 parameters learn
# fails: parameter_count, fitted_values, predicts_next, trains_layer
# code: layer_not_trained
# epochs: 30
# %% 1.1
torch.manual_seed(43052)
my_rnn = torch.nn.RNN(7, 8)
my_out = torch.nn.Linear(8, 7)
criterion = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(my_out.parameters(), lr=0.1)  # rnn ??
history = np.zeros(epochs)
for epoch in range(epochs):
    optimizer.zero_grad()
    feature, _ = my_rnn(x)
    logit = my_out(feature)
    loss = criterion(logit, y)
    loss.backward()
    optimizer.step()
    history[epoch] = loss.item()
yhat = torch.softmax(logit, dim=1).detach()
