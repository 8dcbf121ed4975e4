# task: 1.4
# kind: honest
# says: Module with LSTM and Linear, CrossEntropyLoss(reduction="sum") divided by nothing, Adam otherwise as asked
# fails: -
# code: -
# epochs: 50
# %% 1.4
class LstmNet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(input_size=7, hidden_size=4, num_layers=1)
        self.fc = torch.nn.Linear(4, 7)

    def forward(self, s):
        h0 = torch.zeros(1, 4)
        c0 = torch.zeros(1, 4)
        out, _ = self.lstm(s, (h0, c0))
        return self.fc(out)


torch.manual_seed(43052)
model = LstmNet()
criterion = torch.nn.CrossEntropyLoss(reduction="sum")
optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
history = {"loss": [], "acc": []}
for epoch in range(1, epochs + 1):
    pred = model(x)
    cost = criterion(pred, y)
    optimizer.zero_grad()
    cost.backward()
    optimizer.step()
    history["loss"].append(cost.item() / len(x))
    history["acc"].append((pred.argmax(1) == y.argmax(1)).double().mean().item())
yhat = torch.softmax(pred, dim=1).detach()
fig, axes = plt.subplots(1, 2, figsize=(8, 3))
axes[0].plot(history["loss"])
axes[1].plot(history["acc"])
plt.tight_layout()
