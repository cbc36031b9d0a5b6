"""Training in stages: A encoders on single hops, B their tokens of every second kept, B′ cooks without sensors dressed, C whole cooks, D families."""
