# task: 1.1
# kind: honest
# says: the loop is run in one cell and continued in the next with the same layers and the same optimizer; 15 + 15 epochs of one training
# fails: -
# code: -
# epochs: 30
# %% 1.1
torch.manual_seed(43052)
my_rnn = torch.nn.RNN(7, 8, nonlinearity="tanh", num_layers=1)
my_lin = torch.nn.Linear(8, 7)
my_loss = torch.nn.CrossEntropyLoss()
my_opt = torch.optim.Adam([{"params": my_rnn.parameters()}, {"params": my_lin.parameters()}], lr=0.1)

for i in range(epochs // 2):
    o = my_lin(my_rnn(x, torch.zeros(1, 8))[0])
    l = my_loss(o, y)
    l.backward()
    my_opt.step()
    my_opt.zero_grad()
print("after 15:", l.item())
# %% 1.1
# not enough yet, go on
for i in range(epochs - epochs // 2):
    o = my_lin(my_rnn(x, torch.zeros(1, 8))[0])
    l = my_loss(o, y)
    l.backward()
    my_opt.step()
    my_opt.zero_grad()
print("after 30:", l.item())
# %% 1.1
with torch.no_grad():
    yhat = torch.softmax(my_lin(my_rnn(x, torch.zeros(1, 8))[0]), dim=1)
