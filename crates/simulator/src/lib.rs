//! A wok, a chef and their sensors, simulated down to the bytes.
