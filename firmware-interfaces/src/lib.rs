//! Bytes of the sensors around a wok.
#![no_std]
