"""The model report: from evaluation folders to figures, tables and pictures. All but `write` are functions of what they are given.

`write.write(folders, out, train_index)` makes report.html, figures.json and the pictures of the folders that `wokd rehearse` wrote.
All cooks are simulated; nothing here has been tasted.
"""

DISCLAIMER = "No human has tasted anything here: all cooks are simulated."

__all__ = ["DISCLAIMER"]
