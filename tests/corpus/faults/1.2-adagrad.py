# task: 1.2
# kind: fault
# says: Adagrad with learning rate 0.1 in the place of Adam; its first update looks like Adam's, the second does not
# fails: fitted_values
# code: optimizer
# epochs: 25
# %% 1.2
class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = torch.nn.RNNCell(7, 8)
        self.out = torch.nn.Linear(8, 7)

    def forward(self, seq):
        h = seq.new_zeros(8)
        result = []
        for s in seq:
            h = self.cell(s, h)
            result.append(self.out(h))
        return torch.stack(result)


torch.manual_seed(43052)
model = Model()
optimizer = torch.optim.Adagrad(model.parameters(), lr=0.1)
criterion = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    optimizer.zero_grad()
    prediction = model(x)
    criterion(prediction, y).backward()
    optimizer.step()
yhat = torch.softmax(model(x), dim=1).detach()
