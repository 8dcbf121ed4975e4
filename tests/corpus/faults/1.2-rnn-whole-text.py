# task: 1.2
# kind: fault
# says: the answer to 1.1 is handed in again for 1.2: no RNNCell, no loop over time
# fails: trains_layer
# code: wrong_layer
# epochs: 25
# %% 1.2
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8)
linr = torch.nn.Linear(8, 7)
lossfn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(list(rnn.parameters()) + list(linr.parameters()), lr=0.1)
for epoc in range(epochs):
    hidden, _ = rnn(x)
    output = linr(hidden)
    loss = lossfn(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
plt.matshow(torch.softmax(output, dim=1).data[-15:])
