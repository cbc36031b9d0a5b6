"""Flavorformer: the model of wokd, one file a layer. It meets the daemon through files only."""

__all__ = ["CONTRACT", "INPUTS", "OUTPUTS", "STATE", "Flavorformer"]


def __getattr__(name: str) -> object:
    """What `step` has, loaded when it is asked for: the report and the daemon's tests need no PyTorch."""
    if name not in __all__:
        raise AttributeError(name)
    from . import step

    return getattr(step, name)
