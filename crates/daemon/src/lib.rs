//! Live home-taste scores from a kitchen.
