"""task: static

This lets another library train. The loop is what you write here.
"""

import lightning


def fit(model, train_loader, val_loader, optimizer, epochs):
    trainer = lightning.Trainer(max_epochs=epochs)
    trainer.fit(model, train_loader, val_loader)
    return trainer.logged_metrics, model.state_dict()
