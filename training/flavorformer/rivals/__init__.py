"""Networks that the model is measured beside, on the same tokens. Those that need no PyTorch are in `report`."""
