"""Layers taken out one at a time and trained again with the same seeds; `report/ablations.py` judges what is lost."""
