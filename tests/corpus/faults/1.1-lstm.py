# task: 1.1
# kind: fault
# says: an LSTM with 8 hidden nodes in the place of the RNN, called rnn all the same
# fails: parameter_count, fitted_values, trains_layer
# code: wrong_layer
# epochs: 30
# %% 1.1
class RNN(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = torch.nn.LSTM(7, 8)
        self.linear = torch.nn.Linear(8, 7)

    def forward(self, X):
        hidden, (h, c) = self.rnn(X)
        return self.linear(hidden)


torch.manual_seed(43052)
rnn = RNN()
optimizer = torch.optim.Adam(rnn.parameters(), lr=0.1)
lossfn = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    yhat = rnn(x)
    loss = lossfn(yhat, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(yhat, dim=1).detach()
