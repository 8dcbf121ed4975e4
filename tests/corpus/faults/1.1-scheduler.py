# task: 1.1
# kind: fault
# says: a StepLR halves the learning rate every 5 epochs: equal at first, different from epoch 6 on
# fails: fitted_values
# code: learning_rate
# epochs: 30
# %% 1.1
torch.manual_seed(43052)
rnn = torch.nn.RNN(7, 8)
linear = torch.nn.Linear(8, 7)
optimizer = torch.optim.Adam([*rnn.parameters(), *linear.parameters()], lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=5, gamma=0.5)
loss_fn = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    out = linear(rnn(x, torch.zeros(1, 8))[0])
    loss = loss_fn(out, y)
    loss.backward()
    optimizer.step()
    scheduler.step()
    optimizer.zero_grad()
    if epoch % 5 == 0:
        print(epoch, loss.item(), scheduler.get_last_lr())
yhat = torch.softmax(out, dim=1).detach()
