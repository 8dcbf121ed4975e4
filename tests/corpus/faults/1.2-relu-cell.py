# task: 1.2
# kind: fault
# says: RNNCell with nonlinearity="relu"
# fails: fitted_values
# code: activation
# epochs: 25
# %% 1.2
torch.manual_seed(43052)
cell = torch.nn.RNNCell(7, 8, nonlinearity="relu")
linear = torch.nn.Linear(8, 7)
optimizer = torch.optim.Adam([*cell.parameters(), *linear.parameters()], lr=0.1)


def unroll(sequence):
    state = torch.zeros(8)
    for item in sequence:
        state = cell(item, state)
        yield linear(state)


for epoch in range(epochs):
    logits = torch.stack(list(unroll(x)))
    loss = torch.nn.functional.cross_entropy(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
yhat = torch.softmax(logits, dim=-1).detach()
