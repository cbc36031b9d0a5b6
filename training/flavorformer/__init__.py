"""Flavorformer: the model of wokd, one file a layer. It meets the daemon through files only."""

from .step import CONTRACT, INPUTS, OUTPUTS, STATE, Flavorformer

__all__ = ["CONTRACT", "INPUTS", "OUTPUTS", "STATE", "Flavorformer"]
