# task: 1.5
# kind: honest
# says: Linear built before LSTMCell, hidden states written into a buffer; only the order of creation is another
# fails: -
# code: creation_order
# epochs: 50
# %% 1.5
torch.manual_seed(43052)
linear = torch.nn.Linear(4, 7)
lstm_cell = torch.nn.LSTMCell(7, 4)
optimizer = torch.optim.Adam([*lstm_cell.parameters(), *linear.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    hidden = torch.empty(999, 4)
    h, c = torch.zeros(4), torch.zeros(4)
    for t in range(999):
        h, c = lstm_cell(x[t], (h, c))
        hidden[t] = h
    net_out = linear(hidden)
    loss = loss_fn(net_out, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
yhat = torch.softmax(net_out, dim=1).detach()
