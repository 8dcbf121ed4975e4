# task: 1.1
# kind: fault
# says: the class ends in a softmax and its output goes into CrossEntropyLoss, which takes the softmax again
# fails: fitted_values, predicts_next
# code: softmax_before_loss
# epochs: 30
# %% 1.1
class Net(torch.nn.Module):
    """RNN -> Linear -> Softmax"""

    def __init__(self):
        super(Net, self).__init__()
        self.rnn = torch.nn.RNN(7, 8)
        self.linear = torch.nn.Linear(8, 7)
        self.softmax = torch.nn.Softmax(dim=1)

    def forward(self, x):
        h, _ = self.rnn(x)
        return self.softmax(self.linear(h))


torch.manual_seed(43052)
net = Net()
loss_func = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
for epoch in range(epochs):
    yhat = net(x)
    loss = loss_func(yhat, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
yhat = yhat.detach()
