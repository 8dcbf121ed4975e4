# task: 1.4
# kind: fault
# says: 8 hidden nodes, as in 1.1, in the place of 4
# fails: parameter_count, fitted_values
# code: hidden_size
# epochs: 50
# %% 1.4
class LSTMNet(torch.nn.Module):
    def __init__(self, vocab=7, hidden=8):
        super().__init__()
        self.lstm = torch.nn.LSTM(vocab, hidden)
        self.fc = torch.nn.Linear(hidden, vocab)

    def forward(self, inp):
        out, (h_n, c_n) = self.lstm(inp)
        return self.fc(out)


torch.manual_seed(43052)
net = LSTMNet()
criterion = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
for epoch in range(epochs):
    optimizer.zero_grad()
    out = net(x)
    criterion(out, y).backward()
    optimizer.step()
yhat = torch.softmax(net(x), dim=1).detach()
