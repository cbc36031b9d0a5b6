"""Training in three stages: encoders on single hops, their tokens of every second kept, whole cooks on the tokens."""
