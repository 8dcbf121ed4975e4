# task: 1.1
# kind: fault
# says: the gradients are never set back to zero; step 2 is the first that differs
# fails: fitted_values, predicts_next
# code: no_zero_grad
# epochs: 30
# %% 1.1
seed = 43052
torch.manual_seed(seed)
rnn = torch.nn.RNN(7, 8)
linear = torch.nn.Linear(8, 7)
optimizer = torch.optim.Adam([*rnn.parameters(), *linear.parameters()], lr=0.1)
criterion = torch.nn.CrossEntropyLoss()


def forward():
    out, h = rnn(x)
    return linear(out)


for i in range(epochs):
    out = forward()
    criterion(out, y).backward()
    optimizer.step()

yhat = torch.softmax(forward(), dim=1).detach().numpy()
