"""The subcommands of `python -m flavorformer`: one file each, with `arguments(parser)` and `run(args)`."""
