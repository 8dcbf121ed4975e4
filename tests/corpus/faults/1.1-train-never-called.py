# task: 1.1
# kind: fault
# says: a function for the training is written but never called; yhat comes from the untrained network
# fails: parameter_count, fitted_values, predicts_next, trains_layer
# code: not_trained
# epochs: 30
# %% 1.1
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8)
linear = torch.nn.Linear(8, 7)


def train(rnn, linear, n_epochs, lr=0.1):
    optimizer = torch.optim.Adam([*rnn.parameters(), *linear.parameters()], lr=lr)
    loss_fn = torch.nn.CrossEntropyLoss()
    for epoch in range(n_epochs):
        out = linear(rnn(x)[0])
        loss = loss_fn(out, y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return out


# %% 1.1
out = linear(rnn(x)[0])
yhat = torch.softmax(out, dim=1).detach()
yhat
