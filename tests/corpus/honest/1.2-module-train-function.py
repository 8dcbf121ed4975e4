# task: 1.2
# kind: honest
# says: a Module that holds RNNCell and Linear, an outside train function, several seeds (random, numpy, torch) before it
# fails: -
# code: -
# epochs: 20
# %% 1.2
import random
from torch import nn, optim


class CellNet(nn.Module):
    def __init__(self, hidden=8):
        super(CellNet, self).__init__()
        self.hidden = hidden
        self.cell = nn.RNNCell(7, hidden)
        self.fc = nn.Linear(hidden, 7)

    def forward(self, inputs):
        h = torch.zeros(1, self.hidden)
        outputs = []
        for step in inputs.split(1):
            h = self.cell(step, h)
            outputs += [self.fc(h)]
        return torch.cat(outputs)


def train(model, optimizer, criterion, inputs, targets, num_epochs):
    model.train()
    log = []
    for epoch in range(num_epochs):
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = criterion(outputs, targets)
        loss.backward()
        optimizer.step()
        log.append(loss.item())
        print("Epoch [{}/{}], Loss: {:.4f}".format(epoch + 1, num_epochs, loss.item()))
    return log


random.seed(1)
np.random.seed(2)
torch.manual_seed(3)
model = CellNet()
log = train(model, optim.Adam(model.parameters(), lr=0.1), nn.CrossEntropyLoss(), x, y, epochs)
# %% 1.2
model.eval()
with torch.no_grad():
    yhat = nn.Softmax(dim=-1)(model(x))
