# task: 1.1
# kind: honest
# says: a first try (4 hidden nodes, SGD) that does not learn is left in a cell; the second cell is the answer, built and trained anew and right
# fails: -
# code: -
# epochs: 30
# %% 1.1
# 첫번째 시도 -> 학습이 잘 안됨
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 4)
linr = torch.nn.Linear(4, 7)
loss_fn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.SGD(list(rnn.parameters()) + list(linr.parameters()), lr=0.01)
for epoc in range(5):
    hidden, _ = rnn(x, torch.zeros(1, 4))
    output = linr(hidden)
    loss = loss_fn(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(output, dim=1).data
print(loss)
# %% 1.1
# 다시: 은닉노드 8개, Adam
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8)
linr = torch.nn.Linear(8, 7)
optimizr = torch.optim.Adam(list(rnn.parameters()) + list(linr.parameters()), lr=0.1)
for epoc in range(epochs):
    hidden, _ = rnn(x, torch.zeros(1, 8))
    output = linr(hidden)
    loss = loss_fn(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(output, dim=1).data
print(loss)
