# task: 1.1
# kind: fault
# says: learning rate 1.0, ten times too large
# fails: fitted_values
# open: predicts_next
# code: learning_rate
# epochs: 30
# %% 1.1
lr = 1.0
torch.manual_seed(43052)
net1 = torch.nn.RNN(input_size=7, hidden_size=8)
net2 = torch.nn.Linear(in_features=8, out_features=7)
opt1 = torch.optim.Adam(net1.parameters(), lr=lr)
opt2 = torch.optim.Adam(net2.parameters(), lr=lr)
cel = torch.nn.CrossEntropyLoss()
for t in range(epochs):
    o = net2(net1(x)[0])
    l = cel(o, y.argmax(dim=1))
    opt1.zero_grad()
    opt2.zero_grad()
    l.backward()
    opt1.step()
    opt2.step()
yhat = torch.softmax(o, 1).data
