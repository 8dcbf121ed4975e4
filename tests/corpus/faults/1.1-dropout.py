# task: 1.1
# kind: fault
# says: a dropout layer between the RNN and the output layer, which the task does not have
# fails: fitted_values
# open: predicts_next
# code: -
# epochs: 30
# %% 1.1
class DropNet(torch.nn.Module):
    def __init__(self, p=0.3):
        super().__init__()
        self.rnn = torch.nn.RNN(7, 8)
        self.drop = torch.nn.Dropout(p)
        self.linear = torch.nn.Linear(8, 7)

    def forward(self, t):
        t, _ = self.rnn(t)
        return self.linear(self.drop(t))


torch.manual_seed(43052)
net = DropNet()
optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
net.train()
for epoch in range(epochs):
    optimizer.zero_grad()
    loss = loss_fn(net(x), y)
    loss.backward()
    optimizer.step()
net.eval()
with torch.no_grad():
    yhat = torch.softmax(net(x), dim=1)
