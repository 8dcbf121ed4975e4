# task: 1.1
# kind: fault
# says: the RNN runs under no_grad, so no gradient reaches it and Adam passes over it, though it was given to Adam
# fails: parameter_count, fitted_values, predicts_next, trains_layer
# code: layer_not_trained
# epochs: 30
# %% 1.1
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8)
linear = torch.nn.Linear(8, 7)
optimizer = torch.optim.Adam([*rnn.parameters(), *linear.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    with torch.no_grad():  # 메모리 절약
        hidden, h = rnn(x, torch.zeros(1, 8))
    net_out = linear(hidden)
    loss = loss_fn(net_out, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
yhat = torch.softmax(net_out, dim=1).detach()
